"""The content of a feed entry as HTML: escaped text, the sanitised narrative, absolute URLs, a size bound.

Everything is in the allow-list of threatbrief.render.markdown but figures, whose parts are escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from threatbrief.views.feed_content import Content, Picture, Row, Section

if TYPE_CHECKING:
    from threatbrief.render.markdown import BodyRenderer

CONTENT_LIMIT: Final = 20_000
"""Bytes of an entry's content as XML carries it, markup escaped: 20 KB for every reader."""

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TOKEN: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+=\"[^\"]*\")*)\s*>|([^<]+|<)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"\s+([a-z-]+)=\"([^\"]*)\"", re.IGNORECASE)
_CITATION: Final = re.compile(r'<sup class="cc"><a class="c" href="#s(\d+)">\d+</a></sup>')
_VOID: Final = frozenset({"br", "hr", "img"})


def clean_text(text: str) -> str:
    """Text without the characters that XML 1.0 forbids (section 2.2)."""
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def content_html(content: Content, page: str, root: str, markdown: BodyRenderer) -> bytes:
    """The content as HTML in UTF-8, of at most CONTENT_LIMIT bytes once escaped.

    `page` and `root` are absolute URLs: of the record's page, and of the site. What is over the limit
    is cut between words, open elements are closed, and a link leads to the whole brief.
    """
    rest = f'<p>Cut at {CONTENT_LIMIT // 1000} KB: <a href="{escape(page)}">read the whole brief</a>.</p>\n'
    chunks = list(_chunks(content, page, root, markdown))
    whole = "".join(chunks).encode()
    if not content.is_cut and _escaped_size(whole) <= CONTENT_LIMIT:
        return whole
    sizes = map(escaped_size, chunks)
    kept: list[str] = []
    room = CONTENT_LIMIT - escaped_size(rest)
    for chunk, size in zip(chunks, sizes, strict=True):
        if size > room:
            kept.append(cut_html(chunk, room))
            break
        kept.append(chunk)
        room -= size
    return f"{''.join(kept)}{rest}".encode()


def escaped_size(text: str) -> int:
    """The size in bytes of a text in UTF-8 as XML carries it, `<`, `>` and `&` escaped."""
    return _escaped_size(text.encode())


def _escaped_size(text: bytes) -> int:
    return len(text) + 3 * (text.count(b"<") + text.count(b">")) + 4 * text.count(b"&")


def cut_html(text: str, limit: int) -> str:
    """The longest beginning of well-formed HTML that fits `limit` escaped bytes, open elements closed."""
    kept: list[str] = []
    size, opened, closing = 0, list[str](), 0
    for match in _TOKEN.finditer(text):
        ends, tag, _, words = match.groups()
        token = match.group()
        extra = escaped_size(f"</{tag}>") if tag and not ends and tag not in _VOID else 0
        if words is not None and size + closing + escaped_size(token) > limit:
            kept.append(_cut_words(token, limit - size - closing))
            break
        if not ends and size + closing + extra + escaped_size(token) > limit:
            break
        kept.append(token)
        size += escaped_size(token)
        if extra:
            opened.append(tag)
            closing += extra
        elif ends:
            closing -= escaped_size(f"</{opened.pop()}>")
    return "".join(kept) + "".join(f"</{tag}>" for tag in reversed(opened))


def _cut_words(text: str, room: int) -> str:
    """The words of escaped text that fit `room` escaped bytes, with an ellipsis; no entity is cut."""
    room -= 3
    low, high = 0, min(len(text), max(room, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if escaped_size(text[:middle]) <= room else (low, middle - 1)
    kept = text[:low]
    blank = max(kept.rfind(" "), kept.rfind("\n"))
    if blank >= low - 200 and blank > 0:
        kept = kept[:blank]
    kept = re.sub(r"&[#\w]*\Z", "", kept)
    return f"{kept}…" if kept.strip() else ""


def _chunks(content: Content, page: str, root: str, markdown: BodyRenderer) -> Iterator[str]:
    for text in content.lead:
        yield f"<p>{escape(clean_text(text), quote=False)}</p>\n"
    for section in content.before:
        yield _section(section)
    if content.body:
        yield from _narrative(markdown.html(content.body, root), page, headed=bool(content.before))
    for picture in content.pictures:
        yield _figure(picture, root)
    for section in content.after:
        yield _section(section)


def _narrative(text: str, page: str, *, headed: bool) -> Iterator[str]:
    if headed and not text.startswith("<h"):
        yield "<h2>What happened</h2>\n"
    yield _absolute(_CITATION.sub(r"<sup>[\1]</sup>", clean_text(text)), page) + "\n"


def _absolute(text: str, page: str) -> str:
    """Narrative HTML for a place that is not its page: no ids, no classes, links to its page whole."""

    if not any(sign in text for sign in (' class="', ' id="', 'href="#')):
        return text

    def rewrite(match: re.Match[str]) -> str:
        ends, tag, attributes, words = match.groups()
        if words is not None or ends or not attributes:
            return match.group()
        kept = (_attribute(name, value, page) for name, value in _ATTRIBUTE.findall(attributes))
        return f"<{tag}{''.join(kept)}>"

    return _TOKEN.sub(rewrite, text)


def _attribute(name: str, value: str, page: str) -> str:
    if name in ("class", "id"):
        return ""
    if name == "href" and value.startswith("#"):
        value = escape(page) + value
    return f' {name}="{value}"'


def _figure(picture: Picture, root: str) -> str:
    told, alt = clean_text(picture.caption), escape(clean_text(picture.alt))
    caption = f"<figcaption>{escape(told, quote=False)}</figcaption>" if told else ""
    return f'<figure><img src="{escape(clean_text(root + picture.src))}" alt="{alt}">{caption}</figure>\n'


# A section is written as one text whose cells are apart by separators that XML forbids, escaped in one
# go, and only then given its elements: a brief has hundreds of cells.
_ROW, _CELL, _LINK, _TEXT, _END = "\x1a", "\x1c", "\x1d", "\x1e", "\x1f"


def _section(section: Section) -> str:
    rows = section.rows
    if not "".join([cell for row in rows for cell in row.cells]).isprintable():
        rows = tuple(row._replace(cells=tuple(map(clean_text, row.cells))) for row in rows)
    text = escape(_ROW.join(map(_row, rows)), quote=False)
    text = text.replace(_LINK, '<a href="').replace(_TEXT, '">').replace(_END, "</a>")
    heading = f"<h2>{escape(section.heading, quote=False)}</h2>\n"
    if section.columns:
        head = "".join(f"<th>{escape(name, quote=False)}</th>" for name in section.columns)
        text = text.replace(_CELL, "</td><td>").replace(_ROW, "</td></tr>\n<tr><td>")
        table = f"<thead><tr>{head}</tr></thead>\n<tbody><tr><td>{text}</td></tr></tbody>"
        return f"{heading}<table>{table}</table>\n"
    tag = "ol" if section.numbered else "ul"
    text = text.replace(_ROW, "</li>\n<li>")
    return f"{heading}<{tag}><li>{text}</li></{tag}>\n"


def _row(row: Row) -> str:
    cells, href, cites = row
    text = _CELL.join(cells)
    if href:
        href = clean_text(href).replace('"', "%22")
        first = cells[0]
        text = f"{_LINK}{href}{_TEXT}{first}{_END}{text[len(first) :]}"
    return f"{text} [{cites}]" if cites else text
