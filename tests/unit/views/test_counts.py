"""What a page names only some of stands on its page of counts, and the page leads there."""

from __future__ import annotations

import re
from html import unescape
from string import ascii_uppercase

import pytest
from tests.unit.views.page_samples import actor, claim, incident, render, software

from threatbrief.model import Record
from threatbrief.reference import load_reference

COUNTRIES = [
    code
    for code in sorted({a + b for a in ascii_uppercase for b in ascii_uppercase})
    if load_reference().country(code) and load_reference().place(code)
][:120]
TECHNIQUES = [id_ for id_ in (f"T{n}" for n in range(1001, 1700)) if load_reference().technique(id_)][:60]
ACTORS = 30
SOFTWARE = 80
WHOLES = ("years/2019", "sectors/energy", "techniques/t1566.002", "actors/kimsuky", "software/tool-0")


def _record(number: int) -> Record:
    """Of the country that stands at the number, and one of all actors; they share a sector and a tool."""
    other = f"Actor {number % ACTORS}"
    return incident(
        f"TB-2019-{number:04d}",
        targets={"countries": [COUNTRIES[number]], "sectors": ["energy"]},
        techniques=[
            {"id": id_, "basis": "mapped"} for id_ in ("T1566.002", TECHNIQUES[number % len(TECHNIQUES)])
        ],
        attribution=[claim("Kimsuky"), claim(other)],
        software=["tool-0", f"tool-{1 + number % (SOFTWARE - 1)}"],
    )


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return render(
        *map(_record, range(len(COUNTRIES))),
        actor(),
        *(actor(f"actor-{n}", f"Actor {n}") for n in range(ACTORS)),
        *(software(f"tool-{n}", f"Tool {n}") for n in range(SOFTWARE)),
    )


def _rows(page: str, anchor: str) -> dict[str, int]:
    section = re.search(rf'<h2 id="{anchor}">.*?</section>', page, re.DOTALL)
    assert section, anchor
    rows = re.findall(r'<li><a href="[^"]+">([^<]+)</a> <span class="num">(\d+)</span>', section[0])
    return {unescape(name): int(count) for name, count in rows}


@pytest.mark.parametrize("whole", WHOLES)
def test_a_page_says_how_many_countries_it_leaves_out_and_leads_to_all(
    pages: dict[str, str], whole: str
) -> None:
    page = pages[f"{whole}/index.html"]
    assert re.search(rf'<a href="[./]+/{whole}/counts/#countries">90 more countries</a>', page)
    assert re.search(rf'leaves out <a href="[./]+/{whole}/counts/#countries">\d+ more countr', page)
    assert len(_rows(pages[f"{whole}/counts/index.html"], "countries")) == len(COUNTRIES)


def test_a_topic_leads_to_all_its_techniques_and_actors(pages: dict[str, str]) -> None:
    page, counts = pages["sectors/energy/index.html"], pages["sectors/energy/counts/index.html"]
    assert 'counts/#techniques">51 more techniques</a>' in page
    assert 'counts/#actors">7 more actors</a>' in page
    techniques, actors = _rows(counts, "techniques"), _rows(counts, "actors")
    assert len(techniques) == len(TECHNIQUES) + 1
    assert len(actors) == ACTORS + 1
    assert next(iter(actors.items())) == ("Kimsuky", len(COUNTRIES))
    assert sum(count for name, count in techniques.items() if "T1566.002" not in name) == len(COUNTRIES)


def test_a_tool_leads_to_all_who_used_it(pages: dict[str, str]) -> None:
    page = pages["software/tool-0/index.html"]
    used = re.search(r"<dt>Used by</dt><dd[^>]*>(.*?)</dd>", page)
    assert used
    assert used[1].count("<a ") == 25
    assert used[1].endswith('counts/#actors">7 more actors</a>')
    assert len(_rows(pages["software/tool-0/counts/index.html"], "actors")) == ACTORS + 1


def test_an_actor_leads_to_all_its_software(pages: dict[str, str]) -> None:
    assert 'counts/#software">and 8 more</a>' in pages["actors/kimsuky/index.html"]
    assert len(_rows(pages["actors/kimsuky/counts/index.html"], "software")) == SOFTWARE


def test_a_page_that_names_everything_has_no_page_of_counts() -> None:
    few = render(*map(_record, range(10)), actor(), software("tool-0", "Tool 0"))
    assert not [path for path in few if "/counts/" in path]
    assert "counts/" not in few["sectors/energy/index.html"]
