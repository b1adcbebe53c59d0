"""A record's narrative, parsed once by Python-Markdown: sanitised HTML for pages and feeds, a plain
tree for PDF briefs.

Raw HTML is not Markdown here: it is shown as typed. Citations (`[@id]`) and record links (`[[id]]`)
become links; the HTML passes nh3's allow-list; no template ever sees it as a template.
"""

from __future__ import annotations

import html
import logging
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import markdown
import nh3
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from threatbrief.model.markup import RECORD_LINK
from threatbrief.render.defang import defang_text, standing_in
from threatbrief.render.shelf import Shelf
from threatbrief.views.body import CITATION, BodyView

Node = dict[str, Any]
"""A node of the plain tree: {"t": type, …}; see `PlainTree`."""

_log = logging.getLogger(__name__)

_ROOT: Final = "/-root-/"
_TAGS: Final = {
    *"p h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong a sup hr br dl dt dd table thead tbody".split(),
    *"tr th td".split(),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title", "class", "id"},
    "sup": {"class"},
    "th": {"scope"},
    "ol": {"start"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
}
_TAG: Final = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SCHEMES: Final = {"http", "https", "mailto"}
_STASHED: Final = re.compile("\x02wzxhzdk:(\\d+)\x03")
_ESCAPED: Final = re.compile("\x02(\\d+)\x03")


class BodyRenderer:
    """Renders bodies; one per process, with one Markdown instance. The HTML of the last bodies is kept, and
    that of all on a `shelf` where there is one (a folder of this build alone, shared with its other
    processes), so that a record's page and its entries in many feeds share one parse."""

    def __init__(self, shelf: Path | None = None) -> None:
        self._shelf = Shelf(shelf) if shelf else None
        self._running = _Running()
        self._engine = markdown.Markdown(
            extensions=["fenced_code", "sane_lists", "tables", _Records(self._running)], output_format="html"
        )
        self._html = lru_cache(maxsize=512)(self._find_html)

    def html(self, body: BodyView, root: str) -> str:
        """Sanitised HTML; `root` (`../../` or an absolute URL) begins every link within the site."""
        return self._html(body).replace(f'href="{_ROOT}', f'href="{root}')

    def tree(self, body: BodyView) -> tuple[Node, ...]:
        """The body as plain nodes: see PlainTree."""
        self._convert(body)
        stash = tuple(str(raw) for raw in self._engine.htmlStash.rawHtmlBlocks)
        return PlainTree(stash, body.indicators).blocks(self._running.root)

    def _find_html(self, body: BodyView) -> str:
        if self._shelf is None:
            return self._render_html(body)
        key = repr(body)
        text = self._shelf.find(key)
        if text is None:
            text = self._render_html(body)
            self._shelf.lay(key, text)
        return text

    def _render_html(self, body: BodyView) -> str:
        clean: str = nh3.clean(
            self._convert(body),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
            link_rel=None,
        )
        pieces = _TAG.split(clean)
        if body.indicators:
            found = standing_in(html.unescape(clean), body.indicators)
            pieces[::2] = (_finish_text(piece, found) for piece in pieces[::2])
        else:
            pieces[::2] = (piece.replace('"', "&#34;") for piece in pieces[::2])
        return "".join(pieces)

    def _convert(self, body: BodyView) -> str:
        self._running.body = body
        self._running.numbers = dict(body.citations)
        self._running.links = {target: (href, text) for target, href, text in body.links}
        return self._engine.reset().convert(body.markdown)


class _Running:
    """The body that is being parsed, and where the tree of its parse is left."""

    body: BodyView = BodyView("")
    numbers: Mapping[str, int] = MappingProxyType({})
    links: Mapping[str, tuple[str, str]] = MappingProxyType({})
    root: ET.Element = ET.Element("div")


class _Records(Extension):
    """Citations, record links, no raw HTML, headings from level 3, defanged prose."""

    def __init__(self, running: _Running) -> None:
        super().__init__()
        self._running = running

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        md.preprocessors.deregister("html_block")
        for pattern in ("html", "image_link", "image_reference", "automail"):
            md.inlinePatterns.deregister(pattern)
        md.inlinePatterns.register(_Citation(CITATION.pattern, self._running), "citation", 185)
        md.inlinePatterns.register(_RecordLink(RECORD_LINK.pattern, self._running), "record-link", 184)
        md.treeprocessors.register(_Finish(md, self._running), "finish", 0)


class _Citation(InlineProcessor):
    """`[@ms]` → a superscript number that leads to the source."""

    def __init__(self, pattern: str, running: _Running) -> None:
        super().__init__(pattern)
        self._running = running

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, Any, Any]:  # type: ignore[override]  # noqa: N802
        number = self._running.numbers.get(m.group(1))
        if number is None:
            return None, None, None
        sup = ET.Element("sup", {"class": "cc"})
        link = ET.SubElement(sup, "a", {"class": "c", "href": f"#s{number}"})
        link.text = AtomicString(str(number))
        return sup, m.start(0), m.end(0)


