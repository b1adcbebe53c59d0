"""Pictures of every kind of page, light and dark, on a desktop and on a phone: `make screenshots`.

    python -m tests.browser.screenshots SITE FOLDER

writes FOLDER/<kind>-<light|dark>-<desktop|phone>.png. Of each kind it takes the longest page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.browser.conftest import FLAGS, find_chromium, serving

KINDS = {
    "home": "index.html",
    "incidents": "incidents/index.html",
    "incidents-of-a-year": "incidents/[0-9]*/index.html",
    "incidents-of-a-kind": "incidents/kind/*/index.html",
    "incident": "incidents/*-*-*/index.html",
    "actors": "actors/index.html",
    "actors-of-a-country": "actors/country/*/index.html",
    "actor": "actors/*/index.html",
    "software-list": "software/index.html",
    "software": "software/*/index.html",
    "techniques": "techniques/index.html",
    "technique": "techniques/*/index.html",
    "sectors": "sectors/index.html",
    "sector": "sectors/*/index.html",
    "countries": "countries/index.html",
    "country": "countries/*/index.html",
    "year": "years/*/index.html",
    "timeline": "timeline/index.html",
    "search": "search/index.html",
    "corrections": "corrections/index.html",
    "feeds": "feeds/index.html",
    "data": "data/index.html",
    "prose": "about/index.html",
    "not-found": "404.html",
}
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LONGEST = 12_000
"""Pixels of a page's height that a picture shows at most."""


def places(site: Path) -> Iterator[tuple[str, str]]:
    """Each kind of page that the site has, and the address of the longest one."""
    for kind, pattern in KINDS.items():
        if found := sorted(site.glob(pattern), key=lambda path: (-path.stat().st_size, path)):
            yield kind, found[0].relative_to(site).as_posix().removesuffix("index.html")
    for path in sorted(site.glob("actors/*/index.html")):
        if "who means whom" in path.read_text(encoding="utf-8"):
            yield "contested-name", path.relative_to(site).as_posix().removesuffix("index.html")
            return


def picture(browser: Browser, url: str, file: Path, scheme: str, size: str) -> None:
    """One page as one picture."""
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    tall = min(int(page.evaluate("document.documentElement.scrollHeight")), LONGEST)
    page.set_viewport_size({"width": width, "height": max(tall, height)})
    page.screenshot(path=file)
    context.close()


def main(site: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with serving(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for kind, place in places(site):
            for scheme in ("light", "dark"):
                for size in SIZES:
                    picture(browser, address + place, folder / f"{kind}-{scheme}-{size}.png", scheme, size)
            print(f"{kind}: {place or 'the front page'}")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
