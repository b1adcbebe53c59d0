"""Edits of a record's text that keep every byte they do not mean to change: revise, withdraw, rename.

Texts are what the bytes of a file say in UTF-8, byte order mark and line ends included. The place of
each value comes from the YAML parser, and nothing is dumped anew. Every result is parsed again and must
say exactly what was asked for: an edit that cannot be made safely is a ConfigError and no text at all.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from threatbrief.errors import ConfigError
from threatbrief.model import Instant, format_instant
from threatbrief.model.markup import LINK_STOP
from threatbrief.model.text import Slug
from threatbrief.model.vocab import RevisionKind, Status
from threatbrief.records.layout import WIDTH, Manuscript, end_of, read_manuscript

_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)
_SLUG: Final[TypeAdapter[str]] = TypeAdapter(Slug)
_PLAIN: Final = re.compile(r"[^\W_](?:[\w .()/;'-]*[\w.)])?")
_NULLS: Final = frozenset({"null", "Null", "NULL"})
_LINK: Final = re.compile(r"\[\[([A-Za-z0-9-]+)(?=\]\]|\|)")
_CODE_FENCE: Final = re.compile(r"(`{3,}|~{3,})")
_TICKS: Final = re.compile(r"(?<!`)(`+)(?!`)")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def revise(text: str, at: datetime, kind: RevisionKind, note: str) -> str:
    """The text with one more revision at the end of `revisions`, in the style of the list that is there.

    `at` has a time zone and is later than every earlier revision and no earlier than the publication.
    ConfigError if it is not, if the note is empty, or if the front matter has faults of form.
    """
    manuscript = read_manuscript(text)
    note = _one_line(note, "the note")
    if at.tzinfo is None:
        raise ConfigError("a revision's instant needs a time zone: 2026-12-01T10:00:00Z")
    at = at.replace(microsecond=0)
    _check_later(manuscript.document.front, at)
    revision = {"at": format_instant(at), "kind": str(kind), "note": note}
    return _append(manuscript, "revisions", revision)


def withdraw(text: str, at: datetime, reason: str) -> str:
    """The text with status withdrawn, the reason, and a retraction that gives it too.

    ConfigError for a draft, which nobody has cited, for a record that is withdrawn already, and as `revise`.
    """
    reason = _one_line(reason, "the reason")
    status = read_manuscript(text).document.front.get("status")
    if status != Status.PUBLISHED.value:
        told = "withdrawn already" if status == Status.WITHDRAWN.value else "a draft; delete it instead"
        raise ConfigError(f"the record is {told}")
    edited = _set(read_manuscript(text), "status", Status.WITHDRAWN.value)
    edited = _set(read_manuscript(edited), "reason", reason, after="status")
    return revise(edited, at, RevisionKind.RETRACTION, reason)


def rename(text: str, new_id: str, at: datetime, note: str) -> str:
    """The text of an actor or software under a new id: the old one goes to the end of `formerly`, where
    it makes a redirect, a revision is added, and links of the body to the record itself follow.

    ConfigError for an incident, whose id is permanent, for an id that is no slug, and for the present id
    or a former one: a former id stays an address that leads here. Other records: `rename_references`.
    """
    manuscript = read_manuscript(text)
    front = manuscript.document.front
    old_id = front.get("id")
    if "title" in front or "disclosed" in front or "name" not in front:
        raise ConfigError("an incident's id is permanent; only actors and software can be renamed")
    if not isinstance(old_id, str):
        raise ConfigError("the record has no id")
    new_id = _read_slug(new_id)
    if new_id == old_id:
        raise ConfigError(f"the id is {new_id!r} already")
    if new_id in (front.get("formerly") or ()):
        raise ConfigError(f"{new_id!r} is a former id of this record and leads to it; choose another")
    edited = _set(manuscript, "id", new_id)
    edited = _rename_links(read_manuscript(edited), old_id, new_id)
    edited = revise(edited, at, RevisionKind.UPDATE, note)
    return _append(read_manuscript(edited), "formerly", old_id)


def rename_references(
    text: str,
    old: str,
    new: str,
    kind: Literal["actors", "software"] | None = None,
    *,
    links: bool = True,
) -> str:
    """The text with `new` where it names the actor or software `old`; the same text if it never does.

    Front matter: the actor of the assessment and an actor's parent, and the list of software; `kind`
    keeps to one of the two where an actor and a software share an id. Body: `[[old]]` and
    `[[old|text]]` outside of code, unless `links` is off, which it must be for a software whose id is
    also an actor's, for then the link means the actor. No revision is added: `revise` the texts of
    published records that differ. ConfigError if `new` is no slug or the front matter has faults of form.
    """
    new = _read_slug(new)
    manuscript = read_manuscript(text)
    nodes = [node for place, node in _references(manuscript.root) if kind in (None, place)]
    named = [node for node in nodes if node.value == old and node.style not in ("|", ">")]
    splices = [_Splice(*_span(node), _like(node, new)) for node in named]

    def expect(front: dict[str, Any]) -> dict[str, Any]:
        return _with_references(front, old, new, kind) if named else front

    edited = _finish(manuscript, splices, expect)
    return _rename_links(read_manuscript(edited), old, new) if links else edited


@dataclass(frozen=True, slots=True)
class _Splice:
    """Characters of the front matter from `start` to `end` that give way to `text`."""

    start: int
    end: int
    text: str


def _finish(
    manuscript: Manuscript,
    splices: Iterable[_Splice],
    expect: Callable[[dict[str, Any]], dict[str, Any]],
) -> str:
    """The whole text after the splices, once it is proved to hold the front matter that is expected."""
    front = manuscript.front
    for splice in sorted(splices, key=lambda splice: splice.start, reverse=True):
        text = splice.text.replace("\n", manuscript.newline)
        front = front[: splice.start] + text + front[splice.end :]
    edited = manuscript.head + front + manuscript.rest
    wanted = expect(manuscript.document.front)
    try:
        document = read_manuscript(edited).document
    except ConfigError as fault:
        raise ConfigError(f"this front matter cannot be edited safely; edit it by hand ({fault})") from None
    if document.front != wanted or document.body != manuscript.document.body:
        raise ConfigError("this front matter cannot be edited safely; edit it by hand")
    return edited


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _find(root: MappingNode, key: str) -> Node | None:
    return next((value for name, value in root.value if name.value == key), None)


def _check_later(front: dict[str, Any], at: datetime) -> None:
    revisions = front.get("revisions") or []
    for revision in revisions if isinstance(revisions, list) else []:
        earlier = _read_instant(revision.get("at") if isinstance(revision, dict) else None)
        if earlier and at <= earlier:
            told = f"{format_instant(at)} is not later than the revision of {format_instant(earlier)}"
            raise ConfigError(told)
    published = _read_instant(front.get("published"))
    if published and at < published:
        raise ConfigError(f"{format_instant(at)} is before the publication, {format_instant(published)}")


def _read_instant(given: object) -> datetime | None:
    """An instant of the record; None where it is none, which `check` tells of."""
    try:
        return _INSTANT.validate_python(given)
    except ValidationError:
        return None


def _read_slug(given: str) -> str:
    try:
        return _SLUG.validate_python(given)
    except ValidationError as fault:
        raise ConfigError(str(fault.errors()[0]["msg"]).removeprefix("Value error, ")) from None


def _one_line(text: str, what: str) -> str:
    """Text as the model reads a line: runs of white space folded."""
    folded = " ".join(text.split())
    if not folded:
        raise ConfigError(f"{what} is empty")
    return folded


def _quote(text: str) -> str:
    """Text as a YAML scalar that is safe in block and flow: plain where it can be, else in double quotes."""
    if _PLAIN.fullmatch(text) and text not in _NULLS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _like(node: ScalarNode, slug: str) -> str:
    """A slug in the quotes of the scalar whose place it takes."""
    mark = node.style if node.style in ("'", '"') else ""
    return f"{mark}{slug}{mark}" if mark else _quote(slug)


def _flow(value: str | dict[str, str]) -> str:
    if isinstance(value, str):
        return _quote(value)
    return "{" + ", ".join(f"{key}: {_scalar_of(key, text)}" for key, text in value.items()) + "}"


def _scalar_of(key: str, text: str) -> str:
    """An instant needs no quotes although it has colons: none of them is followed by a blank."""
    return text if key == "at" else _quote(text)


def _entry(key: str, text: str, column: int) -> str:
    """A line `key: text`, or where that is too long a folded text below the key; `column` is the key's."""
    line = f"{key}: {_scalar_of(key, text)}"
    if column + len(line) <= WIDTH:
        return line
    margin = " " * (column + 2)
    wrapped = textwrap.wrap(text, WIDTH - column - 2, break_long_words=False, break_on_hyphens=False)
    return "\n".join((f"{key}: >-", *(margin + part for part in wrapped)))


