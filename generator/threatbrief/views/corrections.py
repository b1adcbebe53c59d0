"""Corrections: every revision of every record, newest first."""

from __future__ import annotations

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Change:
    """The revision of a record that made a version of it."""

    at: datetime
    version: int
    record: Record


CorrectionPiece = YearPiece[Change]


def correction_pieces(everything: KnowledgeBase) -> tuple[CorrectionPiece, ...]:
    """All revisions of all records, withdrawn ones included, in pages by year, newest first."""
    found: dict[int, list[Change]] = {}
    for change in _all_changes(everything):
        found.setdefault(change.at.year, []).append(change)
    return tuple(year_pieces(FOLDER, found))


def corrections_page(press: Press, everything: KnowledgeBase) -> PageView[CorrectionsView]:
    """The newest revisions, and the ways to all others."""
    found = _all_changes(everything)
    shown = newest(found)
    years = tuple(dict.fromkeys(change.at.year for change in found))
    left = found[len(shown) :]
    older = Link(str(left[0].at.year), f"{FOLDER}{left[0].at.year}/") if left else None
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


def _in_years(changes: Iterable[Change]) -> tuple[CorrectionYear, ...]:
    years: dict[int, list[CorrectionRow]] = {}
    for change in changes:
        years.setdefault(change.at.year, []).append(_row(change))
    return tuple(CorrectionYear(str(year), f"y{year}", tuple(rows)) for year, rows in years.items())


def _all_changes(everything: KnowledgeBase) -> list[Change]:
    found = [
        Change(revision.at, version, record)
        for record in everything.records
        for version, revision in enumerate(record.revisions, 2)
    ]
    found.sort(key=lambda change: (change.at, change.record.id, change.version), reverse=True)
    return found


def _row(change: Change) -> CorrectionRow:
    record, revision = change.record, change.record.revisions[change.version - 2]
    safe = defanger(record) if isinstance(record, Incident) else _as_it_is
    name = record_id(record) if record.status is Status.WITHDRAWN else safe(name_of(record))
    return CorrectionRow(
        date=date_view(revision.at),
        kind=revision.kind.value,
        record=Link(name, address_of(record)),
        id=record_id(record),
        version=change.version,
        note=safe(revision.note),
    )


def _as_it_is(text: str | None) -> str:
    return text or ""
