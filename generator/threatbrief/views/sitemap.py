"""What search engines are told: the pages that there are, when each last changed, and what to leave alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.model import Tlp

SITEMAP_PATH: Final = "sitemap.xml"
ROBOTS_PATH: Final = "robots.txt"
WHOLE: Final = 1000
"""A site of at most so many pages has one sitemap; a larger one has an index of many."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page as it is found: its address relative to the root, and when it last changed (ISO 8601)."""

    address: str
    changed: str


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """A URL of a sitemap and when what is there last changed; empty where nobody can tell."""

    loc: str
    lastmod: str


@dataclass(frozen=True, slots=True)
class SitemapView:
    """A sitemap, or an index of sitemaps (sitemaps.org 0.9)."""

    urls: tuple[SitemapUrl, ...]
    is_index: bool = False


@dataclass(frozen=True, slots=True)
class RobotsView:
    """robots.txt (RFC 9309): everything or nothing may be read."""

    is_open: bool
    sitemap: str


def robots(site: SiteConfig) -> RobotsView:
    is_open = site.tlp is Tlp.CLEAR
    return RobotsView(is_open, site.url(SITEMAP_PATH) if is_open else "")


def sitemaps(pages: Iterable[PageEntry], site: SiteConfig) -> Iterator[tuple[str, SitemapView]]:
    """The sitemaps of these pages and of the hand-written ones, each with its address; none above CLEAR.

    A large site's are cut by year and by letter, so that one change rewrites one of them and the index.
    """
    if site.tlp is not Tlp.CLEAR:
        return
    found = sorted(
        {page.address: page for page in _with_prose(pages, site)}.values(), key=lambda p: p.address
    )
    if len(found) <= WHOLE:
        yield SITEMAP_PATH, SitemapView(_urls(found, site))
        return
    shelves: dict[str, list[PageEntry]] = {}
    for page in found:
        shelves.setdefault(_shelf(page.address), []).append(page)
    index = []
    for shelf in sorted(shelves):
        path = f"sitemaps/{shelf}.xml"
        index.append(SitemapUrl(site.url(path), max(page.changed for page in shelves[shelf])))
        yield path, SitemapView(_urls(shelves[shelf], site))
    yield SITEMAP_PATH, SitemapView(tuple(index), is_index=True)


def _with_prose(pages: Iterable[PageEntry], site: SiteConfig) -> Iterator[PageEntry]:
    yield from (PageEntry(path, "") for _, path in site.nav_pages)
    yield from pages


def _urls(pages: Iterable[PageEntry], site: SiteConfig) -> tuple[SitemapUrl, ...]:
    return tuple(SitemapUrl(site.url(page.address), page.changed) for page in pages)


def _shelf(address: str) -> str:
    """Which sitemap a page is in: incidents by the year in their address, others by its first letters.

    None is called `feeds`: whoever looks for feeds by name would take it for one.
    """
    folder, _, rest = address.partition("/")
    if folder == "incidents" and (year := re.search(r"(?:^|-)(\d{4})(?:-|/)", rest)):
        return f"incidents-{year.group(1)}"
    if folder == "techniques" and rest:
        return f"{folder}-{rest[:3]}"
    if folder in ("actors", "software", "countries", "sectors") and rest:
        return f"{folder}-{rest[0]}"
    return f"section-{folder}" if folder else "home"
