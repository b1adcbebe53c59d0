"""Feeds of a built site from one build to the next: what changed, and whom to tell."""

from __future__ import annotations

import re
from pathlib import Path

import feedparser
import pytest

from tests.conftest import read_tree, run_threatbrief

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc0f01f0005050102a0a4e9a40000000049454e44ae426082"
)
BRIEF = """---
id: TB-2020-{number:04}
title: Brief {number}
tlp: CLEAR
status: published
published: 2020-01-{number:02}T09:00:00Z
kind: intrusion
disclosed: 2020-01
summary: Summary of {number}.
targets: {{sectors: [{sector}]}}
sources:
  one: {{publisher: P, title: T, url: "https://news.example/{number}"}}
{more}---
Text of {number} [@one].
"""


def write(site: Path, number: int, sector: str, more: str = "") -> None:
    file = site / f"content/records/incidents/2020/tb-2020-{number:04}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(BRIEF.format(number=number, sector=sector, more=more), encoding="utf-8")


def build(site: Path) -> tuple[dict[str, bytes], list[str]]:
    run = run_threatbrief("build", "--no-pdf", "--changed-feeds", "changed.txt", cwd=site)
    assert run.returncode == 0, run.stderr
    return read_tree(site / "site"), (site / "changed.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    assert run_threatbrief("init", "site", cwd=tmp_path).returncode == 0
    config = tmp_path / "site/mkdocs.yml"
    text = re.sub(r"(?m)^#?\s*site_url:.*\n", "", config.read_text(encoding="utf-8"))
    config.write_text(f"site_url: https://briefs.example/\n{text}", encoding="utf-8")
    for number in range(1, 20):
        write(tmp_path / "site", number, "energy" if number % 2 else "finance")
    return tmp_path / "site"


def test_the_build_names_the_feeds_that_changed(site: Path) -> None:
    before, first = build(site)
    assert {"https://briefs.example/feeds/rss.xml", "https://briefs.example/feeds/feed.json"} <= set(first)
    after, none = build(site)
    assert none == []
    assert after == before
    write(site, 3, "energy", "revisions:\n  - {at: 2021-01-01, kind: correction, note: Put right.}\n")
    after, told = build(site)
    changed = {path for path in before if before[path] != after[path]}
    feeds = {path for path in changed if re.search(r"(rss|atom|feed)\.(xml|json)$", path)}
    assert set(told) == {f"https://briefs.example/{path}" for path in feeds}
    assert feeds == {
        "feeds/rss.xml",
        "feeds/atom.xml",
        "feeds/feed.json",
        "feeds/updates-rss.xml",
        "feeds/corrections-rss.xml",
        "sectors/energy/rss.xml",
        "incidents/kind/intrusion/rss.xml",
    }
    archives = {path for path in changed if "/archive/" in path}
    assert archives == {
        "feeds/archive/rss-1.xml",
        "feeds/archive/atom-1.xml",
        "feeds/archive/updates-rss-1.xml",
    }


def test_a_figure_lies_where_page_and_feed_look_for_it(site: Path) -> None:
    folder = site / "content/records/incidents/2020/figures"
    folder.mkdir(parents=True)
    (folder / "map.png").write_bytes(PNG)
    (folder / "canary.png").write_bytes(PNG + b"canary")
    figures = (
        "figures:\n  - {file: figures/map.png, alt: A map of it, caption: The map.}\n"
        "  - {file: figures/canary.png, alt: A canary, tlp: AMBER}\n"
    )
    write(site, 3, "energy", figures)
    files, _ = build(site)
    assert files["incidents/tb-2020-0003/figures/map.png"] == PNG
    assert not [path for path, content in files.items() if b"canary" in content or "canary" in path]
    page = files["incidents/tb-2020-0003/index.html"].decode()
    assert re.search(
        r'<img[^>]*src="[./]*incidents/tb-2020-0003/figures/map\.png"[^>]*alt="A map of it"', page
    )
    entries = feedparser.parse(files["feeds/archive/rss-1.xml"]).entries
    [entry] = [entry for entry in entries if entry.id.endswith("0003")]
    assert 'src="https://briefs.example/incidents/tb-2020-0003/figures/map.png"' in entry.content[0].value