def _block(value: str | dict[str, str], column: int, like: Node | None) -> str:
    """A list's entry from its dash on: in flow if the one before it is and it fits on a line."""
    flow = f"- {_flow(value)}"
    in_flow = not isinstance(like, MappingNode) or bool(like.flow_style)
    if isinstance(value, str) or (in_flow and column + len(flow) <= WIDTH):
        return flow
    margin = " " * (column + 2)
    return "- " + f"\n{margin}".join(_entry(key, text, column + 2) for key, text in value.items())


def _append(manuscript: Manuscript, key: str, value: str | dict[str, str]) -> str:
    """The text with one more value at the end of a list of the front matter."""
    node = _find(manuscript.root, key)
    if node is None:
        splice = _append_key(manuscript, key, value)
    elif isinstance(node, SequenceNode):
        splice = (
            _append_flow(manuscript, node, value)
            if node.flow_style
            else _append_block(manuscript, node, value)
        )
    elif isinstance(node, ScalarNode) and manuscript.document.front[key] is None:
        lead = "" if manuscript.front[node.start_mark.index - 1] in " \t" else " "
        splice = _Splice(*_span(node), f"{lead}[{_flow(value)}]")
    else:
        raise ConfigError(f"{key} is no list")

    def expect(front: dict[str, Any]) -> dict[str, Any]:
        return {**front, key: [*(front.get(key) or []), value]}

    return _finish(manuscript, [splice], expect)


