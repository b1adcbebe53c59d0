"""Feeds: RSS 2.0, Atom 1.0 and JSON Feed 1.1, their archives, and the OPML list of them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.render import feedxml
from threatbrief.render.engine import Engine
from threatbrief.render.feedhtml import clean_text, content_html, escaped_size
from threatbrief.render.feedxml import FilledEntry
from threatbrief.views.feed import FeedView, feed_documents, site_feeds
from threatbrief.views.feed_entry import EntryView

FIRST_LIMIT: Final = 200_000
"""Bytes of a feed's first document at most."""

_FRAME: Final = 4_000
_MARKUP: Final = 900
_PART: Final = 90


class FeedsOutput:
    """Every feed of threatbrief.views.feed, in each of its formats, and its archives."""

    name = "feeds"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        """No feed in a RED build: what is RED goes to named recipients, on paper."""
        if site.tlp is Tlp.RED:
            return
        for feed in site_feeds(kb, site):
            for document in feed_documents(feed, site):
                enclosures = dict.fromkeys(e.enclosure for e in document.view.entries if e.enclosure)
                yield Artifact(
                    PurePosixPath(document.path),
                    document.view,
                    needs=tuple(PurePosixPath(path) for path in enclosures),
                    owner=feed.key,
                    output=self.name,
                )

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: FeedView = artifact.view
        entries = tuple(_fill(view.base, entry, engine) for entry in view.entries)
        if not view.current:
            entries = _fit(entries, view.keep)
        return _WRITERS[view.format](view, entries)


def _fill(base: str, entry: EntryView, engine: Engine) -> FilledEntry:
    html = ""
    if entry.content:
        html = content_html(entry.content, base + entry.href, base, engine.markdown)
    length = engine.needed[PurePosixPath(entry.enclosure)].size if entry.enclosure else 0
    return FilledEntry(entry, html, length)


def _fit(entries: Sequence[FilledEntry], keep: int) -> tuple[FilledEntry, ...]:
    """The newest entries that fit FIRST_LIMIT in any format, but never fewer than `keep` or one."""
    left = FIRST_LIMIT - _FRAME
    fitting = 0
    for entry in entries:
        left -= _weight(entry)
        if left < 0:
            break
        fitting += 1
    return tuple(entries[: max(fitting, keep, 1)])


def _weight(entry: FilledEntry) -> int:
    """An upper bound of what an entry adds to a document, in bytes."""
    view = entry.view
    texts = (view.title, view.summary, view.note, *(text for pair in view.sources for text in pair))
    labels = (text for c in view.categories for text in (c.scheme, c.term, c.term, c.label))
    parts = _PART * (len(view.categories) + len(view.sources))
    return _MARKUP + parts + sum(escaped_size(text) for text in (entry.html, *texts, *labels))


def _json(feed: FeedView, entries: Sequence[FilledEntry]) -> bytes:
    """The document as JSON Feed 1.1; what the format has no word for stands under `_threatbrief`."""
    author = {"name": clean_text(feed.author), "url": feed.author_url}
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean_text(feed.title),
        "home_page_url": feed.home,
        "feed_url": feed.self_url,
        "description": clean_text(feed.description),
        "authors": [author],
        "language": feed.language,
        **({"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}),
        "_threatbrief": {"id": feed.id, "tlp": feed.tlp, "rights": feed.rights},
        "items": [_json_entry(feed, entry) for entry in entries],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _json_entry(feed: FeedView, entry: FilledEntry) -> dict[str, Any]:
    view = entry.view
    enclosure = {
        "url": feed.base + view.enclosure,
        "mime_type": feedxml.PDF_TYPE,
        "size_in_bytes": entry.length,
    }
    return {
        "id": view.guid,
        "url": feed.base + view.href,
        "title": clean_text(view.title),
        "content_html": entry.html,
        "summary": clean_text(view.summary),
        "date_published": view.published,
        "date_modified": view.updated,
        "authors": [{"name": clean_text(feed.author), "url": feed.author_url}],
        "language": feed.language,
        "tags": list(dict.fromkeys(clean_text(c.label or c.term) for c in view.categories)),
        **({"attachments": [enclosure]} if view.enclosure else {}),
        "_threatbrief": {
            "categories": [{"scheme": c.scheme, "term": c.term} for c in view.categories],
            "sources": [{"title": clean_text(title), "url": url} for title, url in view.sources],
        },
    }


_WRITERS: Final = {"rss": feedxml.rss, "atom": feedxml.atom, "json": _json}
