"""The activity of an actor as a drawing: a row a record, every date as wide as it is uncertain.

Where there are more records than rows, bars above them count the disclosures of each year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, PartialDate
from threatbrief.views.axis import Axis, next_month
from threatbrief.views.briefs import defanger
from threatbrief.views.common import DateView, Link, date_view, plural
from threatbrief.views.shapes import (
    BROAD,
    NARROW,
    PRINT,
    Bar,
    Dot,
    Drawing,
    Sketch,
    Stroke,
    sharing_words,
    wrap_text,
)

MAX_ROWS: Final = 16
_MARGIN: Final = 300
"""How much of the broad drawing is left to the titles, right of which the axis begins."""
_LONGEST_DAYS: Final = 40 * 366
_COUNTS: Final = 44.0
_KEYS: Final = {BROAD: "broad", PRINT: "print", NARROW: "narrow"}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One record of the table that says the same: when it went on, when it came to light."""

    title: Link
    kind: str
    occurred: str
    disclosed: DateView
    contested: str


@dataclass(frozen=True, slots=True)
class YearCount:
    year: str
    count: int


@dataclass(frozen=True, slots=True)
class Activity:
    """The drawings, broad and narrow, and the table; `note` says what the rows leave out.

    `years` counts the disclosures of each year, oldest first, where there are more records than rows.
    """

    drawings: tuple[Drawing, ...]
    rows: tuple[ActivityRow, ...]
    years: tuple[YearCount, ...]
    note: str


def activity(kb: KnowledgeBase, incidents: Sequence[Incident], name: str, *widths: int) -> Activity | None:
    """The activity that these records, newest first, tell of; None where there are none.

    It is drawn at each of the widths: broad and narrow where none is given.
    """
    if not incidents:
        return None
    shown = incidents[:MAX_ROWS]
    left = len(incidents) - len(shown)
    counts = Counter(incident.disclosed.year for incident in incidents) if left else Counter[int]()
    titles = [defanger(incident)(incident.title) for incident in shown]
    contested = [kb.is_contested(incident) for incident in shown]
    rows = tuple(
        ActivityRow(
            title=Link(title, f"incidents/{incident.slug}/"),
            kind=incident.kind.value.replace("-", " ").capitalize(),
            occurred=incident.occurred.text if incident.occurred else "",
            disclosed=date_view(incident.disclosed),
            contested="attribution contested" if doubt else "",
        )
        for incident, title, doubt in zip(shown, titles, contested, strict=True)
    )
    drawn = (
        _Layout(shown, titles, contested, counts, width).drawing(_KEYS[width], f"Activity of {name}", rows)
        for width in widths or (BROAD, NARROW)
    )
    return Activity(
        drawings=sharing_words(*drawn),
        rows=rows,
        years=tuple(YearCount(str(year), counts[year]) for year in sorted(counts)),
        note=f"The newest {len(shown)} of {plural(len(incidents), 'record')} have a row each."
        if left
        else "",
    )


