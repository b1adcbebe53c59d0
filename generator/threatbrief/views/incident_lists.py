"""The list of all incidents, and the lists of each year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.views.briefs import BriefRow, YearGroup, brief_rows, by_year
from threatbrief.views.common import Link, plural
from threatbrief.views.cuts import Piece, YearPiece, newest, year_pieces
from threatbrief.views.facets import INDEX_PATH, Facet, facets
from threatbrief.views.frame import PageView, Press
from threatbrief.views.topic import FacetValue

FOLDER = "incidents/"
CONTESTED = "incidents/contested/"


@dataclass(frozen=True, slots=True)
class IncidentsView:
    """The newest incidents, and the ways to all others. `index` is what a browser filters by."""

    count: str
    facets: tuple[Facet, ...]
    index: str
    years: tuple[YearGroup, ...]
    archive: tuple[FacetValue, ...]
    older: Link | None


@dataclass(frozen=True, slots=True)
class YearListView:
    """A page of the incidents of one year, or of those that are contested, newest first."""

    title: str
    lead: str
    topic: Link
    rows: tuple[BriefRow, ...]
    newer: Link | None
    older: Link | None


def incidents_page(press: Press, kb: KnowledgeBase) -> PageView[IncidentsView]:
    """The newest records in groups by year, and the ways to divide all of them."""
    count, shown = plural(len(kb.incidents), "brief"), newest(kb.incidents)
    years = tuple(
        FacetValue(Link(str(year), f"{FOLDER}{year}/"), len(found)) for year, found in kb.by_year.items()
    )
    left = kb.incidents[len(shown) :]
    view = IncidentsView(
        count=count,
        facets=facets(kb),
        index=INDEX_PATH,
        years=by_year(kb, shown),
        archive=years,
        older=Link(str(left[0].disclosed.year), f"{FOLDER}{left[0].disclosed.year}/") if left else None,
    )
    description = f"{count}, newest first, by year, kind, actor, sector, country and technique."
    return press.page(FOLDER, "Incidents", description, view, section="incidents")


def incident_year_pieces(kb: KnowledgeBase) -> Iterator[YearPiece[Incident]]:
    """The incidents of every year in pages."""
    return year_pieces(FOLDER, kb.by_year)


def incident_year_page(press: Press, kb: KnowledgeBase, page: YearPiece[Incident]) -> PageView[YearListView]:
    """One page of a year. It tells nothing of other pages but which stand before and after."""
    title = f"Incidents of {page.title}"
    view = YearListView(
        title=title,
        lead="",
        topic=Link(f"Who was active in {page.year}", f"years/{page.year}/"),
        rows=brief_rows(kb, page.piece.rows),
        newer=page.newer,
        older=page.older,
    )
    description = f"Briefs of what was disclosed in {page.title}, newest first."
    return press.page(page.piece.address, title, description, view, section="incidents")


def contested_pieces(kb: KnowledgeBase) -> Iterator[tuple[str, Piece[Incident], Link | None, Link | None]]:
    """The incidents of which claimants name different actors, in pages: title, page, newer, older page.

    All on one page while they are few, else the newest there, and every year's on pages of its own.
    """
    found = tuple(incident for incident in kb.incidents if kb.is_contested(incident))
    shown, title = newest(found), "Attribution contested"
    if not found:
        return
    left = found[len(shown) :]
    older = Link(str(left[0].disclosed.year), f"{CONTESTED}{left[0].disclosed.year}/") if left else None
    yield title, Piece(CONTESTED, 0, shown), None, older
    years: dict[int, list[Incident]] = {}
    for incident in found if left else ():
        years.setdefault(incident.disclosed.year, []).append(incident)
    for page in year_pieces(CONTESTED, years):
        yield f"{title}: {page.title}", page.piece, page.newer, page.older


def contested_page(
    press: Press,
    kb: KnowledgeBase,
    title: str,
    piece: Piece[Incident],
    newer: Link | None,
    older: Link | None,
) -> PageView[YearListView]:
    """One page of the contested incidents."""
    lead = "Claimants name different actors, or use a name that two actors carry."
    rows = brief_rows(kb, piece.rows)
    view = YearListView(title, lead, Link("All incidents", FOLDER), rows, newer, older)
    return press.page(piece.address, title, lead, view, section="incidents")
