"""Counts of what incidents have in common, as bars and as a heat map of techniques."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.reference.model import DOMAINS
from threatbrief.views.common import Link, plural
from threatbrief.views.incident import TACTIC_FALLBACK, tactic_name

_BAR_WIDTH: Final = 270.0
_BLOCK: Final = 16.0
_ROWS: Final = 10
_ALL_ROWS: Final = 13


@dataclass(frozen=True, slots=True)
class Block:
    x: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One row of a bar table: how many of these records, of how many on the whole site."""

    name: Link
    count: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A table of bars; what comes after the first rows is named without one."""

    rows: tuple[BarRow, ...]
    rest: tuple[Link, ...]
    rest_text: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A technique and in how many of the records it was seen; `level` is its shade, 1 to 3."""

    id: str
    name: str
    href: str
    count: str
    level: int


@dataclass(frozen=True, slots=True)
class HeatColumn:
    tactic: str
    count: str
    cells: tuple[HeatCell, ...]


def country_name(code: str) -> str:
    known = load_reference().country(code)
    return known.name if known else code


def sector_name(slug: str) -> str:
    known = load_reference().sector(slug)
    return known.name if known else slug.replace("-", " ").capitalize()


def country_bars(kb: KnowledgeBase, incidents: Iterable[Incident]) -> Bars | None:
    """Countries of the victims of these records, most often hit first."""
    counts = Counter(code for i in incidents for code in dict.fromkeys(i.targets.countries))
    named = {code: Link(country_name(code), f"countries/{code.lower()}/") for code in counts}
    return _bars(counts, named, {code: len(kb.by_country[code]) for code in counts})


def sector_bars(kb: KnowledgeBase, incidents: Iterable[Incident]) -> Bars | None:
    """Sectors of the victims of these records, most often hit first."""
    counts = Counter(slug for i in incidents for slug in dict.fromkeys(i.targets.sectors))
    named = {slug: Link(sector_name(slug), f"sectors/{slug}/") for slug in counts}
    return _bars(counts, named, {slug: len(kb.by_sector[slug]) for slug in counts})


def _bars(counts: Counter[str], named: dict[str, Link], totals: dict[str, int]) -> Bars | None:
    widest = max(totals.values(), default=0)
    order = sorted(counts, key=lambda key: (-counts[key], -totals[key], named[key].text.casefold(), key))
    if not order:
        return None
    kept = order if len(order) <= _ALL_ROWS else order[:_ROWS]
    rest = order[len(kept) :]
    most = counts[rest[0]] if rest else 0
    return Bars(
        rows=tuple(
            BarRow(named[key], f"{counts[key]} of {totals[key]}", _blocks(counts[key], totals[key], widest))
            for key in kept
        ),
        rest=tuple(sorted((named[key] for key in rest), key=lambda link: (link.text.casefold(), link.href))),
        rest_text=f"And {len(rest)} more, in {plural(most, 'brief')} each{' at most' if most > 1 else ''}",
    )


def _blocks(own: int, total: int, widest: int) -> tuple[Block, ...]:
    """One block a record while there is room for that, else two bars to scale."""
    if widest * (_BLOCK + 2) <= _BAR_WIDTH:
        return tuple(Block(n * (_BLOCK + 2), _BLOCK, "own" if n < own else "rest") for n in range(total))
    split, end = (round(n * _BAR_WIDTH / widest, 1) for n in (own, total))
    rest = (Block(split, round(end - split, 1), "rest"),) if total > own else ()
    return (Block(0, split, "own"), *rest)


def technique_heat(incidents: Sequence[Incident]) -> tuple[HeatColumn, ...]:
    """The techniques seen in these records, each under all its tactics, in the order of the matrix."""
    counts = Counter(id_ for incident in incidents for id_ in dict.fromkeys(techniques_seen(incident)))
    reference = load_reference()
    columns: list[HeatColumn] = []
    placed: set[str] = set()
    for domain in DOMAINS:
        for tactic in reference.tactics(domain):
            members = []
            for id_ in sorted(counts):
                known = reference.technique(id_)
                if known and domain == known.domains[0] and tactic.shortname in known.tactics:
                    members.append(_cell(id_, known.name, counts[id_]))
            placed.update(cell.id for cell in members)
            if members:
                columns.append(
                    HeatColumn(tactic_name(tactic), plural(len(members), "technique"), tuple(members))
                )
    left = [_cell(id_, "", counts[id_]) for id_ in sorted(counts) if id_ not in placed]
    if left:
        columns.append(HeatColumn(TACTIC_FALLBACK, plural(len(left), "technique"), tuple(left)))
    return tuple(columns)


def _cell(technique_id: str, name: str, count: int) -> HeatCell:
    level = 1 if count == 1 else 2 if count < 5 else 3
    return HeatCell(technique_id, name, f"techniques/{technique_id.lower()}/", plural(count, "record"), level)
