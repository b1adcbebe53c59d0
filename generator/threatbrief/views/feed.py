"""Every feed of the site: its name, its addresses, what it carries, and how it is cut into documents.

A feed is a stream of entries, oldest first. Its first document holds the newest ones; RFC 5005 archive
documents hold PAGE entries each, counted from the oldest, so that a full one never changes when
something new is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Tlp
from threatbrief.views.feed_entry import (
    EntryView,
    guid_base,
    incident_entry,
    is_carried,
    notice_entry,
)

NEWEST: Final = 50
"""How many entries a first document holds at most."""
PAGE: Final = 8
"""Entries of an archive document. Every entry that no full one holds stands in the first document, and
PAGE - 1 of the largest entries stay under FIRST_LIMIT."""

MEDIA_TYPES: Final = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
_FILES: Final = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A format of a feed and its address, relative to the site's root."""

    format: str
    path: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]


@dataclass(frozen=True)
class Feed:
    """A feed. `key` is what its id is made of and never changes; `home` is the page it belongs to.

    `former` are addresses at which it answers too, because its record was called so once. `slots` are
    its entries, oldest first; None where an entry moved on to a later slot.
    """

    key: str
    group: str
    name: str
    about: str
    home: str
    files: tuple[FeedFile, ...]
    slots: Callable[[], Sequence[EntryView | None]] = field(repr=False)
    count: int = 0
    former: tuple[FeedFile, ...] = ()
    archived: bool = False

    @property
    def rss(self) -> FeedFile:
        return self.files[0]


@dataclass(frozen=True, slots=True)
class FeedView:
    """One document of a feed; URLs are absolute, those of entries relative to `base`.

    `keep` is how many of the newest entries no archive holds: they are never left out for size.
    `current` is empty in a feed's first document.
    """

    format: str
    id: str
    title: str
    description: str
    base: str
    home: str
    self_url: str
    language: str
    author: str
    email: str
    author_url: str
    rights: str
    tlp: str
    hub: str
    entries: tuple[EntryView, ...]
    keep: int
    current: str = ""
    prev_archive: str = ""


def archive_path(path: str, number: int) -> str:
    """The address of an archive document of the feed at `path`; 1 is the oldest."""
    first = PurePosixPath(path)
    return str(first.parent / "archive" / f"{first.stem}-{number}{first.suffix}")


def site_feeds(kb: KnowledgeBase, site: SiteConfig) -> tuple[Feed, ...]:
    """Every feed of the site, in the order in which the feeds page and the OPML list them."""
    return tuple(_Room(kb, site).feeds())


class _Room:
    """The feeds of a knowledge base; each record's entry is made once and shared by all that carry it."""

    def __init__(self, kb: KnowledgeBase, site: SiteConfig) -> None:
        self._kb, self._site = kb, site
        self._entries: dict[str, EntryView] = {}

    def feeds(self) -> Iterator[Feed]:
        yield self._all()
        for actor in self._kb.actors:
            yield self._actor(actor)

    @cached_property
    def _carried(self) -> tuple[Incident, ...]:
        """Every incident that feeds speak of, in the order of publication, oldest first."""
        carried = (incident for incident in self._kb.incidents if is_carried(incident))
        return tuple(sorted(carried, key=lambda i: (i.published, i.id)))

    def _entry(self, incident: Incident) -> EntryView:
        if incident.id not in self._entries:
            self._entries[incident.id] = incident_entry(self._kb, self._site, incident)
        return self._entries[incident.id]

    def _stream(self, incidents: Sequence[Incident]) -> Callable[[], tuple[EntryView, ...]]:
        return lambda: tuple(self._entry(incident) for incident in incidents)

    def _all(self) -> Feed:
        return Feed(
            key="feeds/all",
            group="The site",
            name="All briefs",
            about="Every brief, newest first, in full.",
            home="",
            files=_files("feeds/", "rss", "atom", "json"),
            slots=self._stream(self._carried),
            count=len(self._carried),
            archived=True,
        )

    def _actor(self, actor: Actor) -> Feed:
        ours = {row.incident.id for row in self._kb.involvements(actor)}
        incidents = tuple(incident for incident in self._carried if incident.id in ours)
        former = [slug for slug in actor.formerly if slug not in self._kb.actor_by_id]
        return Feed(
            key=f"feeds/{guid_base(actor)}",
            group="Actors",
            name=actor.name,
            about=f"Briefs of what we assess, or somebody claims, to be the work of {actor.name}, in full.",
            home=f"actors/{actor.slug}/",
            files=_files(f"actors/{actor.slug}/", "rss", "atom", "json"),
            slots=self._stream(incidents),
            count=len(incidents),
            former=tuple(f for slug in former for f in _files(f"actors/{slug}/", "rss", "atom", "json")),
            archived=True,
        )


