"""What can be subscribed to and taken along: the pages of feeds and of machine-readable files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.reference import load_reference
from threatbrief.views.common import Link, plural
from threatbrief.views.feed import OPML_PATH, Feed
from threatbrief.views.files import ExportRow, site_files
from threatbrief.views.frame import FeedLink, PageView, Press, feed_links

_TABLES: Final = {
    "actors": "Names of actors",
    "attack": "ATT&CK",
    "countries": "Countries",
    "motivations": "Motives",
    "sectors": "Sectors",
}


MOST: Final = 30
"""How many feeds a group shows: those of most briefs. The page of each record and topic names its own."""
_PLACES: Final = {
    "Actors": Link("The page of each actor has its feeds", "actors/"),
    "Software": Link("The page of each malware or tool has its feed", "software/"),
    "Sectors": Link("The page of each sector has its feed", "sectors/"),
    "Countries": Link("The page of each country has its feed", "countries/"),
    "Techniques": Link("The page of each technique has its feed", "techniques/"),
}


_EACH: Final = {
    "Actors": "the actor",
    "Software": "the software",
    "Techniques": "the technique",
}
"""What stands for the name where a group says once what all its feeds carry."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed, what it carries, and its formats."""

    name: Link
    about: str
    count: str
    formats: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class FeedGroup:
    """Feeds of one kind; where not all are shown, `note` says so and `more` leads to the others.

    `about` says what each of them carries, where that is the same but for the name; no row says it again.
    """

    title: str
    about: str
    rows: tuple[FeedRow, ...]
    note: str
    more: Link | None


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
    """The feeds of the site in their groups, of a large group those that carry most."""
    groups: dict[str, list[Feed]] = {}
    for feed in press.feeds:
        groups.setdefault(feed.group, []).append(feed)
    view = FeedsView(
        tuple(_group(press, title, feeds) for title, feeds in groups.items()),
        Link("All feeds in one file", OPML_PATH) if press.site.tlp is Tlp.CLEAR else None,
    )
    return press.page("feeds/", "Feeds", "The feeds of the site, and what they carry.", view, section="feeds")


def _group(press: Press, title: str, feeds: Sequence[Feed]) -> FeedGroup:
    most = {feed.key for feed in sorted(feeds, key=lambda feed: (-feed.count, feed.key))[:MOST]}
    said = {
        feed.about.removesuffix(f": {feed.name}.").replace(feed.name, _EACH.get(title, feed.name))
        for feed in feeds
    }
    about = said.pop().rstrip(".") + "." if len(said) == 1 and len(feeds) > 1 else ""
    rows = (
        FeedRow(
            Link(feed.name, feed.home),
            "" if about else feed.about,
            plural(feed.count, feed.unit),
            feed_links(press.site, feed),
        )
        for feed in feeds
        if feed.key in most
    )
    cut = len(feeds) > MOST
    return FeedGroup(
        title,
        about,
        tuple(rows),
        f"The {MOST} of {len(feeds)} feeds that carry most." if cut else "",
        _PLACES.get(title) if cut else None,
    )


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
