"""What all generated records draw from: dates, sources, citations, popular and rare choices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final, Generic, TypeVar

import prose

from threatbrief.model.names import name_slug
from threatbrief.reference import load_reference

Row = TypeVar("Row")

_GRADES: Final = ("A", "B", "B", "C", "C", "C", "D")
_KINDS: Final = ("secondary",) * 13 + ("dataset",) * 4 + ("primary",) * 3
"""As often as among the fact sheets' sources."""


@dataclass(frozen=True)
class Pick(Generic[Row]):
    """Draws from a list, its front more often: few actors account for many incidents."""

    rows: Sequence[Row]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Pick[Row]:
        return cls(rows, tuple(accumulate(1 / (rank + 4) ** 0.7 for rank in range(len(rows)))))

    def some(self, random: Random, count: int) -> list[Row]:
        """`count` different rows, or all of them where there are fewer."""
        found: dict[int, Row] = {}
        while len(found) < min(count, len(self.rows)):
            index = random.choices(range(len(self.rows)), cum_weights=self.weights)[0]
            found[index] = self.rows[index]
        return list(found.values())

    def one(self, random: Random) -> Row:
        return self.some(random, 1)[0]


class Vocabulary:
    """The words of the reference tables that records may use, popular ones first."""

    def __init__(self, random: Random) -> None:
        reference = load_reference()
        known = (reference.technique(key) for key in reference.technique_ids)
        techniques = [t.id for t in known if t and t.is_current and "enterprise" in t.domains]
        random.shuffle(techniques)
        often = ["US", "GB", "UA", "FR", "DE"]
        seldom = [code for code in reference.country_codes if code not in often]
        random.shuffle(seldom)
        self.techniques = Pick.of(techniques)
        self.countries = Pick.of(often + seldom)
        self.sectors = Pick.of(sorted(reference.sector_slugs))
        self.motivations = Pick.of(sorted(reference.motivation_slugs))
        self.mitigations = [key for key in (f"M{n}" for n in range(1010, 1060)) if reference.mitigation(key)]


def partial(random: Random, day: date) -> str:
    """A date as precise as reports are: mostly to the day, some to the month, few to the year."""
    return day.isoformat()[: random.choices((10, 7, 4), (75, 20, 5))[0]]


def published(random: Random, day: date) -> datetime:
    """When a record of that day was published: two months later, after all its sources."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(60, random.randrange(86_400))


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sources(random: Random, count: int, day: date) -> dict[str, dict[str, str]]:
    """Sources of the seven weeks after a day, with titles and addresses as long as real ones."""
    found: dict[str, dict[str, str]] = {}
    for number in range(1, count + 1):
        publisher = random.choice(prose.PUBLISHERS)
        host = name_slug(publisher)
        words = re.sub(r"[^a-z ]", "", prose.sentence(random).lower()).split()
        when = day + timedelta(random.randrange(50))
        url = f"https://{host}.example.org/{when:%Y/%m}/{'-'.join(words[:7])}-{random.randrange(10**6)}/"
        source = {"publisher": publisher, "title": " ".join(words[:10]).capitalize(), "url": url}
        if random.random() < 0.9:
            source["date"] = partial(random, when)
        if random.random() < 0.3:
            source["archived"] = f"https://archive.example.net/{when:%Y%m%d}/{url}"
        source |= {"kind": random.choice(_KINDS), "reliability": random.choice(_GRADES)}
        found[f"{host.split('-')[0]}{number}"] = source
    return found


def cite(random: Random, given: Mapping[str, object], most: int = 2) -> list[str]:
    """One to `most` of the sources, in their own order."""
    count = min(len(given), random.randint(1, most))
    return sorted(random.sample(list(given), count), key=list(given).index)
