"""The frame of pages: what is served for an address that is not there, and the navigation on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serving
from tests.conftest import REPOSITORY, run_threatbrief


@pytest.fixture(scope="module")
def below(once: Callable[[str, Callable[[Path], None]], Path]) -> Iterator[str]:
    """The address of a host whose path `repo/` is the small site."""

    def fill(folder: Path) -> None:
        settings = (REPOSITORY / "tests/golden/mkdocs.yml").read_text(encoding="utf-8")
        lines = [line for line in settings.splitlines() if not line.startswith(("site_url:", "site_dir:"))]
        lines += ["site_url: https://x.example/repo/", "site_dir: host/repo"]
        (folder / "mkdocs.yml").write_text("\n".join(lines), encoding="utf-8")
        shutil.copytree(REPOSITORY / "tests/golden/content", folder / "content")
        run = run_threatbrief("build", "--no-pdf", cwd=folder)
        assert run.returncode == 0, run.stderr
        shutil.copy(folder / "host/repo/404.html", folder / "host")

    with serving(once("golden-site-below-a-path", fill) / "host") as served:
        yield served


def test_at_any_depth_the_404_page_has_its_styles_and_its_way_home(below: str, page: Page) -> None:
    fallen: list[str] = []
    page.on("response", lambda response: fallen.append(response.url) if response.status >= 400 else None)
    page.goto(f"{below}repo/no/such/page")
    expect(page.locator("h1")).to_have_text("There is no page here")
    assert fallen == [f"{below}repo/no/such/page"]
    assert "Threatbrief" in page.evaluate("getComputedStyle(document.body).fontFamily")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Incidents").click()
    expect(page).to_have_url(f"{below}repo/incidents/")


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_the_navigation_takes_two_lines_and_keys_reach_all_of_it(
    address: str, page: Page, scripts: bool
) -> None:
    assert page.context.browser
    context = page.context.browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=scripts
    )
    phone = context.new_page()
    phone.goto(address)
    links = phone.get_by_role("navigation", name="Site").get_by_role("link")
    tops = {round(box["y"]) for link in links.all() if (box := link.bounding_box())}
    assert len(tops) <= 2
    links.first.focus()
    for _ in range(links.count() - 1):
        phone.keyboard.press("Tab")
    expect(links.last).to_be_focused()
    box = links.last.bounding_box()
    assert box
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    context.close()


@pytest.mark.parametrize("width", [320, 768, 800, 1000, 1160])
def test_no_page_is_wider_than_its_window(address: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for place in (
        "",
        "incidents/tb-2020-45mk/",
        "actors/sandworm-team/",
        "software/babyshark/",
        "feeds/",
        "data/",
    ):
        page.goto(address + place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place


def test_claims_side_by_side_stand_in_rows_that_all_columns_share(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}incidents/tb-2019-7k3q/")
    tops: dict[str, set[int]] = {}
    for part in (".by", ".says", ".grades"):
        boxes = [box for row in page.locator(f".said {part}").all() if (box := row.bounding_box())]
        tops[part] = {round(box["y"]) for box in boxes}
    assert page.locator(".said").count() == 7
    assert {part: len(found) for part, found in tops.items()} == {".by": 2, ".says": 2, ".grades": 2}
