"""The pages above the topics: all techniques, sectors, countries and years, and the timeline of the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident
from threatbrief.model.vocab import IncidentKind
from threatbrief.reference import load_reference
from threatbrief.views.axis import MONTHS
from threatbrief.views.briefs import BriefRow, brief_rows
from threatbrief.views.common import DateView, Link, date_view, highest_marking, plural
from threatbrief.views.frame import PageView, Press
from threatbrief.views.matrix import HeatMatrix, technique_counts, technique_heat
from threatbrief.views.strip import MAX_YEARS
from threatbrief.views.tallies import Block, country_link, scaled_bar, sector_link
from threatbrief.views.topic import FacetValue, count_actors
from threatbrief.views.worldmap import MapDrawing, victims_map

_YEAR_ROWS: Final = 12
_MONTH_ROWS: Final = 40
_NEWEST: Final = 25
_TOP_ACTORS: Final = 3


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic in the list of its kind: its count as number and bar, its newest brief, who is there most."""

    name: Link
    count: int
    blocks: tuple[Block, ...]
    newest: DateView
    actors: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class CountCell:
    """A count, empty for none; `level` is its shade, 0 for none."""

    count: str
    level: int


@dataclass(frozen=True, slots=True)
class CountRow:
    name: Link
    cells: tuple[CountCell, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counts of briefs, the darker the more; `note` says what is left out or how to read it."""

    caption: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[CountRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class TopicsView:
    title: str
    lead: str
    head: str
    map: MapDrawing | None
    table: CountTable
    table_title: str
    rows: tuple[TopicLine, ...]


@dataclass(frozen=True, slots=True)
class TechniquesView:
    """A matrix in full: the site's, or that of an actor, to whose page `above` leads."""

    title: str
    above: Link | None
    lead: str
    version: str
    matrices: tuple[HeatMatrix, ...]


@dataclass(frozen=True, slots=True)
class TimelineView:
    """All disclosures by year and month, and the newest of them."""

    lead: str
    table: CountTable
    newest: tuple[BriefRow, ...]


def techniques_page(press: Press, kb: KnowledgeBase) -> PageView[TechniquesView]:
    """The matrix of the whole site."""
    counts = {id_: len(found) for id_, found in kb.by_technique.items()}
    lead = f"{plural(len(counts), 'technique')} reported or mapped in {plural(len(kb.incidents), 'brief')}."
    version = load_reference().attack_versions.get("enterprise", "")
    view = TechniquesView("Techniques", None, lead, version, technique_heat(counts))
    description = f"The ATT&CK matrix of this site: {lead}"
    return press.page("techniques/", "Techniques", description, view, section="techniques")


def actor_techniques_page(press: Press, kb: KnowledgeBase, actor: Actor) -> PageView[TechniquesView]:
    """The matrix of an actor whose own page has no room for all of it."""
    own = kb.incidents_of(actor)
    counts = technique_counts(own)
    title = f"Techniques of {actor.name}"
    href = f"actors/{actor.slug}/"
    lead = f"{plural(len(counts), 'technique')} reported or mapped in {plural(len(own), 'brief')}."
    version = load_reference().attack_versions.get("enterprise", "")
    view = TechniquesView(title, Link(actor.name, href), lead, version, technique_heat(counts))
    marking = highest_marking(kb, (actor, *own))
    return press.page(f"{href}techniques/", title, f"{title}: {lead}", view, section="actors", tlp=marking)


def sectors_page(press: Press, kb: KnowledgeBase) -> PageView[TopicsView]:
    rows = _most_first((sector_link(slug), found) for slug, found in kb.by_sector.items())
    lead = f"{plural(len(rows), 'sector')} that were targets, those with most briefs first."
    table = _by_year(rows, "Sector")
    view = TopicsView("Sectors", lead, "Sector", None, table, "When each was a target", _lines(kb, rows))
    return press.page("sectors/", view.title, lead, view)


def countries_page(press: Press, kb: KnowledgeBase) -> PageView[TopicsView]:
    rows = _most_first((country_link(code), found) for code, found in kb.by_country.items())
    lead = f"{plural(len(rows), 'country', 'countries')} with targets, those with most briefs first."
    drawn = victims_map(kb.incidents, "victims-map", "Targets of all records by country", "countries/#h-all")
    table = _by_year(rows, "Country")
    view = TopicsView("Countries", lead, "Country", drawn, table, "When each had targets", _lines(kb, rows))
    return press.page("countries/", view.title, lead, view)


def years_page(press: Press, kb: KnowledgeBase) -> PageView[TopicsView]:
    """The years, newest first, and what kind of record each has."""
    kinds = [
        (Link(kind.value.replace("-", " ").capitalize(), f"incidents/kind/{kind.value}/"), found)
        for kind in IncidentKind
        if (found := kb.by_kind.get(kind.value, ()))
    ]
    lead = f"{plural(len(kb.incidents), 'brief')} by the year in which each came to light."
    rows = [(Link(str(year), f"years/{year}/"), found) for year, found in kb.by_year.items()]
    table = _by_year(kinds, "Kind")
    view = TopicsView("Years", lead, "Year", None, table, "What came to light", _lines(kb, rows))
    return press.page("years/", view.title, lead, view)


def timeline_page(press: Press, kb: KnowledgeBase) -> PageView[TimelineView]:
    """Every disclosure in its month. A date known to the year alone stands beside the months."""
    years = list(kb.by_year.items())
    counts = {year: Counter(_month(i) for i in found) for year, found in years[:_MONTH_ROWS]}
    older = sum(len(found) for _, found in years[_MONTH_ROWS:])
    lead = f"When {plural(len(kb.incidents), 'brief')} came to light, month by month."
    table = CountTable(
        caption="Briefs by year and month of disclosure",
        head="Year",
        columns=(*MONTHS, "No month"),
        rows=_count_rows(((Link(str(y), f"years/{y}/"), counts[y]) for y in counts), (*range(1, 13), 0)),
        note="No month: known to the year alone."
        + (f" {plural(older, 'brief')} of earlier years are not in the table." if older else ""),
    )
    view = TimelineView(lead, table, brief_rows(kb, kb.incidents[:_NEWEST]))
    return press.page("timeline/", "Timeline", lead, view)


def _month(incident: Incident) -> int:
    """The month of disclosure from 1, or 0 where the year alone is known."""
    return 0 if incident.disclosed.precision == "year" else incident.disclosed.first.month


Row = tuple[Link, Sequence[Incident]]


def _most_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-len(row[1]), row[0].text.casefold(), row[0].href))


