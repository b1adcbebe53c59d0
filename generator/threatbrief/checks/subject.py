"""What checks look at: the corpus with its surroundings, and one record of it."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from threatbrief.checks.finding import Finding
from threatbrief.checks.prose import blank_code
from threatbrief.diagnostics import Span
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, PartialDate, Record, Software, Sourced, Tlp, highest
from threatbrief.model.origin import Location
from threatbrief.model.sections import Sections, parse_sections
from threatbrief.model.vocab import Status
from threatbrief.reference import Reference


@dataclass(frozen=True)
class Corpus:
    """All records, those that failed validation included, and what they are checked against.

    `today` None skips what needs a clock; `root`, the folder that origins' paths are relative to,
    None skips what needs a disk.
    """

    kb: KnowledgeBase
    reference: Reference
    today: date | None = None
    root: Path | None = None

    def subjects(self) -> Iterator[Subject]:
        """Each record in turn; made anew each time, for what a subject has worked out takes room."""
        return (Subject(record, self) for record in self.kb.records)

    @cached_property
    def drafts(self) -> frozenset[tuple[str, str]]:
        """Kind and id of every draft."""
        return frozenset(
            (type(record).__name__.lower(), record.id)
            for record in self.kb.records
            if record.status is Status.DRAFT and record.origin.is_sound("status")
        )

    @cached_property
    def highest(self) -> Tlp:
        """The highest marking of any record."""
        return highest(*{record.tlp for record in self.kb.records})

    @cached_property
    def markings(self) -> Mapping[str, Mapping[str, Tlp | None]]:
        """Kind → id → marking; None where the record does not state a valid one."""
        kinds: tuple[tuple[str, Iterable[Record]], ...] = (
            ("incident", self.kb.incidents),
            ("actor", self.kb.actors),
            ("software", self.kb.software),
        )
        return {
            kind: {r.id: r.tlp if r.origin.is_sound("tlp") else None for r in records}
            for kind, records in kinds
        }


class Subject:
    """One record under check. Methods that make findings return None for a place that is unsound."""

    def __init__(self, record: Record, corpus: Corpus) -> None:
        self.record, self.corpus = record, corpus
        self.reference = corpus.reference
        self.incident = record if isinstance(record, Incident) else None
        self.actor = record if isinstance(record, Actor) else None
        self.software = record if isinstance(record, Software) else None
        self.is_sound: Callable[..., bool] = record.origin.is_sound

    @cached_property
    def prose(self) -> str:
        """The body with the text of code blanked out, of the same length."""
        return blank_code(self.record.body)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts, at = [0], -1
        while (at := self.record.body.find("\n", at + 1)) >= 0:
            starts.append(at + 1)
        return starts

    def body_span(self, offset: int) -> Span:
        """The place of a character of the body."""
        line = bisect_right(self._line_starts, offset) - 1
        return self.record.origin.body_span(line, offset - self._line_starts[line] + 1)

    def at(
        self, location: Location, message: str, hint: str = "", quotes: Tlp = Tlp.CLEAR
    ) -> Iterator[Finding]:
        """A finding at a key; nothing where validation already found fault with it.

        `quotes` is the marking of what the message tells of other records.
        """
        if self.is_sound(*location):
            span, marking = self.record.origin.span(*location), highest(self.marking_of(location), quotes)
            yield Finding(self.record, span, location, message, hint, marking)

    def in_body(
        self, offset: int, message: str, hint: str = "", quotes: Tlp = Tlp.CLEAR
    ) -> Iterator[Finding]:
        """A finding at a character of the body."""
        marking = highest(self.marking_at(offset), quotes)
        yield Finding(self.record, self.body_span(offset), (), message, hint, marking)

    @cached_property
    def sections(self) -> Sections:
        return parse_sections(self.record.body)

    def marking_at(self, offset: int) -> Tlp:
        """The marking under which a character of the body is published."""
        return highest(self.record.tlp, self.sections.marking_at(offset))

    def marking_of(self, location: Location) -> Tlp:
        """The marking under which a key's value is published."""
        part: object = getattr(self.record, str(location[0]), None) if location else None
        if isinstance(part, tuple) and len(location) > 1 and isinstance(location[1], int):
            part = part[location[1]]
        marking = getattr(part, "tlp", None)
        return highest(self.record.tlp, marking if isinstance(marking, Tlp) else None)

    @cached_property
    def front(self) -> str:
        """The front matter as one text, addresses and indicators left out: what is not in here need not
        be looked for in `texts`. JSON, because that costs least."""
        return self.record.model_dump_json(exclude=_NOT_IN_FRONT)

    @cached_property
    def front_lower(self) -> str:
        return self.front.lower()

    @cached_property
    def body_lower(self) -> str:
        return self.record.body.lower()

    @cached_property
    def texts(self) -> tuple[tuple[Location, str], ...]:
        """Every sentence of our own or of others in the front matter, with its place; no names."""
        return tuple(_walk(self.record, _SENTENCES))

    @cached_property
    def every_text(self) -> tuple[tuple[Location, str], ...]:
        """Every text that a curator typed into the front matter, names and addresses too."""
        return tuple(_walk(self.record, _TYPED))

    @cached_property
    def statements(self) -> tuple[tuple[Location, Sourced], ...]:
        """Every part that a reader could dispute, with its place."""
        names = _SOURCED[type(self.record)]
        return tuple(
            ((name, index), part) for name in names for index, part in enumerate(getattr(self.record, name))
        )

    @cached_property
    def cited(self) -> frozenset[str]:
        """The sources that the front matter mentions."""
        found: set[str] = set()
        for _, part in self.statements:
            found.update(part.sources)
        if self.incident and self.incident.assessment:
            found.update(self.incident.assessment.sources)
        return frozenset(found)

    @cached_property
    def citations(self) -> tuple[tuple[Location, str], ...]:
        """Every mention of a source in the front matter, with its place."""
        found = [
            ((*where, "sources", index), source)
            for where, part in self.statements
            for index, source in enumerate(part.sources)
        ]
        if self.incident and self.incident.assessment:
            sources = enumerate(self.incident.assessment.sources)
            found += [(("assessment", "sources", index), source) for index, source in sources]
        return tuple(found)

    @cached_property
    def dates(self) -> tuple[tuple[Location, PartialDate], ...]:
        """Every date of the record, with its place."""
        return tuple(_dates(self.record))

    @cached_property
    def source_ids(self) -> frozenset[str]:
        return frozenset(source.id for source in self.record.sources)


