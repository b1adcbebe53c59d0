"""The countries of the victims on a map: a disc a country, its area as large as its count of records."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.views.common import Link, plural
from threatbrief.views.shapes import Text, listing, text_length
from threatbrief.views.tallies import country_name

_LEAST, _MOST, _ONE = 4.5, 30.0, 6.5
"""Radii in pixels: of the smallest disc, of the largest, of one record where there are few."""
_LETTERS: Final = 1.5
"""How much larger the map's letters are than those of other drawings: it is shown smaller."""
_MAX_LABELS: Final = 40
_NAMED: Final = 60
"""How many discs name their country to a pointer."""
_MOST_DISCS: Final = 100
"""How many countries a map draws where all of them are listed elsewhere."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A country with its count; `text` names it to a pointer, and is empty for the smallest of many."""

    x: float
    y: float
    radius: float
    text: str


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """Discs and labels over the outline of the land, which is a file of its own.

    `more` leads to the countries that have no disc.
    """

    key: str
    width: int
    height: int
    title: str
    description: str
    discs: tuple[Disc, ...]
    texts: tuple[Text, ...]
    more: Link | None = None


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets_any(self, others: Iterable[_Box]) -> bool:
        left, top, right, bottom = self
        for other_left, other_top, other_right, other_bottom in others:
            if left < other_right and other_left < right and top < other_bottom and other_top < bottom:
                return True
        return False


def victims_map(incidents: Iterable[Incident], key: str, title: str, listed: str = "") -> MapDrawing | None:
    """The map of the countries that these records name as targets; None where none of them is on it.

    Where they are many it draws those named most often, if all are `listed` at an address.
    """
    counts = Counter(code for i in incidents for code in dict.fromkeys(i.targets.countries))
    reference = load_reference()
    order = sorted(counts, key=lambda code: (-counts[code], code))
    placed = [(code, place) for code in order if (place := reference.place(code))]
    if not placed:
        return None
    left = len(placed) - _MOST_DISCS if listed else 0
    more = Link(plural(left, "more country", "more countries"), listed) if left > 0 else None
    placed = placed[:_MOST_DISCS] if more else placed
    most = counts[order[0]]
    width, height = reference.map_size
    discs = [
        Disc(
            *place,
            _radius(counts[code], most),
            f"{country_name(code)}: {plural(counts[code], 'record')}" if rank < _NAMED else "",
        )
        for rank, (code, place) in enumerate(placed)
    ]
    named = [f"{code} {counts[code]}" if most > 1 else code for code, _ in placed]
    told = listing([(country_name(code), counts[code]) for code in order])
    return MapDrawing(
        key=key,
        width=width,
        height=height,
        title=title,
        description=f"Records by country of the victims: {told}.",
        discs=tuple(discs),
        texts=tuple(islice(_labels(discs, named, width, height), _MAX_LABELS)),
        more=more,
    )


def _radius(count: int, most: int) -> float:
    """Area follows count: one record is as large as on any other map, while the largest has room."""
    unit = min(_ONE, _MOST / math.sqrt(most))
    return max(round(2 * unit * math.sqrt(count)) / 2, _LEAST)


def _labels(discs: Sequence[Disc], named: Sequence[str], width: int, height: int) -> Iterator[Text]:
    """A label beside each disc where it meets no disc and no label, those of large counts first."""
    taken = [_Box(d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in discs]
    for disc, text in zip(discs, named, strict=True):
        length = text_length(text) * _LETTERS
        for x, y, tone in _sides(disc):
            left = x - length if tone == "b e" else x - length / 2 if tone == "b m" else x
            box = _Box(left - 1, y - 10 * _LETTERS, left + length + 1, y + 3 * _LETTERS)
            inside = box.left >= 0 and box.right <= width and box.top >= 0 and box.bottom <= height
            if inside and not box.meets_any(taken):
                taken.append(box)
                yield Text(round(x, 1), round(y, 1), text, tone)
                break


def _sides(disc: Disc) -> Iterator[tuple[float, float, str]]:
    reach = disc.radius + 4
    yield disc.x + reach, disc.y + 4 * _LETTERS, "b"
    yield disc.x - reach, disc.y + 4 * _LETTERS, "b e"
    yield disc.x, disc.y - reach, "b m"
    yield disc.x, disc.y + reach + 9 * _LETTERS, "b m"
