"""Figures drawn from records: activity, the map of victims, the matrix of techniques."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.unit.views.page_samples import TEMPLATES, actor, claim, incident

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.render.engine import Engine
from threatbrief.render.figures import figure_svg
from threatbrief.views.activity import MAX_ROWS, Activity, activity
from threatbrief.views.common import Link
from threatbrief.views.matrix import HeatMatrix, shorten, technique_counts, technique_heat
from threatbrief.views.shapes import CHARACTER, Drawing, cut_text, text_length, wrap_text
from threatbrief.views.tallies import sector_bars
from threatbrief.views.worldmap import MapDrawing, victims_map


def activity_of(*records: Incident) -> Activity:
    kb = KnowledgeBase.of([*records, actor(), actor("apt37", "APT37")])
    found = activity(kb, kb.incidents, "Kimsuky")
    assert found is not None
    return found


def broad(*records: Incident) -> Drawing:
    return activity_of(*records).drawings[0]


def map_of(*countries: str) -> MapDrawing:
    drawing = victims_map(
        [incident(f"TB-2019-{n:04d}", targets={"countries": [code]}) for n, code in enumerate(countries)],
        "victims-map",
        "Victims by country",
    )
    assert drawing is not None
    return drawing


def test_a_map_of_many_countries_leads_to_those_it_leaves_out() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [a + b for a in letters for b in letters if load_reference().place(a + b)][:120]
    records = [
        incident("TB-2019-0000", targets={"countries": codes}),
        incident("TB-2019-0001", targets={"countries": codes[20:]}),
    ]
    whole = victims_map(records, "victims-map", "Victims")
    assert whole is not None
    assert whole.more is None
    drawn = victims_map(records, "victims-map", "Victims", "years/2019/counts/#countries")
    assert drawn is not None
    assert drawn.more == Link("20 more countries", "years/2019/counts/#countries")
    assert drawn.discs == whole.discs[:100]
    assert len(whole.discs) == 120


def matrices_of(*technique_ids: str) -> tuple[HeatMatrix, ...]:
    used = [{"id": id_, "basis": "mapped"} for id_ in technique_ids]
    return technique_heat(technique_counts([incident(techniques=used)]))


def test_no_record_no_activity() -> None:
    assert activity(KnowledgeBase(), (), "Kimsuky") is None


def test_a_mark_at_the_end_of_the_axis_is_whole_on_paper() -> None:
    drawing = broad(incident(disclosed="2019-12-31", attribution=[claim("Thallium"), claim("APT37")]))
    svg = etree.fromstring(figure_svg(Engine(TEMPLATES).jinja, "figures/drawing.svg", drawing=drawing))
    _, _, width, _ = map(float, svg.get("viewBox").split())
    [sign] = drawing.signs
    assert float(sign.path.split()[0].removeprefix("M")) + 6 <= width


def test_a_day_is_a_dot_and_a_year_a_band_of_its_width() -> None:
    drawing = broad(
        incident("TB-2018-0001", disclosed="2018"),
        incident("TB-2019-0001", disclosed="2019-06-30"),
        incident("TB-2021-0001", disclosed="2021-06-30"),
    )
    assert len(drawing.dots) == 2
    [band] = [bar for bar in drawing.bars if bar.tone == "ink"]
    [years] = [stroke.path for stroke in drawing.strokes if stroke.tone == "hair"]
    assert band.width == pytest.approx((drawing.width - 300) / years.count("M"), abs=1)


def test_a_vague_start_is_a_band_and_an_exact_one_is_not() -> None:
    vague = broad(incident(occurred={"from": "2016", "to": "2019-12-01"}))
    exact = broad(incident(occurred={"from": "2016-01-05", "to": "2019-12-01"}))
    assert [bar.tone for bar in vague.bars].count("span") == 1
    assert [bar.tone for bar in exact.bars].count("span") == 0


def test_a_contested_record_has_a_sign_of_its_own_shape() -> None:
    drawing = broad(incident(attribution=[claim("Kimsuky"), claim("APT37", "press")]))
    assert len(drawing.signs) == 1
    assert not drawing.dots
    assert "attribution contested" in drawing.description


def test_more_records_than_rows_are_counted_by_year() -> None:
    records = [incident(f"TB-{2000 + n}-0001", disclosed=str(2000 + n)) for n in range(MAX_ROWS + 4)]
    found = activity_of(*records)
    assert len(found.rows) == MAX_ROWS
    assert sum(row.count for row in found.years) == MAX_ROWS + 4
    assert f"newest {MAX_ROWS} of {MAX_ROWS + 4}" in found.note


years = st.integers(min_value=1980, max_value=2030)


@given(st.lists(st.tuples(years, st.integers(0, 30)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_all_activity_is_drawn_inside(spans: list[tuple[int, int]]) -> None:
    records = [
        incident(f"TB-{end}-{n:04d}", disclosed=str(end), occurred={"from": str(end - back), "to": str(end)})
        for n, (end, back) in enumerate(spans)
    ]
    for drawing in activity_of(*records).drawings:
        assert all(-1 <= dot.x <= drawing.width + 1 for dot in drawing.dots)
        assert all(bar.x >= -1 and bar.x + bar.width <= drawing.width + 2 for bar in drawing.bars)
        assert all(bar.y >= 0 and bar.y + bar.height <= drawing.height for bar in drawing.bars)


def test_the_area_of_a_disc_is_its_count() -> None:
    drawing = map_of("KR", "KR", "KR", "KR", "JP")
    assert [round(disc.radius) for disc in drawing.discs] == [13, 6]
    assert drawing.description == "Records by country of the victims: South Korea 4, Japan 1."


def test_no_target_no_map() -> None:
    assert victims_map([incident()], "victims-map", "Victims") is None


def test_every_country_that_a_record_may_name_has_a_place_on_the_map() -> None:
    reference = load_reference()
    width, height = reference.map_size
    nowhere = [code for code in reference.country_codes if reference.place(code) is None]
    outside = [
        code
        for code in reference.country_codes
        if (place := reference.place(code)) and not (0 <= place[0] <= width and 0 <= place[1] <= height)
    ]
    assert nowhere == ["AQ"]
    assert outside == []


@given(st.lists(st.sampled_from(sorted(load_reference().country_codes)), min_size=1, max_size=90))
@settings(max_examples=30, deadline=None)
def test_no_two_labels_of_the_map_meet(codes: list[str]) -> None:
    drawing = map_of(*codes, "KR")  # Antarctica alone has no map
    boxes = []
    for text in drawing.texts:
        length = text_length(text.text) * 1.5
        left = {"b": text.x, "b e": text.x - length, "b m": text.x - length / 2}[text.tone]
        boxes.append((left, text.y - 14, left + length, text.y + 3))
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_domains_stand_apart_and_a_technique_under_all_its_tactics() -> None:
    enterprise, mobile, ics = matrices_of("T1078", "T1566.002", "T1660", "T0865")
    assert [m.domain for m in (enterprise, mobile, ics)] == ["Enterprise", "Mobile", "ICS"]
    under = [column.tactic for column in enterprise.columns for cell in column.cells if cell.id == "T1078"]
    assert len(under) == 4
    assert enterprise.count == "2 techniques"
    assert [cell.id for column in ics.columns for cell in column.cells] == ["T0865"]


def test_shades_mean_what_the_key_says() -> None:
    counts = {"T1566": 1, "T1078": 4, "T1190": 5}
    [matrix] = technique_heat(counts)
    assert [shade.text for shade in matrix.shades] == ["1 record", "2 to 4", "5 or more"]
    levels = {cell.id: cell.level for column in matrix.columns for cell in column.cells}
    assert levels == {"T1566": 1, "T1078": 2, "T1190": 3}


def test_a_technique_that_no_table_knows_is_not_lost() -> None:
    [matrix] = matrices_of("T9999")
    assert [cell.id for cell in matrix.columns[-1].cells] == ["T9999"]


@pytest.mark.parametrize(("tactics", "across"), [(1, 4), (8, 8), (9, 5), (14, 7)])
def test_tactics_stand_in_rows_of_about_equal_length(tactics: int, across: int) -> None:
    known = load_reference()
    names = [tactic.shortname for tactic in known.tactics("enterprise")][:tactics]
    ids = {
        next(
            id_
            for id_ in known.technique_ids
            if (t := known.technique(id_)) and t.domains[0] == "enterprise" and t.tactics == (name,)
        )
        for name in names
    }
    [matrix] = technique_heat(dict.fromkeys(ids, 1))
    assert (len(matrix.columns), matrix.across) == (tactics, across)


def test_a_long_column_says_how_much_it_leaves_out() -> None:
    known = load_reference()
    ids = [
        id_
        for id_ in known.technique_ids
        if (t := known.technique(id_)) and "discovery" in t.tactics and t.domains[0] == "enterprise"
    ]
    [matrix] = map(shorten, technique_heat(dict.fromkeys(ids[:40], 1)))
    [discovery] = [column for column in matrix.columns if column.tactic == "Discovery"]
    assert (len(discovery.cells), discovery.more) == (10, "and 30 rarer ones")


def test_a_text_in_wide_letters_is_cut_to_the_same_room() -> None:
    room = 20 * CHARACTER
    assert text_length(cut_text("北朝鮮のハッカー集団が外交官のメールを盗む", room)) <= room + CHARACTER
    assert cut_text("A short one.", room) == "A short one"


def test_a_text_is_wrapped_between_words_and_cut_at_the_last_line() -> None:
    room = 12 * CHARACTER
    assert wrap_text("A short one.", room, 2) == ("A short one",)
    assert wrap_text("The group begins.", room, 2) == ("The group", "begins")
    assert wrap_text("The group begins to use such routers.", room, 2) == ("The group", "begins to…")
    assert wrap_text("Unbreakablelongword it is.", room, 2)[1] == "it is"


def _figures() -> list[tuple[str, dict[str, Any]]]:
    record = incident(targets={"sectors": ["energy"], "countries": ["KR"]}, disclosed="2019")
    kb = KnowledgeBase.of([record])
    bars = sector_bars(kb, [record])
    assert bars is not None
    return [
        ("figures/drawing.svg", {"drawing": broad(record)}),
        ("figures/map.svg", {"drawing": map_of("KR")}),
        ("figures/bar.svg", {"row": bars.rows[0]}),
    ]


@pytest.mark.parametrize(("template", "variables"), _figures(), ids=["activity", "map", "bar"])
def test_a_figure_stands_alone_in_a_pdf(template: str, variables: dict[str, Any]) -> None:
    svg = figure_svg(Engine(TEMPLATES).jinja, template, **variables)
    tree = etree.fromstring(svg.encode())
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in svg
    assert "url(" not in svg
    typ = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
    small = typst.compile(typ.encode(), format="png", sys_inputs={"svg": svg})
    blank = typst.compile(
        typ.encode(), format="png", sys_inputs={"svg": svg[: svg.index("<style>")] + "</svg>"}
    )
    assert len(small) > len(blank)
