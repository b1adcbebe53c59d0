"""RSS 2.0 and Atom 1.0 by feedgen, with what it lacks added through its extension mechanism.

Added: RFC 5005 links and the archive mark, the WebSub hub, an entry's links with rel, type and length,
`atom:updated` and a named author in RSS. feedgen's traps and how they are met: its dates default to now
(each one is set), the last feed link becomes the RSS link (the page is given last), a CDATA content
type would get into Atom as such (content is set in as bytes).

Entries are written one by one and set into their document as bytes: the same entry stands in many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any, Final, NamedTuple

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from threatbrief.render.feedhtml import clean_text
from threatbrief.views.feed import MEDIA_TYPES
from threatbrief.views.feed_document import Edition, FeedSite, FeedView, OpmlView
from threatbrief.views.feed_entry import TLP_SCHEME, Category, EntryView

GENERATOR: Final = "threatbrief"
PDF_TYPE: Final = "application/pdf"

_ATOM: Final = "http://www.w3.org/2005/Atom"
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_HISTORY: Final = "http://purl.org/syndication/history/1.0"
_RSS_NAMESPACES: Final = {"atom": _ATOM, "content": _CONTENT, "dc": _DC}
_RSS_END: Final = b"</channel></rss>"
_ATOM_END: Final = b"</feed>"
_NO_CONTENT: Final = b'<content type="html">-</content>'


class EntryFrame(NamedTuple):
    """An entry as bytes, what comes before its content and what comes after: feeds in full and in short
    have the same."""

    head: bytes
    tail: bytes


def rss(feed: FeedView, edition: Edition, entries: Sequence[bytes]) -> bytes:
    """The document as RSS 2.0; `entries` are its newest, as `rss_frame` has them."""
    return _set_in(_generator(feed, edition, len(entries)).rss_str(), entries, _RSS_END)


def atom(feed: FeedView, edition: Edition, entries: Sequence[bytes]) -> bytes:
    """The document as Atom 1.0 (RFC 4287); `entries` are its newest, as `atom_frame` has them."""
    return _set_in(_generator(feed, edition, len(entries)).atom_str(), entries, _ATOM_END)


def rss_frame(site: FeedSite, view: EntryView, length: int) -> EntryFrame:
    """An RSS item, to be set into a document that declares its namespaces; `length` is the enclosure's."""
    node = _entry(view)
    node.link({"rel": "alternate", "href": site.base + view.href})
    node.description(escape(clean_text(view.summary), quote=False))
    if view.enclosure:
        node.enclosure(site.base + view.enclosure, str(length), PDF_TYPE)
    root = etree.Element("rss", nsmap=_RSS_NAMESPACES)
    root.append(node.rss_entry())
    text: bytes = etree.tostring(root, encoding="UTF-8")
    return EntryFrame(
        text[text.index(b"<item>") : text.rindex(b"</item>")], _rss_rest(site, view) + b"</item>"
    )


def rss_content(html: bytes) -> bytes:
    return _verbatim(b"content:encoded", b"", html)


def atom_frame(site: FeedSite, view: EntryView, length: int) -> EntryFrame:
    """An Atom entry, to be set into a document whose default namespace is Atom's."""
    node = _entry(view)
    node.updated(datetime.fromisoformat(view.updated))
    node.summary(clean_text(view.summary))
    node.content("-", type="html")
    text: bytes = etree.tostring(node.atom_entry(), encoding="UTF-8")
    rest = (
        *map(_atom_category, view.categories),
        *(_markup("link", words) for words in _entry_links(site, view, length)),
        _source_markup("link", view.sources),
    )
    head, tail = text.removesuffix(b"</entry>").split(_NO_CONTENT, 1)
    return EntryFrame(head, tail + "".join(rest).encode() + b"</entry>")


def atom_content(html: bytes) -> bytes:
    return _verbatim(b"content", b' type="html"', html)


