"""Counts of what the victims of incidents have in common, as bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.views.common import Link, plural
from threatbrief.views.matrix import technique_name

_BAR_WIDTH: Final = 270.0
_BLOCK: Final = 16.0
_ROWS: Final = 10
_ALL_ROWS: Final = 13
_LINKED: Final = 20
"""How many of those without a bar are links."""
MOST_NAMED: Final = _ROWS + _LINKED
"""How many sectors or countries a page names; it leads to a page of counts for more."""
MOST_TECHNIQUES: Final = _ALL_ROWS
"""How many techniques a page about more than one names without leading to a page of counts."""


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

    `rest` are links, `rest_text` names what comes after those; on a page `more` leads to it instead.
    """

    rows: tuple[BarRow, ...]
    rest: tuple[Counted, ...]
    rest_text: str
    more: Link | None = None


def counts_address(whole: str) -> str:
    """Where the counts of all that another page names a few of stand."""
    return f"{whole}counts/"


def country_name(code: str) -> str:
    known = load_reference().country(code)
    return known.name if known else code


def sector_name(slug: str) -> str:
    known = load_reference().sector(slug)
    return known.name if known else slug.replace("-", " ").capitalize()


def country_bars(kb: KnowledgeBase, incidents: Iterable[Incident], counted: str = "") -> Bars | None:
    """Countries of the victims of these records, most often hit first.

    `counted` is the address of the page that counts all of them; without one all are named.
    """
    counts = Counter(code for i in incidents for code in dict.fromkeys(i.targets.countries))
    named = {code: country_link(code) for code in counts}
    bars = _bars(counts, named, kb.totals("by_country", *sorted(counts)))
    return _leading(bars, len(counts) - MOST_NAMED, "country", "countries", counted)


def sector_bars(kb: KnowledgeBase, incidents: Iterable[Incident], counted: str = "") -> Bars | None:
    """Sectors of the victims of these records, most often hit first; `counted` as for countries."""
    counts = Counter(slug for i in incidents for slug in dict.fromkeys(i.targets.sectors))
    named = {slug: sector_link(slug) for slug in counts}
    bars = _bars(counts, named, kb.totals("by_sector", *sorted(counts)))
    return _leading(bars, len(counts) - MOST_NAMED, "sector", "sectors", counted)


@lru_cache(maxsize=4096)
def country_link(code: str) -> Link:
    """The name of a country, leading to its page."""
    return Link(country_name(code), f"countries/{code.lower()}/")


@lru_cache(maxsize=4096)
def sector_link(slug: str) -> Link:
    """The name of a sector, leading to its page."""
    return Link(sector_name(slug), f"sectors/{slug}/")


@lru_cache(maxsize=4096)
def technique_link(technique_id: str) -> Link:
    """The id and name of a technique, leading to its page."""
    return Link(
        f"{technique_id} {technique_name(technique_id)}".strip(), f"techniques/{technique_id.lower()}/"
    )


def _leading(bars: Bars | None, left: int, one: str, many: str, counted: str) -> Bars | None:
    """Bars of which a page of counts has more, where there is such a page."""
    if bars is None or left <= 0 or not counted:
        return bars
    return replace(bars, rest_text="", more=more_link(left, one, many, counted))


def more_link(left: int, one: str, many: str, counted: str) -> Link:
    """`12 more countries`, on a page of counts."""
    return Link(plural(left, f"more {one}", f"more {many}"), f"{counted}#{many}")


def technique_bars(kb: KnowledgeBase, incidents: Iterable[Incident], counted: str) -> Bars | None:
    """The techniques seen most often in these records; `counted` is the page that counts the others."""
    counts = Counter(id_ for incident in incidents for id_ in dict.fromkeys(techniques_seen(incident)))
    order = sorted(counts, key=lambda id_: (-counts[id_], id_))
    kept = Counter({id_: counts[id_] for id_ in (order if len(order) <= _ALL_ROWS else order[:_ROWS])})
    named = {id_: technique_link(id_) for id_ in kept}
    bars = _bars(kept, named, kb.totals("by_technique", *sorted(kept)))
    return _leading(bars, len(order) - len(kept), "technique", "techniques", counted)


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
