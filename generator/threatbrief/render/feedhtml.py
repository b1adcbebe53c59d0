"""The content of a feed entry as HTML: escaped text, the sanitised narrative, absolute URLs, a size bound.

Everything is in the allow-list of threatbrief.render.markdown but figures, whose parts are escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from threatbrief.views.feed_entry import Content, Picture, Row, Section

if TYPE_CHECKING:
    from threatbrief.render.markdown import BodyRenderer

CONTENT_LIMIT: Final = 20_000
"""Bytes of an entry's content as XML carries it, markup escaped: 20 KB for every reader."""

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOKEN: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+=\"[^\"]*\")*)\s*>|([^<]+|<)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"\s+([a-z-]+)=\"([^\"]*)\"", re.IGNORECASE)
_CITATION: Final = re.compile(r'<sup class="cc"><a class="c" href="#s(\d+)">\d+</a></sup>')
_VOID: Final = frozenset({"br", "hr", "img"})


def clean_text(text: str) -> str:
    """Text without the characters that XML 1.0 forbids (section 2.2)."""
    return _FORBIDDEN.sub("", text) if _FORBIDDEN.search(text) else text


def content_html(content: Content, page: str, root: str, markdown: BodyRenderer) -> str:
    """The content as HTML of at most CONTENT_LIMIT bytes once escaped.

    `page` and `root` are absolute URLs: of the record's page, and of the site. What is over the limit
    is cut between words, open elements are closed, and a link leads to the whole brief.
    """
    text = clean_text("".join(_chunks(content, page, root, markdown)))
    if escaped_size(text) <= CONTENT_LIMIT:
        return text
    rest = f'<p>Cut at {CONTENT_LIMIT // 1000} KB: <a href="{escape(page)}">read the whole brief</a>.</p>'
    return cut_html(text, CONTENT_LIMIT - escaped_size(rest)) + rest


def escaped_size(text: str) -> int:
    """The size in bytes of a text in UTF-8 as XML carries it, `<`, `>` and `&` escaped."""
    return len(text.encode()) + 3 * (text.count("<") + text.count(">")) + 4 * text.count("&")


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
        yield f"<p>{escape(text, quote=False)}</p>\n"
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
    yield _absolute(_CITATION.sub(r"<sup>[\1]</sup>", text), page) + "\n"


def _absolute(text: str, page: str) -> str:
    """Narrative HTML for a place that is not its page: no ids, no classes, links to its page whole."""

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
    caption = f"<figcaption>{escape(picture.caption, quote=False)}</figcaption>" if picture.caption else ""
    return f'<figure><img src="{escape(root + picture.src)}" alt="{escape(picture.alt)}">{caption}</figure>\n'


def _section(section: Section) -> str:
    heading = f"<h2>{escape(section.heading, quote=False)}</h2>\n"
    if section.columns:
        head = "".join(f"<th>{escape(name, quote=False)}</th>" for name in section.columns)
        rows = "".join(f"<tr>{_cells(row)}</tr>\n" for row in section.rows)
        return f"{heading}<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>\n"
    tag = "ol" if section.numbered else "ul"
    rows = "".join(f"<li>{_linked(row.cells[0], row.href)}{_cited(row)}</li>\n" for row in section.rows)
    return f"{heading}<{tag}>{rows}</{tag}>\n"


def _cells(row: Row) -> str:
    first, *rest = row.cells
    cells = [_linked(first, row.href), *(escape(cell, quote=False) for cell in rest)]
    cells[-1] += _cited(row)
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _linked(text: str, href: str) -> str:
    shown = escape(text, quote=False)
    return f'<a href="{escape(href)}">{shown}</a>' if href else shown


def _cited(row: Row) -> str:
    return f" [{', '.join(map(str, row.cites))}]" if row.cites else ""
