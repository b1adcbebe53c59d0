"""Cutting long lists: full pages stay, and one row more rewrites few of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.views.page_samples import claim, incident

from threatbrief.knowledge import KnowledgeBase
from threatbrief.views.cuts import cut, newest, year_pieces
from threatbrief.views.directory import Group, by_letter, group_pages
from threatbrief.views.facets import SHARD
from threatbrief.views.incident_lists import contested_pieces


@given(st.integers(0, 400), st.integers(1, 50))
def test_every_row_is_on_one_page_in_order(count: int, size: int) -> None:
    pieces = cut(range(count), "a/", size)
    assert [row for piece in pieces for row in piece.rows] == list(range(count))
    assert len(pieces[0].rows) < 2 * size
    assert {len(piece.rows) for piece in pieces[1:]} <= {size}
    assert pieces[0].address == "a/"
    assert [piece.address for piece in reversed(pieces[1:])] == [f"a/{n}/" for n in range(1, len(pieces))]


@given(st.integers(0, 300), st.integers(1, 200), st.integers(1, 20))
def test_a_full_page_never_changes_when_newer_rows_come(count: int, more: int, size: int) -> None:
    older = range(count)
    before = cut(older[::-1], "a/", size)
    after = {piece.address: piece.rows for piece in cut(range(count + more)[::-1], "a/", size)}
    for piece in before[1:]:
        assert after[piece.address] == piece.rows


def test_pages_of_years_lead_to_their_neighbours() -> None:
    pages = list(year_pieces("i/", {2019: "fedcba", 2020: "g"}, 2))
    assert [(p.piece.address, "".join(p.piece.rows)) for p in pages] == [
        ("i/2020/", "g"),
        ("i/2019/", "fe"),
        ("i/2019/2/", "dc"),
        ("i/2019/1/", "ba"),
    ]
    assert [p.older.href if p.older else "" for p in pages] == ["i/2019/", "i/2019/2/", "i/2019/1/", ""]
    assert [p.newer.text if p.newer else "" for p in pages] == ["", "2020", "2019", "2019, part 2"]


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (3, 3), (4, 2), (9, 2)])
def test_a_short_list_is_shown_whole(count: int, shown: int) -> None:
    assert len(newest(range(count), 2)) == shown


@given(st.integers(0, 2300))
def test_a_file_of_the_filter_ends_where_a_page_ends(count: int) -> None:
    pages = [len(piece.rows) for piece in cut(range(count), "a/")]
    for piece in cut(range(count), "", SHARD):
        left = len(piece.rows)
        while left > 0:
            left -= pages.pop(0)
        assert left == 0
    assert sum(pages) == 0


def test_letters_have_addresses_of_their_own() -> None:
    groups = by_letter(["Апт", "Éclair", "edge", "9002", "Łódź"], str, "n/")
    assert [(g.title, g.address, g.rows) for g in groups] == [
        ("E", "n/e/", ("Éclair", "edge")),
        ("Ł", "n/u141/", ("Łódź",)),
        ("А", "n/u410/", ("Апт",)),
        ("#", "n/other/", ("9002",)),
    ]


def test_a_long_letter_is_cut_and_leads_on() -> None:
    pages = list(group_pages([Group("A", "n/a/", tuple(range(120))), Group("B", "n/b/", (0,))]))
    assert [(p.address, len(p.rows)) for p in pages] == [
        ("n/a/", 50),
        ("n/a/2/", 50),
        ("n/a/3/", 20),
        ("n/b/", 1),
    ]
    assert [p.after.text if p.after else "" for p in pages] == ["A, page 2", "A, page 3", "B", ""]


def test_contested_incidents_are_on_one_page_while_few_and_in_years_when_many() -> None:
    disputed = [claim("Kimsuky", "Us"), claim("Reaper", "Them")]
    few = [incident(f"TB-2019-{n:04d}", attribution=disputed) for n in range(99)]
    assert [title for title, *_ in contested_pieces(KnowledgeBase.of(few))] == ["Attribution contested"]
    many = [
        *few,
        incident("TB-2020-0000", attribution=disputed, disclosed="2020-01-01"),
        incident("TB-2020-0001"),
    ]
    pages = list(contested_pieces(KnowledgeBase.of(many)))
    assert [(piece.address, len(piece.rows)) for _, piece, _, _ in pages] == [
        ("incidents/contested/", 50),
        ("incidents/contested/2020/", 1),
        ("incidents/contested/2019/", 99),
    ]
    assert list(contested_pieces(KnowledgeBase())) == []