def _by_year(rows: Sequence[Row], head: str) -> CountTable:
    """The first rows over the newest years."""
    shown = rows[:_YEAR_ROWS]
    counts = [(name, Counter(i.disclosed.year for i in incidents)) for name, incidents in shown]
    found = {year for _, counted in counts for year in counted}
    years = range(max(min(found), max(found) - MAX_YEARS + 1), max(found) + 1)
    notes = [f"The {_YEAR_ROWS} with most briefs."] if len(rows) > _YEAR_ROWS else []
    if years[0] > min(found):
        notes.append(f"All counts those from before {years[0]} too.")
    return CountTable(
        caption=f"Briefs by {head.lower()} and year of disclosure",
        head=head,
        columns=tuple(map(str, years)),
        rows=_count_rows(counts, years),
        note=" ".join(notes),
    )


def _count_rows(rows: Iterable[tuple[Link, Counter[int]]], columns: Sequence[int]) -> tuple[CountRow, ...]:
    counted = list(rows)
    most = max((counts[column] for _, counts in counted for column in columns), default=1)
    return tuple(
        CountRow(name, tuple(_count_cell(counts[column], most) for column in columns), counts.total())
        for name, counts in counted
    )


def _count_cell(count: int, most: int) -> CountCell:
    """The shade is the third of the highest count that this count lies in."""
    return CountCell(str(count), min(3 * count // (most + 1) + 1, 3)) if count else CountCell("", 0)


def _lines(kb: KnowledgeBase, rows: Sequence[Row]) -> tuple[TopicLine, ...]:
    most = max((len(incidents) for _, incidents in rows), default=1)
    return tuple(
        TopicLine(
            name=name,
            count=len(incidents),
            blocks=scaled_bar(len(incidents), most),
            newest=date_view(incidents[0].disclosed),
            actors=count_actors(kb, incidents)[:_TOP_ACTORS],
        )
        for name, incidents in rows
    )
