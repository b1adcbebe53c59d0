"""The activity strip: a table whose columns are years, drawn as a figure by its own cells.

A mark stands in the year of disclosure; a line shows how long the activity had run by then.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from threatbrief.knowledge import KnowledgeBase, activity_start
from threatbrief.model import Actor, Incident
from threatbrief.reference import load_reference
from threatbrief.views.axis import MONTHS
from threatbrief.views.briefs import RESPONSES, brief_row
from threatbrief.views.common import Link, plural

MAX_YEARS: Final = 16
MAX_ROWS: Final = 24
TOPIC_ROWS: Final = 12
_LINKED: Final = 24
"""How many marks of a topic's strip lead to their record: those of the newest that stand alone."""
NO_STATE = "No state named"
NO_MONTH: Final = "No month"


@dataclass(frozen=True, slots=True)
class StripMark:
    """The records of one cell: `shape` names the sign, `count` is empty for a single record.

    Without `href`, `label` is only what the table does not say by itself.
    """

    href: str
    label: str
    shape: str
    count: str


@dataclass(frozen=True, slots=True)
class StripCell:
    """One year of a row: `line` says which part of the cell is crossed (whole, from, to)."""

    year: str
    line: str
    mark: StripMark | None


@dataclass(frozen=True, slots=True)
class StripRow:
    name: Link
    cells: tuple[StripCell, ...]


