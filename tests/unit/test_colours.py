"""The publisher's colours: what can be read is taken, what cannot is refused with the numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from threatbrief.config import DARK_GROUND, DARK_PAPER, ENOUGH, Colours, contrast, mix, tint

COLOUR = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#ffffff", "#000000", 21),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#123456", "#123456", 1),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(one, other) == contrast(other, one)


@given(COLOUR)
def test_a_colour_is_refused_exactly_where_it_cannot_be_read(colour: str) -> None:
    try:
        found = Colours(accent=colour)
    except ValidationError as fault:
        named = re.search(r"on (#\w+) has a contrast of ([\d.]+)", str(fault))
        assert named
        assert contrast(colour, named.group(1)) == pytest.approx(float(named.group(2)), abs=0.01)
        assert contrast(colour, named.group(1)) < ENOUGH
        return
    for ground in (DARK_GROUND, tint(found.on_dark, DARK_PAPER)):
        assert contrast(found.on_dark, ground) >= ENOUGH


def test_a_dark_colour_on_dark_ground_is_refused() -> None:
    with pytest.raises(ValidationError, match="a lighter one"):
        Colours(accent_dark="#222222")


def test_mixing_is_between_both() -> None:
    assert [mix("#000000", "#ffffff", share) for share in (0, 0.5, 1)] == ["#000000", "#808080", "#ffffff"]
