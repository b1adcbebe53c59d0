"""Corrections: every revision of every record, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Record
from threatbrief.model.vocab import Status
from threatbrief.views.briefs import defanger
from threatbrief.views.common import DateView, Link, date_view
from threatbrief.views.cuts import YearPiece, newest, year_pieces
from threatbrief.views.frame import PageView, Press
from threatbrief.views.notices import address_of, name_of, record_id

FOLDER = "corrections/"


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A revision; the record goes by its id alone once it is withdrawn."""

    date: DateView | None
    kind: str
    record: Link
    id: str
    version: int
    note: str


@dataclass(frozen=True, slots=True)
class CorrectionYear:
    year: str
    anchor: str
    rows: tuple[CorrectionRow, ...]


@dataclass(frozen=True, slots=True)
class CorrectionsView:
    """The newest revisions and the years of all; or, with a `title`, one page of a year."""

    title: str
    years: tuple[CorrectionYear, ...]
    archive: tuple[Link, ...]
    newer: Link | None
    older: Link | None


CorrectionPiece = YearPiece[tuple[datetime, CorrectionRow]]


def correction_pieces(everything: KnowledgeBase) -> tuple[CorrectionPiece, ...]:
    """All revisions of all records, withdrawn ones included, in pages by year, newest first."""
    found: dict[int, list[tuple[datetime, CorrectionRow]]] = {}
    for change in _all_changes(everything):
        found.setdefault(change[0].year, []).append(change)
    return tuple(year_pieces(FOLDER, found))


def corrections_page(press: Press, everything: KnowledgeBase) -> PageView[CorrectionsView]:
    """The newest revisions, and the ways to all others."""
    found = _all_changes(everything)
    shown = newest(found)
    years = tuple(dict.fromkeys(at.year for at, _ in found))
    left = found[len(shown) :]
    older = Link(f"Older: {left[0][0].year}", f"{FOLDER}{left[0][0].year}/") if left else None
    archive = tuple(Link(str(year), f"{FOLDER}{year}/") for year in years) if left else ()
    view = CorrectionsView("", _in_years(shown), archive, None, older)
    description = "Every update, correction and retraction, newest first."
    return press.page(FOLDER, "Corrections", description, view, section="corrections")


def corrections_year_page(press: Press, page: CorrectionPiece) -> PageView[CorrectionsView]:
    """One page of the revisions of a year."""
    title = f"Corrections of {page.title}"
    view = CorrectionsView(title, _in_years(page.piece.rows), (), page.newer, page.older)
    description = f"Updates, corrections and retractions of {page.title}, newest first."
    return press.page(page.piece.address, title, description, view, section="corrections")


def _in_years(changes: Iterable[tuple[datetime, CorrectionRow]]) -> tuple[CorrectionYear, ...]:
    years: dict[int, list[CorrectionRow]] = {}
    for at, row in changes:
        years.setdefault(at.year, []).append(row)
    return tuple(CorrectionYear(str(year), f"y{year}", tuple(rows)) for year, rows in years.items())


def _all_changes(everything: KnowledgeBase) -> list[tuple[datetime, CorrectionRow]]:
    found = [change for record in everything.records for change in _changes(record)]
    found.sort(key=lambda change: (change[0], change[1].id, change[1].version), reverse=True)
    return found


def _changes(record: Record) -> Iterator[tuple[datetime, CorrectionRow]]:
    safe = defanger(record) if isinstance(record, Incident) else _as_it_is
    name = record_id(record) if record.status is Status.WITHDRAWN else safe(name_of(record))
    link = Link(name, address_of(record))
    for version, revision in enumerate(record.revisions, 2):
        date, note = date_view(revision.at), safe(revision.note)
        yield revision.at, CorrectionRow(date, revision.kind.value, link, record_id(record), version, note)


def _as_it_is(text: str | None) -> str:
    return text or ""
