"""The pages of the site: views and templates become HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Record, format_instant
from threatbrief.model.vocab import Status
from threatbrief.render.engine import Engine
from threatbrief.render.jinja import render_template
from threatbrief.render.sitemap import render_robots, render_sitemap
from threatbrief.views.actor import ELSEWHERE, actor_page, claimed_elsewhere, involved_elsewhere
from threatbrief.views.actor_lists import actor_part_page, actor_parts, actors_page
from threatbrief.views.aliases import alias_page, aliases
from threatbrief.views.channels import exports_page, feeds_page
from threatbrief.views.common import Link
from threatbrief.views.corrections import correction_pieces, corrections_page, corrections_year_page
from threatbrief.views.counts import (
    actor_whole,
    counts_page,
    has_counts,
    software_whole,
    topic_whole,
)
from threatbrief.views.cuts import YearPiece
from threatbrief.views.facets import filter_files
from threatbrief.views.frame import (
    PageView,
    Press,
    browse_links,
    mark_current,
    nav_links,
    page_frame,
    site_view,
)
from threatbrief.views.incident_lists import (
    contested_page,
    contested_pieces,
    incident_year_page,
    incident_year_pieces,
    incidents_page,
)
from threatbrief.views.incident_page import incident_page
from threatbrief.views.indexes import HomeView, home_view
from threatbrief.views.matrix import is_shortened, technique_counts
from threatbrief.views.names import name_page, names_with_page
from threatbrief.views.notices import (
    address_of,
    former_addresses,
    moved_page,
    not_found_page,
    record_id,
    withdrawn_page,
)
from threatbrief.views.search import search_page
from threatbrief.views.sitemap import ROBOTS_PATH, PageEntry, RobotsView, SitemapView, robots, sitemaps
from threatbrief.views.software import software_page
from threatbrief.views.software_lists import software_index, software_part_page, software_parts
from threatbrief.views.tallies import counts_address
from threatbrief.views.topic import Topic, topic_page, topics
from threatbrief.views.topic_indexes import (
    actor_techniques_page,
    countries_page,
    sectors_page,
    techniques_page,
    timeline_page,
    years_page,
)
from threatbrief.views.topic_parts import part_page, parts


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """A page that is to be: where it answers, its template, whose it is, and how its view is made.

    `found` says whether search engines are told of it, `changed` when it last did.
    """

    address: str
    template: str
    owner: str
    later: Later
    found: bool = True
    changed: str = ""


class PagesOutput:
    """Every page that is made of records, the lists of them with the index of their filter, and 404.html."""

    name = "pages"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        pages = tuple(plan_pages(kb, site))
        yield from map(_artifact, pages)
        yield from self._plan_filter(kb.listed)
        entries = tuple(PageEntry(page.address, page.changed) for page in pages if page.found)
        for address, sitemap in sitemaps(entries, site):
            yield Artifact(PurePosixPath(address), sitemap, owner="sitemap", output=self.name)
        yield Artifact(PurePosixPath(ROBOTS_PATH), robots(site), owner="robots.txt", output=self.name)

    def _plan_filter(self, shown: KnowledgeBase) -> Iterator[Artifact]:
        """What the list of incidents is filtered by, in a browser."""
        for path, make, given in filter_files(shown):
            owner = "filter of incidents"
            yield Artifact(PurePosixPath(path), Later(make, *given), owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view = artifact.view
        if isinstance(view, SitemapView):
            return render_sitemap(view)
        if isinstance(view, RobotsView):
            return render_robots(view)
        if artifact.template is None:
            return json.dumps(asdict(view), ensure_ascii=False, separators=(",", ":")).encode()
        return render_page(engine.jinja, artifact)


def plan_pages(kb: KnowledgeBase, site: SiteConfig) -> Iterator[PlannedPage]:
    """Every page. Withdrawn records have a notice, and are in no list.

    An address that two pages could have goes to a record, then to a list or the page of a contested name,
    then to a former address, then to another name.
    """
    shown = kb.listed
    press = Press.of(site, shown)
    notices = tuple(_plan_notices(kb, press))
    taken = {page.address for page in notices}
    for page in _plan_own(kb, shown, press):
        if page.address not in taken:
            taken.add(page.address)
            yield page
    yield from notices
    for address, record in former_addresses(kb, taken):
        taken.add(address)
        yield _page(
            press,
            address,
            "moved.html",
            f"former address {address}",
            moved_page,
            record,
            address,
            found=False,
        )
    for alias in aliases(shown, taken):
        given = (alias.name, alias.record, alias.address)
        yield _page(press, alias.address, "moved.html", f"name {alias.name}", alias_page, *given, found=False)


def _artifact(page: PlannedPage) -> Artifact:
    path = file_of(page.address)
    return Artifact(path, page.later, template=page.template, owner=page.owner, output=PagesOutput.name)


def page_artifacts(kb: KnowledgeBase, site: SiteConfig, records: Iterable[Record]) -> Iterator[Artifact]:
    """The own pages of some records, as `plan` has them."""
    left = {address_of(record) for record in records}
    pages = plan_pages(kb, site) if left else iter(())
    while left and (page := next(pages, None)):
        if page.address in left:
            left.remove(page.address)
            yield _artifact(page)


def _page(
    press: Press,
    address: str,
    template: str,
    owner: str,
    make: Callable[..., PageView[Any]],
    *given: Any,
    of: Iterable[Record] = (),
    found: bool = True,
) -> PlannedPage:
    later = Later(make, press, *given, besides=press.about(address))
    return PlannedPage(address, template, owner, later, found, _changed(press, of))


def _changed(press: Press, records: Iterable[Record]) -> str:
    """When the newest of the records' versions came out; empty where none did."""
    instants = [at for at in map(press.updated.get, map(id, records)) if at]
    return format_instant(max(instants)) if instants else ""


