"""Whole pages: what is on them, what must never be, and that an empty site is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pytest
from tests.unit.views.page_samples import SITE, SOURCE, actor, claim, incident, render, software

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.pages import page_addresses

BRIEF = "incidents/tb-2019-7k3q/index.html"
RICH = incident(
    attribution=[claim("Kimsuky", stated="likely"), claim("APT37", "press")],
    assessment={"actor": "kimsuky", "confidence": "high", "why": "Because.", "sources": ["ms"]},
    targets={"sectors": ["government"], "countries": ["KR"]},
    software=["babyshark"],
    techniques=[
        {"id": "T1566.002", "basis": "reported", "sources": ["ms"]},
        {"id": "T1036.005", "basis": "group-profile", "note": "Known of the group."},
    ],
    timeline=[{"date": "2010", "event": "It begins."}, {"date": "2019-12-18", "event": "A complaint."}],
    indicators=[{"type": "domain-name", "value": "bad.example.org", "context": "Seen with bad.example.org"}],
    revisions=[{"at": "2026-12-01T10:00:00Z", "kind": "correction", "note": "Not bad.example.org."}],
    formerly=["tb-2019-old0"],
    body="A sentence [@ms][@ms] on bad.example.org. See [[kimsuky]].",
)
EVERYTHING = (RICH, actor(), actor("apt37", "APT37"), software())


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return render(*EVERYTHING)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and tag != "link":
                self.found.append(value)
            if name == "id" and value:
                self.ids.add(value)


def _parsed(html: str) -> _Links:
    parser = _Links()
    parser.feed(html)
    return parser


def _targets(path: str, html: str) -> Iterator[tuple[str, str]]:
    for href in _parsed(html).found:
        if re.match(r"[a-z]+:", href):
            continue
        place, _, anchor = href.partition("#")
        if place.startswith("/"):
            target = place.removeprefix(SITE.base_path)
        else:
            parts: list[str] = list(PurePosixPath(path).parent.parts)
            for part in PurePosixPath(place or PurePosixPath(path).name).parts:
                if part == "..":
                    parts.pop()
                else:
                    parts.append(part)
            target = "/".join(parts) + ("/" if place.endswith("/") and parts else "")
        yield (f"{target}index.html" if target.endswith("/") or not target else target), anchor


def test_every_link_between_pages_leads_somewhere(pages: dict[str, str]) -> None:
    files = re.compile(r"(assets/|data/|.*\.(json|xml|pdf|bib|csv)$)")
    ids = {path: _parsed(html).ids for path, html in pages.items()}
    for path, html in pages.items():
        for target, anchor in _targets(path, html):
            if target not in pages:
                assert files.match(target), f"{path} links to {target}"
            elif anchor:
                assert anchor in ids[target], f"{path} links to {target}#{anchor}"


def test_no_page_has_inline_script_or_style_or_asks_another_host(pages: dict[str, str]) -> None:
    for path, html in pages.items():
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), path
        scripts = re.findall(r"<script[^>]*>", html)
        assert all(" src=" in tag or tag == '<script type="application/ld+json">' for tag in scripts), path
        loaded = re.findall(r'<(?:script|img|source|iframe)[^>]* src="([^"]*)"', html)
        loaded += re.findall(r'<link rel="(?:stylesheet|preload|icon|manifest)" href="([^"]*)"', html)
        assert loaded, path
        assert not [url for url in loaded if re.match(r"[a-z]+:|//", url)], path


def test_ids_are_unique_on_each_page(pages: dict[str, str]) -> None:
    for path, html in pages.items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), path


def test_an_exact_indicator_is_on_no_page(pages: dict[str, str]) -> None:
    assert "bad[.]example[.]org" in pages[BRIEF]
    assert [path for path, html in pages.items() if "bad.example.org" in html] == []


def test_what_is_only_known_of_the_group_is_apart_and_folded(pages: dict[str, str]) -> None:
    before, fold, after = pages[BRIEF].partition('<details class="fold profile">')
    assert fold
    assert "T1036.005" not in before
    assert "T1036.005" in after
    assert "techniques/t1036.005/index.html" not in pages


def test_a_source_says_where_it_is_cited(pages: dict[str, str]) -> None:
    entry = pages[BRIEF].partition('<li id="s1">')[2].partition("</li>")[0]
    assert re.findall(r'href="#([a-z]+)"', entry) == ["attribution", "narrative", "techniques"]


def test_the_side_notes_name_the_sources_of_the_narrative_alone() -> None:
    other = SOURCE | {"id": "x", "publisher": "Elsewhere", "url": "https://example.org/b"}
    files = render(incident(sources=[other, SOURCE], body="Text [@ms]."), incident("TB-2019-C5K0"))
    notes = (
        files["incidents/tb-2019-7k3q/index.html"]
        .partition('<aside class="side"')[2]
        .partition("</aside>")[0]
    )
    assert '<a href="#s2">2</a>' in notes
    assert "Elsewhere" not in notes
    assert "Cited here" not in files["incidents/tb-2019-c5k0/index.html"]


def test_a_group_of_feeds_says_once_what_each_of_them_carries() -> None:
    page = render(incident(), actor(), actor("apt37", "APT37"))["feeds/index.html"]
    assert page.count("to be the work of the actor, in full.") == 1
    assert "to be the work of APT37" not in page


def test_neighbouring_citations_share_one_sup_that_hangs_on_its_word(pages: dict[str, str]) -> None:
    link = '<a class="c" href="#s1">1</a>'
    assert f'A sentence<sup class="cc">{link} {link}</sup>' in pages[BRIEF]


def test_the_navigation_shows_what_exists_and_marks_where_one_is(pages: dict[str, str]) -> None:
    entries = re.findall(r"<li[^>]*><a href=\"[^\"]*\"[^>]*>([^<]+)</a></li>", _nav(pages[BRIEF]))
    assert entries == [
        "Latest",
        "Incidents",
        "Actors",
        "Software",
        "Techniques",
        "Corrections",
        "Feeds",
        "Data",
    ]
    assert re.findall(r'aria-current="page">([^<]+)<', _nav(pages[BRIEF])) == ["Incidents"]
    bare = render(incident())
    assert "Actors" not in _nav(bare["index.html"])
    assert not [path for path in bare if path.startswith(("actors/", "software/"))]


def _nav(html: str) -> str:
    return html.partition('aria-label="Site">')[2].partition("</nav>")[0]


def test_a_site_of_one_small_record_has_no_empty_section() -> None:
    for path, html in render(incident(body="")).items():
        assert not re.search(r"<(ul|ol|dl|tbody|table|section|h[1-6]|figcaption)[^>]*>\s*</\1>", html), path
        assert "None" not in re.sub(r"<[^>]*>", "", html), path
    brief = render(incident(body=""))[BRIEF]
    assert re.findall(r'<section class="sec[^"]*" id="([a-z]+)"', brief) == [
        "sources",
        "revisions",
        "download",
    ]


def test_a_site_without_records_still_has_its_pages() -> None:
    pages = render()
    assert {"index.html", "incidents/index.html", "404.html", "feeds/index.html", "data/index.html"} <= set(
        pages
    )
    assert "yet to be published" in pages["index.html"]


def test_the_contents_list_names_each_section_of_the_page_in_order(pages: dict[str, str]) -> None:
    toc = pages[BRIEF].partition('class="toc"')[2].partition("</nav>")[0]
    listed = re.findall(r'href="#([a-z]+)"', toc)
    assert listed == re.findall(r'<section class="sec[^"]*" id="([a-z]+)"', pages[BRIEF])
    assert len(listed) > 7


def test_a_withdrawn_record_leaves_its_reason_and_nothing_it_said() -> None:
    gone = incident(
        status="withdrawn",
        reason="The source took it back.",
        title="A false claim",
        formerly=["tb-2019-old0"],
    )
    pages = render(gone, incident("TB-2020-0001", related=[{"id": gone.id, "relation": "same-tactic"}]))
    assert "The source took it back." in pages[BRIEF]
    assert [path for path, html in pages.items() if "A false claim" in html] == []
    naming = {path for path, html in pages.items() if "tb-2019-7k3q/" in html}
    assert naming == {BRIEF, "incidents/tb-2019-old0/index.html"}
    assert 'name="robots" content="noindex"' in pages[BRIEF]


def test_a_former_address_leads_to_the_present_one(pages: dict[str, str]) -> None:
    assert (
        '<meta http-equiv="refresh" content="0; url=../../incidents/tb-2019-7k3q/">'
        in pages["incidents/tb-2019-old0/index.html"]
    )


def test_links_of_the_404_page_begin_at_the_root_of_the_site(pages: dict[str, str]) -> None:
    inner = [href for href in _parsed(pages["404.html"]).found if not re.match(r"[a-z]+:|#", href)]
    assert inner
    assert all(href.startswith("/ti/") for href in inner)


def test_text_of_a_record_is_text() -> None:
    nasty = '</title><script>alert("x")</script>{{ 7*7 }}'
    source = SOURCE | {"title": nasty, "publisher": nasty}
    pages = render(
        incident(
            title=nasty,
            summary=nasty,
            sources=[source],
            body=nasty,
            attribution=[claim(nasty, nasty, note=nasty)],
        ),
        actor(names=[{"name": nasty, "by": nasty, "note": nasty}]),
    )
    for path, html in pages.items():
        assert "<script>alert" not in html, path
        assert "49" not in re.sub(r"<[^>]*>", "", html), path


@pytest.mark.parametrize("label", list(Tlp)[1:])
def test_a_page_carries_the_highest_marking_left_on_it(label: Tlp) -> None:
    site = SITE.model_copy(update={"tlp": label})
    marked = incident(indicators=[{"type": "md5", "value": "0" * 32, "tlp": label.value}])
    pages = render(marked, incident("TB-2020-0001"), site=site)
    assert f">{label.label}</span>" in pages[BRIEF]
    assert f">{label.label}</span>" in pages["index.html"]
    assert ">TLP:CLEAR</span>" in pages["incidents/tb-2020-0001/index.html"]
    assert all('content="noindex"' in html for html in pages.values())


def test_the_addresses_are_those_of_the_pages(pages: dict[str, str]) -> None:
    assert sorted(page_addresses(KnowledgeBase.of(EVERYTHING), SITE)) == sorted(pages)


def test_pages_are_the_same_whatever_the_order_of_the_records(pages: dict[str, str]) -> None:
    assert render(*reversed(EVERYTHING)) == pages


def test_a_hand_written_page_stands_in_the_navigation_everywhere() -> None:
    site: SiteConfig = SITE.model_copy(update={"nav_pages": (("Method", "method/"),)})
    assert '<a href="../../method/">Method</a>' in _nav(render(incident(), site=site)[BRIEF])
