"""The TLP boundary: what is marked above the ceiling is taken out once, before anything else is built.

The whole corpus is checked first (see threatbrief.checks); what leaves here is all that any output
can know.
"""

from __future__ import annotations

import re
from typing import Any, Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record, Tlp
from threatbrief.model.vocab import Status

TLP_BLOCK: Final = re.compile(r"^::: *tlp +(\S+)[ \t]*\n(.*?)^:::[ \t]*$\n?", re.MULTILINE | re.DOTALL)
"""`::: tlp AMBER` … `:::` on lines of their own."""


def apply_marking(kb: KnowledgeBase, ceiling: Tlp, *, drafts: bool = False) -> KnowledgeBase:
    """The knowledge base as readers up to `ceiling` may know it; drafts only where asked for."""
    kept = (
        _cut_record(record, ceiling)
        for record in kb.records
        if record.tlp.rank <= ceiling.rank and (drafts or record.status is not Status.DRAFT)
    )
    return KnowledgeBase.of(kept)


def _cut_record(record: Record, ceiling: Tlp) -> Record:
    changes: dict[str, Any] = {}
    for name in type(record).model_fields:
        value = getattr(record, name)
        if isinstance(value, tuple):
            kept = tuple(part for part in value if _is_within(part, ceiling))
            if len(kept) != len(value):
                changes[name] = kept
        elif not _is_within(value, ceiling):
            changes[name] = None
    body = _cut_body(record.body, ceiling)
    if body != record.body:
        changes["body"] = body
    return record.model_copy(update=changes) if changes else record


def _is_within(part: object, ceiling: Tlp) -> bool:
    marking = getattr(part, "tlp", None)
    return not isinstance(marking, Tlp) or marking.rank <= ceiling.rank


def _cut_body(body: str, ceiling: Tlp) -> str:
    """Marked blocks above the ceiling go; those within it lose their fence. Unknown labels are cut."""

    def replace(match: re.Match[str]) -> str:
        label = match.group(1)
        known = label in Tlp.__members__.values()
        return match.group(2) if known and Tlp(label).rank <= ceiling.rank else ""

    return TLP_BLOCK.sub(replace, body)
