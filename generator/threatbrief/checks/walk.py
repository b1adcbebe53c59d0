"""Walks over the parts of a record: its texts and its dates, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import get_args

from pydantic import BaseModel

from threatbrief.model import Actor, Incident, PartialDate, Record, Software
from threatbrief.model.origin import Location

SENTENCES = frozenset(
    {
        "title",
        "summary",
        "question",
        "why",
        "note",
        "event",
        "detail",
        "context",
        "caption",
        "alt",
        "text",
        "reason",
    }
)
TYPED = SENTENCES | frozenset(
    {
        "name",
        "named",
        "by",
        "stated",
        "publisher",
        "url",
        "archived",
        "language",
        "relation",
        "kind",
        "value",
        "file",
    }
)
_LISTED = ("key_points", "victims")


def walk_texts(record: Record, wanted: frozenset[str]) -> Iterator[tuple[Location, str]]:
    """The texts of the wanted fields of a record and of its parts, each with its place."""
    for name, is_text in _fields(type(record), wanted):
        value = getattr(record, name)
        if is_text:
            if value:
                yield (name,), value
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, str):
                    yield (name, index), part
                else:
                    for inner, text in _texts_of(part, wanted):
                        yield (name, index, inner), text
        elif name == "targets":
            yield from (((name, "victims", i), text) for i, text in enumerate(value.victims))
        elif value is not None:
            yield from (((name, inner), text) for inner, text in _texts_of(value, wanted))


def _texts_of(part: BaseModel, wanted: frozenset[str]) -> Iterator[tuple[str, str]]:
    names, read = _reader(type(part), wanted)
    if read:
        yield from ((name, text) for name, text in zip(names, read(part), strict=True) if text)


@cache
def _fields(model: type[Record], wanted: frozenset[str]) -> tuple[tuple[str, bool], ...]:
    """The fields of a record that hold wanted text, or parts that may: name, and whether it is text."""
    found = []
    for name, field in model.model_fields.items():
        if name in wanted and _is_text(field.annotation):
            found.append((name, True))
        elif name in (*_LISTED, "targets") or (
            name not in ("origin", "silence") and _part_of(field.annotation)
        ):
            found.append((name, False))
    return tuple(found)


@cache
def _reader(
    model: type[BaseModel], wanted: frozenset[str]
) -> tuple[tuple[str, ...], Callable[[BaseModel], tuple[str | None, ...]] | None]:
    """The wanted text fields of a part, and what reads them all at once."""
    names = tuple(n for n, field in model.model_fields.items() if n in wanted and _is_text(field.annotation))
    if not names:
        return (), None
    if len(names) == 1:
        return names, lambda part: (getattr(part, names[0]),)
    return names, attrgetter(*names)


def _is_text(annotation: object) -> bool:
    return annotation is str or any(map(_is_text, get_args(annotation)[:2]))


def _part_of(annotation: object) -> bool:
    """Whether an annotation is a part, an optional part or a tuple of parts."""
    inside = (annotation, *get_args(annotation))
    return any(isinstance(one, type) and issubclass(one, BaseModel) for one in inside)


def walk_dates(record: Record) -> Iterator[tuple[Location, PartialDate]]:
    if isinstance(record, Incident):
        yield ("disclosed",), record.disclosed
        if record.occurred:
            yield from _ends(("occurred",), record.occurred.start, record.occurred.end)
        for name in ("attribution", "timeline", "response"):
            for index, part in enumerate(getattr(record, name)):
                if part.date:
                    yield (name, index, "date"), part.date
        for index, indicator in enumerate(record.indicators):
            if indicator.first_seen:
                yield ("indicators", index, "first_seen"), indicator.first_seen
            if indicator.last_seen:
                yield ("indicators", index, "last_seen"), indicator.last_seen
    if isinstance(record, Actor) and record.active:
        yield from _ends(("active",), record.active.start, record.active.end)
    for index, claim in enumerate(record.names if isinstance(record, Actor | Software) else ()):
        if claim.since:
            yield ("names", index, "since"), claim.since
    for index, source in enumerate(record.sources):
        if source.date:
            yield ("sources", index, "date"), source.date


def _ends(
    where: Location, start: PartialDate | None, end: PartialDate | None
) -> Iterator[tuple[Location, PartialDate]]:
    if start:
        yield (*where, "from"), start
    if end and end != start:
        yield (*where, "to"), end
