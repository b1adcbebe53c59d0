"""The timeline as a drawing: every coordinate decided here, so that a template only prints.

The upper axis holds the whole time; where several events fall close together, a second axis below
shows those weeks day by day. A date is drawn as wide as it is uncertain. Lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Final

from threatbrief.model import Incident, PartialDate
from threatbrief.views.axis import CLOSE_DAYS, MONTHS, Axis, next_month, short_date
from threatbrief.views.briefs import defanger
from threatbrief.views.shapes import (
    BROAD,
    CHARACTER,
    NARROW,
    Bar,
    Dot,
    Stroke,
    Text,
    join_strokes,
    text_length,
    wrap_text,
)

_LANES: Final = 7
_BAR: Final = 9
"""A date this wide, and less exact than a day, is a bar; its leader stands near where that begins."""
_BAR_LEADER: Final = 4
_LINE: Final = 20.0
"""How high a label of one line is."""
_LONGEST: Final = 62 * CHARACTER
_CLUSTER_DAYS: Final = 45
_BOLD: Final = 1.12
"""How much wider a bold text is."""
_HALF_A_DAY: Final = 8
"""Half as wide as the number of a day."""
_TOO_CLOSE: Final = 16
"""Pixels between two days at which their signs can still be told apart."""


@dataclass(frozen=True, slots=True)
class TimelineDrawing:
    """One drawing, like `Drawing`; `zoom` is the `d` of the shade between axes."""

    key: str
    width: int
    height: float
    title: str
    description: str
    zoom: str
    bars: tuple[Bar, ...]
    strokes: tuple[Stroke, ...]
    dots: tuple[Dot, ...]
    texts: tuple[Text, ...]
    signs: tuple[Stroke, ...] = ()
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class _Label:
    """A label to be placed: the x of its event, its lines, and the box it takes in its lane."""

    x: float
    left: float
    right: float
    lines: tuple[str, ...]
    anchor: str


def timeline_drawing(
    incident: Incident, key: str, width: int = BROAD, lines: int = 1
) -> TimelineDrawing | None:
    """The drawing of an incident's timeline at a width; None where there are fewer than two events.

    What happened is told beside its date, in no more than so many lines.
    """
    safe = defanger(incident)
    told = sorted(((e.date, safe(e.event)) for e in incident.timeline), key=lambda e: (e[0].sort_key, e[1]))
    if len(told) < 2:
        return None
    days = dict.fromkeys(day for day, _ in told)
    events = [(day, " ".join(text for other, text in told if other == day)) for day in days]
    axis = _whole_axis(incident, [day for day, _ in events], width)
    close = _close_axis(axis, [day for day, _ in events])
    sketch = _Sketch(width, lines if width > NARROW else 0)
    above = [event for event in events if not (close and close.holds(event[0]))]
    sketch.draw_whole(axis, incident, above, close)
    if close:
        sketch.draw_close(close, [event for event in events if close.holds(event[0])])
    return TimelineDrawing(
        key=key,
        width=width,
        height=round(sketch.bottom, 1),
        title=f"Timeline of {incident.id}",
        description=" ".join(f"{day.text}: {text}" for day, text in told),
        zoom=sketch.zoom,
        bars=tuple(sketch.bars),
        strokes=join_strokes(sketch.strokes),
        dots=tuple(sketch.dots),
        texts=tuple(sketch.texts),
    )


class _Sketch:
    """The parts of a drawing while it is being laid out, from the top down."""

    def __init__(self, width: int, lines: int) -> None:
        self.width, self.lines = width, lines
        self.lane = _LINE + 16.0 * lines if lines else 18.0
        self.bars: list[Bar] = []
        self.strokes: list[Stroke] = []
        self.dots: list[Dot] = []
        self.texts: list[Text] = []
        self.zoom = ""
        self.bottom = 0.0

    def draw_whole(
        self, axis: Axis, incident: Incident, events: Sequence[tuple[PartialDate, str]], close: Axis | None
    ) -> None:
        """The axis of the whole time, labels above it, and the shade towards the close axis."""
        span = _span(incident, axis)
        labels = _place(events, axis, self)
        title = _title(span[0], span[2], self.width) if span else None
        rows = [lane for _, lane in labels]
        if title:
            rows.append(next(n for n in range(_LANES + 1) if _clears(title, n, labels)))
        lanes = max(rows, default=-1) + 1
        gap = 26.0 if span else 12.0
        y = lanes * self.lane + gap
        if title and all(lane < rows[-1] for _, lane in labels):
            y -= self.lane - _LINE
        for label, lane in labels:
            top = y - gap - lane * self.lane
            self._write(label, top - 16.0 * (len(label.lines) - 1))
            self.strokes.append(Stroke(f"M{label.x} {top + 4} V{y}", "lead"))
        if span and title:
            self._text(title.x, y - gap - rows[-1] * self.lane, title.lines[0], "b")
            self._draw_span(incident, axis, span, y)
        self._rule(y)
        self._years(axis, y)
        self._mark_events(events, axis, y, "ink")
        self.bottom = y + 26
        if close:
            bottom = y + 84
            start, end = max(axis.x(close.first), 0.0), min(axis.x(close.end), float(self.width))
            self.zoom = f"M{start} {y} H{end} L{self.width} {bottom} H0 Z"

    def draw_close(self, axis: Axis, events: Sequence[tuple[PartialDate, str]]) -> None:
        """The axis of the close weeks, day by day, labels below it."""
        y = self.bottom + 58
        self._rule(y)
        step = 1 if self.width / axis.days >= 19 else 7
        marked = {day.first for day, _ in events}
        for n in range(axis.days):
            day = axis.first + timedelta(n)
            x = axis.x(day)
            major = day.day == 1 or n == 0
            self.strokes.append(Stroke(f"M{x} {y} v{6 if major else 3}", "ax"))
            if n % step == 0 or (day in marked and self.lines):
                middle = min(x + self.width / axis.days / 2, self.width - _HALF_A_DAY)
                centre = round(max(middle, _HALF_A_DAY), 1)
                self._text(centre, y + 18, str(day.day), "m b" if day in marked else "m s")
            if major:
                room = (min(axis.end, next_month(day)) - day).days * self.width / axis.days
                if room > 80:
                    self._text(x, y - 8, f"{MONTHS[day.month - 1]} {day.year}", "b")
        half = self.width / axis.days / 2
        labels = _place(events, axis, self, half)
        for label, lane in labels:
            top = y + 40 + lane * self.lane
            self._write(label, top)
            self.strokes.append(
                Stroke(f"M{label.x} {y + 23} V{round(top + 16 * (len(label.lines) - 1), 1)}", "lead")
            )
        self._mark_events(events, axis, y, "red", half)
        lanes = max((lane for _, lane in labels), default=-1) + 1
        self.bottom = y + 30 + lanes * self.lane

    def _draw_span(self, incident: Incident, axis: Axis, span: tuple[float, float, str], y: float) -> None:
        """The bar of the activity; a start known to the year or month alone begins in blocks."""
        x, end, _ = span
        start = incident.occurred.start if incident.occurred else None
        top = y - 14
        if start and start.precision != "day" and axis.extent(start)[1] < (end - x) / 2:
            blur = axis.extent(start)[1]
            if blur > 6:
                block = round(blur / 8, 1)
                self.bars += [Bar(round(x + n * 2 * block, 1), top, block, 8, "span") for n in range(4)]
                x = round(x + blur, 1)
        self.bars.append(Bar(x, top, round(max(end - x, 2), 1), 8, "span"))

    def _rule(self, y: float) -> None:
        self.strokes.append(Stroke(f"M0 {y} H{self.width}", "ax"))

    def _years(self, axis: Axis, y: float) -> None:
        for tick in axis.ticks():
            self.strokes.append(Stroke(f"M{tick.x} {y} v5", "ax"))
            if tick.text:
                self._text(tick.centre, y + 18, tick.text, "m s")

    def _mark_events(
        self, events: Iterable[tuple[PartialDate, str]], axis: Axis, y: float, tone: str, shift: float = 0
    ) -> None:
        for day, _ in events:
            x, width = axis.extent(day)
            if _is_dot(day, width):
                self.dots.append(Dot(round(x + (shift or width / 2), 1), y, tone))
            else:
                self.bars.append(Bar(x, y - 3, width, 6, tone))

    def _write(self, label: _Label, top: float) -> None:
        """A label's lines from a base line down, beside the leader at its x."""
        x = label.x + (5 if label.anchor == "s" else -5)
        tones = ("b", "s")
        for n, line in enumerate(label.lines):
            self._text(
                round(x, 1), top + 16.0 * n, line, tones[min(n, 1)] + ("" if label.anchor == "s" else " e")
            )

    def _text(self, x: float, y: float, text: str, tone: str) -> None:
        self.texts.append(Text(x, round(y, 1), text, tone))