def opml(view: OpmlView) -> bytes:
    """The list as OPML 2.0, without dates: it changes when a feed comes, and never else."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    for name, text in (("title", view.title), ("ownerName", view.owner), ("ownerEmail", view.email)):
        if text:
            etree.SubElement(head, name).text = clean_text(text)
    etree.SubElement(head, "ownerId").text = view.page
    body = etree.SubElement(root, "body")
    for name, outlines in view.groups:
        group = etree.SubElement(body, "outline", {"text": name, "title": name})
        for outline in outlines:
            title = clean_text(outline.name)
            words = {"type": "rss", "text": title, "title": title, "description": clean_text(outline.about)}
            etree.SubElement(group, "outline", {**words, "xmlUrl": outline.feed, "htmlUrl": outline.page})
    opml: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return opml


class _FeedExtension(BaseExtension):  # type: ignore[misc]
    """Links and marks of a document; both are set after registration."""

    feed: FeedView
    edition: Edition

    def extend_ns(self) -> dict[str, str]:
        archive = {"fh": _HISTORY} if self.edition.current else {}
        return archive if self.edition.format == "atom" else {"dc": _DC, **archive}

    def extend_rss(self, root: Any) -> Any:
        channel = root[0]
        if self.edition.current:
            etree.SubElement(channel, f"{{{_HISTORY}}}archive")
        for words in _feed_links(self.feed, self.edition):
            etree.SubElement(channel, f"{{{_ATOM}}}link", words)
        return root

    def extend_atom(self, root: Any) -> Any:
        if self.edition.current:
            etree.SubElement(root, f"{{{_HISTORY}}}archive")
        return root


def _rss_rest(site: FeedSite, view: EntryView) -> bytes:
    """Categories, author, date of change and sources of an RSS item.

    An entry has dozens of these. As text they take a tenth of the time that lxml needs for them, and
    as an entry extension, which adds them before the namespaces are known, it needs five times that.
    """
    rest = (
        *map(_rss_category, view.categories),
        _markup("dc:creator", {}, site.author),
        _markup("atom:updated", {}, view.updated),
        _source_markup("atom:link", view.sources),
    )
    return "".join(rest).encode()


@lru_cache(maxsize=4096)
def _rss_category(category: Category) -> str:
    return _markup("category", {"domain": category.scheme}, category.label or category.term)


@lru_cache(maxsize=4096)
def _atom_category(category: Category) -> str:
    return _markup("category", _category(category))


def _verbatim(name: bytes, attributes: bytes, html: bytes) -> bytes:
    """An element with HTML in a CDATA section: a seventh smaller than escaped. What would end the section
    is written as HTML writes it."""
    kept = html.replace(b"]]>", b"]]&gt;")
    return b"<%b%b><![CDATA[%b]]></%b>" % (name, attributes, kept, name) if html else b""


def _markup(name: str, words: Mapping[str, str], text: str = "") -> str:
    """An element as XML; what XML forbids is left out."""
    attributes = "".join([f' {key}="{escape(clean_text(value))}"' for key, value in words.items()])
    content = escape(clean_text(text), quote=False)
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"


def _generator(feed: FeedView, edition: Edition, count: int) -> Any:
    shown = feed.entries[:count]
    generator = FeedGenerator()
    generator.register_extension("threatbrief", _FeedExtension)
    generator.threatbrief.feed, generator.threatbrief.edition = feed, edition
    generator.id(feed.id)
    generator.title(clean_text(feed.title))
    generator.description(clean_text(feed.description))
    generator.subtitle(clean_text(feed.description))
    generator.language(feed.site.language)
    generator.generator(GENERATOR)
    generator.rights(clean_text(feed.rights))
    generator.updated(_newest(entry.updated for entry in shown))
    generator.pubDate(_newest(entry.published for entry in shown))
    generator.category(_category(Category(TLP_SCHEME, feed.tlp)))
    author = clean_text(feed.site.author)
    generator.author({"name": author, "uri": feed.site.author_url, **_given("email", feed.site.email)})
    if feed.site.email:
        generator.managingEditor(f"{feed.site.email} ({author})")
    links = _feed_links(feed, edition) if edition.format == "atom" else []
    generator.link([{"rel": "self", "href": edition.self_url, "type": MEDIA_TYPES[edition.format]}, *links])
    generator.link({"rel": "alternate", "href": feed.home, "type": "text/html"})
    return generator


def _entry(view: EntryView) -> Any:
    node = FeedEntry()
    node.guid(view.guid, permalink=False)
    node.title(clean_text(view.title))
    node.published(datetime.fromisoformat(view.published))
    return node


def _newest(instants: Iterable[str]) -> datetime:
    """The newest instant; where a document is empty, the beginning of time as computers count it."""
    return datetime.fromisoformat(max(instants, default="1970-01-01T00:00:00Z"))


def _set_in(document: bytes, entries: Sequence[bytes], end: bytes) -> bytes:
    if not document.endswith(end):
        raise ValueError(f"the document does not end with {end!r}")
    return b"\n".join((document.removesuffix(end), *entries, end)) + b"\n"


def _feed_links(feed: FeedView, edition: Edition) -> list[dict[str, str]]:
    media = MEDIA_TYPES[edition.format]
    links = (
        ("hub", feed.hub, ""),
        ("current", edition.current, media),
        ("prev-archive", edition.older, media),
    )
    return [{"rel": rel, "href": href, **_given("type", kind)} for rel, href, kind in links if href]


def _entry_links(site: FeedSite, view: EntryView, length: int) -> list[dict[str, str]]:
    links = [{"rel": "alternate", "href": site.base + view.href, "type": "text/html"}]
    if view.enclosure:
        href = site.base + view.enclosure
        links.append({"rel": "enclosure", "href": href, "type": PDF_TYPE, "length": str(length)})
    return links


@lru_cache(maxsize=1024)
def _source_markup(name: str, sources: tuple[tuple[str, str], ...]) -> str:
    """Links to the sources of an entry; it is written more than once, and a source costs two escapes."""
    return "".join(
        [
            f'<{name} rel="via" href="{escape(clean_text(url))}" title="{escape(clean_text(title))}"/>'
            for title, url in sources
        ]
    )


def _category(category: Category) -> dict[str, str]:
    return {"scheme": category.scheme, "term": category.term, **_given("label", category.label)}


def _given(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}
