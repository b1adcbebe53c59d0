"""A record's narrative with what its citations and record links mean, ready to be rendered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Record
from threatbrief.model.markup import RECORD_LINK

CITATION: Final = re.compile(r"\[@([A-Za-z0-9][A-Za-z0-9_.-]*)\]")
"""`[@source-id]`."""


@dataclass(frozen=True, slots=True)
class BodyView:
    """Markdown with its references resolved.

    `citations` pairs a source's short name with its number; `links` gives a record's id, its address
    relative to the root and its own name; `indicators` are (type, exact value) to defang in prose.
    """

    markdown: str
    citations: tuple[tuple[str, int], ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    indicators: tuple[tuple[str, str], ...] = ()


def find_record(kb: KnowledgeBase, record_id: str) -> tuple[str, str] | None:
    """Address and name of the record that `[[id]]` means: an incident, an actor, then a software."""
    if incident := kb.incident_by_id.get(record_id) or kb.incident_by_id.get(record_id.upper()):
        return f"incidents/{incident.slug}/", incident.title
    if actor := kb.actor_by_id.get(record_id):
        return f"actors/{actor.slug}/", actor.name
    if software := kb.software_by_id.get(record_id):
        return f"software/{software.slug}/", software.name
    return None


def body_view(kb: KnowledgeBase, record: Record) -> BodyView:
    return linked_body(record, body_links(kb, record))


def body_links(kb: KnowledgeBase, record: Record) -> tuple[tuple[str, str, str], ...]:
    """What the record links of a record's narrative lead to, as BodyView has them."""
    targets = dict.fromkeys(match.group(1) for match in RECORD_LINK.finditer(record.body))
    found = ((target, find_record(kb, target)) for target in targets)
    return tuple((target, *address) for target, address in found if address)


def linked_body(record: Record, links: tuple[tuple[str, str, str], ...]) -> BodyView:
    """The narrative of a record, with links that are known."""
    indicators = record.indicators if isinstance(record, Incident) else ()
    return BodyView(
        markdown=record.body,
        citations=tuple((source.id, number) for number, source in enumerate(record.sources, 1)),
        links=links,
        indicators=tuple((i.type.value, i.value) for i in indicators),
    )