@dataclass(frozen=True, slots=True)
class StripGroup:
    title: str
    rows: tuple[StripRow, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole table. `note` says what was left out; `lines` is empty where no row has one."""

    caption: str
    head: str
    years: tuple[str, ...]
    groups: tuple[StripGroup, ...]
    note: str
    lines: str = ""


def actor_strip(kb: KnowledgeBase) -> Strip | None:
    """All records, a row an actor, in groups by claimed country; None without records."""
    if not kb.incidents:
        return None
    years = _years(kb.incidents)
    owned: dict[str, list[Incident]] = {actor.id: [] for actor in kb.actors}
    nobody: list[Incident] = []
    for incident in kb.incidents:
        actors = kb.actors_of(incident)
        for actor in actors:
            owned[actor.id].append(incident)
        if not actors:
            nobody.append(incident)
    active = [actor for actor in kb.actors if owned[actor.id]]
    shown = sorted(active, key=lambda a: (-owned[a.id][0].disclosed.year, -len(owned[a.id]), a.id))[:MAX_ROWS]
    groups: dict[str, list[StripRow]] = {}
    for actor in kb.actors:
        if actor in shown:
            name, more = Link(actor.name, f"actors/{actor.slug}/"), f"actors/{actor.slug}/#incidents"
            groups.setdefault(claimed_country(actor), []).append(
                StripRow(name, _cells(kb, owned[actor.id], years, more))
            )
    if nobody:
        row = StripRow(Link("No actor named"), _cells(kb, nobody, years, "incidents/"))
        groups.setdefault(NO_STATE, []).append(row)
    order = sorted(groups, key=lambda title: (title == NO_STATE, title.casefold()))
    notes = []
    if years[0] > min(i.disclosed.year for i in kb.incidents):
        notes.append(f"Records from before {years[0]} are on the pages of their actors.")
    if len(active) > len(shown):
        notes.append(f"The {len(shown)} actors whose records are newest are shown.")
    return Strip(
        caption="Records by actor and year of disclosure",
        head="Actor",
        years=tuple(str(year) for year in years),
        groups=tuple(StripGroup(title, tuple(groups[title])) for title in order),
        note=" ".join(notes),
        lines="drawn",
    )


def topic_strip(kb: KnowledgeBase, incidents: Sequence[Incident], caption: str) -> Strip | None:
    """These records, a row for each of the actors with most of them; None where there are none.

    The columns are years, or months where all records are of one year.
    """
    owned: dict[Link, list[Incident]] = {}
    nobody: list[Incident] = []
    for incident in incidents:
        actors = brief_row(kb, incident).actors
        for actor in actors:
            owned.setdefault(actor, []).append(incident)
        if not actors:
            nobody.append(incident)
    order = sorted(owned, key=lambda actor: (-len(owned[actor]), actor.href))
    rows = [(actor, owned[actor]) for actor in order[:TOPIC_ROWS]]
    if nobody:
        rows.append((Link("No actor named"), nobody))
    note = f"The {TOPIC_ROWS} actors with most records of {len(order)}." if len(order) > TOPIC_ROWS else ""
    if not rows:
        return None
    years = _years(incidents)
    monthly = len(years) == 1
    head = f"Actor, in {years[0]}" if monthly else "Actor"
    columns = _months(incidents) if monthly else tuple(map(str, years))
    cells = [_by_column(found, monthly) for _, found in rows]
    alone = {found[0].id for row in cells for found in row.values() if len(found) == 1}
    linked = tuple(islice((i.id for i in incidents if i.id in alone), _LINKED))
    notes = [note] if note else []
    if len(alone) > len(linked):
        notes.append(f"The {len(linked)} newest marks of one record lead to it; every brief is listed below.")
    drawn = tuple(
        StripRow(name, _marks(kb, row, columns, linked)) for (name, _), row in zip(rows, cells, strict=True)
    )
    return Strip(caption, head, columns, (StripGroup("", drawn),), " ".join(notes))


def _months(incidents: Iterable[Incident]) -> tuple[str, ...]:
    vague = any(incident.disclosed.precision == "year" for incident in incidents)
    return (*MONTHS, NO_MONTH) if vague else tuple(MONTHS)


def _column(incident: Incident, monthly: bool) -> str:
    day = incident.disclosed
    if not monthly:
        return str(day.year)
    return NO_MONTH if day.precision == "year" else MONTHS[day.first.month - 1]


def _by_column(incidents: Iterable[Incident], monthly: bool) -> dict[str, list[Incident]]:
    found: dict[str, list[Incident]] = {}
    for incident in incidents:
        found.setdefault(_column(incident, monthly), []).append(incident)
    return found


def _marks(
    kb: KnowledgeBase, found: Mapping[str, Sequence[Incident]], columns: Sequence[str], linked: Container[str]
) -> tuple[StripCell, ...]:
    """A mark a column; one of several records leads nowhere, since no page has just those."""
    marks = {name: _mark(kb, rows, linked=linked) for name, rows in found.items()}
    return tuple(StripCell(name, "", marks.get(name)) for name in columns)


def claimed_country(actor: Actor) -> str:
    """The country that all claims agree on, as a heading; what to say where they do not or none is."""
    codes = {claim.country for claim in actor.suspected_country}
    if not codes:
        return NO_STATE
    if len(codes) > 1:
        return "Country in dispute"
    known = load_reference().country(next(iter(codes)))
    return f"{known.name if known else next(iter(codes))}, as claimed"


def _years(incidents: Iterable[Incident]) -> range:
    found = [incident.disclosed.year for incident in incidents]
    return range(max(min(found), max(found) - MAX_YEARS + 1), max(found) + 1)


def _cells(
    kb: KnowledgeBase, incidents: Sequence[Incident], years: range, more: str
) -> tuple[StripCell, ...]:
    lines = [_crossed(incident, year) for incident in incidents for year in years]
    width = len(years)
    cells = []
    for column, year in enumerate(years):
        crossed = set(lines[column::width])
        line = "whole" if {"from", "to"} <= crossed or "whole" in crossed else "".join(crossed - {""})
        here = [incident for incident in incidents if incident.disclosed.year == year]
        cells.append(StripCell(str(year), line, _mark(kb, here, more) if here else None))
    return tuple(cells)


def _crossed(incident: Incident, year: int) -> str:
    """Which part of a year's cell the line of the activity crosses."""
    start = activity_start(incident).year
    period = incident.occurred
    end = min(
        (period.end.year if period and period.end else incident.disclosed.year), incident.disclosed.year
    )
    if start >= end or not start <= year <= end:
        return ""
    return "from" if year == start else "to" if year == end else "whole"


def _mark(
    kb: KnowledgeBase, incidents: Sequence[Incident], more: str = "", linked: Container[str] | None = None
) -> StripMark:
    """The mark of a cell's records. A single one is named and leads to it, unless it is not `linked`."""
    contested = any(brief_row(kb, incident).dispute for incident in incidents)
    responses = all(incident.kind in RESPONSES for incident in incidents)
    shape = ("full" if responses else "hollow") + (" contested" if contested else "")
    if len(incidents) == 1 and (linked is None or incidents[0].id in linked):
        only = incidents[0]
        label = f"{brief_row(kb, only).title}, {only.disclosed.text}"
        suffix = ", attribution contested" if contested else ""
        return StripMark(f"incidents/{only.slug}/", label + suffix, shape, "")
    some = "some of " if len(incidents) > 1 else ""
    doubt = f", {some}contested attribution" if contested else ""
    told = f"{plural(len(incidents), 'record')} of {incidents[0].disclosed.year}" if more else ""
    return StripMark(more, told + doubt, shape, str(len(incidents)))
