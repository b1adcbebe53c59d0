"""Feeds of a built site from one build to the next: what changed, and whom to tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import read_tree, run_threatbrief

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
