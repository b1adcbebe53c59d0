"""The layout of a record file: where each value of its front matter lies, and `fmt`, which puts the keys
in order and the indentation right and leaves prose, comments and values as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeGuard

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from threatbrief.errors import ConfigError
from threatbrief.records.frontmatter import Document, parse_document

WIDTH: Final = 110
"""The longest line that is written where there is a choice."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENING: Final = re.compile("\ufeff?---[ \t]*(?:\r\n|\r|\n)")
_CLOSING: Final = re.compile(r"(?:\A|(?<=[\r\n]))---[ \t]*(?=[\r\n]|\Z)")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_OTHER_BREAKS: Final = re.compile("[\x85\u2028\u2029]")
_REMARK: Final = re.compile(r"[ \t]+#.*")
_INDICATORS: Final = frozenset(" \t\n,:[]{}")

_HEAD: Final = "tlp status reason"
_FOOT: Final = "summary sources revisions formerly silence"
ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "incidents": tuple(
        f"id title {_HEAD} kind occurred disclosed published released summary key_points question "
        "attribution assessment targets software techniques vulnerabilities motivations timeline response "
        "indicators figures recommendations related sources revisions formerly silence".split()
    ),
    "actors": tuple(
        f"id name {_HEAD} published released attack_id parent names suspected_country sponsor motivations "
        f"active {_FOOT}".split()
    ),
    "software": tuple(
        f"id name {_HEAD} published released type malware_types attack_id names {_FOOT}".split()
    ),
}
"""The keys of each kind of record in the order in which `fmt` writes them."""

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    key: tuple(words.split())
    for key, words in {
        "attribution": "named by sources credibility stated date note tlp",
        "techniques": "id basis note tlp sources",
        "vulnerabilities": "id note tlp sources",
        "timeline": "date event tlp sources",
        "response": "kind by date detail tlp sources",
        "indicators": "type value use state first_seen last_seen context tlp sources",
        "figures": "file alt caption tlp sources",
        "recommendations": "text mitigation tlp",
        "related": "id relation note tlp",
        "names": "name by since relation sources credibility note tlp",
        "suspected_country": "country by sources credibility stated note tlp",
        "sponsor": "name by sources credibility stated note tlp",
        "sources": "publisher title url date archived kind reliability language tlp",
        "revisions": "at kind note tlp",
    }.items()
}
_SINGLE: Final[Mapping[str, tuple[str, ...]]] = {
    "occurred": ("from", "to"),
    "active": ("from", "to"),
    "assessment": ("actor", "confidence", "likelihood", "why", "tlp", "sources"),
    "targets": ("sectors", "countries", "victims"),
}


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A record file's text: `head`, `front` and `rest` joined are the text. `rest` begins with the line
    that closes the front matter; `root` is the front matter's YAML, whose marks count from its beginning."""

    head: str
    front: str
    rest: str
    newline: str
    root: MappingNode
    document: Document


def read_manuscript(text: str) -> Manuscript:
    """A text cut at its delimiters, and what it says; ConfigError tells the first fault of form."""
    document, faults = parse_document("", text.encode("utf-8", "surrogatepass"))
    if faults or document is None:
        first = faults[0]
        raise ConfigError(f"mend line {first.span.line} first: {first.message} ({first.code})")
    opening = _OPENING.match(text)
    closing = _CLOSING.search(text, opening.end()) if opening else None
    if not opening or not closing:
        raise ConfigError("the front matter has no end")
    front = text[opening.end() : closing.start()]
    newline = _BREAK.findall(opening.group())[0]
    root = yaml.compose(front, _LOADER)
    if not isinstance(root, MappingNode) or not root.value:
        raise ConfigError("the front matter has no keys")
    return Manuscript(text[: opening.end()], front, text[closing.start() :], newline, root, document)


def end_of(front: str, node: Node) -> int:
    """Where the last character of a value ends; the parser's own mark of a block value lies further on."""
    while is_block(node) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, MappingNode) else last
    start, end = node.start_mark.index, node.end_mark.index
    if not isinstance(node, ScalarNode) or node.style not in ("|", ">"):
        return int(end)
    header = front[start:end].split()[0]
    return int(end) if "+" in header else start + len(_without_blank_end(front[start:end]))


def is_block(node: Node) -> TypeGuard[CollectionNode]:
    """Whether a value is a mapping or a list in lines, not in brackets."""
    return isinstance(node, CollectionNode) and not node.flow_style


