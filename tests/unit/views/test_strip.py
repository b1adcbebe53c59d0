"""The activity strip: one cell a year, one mark a cell."""

from __future__ import annotations

from tests.unit.views.page_samples import actor, claim, incident

from threatbrief.knowledge import KnowledgeBase
from threatbrief.views.strip import MAX_YEARS, NO_STATE, TOPIC_ROWS, Strip, StripRow, actor_strip, topic_strip


def only_row(strip: Strip | None) -> StripRow:
    assert strip is not None
    [group] = strip.groups
    [row] = group.rows
    return row


def test_the_line_runs_from_the_year_it_began_to_the_year_it_came_to_light() -> None:
    record = incident(occurred={"from": "2016", "to": "2019"}, attribution=[claim("Kimsuky")])
    early = incident("TB-2016-0001", disclosed="2016-05-01")
    strip = actor_strip(KnowledgeBase.of([record, early, actor()]))
    assert strip is not None
    row = strip.groups[0].rows[0]
    assert [(cell.year, cell.line) for cell in row.cells] == [
        ("2016", "from"),
        ("2017", "whole"),
        ("2018", "whole"),
        ("2019", "to"),
    ]
    assert [cell.year for cell in row.cells if cell.mark] == ["2019"]


def test_records_of_one_year_share_a_mark_that_leads_to_their_list() -> None:
    records = [incident(f"TB-2019-000{n}", attribution=[claim("Kimsuky")]) for n in range(3)]
    row = only_row(actor_strip(KnowledgeBase.of([*records, actor()])))
    [cell] = row.cells
    assert cell.mark is not None
    assert (cell.mark.count, cell.mark.href) == ("3", "actors/kimsuky/#incidents")


def test_actors_stand_under_the_country_that_all_claims_name() -> None:
    def placed(slug: str, *codes: str) -> object:
        return actor(slug, slug, suspected_country=[{"country": code, "by": "X"} for code in codes])

    records = [
        incident(f"TB-2019-000{n}", attribution=[claim(name)]) for n, name in enumerate(("a", "b", "c"))
    ]
    kb = KnowledgeBase.of([*records, placed("a", "KP", "KP"), placed("b", "KP", "RU"), placed("c")])  # type: ignore[list-item]
    strip = actor_strip(kb)
    assert strip is not None
    assert [group.title for group in strip.groups] == [
        "Country in dispute",
        "North Korea, as claimed",
        NO_STATE,
    ]


def test_a_record_that_names_nobody_is_not_lost() -> None:
    row = only_row(actor_strip(KnowledgeBase.of([incident()])))
    assert row.name.text == "No actor named"


def test_old_years_are_left_out_and_that_is_said() -> None:
    records = [incident(f"TB-{year}-0001", disclosed=str(year)) for year in (1990, 2020)]
    strip = actor_strip(KnowledgeBase.of(records))
    assert strip is not None
    assert len(strip.years) == MAX_YEARS
    assert "before 2005" in strip.note


def test_a_topic_shows_who_and_when_without_lines() -> None:
    records = [
        incident("TB-2018-0001", disclosed="2018-02-01", attribution=[claim("Kimsuky")]),
        incident("TB-2019-0001", disclosed="2019", attribution=[claim("Kimsuky")], occurred={"from": "2016"}),
    ]
    kb = KnowledgeBase.of([*records, actor()])
    row = only_row(topic_strip(kb, kb.incidents, "Records"))
    assert row.name.href == "actors/kimsuky/"
    assert [(cell.year, cell.line, bool(cell.mark)) for cell in row.cells] == [
        ("2018", "", True),
        ("2019", "", True),
    ]


def test_a_topic_names_the_actors_with_most_records_and_says_how_many_more_there_are() -> None:
    names = [f"a{n}" for n in range(TOPIC_ROWS + 3)]
    records = [incident(f"TB-2019-{n:04d}", attribution=[claim(name)]) for n, name in enumerate(names)]
    kb = KnowledgeBase.of([*records, *(actor(name, name) for name in names)])
    strip = topic_strip(kb, kb.incidents, "Records")
    assert strip is not None
    assert len(strip.groups[0].rows) == TOPIC_ROWS
    assert f"of {len(names)}" in strip.note


def test_a_topic_of_many_leads_to_the_newest_that_stand_alone() -> None:
    names = [f"a{n}" for n in range(10)]
    records = [
        incident(f"TB-{year}-{n:04d}", disclosed=f"{year}-01-{1 + n:02d}", attribution=[claim(name)])
        for n, name in enumerate(names)
        for year in (2017, 2018, 2019)
    ]
    kb = KnowledgeBase.of([*records, *(actor(name, name) for name in names)])
    strip = topic_strip(kb, kb.incidents, "Records")
    assert strip is not None
    marks = [(cell.year, cell.mark) for row in strip.groups[0].rows for cell in row.cells if cell.mark]
    assert len(marks) == 30
    assert [mark.count for _, mark in marks if not mark.href] == ["1"] * 6
    assert {year for year, mark in marks if not mark.href} == {"2017"}
    assert "every brief is listed below" in strip.note
