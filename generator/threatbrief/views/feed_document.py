"""How a feed is cut into documents: the newest entries, and RFC 5005 archives of the rest.

Archive documents hold PAGE entries each, counted from the oldest: publishing something new adds to
the first document and may fill one more archive, and never touches a full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.model import Tlp
from threatbrief.views.feed import NEWEST, OPML_PATH, Archive, Feed, FeedFile
from threatbrief.views.feed_entry import EntryView, in_short, notice_entry

PAGE: Final = 8
"""Entries of an archive document. What no full archive holds stands in the first document whatever its
size, and PAGE - 1 entries of the largest size still keep that under 200 KB."""


@dataclass(frozen=True, slots=True)
class FeedSite:
    """What every document says of its site; `base` is its URL, with a slash at the end."""

    base: str
    language: str
    author: str
    email: str
    author_url: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """One document of a feed. URLs are absolute, those within entries relative to `site.base`.

    `keep` is how many of the newest entries no archive holds: they are never left out for size.
    `current` is empty but in an archive; `older` is the URL of the archive before this document.
    """

    site: FeedSite
    format: str
    id: str
    title: str
    description: str
    home: str
    self_url: str
    rights: str
    tlp: str
    hub: str
    entries: tuple[EntryView, ...]
    keep: int
    current: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A document of a feed: where it is written, relative to the site's root, what it is of, its view.

    Documents that share entries have the same `about` or one that sorts next to it, so that whoever
    renders them in that order has an entry at hand when it comes again.
    """

    path: str
    about: str
    view: FeedView


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed as an OPML list names it; `page` and `feed` are absolute URLs."""

    name: str
    about: str
    page: str
    feed: str


@dataclass(frozen=True, slots=True)
class OpmlView:
    """The list of all feeds for readers to import: outlines under the name of their group."""

    title: str
    owner: str
    email: str
    page: str
    groups: tuple[tuple[str, tuple[Outline, ...]], ...]


def feed_documents(feed: Feed, site: SiteConfig) -> Iterator[FeedDocument]:
    """The documents of a feed: the first one of each format, then its archives from the oldest.

    JSON Feed has no archives: it knows pages that move, and RFC 5005 speaks of Atom and RSS.
    """
    slots = feed.slots()
    pages = len(slots) // PAGE if feed.archive is not Archive.NONE else 0
    newest = [entry for entry in reversed(slots) if entry][:NEWEST]
    keep = sum(1 for entry in slots[pages * PAGE :] if entry) if feed.archive is not Archive.NONE else 0
    entries = tuple(newest) or (_nothing_yet(feed, site),)
    for file in feed.files:
        paths = (file.path, *(old.path for old in feed.former if old.format == file.format))
        archives = 0 if file.format == "json" else pages
        first = _view(feed, site, file, entries, keep, pages=archives)
        yield from (FeedDocument(path, feed.key, first) for path in paths)
        for number in range(1, archives + 1):
            page = slots[(number - 1) * PAGE : number * PAGE]
            held = tuple(_as_archived(feed, entry) for entry in reversed(page) if entry)
            view = _view(feed, site, file, held, len(held), pages=number - 1, number=number)
            about = _archive_name(feed, number, held)
            yield from (FeedDocument(archive_path(path, number), about, view) for path in paths)


def _as_archived(feed: Feed, entry: EntryView) -> EntryView:
    return in_short(entry) if feed.archive is Archive.SHORT else entry


def archive_path(path: str, number: int) -> str:
    """The address of an archive document of the feed at `path`; 1 is the oldest."""
    first = PurePosixPath(path)
    return str(first.parent / "archive" / f"{first.stem}-{number}{first.suffix}")


def _archive_name(feed: Feed, number: int, entries: Sequence[EntryView]) -> str:
    """An actor's archives by number; those of the whole site by date, whichever feed they are of."""
    if feed.home.startswith("actors/"):
        return f"{feed.key} {number:06}"
    return f"feeds from {entries[-1].published if entries else number}"


def opml_view(feeds: Iterable[Feed], site: SiteConfig) -> OpmlView:
    """The list of these feeds, each once, in RSS."""
    groups: dict[str, list[Outline]] = {}
    for feed in feeds:
        outline = Outline(feed.title(site), feed.about, site.url(feed.home), site.url(feed.files[0].path))
        groups.setdefault(feed.group, []).append(outline)
    return OpmlView(
        title=f"Feeds of {site.site_name}",
        owner=site.publisher.name,
        email=site.publisher.email or "",
        page=site.url(OPML_PATH.rsplit("/", 1)[0] + "/"),
        groups=tuple((name, tuple(outlines)) for name, outlines in groups.items()),
    )


def _view(
    feed: Feed,
    site: SiteConfig,
    file: FeedFile,
    entries: tuple[EntryView, ...],
    keep: int,
    *,
    pages: int,
    number: int = 0,
) -> FeedView:
    """The view of archive `number`, or of the first document; `pages` archives are older than it."""
    tlp = _highest(entries, site)
    return FeedView(
        site=FeedSite(
            base=site.site_url,
            language=site.language,
            author=site.publisher.name,
            email=site.publisher.email or "",
            author_url=site.publisher.url or site.site_url,
        ),
        format=file.format,
        id=site.guid(feed.key),
        title=feed.title(site),
        description=feed.about,
        home=site.url(feed.home),
        self_url=site.url(archive_path(file.path, number) if number else file.path),
        rights=f"{tlp}. {site.licence.name}, {site.licence.url}",
        tlp=tlp,
        hub=site.websub_hub or "" if site.tlp is Tlp.CLEAR and not number else "",
        entries=entries,
        keep=keep,
        current=site.url(file.path) if number else "",
        older=site.url(archive_path(file.path, pages)) if pages else "",
    )


def _nothing_yet(feed: Feed, site: SiteConfig) -> EntryView:
    text = f"{feed.about} There is none yet; the first will appear here."
    return notice_entry(site, feed.key, f"{feed.name}: nothing yet", text, feed.home)


def _highest(entries: Sequence[EntryView], site: SiteConfig) -> str:
    """The label of a document: the highest marking among its entries."""
    ranks = {tlp.label: tlp.rank for tlp in Tlp}
    labels = [entry.tlp for entry in entries] or [site.tlp.label]
    return max(labels, key=lambda label: ranks.get(label, 0))