def _plan_notices(kb: KnowledgeBase, press: Press) -> Iterator[PlannedPage]:
    for record in kb.records:
        if record.status is Status.WITHDRAWN:
            address, owner = address_of(record), record_id(record)
            yield _page(press, address, "withdrawn.html", owner, withdrawn_page, record, found=False)


def _plan_own(kb: KnowledgeBase, shown: KnowledgeBase, press: Press) -> Iterator[PlannedPage]:
    """Records first, so that they keep their addresses whatever else would have them."""
    yield from _plan_records(kb, shown, press)
    page = partial(_page, press)
    yield page("", "home.html", "home page", home_view, shown, of=shown.records)
    yield from _plan_lists(kb, shown, press)
    for name in names_with_page(shown):
        bearers = [bearer.actor for bearer in name.bearers]
        address, owner = f"actors/{name.slug}/", f"name {name.name}"
        yield page(address, "name.html", owner, name_page, shown, name, of=bearers)
    found = tuple(topics(shown))
    for topic in found:
        of = topic.incidents
        yield page(topic.path, "topic.html", f"topic {topic.path}", topic_page, shown, topic, of=of)
    yield from _plan_indexes(shown, press)
    yield from _plan_parts(shown, press, found)
    yield from _plan_counts(shown, press, found)
    if press.feeds:
        about_feeds = Later(feeds_page, press, besides=press.feeds)
        yield PlannedPage("feeds/", "feeds.html", "list of feeds", about_feeds)
    yield page("data/", "exports.html", "list of files", exports_page, shown)
    if press.site_view.search:
        yield page(press.site_view.search, "search.html", "search", search_page, shown, found=False)
    yield page("404.html", "404.html", "page not found", not_found_page, found=False)


def _plan_records(kb: KnowledgeBase, shown: KnowledgeBase, press: Press) -> Iterator[PlannedPage]:
    page = partial(_page, press)
    for incident in shown.incidents:
        address, owner = address_of(incident), incident.id
        yield page(address, "incident.html", owner, incident_page, shown, kb, incident, of=(incident,))
    for actor in shown.actors:
        of = (actor, *shown.incidents_of(actor))
        yield page(address_of(actor), "actor.html", actor.id, actor_page, shown, kb, actor, of=of)
    for software in shown.software:
        address, used = address_of(software), (software, *shown.incidents_with(software))
        yield page(address, "software.html", software.id, software_page, shown, kb, software, of=used)


def _plan_lists(kb: KnowledgeBase, shown: KnowledgeBase, press: Press) -> Iterator[PlannedPage]:
    page = partial(_page, press)
    everything = shown.incidents
    yield page("incidents/", "incidents.html", "list of incidents", incidents_page, shown, of=everything)
    for year in incident_year_pieces(shown):
        address, of, owner = year.piece.address, year.piece.rows, f"incidents of {year.title}"
        yield page(address, "incidents-year.html", owner, incident_year_page, shown, year, of=of)
    for title, piece, *around in contested_pieces(shown):
        given = (shown, title, piece, *around)
        yield page(piece.address, "incidents-year.html", title, contested_page, *given, of=piece.rows)
    if shown.actors:
        yield page("actors/", "actors.html", "list of actors", actors_page, shown, of=shown.actors)
    for actors in actor_parts(shown):
        address, owner = actors.address, f"actors, {actors.title}"
        yield page(address, "actors-part.html", owner, actor_part_page, shown, actors, of=actors.rows)
    if shown.software:
        of_all = shown.software
        yield page("software/", "software-index.html", "list of software", software_index, shown, of=of_all)
    for some in software_parts(shown):
        address, owner = some.address, f"software, {some.title}"
        yield page(address, "software-index.html", owner, software_part_page, shown, some, of=some.rows)
    yield page("corrections/", "corrections.html", "list of corrections", corrections_page, kb)
    for changes in correction_pieces(kb):
        address, owner = changes.piece.address, f"corrections of {changes.title}"
        yield page(address, "corrections.html", owner, corrections_year_page, changes)