_SOURCED: Mapping[type[Record], tuple[str, ...]] = {
    Incident: (
        "attribution",
        "techniques",
        "vulnerabilities",
        "timeline",
        "response",
        "indicators",
        "figures",
    ),
    Actor: ("names", "suspected_country", "sponsor"),
    Software: ("names",),
}


_NOT_IN_FRONT: Any = {
    "body": True,
    "origin": True,
    "sources": {"__all__": {"url", "archived"}},
    "indicators": {"__all__": {"value"}},
}
_SENTENCES = frozenset(
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
_TYPED = _SENTENCES | frozenset(
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


def _walk(record: Record, wanted: frozenset[str]) -> Iterator[tuple[Location, str]]:
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


def _dates(record: Record) -> Iterator[tuple[Location, PartialDate]]:
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


_FEW = 400


def suggest(given: str, known: Iterable[str]) -> str:
    """`did you mean 'kimsuky'?` for the nearest of the known, if any is near; else nothing.

    Of many, only those are held against it that begin or end like it: the time stays bounded.
    """
    sought = given.casefold()[:100]
    folded = {name.casefold(): name for name in known}
    if len(folded) > _FEW:
        alike = (n for n in folded if n[:3] == sought[:3] and n[-2:] == sought[-2:])
        folded = {name: folded[name] for name in islice(alike, _FEW)}
    close = difflib.get_close_matches(sought, folded, n=1, cutoff=0.72)
    return f"did you mean {folded[close[0]]!r}?" if close else ""