def _files(folder: str, *formats: str) -> tuple[FeedFile, ...]:
    return tuple(FeedFile(name, folder + _FILES[name]) for name in formats)


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A document of a feed: where it is written, and its view."""

    path: str
    view: FeedView


def feed_documents(feed: Feed, site: SiteConfig) -> Iterator[FeedDocument]:
    """The documents of a feed: the first one of each format, then its archives from the oldest."""
    slots = feed.slots()
    pages = len(slots) // PAGE if feed.archived else 0
    newest = [entry for entry in reversed(slots) if entry][:NEWEST]
    keep = sum(1 for entry in slots[pages * PAGE :] if entry)
    entries = tuple(newest) or (_nothing_yet(feed, site),)
    for file in feed.files:
        view = _view(feed, site, file, entries, keep=keep, pages=pages)
        for path in (file.path, *(old.path for old in feed.former if old.format == file.format)):
            yield FeedDocument(path, view)
            yield from _archives(feed, site, file, path, slots, pages)


def _archives(
    feed: Feed, site: SiteConfig, file: FeedFile, path: str, slots: Sequence[EntryView | None], pages: int
) -> Iterator[FeedDocument]:
    if file.format == "json":
        return
    for number in range(1, pages + 1):
        page = slots[(number - 1) * PAGE : number * PAGE]
        entries = tuple(entry for entry in reversed(page) if entry)
        view = _view(feed, site, file, entries, keep=len(entries), pages=number - 1, archive=number)
        yield FeedDocument(archive_path(path, number), view)


def _view(
    feed: Feed,
    site: SiteConfig,
    file: FeedFile,
    entries: tuple[EntryView, ...],
    *,
    keep: int,
    pages: int,
    archive: int = 0,
) -> FeedView:
    name = "" if feed.key == "feeds/all" else f": {feed.name}"
    tlp = _highest(entries, site)
    return FeedView(
        format=file.format,
        id=site.guid(feed.key),
        title=site.site_name + name,
        description=feed.about if name or not site.description else site.description,
        base=site.site_url,
        home=site.url(feed.home),
        self_url=site.url(archive_path(file.path, archive) if archive else file.path),
        language=site.language,
        author=site.publisher.name,
        email=site.publisher.email or "",
        author_url=site.publisher.url or site.site_url,
        rights=f"{tlp}. {site.licence.name}, {site.licence.url}",
        tlp=tlp,
        hub="",
        entries=entries,
        keep=keep,
        current=site.url(file.path) if archive else "",
        prev_archive=site.url(archive_path(file.path, pages)) if pages and file.format != "json" else "",
    )


def _nothing_yet(feed: Feed, site: SiteConfig) -> EntryView:
    text = f"{feed.about} There is none yet; the first will appear here."
    return notice_entry(site, feed.key, f"{feed.name}: nothing yet", text, feed.home)


def _highest(entries: Iterable[EntryView], site: SiteConfig) -> str:
    """The label of a document: the highest marking among its entries."""
    ranks = {tlp.label: tlp.rank for tlp in Tlp}
    return max(
        (entry.tlp for entry in entries), key=lambda label: ranks.get(label, 0), default=site.tlp.label
    )
