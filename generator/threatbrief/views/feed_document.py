"""How a feed is cut into documents: the newest entries, and RFC 5005 archives of the rest.

Archive documents hold PAGE entries each, counted from the oldest: publishing something new adds to
the first document and may fill one more archive, and never touches a full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.views.feed import NEWEST, OPML_PATH, Archive, Feed
from threatbrief.views.feed_entry import (
    CorrectionSlot,
    EntryView,
    Form,
    Slot,
    enclosure_of,
    make_entry,
    notice_entry,
)

PAGE: Final = 8
"""Entries of an archive document. What no full archive holds stands in the first document whatever its
size, and PAGE - 1 entries of the largest size still keep that under 200 KB."""

_RANKS: Final = {tlp.label: tlp.rank for tlp in Tlp}


@dataclass(frozen=True, slots=True)
class FeedSite:
    """What every document says of its site; `base` is its URL, with a slash at the end."""

    base: str
    language: str
    author: str
    email: str
    author_url: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A page of a feed in one format, and the addresses at which it lies, relative to the site's root.

    `current` is empty but in an archive; `older` is the URL of the archive before this document.
    """

    paths: tuple[str, ...]
    format: str
    self_url: str
    current: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class FeedView:
    """A page of a feed: what all its editions say. URLs are absolute, those within entries relative to
    `site.base`.

    `keep` is how many of the newest entries no archive holds: they are never left out for size.
    """

    site: FeedSite
    id: str
    title: str
    description: str
    home: str
    rights: str
    tlp: str
    hub: str
    entries: tuple[EntryView, ...]
    keep: int
    editions: tuple[Edition, ...]

    def edition(self, path: str) -> Edition:
        """The one that lies at an address; KeyError where none does."""
        for edition in self.editions:
            if path in edition.paths:
                return edition
        raise KeyError(path)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of a feed before its entries are made: where they stand, newest first, and its editions.

    Pages that share entries have the same `about` or one that sorts next to it.
    """

    key: str
    about: str
    title: str
    name: str
    description: str
    home: str
    slots: tuple[Slot | CorrectionSlot, ...]
    keep: int
    editions: tuple[Edition, ...]
    is_archive: bool = False


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


def feed_pages(feed: Feed, site: SiteConfig) -> Iterator[FeedPage]:
    """The pages of a feed: the first one, then its archives from the oldest."""
    slots = feed.slots()
    is_archived = feed.archive is not Archive.NONE
    pages = len(slots) // PAGE if is_archived else 0
    newest = [slot for slot in reversed(slots) if slot][:NEWEST]
    keep = sum(1 for slot in slots[pages * PAGE :] if slot) if is_archived else 0
    yield _page(feed, site, feed.key, newest, keep, pages, 0)
    for number in range(1, pages + 1):
        page = slots[(number - 1) * PAGE : number * PAGE]
        held = [_as_archived(feed, slot) for slot in reversed(page) if slot]
        yield _page(feed, site, _archive_name(feed, number, held), held, len(held), number - 1, number)


def _page(
    feed: Feed,
    site: SiteConfig,
    about: str,
    slots: Sequence[Slot | CorrectionSlot],
    keep: int,
    older: int,
    number: int,
) -> FeedPage:
    """Archive `number`, or the first page; `older` archives come before it."""
    return FeedPage(
        key=feed.key,
        about=about,
        title=feed.title(site),
        name=feed.name,
        description=feed.about,
        home=feed.home,
        slots=tuple(slots),
        keep=keep,
        editions=tuple(_editions(feed, site, older, number)),
        is_archive=number > 0,
    )


def _editions(feed: Feed, site: SiteConfig, older: int, number: int) -> Iterator[Edition]:
    """JSON Feed has no archives: it knows pages that move, and RFC 5005 speaks of Atom and RSS."""
    for file in feed.files:
        has_archives = file.format != "json"
        if number and not has_archives:
            continue
        paths = (file.path, *(old.path for old in feed.former if old.format == file.format))
        yield Edition(
            paths=tuple(archive_path(path, number) for path in paths) if number else paths,
            format=file.format,
            self_url=site.url(archive_path(file.path, number) if number else file.path),
            current=site.url(file.path) if number else "",
            older=site.url(archive_path(file.path, older)) if older and has_archives else "",
        )


def make_page(kb: KnowledgeBase, site: SiteConfig, page: FeedPage) -> FeedView:
    """The page with its entries."""
    entries = tuple(make_entry(kb, site, slot) for slot in page.slots) or (_nothing_yet(page, site),)
    tlp = _highest(entries, site)
    return FeedView(
        site=FeedSite(
            base=site.site_url,
            language=site.language,
            author=site.publisher.name,
            email=site.publisher.email or "",
            author_url=site.publisher.url or site.site_url,
        ),
        id=site.guid(page.key),
        title=page.title,
        description=page.description,
        home=site.url(page.home),
        rights=f"{tlp}. {site.licence.name}, {site.licence.url}",
        tlp=tlp,
        hub=site.websub_hub or "" if site.tlp is Tlp.CLEAR and not page.is_archive else "",
        entries=entries,
        keep=page.keep,
        editions=page.editions,
    )


def enclosures(kb: KnowledgeBase, site: SiteConfig, page: FeedPage) -> tuple[str, ...]:
    """The addresses of what the entries of a page enclose, each once."""
    if not site.pdf:
        return ()
    full = [s.incident for s in page.slots if isinstance(s, Slot) and s.form in (Form.FULL, Form.REVISED)]
    found = (enclosure_of(site, kb.incident_by_id[incident_id]) for incident_id in full)
    return tuple(dict.fromkeys(address for address in found if address))


def _as_archived(feed: Feed, slot: Slot | CorrectionSlot) -> Slot | CorrectionSlot:
    return slot.in_short() if feed.archive is Archive.SHORT and isinstance(slot, Slot) else slot


def archive_path(path: str, number: int) -> str:
    """The address of an archive document of the feed at `path`; 1 is the oldest."""
    folder, _, name = path.rpartition("/")
    stem, _, suffix = name.rpartition(".")
    return f"{folder}/archive/{stem}-{number}.{suffix}"


def _archive_name(feed: Feed, number: int, slots: Sequence[Slot | CorrectionSlot]) -> str:
    """An actor's archives by number; those of the whole site by date, whichever feed they are of."""
    if feed.home.startswith("actors/"):
        return f"{feed.key} {number:06}"
    return f"feeds from {slots[-1].published if slots else number}"


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


def _nothing_yet(page: FeedPage, site: SiteConfig) -> EntryView:
    text = f"{page.description} There is none yet; the first will appear here."
    return notice_entry(site, page.key, f"{page.name}: nothing yet", text, page.home)


def _highest(entries: Sequence[EntryView], site: SiteConfig) -> str:
    """The label of a page: the highest marking among its entries."""
    labels = [entry.tlp for entry in entries] or [site.tlp.label]
    return max(labels, key=lambda label: _RANKS.get(label, 0))