class _RecordLink(InlineProcessor):
    """`[[kimsuky]]` → a link to the record's page, with its name or the given text."""

    def __init__(self, pattern: str, running: _Running) -> None:
        super().__init__(pattern)
        self._running = running

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, Any, Any]:  # type: ignore[override]  # noqa: N802
        found = self._running.links.get(m.group(1))
        if found is None:
            return None, None, None
        link = ET.Element("a", {"href": _ROOT + found[0]})
        link.text = AtomicString(" ".join((m.group(2) or found[1]).split()))
        return link, m.start(0), m.end(0)


class _Finish(Treeprocessor):
    """Last in line: heading levels start at 3 and skip none, prose is defanged, the tree is kept."""

    def __init__(self, md: markdown.Markdown, running: _Running) -> None:
        super().__init__(md)
        self._running = running

    def run(self, root: ET.Element) -> None:
        _level_headings(root)
        indicators = self._running.body.indicators
        if indicators and (indicators := standing_in("\n".join(root.itertext()), indicators)):
            for element in root.iter():
                if element.text:
                    element.text = _defang(element.text, indicators)
                if element.tail:
                    element.tail = _defang(element.tail, indicators)
        self._running.root = root


def _finish_text(text: str, indicators: tuple[tuple[str, str], ...]) -> str:
    """A text node of the HTML: defanged (fenced code never passes the tree), no raw quote."""
    if "&" in text or indicators:
        text = html.escape(defang_text(html.unescape(text), indicators), quote=False)
    return text.replace('"', "&#34;")


def _defang(text: str, indicators: tuple[tuple[str, str], ...]) -> str:
    shown = defang_text(text, indicators)
    return AtomicString(shown) if isinstance(text, AtomicString) else shown


def _level_headings(root: ET.Element) -> None:
    """The page has its own h1 and h2: the body's top level becomes h3, deeper ones follow unskipped."""
    stack: list[int] = []
    for element in root.iter():
        if element.tag not in _HEADINGS:
            continue
        level = int(element.tag[1])
        while stack and stack[-1] >= level:
            stack.pop()
        stack.append(level)
        element.tag = f"h{min(2 + len(stack), 6)}"


