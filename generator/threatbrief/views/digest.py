"""A digest: what was published in a range of days, or of a selection, as one document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief import __version__
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import IndicatorState, IndicatorUse
from threatbrief.views.activity import Activity, activity
from threatbrief.views.brief import BriefSite, brief_site
from threatbrief.views.briefs import BriefRow, brief_row, defanger
from threatbrief.views.common import DateView, Fact, Link, date_view, highest_marking, marking_of, plural
from threatbrief.views.incident import incident_question
from threatbrief.views.periods import Range
from threatbrief.views.shapes import PRINT
from threatbrief.views.strip import claimed_country
from threatbrief.views.tallies import Counted, country_name, sector_name
from threatbrief.views.worldmap import MapDrawing, victims_map

MOST_AT_LENGTH: Final = 150
"""How many briefs a digest tells with their summaries; of more it gives a line each."""
_MOST_COUNTED: Final = 8


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the cover, and what it counts."""

    count: int
    noun: str


@dataclass(frozen=True, slots=True)
class ShortBrief:
    """A brief as a digest or a dossier tells it: `question` is what its sources do not agree on."""

    row: BriefRow
    tlp: str
    question: str
    sources: str


@dataclass(frozen=True, slots=True)
class RevisedBrief:
    """A revision of a brief that was published before the range began."""

    id: str
    brief: Link
    date: DateView
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class ActorEntry:
    """An actor of the index, with the ids of its briefs in the document."""

    name: Link
    attack_id: str
    country: str
    briefs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestView:
    """One digest. `basis` says by which date it selects; `at_length` is empty for lines without summaries.

    `url` is absolute: the digest's own address where the site has it, else that of its briefs; `place`
    says which.
    """

    site: BriefSite
    title: str
    days: str
    basis: str
    selection: tuple[Fact, ...]
    url: str
    place: str
    paper: str
    generator: str
    timestamp: int
    tlp: str
    keywords: tuple[str, ...]
    numbers: tuple[Number, ...]
    activity: Activity | None
    map: MapDrawing | None
    sectors: tuple[Counted, ...]
    countries: tuple[Counted, ...]
    at_length: str
    briefs: tuple[ShortBrief, ...]
    revised: tuple[RevisedBrief, ...]
    actors: tuple[ActorEntry, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a digest is about: a range of days or None for all, and words for what else was asked."""

    range: Range | None = None
    facts: tuple[Fact, ...] = ()
    words: tuple[str, ...] = ()


def digest_view(
    kb: KnowledgeBase,
    incidents: Sequence[Incident],
    revised: Sequence[Incident],
    selection: Selection,
    site: SiteConfig,
    href: str,
) -> DigestView:
    """The digest of published incidents, newest publication first; `revised` were published before it."""
    span = selection.range
    about = f"published in {span.text}" if span else "selected"
    actors = _actors(kb, incidents)
    return DigestView(
        site=brief_site(site),
        title=_title(selection),
        days=span.days if span else "",
        basis=_basis(span),
        selection=selection.facts,
        url=site.url(href),
        place="Current version of this digest"
        if href.endswith(".pdf")
        else "Current versions of these briefs",
        paper=site.paper,
        generator=f"threatbrief {__version__}",
        timestamp=_timestamp((*incidents, *revised)),
        tlp=highest_marking(kb, (*incidents, *revised)).label,
        keywords=tuple(dict.fromkeys(i.id for i in incidents))[:200],
        numbers=tuple(_numbers(kb, incidents, len(actors))),
        activity=activity(kb, sorted(incidents, key=_by_disclosure), f"the briefs {about}", PRINT),
        map=victims_map(incidents, "victims-map", f"Victims in the briefs {about}, by country"),
        sectors=_counted(
            (slug for i in incidents for slug in dict.fromkeys(i.targets.sectors)), sector_name, "sectors"
        ),
        countries=_counted(
            (code for i in incidents for code in dict.fromkeys(i.targets.countries)),
            country_name,
            "countries",
        ),
        at_length="at length" if len(incidents) <= MOST_AT_LENGTH else "",
        briefs=tuple(short_brief(kb, incident) for incident in incidents),
        revised=tuple(_revised(revised, span)),
        actors=actors,
    )


def short_brief(kb: KnowledgeBase, incident: Incident) -> ShortBrief:
    """An incident as documents about several list it."""
    question = incident_question(kb, incident) if kb.is_contested(incident) else ""
    return ShortBrief(
        row=brief_row(kb, incident),
        tlp=marking_of(incident).label,
        question=defanger(incident)(question),
        sources=plural(len(incident.sources), "source"),
    )


def _title(selection: Selection) -> str:
    words = ", ".join(selection.words)
    if selection.range is None:
        return f"Briefs: {words}" if words else "All briefs"
    text = selection.range.text
    title = f"{text[:1].upper()}{text[1:]} in threat briefs"
    return f"{title}: {words}" if words else title


def _basis(span: Range | None) -> str:
    if span is None:
        return "Every brief of the selection, by date of publication, newest first."
    return f"Briefs by date of publication: {span.days}, both days included, in UTC."


def _timestamp(incidents: Iterable[Incident]) -> int:
    """When the newest version in the document was published, in seconds since 1970."""
    return max((int(i.updated.timestamp()) for i in incidents if i.updated), default=0)


def _by_disclosure(incident: Incident) -> tuple[int, str]:
    return -incident.disclosed.last.toordinal(), incident.id


def _numbers(kb: KnowledgeBase, incidents: Sequence[Incident], actors: int) -> Iterator[Number]:
    sectors = {slug for i in incidents for slug in i.targets.sectors}
    countries = {code for i in incidents for code in i.targets.countries}
    techniques = {id_ for i in incidents for id_ in techniques_seen(i)}
    detect = sum(
        row.use is IndicatorUse.DETECT and row.state is IndicatorState.ACTIVE
        for i in incidents
        for row in i.indicators
    )
    disputed = sum(kb.is_contested(i) for i in incidents)
    for count, one, many in (
        (len(incidents), "brief", "briefs"),
        (actors, "actor", "actors"),
        (disputed, "attribution in dispute", "attributions in dispute"),
        (len(sectors), "sector hit", "sectors hit"),
        (len(countries), "country hit", "countries hit"),
        (len(techniques), "ATT&CK technique", "ATT&CK techniques"),
        (detect, "indicator to detect", "indicators to detect"),
    ):
        if count:
            yield Number(count, one if count == 1 else many)


def _counted(keys: Iterable[str], name: Callable[[str], str], folder: str) -> tuple[Counted, ...]:
    counts = Counter(keys)
    order = sorted(counts, key=lambda key: (-counts[key], name(key).casefold(), key))
    return tuple(
        Counted(Link(name(key), f"{folder}/{key.lower()}/"), counts[key]) for key in order[:_MOST_COUNTED]
    )


def _actors(kb: KnowledgeBase, incidents: Iterable[Incident]) -> tuple[ActorEntry, ...]:
    actors: dict[str, Actor] = {}
    briefs: dict[str, list[str]] = {}
    for incident in incidents:
        for actor in kb.actors_of(incident):
            actors[actor.id] = actor
            briefs.setdefault(actor.id, []).append(incident.id)
    order = sorted(actors, key=lambda id_: (fold_name(actors[id_].name), id_))
    return tuple(
        ActorEntry(
            name=Link(actors[id_].name, f"actors/{actors[id_].slug}/"),
            attack_id=actors[id_].attack_id or "",
            country=claimed_country(actors[id_]),
            briefs=tuple(sorted(briefs[id_])),
        )
        for id_ in order
    )


def _revised(incidents: Iterable[Incident], span: Range | None) -> Iterator[RevisedBrief]:
    for incident in incidents:
        safe = defanger(incident)
        for revision in incident.revisions:
            if span and span.holds(revision.at):
                brief = Link(safe(incident.title), f"incidents/{incident.slug}/")
                note = safe(revision.note)
                yield RevisedBrief(incident.id, brief, date_view(revision.at), revision.kind.value, note)
