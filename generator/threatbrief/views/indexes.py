"""The front page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.views.briefs import BriefRow, brief_row, brief_rows, count_positions
from threatbrief.views.common import Link, plural
from threatbrief.views.drawing import TimelineDrawing, timeline_drawing
from threatbrief.views.feed import OPML_PATH
from threatbrief.views.files import digest_files
from threatbrief.views.frame import FeedLink, PageView, Press
from threatbrief.views.incident import Download, incident_question
from threatbrief.views.incident_lists import CONTESTED
from threatbrief.views.periods import PERIODS
from threatbrief.views.schema import site_schema
from threatbrief.views.strip import Strip, actor_strip

LATEST: Final = 8
OPEN_QUESTIONS: Final = 6
_LEAD: Final = 400
"""Pixels beside the text of the lead, and about what a phone has."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A number, what it counts, and where that can be seen."""

    count: int
    noun: str
    href: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    question: Link
    positions: str
    id: str


@dataclass(frozen=True, slots=True)
class HomeView:
    name: str
    description: str
    lead: BriefRow | None
    drawing: TimelineDrawing | None
    tallies: tuple[Tally, ...]
    strip: Strip | None
    latest: tuple[BriefRow, ...]
    all_text: str
    questions: tuple[OpenQuestion, ...]
    more_questions: Link | None
    feeds: tuple[tuple[Link, tuple[FeedLink, ...]], ...]
    opml: Link | None
    digests: tuple[Download, ...]


def home_view(press: Press, kb: KnowledgeBase) -> PageView[HomeView]:
    """The front page: the brief published last leads, the newest disclosures follow."""
    lead = kb.published_incidents[0] if kb.published_incidents else next(iter(kb.incidents), None)
    rest = [incident for incident in kb.incidents if incident is not lead]
    contested = [incident for incident in kb.incidents if kb.is_contested(incident)]
    site = press.site
    description = site.description or f"Public records of intrusions and takedowns by {site.publisher.name}."
    view = HomeView(
        name=site.site_name,
        description=site.description or "",
        lead=brief_row(kb, lead) if lead else None,
        drawing=timeline_drawing(lead, "lead-figure", _LEAD, 2) if lead else None,
        tallies=_tallies(kb, len(contested)),
        strip=actor_strip(kb) if len(kb.incidents) > 1 else None,
        latest=brief_rows(kb, rest[:LATEST]),
        all_text=f"All {len(kb.incidents)} incidents" if len(rest) > LATEST else "All incidents",
        questions=tuple(_question(kb, incident) for incident in contested[:OPEN_QUESTIONS]),
        more_questions=Link(f"All {len(contested)} contested records", CONTESTED) if contested else None,
        feeds=tuple(_feeds(press)),
        opml=Link("All feeds", OPML_PATH) if press.feeds and site.tlp is Tlp.CLEAR else None,
        digests=tuple(d for period in PERIODS for d in digest_files(kb, site, period, 1)),
    )
    return press.page("", site.site_name, description, view, section="home", schema=site_schema(site))


def _feeds(press: Press) -> Iterator[tuple[Link, tuple[FeedLink, ...]]]:
    """The feeds of the whole site, each with the page that tells of it."""
    yield Link("New briefs", "feeds/"), press.site_view.feeds
    for title, page in (("Updates to briefs", "incidents/"), ("Corrections", "corrections/")):
        if feeds := press.feeds_of(page):
            yield Link(title, page), feeds


def _tallies(kb: KnowledgeBase, contested: int) -> tuple[Tally, ...]:
    counts = (
        (len(kb.incidents), "incident", "incidents", "incidents/"),
        (len(kb.actors), "actor", "actors", "actors/"),
        (len(kb.software), "malware or tool", "malware and tools", "software/"),
        (len(kb.by_technique), "technique", "techniques", "techniques/"),
        (len(kb.by_sector), "sector", "sectors", "sectors/"),
        (len(kb.by_country), "country", "countries", "countries/"),
        (contested, "in dispute", "in dispute", CONTESTED),
    )
    return tuple(Tally(n, one if n == 1 else many, href) for n, one, many, href in counts if n)


def _question(kb: KnowledgeBase, incident: Incident) -> OpenQuestion:
    link = Link(incident_question(kb, incident), f"incidents/{incident.slug}/#attribution")
    return OpenQuestion(link, plural(count_positions(incident), "position"), incident.id)
