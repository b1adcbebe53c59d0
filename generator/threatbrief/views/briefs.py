"""An incident as a line of a list: home, indexes, actor, software and topic pages print it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import IncidentKind, Status
from threatbrief.render.defang import defang_text
from threatbrief.views.common import DateView, Link, date_view

RESPONSES = frozenset(
    {
        IncidentKind.TAKEDOWN,
        IncidentKind.LEGAL_ACTION,
        IncidentKind.DISRUPTION,
        IncidentKind.ARREST,
        IncidentKind.SANCTION,
    }
)
"""Kinds of record that tell of a response rather than of the attack."""


@dataclass(frozen=True, slots=True)
class BriefRow:
    """One record in a list. `dispute` leads to its attribution where that is contested."""

    id: str
    href: str
    title: str
    summary: str
    kind: str
    disclosed: DateView
    published: DateView | None
    actors: tuple[Link, ...]
    dispute: Link | None
    draft: str


@dataclass(frozen=True, slots=True)
class YearGroup:
    """The records disclosed in one year, newest first."""

    year: str
    anchor: str
    count: int
    rows: tuple[BriefRow, ...]


def defanger(incident: Incident) -> Callable[[str | None], str]:
    """What makes a text of the record safe to read: its own exact indicators defanged."""
    indicators = tuple((i.type.value, i.value) for i in incident.indicators)

    def safe(text: str | None) -> str:
        return defang_text(text, indicators) if text else ""

    return safe


def brief_row(kb: KnowledgeBase, incident: Incident) -> BriefRow:
    """The incident as every list shows it; made once for a knowledge base, since many lists show it."""
    return kb.remember(("brief row", incident.id), _brief_row, kb, incident)


def _brief_row(kb: KnowledgeBase, incident: Incident) -> BriefRow:
    safe = defanger(incident)
    href = f"incidents/{incident.slug}/"
    return BriefRow(
        id=incident.id,
        href=href,
        title=safe(incident.title),
        summary=safe(incident.summary),
        kind=incident.kind.value.replace("-", " ").capitalize(),
        disclosed=date_view(incident.disclosed),
        published=date_view(incident.published),
        actors=tuple(Link(actor.name, f"actors/{actor.slug}/") for actor in kb.actors_of(incident)),
        dispute=Link("attribution contested", f"{href}#attribution") if kb.is_contested(incident) else None,
        draft="draft" if incident.status is Status.DRAFT else "",
    )


def brief_rows(kb: KnowledgeBase, incidents: Iterable[Incident]) -> tuple[BriefRow, ...]:
    return tuple(brief_row(kb, incident) for incident in incidents)


def by_year(kb: KnowledgeBase, incidents: Iterable[Incident]) -> tuple[YearGroup, ...]:
    """The records in groups by year of disclosure, in the order in which they come."""
    years: dict[int, list[BriefRow]] = {}
    for incident in incidents:
        years.setdefault(incident.disclosed.year, []).append(brief_row(kb, incident))
    return tuple(YearGroup(str(year), f"y{year}", len(rows), tuple(rows)) for year, rows in years.items())


def count_positions(incident: Incident) -> int:
    """How many different names for the actor stand on record."""
    return len({fold_name(claim.named) for claim in incident.attribution})