def _append_key(manuscript: Manuscript, key: str, value: str | dict[str, str]) -> _Splice:
    if manuscript.root.flow_style:
        end = manuscript.root.value[-1][1].end_mark.index
        return _Splice(end, end, f", {key}: [{_flow(value)}]")
    column = manuscript.root.start_mark.column
    margin = " " * column
    if isinstance(value, str):
        added = f"{margin}{key}: [{_flow(value)}]\n"
    else:
        added = f"{margin}{key}:\n{margin}  {_block(value, column + 2, None)}\n"
    end = len(manuscript.front)
    return _Splice(end, end, added)


def _append_flow(manuscript: Manuscript, node: SequenceNode, value: str | dict[str, str]) -> _Splice:
    front = manuscript.front
    if not node.value:
        end = node.end_mark.index - 1
        return _Splice(end, end, _flow(value))
    last = node.value[-1]
    end = last.end_mark.index
    above = front[: last.start_mark.index]
    margin = above[len(above.rstrip(" \t")) :]
    own_line = above.rstrip(" \t")[-1:] in ("\r", "\n")
    return _Splice(end, end, f",\n{margin}{_flow(value)}" if own_line else f", {_flow(value)}")


def _append_block(manuscript: Manuscript, node: SequenceNode, value: str | dict[str, str]) -> _Splice:
    column = node.start_mark.column
    end = _next_line(manuscript.front, end_of(manuscript.front, node))
    return _Splice(end, end, f"{' ' * column}{_block(value, column, node.value[-1])}\n")


def _next_line(front: str, index: int) -> int:
    """Where the next line begins; a place that begins a line is one."""
    if index and front[index - 1] in "\r\n":
        return index
    match = _LINE.match(front, index)
    return match.end() if match else len(front)


def _set(manuscript: Manuscript, key: str, text: str, after: str = "") -> str:
    """The text with a scalar of the front matter set, its key added behind the key `after` if need be."""
    node = _find(manuscript.root, key)
    front = manuscript.front
    if isinstance(node, ScalarNode):
        lead = " " if front[node.start_mark.index - 1] == ":" else ""
        splice = _Splice(node.start_mark.index, end_of(front, node), lead + _quote(text))
    elif node is not None:
        raise ConfigError(f"{key} is no text")
    else:
        splice = _insert(manuscript, key, text, after)
    return _finish(manuscript, [splice], lambda front: {**front, key: text})


