"""The timeline: a date as wide as it is uncertain, labels that do not meet."""

from __future__ import annotations

from datetime import date
from itertools import combinations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.views.page_samples import incident

from threatbrief.views.drawing import TimelineDrawing, timeline_drawing
from threatbrief.views.shapes import BROAD, NARROW


def drawn(*dates: str, width: int = BROAD, **keys: object) -> TimelineDrawing:
    events = [{"date": day, "event": f"Event {n} of this case."} for n, day in enumerate(dates)]
    drawing = timeline_drawing(incident(timeline=events, **keys), "broad", width)
    assert drawing is not None
    return drawing


def test_one_event_is_no_timeline() -> None:
    record = incident(timeline=[{"date": "2019", "event": "Alone."}])
    assert timeline_drawing(record, "broad") is None


def test_a_day_is_a_dot_and_a_year_a_bar() -> None:
    drawing = drawn("2016", "2019-12-30")
    assert len(drawing.dots) == 1
    [bar] = [bar for bar in drawing.bars if bar.tone == "ink"]
    assert abs(bar.width - BROAD / 4) < 2


def test_days_too_close_to_tell_apart_get_an_axis_of_their_own() -> None:
    drawing = drawn("2010", "2019-12-18", "2019-12-27", "2019-12-30")
    assert drawing.zoom
    days = [dot for dot in drawing.dots if dot.tone == "red"]
    assert len(days) == 3
    assert min(b.x - a.x for a, b in combinations(days, 2)) > 60


def test_days_far_apart_share_one_axis() -> None:
    assert not drawn("2017-01-05", "2018-03-01", "2019-12-30").zoom


def test_the_span_of_activity_is_labelled_and_ends_with_it() -> None:
    drawing = drawn("2016", "2019-12-30", occurred={"from": "2016", "to": "2018"})
    assert "Activity, 2016 to 2018" in [text.text for text in drawing.texts]
    end = max(bar.x + bar.width for bar in drawing.bars if bar.tone == "span")
    assert abs(end - BROAD * 3 / 4) < 2


def test_the_description_says_what_the_drawing_shows() -> None:
    drawing = drawn("2019-12-18", "2019-12-18", "2020")
    assert drawing.description == (
        "18 December 2019: Event 0 of this case. 18 December 2019: Event 1 of this case. "
        "2020: Event 2 of this case."
    )


day = st.dates(min_value=date(2005, 1, 1), max_value=date(2026, 1, 1))
dates = st.one_of(
    day.map(lambda d: d.isoformat()), day.map(lambda d: f"{d:%Y-%m}"), day.map(lambda d: f"{d:%Y}")
)


@given(st.lists(dates, min_size=2, max_size=14), st.sampled_from([BROAD, NARROW]))
@example(["2005-01-01", "2005-02-01"], NARROW)
@example(["2021-04-29", "2021-05-29"], BROAD)
@example(["2024-02-01", "2024-04-04"], NARROW)
@example(["2019-08-03", "2020-10-12"], NARROW)
@example(["2005-07-01", "2005-08-15"], NARROW)
@settings(max_examples=120, deadline=None)
def test_everything_is_drawn_inside_and_no_two_labels_meet(given_dates: list[str], width: int) -> None:
    drawing = drawn(*given_dates, width=width)
    assert all(-1 <= dot.x <= width + 1 and 0 <= dot.y <= drawing.height for dot in drawing.dots)
    assert all(bar.x >= -1 and bar.x + bar.width <= width + 1 for bar in drawing.bars)
    boxes = []
    for text in drawing.texts:
        length = len(text.text) * (6.8 if text.tone.startswith("m") else 5.6)
        left = text.x - length * (1 if text.tone.endswith(" e") else text.tone.startswith("m") / 2)
        boxes.append((left, left + length, text.y))
        assert -1 <= left <= width + 1 - length, text
    for (left, right, y), (other_left, other_right, other_y) in combinations(boxes, 2):
        assert y != other_y or right <= other_left or other_right <= left