def _plan_indexes(shown: KnowledgeBase, press: Press) -> Iterator[PlannedPage]:
    """The pages above the topics, each where there is anything to show."""
    planned: tuple[tuple[str, str, object, Callable[..., PageView[Any]]], ...] = (
        ("techniques/", "techniques.html", shown.by_technique, techniques_page),
        ("sectors/", "topics.html", shown.by_sector, sectors_page),
        ("countries/", "topics.html", shown.by_country, countries_page),
        ("years/", "topics.html", shown.by_year, years_page),
        ("timeline/", "timeline.html", shown.incidents, timeline_page),
    )
    for address, template, there, make in planned:
        if there:
            yield _page(press, address, template, f"list of {address}", make, shown, of=shown.incidents)


def _plan_parts(shown: KnowledgeBase, press: Press, found: Iterable[Topic]) -> Iterator[PlannedPage]:
    """The briefs of a topic, actor or piece of software that its own page has no room for, by year.

    Those of a year are in the list of incidents.
    """
    for actor in shown.actors:
        if is_shortened(technique_counts(shown.incidents_of(actor))):
            address, of = f"{address_of(actor)}techniques/", shown.incidents_of(actor)
            owner = f"techniques of {actor.id}"
            yield _page(press, address, "techniques.html", owner, actor_techniques_page, shown, actor, of=of)
    for whole, section, part in _parts(shown, found):
        address, of = part.piece.address, part.piece.rows
        given = (shown, whole, section, part)
        yield _page(press, address, "topic-part.html", f"part {address}", part_page, *given, of=of)


def _parts(shown: KnowledgeBase, found: Iterable[Topic]) -> Iterator[tuple[Link, str, YearPiece[Incident]]]:
    """Each part with the page that it belongs to and the section of that."""
    wholes = [(topic.link, topic.section, topic.incidents) for topic in found if topic.kind != "Year"]
    wholes += [(Link(a.name, address_of(a)), "actors", shown.incidents_of(a)) for a in shown.actors]
    wholes += [(Link(s.name, address_of(s)), "software", shown.incidents_with(s)) for s in shown.software]
    for name in names_with_page(shown):
        wholes.append((Link(name.name, f"actors/{name.slug}/"), "actors", shown.incidents_naming(name.name)))
    for whole, section, incidents in wholes:
        for part in parts(incidents, whole.href):
            yield whole, section, part
    for actor in shown.actors:
        claimed, disputed = claimed_elsewhere(shown, actor, involved_elsewhere(shown, actor))
        for told, folder, rows in (
            (f"{actor.name}, as others claim", "claimed/", claimed),
            (f"{actor.name}, under a disputed name", "disputed/", disputed),
        ):
            whole = Link(told, address_of(actor))
            for part in parts(rows, whole.href + folder, ELSEWHERE):
                yield whole, "actors", part


def _plan_counts(shown: KnowledgeBase, press: Press, found: Iterable[Topic]) -> Iterator[PlannedPage]:
    """All that the briefs of a page have in common, where it has no room for all of that."""
    wholes = [topic_whole(topic) for topic in found]
    wholes += [actor_whole(shown, actor) for actor in shown.actors]
    wholes += [software_whole(shown, software) for software in shown.software]
    for whole in wholes:
        if has_counts(shown, whole):
            address, of = counts_address(whole.link.href), whole.incidents
            yield _page(press, address, "counts.html", f"counts {address}", counts_page, shown, whole, of=of)


def file_of(address: str) -> PurePosixPath:
    """The file that answers at an address: `actors/kimsuky/` is `actors/kimsuky/index.html`."""
    return PurePosixPath(address if address.endswith(".html") else f"{address}index.html")


def page_addresses(kb: KnowledgeBase, site: SiteConfig) -> tuple[str, ...]:
    """The files of all pages, for a host that resolves links to them."""
    return tuple(str(file_of(page.address)) for page in plan_pages(kb, site))


def home_page(kb: KnowledgeBase, site: SiteConfig) -> PageView[HomeView]:
    """The home page, for a host that adds a hand-written introduction (`content`) to it."""
    shown = kb.listed
    return home_view(Press.of(site, shown), shown)


def prose_page(
    site: SiteConfig, path: str, title: str, description: str, kb: KnowledgeBase | None = None
) -> PageView[None]:
    """The site's side of a hand-written page at an address; with `kb` the navigation shows what exists."""
    shown = kb.listed if kb else None
    view = site_view(site)
    frame = page_frame(
        site,
        path,
        title,
        description,
        section=path,
        nav=mark_current(nav_links(site, shown), path),
        browse=browse_links(shown),
        feeds=view.feeds,
        kind="article",
    )
    return PageView(view, frame, None)


def render_page(environment: Environment, artifact: Artifact, **extra: Any) -> bytes:
    """A page as HTML; `extra` are more variables of the template, such as `content`."""
    page = artifact.view
    variables = {"site": page.site, "page": page.page, "view": page.view, **extra}
    return render_template(environment, str(artifact.template), variables)
