"""JSON Feed 1.1. What the format has no word for stands under `_threatbrief`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import Any, Final

from threatbrief.render.feedhtml import clean_text
from threatbrief.render.feedxml import PDF_TYPE, EntryFrame
from threatbrief.views.feed_document import Edition, FeedSite, FeedView
from threatbrief.views.feed_entry import EntryView

_NO_CONTENT: Final = b'"content_html": ""'


def document(feed: FeedView, edition: Edition, entries: Sequence[bytes]) -> bytes:
    """The document as JSON Feed 1.1; `entries` are its newest, as `frame` has them."""
    said = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean_text(feed.title),
        "home_page_url": feed.home,
        "feed_url": edition.self_url,
        "description": clean_text(feed.description),
        **({"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}),
        "authors": _authors(feed.site),
        "language": feed.site.language,
        "_threatbrief": {"id": feed.id, "tlp": feed.tlp, "rights": clean_text(feed.rights)},
    }
    head = _dump(said).removesuffix(b"}")
    return head + b', "items": [\n' + b",\n".join(entries) + b"\n]}\n"


def frame(site: FeedSite, view: EntryView, length: int) -> EntryFrame:
    """An item, to be set into a document; `length` is the enclosure's."""
    attachment = {"url": site.base + view.enclosure, "mime_type": PDF_TYPE, "size_in_bytes": length}
    text = _dump(
        {
            "id": view.guid,
            "url": site.base + view.href,
            "title": clean_text(view.title),
            "content_html": "",
            "summary": clean_text(view.summary),
            "date_published": view.published,
            "date_modified": view.updated,
            "authors": _authors(site),
            "language": site.language,
            "tags": list(dict.fromkeys(clean_text(c.label or c.term) for c in view.categories)),
            **({"attachments": [attachment]} if view.enclosure else {}),
            "_threatbrief": {
                "categories": [{"scheme": c.scheme, "term": c.term} for c in view.categories],
                "sources": [{"title": clean_text(title), "url": url} for title, url in view.sources],
            },
        }
    )
    head, tail = text.split(_NO_CONTENT, 1)
    return EntryFrame(head + _NO_CONTENT.removesuffix(b'""'), tail)


def content(html: bytes) -> bytes:
    return encode_basestring(html.decode()).encode()


def _authors(site: FeedSite) -> list[dict[str, str]]:
    return [{"name": clean_text(site.author), "url": site.author_url}]


def _dump(value: dict[str, Any]) -> bytes:
    return _encode(value).encode()


_encode = json.JSONEncoder(ensure_ascii=False).encode
