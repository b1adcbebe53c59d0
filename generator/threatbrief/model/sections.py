"""Sections of a body with a marking of their own: `::: tlp AMBER` … `:::`, each on a line of its own.

A section may hold sections; what stands in one is marked as the highest of those around it. What
cannot be read for sure is marked RED, so that a filter that trusts this file shows too little,
never too much.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from threatbrief.model.tlp import Tlp, highest

FaultKind = Literal[
    "unknown-label", "unclosed", "stray-close", "not-a-section", "legacy-label", "lower-inside"
]

_FENCE: Final = re.compile(r"^[ \t>]*(?:[-+*]|\d+[.)])?[ \t>]*:::.*$", re.MULTILINE)
_OPEN: Final = re.compile(r":::[ \t]*tlp[ \t]+(\S+)[ \t]*", re.IGNORECASE)
_CLOSE: Final = re.compile(r":::[ \t]*")


@dataclass(frozen=True, slots=True)
class SectionFault:
    """Something that looks like a section and is none; `offset` counts characters of the body."""

    kind: FaultKind
    offset: int
    text: str


@dataclass(frozen=True)
class Sections:
    """A body cut at its fences: pieces of text, each with the marking of the sections around it.

    `pieces` are (start, end, marking) without the fence lines; None is the record's own marking.
    """

    pieces: tuple[tuple[int, int, Tlp | None], ...]
    faults: tuple[SectionFault, ...] = ()

    def marking_at(self, offset: int) -> Tlp | None:
        """The marking of the section around a character of the body, None outside of all."""
        index = bisect_right(self._starts, offset) - 1
        return self.pieces[index][2] if index >= 0 else None

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _, _ in self.pieces]

    @property
    def highest(self) -> Tlp:
        """The highest marking of all sections."""
        return highest(*(marking for _, _, marking in self.pieces))


def parse_sections(body: str) -> Sections:
    """The sections of a body, and every fault in them. Linear in its length."""
    if ":::" not in body:
        return Sections(((0, len(body), None),))
    pieces: list[tuple[int, int, Tlp | None]] = []
    faults: list[SectionFault] = []
    open_sections: list[tuple[Tlp, int, str]] = []
    at = 0
    for match in _FENCE.finditer(body):
        line = match.group()
        pieces.append((at, match.start(), open_sections[-1][0] if open_sections else None))
        at = match.end() + 1
        if _CLOSE.fullmatch(line):
            if open_sections:
                open_sections.pop()
            else:
                faults.append(SectionFault("stray-close", match.start(), line))
            continue
        outer = open_sections[-1][0] if open_sections else Tlp.CLEAR
        marking, fault = _read_label(line)
        if fault:
            faults.append(SectionFault(fault, match.start(), line.strip()))
        elif marking.rank < outer.rank:
            faults.append(SectionFault("lower-inside", match.start(), line.strip()))
        open_sections.append((highest(outer, marking), match.start(), line.strip()))
    pieces.append((at, len(body), open_sections[-1][0] if open_sections else None))
    faults += [SectionFault("unclosed", offset, line) for _, offset, line in open_sections]
    return Sections(tuple(pieces), tuple(sorted(faults, key=lambda fault: fault.offset)))


def _read_label(line: str) -> tuple[Tlp, FaultKind | None]:
    match = _OPEN.fullmatch(line)
    if not match:
        return Tlp.RED, "not-a-section"
    label = match.group(1)
    if label == "WHITE":
        return Tlp.CLEAR, "legacy-label"
    if label not in Tlp.__members__.values():
        return Tlp.RED, "unknown-label"
    return Tlp(label), None


def cut_sections(body: str, ceiling: Tlp) -> tuple[str, Tlp]:
    """The body without the sections above the ceiling and without fences, and the highest marking left."""
    sections = parse_sections(body)
    kept = [piece for piece in sections.pieces if piece[2] is None or piece[2].rank <= ceiling.rank]
    text = "".join(body[start:end] for start, end, _ in kept)
    return text, highest(*(marking for start, end, marking in kept if body[start:end].strip()))
