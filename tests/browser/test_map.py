"""The map of victims: one shared outline of the land, admitted by the page's own policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_land_is_drawn_from_the_shared_file(page: Page, address: str, scheme: str) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{address}countries/", wait_until="networkidle")
    land = page.locator("svg.map use.land")
    box = land.evaluate("use => { const box = use.getBBox(); return [box.width, box.height] }")
    assert box[0] > 800
    assert box[1] > 300
    assert page.locator("svg.map circle").count() > 3
    assert refused == []