def _place(
    events: Sequence[tuple[PartialDate, str]], axis: Axis, sketch: _Sketch, shift: float = 0
) -> list[tuple[_Label, int]]:
    """Labels in lanes: no two overlap and no leader crosses a label. What finds no lane stays a mark.

    Labels left of their events and labels right of them are placed in either order, whichever leaves
    fewer marks without a label and needs fewer lanes.
    """
    wanted = [_label(day, text, axis, sketch, shift) for day, text in events]
    rightward = sorted((w for w in wanted if w.anchor == "s"), key=lambda w: (-w.x, w.lines))
    leftward = sorted((w for w in wanted if w.anchor == "e"), key=lambda w: (w.x, w.lines))
    tries = (_place_in_turn((*leftward, *rightward)), _place_in_turn((*rightward, *leftward)))
    return max(tries, key=lambda placed: (len(placed), -max((lane for _, lane in placed), default=0)))


def _place_in_turn(wanted: Iterable[_Label]) -> list[tuple[_Label, int]]:
    """Each label in the first lane that has room for it, or else for its date alone."""
    placed: list[tuple[_Label, int]] = []
    for label in wanted:
        fitting = ((form, n) for form in _forms(label) for n in range(_LANES) if _fits(form, n, placed))
        placed += islice(fitting, 1)
    return placed


