"""The numbers of a timeline figure: a date is drawn as wide as it is uncertain.

Positions are in thousandths of the figure's width, so that web and PDF templates draw the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from threatbrief.model import Incident, PartialDate

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One event: where its interval begins and how wide it is; a day has `is_day`."""

    x: float
    width: float
    is_day: bool
    date: str
    label: str


@dataclass(frozen=True, slots=True)
class TimelineTick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class TimelineFigure:
    """A figure of dated events along one axis, all positions from 0 to WIDTH."""

    title: str
    description: str
    ticks: tuple[TimelineTick, ...]
    marks: tuple[TimelineMark, ...]
    span_x: float
    span_width: float
    span_label: str


def timeline_figure(incident: Incident) -> TimelineFigure | None:
    """The figure of an incident's timeline; None where fewer than two dates are known."""
    events = [(event.date, event.event) for event in incident.timeline]
    events.sort(key=lambda pair: pair[0].sort_key)
    period = incident.occurred
    dates = [day for day, _ in events]
    dates += [d for d in (period.start if period else None, period.end if period else None) if d]
    if len(events) < 2:
        return None
    first_year = min(d.first for d in dates).year
    last_year = max(d.last for d in dates).year
    start, end = date(first_year, 1, 1).toordinal(), date(last_year + 1, 1, 1).toordinal()

    def place(day: date) -> float:
        return round((day.toordinal() - start) * WIDTH / (end - start), 1)

    def extent(given: PartialDate) -> tuple[float, float]:
        x = place(given.first)
        return x, round(max((given.last.toordinal() + 1 - start) * WIDTH / (end - start) - x, 0), 1)

    step = max(1, (last_year - first_year) // 12 + 1)
    ticks = tuple(
        TimelineTick(place(date(year, 1, 1)), str(year)) for year in range(first_year, last_year + 1, step)
    )
    marks = tuple(TimelineMark(*extent(day), day.precision == "day", day.text, text) for day, text in events)
    span_x = span_width = 0.0
    if period and period.start:
        span_x = place(period.start.first)
        last = period.end or incident.disclosed
        span_width = round(extent(last)[0] + extent(last)[1] - span_x, 1)
    return TimelineFigure(
        title=f"Timeline of {incident.id}",
        description="; ".join(f"{day.text}: {text}" for day, text in events),
        ticks=ticks,
        marks=marks,
        span_x=span_x,
        span_width=max(span_width, 0.0),
        span_label=f"Activity {period.text}" if period else "",
    )
