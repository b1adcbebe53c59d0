"""The list of incidents, filtered by keyboard and by address; what is copied; what works without scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def records(site: Path) -> list[dict[str, Any]]:
    """The incidents of the site as its own export has them, newest first."""
    everything = json.loads((site / "data/records.json").read_text(encoding="utf-8"))
    return [record for record in everything["records"] if record["record_type"] == "incident"]


def titles(page: Page) -> list[str]:
    return page.locator("main [data-list] .list h2, main [data-list] .list h3").all_inner_texts()


def press_until(page: Page, selector: str) -> None:
    """Walk with the Tab key to an element, as somebody without a mouse does."""
    wanted = page.locator(selector)
    for _ in range(200):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_country_and_year_by_keyboard_and_by_address(
    page: Page, chromium: Browser, address: str, shipped_site: Path
) -> None:
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    fetched: list[str] = []
    page.on("request", lambda r: fetched.append(r.url))
    page.goto(address + "incidents/")
    assert not [url for url in fetched if "/filter/" in url]
    expect(page.locator("[data-found]")).to_be_empty()

    country = page.locator('[data-facet="country"] li a').first
    code = str(country.get_attribute("href")).rstrip("/").rpartition("/")[2].upper()
    mine = [i for i in records(shipped_site) if code in i.get("targets", {}).get("countries", [])]
    year = str(mine[0]["disclosed"])[:4]
    wanted = [str(i["title"]) for i in mine if str(i["disclosed"]).startswith(year)]

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    if page.locator('[data-facet="country"]').get_attribute("open") is None:
        press_until(page, '[data-facet="country"] summary')
        page.keyboard.press("Enter")
    press_until(page, f'[data-facet="country"] a[href$="/{code.lower()}/"]')
    page.keyboard.press("Enter")
    expect(page.locator("[data-found]")).to_contain_text(f"{len(mine)} of ")
    expect(page.locator(f'[data-facet="country"] a[data-value="{code}"]')).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.locator('[data-facet="year"] summary').focus()
    press_until(page, f'[data-facet="year"] a[data-value="{year}"]')
    count = page.locator(f'[data-facet="year"] li:has(a[data-value="{year}"]) .num').inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("[data-found]")).to_contain_text(f"{len(wanted)} of ")
    assert count == str(len(wanted))
    assert titles(page) == wanted
    assert page.url == f"{address}incidents/?year={year}&country={code}"
    assert page.locator("[data-found]").get_attribute("role") == "status"

    page.reload()
    expect(page.locator("[data-found]")).to_contain_text(f"{len(wanted)} of ")
    assert titles(page) == wanted
    with chromium.new_context() as fresh:
        shared = fresh.new_page()
        shared.goto(page.url)
        expect(shared.locator("[data-found]")).to_contain_text(f"{len(wanted)} of ")
        assert titles(shared) == wanted

    page.locator("[data-list] .list a").first.click()
    expect(page.locator("h1")).to_have_text(wanted[0])
    page.go_back()
    expect(page.locator("[data-found]")).to_contain_text(f"{len(wanted)} of ")
    page.get_by_role("link", name="Show all incidents").press("Enter")
    expect(page.locator("[data-found]")).to_have_text("All incidents are shown.")
    assert page.url == f"{address}incidents/"
    assert titles(page) == [str(i["title"]) for i in records(shipped_site)][: len(titles(page))]
    assert faults == []


def test_a_technique_combines_with_a_kind(page: Page, address: str, shipped_site: Path) -> None:
    first = next(
        i for i in records(shipped_site) if any(t["basis"] == "reported" for t in i.get("techniques", []))
    )
    technique = next(t["id"] for t in first["techniques"] if t["basis"] == "reported")
    page.goto(f"{address}incidents/?technique={technique}&kind={first['kind']}")
    expect(page.locator("[data-found]")).to_contain_text(technique)
    assert str(first["title"]) in titles(page)
    expect(page.locator('[data-facet="technique"] [aria-current]')).to_contain_text(technique)


def test_a_value_that_nobody_has_finds_nothing(page: Page, address: str) -> None:
    page.goto(f"{address}incidents/?country=<b>&kind=constructor")
    expect(page.locator("[data-found]")).to_contain_text("0 of ")
    expect(page.locator("[data-found]")).to_contain_text("<b>")
    assert titles(page) == []


def test_an_index_that_cannot_be_read_is_told(page: Page, address: str) -> None:
    page.route("**/filter/*.json", lambda route: route.abort())
    page.goto(address + "incidents/")
    before = titles(page)
    page.locator('[data-facet="kind"] li a').first.click()
    expect(page.locator("[data-found]")).to_contain_text("cannot be read")
    assert titles(page) == before


def test_an_indicator_is_copied_as_it_is_shown(chromium: Browser, golden_address: str) -> None:
    with chromium.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(golden_address + "incidents/gb-2024-aaaa/#indicators")
        for row in page.locator(".ioc tbody tr").all():
            row.get_by_role("button").press("Enter")
            expect(row.get_by_role("button")).to_have_text("Copied")
            assert page.evaluate("navigator.clipboard.readText()") == row.locator("code").inner_text()
        assert page.locator(".ioc tbody tr").count() > 0


KINDS = {
    "home": "",
    "incidents": "incidents/",
    "incidents of a year": "incidents/2019/",
    "actors": "actors/",
    "software": "software/",
    "corrections": "corrections/",
    "feeds": "feeds/",
    "data": "data/",
    "incident": "incidents/tb-2019-7k3q/",
    "contested incidents": "incidents/contested/",
    "incidents of a kind": "incidents/kind/takedown/",
    "actor": "actors/kimsuky/",
    "actors of a country": "actors/country/kp/",
    "contested name": "actors/thallium/",
    "malware": "software/babyshark/",
    "technique": "techniques/t1583.001/",
    "techniques": "techniques/",
    "country": "countries/kr/",
    "sector": "sectors/government/",
    "year": "years/2019/",
    "timeline": "timeline/",
    "hand-written": "about/",
}


@pytest.mark.parametrize("place", KINDS.values(), ids=KINDS)
def test_a_page_reads_complete_without_scripts(
    chromium: Browser, page: Page, address: str, place: str
) -> None:
    answer = page.goto(address + place)
    assert answer
    assert answer.ok
    with chromium.new_context(java_script_enabled=False, viewport=page.viewport_size) as context:
        plain = context.new_page()
        plain.goto(address + place)
        words = [shown.locator("main").inner_text().split() for shown in (page, plain)]
    ours, plainly = ([word for word in found if word != "Copy"] for found in words)  # the copy buttons
    assert ours == plainly
    assert len(words[0]) > 5