def _forms(label: _Label) -> Iterator[_Label]:
    yield label
    yield _date_alone(label)


def _date_alone(label: _Label) -> _Label:
    length = text_length(label.lines[0]) * _BOLD + 12
    left, right = (label.x, label.x + length) if label.anchor == "s" else (label.x - length, label.x)
    return _Label(label.x, left, right, label.lines[:1], label.anchor)


def _label(day: PartialDate, text: str, axis: Axis, sketch: _Sketch, shift: float) -> _Label:
    """The label of an event, on the side where there is more room for it."""
    x, width = axis.extent(day)
    at = round(x + (shift or (width / 2 if _is_dot(day, width) else _BAR_LEADER)), 1)
    to_right = at < sketch.width / 2
    room = (sketch.width - at if to_right else at) - 8
    told = wrap_text(text, min(room, _LONGEST / sketch.lines), sketch.lines) if sketch.lines else ()
    lines = (short_date(day), *told)
    length = max(text_length(lines[0]) * _BOLD, *map(text_length, lines)) + 12
    left, right = (at, at + length) if to_right else (at - length, at)
    return _Label(at, left, right, lines, "s" if to_right else "e")


def _is_dot(day: PartialDate, width: float) -> bool:
    """Whether an event is marked by a dot in the middle of its day, and not by a bar as wide as its date."""
    return day.precision == "day" or width < _BAR


def _fits(label: _Label, lane: int, placed: Sequence[tuple[_Label, int]]) -> bool:
    """Whether a label has room in a lane, and its leader a way there past the labels before it."""
    way = all(
        other.right + 3 < label.x or label.x < other.left - 3 for other, taken in placed if taken < lane
    )
    return way and _clears(label, lane, placed)


def _clears(label: _Label, lane: int, placed: Sequence[tuple[_Label, int]]) -> bool:
    """Whether a label touches no other in its lane, nor a leader that passes through it."""
    for other, taken in placed:
        if taken == lane and label.left < other.right and other.left < label.right:
            return False
        if taken > lane and label.left - 3 < other.x < label.right + 3:
            return False
    return True


def _whole_axis(incident: Incident, days: Iterable[PartialDate], width: int) -> Axis:
    """From the first to the last day that any date may mean, to whole years, months or days."""
    dates = [*days, incident.disclosed]
    if incident.occurred:
        dates += [d for d in (incident.occurred.start, incident.occurred.end) if d]
    first, last = min(d.first for d in dates), max(d.last for d in dates)
    if (last - first).days <= 62:
        return Axis(first - timedelta(2), last + timedelta(3), width)
    if (last - first).days <= 700:
        return Axis(first.replace(day=1), next_month(last), width)
    return Axis(date(first.year, 1, 1), date(last.year + 1, 1, 1), width)


def _close_axis(axis: Axis, days: Sequence[PartialDate]) -> Axis | None:
    """The weeks in which most exact dates lie together, where the whole is too long to tell them apart."""
    exact = sorted({d.first for d in days if d.precision == "day"})
    gaps = [(later - day).days for day, later in pairwise(exact)]
    if not gaps or min(gaps) * axis.width / axis.days >= _TOO_CLOSE or axis.days <= CLOSE_DAYS:
        return None
    reach = min(_CLUSTER_DAYS, axis.days // 4)
    runs = [[d for d in exact if 0 <= (d - first).days <= reach] for first in exact]
    best = max(runs, key=lambda run: (len(run), -(run[-1] - run[0]).days, run[0]))
    if len(best) < 2:
        return None
    pad = max(2, (12 - (best[-1] - best[0]).days) // 2)
    return Axis(best[0] - timedelta(pad), best[-1] + timedelta(pad + 1), axis.width)


def _title(x: float, text: str, width: int) -> _Label:
    """The label of the activity, over its start or as far right as there is room."""
    length = text_length(text) * _BOLD
    left = round(max(0.0, min(x, width - length)), 1)
    return _Label(left, left, left + length, (text,), "s")


def _span(incident: Incident, axis: Axis) -> tuple[float, float, str] | None:
    """Where the bar of the activity begins and ends, and its label; None where the record has no start."""
    period = incident.occurred
    if not period or not period.start:
        return None
    x = axis.extent(period.start)[0]
    last = axis.extent(period.end or incident.disclosed)
    return x, round(last[0] + last[1], 1), f"Activity, {period.text}"
