"""RSS 2.0 and Atom 1.0 by feedgen, with what it lacks added through its extension mechanism.

Added: RFC 5005 links and the archive mark, the WebSub hub, an entry's links with rel, type and length,
`atom:updated` and a named author in RSS. feedgen's traps and how they are met: its dates default to now
(each one is set), entries are prepended (`order="append"`), the last feed link becomes the RSS link
(the site's page is given last), a CDATA content type would get into Atom (content is escaped text).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]
from feedgen.ext.base import BaseEntryExtension, BaseExtension  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree

from threatbrief.render.feedhtml import clean_text
from threatbrief.views.feed import MEDIA_TYPES, FeedView
from threatbrief.views.feed_entry import TLP_SCHEME, Category, EntryView

GENERATOR: Final = "threatbrief"
PDF_TYPE: Final = "application/pdf"

_ATOM: Final = "http://www.w3.org/2005/Atom"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_HISTORY: Final = "http://purl.org/syndication/history/1.0"


@dataclass(frozen=True, slots=True)
class FilledEntry:
    """An entry with its content as HTML and the length of its enclosure in bytes."""

    view: EntryView
    html: str
    length: int = 0


def rss(feed: FeedView, entries: Sequence[FilledEntry]) -> bytes:
    """The document as RSS 2.0; dates are those of its entries."""
    generator = _generator(feed, entries)
    for entry in entries:
        generator.add_entry(_rss_entry(feed, entry), order="append")
    return _finish(generator.rss_str(pretty=False))


def atom(feed: FeedView, entries: Sequence[FilledEntry]) -> bytes:
    """The document as Atom 1.0 (RFC 4287)."""
    generator = _generator(feed, entries)
    for entry in entries:
        generator.add_entry(_atom_entry(feed, entry), order="append")
    return _finish(generator.atom_str(pretty=False))


class _FeedExtension(BaseExtension):  # type: ignore[misc]
    """Links and marks of a document; `feed` is set after registration."""

    feed: FeedView

    def extend_ns(self) -> dict[str, str]:
        archive = {"fh": _HISTORY} if self.feed.current else {}
        return archive if self.feed.format == "atom" else {"dc": _DC, **archive}

    def extend_rss(self, root: Any) -> Any:
        channel = root[0]
        if self.feed.current:
            etree.SubElement(channel, f"{{{_HISTORY}}}archive")
        for words in _feed_links(self.feed):
            etree.SubElement(channel, f"{{{_ATOM}}}link", words)
        return root

    def extend_atom(self, root: Any) -> Any:
        if self.feed.current:
            etree.SubElement(root, f"{{{_HISTORY}}}archive")
        return root


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Links of an entry, and in RSS its author and when it was updated."""

    feed: FeedView
    entry: FilledEntry

    def extend_rss(self, node: Any) -> Any:
        etree.SubElement(node, f"{{{_DC}}}creator").text = clean_text(self.feed.author)
        etree.SubElement(node, f"{{{_ATOM}}}updated").text = self.entry.view.updated
        for words in _source_links(self.entry.view):
            etree.SubElement(node, f"{{{_ATOM}}}link", words)
        return node

    def extend_atom(self, node: Any) -> Any:
        for words in _entry_links(self.feed, self.entry):
            etree.SubElement(node, "link", words)
        return node


def _generator(feed: FeedView, entries: Sequence[FilledEntry]) -> Any:
    generator = FeedGenerator()
    generator.register_extension("threatbrief", _FeedExtension, _EntryExtension)
    generator.threatbrief.feed = feed
    generator.id(feed.id)
    generator.title(clean_text(feed.title))
    generator.description(clean_text(feed.description))
    generator.subtitle(clean_text(feed.description))
    generator.language(feed.language)
    generator.generator(GENERATOR)
    generator.rights(clean_text(feed.rights))
    generator.updated(_moment(max((e.view.updated for e in entries), default=_EPOCH)))
    if entries:
        generator.pubDate(_moment(max(e.view.published for e in entries)))
    generator.category([_category(Category(TLP_SCHEME, feed.tlp))])
    generator.author(_author(feed))
    if feed.email:
        generator.managingEditor(f"{clean_text(feed.email)} ({clean_text(feed.author)})")
    links = _feed_links(feed) if feed.format == "atom" else []
    generator.link([{"rel": "self", "href": feed.self_url, "type": MEDIA_TYPES[feed.format]}, *links])
    generator.link({"rel": "alternate", "href": feed.home, "type": "text/html"})
    return generator


_EPOCH: Final = "1970-01-01T00:00:00Z"


def _feed_links(feed: FeedView) -> list[dict[str, str]]:
    media = MEDIA_TYPES[feed.format]
    links = (
        ("hub", feed.hub, ""),
        ("current", feed.current, media),
        ("prev-archive", feed.prev_archive, media),
    )
    return [
        {"rel": rel, "href": href, **({"type": kind} if kind else {})} for rel, href, kind in links if href
    ]


def _entry_links(feed: FeedView, entry: FilledEntry) -> list[dict[str, str]]:
    page = {"rel": "alternate", "href": feed.base + entry.view.href, "type": "text/html"}
    enclosure = [
        {
            "rel": "enclosure",
            "href": feed.base + entry.view.enclosure,
            "type": PDF_TYPE,
            "length": str(entry.length),
        }
    ]
    return [page, *(enclosure if entry.view.enclosure else []), *_source_links(entry.view)]


def _source_links(entry: EntryView) -> list[dict[str, str]]:
    return [{"rel": "via", "href": url, "title": clean_text(title)} for title, url in entry.sources]


def _rss_entry(feed: FeedView, entry: FilledEntry) -> Any:
    view = entry.view
    node = _entry(feed, entry)
    node.link({"rel": "alternate", "href": feed.base + view.href})
    node.description(escape(clean_text(_summary(view)), quote=False))
    if entry.html:
        node.content(entry.html, type="html")
    if view.enclosure:
        node.enclosure(feed.base + view.enclosure, str(entry.length), PDF_TYPE)
    return node


def _atom_entry(feed: FeedView, entry: FilledEntry) -> Any:
    node = _entry(feed, entry)
    node.updated(_moment(entry.view.updated))
    node.summary(clean_text(_summary(entry.view)))
    node.content(entry.html, type="html")
    return node


def _entry(feed: FeedView, entry: FilledEntry) -> Any:
    view = entry.view
    node = FeedEntry()
    node.register_extension("threatbrief", _EntryExtension)
    node.threatbrief.feed, node.threatbrief.entry = feed, entry
    node.guid(view.guid, permalink=False)
    node.title(clean_text(view.title))
    node.published(_moment(view.published))
    node.category([_category(category) for category in view.categories])
    return node


def _summary(view: EntryView) -> str:
    return f"{view.note} {view.summary}" if view.note else view.summary


def _category(category: Category) -> dict[str, str]:
    label = {"label": clean_text(category.label)} if category.label else {}
    return {"scheme": category.scheme, "term": category.term, **label}


def _author(feed: FeedView) -> dict[str, str]:
    email = {"email": feed.email} if feed.email else {}
    return {"name": clean_text(feed.author), "uri": feed.author_url, **email}


def _moment(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def _finish(text: bytes) -> bytes:
    return text + b"\n"
