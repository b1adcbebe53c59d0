"""Topics with more briefs than their page shows: the newest there, all of them by year."""

from __future__ import annotations

import re

import pytest
from tests.unit.views.page_samples import actor, claim, incident, render

from threatbrief.reference import load_reference
from threatbrief.views.topic_parts import SHOWN

MANY = 2 * SHOWN + 4


def records(count: int) -> list[object]:
    return [
        incident(
            f"TB-{2018 + n % 2}-{n:04d}",
            disclosed=f"{2018 + n % 2}-03-{1 + n % 28:02d}",
            targets={"countries": ["KR"], "sectors": ["energy"]},
            techniques=[{"id": "T1566.002", "basis": "mapped"}],
            attribution=[claim("Kimsuky")],
        )
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return render(*records(MANY), actor())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "topic", ["countries/kr", "sectors/energy", "techniques/t1566.002", "actors/kimsuky"]
)
def test_the_page_shows_the_newest_and_leads_to_all_by_year(pages: dict[str, str], topic: str) -> None:
    page = pages[f"{topic}/index.html"]
    assert f"The newest {SHOWN} of {MANY}" in page
    listed = [
        record
        for year in (2018, 2019)
        for record in re.findall(r'class="id">(TB-[^<]+)<', pages[f"{topic}/{year}/index.html"])
    ]
    assert len(set(listed)) == len(listed) == MANY
    assert f'href="../../{topic}/2019/"' in page


def test_a_year_leads_to_the_list_of_its_incidents(pages: dict[str, str]) -> None:
    few = render(*records(4))  # type: ignore[arg-type]
    assert "countries/kr/2019/index.html" not in few
    many = render(*(r for r in records(2 * MANY)))  # type: ignore[arg-type]
    assert 'href="../../incidents/2019/"' in many["years/2019/index.html"]


def test_the_indexes_count_and_lead(pages: dict[str, str]) -> None:
    for index, topic in (("countries", "kr"), ("sectors", "energy"), ("years", "2019")):
        assert f'href="../{index}/{topic}/"' in pages[f"{index}/index.html"]
    assert 'href="../techniques/t1566.002/"' in pages["techniques/index.html"]
    assert 'href="../years/2018/"' in pages["timeline/index.html"]


def test_a_technique_says_what_it_is_and_what_came_after_it() -> None:
    reference = load_reference()
    revoked = next(i for i in reference.technique_ids if (t := reference.technique(i)) and t.revoked_by)
    record = incident(techniques=[{"id": revoked, "basis": "mapped"}])
    page = render(record)[f"techniques/{revoked.lower()}/index.html"]
    assert "<dt>Revoked</dt>" in page
    assert reference.cells(revoked)[0][1] in page


def test_an_actor_with_too_many_techniques_has_a_page_for_them() -> None:
    reference = load_reference()
    ids = [i for i in reference.technique_ids if (t := reference.technique(i)) and "discovery" in t.tactics][
        :30
    ]
    record = incident(
        attribution=[claim("Kimsuky")], techniques=[{"id": id_, "basis": "mapped"} for id_ in ids]
    )
    pages = render(record, actor())
    assert "rarer ones" in pages["actors/kimsuky/index.html"]
    whole = pages["actors/kimsuky/techniques/index.html"]
    assert all(f"<b>{id_}</b>" in whole for id_ in ids)


def test_what_is_older_stands_by_title_while_all_fit_on_the_page() -> None:
    page = render(*records(SHOWN + 3))["countries/kr/index.html"]  # type: ignore[arg-type]
    assert len(re.findall(r'class="id">TB-', page)) == SHOWN
    older = page[page.index(">Older</h3>") :]
    assert len(set(re.findall(r'href="[^"]*incidents/(tb-[^/"]+)/"', older))) == 3


def test_a_mark_of_several_records_is_no_link_but_says_what_it_is() -> None:
    page = render(*records(4), actor())["countries/kr/index.html"]  # type: ignore[arg-type]
    assert '<b class="m hollow">2</b>' in page or '<b class="m full">2</b>' in page
    one = render(*records(2), actor())["countries/kr/index.html"]  # type: ignore[arg-type]
    assert 'class="m hollow" href="../../incidents/' in one or 'class="m full" href="../../incidents/' in one


def test_records_of_one_year_stand_by_month() -> None:
    page = render(
        incident("TB-2019-0001", disclosed="2019-03-04"), incident("TB-2019-0002", disclosed="2019")
    )["years/2019/index.html"]
    strip = page[page.index('<section class="strip"') :]
    assert re.findall(r'scope="col">([^<]+)<', strip[: strip.index("</thead>")])[:4] == [
        "Actor, in 2019",
        "Jan",
        "Feb",
        "Mar",
    ]
    assert 'scope="col">No month<' in strip