def _insert(manuscript: Manuscript, key: str, text: str, after: str) -> _Splice:
    before = _find(manuscript.root, after)
    if before is None:
        raise ConfigError(f"the record has no {after}")
    end = end_of(manuscript.front, before)
    if manuscript.root.flow_style:
        return _Splice(end, end, f", {key}: {_quote(text)}")
    column = manuscript.root.start_mark.column
    end = _next_line(manuscript.front, end)
    return _Splice(end, end, f"{' ' * column}{_entry(key, text, column)}\n")


def _references(root: MappingNode) -> Iterator[tuple[str, ScalarNode]]:
    """The scalars that name a record by its id, with the folder of that record."""
    assessment = _find(root, "assessment")
    actors = [_find(root, "parent")]
    if isinstance(assessment, MappingNode):
        actors.append(_find(assessment, "actor"))
    yield from (("actors", node) for node in actors if isinstance(node, ScalarNode))
    software = _find(root, "software")
    if isinstance(software, SequenceNode):
        yield from (("software", node) for node in software.value if isinstance(node, ScalarNode))


def _with_references(front: dict[str, Any], old: str, new: str, kind: str | None) -> dict[str, Any]:
    """The front matter that a rename of references is to give."""
    changed = dict(front)
    if kind != "software":
        if front.get("parent") == old:
            changed["parent"] = new
        assessment = front.get("assessment")
        if isinstance(assessment, dict) and assessment.get("actor") == old:
            changed["assessment"] = {**assessment, "actor": new}
    software = front.get("software")
    if kind != "actors" and isinstance(software, list):
        changed["software"] = [new if slug == old else slug for slug in software]
    return changed


def _rename_links(manuscript: Manuscript, old: str, new: str) -> str:
    """The text with the links of the body that name `old` naming `new`; code is left as it is."""
    rest = manuscript.rest
    code = sorted(_find_code(rest))
    pieces, at, nearest = [], 0, 0
    for match in _find_links(rest):
        while nearest < len(code) and code[nearest][1] <= match.start():
            nearest += 1
        in_code = nearest < len(code) and code[nearest][0] <= match.start()
        if match.group(1) == old and not in_code:
            pieces += [rest[at : match.start(1)], new]
            at = match.end(1)
    return manuscript.head + manuscript.front + "".join(pieces) + rest[at:]


def _find_links(body: str) -> Iterator[re.Match[str]]:
    """`[[id]]` and `[[id|text]]` up to the end of the id. Linear, whatever is left open."""
    stop = -1
    for match in _LINK.finditer(body):
        end = match.end()
        if body[end] == "]":
            yield match
            continue
        if stop <= end:
            found = LINK_STOP.search(body, end)
            stop = found.start() if found else len(body)
        if stop > end + 1 and body.startswith("]]", stop):
            yield match


def _find_code(body: str) -> Iterator[tuple[int, int]]:
    """Where Markdown has code: closed fenced blocks, and spans between equal runs of backticks, which
    end with their paragraph."""
    lines = [match.span() for match in _LINE.finditer(body)]
    last = {body[slice(*line)].rstrip(): number for number, line in enumerate(lines)}
    number = 0
    paragraph: list[tuple[int, int]] = []
    while number < len(lines):
        fence = _CODE_FENCE.match(body, lines[number][0])
        end = None
        if fence and last.get(fence.group(1), 0) > number:
            end = number + 1
            while body[slice(*lines[end])].rstrip() != fence.group(1):
                end += 1
        if end is not None or not body[slice(*lines[number])].strip():
            yield from _find_spans(body, paragraph)
            paragraph = []
        else:
            paragraph.append(lines[number])
        if end is not None:
            yield lines[number][0], lines[end][1]
            number = end
        number += 1
    yield from _find_spans(body, paragraph)


def _find_spans(body: str, paragraph: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    if not paragraph:
        return
    runs = list(_TICKS.finditer(body, paragraph[0][0], paragraph[-1][1]))
    last = {run.group(1): index for index, run in enumerate(runs)}
    index = 0
    while index < len(runs):
        ticks = runs[index].group(1)
        if last[ticks] > index:
            closer = next(i for i in range(index + 1, len(runs)) if runs[i].group(1) == ticks)
            yield runs[index].start(), runs[closer].end()
            index = closer
        index += 1
