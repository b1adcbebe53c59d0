"""The pages of the site: views and templates become HTML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model.vocab import Status
from threatbrief.render.engine import Engine
from threatbrief.render.jinja import render_template
from threatbrief.views.actor import actor_page, actors_page
from threatbrief.views.channels import exports_page, feeds_page
from threatbrief.views.common import listed
from threatbrief.views.corrections import corrections_page
from threatbrief.views.frame import PageView, Press, nav_links, page_frame, site_view
from threatbrief.views.incident_page import incident_page
from threatbrief.views.indexes import HomeView, home_view, incidents_page
from threatbrief.views.names import name_pages
from threatbrief.views.notices import moved_pages, not_found_page, record_id, withdrawn_page
from threatbrief.views.software import software_index, software_page
from threatbrief.views.topic import topic_pages

Planned = tuple[str, str, PageView[Any]]
"""Template, owner, page."""


class PagesOutput:
    """Every page that is made of records, the lists of them, and 404.html."""

    name = "pages"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        for template, owner, page in plan_pages(kb, site):
            yield Artifact(file_of(page.page.path), page, template=template, owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        return render_page(engine.jinja, artifact)


def plan_pages(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Planned]:
    """Every page with its template. Withdrawn records have a notice, and are in no list."""
    shown = listed(kb)
    press = Press.of(site, shown)
    yield "home.html", "home page", home_view(press, shown)
    yield "incidents.html", "list of incidents", incidents_page(press, shown)
    for incident in shown.incidents:
        yield "incident.html", incident.id, incident_page(press, shown, kb, incident)
    yield from _named(press, shown, kb)
    for topic in topic_pages(press, shown):
        yield "topic.html", f"topic {topic.page.path}", topic
    yield "corrections.html", "list of corrections", corrections_page(press, kb)
    if press.feeds:
        yield "feeds.html", "list of feeds", feeds_page(press)
    yield "exports.html", "list of files", exports_page(press, shown)
    yield "404.html", "page not found", not_found_page(press)
    for record in kb.records:
        if record.status is Status.WITHDRAWN:
            yield "withdrawn.html", record_id(record), withdrawn_page(press, record)
    for moved in moved_pages(press, kb):
        yield "moved.html", f"former address {moved.page.path}", moved


def _named(press: Press, shown: KnowledgeBase, kb: KnowledgeBase) -> Iterator[Planned]:
    """Actors, software and contested names; an index only where it has something to list."""
    if shown.actors:
        yield "actors.html", "list of actors", actors_page(press, shown)
    for actor in shown.actors:
        yield "actor.html", actor.id, actor_page(press, shown, kb, actor)
    for name in name_pages(press, shown):
        yield "name.html", f"name {name.view.name}", name
    if shown.software:
        yield "software-index.html", "list of software", software_index(press, shown)
    for software in shown.software:
        yield "software.html", software.id, software_page(press, shown, kb, software)


def file_of(address: str) -> PurePosixPath:
    """The file that answers at an address: `actors/kimsuky/` is `actors/kimsuky/index.html`."""
    return PurePosixPath(address if address.endswith(".html") else f"{address}index.html")


def page_addresses(kb: KnowledgeBase, site: SiteConfig) -> tuple[str, ...]:
    """The files of all pages, for a host that resolves links to them."""
    return tuple(str(file_of(page.page.path)) for _, _, page in plan_pages(kb, site))


def home_page(kb: KnowledgeBase, site: SiteConfig) -> PageView[HomeView]:
    """The home page, for a host that adds a hand-written introduction (`content`) to it."""
    shown = listed(kb)
    return home_view(Press.of(site, shown), shown)


def prose_page(
    site: SiteConfig, path: str, title: str, description: str, kb: KnowledgeBase | None = None
) -> PageView[None]:
    """The site's side of a hand-written page at an address; with `kb` the navigation shows what exists."""
    nav = nav_links(site, listed(kb) if kb else None)
    view = site_view(site)
    frame = page_frame(
        site, path, title, description, section=path, nav=nav, feeds=view.feeds, kind="article"
    )
    return PageView(view, frame, None)


def render_page(environment: Environment, artifact: Artifact, **extra: Any) -> bytes:
    """A page as HTML; `extra` are more variables of the template, such as `content`."""
    page = artifact.view
    variables = {"site": page.site, "page": page.page, "view": page.view, **extra}
    return render_template(environment, str(artifact.template), variables)
