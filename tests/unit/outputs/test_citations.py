"""Citations: what a bibliography program would read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.unit.outputs.exchange_samples import SITE, make_kb

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.citations import CitationsOutput
from threatbrief.render.engine import Engine


def files(kb: KnowledgeBase, **site: Any) -> dict[str, str]:
    output = CitationsOutput()
    planned = output.plan(kb, SITE.model_copy(update=site))
    return {str(a.path): output.render(a, Engine(())).decode() for a in planned}


def test_a_brief_has_both_formats_and_the_site_has_all() -> None:
    found = files(make_kb())
    briefs = ("incidents/tb-2019-7k3q", "incidents/tb-2018-tx68", "data")
    assert set(found) == {f"{folder}/cite.{kind}" for folder in briefs for kind in ("bib", "json")}
    assert [entry["id"] for entry in json.loads(found["data/cite.json"])] == ["TB-2019-7K3Q", "TB-2018-TX68"]
    assert re.findall(r"^@techreport\{(.+),$", found["data/cite.bib"], re.MULTILINE) == [
        "TB-2019-7K3Q",
        "TB-2018-TX68",
    ]


def test_a_bibtex_entry() -> None:
    assert files(make_kb())["incidents/tb-2019-7k3q/cite.bib"] == (
        "@techreport{TB-2019-7K3Q,\n"
        "  author = {{Example CERT}},\n"
        '  title = {{Ünïcode \\& <Title> with "quotes"}},\n'
        "  institution = {{Example CERT}},\n"
        "  number = {TB-2019-7K3Q},\n"
        "  year = {2026},\n"
        "  month = jan,\n"
        "  day = {2},\n"
        "  url = {https://briefs.example.org/repo/incidents/tb-2019-7k3q/},\n"
        "  note = {version 2, revised 2026-02-03, TLP:CLEAR},\n"
        "  language = {en}\n"
        "}\n"
    )


def test_a_csl_entry() -> None:
    (entry,) = json.loads(files(make_kb())["incidents/tb-2019-7k3q/cite.json"])
    assert entry["type"] == "report"
    assert entry["issued"] == {"date-parts": [[2026, 1, 2]]}
    assert entry["author"] == [{"literal": "Example CERT"}]
    assert entry["URL"] == "https://briefs.example.org/repo/incidents/tb-2019-7k3q/"


def test_an_unpublished_brief_is_dated_by_its_disclosure_as_precise_as_it_is() -> None:
    (entry,) = json.loads(files(make_kb())["incidents/tb-2018-tx68/cite.json"])
    assert entry["issued"] == {"date-parts": [[2018, 8]]}
    assert "day" not in files(make_kb())["incidents/tb-2018-tx68/cite.bib"]


@pytest.mark.parametrize("sign", list("{}$&%#_"))
def test_signs_of_tex_are_escaped(sign: str) -> None:
    text = files(make_kb(title=f"A {sign} B"))["incidents/tb-2019-7k3q/cite.bib"]
    assert f"title = {{{{A \\{sign} B}}}}" in text


def test_braces_balance_whatever_the_title() -> None:
    text = files(make_kb(title="} \\ ~ ^ {{"))["incidents/tb-2019-7k3q/cite.bib"]
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert "\\} \\textbackslash{} \\textasciitilde{} \\textasciicircum{} \\{\\{" in text


def test_addresses_in_titles_are_defanged() -> None:
    (entry,) = json.loads(files(make_kb(title="On c2.example.net"))["incidents/tb-2019-7k3q/cite.json"])
    assert entry["title"] == "On c2[.]example[.]net"


def test_a_withdrawn_brief_is_cited_as_its_notice() -> None:
    (entry,) = json.loads(
        files(make_kb(status="withdrawn", reason="Wrong."))["incidents/tb-2019-7k3q/cite.json"]
    )
    assert (entry["title"], entry["abstract"]) == ("TB-2019-7K3Q (withdrawn)", "Wrong.")


def test_a_red_build_has_no_citations() -> None:
    assert files(make_kb(), tlp=Tlp.RED) == {}
