"""What can be subscribed to and taken along: the pages of feeds and of machine-readable files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.reference import load_reference
from threatbrief.views.common import Link, plural
from threatbrief.views.feed import OPML_PATH
from threatbrief.views.files import ExportRow, site_files
from threatbrief.views.frame import FeedLink, PageView, Press, feed_links

_TABLES: Final = {
    "actors": "Names of actors",
    "attack": "ATT&CK",
    "countries": "Countries",
    "motivations": "Motives",
    "sectors": "Sectors",
}


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed, what it carries, and its formats."""

    name: Link
    about: str
    count: str
    formats: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class FeedGroup:
    title: str
    rows: tuple[FeedRow, ...]


@dataclass(frozen=True, slots=True)
class FeedsView:
    """`opml` lists all feeds in one file, for readers that take one; none above TLP:CLEAR."""

    groups: tuple[FeedGroup, ...]
    opml: Link | None


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class ExportsView:
    exports: tuple[ExportRow, ...]
    licence: Link
    publisher: str
    attack_versions: tuple[ReferenceRow, ...]
    attack_note: str
    attack_notice: str
    reference: tuple[ReferenceRow, ...]


def feeds_page(press: Press) -> PageView[FeedsView]:
    """Every feed of the site in its groups."""
    groups: dict[str, list[FeedRow]] = {}
    for feed in press.feeds:
        name = Link(feed.name, feed.home)
        row = FeedRow(name, feed.about, plural(feed.count, feed.unit), feed_links(press.site, feed))
        groups.setdefault(feed.group, []).append(row)
    view = FeedsView(
        tuple(FeedGroup(title, tuple(rows)) for title, rows in groups.items()),
        Link("All feeds in one file", OPML_PATH) if press.site.tlp is Tlp.CLEAR else None,
    )
    return press.page("feeds/", "Feeds", "Every feed of the site and what it carries.", view, section="feeds")


def exports_page(press: Press, kb: KnowledgeBase) -> PageView[ExportsView]:
    """The files for machines, their licence, and where the reference tables come from."""
    reference = load_reference()
    view = ExportsView(
        exports=tuple(site_files(kb, press.site)),
        licence=press.site_view.licence,
        publisher=press.site.publisher.name,
        attack_versions=tuple(
            ReferenceRow(domain.upper() if domain == "ics" else domain.capitalize(), version)
            for domain, version in sorted(reference.attack_versions.items())
        ),
        attack_note=reference.attack_note or "",
        attack_notice=reference.attack_notice,
        reference=tuple(
            ReferenceRow(_TABLES.get(name, name), reference.source(name))
            for name in ("actors", "attack", "countries")
        ),
    )
    return press.page(
        "data/", "Data", "Every record as files for machines, and their licence.", view, section="data"
    )
