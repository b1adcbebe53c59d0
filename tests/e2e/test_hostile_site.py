"""All hostile cases that are not refused, built into one site: shown as typed, and doing nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import read_tree, run_threatbrief
from tests.e2e.test_hostile import CASES, map_case, needs_cases, run_case

pytestmark = needs_cases

CONFIG = """site_name: Hostile Briefs
site_url: https://hostile.example/briefs/
docs_dir: content/pages
theme: threatbrief
plugins:
  - threatbrief:
      authority: hostile.example,2026
"""
ACTIVE = {"script", "iframe", "object", "embed", "form", "base", "style"}
ADDRESSES = {"href", "src", "action", "formaction", "srcset", "xlink:href", "poster"}
SURFACES = {
    "html": {".html"},
    "rss": {".xml"},
    "json": {".json", ".jsonl"},
    "csv": {".csv"},
    "stix": {".json"},
    "sitemap": {".xml"},
    "pdf": {".pdf"},
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How each case ends by itself."""
    folder = tmp_path_factory.mktemp("alone")
    return {name: run_case(case, folder / name).outcome for name, case in CASES.items()}


@pytest.fixture(scope="module")
def site(once: Callable[[str, Callable[[Path], None]], Path], outcomes: dict[str, str]) -> dict[str, bytes]:
    """The site of all cases that are not refused: path → bytes."""

    def fill(folder: Path) -> None:
        (folder / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
        (folder / "content" / "pages").mkdir(parents=True)
        for name, case in CASES.items():
            if outcomes[name] != "reject":
                map_case(case, folder / "content" / "records")
        run = run_threatbrief("build", cwd=folder)
        assert run.returncode == 0, run.stderr
        assert "Traceback" not in run.stderr

    return read_tree(once("hostile-site", fill) / "site")


@pytest.fixture(scope="module")
def pdf_texts(site: dict[str, bytes]) -> dict[str, str]:
    """Path → text of each PDF, as pdftotext reads it."""
    texts = {}
    for path, content in site.items():
        if path.endswith(".pdf"):
            done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
            texts[path] = done.stdout.decode()
    return texts


def files_of(site: dict[str, bytes], surface: str) -> Iterator[tuple[str, str]]:
    for path, content in site.items():
        if Path(path).suffix in SURFACES[surface]:
            yield path, content.decode("utf-8", "replace")


def files_of_case(
    site: dict[str, bytes], case: dict[str, Any], surface: str, pattern: str
) -> Iterator[tuple[str, str]]:
    """The files that a pattern of a case is meant for: its own; all, if it names the case's canary."""
    for path, text in files_of(site, surface):
        if case["canary"] in pattern or case["canary"] in path:
            yield path, text


class Watcher(HTMLParser):
    """Collects what could act: active elements' text, handlers, schemes of addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.is_data = False
        self.active: list[str] = []
        self.handlers: list[str] = []
        self.schemes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.inside.append(tag)
            self.is_data = ("type", "application/ld+json") in attrs
        if tag in ACTIVE or (tag == "meta" and any(name == "http-equiv" for name, _ in attrs)):
            self.active.append(f"{tag} {attrs}")
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}={value}")
            if name in ADDRESSES:
                scheme = re.match(r"[\s\x00-\x20]*([a-z][a-z0-9+.-]*):", value or "", re.IGNORECASE)
                self.schemes.add(scheme.group(1).lower() if scheme else "")

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside and self.is_data:
            json.loads(data)  # a data block runs nothing; what breaks out of it would be no JSON
        elif self.inside:
            self.active.append(data)


def test_no_page_holds_anything_that_acts(site: dict[str, bytes]) -> None:
    pages = dict(files_of(site, "html"))
    assert len(pages) > 50
    for path, text in pages.items():
        watcher = Watcher()
        watcher.feed(text)
        watcher.close()
        assert not watcher.handlers, (path, watcher.handlers)
        assert watcher.schemes <= {"", "http", "https", "mailto"}, (path, watcher.schemes)
        assert not [part for part in watcher.active if re.search(r"hx\d{3}", part)], (path, watcher.active)


def test_every_file_parses(site: dict[str, bytes]) -> None:
    for path, content in site.items():
        suffix = Path(path).suffix
        if suffix in (".xml", ".svg", ".opml"):
            ET.fromstring(content)
        elif suffix in (".json", ".webmanifest"):
            json.loads(content)
        elif suffix == ".jsonl":
            assert all(json.loads(line) for line in content.decode().splitlines())
        elif suffix == ".csv":
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
            assert len({len(row) for row in rows}) <= 1, path
            risky = [cell for row in rows[1:] for cell in row if re.match(r"[=+@\t\r]", cell)]
            assert not risky, (path, risky)


def forbidding() -> list[str]:
    return sorted(name for name, case in CASES.items() if case["must_not"])


@pytest.mark.parametrize("name", forbidding())
def test_no_output_holds_what_the_case_forbids(name: str, site: dict[str, bytes]) -> None:
    case = CASES[name]
    for pattern in case["must_not"]:
        for surface in case["surfaces"]:
            for path, text in files_of_case(site, case, surface, pattern):
                binary = Path(path).suffix == ".pdf" and not pattern.isprintable()
                assert binary or not re.search(pattern, text), (pattern, path)


@pytest.mark.parametrize("name", sorted(n for n, case in CASES.items() if case["must"]))
def test_pages_and_briefs_hold_what_the_case_demands(
    name: str, site: dict[str, bytes], pdf_texts: dict[str, str], outcomes: dict[str, str]
) -> None:
    if outcomes[name] == "reject":
        pytest.skip("the case is refused")
    case: dict[str, Any] = CASES[name]
    folder = f"incidents/2024-{case['canary']}/"
    page = site[f"{folder}index.html"].decode()
    brief = pdf_texts[f"{folder}brief.pdf"]
    for pattern in case["must"]:
        assert re.search(pattern, page), pattern
        assert re.search(pattern, spell_out(brief)), pattern


def spell_out(brief: str) -> str:
    """The text of a brief on one line; a character without a glyph stands there as its code point."""
    text = re.sub(r"\s+", " ", brief)
    text = re.sub(r"(?<=U\+[0-9A-F]{4}) (?=U\+)", "", text)
    return re.sub(r"U\+([0-9A-F]{4,6})", lambda match: chr(int(match.group(1), 16)), text)


def test_what_is_held_or_refused_is_in_no_file(
    site: dict[str, bytes], pdf_texts: dict[str, str], outcomes: dict[str, str]
) -> None:
    for name, case in CASES.items():
        if outcomes[name] in ("reject", "hold"):
            canary = case["canary"]
            told = [path for path, content in site.items() if canary in path or canary.encode() in content]
            told += [path for path, text in pdf_texts.items() if canary in text]
            assert not told, (name, told)
