"""Corrections: every revision of every record, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Record
from threatbrief.model.vocab import Status
from threatbrief.views.briefs import defanger
from threatbrief.views.common import DateView, Link, date_view
from threatbrief.views.frame import PageView, Press
from threatbrief.views.notices import address_of, name_of, record_id


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
    years: tuple[CorrectionYear, ...]


def corrections_page(press: Press, everything: KnowledgeBase) -> PageView[CorrectionsView]:
    """All revisions of all records, withdrawn ones included, in groups by year."""
    found = [change for record in everything.records for change in _changes(record)]
    found.sort(key=lambda change: (change[0], change[1].id, change[1].version), reverse=True)
    years: dict[int, list[CorrectionRow]] = {}
    for at, row in found:
        years.setdefault(at.year, []).append(row)
    view = CorrectionsView(
        tuple(CorrectionYear(str(year), f"y{year}", tuple(rows)) for year, rows in years.items())
    )
    description = "Every update, correction and retraction, newest first."
    return press.page("corrections/", "Corrections", description, view, section="corrections")


def _changes(record: Record) -> Iterator[tuple[datetime, CorrectionRow]]:
    safe = defanger(record) if isinstance(record, Incident) else _as_it_is
    name = record_id(record) if record.status is Status.WITHDRAWN else safe(name_of(record))
    link = Link(name, address_of(record))
    for version, revision in enumerate(record.revisions, 2):
        date, note = date_view(revision.at), safe(revision.note)
        yield revision.at, CorrectionRow(date, revision.kind.value, link, record_id(record), version, note)


def _as_it_is(text: str | None) -> str:
    return text or ""
