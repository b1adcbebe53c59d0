"""Sections of a body with a marking of their own; what cannot be read for sure is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatbrief.model import Tlp
from threatbrief.model.sections import cut_sections, parse_sections

LINES = st.lists(
    st.sampled_from(
        [
            "text",
            "",
            "::: tlp GREEN",
            "::: tlp AMBER",
            "::: tlp RED",
            ":::",
            "::: tlp PURPLE",
            "> ::: tlp RED",
            ":::tlp CLEAR ",
            "::: note",
            "- :::",
        ]
    ),
    max_size=30,
)


def kinds(body: str) -> list[str]:
    return [fault.kind for fault in parse_sections(body).faults]


def test_sections_nest() -> None:
    body = "a\n::: tlp GREEN\nb\n::: tlp RED\nc\n:::\nd\n:::\ne\n"
    sections = parse_sections(body)
    assert not sections.faults
    marks = {letter: sections.marking_at(body.index(letter + "\n")) for letter in "abcde"}
    assert marks == {"a": None, "b": Tlp.GREEN, "c": Tlp.RED, "d": Tlp.GREEN, "e": None}
    assert cut_sections(body, Tlp.GREEN) == ("a\nb\nd\ne\n", Tlp.GREEN)
    assert cut_sections(body, Tlp.CLEAR) == ("a\ne\n", Tlp.CLEAR)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("::: tlp AMBER\nx\n", "unclosed"),
        ("x\n:::\n", "stray-close"),
        ("::: tlp PURPLE\nx\n:::\n", "unknown-label"),
        ("::: tlp amber\nx\n:::\n", "unknown-label"),
        ("::: tlp-red\nx\n:::\n", "not-a-section"),
        ("::: tlp\nx\n:::\n", "not-a-section"),
        ("::: tlp AMBER now\nx\n:::\n", "not-a-section"),
        ("  ::: tlp AMBER\nx\n:::\n", "not-a-section"),
        ("> ::: tlp AMBER\n> x\n> :::\n", "not-a-section"),
        ("1. ::: tlp AMBER\nx\n:::\n", "not-a-section"),
        ("::: warning\nx\n:::\n", "not-a-section"),
        ("::: tlp WHITE\nx\n:::\n", "legacy-label"),
        ("::: tlp AMBER\n::: tlp GREEN\nx\n:::\n:::\n", "lower-inside"),
    ],
)
def test_faults(body: str, kind: str) -> None:
    assert kind in kinds(body)
    if kind not in ("legacy-label", "stray-close"):
        assert "x" not in cut_sections(body, Tlp.GREEN)[0]


def test_a_fence_in_a_code_block_is_still_a_fence() -> None:
    body = "```\n::: tlp RED\nsecret\n:::\n```\n"
    assert "secret" not in cut_sections(body, Tlp.CLEAR)[0]


@given(LINES)
def test_what_is_cut_at_a_lower_ceiling_is_a_part_of_what_is_left_at_a_higher(lines: list[str]) -> None:
    body = "\n".join(f"{line} {n}" if line == "text" else line for n, line in enumerate(lines))
    left = [set(cut_sections(body, ceiling)[0].split("\n")) for ceiling in Tlp]
    for lower, higher in pairwise(left):
        assert lower <= higher | {""}


@given(LINES)
def test_no_fence_is_left(lines: list[str]) -> None:
    for ceiling in Tlp:
        text, marking = cut_sections("\n".join(lines), ceiling)
        assert ":::" not in text
        assert marking.rank <= ceiling.rank


@given(st.text(alphabet=":tlpRED \n>-x", max_size=80))
def test_any_text_can_be_parsed(body: str) -> None:
    sections = parse_sections(body)
    assert all(start >= 0 and end <= len(body) + 1 for start, end, _ in sections.pieces)
