"""The page of one piece of malware or one tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Software
from threatbrief.model.vocab import Status
from threatbrief.views.body import BodyView, body_view
from threatbrief.views.common import Dates, Fact, Link, SourceView, highest_marking, plural, source_views
from threatbrief.views.files import software_files
from threatbrief.views.frame import FeedLink, PageView, Press
from threatbrief.views.incident import Download
from threatbrief.views.names import LedgerName, ledger
from threatbrief.views.schema import profile_schema
from threatbrief.views.strip import Strip, topic_strip
from threatbrief.views.tallies import Bars, country_bars, counts_address, more_link, sector_bars
from threatbrief.views.topic import MOST_ACTORS, count_actors
from threatbrief.views.topic_parts import NewestBriefs, newest_briefs
from threatbrief.views.worldmap import MapDrawing, victims_map


@dataclass(frozen=True, slots=True)
class SoftwareView:
    name: str
    type: str
    draft: str
    attack_id: str
    attack_href: str
    summary: str
    facts: tuple[Fact, ...]
    body: BodyView
    names: tuple[LedgerName, ...]
    strip: Strip | None
    map: MapDrawing | None
    countries: Bars | None
    sectors: Bars | None
    briefs: NewestBriefs
    feeds: tuple[FeedLink, ...]
    downloads: tuple[Download, ...]
    sources: tuple[SourceView, ...]
    sources_text: str


def software_page(
    press: Press, kb: KnowledgeBase, everything: KnowledgeBase, software: Software
) -> PageView[SoftwareView]:
    """The page; `everything` holds withdrawn records too, which the text may link."""
    incidents = kb.incidents_with(software)
    href = f"software/{software.slug}/"
    counted = counts_address(href)
    view = SoftwareView(
        name=software.name,
        type=software.type.value.capitalize(),
        draft="draft" if software.status is Status.DRAFT else "",
        attack_id=software.attack_id or "",
        attack_href=f"https://attack.mitre.org/software/{software.attack_id}/" if software.attack_id else "",
        summary=software.summary,
        facts=tuple(_facts(kb, software)),
        body=body_view(everything, software),
        names=ledger(kb, software),
        strip=topic_strip(kb, incidents, f"{software.name}: records by actor and date of disclosure"),
        map=victims_map(
            incidents, "victims-map", f"{software.name}: victims by country", f"{counted}#countries"
        ),
        countries=country_bars(kb, incidents, counted),
        sectors=sector_bars(kb, incidents, counted),
        briefs=newest_briefs(kb, incidents, href),
        feeds=press.feeds_of(href),
        downloads=software_files(software, press.site),
        sources=source_views(software.sources),
        sources_text=plural(len(software.sources), "source"),
    )
    dates = Dates.of(software)
    schema = profile_schema(
        press.site,
        href,
        software.name,
        software.summary,
        other_names=[name.name for name in view.names if not name.own],
        same_as=view.attack_href,
        dates=dates,
        sources=view.sources,
    )
    return press.page(
        href,
        software.name,
        software.summary,
        view,
        section="software",
        tlp=highest_marking(kb, (software, *incidents)),
        kind="article",
        dates=dates,
        schema=schema,
    )


def _facts(kb: KnowledgeBase, software: Software) -> Iterator[Fact]:
    if software.malware_types:
        yield Fact("Kind", tuple(Link(kind.replace("-", " ")) for kind in software.malware_types))
    if actors := kb.actors_using(software):
        yield Fact("Used by", tuple(_users(kb, software, actors)))
    if incidents := kb.incidents_with(software):
        yield Fact("Briefs", (Link(plural(len(incidents), "brief"), "#incidents"),))


def _users(kb: KnowledgeBase, software: Software, actors: Sequence[Actor]) -> Iterator[Link]:
    """Those that used it: all by name, or where they are many those with most briefs and the way to all."""
    left = len(actors) - MOST_ACTORS
    if left <= 0:
        yield from (Link(actor.name, f"actors/{actor.slug}/") for actor in actors)
        return
    yield from (row.name for row in count_actors(kb, kb.incidents_with(software))[:MOST_ACTORS])
    yield more_link(left, "actor", "actors", counts_address(f"software/{software.slug}/"))