class _Layout:
    """One drawing while it is being laid out."""

    def __init__(
        self,
        incidents: Sequence[Incident],
        titles: Sequence[str],
        contested: Sequence[bool],
        counts: Counter[int],
        width: int,
    ) -> None:
        self.incidents, self.contested, self.counts = incidents, contested, counts
        self.width, self.broad = width, width > NARROW
        self.left = _MARGIN if self.broad else 0
        room = (self.left if self.broad else width) - 16
        most = 2 if self.broad else 1
        self.lines = [wrap_text(title, room, most) for title in titles]
        self.row = 26.0 if max(map(len, self.lines)) == 1 else 38.0
        if not self.broad:
            self.row = 42.0
        self.axis = _axis(incidents, counts, width - self.left)
        self.sketch = Sketch()

    def drawing(self, key: str, title: str, rows: Sequence[ActivityRow]) -> Drawing:
        top = 24.0 + (_COUNTS + 18 if self.counts else 0)
        bottom = top + self.row * len(self.incidents)
        self._grid(top, bottom)
        if self.counts:
            self._draw_counts(top - 18)
        for n, incident in enumerate(self.incidents):
            self._draw_row(incident, n, top + n * self.row)
        return self.sketch.drawing(f"activity-{key}", self.width, bottom + 4, title, " ".join(_told(rows)))

    def _grid(self, top: float, bottom: float) -> None:
        start = top if not self.counts else 24.0
        for tick in self.axis.ticks():
            self.sketch.strokes.append(Stroke(f"M{self.left + tick.x} {start - 4} V{bottom}", "hair"))
            if tick.text:
                self.sketch.text(self.left + tick.centre, 12, tick.text, "m s")
        self.sketch.strokes.append(Stroke(f"M{self.left} {start - 4} H{self.width}", "ax"))
        if self.counts:
            self.sketch.strokes.append(Stroke(f"M0 {top - 10} H{self.width}", "hair"))

    def _draw_counts(self, base: float) -> None:
        """A bar a year, as high as its share of the year with the most records."""
        most = max(self.counts.values())
        if self.broad:
            self.sketch.text(0, base - 4, "Records disclosed, by year", "s")
        for year in sorted(self.counts):
            if year < self.axis.first.year:
                continue
            x, width = self.axis.extent(PartialDate(f"{year:04d}"))
            height = round(max(self.counts[year] * (_COUNTS - 14) / most, 1.5), 1)
            bar = Bar(round(self.left + x + 1, 1), round(base - height, 1), max(width - 2, 1), height, "rest")
            self.sketch.bars.append(bar)
            if width > 16:
                self.sketch.text(self.left + x + width / 2, base - height - 3, str(self.counts[year]), "m n")

    def _draw_row(self, incident: Incident, n: int, top: float) -> None:
        base = top + (self.row / 2 if self.broad else self.row - 10)
        lines = self.lines[n]
        first = base + 4 - 8 * (len(lines) - 1) if self.broad else top + 18
        for line, text in enumerate(lines):
            self.sketch.text(0, first + 16 * line, text, "")
        self._draw_period(incident, base)
        x, width = self._place(incident.disclosed)
        middle = round(x + width / 2, 1)
        if self.contested[n]:
            self.sketch.signs.append(Stroke(f"M{middle} {base - 6} l6 6 -6 6 -6 -6z", "red"))
        if incident.disclosed.precision != "day" and width >= 9:
            self.sketch.bars.append(Bar(x, base - 4, width, 8, "ink"))
        elif not self.contested[n]:
            self.sketch.dots.append(Dot(middle, base, "ink"))

    def _draw_period(self, incident: Incident, base: float) -> None:
        """A line from the first to the last day that the activity may mean, bands where either is vague."""
        period = incident.occurred
        if not period or not period.start:
            return
        ends = [self._place(day) for day in (period.start, period.end or incident.disclosed)]
        start, end = ends[0][0], ends[1][0] + ends[1][1]
        self.sketch.bars.append(Bar(start, base - 1, round(max(end - start, 1.5), 1), 2, "line"))
        for day, (x, width) in zip((period.start, period.end), ends, strict=True):
            if day and day.precision != "day" and width > 4:
                self.sketch.bars.append(Bar(x, base - 4, width, 8, "span"))
            elif day:
                self.sketch.strokes.append(Stroke(f"M{round(x + width / 2, 1)} {base - 5} v10", "ax"))

    def _place(self, day: PartialDate) -> tuple[float, float]:
        """Where a date begins and how wide it is; what lies before the axis stands at its edge."""
        if day.last < self.axis.first:
            return float(self.left), 0.0
        x, width = self.axis.extent(day)
        return round(self.left + x, 1), width


def _axis(incidents: Sequence[Incident], counts: Counter[int], width: int) -> Axis:
    """Whole years, or months, from the first to the last day that any date may mean; at most 40 years."""
    dates = [incident.disclosed for incident in incidents]
    for period in (incident.occurred for incident in incidents):
        dates += [day for day in (period.start, period.end) if day] if period else []
    first, last = min(day.first for day in dates), max(day.last for day in dates)
    if counts:
        first = min(first, date(min(counts), 1, 1))
    if (last - first).days < 500 and not counts:
        return Axis(first.replace(day=1), next_month(last), width)
    year = max(first.year, last.year - _LONGEST_DAYS // 366 + 1)
    return Axis(date(year, 1, 1), date(last.year + 1, 1, 1), width)


def _told(rows: Sequence[ActivityRow]) -> Iterator[str]:
    for row in rows:
        went_on = f", activity {row.occurred}" if row.occurred else ""
        doubt = f", {row.contested}" if row.contested else ""
        yield f"{row.disclosed.text}: {row.title.text}{went_on}{doubt}."
