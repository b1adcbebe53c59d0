"""Time as an axis: where days lie on it, how wide a date is that is less exact than a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from threatbrief.model import PartialDate

CLOSE_DAYS: Final = 70
"""An axis this short shows its days one by one."""
MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


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

    def ticks(self) -> list[tuple[date, str, date]]:
        """The axis' ticks: where each stands, its text, and the day over which the text is centred."""
        if self.days <= CLOSE_DAYS:
            days = [
                self.first + timedelta(n) for n in range(0, self.days, max(1, self.days * 45 // self.width))
            ]
            return [(d, f"{d.day} {MONTHS[d.month - 1]}", d) for d in days]
        step, name = (next_month, _month_name) if self.days <= 800 else (next_year, _year_name)
        starts = [self.first]
        while step(starts[-1]) < self.end:
            starts.append(step(starts[-1]))
        every = max(1, -(-len(starts) * 42 // self.width))
        text = {day: name(day) for day in starts}
        if step is next_month and self.first.month > 1:
            text[self.first] += f" {self.first.year}"
        return [(d, text[d] if n % every == 0 else "", d + (step(d) - d) / 2) for n, d in enumerate(starts)]


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def next_year(day: date) -> date:
    return date(day.year + 1, 1, 1)


def _month_name(day: date) -> str:
    return str(day.year) if day.month == 1 else MONTHS[day.month - 1]


def _year_name(day: date) -> str:
    return str(day.year)


def short_date(day: PartialDate) -> str:
    """`30 Dec 2019`: a date with the name of its month cut short."""
    parts = day.text.split(" ")
    return " ".join(part[:3] if part.isalpha() else part for part in parts)
