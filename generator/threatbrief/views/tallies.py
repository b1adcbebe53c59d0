"""Counts of what the victims of incidents have in common, as bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.views.common import Link
from threatbrief.views.matrix import technique_name

_BAR_WIDTH: Final = 270.0
_BLOCK: Final = 16.0
_ROWS: Final = 10
_ALL_ROWS: Final = 13
_LINKED: Final = 20
"""How many of those without a bar are links."""


@dataclass(frozen=True, slots=True)
class Block:
    x: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One row of a bar table: how many of these records, and on a small site of how many of all."""

    name: Link
    count: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Something and how many of the records have it."""

    name: Link
    count: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A table of bars; what comes after the first rows has its number without one.

    `rest` are links, `rest_text` names what comes after those.
    """

    rows: tuple[BarRow, ...]
    rest: tuple[Counted, ...]
    rest_text: str


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
    return _bars(counts, named, kb.totals("by_country", *sorted(counts)))


def sector_bars(kb: KnowledgeBase, incidents: Iterable[Incident]) -> Bars | None:
    """Sectors of the victims of these records, most often hit first."""
    counts = Counter(slug for i in incidents for slug in dict.fromkeys(i.targets.sectors))
    named = {slug: Link(sector_name(slug), f"sectors/{slug}/") for slug in counts}
    return _bars(counts, named, kb.totals("by_sector", *sorted(counts)))


def technique_bars(kb: KnowledgeBase, incidents: Iterable[Incident]) -> Bars | None:
    """The techniques seen most often in these records; of the others only how many they are."""
    counts = Counter(id_ for incident in incidents for id_ in dict.fromkeys(techniques_seen(incident)))
    order = sorted(counts, key=lambda id_: (-counts[id_], id_))
    kept = Counter({id_: counts[id_] for id_ in (order if len(order) <= _ALL_ROWS else order[:_ROWS])})
    names = {id_: f"{id_} {technique_name(id_)}".strip() for id_ in kept}
    named = {id_: Link(names[id_], f"techniques/{id_.lower()}/") for id_ in kept}
    bars = _bars(kept, named, kb.totals("by_technique", *sorted(kept)))
    left = len(order) - len(kept)
    return replace(bars, rest_text=f"And {left} more.") if bars and left else bars


def _bars(counts: Counter[str], named: dict[str, Link], known: Mapping[str, int]) -> Bars | None:
    """A bar a row, beside the whole site's where that is known."""
    totals = known or counts
    widest = max(totals.values(), default=0)
    order = sorted(counts, key=lambda key: (-counts[key], -totals[key], named[key].text.casefold(), key))
    if not order:
        return None
    kept = order if len(order) <= _ALL_ROWS else order[:_ROWS]
    rest = order[len(kept) :]
    return Bars(
        rows=tuple(
            BarRow(
                named[key],
                f"{counts[key]} of {totals[key]}" if known else str(counts[key]),
                _blocks(counts[key], totals[key], widest),
            )
            for key in kept
        ),
        rest=tuple(Counted(named[key], counts[key]) for key in rest[:_LINKED]),
        rest_text=", ".join(f"{named[key].text} {counts[key]}" for key in rest[_LINKED:]),
    )


def scaled_bar(count: int, most: int) -> tuple[Block, ...]:
    """A bar as long as its share of the most, at least a hair wide."""
    return (Block(0, max(round(count * _BAR_WIDTH / most, 1), 1.0), "rest"),)


def _blocks(own: int, total: int, widest: int) -> tuple[Block, ...]:
    """One block a record while there is room for that, else two bars to scale."""
    if widest * (_BLOCK + 2) <= _BAR_WIDTH:
        return tuple(Block(n * (_BLOCK + 2), _BLOCK, "own" if n < own else "rest") for n in range(total))
    split, end = (round(n * _BAR_WIDTH / widest, 1) for n in (own, total))
    rest = (Block(split, round(end - split, 1), "rest"),) if total > own else ()
    return (Block(0, split, "own"), *rest)
