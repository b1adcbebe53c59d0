"""Feeds: RSS 2.0, Atom 1.0 and JSON Feed 1.1, their archives, and the OPML list of them all."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final, Generic, TypeVar

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.render import feedjson, feedxml
from threatbrief.render.engine import Engine
from threatbrief.render.feedhtml import content_html
from threatbrief.render.feedxml import EntryFrame
from threatbrief.views.feed import OPML_PATH, site_feeds
from threatbrief.views.feed_content import Brief, Content, brief_content
from threatbrief.views.feed_document import (
    FeedSite,
    FeedView,
    OpmlView,
    enclosures,
    feed_pages,
    make_page,
    opml_view,
)
from threatbrief.views.feed_entry import EntryView

Made = TypeVar("Made")

FIRST_LIMIT: Final = 200_000
"""Bytes of a feed's first document at most."""

_FRAME: Final = 4_000
_FRAMES: Final = 24_576
"""Entries that a process keeps as RSS or Atom without their content, 3 KB each."""
_AT_HAND: Final = 64
"""Briefs whose HTML a process keeps as it is, 10 KB each: the formats of a page follow one another."""
_PACKED: Final = 12_288
"""Briefs whose HTML it keeps packed, 3 KB each: to write one takes four times as long as to pack it."""
_ARCHIVED: Final = frozenset({"rss", "atom"})
"""Formats that have archives: in these an entry is written over and over."""
_FRAME_ENTRY: Final = {"rss": feedxml.rss_frame, "atom": feedxml.atom_frame, "json": feedjson.frame}
_WRITE_CONTENT: Final = {"rss": feedxml.rss_content, "atom": feedxml.atom_content, "json": feedjson.content}
_WRITE: Final = {"rss": feedxml.rss, "atom": feedxml.atom, "json": feedjson.document}


class FeedsOutput:
    """Every feed of threatbrief.views.feed, in each of its formats, and its archives."""

    name = "feeds"
    version = 2

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        """No feed in a RED build, which is for named recipients; no OPML above CLEAR."""
        if site.tlp is Tlp.RED:
            return
        feeds = site_feeds(kb, site)
        if site.tlp is Tlp.CLEAR:
            view = opml_view(feeds, site)
            yield Artifact(PurePosixPath(OPML_PATH), view, owner="all feeds", output=self.name)
        for feed in feeds:
            for page in feed_pages(feed, site):
                later = Later(make_page, kb, site, page)
                needs = tuple(_path(address) for address in enclosures(kb, site, page))
                for path in (path for edition in page.editions for path in edition.paths):
                    yield Artifact(
                        PurePosixPath(path), later, needs=needs, owner=page.about, output=self.name
                    )

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        """A document. A first one holds the newest entries that fit FIRST_LIMIT: never fewer than its
        view says to keep, never none."""
        view: FeedView | OpmlView = artifact.view
        if isinstance(view, OpmlView):
            return feedxml.opml(view)
        edition = view.edition(str(artifact.path))
        kept: _Kept = engine.kept.get(self.name) or engine.kept.setdefault(self.name, _Kept(engine))
        room = FIRST_LIMIT - _FRAME
        written: list[bytes] = []
        for entry in view.entries:
            length = engine.needed[_path(entry.enclosure)].size if entry.enclosure else 0
            text = kept.entry(edition.format, view.site, entry, length)
            room -= len(text) + 1
            if room < 0 and not edition.current and len(written) >= max(view.keep, 1):
                break
            written.append(text)
        return _WRITE[edition.format](view, edition, written)


class _Recent(Generic[Made]):
    """What was made last of large objects. They are told apart by identity, since hashing one takes as
    long as writing it; each is held while its result is, so that no other can take its identity."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[Hashable, ...], tuple[object, Made]] = OrderedDict()

    def get(self, source: object, *how: Hashable) -> Made | None:
        key = (id(source), *how)
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, made: Made, source: object, *how: Hashable) -> None:
        self._kept[(id(source), *how)] = (source, made)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


class _Kept:
    """Entries as the formats have them. One stands in several feeds, so what was last written is kept."""

    def __init__(self, engine: Engine) -> None:
        self._markdown = engine.markdown
        self._frames = _Recent[EntryFrame](_FRAMES)
        self._last, self._packed = _Recent[bytes](_AT_HAND), _Recent[bytes](_PACKED)

    def entry(self, name: str, site: FeedSite, entry: EntryView, length: int) -> bytes:
        head, tail = self._frame(name, site, entry, length)
        return head + _WRITE_CONTENT[name](self._content(site, entry)) + tail

    def _frame(self, name: str, site: FeedSite, entry: EntryView, length: int) -> EntryFrame:
        """Entries of one incident in full and in short share their categories."""
        what = (name, site.base, entry.guid, entry.title, entry.published, entry.summary, length)
        frame = self._frames.get(entry.categories, *what)
        if frame is None:
            frame = _FRAME_ENTRY[name](site, entry, length)
            if name in _ARCHIVED:
                self._frames.put(frame, entry.categories, *what)
        return frame

    def _content(self, site: FeedSite, entry: EntryView) -> bytes:
        """HTML. A brief is told by its incident, whichever entry it is of; one that was told a while ago
        is told again from its packed HTML."""
        content = entry.content
        if not isinstance(content, Brief):
            return self._write_content(content, site, entry.href) if content else b""
        brief = (content.incident, content.note, site.base)
        html = self._last.get(*brief)
        if html is None:
            if packed := self._packed.get(*brief):
                html = zlib.decompress(packed)
            else:
                html = self._write_content(brief_content(content), site, entry.href)
                self._packed.put(zlib.compress(html, 1), *brief)
            self._last.put(html, *brief)
        return html

    def _write_content(self, content: Content, site: FeedSite, href: str) -> bytes:
        return content_html(content, site.base + href, site.base, self._markdown)


@lru_cache(maxsize=65536)
def _path(address: str) -> PurePosixPath:
    return PurePosixPath(address)
