"""A record file split into front matter and body, the front matter parsed with the place of every key.

YAML 1.2 scalars, and stricter: a plain scalar stays the text that was typed (`NO`, `1:30`, `2019-12`),
`null`, `~` and nothing are None. Anchors, aliases, tags, merge keys, keys that are not text and
repeated keys are faults: they hide from a reader what a record says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from threatbrief.diagnostics import Diagnostic, Span
from threatbrief.model import Tlp
from threatbrief.model.origin import Location
from threatbrief.records.files import MAX_BYTES

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_DELIMITER: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_DEPTH: Final = 20
_VALUES: Final = 200_000
_TOLD: Final = 50
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A record file, parsed: plain values, the place of each, and the body."""

    front: dict[str, Any]
    places: dict[Location, tuple[int, int]]
    body: str
    body_line: int


class _ParseError(Exception):
    """Ends the parse of one file; carries its diagnostic."""

    def __init__(self, code: str, line: int, column: int, message: str, hint: str) -> None:
        self.code, self.line, self.column, self.message, self.hint = code, line, column, message, hint
        super().__init__(message)


def parse_document(path: str, content: bytes) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """Bytes of a record file → document and faults; None where the file cannot be parsed at all."""
    faults: list[_ParseError] = []
    document = None
    try:
        text = _replace_forbidden(_decode(content), faults)
        document = _Parser(*_split(text), faults=faults).parse()
    except _ParseError as fault:
        faults.append(fault)
    return document, tuple(_diagnose(path, fault) for fault in faults[:_TOLD])


def _diagnose(path: str, fault: _ParseError) -> Diagnostic:
    """What libyaml says may quote the file, whose marking is not known then: it counts as RED."""
    span = Span(path, fault.line, fault.column)
    marking = None if fault.code in _QUOTES_NOTHING else Tlp.RED
    return Diagnostic(fault.code, "error", span, fault.message, fault.hint, marking)


_QUOTES_NOTHING: Final = frozenset(
    {"F001", "F002", "F003", "F004", "F005", "F007", "F008", "F011", "F012", "F019"}
)