def _without_blank_end(block: str) -> str:
    """A block scalar without the line break after its last line of text and blank lines below that."""
    end = len(block.rstrip())
    return block[: end + len(block[end:]) - len(block[end:].lstrip(" \t"))]


class Formatted(NamedTuple):
    """The text as `fmt` wants it, or unchanged with the reason why it was left alone."""

    text: str
    reason: str | None = None


def format_record(text: str, kind: str) -> Formatted:
    """A record's text with its keys in order and its front matter laid out anew; `kind` is one of ORDER.

    Values keep their spelling and style, comments stay at the key that follows them or on their line,
    the body and the order of `sources` stay untouched. A second run changes nothing. A file that cannot
    be laid out without doubt comes back as it was, with the reason.
    """
    try:
        manuscript = read_manuscript(text)
        front = _lay_out(manuscript, kind)
        formatted = manuscript.head + front + manuscript.rest
        after = read_manuscript(formatted).document
    except (ConfigError, _UnsafeError) as fault:
        return Formatted(text, str(fault))
    before = manuscript.document
    is_same = (
        after.body == before.body
        and after.front == before.front
        and all(_keys(after, key) == _keys(before, key) for key in ("sources", "silence"))
        and _ink(front) == _ink(manuscript.front)
    )
    if not is_same:
        return Formatted(text, "its layout cannot be changed without changing what it says")
    return Formatted(formatted)


def _keys(document: Document, key: str) -> list[Any]:
    return list(document.front.get(key) or ())


def _ink(front: str) -> Counter[str]:
    """Every character that is seen; commas apart, for one may stand behind the last of a list."""
    return Counter("".join(front.split()).replace(",", ""))


class _UnsafeError(Exception):
    """The front matter has something that is not laid out anew; the text says what."""


def _lay_out(manuscript: Manuscript, kind: str) -> str:
    front = _BREAK.sub("\n", manuscript.front)
    if _OTHER_BREAKS.search(front):
        raise _UnsafeError("a line separator that is not a line feed")
    root = yaml.compose(front, _LOADER)
    if not isinstance(root, MappingNode) or root.flow_style:
        raise _UnsafeError("the front matter is written in braces")
    lines = _Typesetter(front, kind).set_root(root)
    return "".join(line + manuscript.newline for line in lines)


_Path = tuple[str, ...]
_Remark = tuple[int, str]
"""A comment on a line of its own with its column; text "" is a blank line."""


