"""Ranges of days that a digest may cover: a week (ISO 8601), a month, a quarter, a year, or from and to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from threatbrief.config import Period
from threatbrief.model import Incident, PartialDate

PERIODS: Final[tuple[Period, ...]] = ("week", "month", "quarter", "year")
_FORMS: Final[dict[Period, tuple[re.Pattern[str], str]]] = {
    "week": (re.compile(r"(\d{4})-W(\d{2})\Z", re.ASCII), "2026-W47"),
    "month": (re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII), "2026-11"),
    "quarter": (re.compile(r"(\d{4})-Q([1-4])\Z", re.ASCII), "2026-Q4"),
    "year": (re.compile(r"(\d{4})\Z", re.ASCII), "2026"),
}


@dataclass(frozen=True, slots=True)
class Range:
    """Whole days (UTC), both ends included. `name` is for files, `text` for readers; `period` is empty
    for a range from one day to another."""

    name: str
    text: str
    first: date
    last: date
    period: str = ""

    def holds(self, instant: datetime | None) -> bool:
        """Whether an instant (UTC) falls into the range."""
        return instant is not None and self.first <= instant.date() <= self.last

    @property
    def days(self) -> str:
        """The first and the last day, as one reads them."""
        ends = [PartialDate.of(day).text for day in (self.first, self.last)]
        return ends[0] if self.first == self.last else f"{ends[0]} to {ends[1]}"


def parse_range(period: Period, text: str) -> Range:
    """`2026-W47`, `2026-11`, `2026-Q4` or `2026`; ValueError that says what to write for anything else."""
    form, example = _FORMS[period]
    match = form.match(text)
    try:
        if not match:
            raise ValueError
        year, *parts = (int(part) for part in match.groups())
        return _range(period, year, parts[0] if parts else 0)
    except ValueError:
        raise ValueError(f"{text!r} is not a {period}; write {example}") from None


def parse_days(first: str, last: str) -> Range:
    """From one day to another; a month or year counts whole. ValueError says what to write."""
    start, end = PartialDate.parse(first).first, PartialDate.parse(last).last
    if end < start:
        raise ValueError(f"{last} lies before {first}")
    texts = [PartialDate.of(day).text for day in (start, end)]
    name = f"{start.isoformat()}_{end.isoformat()}"
    return Range(name, texts[0] if start == end else f"{texts[0]} to {texts[1]}", start, end)


def range_of(period: Period, instant: datetime) -> Range:
    """The week, month, quarter or year that an instant (UTC) falls into."""
    day = instant.date()
    if period == "week":
        year, week, _ = day.isocalendar()
        return _range(period, year, week)
    return _range(period, day.year, (day.month + 2) // 3 if period == "quarter" else day.month)


@dataclass(frozen=True, slots=True)
class Edition:
    """A period with the incidents published in it, and those revised in it that were published before."""

    span: Range
    published: tuple[Incident, ...]
    revised: tuple[Incident, ...]


def editions(period: Period, published: Iterable[Incident]) -> tuple[Edition, ...]:
    """The periods in which anything was published, newest first; incidents in the order given."""
    within: dict[Range, list[Incident]] = {}
    revised: dict[Range, dict[str, Incident]] = {}
    for incident in published:
        if not incident.published:
            continue
        own = range_of(period, incident.published)
        within.setdefault(own, []).append(incident)
        for revision in incident.revisions:
            if (later := range_of(period, revision.at)) != own:
                revised.setdefault(later, {})[incident.id] = incident
    order = sorted(within, key=lambda span: span.first, reverse=True)
    return tuple(Edition(span, tuple(within[span]), tuple(revised.get(span, {}).values())) for span in order)


def edition_of(span: Range, published: Iterable[Incident]) -> Edition:
    """What was published in any range, and what was revised in it."""
    within, revised = [], []
    for incident in published:
        if span.holds(incident.published):
            within.append(incident)
        elif incident.published and incident.published.date() < span.first:
            revised += [incident] if any(span.holds(r.at) for r in incident.revisions) else []
    return Edition(span, tuple(within), tuple(revised))


def digest_address(span: Range) -> str:
    """Where a site's digest of a period lies."""
    return f"digests/{span.name}.pdf"


def _range(period: Period, year: int, number: int) -> Range:
    if period == "week":
        first = date.fromisocalendar(year, number, 1)
        name = f"{year:04d}-W{number:02d}"
        return Range(name, f"week {number} of {year}", first, first + timedelta(6), period)
    if period == "quarter":
        first, after = date(year, 3 * number - 2, 1), _month_after(year, 3 * number)
        return Range(
            f"{year:04d}-Q{number}", f"quarter {number} of {year}", first, after - timedelta(1), period
        )
    if period == "month":
        value = PartialDate.parse(f"{year:04d}-{number:02d}")
        return Range(value.value, value.text, value.first, value.last, period)
    return Range(f"{year:04d}", str(year), date(year, 1, 1), date(year, 12, 31), period)


def _month_after(year: int, month: int) -> date:
    return date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