def _decode(content: bytes) -> str:
    if not content.strip():
        raise _ParseError("F002", 1, 1, "the file is empty", "write a record, or delete the file")
    if len(content) > MAX_BYTES:
        size = len(content) // 1024
        raise _ParseError("F003", 0, 0, f"the file has {size} KiB", "a record may have 4096 KiB; split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise _ParseError(
            "F001", line, 1, f"the file is not UTF-8 (byte {fault.start})", "save the file as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _replace_forbidden(text: str, faults: list[_ParseError]) -> str:
    """The text with a mark in the place of each forbidden character, which is a fault each."""
    if not _CONTROL.search(text):
        return text
    for match in islice(_CONTROL.finditer(text), _TOLD):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        faults.append(_forbidden(match.group(), line, column))
    return _CONTROL.sub("\ufffd", text)


def _forbidden(character: str, line: int, column: int) -> _ParseError:
    message = f"a control or bidirectional override character, U+{ord(character):04X}"
    return _ParseError(
        "F004", line, column, message, "take it out; XML forbids it or it hides what the text says"
    )


def _split(text: str) -> tuple[str, str, int]:
    """Front matter, body, and the 1-based line on which the body begins."""
    if not _DELIMITER.match(text):
        raise _ParseError(
            "F005", 1, 1, "the file does not begin with front matter", "begin with a line --- , then keys"
        )
    start = text.index("\n") + 1 if "\n" in text else len(text)
    end = _DELIMITER.search(text, start)
    if not end:
        raise _ParseError("F005", 1, 1, "the front matter has no end", "close it with a line ---")
    body = text[end.end() :].removeprefix("\n")
    return text[start : end.start()], body, text.count("\n", 0, end.end()) + 2


@dataclass
class _Parser:
    """One front matter, from libyaml's events to plain values."""

    source: str
    body: str
    body_line: int
    places: dict[Location, tuple[int, int]] = field(default_factory=dict)
    faults: list[_ParseError] = field(default_factory=list)

    def parse(self) -> Document:
        loader = _Loader(self.source)
        try:
            front = self._document(loader)
        except yaml.MarkedYAMLError as fault:
            mark = fault.problem_mark or fault.context_mark
            line = mark.line + 2 if mark else 1
            column = mark.column + 1 if mark else 1
            raise _ParseError(
                "F006",
                line,
                column,
                f"the front matter is not YAML: {fault.problem or fault.context}",
                "put text that holds a colon, #, or a leading sign in quotes",
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError) as fault:
            message = str(fault).splitlines()[0] if str(fault) else "it cannot be read"
            raise _ParseError("F006", 1, 1, f"the front matter is not YAML: {message}", "") from None
        finally:
            loader.dispose()
        return Document(front, self.places, self.body, self.body_line)

    def _fault(self, code: str, event: Any, message: str, hint: str) -> None:
        self.faults.append(
            _ParseError(code, event.start_mark.line + 2, event.start_mark.column + 1, message, hint)
        )

    def _document(self, loader: Any) -> dict[str, Any]:
        loader.get_event()
        start = loader.get_event()
        if not isinstance(start, DocumentStartEvent):
            raise _ParseError("F007", 1, 1, "the front matter has no keys", "see `threatbrief new incident`")
        if start.explicit or start.version or start.tags:
            self._fault("F008", start, "a YAML directive or second document", "keep to plain keys and values")
        event = loader.get_event()
        if not isinstance(event, MappingStartEvent):
            line = event.start_mark.line + 2
            raise _ParseError(
                "F007", line, 1, "the front matter is not a list of keys", "write key: value lines"
            )
        self.places[()] = (2, 1)
        front = self._mapping(loader, event, ())
        loader.get_event()
        after = loader.get_event()
        if isinstance(after, DocumentStartEvent):
            self._fault("F008", after, "a second document in the front matter", "write one record per file")
        return front

    def _value(self, loader: Any, event: Any, where: Location) -> Any:
        self.places.setdefault(where, (event.start_mark.line + 2, event.start_mark.column + 1))
        if isinstance(event, AliasEvent):
            self._fault("F009", event, f"an alias, *{event.anchor}", "write the value out where it is meant")
            return None
        if event.anchor:
            self._fault("F009", event, f"an anchor, &{event.anchor}", "write the value out where it is meant")
        if event.tag and event.tag != "!":
            self._fault("F010", event, f"a YAML tag, {event.tag}", "take the tag out; every value is text")
        if len(where) > _DEPTH:
            raise _ParseError(
                "F011", event.start_mark.line + 2, 1, "nested too deep", "a record has few levels"
            )
        if len(self.places) > _VALUES:
            message = f"more than {_VALUES} values"
            raise _ParseError("F019", event.start_mark.line + 2, 1, message, "split the record")
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(loader, where)
        return self._mapping(loader, event, where)

    def _scalar(self, event: Any) -> str | None:
        """The text of a scalar; an escape in quotes may bring in what the bytes of the file did not hold."""
        if event.style == '"':
            if match := _CONTROL.search(event.value):
                line, column = event.start_mark.line + 2, event.start_mark.column + 1
                self.faults.append(_forbidden(match.group(), line, column))
                return _CONTROL.sub("\ufffd", str(event.value))
        elif event.style in (None, "") and event.value in _NULLS:
            return None
        return str(event.value)

    def _sequence(self, loader: Any, where: Location) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := loader.get_event(), SequenceEndEvent):
            values.append(self._value(loader, event, (*where, len(values))))
        return values

    def _mapping(self, loader: Any, start: Any, where: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := loader.get_event(), MappingEndEvent):
            place = (event.start_mark.line + 2, event.start_mark.column + 1)
            key = self._key(loader, event, where)
            if key in values:
                self._fault("F013", event, f"the key {key!r} is given twice", "keep one of the two")
            self.places.setdefault((*where, key), place)
            value = self._value(loader, loader.get_event(), (*where, key))
            values.setdefault(key, value)
        return values

    def _key(self, loader: Any, event: Any, where: Location) -> str:
        if not isinstance(event, ScalarEvent):
            self._fault("F012", event, "a key that is not text", "write plain words as keys")
            self._value(loader, event, (*where, "?"))
            return f"?{len(self.places)}"
        if event.anchor or (event.tag and event.tag != "!"):
            self._fault("F010", event, "an anchor or tag on a key", "write plain words as keys")
        return self._scalar(event) or str(event.value)
