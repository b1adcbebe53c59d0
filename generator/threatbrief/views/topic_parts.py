"""What a topic, an actor or a piece of software has in more briefs than its page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.views.briefs import BriefRow, brief_rows
from threatbrief.views.common import Link, highest_marking
from threatbrief.views.cuts import YearPiece, newest, year_pieces
from threatbrief.views.frame import PageView, Press

SHOWN: Final = 25
"""How many briefs a page shows with their summaries; where it has twice as many, the rest stands by year."""


@dataclass(frozen=True, slots=True)
class NewestBriefs:
    """The briefs that a page shows, and the years in which all of them stand; no year where all are shown.

    `older` are those that it shows by title alone.
    """

    rows: tuple[BriefRow, ...]
    older: tuple[BriefRow, ...]
    years: tuple[YearCount, ...]
    note: str


@dataclass(frozen=True, slots=True)
class YearCount:
    year: Link
    count: int


@dataclass(frozen=True, slots=True)
class PartView:
    """A page of the briefs of one year; `whole` leads to the page that they belong to."""

    whole: Link
    title: str
    rows: tuple[BriefRow, ...]
    newer: Link | None
    older: Link | None


def newest_briefs(
    kb: KnowledgeBase, incidents: Sequence[Incident], folder: str, most: int = SHOWN
) -> NewestBriefs:
    """What a page shows of its briefs, which come newest first; their pages by year lie in `folder`."""
    shown = newest(incidents, most)
    if len(shown) == len(incidents):
        return NewestBriefs(brief_rows(kb, shown[:most]), brief_rows(kb, shown[most:]), (), "")
    years = _by_year(incidents)
    return NewestBriefs(
        rows=brief_rows(kb, shown),
        older=(),
        years=tuple(YearCount(Link(str(year), f"{folder}{year}/"), len(years[year])) for year in years),
        note=f"The newest {len(shown)} of {len(incidents)}. All of them, by year:",
    )


def parts(incidents: Sequence[Incident], folder: str, most: int = SHOWN) -> Iterator[YearPiece[Incident]]:
    """The pages by year below an address; none where the page there shows all of its briefs."""
    if len(newest(incidents, most)) < len(incidents):
        yield from year_pieces(folder, _by_year(incidents))


def _by_year(incidents: Sequence[Incident]) -> dict[int, list[Incident]]:
    years: dict[int, list[Incident]] = {}
    for incident in incidents:
        years.setdefault(incident.disclosed.year, []).append(incident)
    return years


def part_page(
    press: Press, kb: KnowledgeBase, whole: Link, section: str, part: YearPiece[Incident]
) -> PageView[PartView]:
    """One page of a year. It tells nothing of other pages but which stand before and after."""
    view = PartView(whole, part.title, brief_rows(kb, part.piece.rows), part.newer, part.older)
    return press.page(
        part.piece.address,
        f"{whole.text}: {part.title}",
        f"Briefs on {whole.text} disclosed in {part.title}, newest first.",
        view,
        section=section,
        tlp=highest_marking(kb, part.piece.rows),
    )
