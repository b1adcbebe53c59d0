"""The head of pages: what search engines and other readers of metadata are told."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.unit.views.page_samples import SITE, TEMPLATES, actor, incident, software

from threatbrief.build.artifact import Artifact
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record, Tlp
from threatbrief.outputs.pages import PagesOutput
from threatbrief.render.engine import Engine
from threatbrief.views.sitemap import WHOLE, PageEntry, sitemaps

NASTY = "</script><script>alert('x')</script>"


def build(*records: Record, site: Any = SITE) -> dict[str, bytes]:
    """Every file of the pages output."""
    output, engine = PagesOutput(), Engine(TEMPLATES)
    artifacts: list[Artifact] = list(output.plan(KnowledgeBase.of(records), site))
    return {str(a.path): output.render(a, engine) for a in artifacts}


def schema(page: bytes) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.decode(), re.DOTALL)
    read: dict[str, Any] = json.loads(found)
    return read


def test_a_brief_tells_its_dates_publisher_and_sources() -> None:
    revised = [{"at": "2026-12-01T10:00:00Z", "kind": "correction", "note": "A number."}]
    pages = build(incident(title=NASTY, revisions=revised, software=["babyshark"]), software())
    told = schema(pages["incidents/tb-2019-7k3q/index.html"])
    assert told["@type"] == "Report"
    assert told["headline"] == NASTY
    assert told["reportNumber"] == "TB-2019-7K3Q"
    assert told["version"] == 2
    assert told["datePublished"] == "2026-11-22T09:00:00Z"
    assert told["dateModified"] == "2026-12-01T10:00:00Z"
    assert told["publisher"]["name"] == SITE.publisher.name
    assert [c["name"] for c in told["citation"]] == ["A title"]
    assert told["about"][0]["url"] == "https://briefs.example.org/ti/software/babyshark/"
    assert b"<script>alert" not in pages["incidents/tb-2019-7k3q/index.html"]


def test_every_page_tells_what_it_is() -> None:
    pages = build(incident(), actor(names=[{"name": "APT43"}]), software())
    for path, content in pages.items():
        if path.endswith(".html"):
            assert schema(content)["url"].startswith(SITE.site_url), path
    assert schema(pages["index.html"])["@type"] == "WebSite"
    assert schema(pages["actors/kimsuky/index.html"])["about"]["alternateName"] == ["APT43"]


def locations(sitemap: bytes) -> dict[str, str]:
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    rows = ElementTree.fromstring(sitemap)
    return {row.findtext(f"{name}loc", ""): row.findtext(f"{name}lastmod", "") for row in rows}


def test_the_sitemap_lists_what_may_be_found_with_its_last_change() -> None:
    files = build(
        incident(
            revisions=[{"at": "2026-12-01T10:00:00Z", "kind": "update", "note": "More."}], formerly=["old"]
        ),
        incident("TB-2020-0001", status="withdrawn", reason="Wrong."),
        actor(names=[{"name": "APT43"}], published="2026-11-01T00:00:00Z"),
    )
    found = locations(files["sitemap.xml"])
    pages = {path.removesuffix("index.html") for path, page in files.items() if path.endswith(".html")}
    kept = {
        p for p in pages if b'content="noindex"' not in files[p if p.endswith(".html") else f"{p}index.html"]
    }
    assert set(found) == {SITE.url(path) for path in kept}
    assert found[SITE.url("incidents/tb-2019-7k3q/")] == "2026-12-01T10:00:00Z"
    assert found[SITE.url("actors/kimsuky/")] == "2026-11-01T00:00:00Z"
    assert files["robots.txt"] == f"User-agent: *\nDisallow:\n\nSitemap: {SITE.url('sitemap.xml')}\n".encode()


@pytest.mark.parametrize("label", list(Tlp)[1:])
def test_nothing_invites_search_engines_above_clear(label: Tlp) -> None:
    files = build(incident(), site=SITE.model_copy(update={"tlp": label}))
    assert not [path for path in files if "sitemap" in path]
    assert files["robots.txt"] == b"User-agent: *\nDisallow: /\n"


def test_a_large_site_has_an_index_and_one_change_touches_two_files() -> None:
    addresses = [f"incidents/tb-{2010 + n % 10}-{n:04d}/" for n in range(2000)]
    addresses += [f"actors/{letter}{n}/" for letter in "abc" for n in range(50)] + [
        "",
        "incidents/",
        "years/2011/",
    ]
    pages = [PageEntry(address, "2026-01-01T00:00:00Z") for address in addresses]
    before = dict(sitemaps(pages, SITE))
    pages[7] = PageEntry(pages[7].address, "2026-02-01T00:00:00Z")
    after = dict(sitemaps(pages, SITE))
    assert before["sitemap.xml"].is_index
    assert [path for path in after if after[path] != before[path]] == [
        "sitemaps/incidents-2017.xml",
        "sitemap.xml",
    ]
    listed = [url.loc for path, view in after.items() if path != "sitemap.xml" for url in view.urls]
    assert sorted(listed) == sorted(SITE.url(address) for address in addresses)
    indexed = {url.loc for url in after["sitemap.xml"].urls}
    assert indexed == {SITE.url(path) for path in after if path != "sitemap.xml"}


def test_no_sitemap_is_named_as_feeds_are() -> None:
    pages = [PageEntry(f"incidents/tb-2019-{n:04d}/", "") for n in range(WHOLE)]
    paths = [path for path, _ in sitemaps([*pages, PageEntry("feeds/", "")], SITE)]
    assert "sitemaps/section-feeds.xml" in paths
    assert not [path for path in paths if path.startswith("sitemaps/feed")]
