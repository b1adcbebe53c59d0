"""Time as an axis: where days lie on it, how wide a date is that is less exact than a day."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from threatbrief.model import PartialDate

CLOSE_DAYS: Final = 70
"""An axis this short shows its days one by one."""
MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONGEST_BY_MONTH: Final = 800
_DAY_STEPS: Final = (1, 2, 5, 7, 14, 28)
_MONTH_STEPS: Final = (1, 2, 3, 4, 6, 12)
_DIGIT: Final = 7.2
"""How wide a letter of a tick's text is at most: figures of even width are broader than letters."""
_GAP: Final = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """Where a tick stands, and its text with the x over which that is centred; none without room for it."""

    x: float
    text: str
    centre: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Days from `first` up to and without `end`, laid over `width` pixels."""

    first: date
    end: date
    width: int

    @property
    def days(self) -> int:
        return (self.end - self.first).days

    def x(self, day: date) -> float:
        return round((day - self.first).days * self.width / self.days, 1)

    def extent(self, given: PartialDate) -> tuple[float, float]:
        """Where a date begins and how wide it is, cut to the axis."""
        first, last = max(given.first, self.first), min(given.last + timedelta(1), self.end)
        return self.x(first), round(max(self.x(last) - self.x(first), 0), 1)

    def holds(self, given: PartialDate) -> bool:
        return self.first <= given.first and given.last < self.end

    def ticks(self) -> list[Tick]:
        """The axis' ticks. Their texts lie within the axis, and no two meet."""
        if self.days <= CLOSE_DAYS:
            return self._days()
        return self._months() if self.days <= _LONGEST_BY_MONTH else self._years()

    def _days(self) -> list[Tick]:
        """A text stands at the start of its day; one with no room there is left out."""
        step = _first_of(_DAY_STEPS, _label_width("30 Sep") * self.days / self.width)
        found = [self.first + timedelta(n) for n in range(0, self.days, step)]
        ticks = [Tick(self.x(day), f"{day.day} {MONTHS[day.month - 1]}", self.x(day)) for day in found]
        inside = [tick for tick in ticks if self._inside(tick.text, tick.centre) == tick.centre]
        return [tick if tick in inside else Tick(tick.x, "", tick.x) for tick in ticks]

    def _months(self) -> list[Tick]:
        """A January has its year as text; so has the first month, beside its name."""
        starts = self._starts(next_month)
        step = _first_of(_MONTH_STEPS, _label_width("2026") * len(starts) / self.width)
        texts = ["" if (day.month - 1) % step else _month_name(day) for day in starts]
        texts[0] = _month_name(self.first) + (f" {self.first.year}" if self.first.month > 1 else "")
        return self._spread(starts, next_month, texts)

    def _years(self) -> list[Tick]:
        starts = self._starts(next_year)
        step = max(1, math.ceil(_label_width("2026") * len(starts) / self.width))
        texts = [str(day.year) if n % step == 0 else "" for n, day in enumerate(starts)]
        return self._spread(starts, next_year, texts)

    def _starts(self, step: Callable[[date], date]) -> list[date]:
        starts = [self.first]
        while step(starts[-1]) < self.end:
            starts.append(step(starts[-1]))
        return starts

    def _spread(
        self, starts: Sequence[date], step: Callable[[date], date], texts: Sequence[str]
    ) -> list[Tick]:
        """Texts in the middle of their months or years, pushed inside at the ends of the axis."""
        ticks: list[Tick] = []
        taken = -math.inf
        for day, text in zip(starts, texts, strict=True):
            middle = round((self.x(day) + self.x(min(step(day), self.end))) / 2, 1)
            centre, half = self._inside(text, middle), _label_width(text) / 2
            if not text or centre - half < taken:
                ticks.append(Tick(self.x(day), "", centre))
                continue
            taken = centre + half
            ticks.append(Tick(self.x(day), text, centre))
        return ticks

    def _inside(self, text: str, centre: float) -> float:
        """Where a tick's text is to be centred so that none of it lies beyond the axis."""
        half = _label_width(text) / 2
        return round(max(half, min(centre, self.width - half)), 1)


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def next_year(day: date) -> date:
    return date(day.year + 1, 1, 1)


def _month_name(day: date) -> str:
    return str(day.year) if day.month == 1 else MONTHS[day.month - 1]


def _label_width(text: str) -> float:
    return len(text) * _DIGIT + _GAP


def _first_of(steps: Sequence[int], least: float) -> int:
    return next((step for step in steps if step >= least), steps[-1])


def short_date(day: PartialDate) -> str:
    """`30 Dec 2019`: a date with the name of its month cut short."""
    parts = day.text.split(" ")
    return " ".join(part[:3] if part.isalpha() else part for part in parts)
