"""The TLP boundary: what is marked above the ceiling is taken out once, before anything else is built.

The whole corpus is checked first (see threatbrief.checks); what leaves here is all that any output
can know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from threatbrief.knowledge import KnowledgeBase, Trace
from threatbrief.model import Actor, Incident, PartialDate, Record, Software, Targets, Tlp, highest
from threatbrief.model.parts import Marked, marked_fields
from threatbrief.model.sections import cut_sections
from threatbrief.model.vocab import IncidentKind, SoftwareType, Status

_NO_LONGER_PUBLIC = "This record is no longer available here."


def apply_marking(kb: KnowledgeBase, ceiling: Tlp, *, drafts: bool = False) -> KnowledgeBase:
    """The knowledge base as readers up to `ceiling` may know it; drafts only where asked for.

    A record that was published and marked above the ceiling since leaves a notice that holds its id
    and the date of its publication, by which feeds keep its place; a withdrawn one, a notice with its
    name and the reason, and a trace.
    """
    traces: list[Trace] = []
    admitted = [kept for record in kb.records for kept in _admit(record, ceiling, drafts, traces)]
    return KnowledgeBase.of(admitted, traces)


def _admit(record: Record, ceiling: Tlp, drafts: bool, traces: list[Trace]) -> Iterator[Record]:
    if record.status is Status.DRAFT and not drafts:
        return
    if record.tlp.rank > ceiling.rank:
        if record.released and record.released.rank <= ceiling.rank and record.status is not Status.DRAFT:
            yield _id_alone(record, record.released)
        return
    cut = _cut_record(record, ceiling)
    if cut.status is not Status.WITHDRAWN:
        yield cut
        return
    if isinstance(cut, Incident):
        traces.append(Trace.of(cut))
    yield _withdraw(cut)


def _cut_record(record: Record, ceiling: Tlp) -> Record:
    changes: dict[str, Any] = {}
    for name, is_list in marked_fields(type(record)):
        value = getattr(record, name)
        if is_list:
            kept = tuple(part for part in value if _is_within(part, ceiling))
            if len(kept) != len(value):
                changes[name] = kept
        elif value and not _is_within(value, ceiling):
            changes[name] = None
    if ":::" in record.body:
        # Without its fences the body speaks under one label: the highest left in it.
        changes["body"], marking = cut_sections(record.body, ceiling)
        changes["tlp"] = highest(record.tlp, marking)
    if record.silence:
        changes["silence"] = ()
    return record.model_copy(update=changes) if changes else record


def _is_within(part: Marked, ceiling: Tlp) -> bool:
    return part.tlp is None or part.tlp.rank <= ceiling.rank


def _withdraw(record: Record) -> Record:
    """What a notice may say: nothing of the content but the name, the dates and the reason."""
    changes: dict[str, Any] = {
        name: field.get_default(call_default_factory=True)
        for name, field in type(record).model_fields.items()
        if not field.is_required() and name not in _OF_NOTICE
    }
    changes["summary"] = record.reason or _NO_LONGER_PUBLIC
    return record.model_copy(update=changes)


_OF_NOTICE = frozenset({"status", "reason", "published", "revisions", "formerly", "origin"})


def _id_alone(record: Record, marking: Tlp) -> Record:
    """A withdrawn record of the same kind that tells nothing but its id and when it was published.

    It is `released` under its own label, which no record can be otherwise.
    """
    told: dict[str, Any] = {
        "id": record.id,
        "tlp": marking,
        "released": marking,
        "published": record.published,
        "status": Status.WITHDRAWN,
        "reason": _NO_LONGER_PUBLIC,
        "summary": _NO_LONGER_PUBLIC,
    }
    if isinstance(record, Incident):
        year = next((part for part in record.id.split("-") if len(part) == 4 and part.isdecimal()), "1970")
        disclosed = PartialDate.parse(year if year != "0000" else "1970")
        return Incident(
            **told, title=record.id, kind=IncidentKind.DISCLOSURE, disclosed=disclosed, targets=Targets()
        )
    if isinstance(record, Actor):
        return Actor(**told, name=record.id)
    return Software(**told, name=record.id, type=SoftwareType.MALWARE)
