"""What checks look at: the corpus with its surroundings, and one record of it."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from threatbrief.checks.finding import Finding
from threatbrief.checks.prose import blank_code
from threatbrief.diagnostics import Span
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Software, Sourced, Tlp
from threatbrief.model.origin import Location
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

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        return tuple(Subject(record, self) for record in self.kb.records)

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
        """A finding at a key; nothing where validation already found fault with it."""
        if self.is_sound(*location):
            yield Finding(self.record, self.record.origin.span(*location), location, message, hint, quotes)

    def in_body(
        self, offset: int, message: str, hint: str = "", quotes: Tlp = Tlp.CLEAR
    ) -> Iterator[Finding]:
        """A finding at a character of the body."""
        yield Finding(self.record, self.body_span(offset), (), message, hint, quotes)

    @cached_property
    def statements(self) -> tuple[tuple[Location, Sourced], ...]:
        """Every part that a reader could dispute, with its place."""
        names = _SOURCED[type(self.record)]
        return tuple(
            ((name, index), part) for name in names for index, part in enumerate(getattr(self.record, name))
        )

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


def suggest(given: str, known: Iterable[str]) -> str:
    """`did you mean 'kimsuky'?` for the nearest of the known, if any is near; else nothing."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(given.casefold(), folded, n=1, cutoff=0.72)
    return f"did you mean {folded[close[0]]!r}?" if close else ""
