"""Search in Chromium: by keyboard alone, in every script, below a path, and within its budget of bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import serving
from tests.conftest import REPOSITORY, run_threatbrief
from tests.unit.views.search_samples import FOLDS, NAMES

from threatbrief.views.search_terms import name_terms

sys.path.insert(0, str(REPOSITORY / "tests" / "benchmarks"))

pytestmark = pytest.mark.browser

BUDGET: Final = 145_000
"""What the first question may download on a site of 1,000 briefs, as Pagefind did over full pages."""

CONFIG: Final = """site_name: World Briefs
site_url: http://localhost/repo/
docs_dir: content/pages
site_dir: served/repo
theme: threatbrief
plugins:
  - threatbrief:
      authority: world.example,2026
      outputs: [search]
"""
SOURCES: Final = 'sources:\n  one: {publisher: P, title: T, url: "https://one.example/", date: 2024}\n'
HEAD: Final = "tlp: CLEAR\nstatus: published\npublished: 2024-03-05T09:00:00Z\n"
ACTORS: Final = {
    "kimsuky": ("Kimsuky", ["김수키", "APT43", "Velvet Chollima"]),
    "kraken": ("海莲花", ["黑客组织 APT32", "Phù Đổng"]),
    "pirates": ("قُراصنة الشبكة", ["Élan Vital"]),
}
INCIDENT: Final = f"""---
id: TB-2023-M0VE
title: A file transfer product is emptied
{HEAD}kind: intrusion
disclosed: 2023-06
summary: Data is taken through a flaw.
targets: {{sectors: [energy], countries: [KR]}}
techniques: [{{id: T1566.002, basis: reported, sources: [one]}}]
vulnerabilities: [{{id: CVE-2023-34362, sources: [one]}}]
indicators: [{{type: domain-name, value: bad.example.org, sources: [one]}}]
{SOURCES}---
Déjà vu in the narrative, and bad.example.org [@one].
"""


@pytest.fixture(scope="session")
def world(once: Callable[[str, Callable[[Path], None]], Path]) -> Iterator[str]:
    """The address, below a path, of a site whose names are written in many scripts."""

    def fill(folder: Path) -> None:
        records = folder / "content" / "records"
        for path in (records / "actors", records / "incidents", folder / "content" / "pages"):
            path.mkdir(parents=True)
        (folder / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
        (records / "incidents" / "a.md").write_text(INCIDENT, encoding="utf-8")
        for slug, (name, others) in ACTORS.items():
            names = "\n".join(f'  - {{name: "{other}", by: P, sources: [one]}}' for other in others)
            front = f'id: {slug}\nname: "{name}"\n{HEAD}summary: A group.\nnames:\n{names}\n{SOURCES}'
            text = f"---\n{front}---\nText.\n"
            (records / "actors" / f"{slug}.md").write_text(text, encoding="utf-8")
        run = run_threatbrief("build", cwd=folder)
        assert run.returncode == 0, run.stderr

    folder = once("world", fill)
    with serving(folder / "served") as served:
        yield f"{served}repo/"


def test_from_any_page_to_kimsuky_by_keyboard_alone(address: str, page: Page) -> None:
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}about/")
    page.keyboard.press("/")
    page.keyboard.type("Thallium")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=Thallium")
    actors = page.get_by_role("region", name="Actors")
    expect(actors.get_by_role("listitem").first).to_contain_text("Kimsuky")
    expect(actors.get_by_role("listitem").first).to_contain_text("matched name: Thallium")
    expect(page.get_by_role("status")).to_contain_text("Actors: ")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Kimsuky", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/actors/kimsuky/")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("Thallium")
    assert blocked == []


def test_keys_lead_in_and_out(address: str, page: Page) -> None:
    page.goto(address)
    link = page.get_by_role("link", name="Incidents", exact=True)
    link.focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    page.goto(f"{address}search/?q=thallium")
    expect(page.locator("#results li").first).to_be_visible()
    for key in ("ArrowDown", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_typing_keeps_the_question_in_the_address(world: str, page: Page) -> None:
    page.goto(f"{world}search/")
    expect(page.get_by_role("navigation", name="Browse")).to_be_visible()
    page.keyboard.type("velvet ch")
    expect(page.get_by_role("link", name="Kimsuky")).to_be_visible()
    expect(page.get_by_role("navigation", name="Browse")).to_be_hidden()
    page.wait_for_url("**/repo/search/?q=velvet%20ch")
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_role("status")).to_have_text("Nothing found for “nothing like it”.")
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("status")).to_be_empty()
    page.wait_for_url("**/repo/search/")


@pytest.mark.parametrize(
    ("question", "group", "title", "matched"),
    [
        ("APT43", "Actors", "Kimsuky", "APT43"),
        ("apt 43", "Actors", "Kimsuky", "APT43"),
        ("velvetchollima", "Actors", "Kimsuky", "Velvet Chollima"),
        ("김수", "Actors", "Kimsuky", "김수키"),
        ("海莲花", "Actors", "海莲花", ""),
        ("莲", "Actors", "海莲花", ""),
        ("组织", "Actors", "海莲花", "黑客组织 APT32"),
        ("قراصنة", "Actors", "قُراصنة الشبكة", ""),
        ("elan vital", "Actors", "قُراصنة الشبكة", "Élan Vital"),
        ("ÉLAN", "Actors", "قُراصنة الشبكة", "Élan Vital"),
        ("phu dong", "Actors", "海莲花", "Phù Đổng"),
        ("CVE-2023-34362", "Incidents", "A file transfer product is emptied", ""),
        ("tb-2023-m0ve", "Incidents", "A file transfer product is emptied", ""),
        ("deja vu", "Incidents", "A file transfer product is emptied", ""),
        ("spearphishing", "Incidents", "A file transfer product is emptied", ""),
        ("T1566.002", "Techniques", "T1566.002 Phishing: Spearphishing Link", ""),
        ("T1566", "Techniques", "T1566.002 Phishing: Spearphishing Link", ""),
        ("kr", "Countries", "South Korea", ""),
        ("south kor", "Countries", "South Korea", ""),
        ("energy", "Sectors", "Energy", ""),
        ("2023", "Years", "2023", ""),
    ],
)
def test_found(world: str, page: Page, question: str, group: str, title: str, matched: str) -> None:
    page.goto(f"{world}search/?q={question}")
    first = page.get_by_role("region", name=group).get_by_role("listitem").first
    expect(first.get_by_role("link")).to_have_text(title)
    if matched:
        expect(first.locator(".matched")).to_have_text(f"matched name: {matched}")
    else:
        expect(first.locator(".matched")).to_have_count(0)


def test_results_lead_to_their_pages_below_a_path(world: str, page: Page) -> None:
    page.goto(f"{world}search/?q=thing%20transfer%20product")
    page.get_by_role("searchbox").fill("file transfer")
    page.get_by_role("link", name="A file transfer product is emptied").click()
    page.wait_for_url("**/repo/incidents/tb-2023-m0ve/")
    page.goto(f"{world}404.html")
    page.get_by_role("searchbox").fill("kimsuky")
    page.keyboard.press("Enter")
    page.wait_for_url("**/repo/search/?q=kimsuky")


def test_markup_in_a_question_is_text(world: str, page: Page) -> None:
    page.goto(f"{world}search/?q=%3Cimg%20src%3Dx%3E%20kimsuky")
    expect(page.get_by_role("status")).to_contain_text("<img src=x> kimsuky")
    expect(page.locator("main img")).to_have_count(0)


def test_an_index_that_cannot_be_read_is_told(world: str, page: Page) -> None:
    page.route("**/search/names/**", lambda route: route.abort())
    page.goto(f"{world}search/?q=kimsuky")
    expect(page.get_by_role("status")).to_contain_text("could not be read")
    page.unroute("**/search/names/**")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Kimsuky")).to_be_visible()


def test_without_script_the_box_leads_to_lists(world: str, chromium: Browser) -> None:
    without = chromium.new_context(java_script_enabled=False)
    page = without.new_page()
    page.goto(world)
    page.get_by_role("searchbox").fill("kimsuky")
    page.keyboard.press("Enter")
    page.wait_for_url("**/repo/search/?q=kimsuky")
    expect(page.locator("noscript p")).to_contain_text("needs JavaScript")
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("link", name="Actors from A to Z").click()
    page.wait_for_url("**/repo/actors/")
    without.close()


@pytest.fixture
def script(world: str, page: Page) -> Callable[[str, object], object]:
    """Calls a function of search.js with the given argument."""
    page.goto(f"{world}search/")
    source = page.locator("script[type=module]").get_attribute("src")
    address = f"{world}search/{source}"

    def call(name: str, given: object) -> object:
        return page.evaluate(
            "async ([address, name, given]) => (await import(address))[name](given)", [address, name, given]
        )

    return call


def test_the_browser_folds_as_the_generator_does(script: Callable[[str, object], object]) -> None:
    assert {text: script("fold", text) for text in FOLDS} == FOLDS


def test_a_name_asked_for_as_it_is_spelt_has_its_terms(script: Callable[[str, object], object]) -> None:
    for name in NAMES:
        asked = script("parse", name)
        assert isinstance(asked, dict)
        wanted = {part["term"] for word in asked["words"] for part in word["parts"]}
        wanted |= {word["whole"] for word in asked["words"]} | {asked["whole"]}
        assert wanted - {""} <= name_terms([name]), name
        assert wanted - {""}, name


@pytest.mark.slow
def test_a_question_downloads_little_of_a_thousand_briefs(chromium: Browser, tmp_path: Path) -> None:
    searching = pytest.importorskip("searching")
    kb = searching.generated(1000, tmp_path / "records")
    searching.write_search(kb, tmp_path / "site")
    with searching.serving(tmp_path / "site", compressed=False) as served:
        asked = [searching.ask(chromium, served, question) for question in searching.questions(kb)]
    assert max(download.search for download in asked) < BUDGET
    assert all("Nothing" not in download.answer for download in asked)
