"""Whatever stands in a record, a feed stays well-formed, within its bounds, and says it as typed."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.unit.outputs.feed_samples import SITE, entries, feeds, incident

from threatbrief.model import Incident
from threatbrief.outputs.feeds import FIRST_LIMIT
from threatbrief.render.feedhtml import CONTENT_LIMIT, clean_text, cut_html, escaped_size

HOSTILE = {
    "control": "a\x00b\x07c\x1bd\x1ce\x1df\x1eg\x1fh\x7fi",
    "cdata end": "x ]]> y <![CDATA[ z",
    "markup": "AT&T <b>bold</b> <script>alert(1)</script> &lt;i&gt; &#38;",
    "quotes": '" \' onmouseover="alert(1)" `',
    "emoji": "🕵️‍♀️ 👩🏽‍💻 🇰🇵",
    "right to left": "مجموعة القرصنة \u202e evil \u202c קבוצה",
    "not a character": "a\ufffeb\uffffc\U0001fffed",
    "separators": "a\u2028b\u2029c\x85d",
}


def spoilt(text: str) -> Incident:
    """An incident with that text in every field that an entry shows, past the checks of the models."""
    record = incident(
        1,
        key_points=["k"],
        attribution=[{"named": "N", "by": "B", "note": "n", "sources": ["one"]}],
        timeline=[{"date": "2019", "event": "e", "sources": ["one"]}],
        indicators=[{"type": "file-name", "value": "v", "context": "c", "sources": ["one"]}],
        techniques=[{"id": "T1078", "basis": "reported", "note": "n", "sources": ["one"]}],
        response=[{"kind": "arrest", "by": "b", "detail": "d", "sources": ["one"]}],
        figures=[{"file": "figures/x.png", "alt": "a", "caption": "c"}],
        recommendations=[{"text": "r"}],
        revisions=[{"at": "2020-05-01", "kind": "correction", "note": "n"}],
    )

    def part(name: str, **changes: Any) -> dict[str, Any]:
        return {name: tuple(p.model_copy(update=changes) for p in getattr(record, name))}

    return record.model_copy(
        update={
            "title": text,
            "summary": text,
            "body": text,
            "key_points": (text,),
            **part("attribution", named=text, by=text, note=text),
            **part("timeline", event=text),
            **part("indicators", value=text, context=text),
            **part("techniques", note=text),
            **part("response", by=text, detail=text),
            **part("figures", alt=text, caption=text),
            **part("recommendations", text=text),
            **part("revisions", note=text),
            **part("sources", publisher=text, title=text),
        }
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_feeds_stay_well_formed(text: str) -> None:
    for path, content in feeds([spoilt(text)]).items():
        if path.endswith(".json"):
            json.loads(content)
        else:
            etree.fromstring(content, etree.XMLParser(huge_tree=False))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_typed_is_what_is_read(text: str) -> None:
    shown = json.loads(feeds([spoilt(text)])["feeds/feed.json"])["items"][0]
    assert shown["title"] == clean_text(text)
    root = etree.fromstring(feeds([spoilt(text)])["feeds/atom.xml"])
    title = root.find("{*}entry/{*}title").text
    assert title == clean_text(text).replace("\r", "\n")


class Elements(HTMLParser):
    """The elements of a page of HTML, and the names of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_in_an_entry_is_active(text: str) -> None:
    parsed = feedparser.parse(feeds([spoilt(text)])["feeds/rss.xml"], sanitize_html=False)
    found = Elements(parsed.entries[0].content[0].value)
    allowed = "p h2 h3 ul ol li table thead tbody tr th td a em strong code pre sup figure img figcaption br"
    assert found.tags <= set(allowed.split())
    assert found.attributes <= {"href", "src", "alt", "title"}


MEGABYTES = {
    "words": "word ",
    "one word": "x",
    "markup": "&<",
    "emphasis": "*a* ",
    "paragraphs": "A paragraph. ]]> & \x07\n\n",
    **{name: f"{text} " for name, text in HOSTILE.items()},
}


@pytest.mark.parametrize("text", MEGABYTES.values(), ids=MEGABYTES.keys())
def test_a_body_of_megabytes_stays_within_bounds(text: str) -> None:
    body = text * (5_000_000 // len(text.encode()))
    files = feeds([incident(n, body="-").model_copy(update={"body": body}) for n in range(1, 10)])
    for path, content in files.items():
        assert len(content) < FIRST_LIMIT or path.endswith("opml.xml"), path
        if path.endswith(".json"):
            json.loads(content)
        else:
            etree.fromstring(content, etree.XMLParser(huge_tree=False))
    [entry, *_] = json.loads(files["feeds/feed.json"])["items"]
    assert escaped_size(entry["content_html"]) <= CONTENT_LIMIT
    assert entry["content_html"].endswith(f'<a href="{entry["url"]}">read the whole brief</a>.</p>\n')


def test_a_summary_of_megabytes_stays_within_bounds() -> None:
    record = incident(1, title="t" * 100_000, summary="word " * 400_000, key_points=["k" * 900_000])
    for path, content in feeds([record]).items():
        assert len(content) < 60_000, path


def test_thousands_of_rows_are_cut_with_a_link() -> None:
    rows = [{"type": "file-name", "value": f"f{n}.exe", "sources": ["one"]} for n in range(5000)]
    [entry] = entries(feeds([incident(1, indicators=rows)])["feeds/rss.xml"])
    assert "read the whole brief" in entry.content[0].value
    assert entry.content[0].value.count("<table>") == entry.content[0].value.count("</table>") == 1


def test_a_cut_entry_is_cut_alike_everywhere() -> None:
    files = feeds([incident(n, body="A sentence of some length. " * 2000) for n in range(1, 20)], SITE)
    first = {e.id: e.content[0].value for e in entries(files["feeds/rss.xml"])}
    kept = {e.id: e.content[0].value for e in entries(files["feeds/archive/rss-2.xml"])}
    assert first.items() & kept.items()
    assert all(first[guid] == kept[guid] for guid in first.keys() & kept.keys())


WELL_FORMED = (
    "<p>One &amp; two <em>three</em> words.</p>\n<ul><li>a<br>b</li><li>c &lt;d&gt;</li></ul>\n<hr>\n"
)


@given(
    limit=st.integers(0, 200),
    html=st.sampled_from([WELL_FORMED, WELL_FORMED * 3, "<p>" + "x" * 300 + "</p>"]),
)
@settings(max_examples=200, deadline=None)
def test_cut_html_fits_and_stays_well_formed(limit: int, html: str) -> None:
    cut = cut_html(html, limit)
    assert escaped_size(cut) <= max(limit, 0)
    parsed = re.sub(r"<(br|hr|img)([^>]*)>", r"<\1\2/>", cut)
    etree.fromstring(f"<div>{parsed}</div>")


@given(limit=st.integers(400, 2000))
@settings(max_examples=30, deadline=None)
def test_cut_html_uses_the_room_it_has(limit: int) -> None:
    html = "<p>" + "word " * 1000 + "</p>"
    assert escaped_size(cut_html(html, limit)) > limit - 30
