"""A record's narrative, parsed once by Python-Markdown: sanitised HTML for pages and feeds, a plain
tree for PDF briefs.

Raw HTML is not Markdown here: it is shown as typed. Citations (`[@id]`) and record links (`[[id]]`)
become links; the HTML passes nh3's allow-list; no template ever sees it as a template.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import markdown
import nh3
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from threatbrief.render.defang import defang_text
from threatbrief.views.body import CITATION, RECORD_LINK, BodyView

Node = dict[str, Any]
"""A node of the plain tree: {"t": type, …}; see `PlainTree`."""

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
_STASHED: Final = re.compile("\x02wzxhzdk:(\\d+)\x03")
_ESCAPED: Final = re.compile("\x02(\\d+)\x03")


@dataclass(frozen=True, slots=True)
class RenderedBody:
    """One body: HTML whose inner links begin with a token for the site's root, and the plain tree."""

    html: str
    tree: tuple[Node, ...]


class BodyRenderer:
    """Renders bodies; one per process. The last bodies are kept, so that a record's page, feed item
    and brief share one parse."""

    def __init__(self) -> None:
        self._capture = _Capture()
        self._rendered = lru_cache(maxsize=512)(self._render)

    def html(self, body: BodyView, root: str) -> str:
        """Sanitised HTML; `root` (`../../` or an absolute URL) begins every link within the site."""
        return self._rendered(body).html.replace(f'href="{_ROOT}', f'href="{root}')

    def tree(self, body: BodyView) -> tuple[Node, ...]:
        """The plain tree of the same parse: see PlainTree."""
        return self._rendered(body).tree

    def _render(self, body: BodyView) -> RenderedBody:
        engine = markdown.Markdown(
            extensions=["fenced_code", "sane_lists", "tables", _Records(body, self._capture)],
            output_format="html",
        )
        clean = nh3.clean(
            engine.convert(body.markdown),
            tags=_TAGS,
            attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
            url_schemes={"http", "https", "mailto"},
            link_rel=None,
        )
        stash = tuple(str(raw) for raw in engine.htmlStash.rawHtmlBlocks)
        return RenderedBody(clean, PlainTree(stash).blocks(self._capture.root))


class _Capture:
    """Where the tree of the running parse is left for the plain tree."""

    root: ET.Element = ET.Element("div")


class _Records(Extension):
    """Citations, record links, no raw HTML, headings from level 2, defanged prose."""

    def __init__(self, body: BodyView, capture: _Capture) -> None:
        super().__init__()
        self._body, self._capture = body, capture

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.inlinePatterns.deregister("image_link")
        md.inlinePatterns.deregister("image_reference")
        md.inlinePatterns.deregister("automail")
        md.inlinePatterns.register(_Citation(CITATION.pattern, dict(self._body.citations)), "citation", 185)
        links = {target: (href, text) for target, href, text in self._body.links}
        md.inlinePatterns.register(_RecordLink(RECORD_LINK.pattern, links), "record-link", 184)
        md.treeprocessors.register(_Finish(md, self._body, self._capture), "finish", 0)


class _Citation(InlineProcessor):
    """`[@ms]` → a superscript number that leads to the source."""

    def __init__(self, pattern: str, numbers: dict[str, int]) -> None:
        super().__init__(pattern)
        self._numbers = numbers

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, Any, Any]:  # type: ignore[override]  # noqa: N802
        number = self._numbers.get(m.group(1))
        if number is None:
            return None, None, None
        sup = ET.Element("sup", {"class": "cc"})
        link = ET.SubElement(sup, "a", {"class": "c", "href": f"#s{number}"})
        link.text = AtomicString(str(number))
        return sup, m.start(0), m.end(0)


class _RecordLink(InlineProcessor):
    """`[[kimsuky]]` → a link to the record's page, with its name or the given text."""

    def __init__(self, pattern: str, links: dict[str, tuple[str, str]]) -> None:
        super().__init__(pattern)
        self._links = links

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, Any, Any]:  # type: ignore[override]  # noqa: N802
        found = self._links.get(m.group(1))
        if found is None:
            return None, None, None
        link = ET.Element("a", {"href": _ROOT + found[0]})
        link.text = AtomicString(m.group(2) or found[1])
        return link, m.start(0), m.end(0)


class _Finish(Treeprocessor):
    """Last in line: heading levels start at 2 and skip none, prose is defanged, the tree is kept."""

    def __init__(self, md: markdown.Markdown, body: BodyView, capture: _Capture) -> None:
        super().__init__(md)
        self._body, self._capture = body, capture

    def run(self, root: ET.Element) -> None:
        _level_headings(root)
        for element in root.iter():
            if element.text:
                element.text = self._defang(element.text)
            if element.tail:
                element.tail = self._defang(element.tail)
        self._capture.root = root

    def _defang(self, text: str) -> str:
        shown = defang_text(text, self._body.indicators)
        return AtomicString(shown) if isinstance(text, AtomicString) else shown


def _level_headings(root: ET.Element) -> None:
    """The page has its own h1 and h2: the body's top level becomes h3, deeper ones follow unskipped."""
    stack: list[int] = []
    for element in root.iter():
        if not re.fullmatch(r"h[1-6]", element.tag if isinstance(element.tag, str) else ""):
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

    def __init__(self, stash: tuple[str, ...]) -> None:
        self._stash = stash

    def blocks(self, root: ET.Element) -> tuple[Node, ...]:
        found: list[Node] = []
        for child in root:
            found.extend(self._block(child))
        return tuple(found)

    def _block(self, element: ET.Element) -> list[Node]:
        tag = element.tag
        if tag == "p":
            return [self._fenced(element) or {"t": "p", "c": self._inlines(element)}]
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
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
        return [{"t": "p", "c": self._inlines(element)}]

    def _fenced(self, element: ET.Element) -> Node | None:
        """A fenced code block, which Python-Markdown stashes as HTML in a paragraph of its own."""
        match = _STASHED.fullmatch((element.text or "").strip())
        if not match or len(element):
            return None
        raw = self._stash[int(match.group(1))]
        if not raw.startswith("<pre>"):
            return None
        return {"t": "pre", "text": html.unescape(re.sub(r"</?(?:pre|code)[^>]*>", "", raw))}

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


def _is_safe(href: str) -> bool:
    return href.startswith((_ROOT, "http://", "https://", "mailto:"))


__all__ = ["BodyRenderer", "Node", "PlainTree", "RenderedBody"]