@dataclass
class _Block:
    """One key or list entry, laid out.

    `lead` are the comments above it; `lines` are relative to its column. `columns` pairs the old and the
    new column of it and of the last things that it holds, outermost first.
    """

    name: str
    lines: list[str]
    columns: list[tuple[int, int]]
    lead: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Typesetter:
    """Lays out one front matter, whose line breaks are line feeds."""

    front: str
    kind: str

    def set_root(self, root: MappingNode) -> list[str]:
        blocks, end = self._mapping(root, 0, 0, ())
        inner, outer = _share(self._gap(end, len(self.front)), root.start_mark.column)
        _add_tail(blocks[-1], inner, 0)
        return _trim([*_join(self._sorted(blocks, ())), *_collapse(outer)])

    def _mapping(self, node: MappingNode, at: int, indent: int, path: _Path) -> tuple[list[_Block], int]:
        """The entries of a block mapping as they stand, and where the last one ends."""
        blocks: list[_Block] = []
        for key, value in node.value:
            inner, lead = _share(
                self._gap(at, key.start_mark.index, first=not blocks), node.start_mark.column
            )
            if blocks:
                _add_tail(blocks[-1], inner, indent)
            else:
                lead = [text for _, text in inner] + lead
            block = self._entry(key, value, node.start_mark.column, indent, path)
            block.lead = lead + block.lead
            blocks.append(block)
            at = end_of(self.front, value)
        return blocks, at

    def _sequence(self, node: Node, indent: int, path: _Path) -> list[_Block]:
        blocks: list[_Block] = []
        at = node.start_mark.index
        for value in node.value:
            gap = self._gap(at, value.start_mark.index, first=not blocks)
            inner, lead = _share(gap, node.start_mark.column)
            if blocks:
                _add_tail(blocks[-1], inner, indent)
            else:
                lead = [text for _, text in inner] + lead
            block = self._entry(None, value, node.start_mark.column, indent, path)
            block.lead = lead + block.lead
            blocks.append(block)
            at = end_of(self.front, value)
        return blocks

    def _entry(self, key: Node | None, value: Node, column: int, indent: int, path: _Path) -> _Block:
        """A key with its value, or a list entry if there is no key."""
        name = self._slice(key) if key else ""
        if "\n" in name:
            raise _UnsafeError("a key over several lines")
        block = _Block(str(key.value) if key else "", [], [(column, indent)])
        inside = (*path, block.name or "*")
        if not is_block(value):
            block.lines = self._leaf(key, value, indent, inside)
            return block
        if isinstance(value, MappingNode):
            children, _ = self._mapping(value, value.start_mark.index, indent + 2, inside)
        else:
            children = self._sequence(value, indent + 2, inside)
        block.columns += children[-1].columns
        ordered = self._sorted(children, inside)
        if key is None:
            block.lead, ordered[0].lead = ordered[0].lead, []
            lines = _join(ordered)
            block.lines = ["- " + lines[0], *_shift(lines[1:])]
            return block
        remark, *_ = self.front[key.end_mark.index : value.start_mark.index].split("\n")
        gap = self._gap(key.end_mark.index, value.start_mark.index)
        children[0].lead = [text for _, text in gap] + children[0].lead
        block.lines = [f"{name}:{_remark_of(remark.partition(':')[2])}", *_shift(_join(ordered))]
        return block

    def _sorted(self, blocks: list[_Block], path: _Path) -> list[_Block]:
        return sorted(blocks, key=lambda block: _rank(block.name, self._order(path)))

    def _order(self, path: _Path) -> tuple[str, ...]:
        if not path:
            return ORDER[self.kind]
        if len(path) == 1:
            return _SINGLE.get(path[0], ())
        return _PARTS.get(path[0], ()) if len(path) == 2 else ()

    def _leaf(self, key: Node | None, value: Node, indent: int, path: _Path) -> list[str]:
        """The lines of a value that is no block collection, behind its key or dash."""
        head = self._slice(key) + ":" if key else "-"
        before = self.front[key.end_mark.index : value.start_mark.index] if key else ""
        if "#" in before:
            raise _UnsafeError("a comment between a key and its value")
        end = end_of(self.front, value)
        remark = _remark_of(self.front[end : self._line_end(end)])
        lines = self._value(value, indent + len(head) + 1, indent + 2, len(remark), path)
        if not lines[0]:
            return [head + remark]
        is_block = isinstance(value, ScalarNode) and value.style in ("|", ">")
        too_long = len(lines) > 1 or indent + len(head) + 1 + len(lines[0]) + len(remark) > WIDTH
        if "\n" in before and too_long and not is_block:
            return _with_remark([head, "  " + lines[0], *lines[1:]], remark)
        return _with_remark([f"{head} {lines[0]}", *lines[1:]], remark)

    def _value(self, node: Node, used: int, margin: int, tail: int, path: _Path) -> list[str]:
        text = self.front[node.start_mark.index : end_of(self.front, node)]
        if isinstance(node, ScalarNode):
            if text.startswith("!"):
                raise _UnsafeError("a YAML tag")
            return _set_block(text) if node.style in ("|", ">") else _hang(text)
        pieces = self._pieces(node, path)
        if pieces is None:
            return _hang(text)
        opening, closing = text[0], text[-1]
        line = opening + ", ".join(pieces) + closing
        if "\n" not in text or used + len(line) + tail <= WIDTH:
            return [line]
        return _fill(pieces, opening, closing, used, margin)

    def _pieces(self, node: Node, path: _Path) -> list[str] | None:
        """What a flow collection holds, each on one line; None if that would lose something."""
        at = node.start_mark.index
        if self.front[at] not in "[{":
            return None
        named: list[tuple[str, str]] = []
        for child in node.value:
            key, value = child if isinstance(node, MappingNode) else (None, child)
            name = str(key.value) if key else ""
            text = self._one_line(value, (*path, name or "*"))
            gaps = [self.front[at : (key or value).start_mark.index]]
            if key:
                gaps.append(self.front[key.end_mark.index : value.start_mark.index])
            if text is None or any(set(gap) - _INDICATORS for gap in gaps):
                return None
            named.append((name, f"{self._slice(key)}: {text}" if key else text))
            at = value.end_mark.index
        if set(self.front[at : node.end_mark.index]) - _INDICATORS or any("\n" in text for _, text in named):
            return None
        order = self._order(path) if isinstance(node, MappingNode) else ()
        return [text for _, text in sorted(named, key=lambda pair: _rank(pair[0], order))]

    def _one_line(self, node: Node, path: _Path) -> str | None:
        if isinstance(node, ScalarNode):
            return self._slice(node)
        pieces = self._pieces(node, path)
        if pieces is None:
            return None
        return self.front[node.start_mark.index] + ", ".join(pieces) + self.front[node.end_mark.index - 1]

    def _gap(self, start: int, end: int, *, first: bool = False) -> list[_Remark]:
        """The comments and blank lines between two values, the rest of the first line left out unless
        nothing stands before it."""
        lines = self.front[start:end].split("\n")
        found: list[_Remark] = []
        is_below_dash = False
        for line in lines if first else lines[1:]:
            text = line.strip()
            is_dash = text.startswith("-")
            is_below_dash |= is_dash
            if text.startswith("?"):
                raise _UnsafeError("a key after a question mark")
            if is_dash:
                text = text[1:].strip()
            if text or not is_dash:
                found.append((0 if is_below_dash else len(line) - len(line.lstrip()), text))
        is_rest_blank = bool(found) and not lines[-1].strip()
        return found[:-1] if is_rest_blank else found

    def _slice(self, node: Node | None) -> str:
        return self.front[node.start_mark.index : node.end_mark.index] if node else ""

    def _line_end(self, index: int) -> int:
        end = self.front.find("\n", index)
        return len(self.front) if end < 0 else end