class PlainTree:
    """The parsed body as plain nodes, for printers that take no HTML.

    Blocks: {"t": "p"|"h"|"ul"|"ol"|"quote"|"pre"|"hr"|"table", …}; `h` has `level` (1 for the body's top),
    `pre` has `text`, lists have `items` (each a tuple of blocks), `table` has `head` and `rows` (tuples of
    inline tuples), others `c` (inlines or blocks). Inlines: {"t": "text"|"em"|"strong"|"code"|"link"|
    "cite"|"br", …}; `link` has `href` relative to the root or absolute, `cite` has `n`. An element that
    is not known here gives its text as a paragraph.
    """

    def __init__(self, stash: tuple[str, ...], indicators: tuple[tuple[str, str], ...] = ()) -> None:
        self._stash, self._indicators = stash, indicators

    def blocks(self, root: ET.Element) -> tuple[Node, ...]:
        found: list[Node] = []
        for child in root:
            found.extend(self._block(child))
        return tuple(found)

    def _block(self, element: ET.Element) -> list[Node]:
        tag = element.tag
        if tag == "p":
            return [self._fenced(element) or {"t": "p", "c": self._inlines(element)}]
        if tag in _HEADINGS:
            return [{"t": "h", "level": int(tag[1]) - 2, "c": self._inlines(element)}]
        if tag in ("ul", "ol"):
            return [{"t": tag, "items": tuple(self._item(child) for child in element)}]
        if tag == "blockquote":
            return [{"t": "quote", "c": self.blocks(element)}]
        if tag == "pre":
            return [{"t": "pre", "text": self._text("".join(element.itertext()))}]
        if tag == "hr":
            return [{"t": "hr"}]
        if tag == "table":
            return [self._table(element)]
        _warn_once(str(tag))
        return [{"t": "p", "c": self._inlines(element)}]

    def _fenced(self, element: ET.Element) -> Node | None:
        """A fenced code block, which Python-Markdown stashes as HTML in a paragraph of its own."""
        match = _STASHED.fullmatch((element.text or "").strip())
        if not match or len(element):
            return None
        raw = self._stash[int(match.group(1))]
        if not raw.startswith("<pre>"):
            return None
        code = html.unescape(re.sub(r"</?(?:pre|code)[^>]*>", "", raw))
        return {"t": "pre", "text": defang_text(code, self._indicators)}

    def _item(self, element: ET.Element) -> tuple[Node, ...]:
        blocks = {"p", "ul", "ol", "blockquote", "pre", "table", "hr"}
        if not any(child.tag in blocks for child in element):
            return ({"t": "p", "c": self._inlines(element)},)
        lead = ET.Element("p")
        lead.text = element.text
        rest: list[Node] = []
        for child in element:
            if child.tag in blocks:
                rest.extend(self._block(child))
            else:
                lead.append(child)
        inlines = self._inlines(lead)
        return (*([{"t": "p", "c": inlines}] if inlines else []), *rest)

    def _table(self, element: ET.Element) -> Node:
        rows = [tuple(self._inlines(cell) for cell in row) for row in element.iter("tr")]
        return {"t": "table", "head": rows[0] if rows else (), "rows": tuple(rows[1:])}

    def _inlines(self, element: ET.Element) -> tuple[Node, ...]:
        found: list[Node] = []
        self._add(found, element.text)
        for child in element:
            found.extend(self._inline(child))
            self._add(found, child.tail)
        while found and found[0] == {"t": "text", "text": " "}:
            found.pop(0)
        return tuple(found)

    def _inline(self, element: ET.Element) -> list[Node]:
        tag = element.tag
        if tag in ("em", "strong"):
            return [{"t": tag, "c": self._inlines(element)}]
        if tag == "code":
            return [{"t": "code", "text": self._text("".join(element.itertext()))}]
        if tag == "br":
            return [{"t": "br"}]
        if tag == "sup" and element.get("class") == "cc":
            return [{"t": "cite", "n": int(element[0].text or 0)}]
        if tag == "a" and _is_safe(href := element.get("href", "")):
            return [{"t": "link", "href": href.removeprefix(_ROOT), "c": self._inlines(element)}]
        return list(self._inlines(element))

    def _add(self, found: list[Node], text: str | None) -> None:
        if text and (folded := re.sub(r"\s+", " ", self._text(text))):
            found.append({"t": "text", "text": folded})

    def _text(self, text: str) -> str:
        """Text as typed: Python-Markdown's stash, escapes and entities undone."""
        text = _STASHED.sub(lambda m: self._stash[int(m.group(1))], text)
        text = _ESCAPED.sub(lambda m: chr(int(m.group(1))), text.replace("\x02amp\x03", "&"))
        return html.unescape(text)


@cache
def _warn_once(tag: str) -> None:
    """Once a process and element: a Markdown extension has been added that no printer knows of."""
    _log.warning("PDF briefs know no <%s>: its text is printed as a paragraph", tag)


def _is_safe(href: str) -> bool:
    return href.startswith((_ROOT, "http://", "https://", "mailto:"))


__all__ = ["BodyRenderer", "Node", "PlainTree"]
