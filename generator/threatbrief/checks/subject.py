"""What checks look at: the corpus with its surroundings, and one record of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from threatbrief.checks.finding import Finding
from threatbrief.checks.prose import blank_code
from threatbrief.checks.spelling import Known
from threatbrief.checks.walk import SENTENCES, TYPED, walk_dates, walk_texts
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
    None skips what needs a disk. `missing` tells which characters of a text the PDF's fonts lack.
    """

    kb: KnowledgeBase
    reference: Reference
    today: date | None = None
    root: Path | None = None
    missing: Callable[[str], tuple[str, ...]] | None = None

    def subjects(self) -> Iterator[Subject]:
        """Each record in turn; made anew each time, for what a subject has worked out takes room."""
        return (Subject(record, self) for record in self.kb.records)

    @cached_property
    def _known(self) -> dict[tuple[str, ...], Known]:
        return {}

    def known(self, ceiling: Tlp, *kinds: str) -> Known:
        """The ids of some kinds that a hint under a marking may name: nothing marked higher."""
        key = (ceiling.value, *kinds)
        if key not in self._known:
            self._known[key] = Known(
                record_id
                for kind in kinds
                for record_id, marking in self.markings[kind].items()
                if marking is not None and _is_within(marking, ceiling)
            )
        return self._known[key]

    def known_names(self, ceiling: Tlp) -> Known:
        """The names of actors that a hint under a marking may tell."""
        key = (ceiling.value, "names")
        if key not in self._known:
            self._known[key] = Known(
                name
                for actor in self.kb.actors
                if _is_within(actor.tlp, ceiling)
                for name in (actor.name, *(c.name for c in actor.names if _is_within(c.tlp, ceiling)))
            )
        return self._known[key]

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
        return tuple(walk_texts(self.record, SENTENCES))

    @cached_property
    def every_text(self) -> tuple[tuple[Location, str], ...]:
        """Every text that a curator typed into the front matter, names and addresses too."""
        return tuple(walk_texts(self.record, TYPED))

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
        return tuple(walk_dates(self.record))

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


def _is_within(marking: Tlp | None, ceiling: Tlp) -> bool:
    return marking is None or marking.rank <= ceiling.rank
