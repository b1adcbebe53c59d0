"""How large the parts of an incident record are: quantiles measured on the incident fact sheets.

The project's example content is written from 32 fact sheets on real incidents (schema facts/1).
Each constant below gives one measure of those 32 sheets at the levels of LEVELS, linearly
interpolated; a generated corpus follows the same curve. What was counted:

* BODY: characters of narrative. A sheet holds facts, no narrative, so its own text (summary, facts,
  conflicting claims, joined by blank lines; median 830 characters) was multiplied by 2.45, the median
  ratio of narrative to sheet text in the six records that editors wrote in full from their sheets
  (2.14 to 3.15).
* SOURCES, TECHNIQUES, COUNTRIES, SECTORS, SOFTWARE, MOTIVATIONS, RELATED: the length of the list.
* CLAIMS: those to whom a sheet attributes the incident, plus the positions of its conflicting claims.
* TIMELINE: distinct dates in the sheet's own dates and in the text of its facts.
* INDICATORS: no sheet lists a single indicator by value. What 10 of the 32 do state is how many domains
  a court order covered (6 to 6,000,000). A generated record lists as many, but at most 50: longer lists
  are published as files beside a brief, not inside it.
* ALIASES: names of an actor besides its own, over the 29 distinct actors of the sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

Curve = tuple[float, ...]

LEVELS: Final[Curve] = (0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1)

BODY: Final[Curve] = (1361, 1450, 1569, 1697, 2031, 2292, 2666, 2719, 3643)
SOURCES: Final[Curve] = (3, 3.5, 5, 5, 5, 6, 7.9, 9.9, 15)
TECHNIQUES: Final[Curve] = (3, 4, 5, 5, 6, 7.2, 9, 9, 10)
CLAIMS: Final[Curve] = (1, 1, 1, 2, 4, 5, 6, 7, 7)
COUNTRIES: Final[Curve] = (0, 0, 0, 1, 1, 2.2, 6.8, 8.9, 27)
SECTORS: Final[Curve] = (1, 1, 2, 2, 3, 4, 5, 5, 6)
TIMELINE: Final[Curve] = (1, 2, 2, 2, 3, 4, 4, 5, 7)
INDICATORS: Final[Curve] = (0, 0, 0, 0, 0, 15.8, 50, 50, 50)
SOFTWARE: Final[Curve] = (0, 0, 0, 1, 1, 2, 2, 3, 5)
MOTIVATIONS: Final[Curve] = (1, 1, 1, 1, 1, 2, 2, 2, 2)
RELATED: Final[Curve] = (0, 0, 0.1, 1, 1.5, 2, 2, 3, 3)
ALIASES: Final[Curve] = (0, 0, 0, 1, 3, 8, 10, 12.4, 15)

MEASURED: Final = {
    "body": BODY,
    "sources": SOURCES,
    "techniques": TECHNIQUES,
    "claims": CLAIMS,
    "countries": COUNTRIES,
    "sectors": SECTORS,
    "timeline": TIMELINE,
    "indicators": INDICATORS,
}
"""The measures that test_corpus compares and the benchmark prints."""


def at_level(curve: Curve, level: float, levels: Curve = LEVELS) -> float:
    """The curve's value at a level from 0 to 1, linear between its points."""
    for index in range(1, len(levels)):
        if level <= levels[index]:
            share = (level - levels[index - 1]) / (levels[index] - levels[index - 1])
            return curve[index - 1] + (curve[index] - curve[index - 1]) * share
    return curve[-1]


def spread(curve: Curve, count: int, random: Random) -> list[int]:
    """`count` whole numbers whose quantiles are the curve's, in random order.

    One number is taken from each of `count` equal slices of the curve, so that a small corpus has the
    same median and tail as a large one.
    """
    numbers = [round(at_level(curve, (index + 0.5) / count)) for index in range(count)]
    random.shuffle(numbers)
    return numbers


def quantile(numbers: Sequence[float], level: float) -> float:
    """The quantile of a sample, linear between its neighbours, as the constants above were taken."""
    ordered = sorted(numbers)
    place = (len(ordered) - 1) * level
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
