"""Search: what is found under which words, and that an edit rewrites few and small files."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.unit.views.page_samples import SITE, SOURCE, actor, claim, incident, render, software
from tests.unit.views.search_samples import FOLDS

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import PartialDate, Record, Tlp
from threatbrief.outputs.search import SearchOutput
from threatbrief.render.engine import Engine
from threatbrief.views.search_index import (
    CHUNK_BYTES,
    DIGITS,
    LISTED,
    MORE,
    Findable,
    assign_keys,
    chunk_name,
    cut_chunks,
    search_index,
)
from threatbrief.views.search_terms import LONGEST, fold, name_terms, text_terms

THALLIUM = {"name": "Thallium", "by": "Microsoft", "sources": ["ms"]}
DISPUTED = {**THALLIUM, "by": "press", "relation": "disputed"}
RICH = incident(
    title="Microsoft takes 50 domains",
    attribution=[claim("Thallium")],
    assessment={"actor": "kimsuky", "confidence": "high", "why": "Because.", "sources": ["ms"]},
    targets={"sectors": ["government"], "countries": ["KR"], "victims": ["Korea Institute"]},
    software=["babyshark"],
    techniques=[
        {"id": "T1566.002", "basis": "reported", "sources": ["ms"]},
        {"id": "T1036.005", "basis": "group-profile", "note": "Known of the group."},
    ],
    vulnerabilities=[{"id": "CVE-2023-34362", "sources": ["ms"]}],
    indicators=[{"type": "domain-name", "value": "bad.example.org"}],
    key_points=["A keypoint."],
    timeline=[{"date": "2019", "event": "Courthouse opened."}],
    summary="A summarised thing about bad.example.org.",
    body="The naïve narrative [@ms] on bad.example.org, see [[kimsuky]] at <https://hidden.example/path>.",
)
RECORDS = (
    RICH,
    actor(
        names=[{"name": "Kimsuky", "sources": ["ms"]}, THALLIUM, {**THALLIUM, "name": "김수키"}],
        attack_id="G0094",
        suspected_country=[{"country": "KP", "by": "Microsoft", "sources": ["ms"]}],
    ),
    actor("apt37", "APT37", names=[DISPUTED]),
    software(names=[{**THALLIUM, "name": "LATEOP"}], attack_id="S0414"),
)


def files(*records: Record, site: SiteConfig = SITE) -> dict[str, Any]:
    """Every file of the index, read as the browser does: path → JSON."""
    output = SearchOutput()
    planned = output.plan(KnowledgeBase.of(records), site)
    return {str(a.path): json.loads(output.render(a, Engine(()))) for a in planned}


def written(records: list[Record]) -> dict[str, bytes]:
    output = SearchOutput()
    planned = output.plan(KnowledgeBase.of(records), SITE)
    return {str(a.path): output.render(a, Engine(())) for a in planned}


def found(site: dict[str, Any], term: str, kind: str = "") -> list[str]:
    """The titles of what stands under a term; `kind` is names or text."""
    directory, titles = site["search/index.json"], []
    for path, file in site.items():
        if path.startswith(f"search/{kind}") and "/cards/" not in path and isinstance(file.get(term), list):
            keys = "".join(file[term]).replace(MORE, "")
            width = directory["width"]
            titles += [card(site, keys[at : at + width])[0] for at in range(0, len(keys), width)]
    return titles


def card(site: dict[str, Any], key: str) -> list[str]:
    name = "-".join(str(DIGITS.index(digit)) for digit in key[:-1])
    shown: list[str] = site[f"search/cards/{name}.json"][key[-1]]
    return shown


@pytest.fixture(scope="module")
def site() -> dict[str, Any]:
    return files(*RECORDS)


@pytest.mark.parametrize(("text", "folded"), FOLDS.items())
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(fold(text)) == folded


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The group’s state-owned C2", {"the", "group", "state", "owned", "c2"}),
        ("CVE-2023-34362.", {"cve", "2023", "34362", "cve202334362"}),
        ("bad[.]example[.]org", {"bad", "example", "org"}),
        ("朝鲜黑客", {"朝鲜", "鲜黑", "黑客", "客"}),
        ("북한의 해커", {"북한의", "해커"}),
        ("x" * 80, {"x" * LONGEST}),
        ("", set()),
    ],
)
def test_terms_of_text(text: str, terms: set[str]) -> None:
    assert text_terms(text) == terms


def test_a_name_is_found_as_one_word_too() -> None:
    assert name_terms(["Fancy Bear", "APT-C-23"]) >= {"fancy", "bear", "fancybear", "apt", "23", "aptc23"}


@pytest.mark.parametrize(
    ("term", "title"),
    [
        ("kimsuky", "Kimsuky"),
        ("g0094", "Kimsuky"),
        ("thallium", "Kimsuky"),
        ("김수키", "Kimsuky"),
        ("korea", "Kimsuky"),
        ("kp", "Kimsuky"),
        ("lateop", "BabyShark"),
        ("t1566002", "T1566.002 Phishing: Spearphishing Link"),
        ("spearphishing", "T1566.002 Phishing: Spearphishing Link"),
        ("kr", "South Korea"),
        ("government", "Government"),
        ("2019", "2019"),
        ("thallium", "Thallium"),
    ],
)
def test_names_lead_to_pages(site: dict[str, Any], term: str, title: str) -> None:
    assert title in found(site, term, "names")


@pytest.mark.parametrize(
    "term",
    [
        *("tb20197k3q", "microsoft", "takedown", "thallium", "kimsuky", "babyshark", "kr", "korea"),
        *("government", "institute", "t1566002", "t1566", "spearphishing", "cve202334362", "34362"),
        *("summarised", "keypoint", "courthouse", "naive", "narrative"),
    ],
)
def test_a_brief_is_found_by_all_that_it_says(site: dict[str, Any], term: str) -> None:
    assert RICH.title in found(site, term)


@pytest.mark.parametrize("term", ["t1036005", "hidden", "path", "ms", "badexampleorg"])
def test_what_is_not_said_of_a_brief_does_not_find_it(site: dict[str, Any], term: str) -> None:
    assert RICH.title not in found(site, term)


def test_indicators_are_defanged() -> None:
    assert b"bad.example.org" not in b"".join(written(list(RECORDS)).values())


def test_disputed_names_weigh_less_and_are_marked(site: dict[str, Any]) -> None:
    (lists,) = [file["thallium"] for path, file in site.items() if "/names/" in path and "thallium" in file]
    width = site["search/index.json"]["width"]
    held, others = (
        [card(site, keys[at : at + width]) for at in range(0, len(keys), width)] for keys in lists
    )
    assert "Kimsuky" in [shown[0] for shown in held]
    (disputed,) = [shown for shown in others if shown[0] == "APT37"]
    assert disputed[4:] == ["?Thallium"]
    assert next(shown for shown in held if shown[0] == "Kimsuky")[4:] == ["Thallium", "김수키"]


def test_withdrawn_records_are_not_found() -> None:
    gone = actor("gone", "Vanished", status="withdrawn", reason="An error.", revisions=[])
    assert "vanished" not in str(files(*RECORDS, gone)).lower()


def test_no_index_where_it_is_not_wanted() -> None:
    assert files(*RECORDS, site=SITE.model_copy(update={"tlp": Tlp.RED})) == {}
    with_search, without = (
        render(*RECORDS, site=SITE.model_copy(update={"outputs": outputs}))
        for outputs in (("search",), ("feeds",))
    )
    assert 'role="search"' in with_search["actors/kimsuky/index.html"]
    assert 'action="/ti/search/"' in with_search["404.html"]
    assert "search/index.html" in with_search
    assert not any('role="search"' in html or "search/" in path for path, html in without.items())


def corpus(count: int) -> list[Record]:
    """Briefs whose words are drawn from a few thousand."""
    draw = random.Random(7)
    words = [
        f"{a}{b}{c}" for a in "bdgklmnprst" for b in ("an", "el", "ir", "os", "um") for c in "abcdefghiklmn"
    ]
    records: list[Record] = [
        incident(
            f"TB-{2010 + n % 15}-{n:04d}",
            title=" ".join(draw.choices(words, k=6)).capitalize(),
            disclosed=f"{2010 + n % 15}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            body=" ".join(draw.choices(words, k=120)),
        )
        for n in range(count)
    ]
    return records


def test_an_edit_and_a_new_record_rewrite_few_files() -> None:
    records = corpus(300)
    before = written(records)
    edited = written([records[0].model_copy(update={"summary": "Unseen words."}), *records[1:]])
    changed = {path for path in before.keys() | edited.keys() if before.get(path) != edited.get(path)}
    assert 0 < len(changed) <= 12, changed
    added = written([*records, incident("TB-2017-NEWS", disclosed="2017-03", title="News", body="banana")])
    changed = {path for path in before.keys() | added.keys() if before.get(path) != added.get(path)}
    assert 0 < len(changed) <= 15, changed
    assert len(before) > 60


def test_the_order_of_records_changes_no_byte() -> None:
    records = corpus(60)
    assert written(records) == written(records[::-1])


def test_chunks_are_bounded_and_in_the_order_of_browsers() -> None:
    lists = {f"term{n:05d}": ("x" * 300,) for n in range(2000)} | {"\U0001e900a": ("y",), "\uff5ea": ("z",)}
    chunks = cut_chunks(lists)
    sizes = [sum(len(term) + len("".join(keys)) for term, keys in chunk.terms) for chunk in chunks]
    assert max(sizes) <= CHUNK_BYTES
    assert [term for chunk in chunks for term, _ in chunk.terms][-2:] == ["\U0001e900a", "\uff5ea"]
    assert len({chunk.name.casefold() for chunk in chunks}) == len(chunks)
    assert [chunk.name for chunk in chunks] == [chunk_name(chunk.terms[0][0]) for chunk in chunks]


def test_a_list_ends_with_the_newest() -> None:
    things = [
        Findable(0, f"incidents/{n}/", "Same", date=PartialDate(str(2000 + n % 20)))
        for n in range(LISTED + 500)
    ]
    index = search_index(things, ("Incidents",))
    (listed,) = [lists[0] for chunk in index.heads for term, lists in chunk.terms if term == "same"]
    width = index.directory.width
    assert listed.endswith(MORE)
    assert len(listed) == LISTED * width + 1
    keys = [listed[at : at + width] for at in range(0, LISTED * width, width)]
    assert keys == sorted(keys, reverse=True)
    assert DIGITS.index(keys[0][0]) - DIGITS.index(keys[-1][0]) < 20


def test_keys_tell_things_apart_and_stand_by_date() -> None:
    same = [Findable(0, f"incidents/{n}/", "T", date=PartialDate("2024-03-01")) for n in range(9000)]
    keys = assign_keys(same, 1)
    assert len(keys) == 9000
    assert {len(key) for key in keys} == {4}
    days = ["2019", "2020-01-01", "2020-02", "2020-12-31", "2021-06"]
    dated = assign_keys([Findable(0, f"i/{day}/", day, date=PartialDate(day)) for day in days], 1)
    assert [dated[key].title for key in sorted(dated)] == days
    assert len(assign_keys([Findable(0, "i/a/", "T", date=PartialDate(y)) for y in ("0900", "3000")], 1)) == 2


def test_an_empty_site_has_an_empty_index() -> None:
    site = files()
    assert list(site) == ["search/index.json"]
    assert site["search/index.json"]["names"] == []


def test_long_summaries_are_cut_between_words() -> None:
    site = files(actor(summary="word " * 100, sources=[SOURCE]))
    shown = next(file for path, file in site.items() if "/cards/" in path)
    summary = next(iter(shown.values()))[3]
    assert len(summary) <= 242
    assert summary.endswith("word …")
