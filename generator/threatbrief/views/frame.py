"""The site's side of a page: masthead, navigation, head, assets; the same for record pages and prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from threatbrief import __version__
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.reference import load_reference
from threatbrief.views.brand import brand_sheet, logo_address
from threatbrief.views.common import NO_DATES, Dates, Link, highest_marking
from threatbrief.views.feed import Feed, feeds_by_page, site_feeds
from threatbrief.views.files import card_address, has_output
from threatbrief.views.schema import Schema, page_schema

ViewT = TypeVar("ViewT")


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry of the navigation; `section` is what a page must name to stand under it.

    What is about the site rather than its records has `aside` and stands apart.
    """

    text: str
    href: str
    section: str
    aside: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed in one format: its title and what it is called on this site, format, address, media type."""

    title: str
    name: str
    format: str
    href: str
    media_type: str


@dataclass(frozen=True, slots=True)
class AssetLinks:
    """The addresses of the site's own files, each with the fingerprint of its content in its name."""

    stylesheets: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    preloads: tuple[str, ...] = ()
    icon: str = ""
    world: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True)
class SiteView:
    """What every page shows of the site itself. `base_path` is its path on the server: `/repo/`.

    `card` is the absolute address of the picture for social networks of pages without one of their own;
    `series` is what of the name follows that of the publisher, where it begins with it.
    """

    name: str
    url: str
    description: str
    language: str
    publisher: str
    email: str
    publisher_url: str
    address: str
    disclaimer: str
    licence: Link
    tlp: str
    nav_pages: tuple[Link, ...]
    attack_version: str
    generator: str
    base_path: str = "/"
    series: str = ""
    locale: str = ""
    logo: str = ""
    assets: AssetLinks = AssetLinks()
    feeds: tuple[FeedLink, ...] = ()
    attack_notice: str = ""
    manifest: str = ""
    search: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What a page says about itself. `root` leads from the page to the site's root: `../../`.

    `published` and `modified` are ISO 8601; `schema` is what it says in the words of schema.org,
    `image` the absolute address of its picture for social networks.
    """

    path: str
    root: str
    title: str
    description: str
    canonical: str
    section: str
    tlp: str
    noindex: bool = False
    feeds: tuple[FeedLink, ...] = ()
    nav: tuple[NavLink, ...] = ()
    browse: tuple[Link, ...] = ()
    kind: str = "website"
    published: str = ""
    modified: str = ""
    schema: Schema | None = None
    image: str = ""


@dataclass(frozen=True, slots=True)
class PageView(Generic[ViewT]):
    """A page: the site, the frame, and its own content."""

    site: SiteView
    page: PageFrame
    view: ViewT


_FEED_FORMATS: Final = {"rss": "RSS", "atom": "Atom", "json": "JSON"}


def feed_links(site: SiteConfig, feed: Feed) -> tuple[FeedLink, ...]:
    """A feed once in each of its formats; none in a RED build, which has no feeds."""
    if site.tlp is Tlp.RED:
        return ()
    title = feed.title(site)
    return tuple(
        FeedLink(title, feed.name, _FEED_FORMATS.get(file.format, file.format), file.path, file.media_type)
        for file in feed.files
    )


def site_view(site: SiteConfig) -> SiteView:
    reference = load_reference()
    return SiteView(
        name=site.site_name,
        url=site.site_url,
        description=site.description or "",
        language=site.language,
        publisher=site.publisher.name,
        email=site.publisher.email or "",
        publisher_url=site.publisher.url or "",
        address=site.publisher.address or "",
        disclaimer=site.publisher.disclaimer or "",
        licence=Link(site.licence.name, site.licence.url),
        tlp=site.tlp.label,
        nav_pages=tuple(Link(title, path) for title, path in site.nav_pages),
        attack_version=reference.attack_versions.get("enterprise", ""),
        generator=f"threatbrief {__version__}",
        base_path=site.base_path,
        series=site.site_name.partition(f"{site.publisher.name} ")[2]
        if site.site_name.startswith(f"{site.publisher.name} ")
        else "",
        logo=logo_address(site),
        locale=site.language.replace("-", "_") if re.fullmatch("[a-z]{2,3}-[A-Z]{2}", site.language) else "",
        assets=_asset_links(site),
        feeds=feed_links(site, site_feeds(KnowledgeBase(), site)[0]),
        attack_notice=reference.attack_notice,
        manifest=dict(site.assets).get("site.webmanifest", ""),
        search="search/" if has_output(site, "search") else "",
        card=card_address(site, ""),
    )


def _asset_links(site: SiteConfig) -> AssetLinks:
    found = dict(site.assets)
    if brand := brand_sheet(site):
        found["brand.css"] = brand[0]
    sheets = ("fonts.css", "style.css", "brand.css", "custom.css")
    fonts = ("fonts/source-serif-4-normal.woff2", "fonts/public-sans.woff2")
    return AssetLinks(
        stylesheets=tuple(found[name] for name in sheets if name in found),
        scripts=tuple(found[name] for name in ("site.js", "custom.js") if name in found),
        preloads=tuple(found[name] for name in fonts if name in found),
        icon=found.get("favicon.svg", ""),
        world=found.get("world.svg", ""),
        filter=found.get("filter.js", ""),
    )


def nav_links(site: SiteConfig, kb: KnowledgeBase | None = None) -> tuple[NavLink, ...]:
    """The navigation: pages that exist, and no other. Without a knowledge base every kind counts as there."""
    entries = [NavLink("Latest", "", "home"), NavLink("Incidents", "incidents/", "incidents")]
    if kb is None or kb.actors:
        entries.append(NavLink("Actors", "actors/", "actors"))
    if kb is None or kb.software:
        entries.append(NavLink("Software", "software/", "software"))
    if kb is None or kb.by_technique:
        entries.append(NavLink("Techniques", "techniques/", "techniques"))
    places = [("Corrections", "corrections/"), ("Feeds", "feeds/"), ("Data", "data/")]
    entries += [NavLink(title, path, path.rstrip("/"), "aside") for title, path in places]
    entries += [NavLink(title, path, path, "aside") for title, path in site.nav_pages]
    return tuple(entries)


def browse_links(kb: KnowledgeBase | None = None) -> tuple[Link, ...]:
    """The ways into the records that the foot of a page offers beside the navigation."""
    ways = [
        ("Sectors", "sectors/", kb is None or kb.by_sector),
        ("Countries", "countries/", kb is None or kb.by_country),
        ("Years", "years/", kb is None or kb.incidents),
        ("Timeline", "timeline/", kb is None or kb.incidents),
    ]
    return tuple(Link(title, path) for title, path, there in ways if there)


def page_frame(
    site: SiteConfig,
    path: str,
    title: str,
    description: str,
    *,
    section: str = "",
    tlp: Tlp = Tlp.CLEAR,
    feeds: Iterable[FeedLink] = (),
    noindex: bool = False,
    nav: Iterable[NavLink] = (),
    browse: Iterable[Link] = (),
    kind: str = "website",
    dates: Dates = NO_DATES,
    schema: Schema | None = None,
) -> PageFrame:
    """The frame of the page at an address relative to the root, such as `actors/kimsuky/`.

    `kind` is Open Graph's type: website, article or profile. `404.html` is served at any depth, so
    its links begin at the site's own root.
    """
    return PageFrame(
        path=path,
        root=site.base_path if path == "404.html" else "../" * path.count("/") or "./",
        title=title,
        description=description,
        canonical=site.url(path),
        section=section,
        tlp=tlp.label,
        noindex=noindex or site.tlp is not Tlp.CLEAR,
        feeds=tuple(feeds),
        nav=tuple(nav),
        browse=tuple(browse),
        kind=kind,
        published=dates.published,
        modified=dates.modified,
        schema=schema or page_schema(site, "WebPage", path, title, description),
    )


def mark_current(nav: Iterable[NavLink], section: str) -> tuple[NavLink, ...]:
    """The navigation as pages of a section show it."""
    return tuple(replace(link, current=link.section == section) for link in nav)


@dataclass(frozen=True)
class Press:
    """What makes pages of views: the site's side of every page, gathered once for all of them."""

    site: SiteConfig
    site_view: SiteView
    nav: tuple[NavLink, ...]
    browse: tuple[Link, ...]
    tlp: Tlp
    feeds: tuple[Feed, ...]
    feeds_by_page: Mapping[str, tuple[Feed, ...]]
    updated: Mapping[int, datetime] = field(default_factory=dict, repr=False)
    """When the newest version of each record came out, by the record's `id()`."""
    _navs: dict[str, tuple[NavLink, ...]] = field(default_factory=dict, repr=False)
    _links: dict[str, tuple[FeedLink, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, site: SiteConfig, kb: KnowledgeBase) -> Press:
        """The press of a site whose lists show this knowledge base."""
        feeds = () if site.tlp is Tlp.RED else site_feeds(kb, site)
        by_page = feeds_by_page(kb, feeds)
        marking = highest_marking(kb, kb.records)
        updated = {id(record): at for record in kb.records if (at := record.updated)}
        nav, browse = nav_links(site, kb), browse_links(kb)
        return cls(site, site_view(site), nav, browse, marking, feeds, by_page, updated)

    def stamp_parts(self) -> object:
        """What of the press decides every page; `about` gives the rest of one page."""
        return self.nav, self.browse, self.tlp

    def about(self, address: str) -> object:
        """What of the press decides the page at an address beside what decides all: its feeds."""
        return tuple((feed.key, feed.name, feed.home) for feed in self.feeds_by_page.get(address, ()))

    def feeds_of(self, address: str) -> tuple[FeedLink, ...]:
        """The feeds whose page this is, in each of their formats."""
        own = (feed for feed in self.feeds_by_page.get(address, ()) if feed.home == address)
        return tuple(link for feed in own for link in self._links_of(feed))

    def _links_of(self, feed: Feed) -> tuple[FeedLink, ...]:
        if feed.key not in self._links:
            self._links[feed.key] = feed_links(self.site, feed)
        return self._links[feed.key]

    def _nav_of(self, section: str) -> tuple[NavLink, ...]:
        if section not in self._navs:
            self._navs[section] = mark_current(self.nav, section)
        return self._navs[section]

    def page(
        self,
        path: str,
        title: str,
        description: str,
        view: ViewT,
        *,
        section: str = "",
        tlp: Tlp | None = None,
        noindex: bool = False,
        kind: str = "website",
        dates: Dates = NO_DATES,
        schema: Schema | None = None,
        image: str = "",
    ) -> PageView[ViewT]:
        """The page at an address; its marking is the highest of all records unless `tlp` says less."""
        concerned = self.feeds_by_page.get(path, ())
        own = (link for feed in concerned for link in self._links_of(feed))
        frame = page_frame(
            self.site,
            path,
            title,
            description,
            section=section,
            tlp=self.tlp if tlp is None else tlp,
            feeds=dict.fromkeys((*self.site_view.feeds, *own)),
            noindex=noindex,
            nav=self._nav_of(section),
            browse=self.browse,
            kind=kind,
            dates=dates,
            schema=schema or page_schema(self.site, "CollectionPage", path, title, description),
        )
        return PageView(self.site_view, replace(frame, image=image) if image else frame, view)