def _rank(name: str, order: tuple[str, ...]) -> int:
    """Keys that are not known stand last, in the order in which they were written."""
    return order.index(name) if name in order else len(order)


def _share(gap: list[_Remark], column: int) -> tuple[list[_Remark], list[str]]:
    """The comments between two entries: those further in belong to the entry above, the rest below."""
    count = 0
    for number, (at, text) in enumerate(gap):
        if text and at <= column:
            break
        if text:
            count = number + 1
    return gap[:count], [text for _, text in gap[count:]]


def _add_tail(block: _Block, remarks: list[_Remark], indent: int) -> None:
    for column, text in remarks:
        new = [new for old, new in block.columns if old <= column][-1:] or [indent]
        block.lines.append(" " * (new[0] - indent) + text if text else "")


def _join(blocks: Iterable[_Block]) -> list[str]:
    return [line for block in blocks for line in (*_collapse(block.lead), *block.lines)]


def _collapse(lines: Iterable[str]) -> list[str]:
    """Comments with at most one blank line between them."""
    shown: list[str] = []
    for line in lines:
        if line or not shown or shown[-1]:
            shown.append(line)
    return shown


def _trim(lines: list[str]) -> list[str]:
    while lines and not lines[0]:
        lines = lines[1:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _shift(lines: Iterable[str]) -> list[str]:
    return ["  " + line if line else "" for line in lines]


def _remark_of(text: str) -> str:
    """The comment in the rest of a line, with the blanks before it as they are."""
    match = _REMARK.match(text)
    return match.group().rstrip() if match else ""


def _with_remark(lines: list[str], remark: str) -> list[str]:
    return [*lines[:-1], lines[-1] + remark]


def _hang(text: str) -> list[str]:
    """A text over lines, all but the first below the first; blanks at the head of a line mean nothing."""
    first, *others = text.split("\n")
    return [first, *_shift(line.lstrip(" \t") for line in others)]


def _set_block(text: str) -> list[str]:
    """A literal or folded text, its lines moved as one."""
    header, *lines = text.split("\n")
    if re.match(r"[|>][^\s]*[+0-9]", header):
        raise _UnsafeError("a text block with an indentation or + in its first line")
    column = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return [header, *_shift(line[column:] for line in lines)]


def _fill(pieces: list[str], opening: str, closing: str, used: int, margin: int) -> list[str]:
    """A flow collection broken between its pieces where a line is full; all but the first hang by two."""
    lines, room = [opening], WIDTH - used
    for number, piece in enumerate(pieces):
        text = piece + ("," if number < len(pieces) - 1 else closing)
        blank = "" if lines[-1] == opening else " "
        if lines[-1] != opening and len(lines[-1]) + len(blank) + len(text) > room:
            lines.append(text)
            room = WIDTH - margin
        else:
            lines[-1] += blank + text
    return [lines[0], *_shift(lines[1:])]
