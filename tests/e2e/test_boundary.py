"""The TLP boundary over whole sites: no file holds what is marked above the ceiling, and the bytes are
those of a site whose records never held it."""

from __future__ import annotations

import re
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Final

import pytest

import threatbrief.project
from tests.conftest import read_tree, run_threatbrief
from threatbrief.mkdocs_plugin import build_site
from threatbrief.model import Tlp

CONFIG: Final = """site_name: Boundary Briefs
site_url: https://boundary.example/
docs_dir: content/pages
theme: threatbrief
plugins:
  - threatbrief:
      authority: boundary.example,2026
"""
ABOVE: Final = ("GREEN", "AMBER", "AMBER+STRICT", "RED")

INCIDENT: Final = """---
id: TB-2024-0001
title: A takedown
tlp: CLEAR
status: published
published: 2024-03-05T09:00:00Z
kind: takedown
disclosed: 2024-03-02
summary: One sentence.
key_points: [One point.]
attribution:
  - {named: Group, by: P, sources: [one]}
@ - {named: Secret Group canary%, by: P canary%, sources: [one], note: note canary%, tlp: #}
assessment: {actor: group, confidence: low, why: So it is., sources: [one]}
software: [rat]
targets: {sectors: [energy], countries: [US]}
techniques:
  - {id: T1566.002, basis: reported, sources: [one]}
@ - {id: T1078, basis: reported, note: technique canary%, sources: [one], tlp: #}
vulnerabilities:
  - {id: CVE-2024-0001, sources: [one]}
@ - {id: CVE-2024-0002, note: vulnerability canary%, sources: [one], tlp: #}
timeline:
  - {date: 2024, event: It happens., sources: [one]}
@ - {date: 2024-01, event: event canary%, sources: [one], tlp: #}
response:
  - {kind: seizure, by: P, detail: Done., sources: [one]}
@ - {kind: seizure, by: Q canary%, detail: response canary%, sources: [one], tlp: #}
indicators:
  - {type: domain-name, value: open.example, use: detect, state: active, sources: [one]}
@ - {type: domain-name, value: canary%.example, use: detect, state: active, sources: [one], tlp: #}
recommendations:
  - {text: Patch.}
@ - {text: advice canary%, tlp: #}
figures:
  - {file: figures/open.png, alt: A picture., sources: [one]}
@ - {file: figures/canary%.png, alt: picture canary%, caption: caption canary%, sources: [one], tlp: #}
revisions:
  - {at: 2024-04-01, kind: update, note: Grammar.}
@ - {at: 2024-05-01, kind: update, note: revision canary%, tlp: #}
sources:
  one: {publisher: P, title: T, url: "https://one.example/", date: 2024}
@ secret: {publisher: publisher canary%, title: source canary%, url: "https://canary%.example/", tlp: #}
---
Before [@one].

@
::: tlp #
A section, canary%, canary%body, [@secret] and [[secret-group]].
:::
@
After [@one].
"""
ACTOR: Final = """---
id: group
name: Group
tlp: CLEAR
status: published
names:
  - {name: Other Name, by: P, sources: [one]}
@ - {name: Name canary%, by: canary%, sources: [one], tlp: #}
suspected_country:
  - {country: KP, by: P, sources: [one]}
@ - {country: CN, by: canary%, sources: [one], tlp: #}
summary: A group.
sources:
  one: {publisher: P, title: T, url: "https://one.example/", date: 2024}
---
Text [@one].
"""
SOFTWARE: Final = ACTOR.replace("id: group\nname: Group", "id: rat\nname: Rat\ntype: malware").replace(
    "Name", "Tool"
)
SOFTWARE_LINES: Final = ("country", "suspected")
SECRET: Final = """---
id: {id}
{name}
tlp: #
status: published
{more}
summary: A record canary%.
sources:
  one: {{publisher: canary%, title: T, url: "https://one.example/", date: 2024}}
---
Text canary% [@one].
"""


def shape(template: str, label: str, *, kept: bool) -> str:
    """A template with its marked lines and sections (set off by @), or as if they had never been."""
    front, body = template.split("\n---\n", 1)
    lines = [
        f" {line[1:]}" if line.startswith("@") else line
        for line in front.split("\n")
        if kept or line[:1] != "@"
    ]
    parts = body.split("@\n")
    body = "".join(part for n, part in enumerate(parts) if kept or n % 2 == 0)
    return fill("\n".join(lines) + "\n---\n" + body, label)


def fill(text: str, label: str) -> str:
    return text.replace("#", label).replace("%", canary_of(label))


def picture(name: str) -> bytes:
    """A PNG of one pixel that says its name in a text chunk."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"tEXt", b"Title\0" + name.encode()),
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    ]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def canary_of(label: str) -> str:
    return label.replace("+", "")


def write_records(folder: Path, label: str, *, kept: bool) -> None:
    software = "\n".join(line for line in SOFTWARE.split("\n") if not any(w in line for w in SOFTWARE_LINES))
    files = {
        "incidents/a.md": shape(INCIDENT, label, kept=kept),
        "actors/group.md": shape(ACTOR, label, kept=kept),
        "software/rat.md": shape(software, label, kept=kept),
    }
    if kept:
        of_incident = "kind: takedown\ndisclosed: 2024\npublished: 2024-06-01"
        canary = f"canary{canary_of(label)}"
        files |= {
            "incidents/s.md": SECRET.format(id="TB-2024-0002", name=f"title: T {canary}", more=of_incident),
            "actors/s.md": SECRET.format(id="secret-group", name=f"name: Secret Group {canary}", more=""),
            "software/s.md": SECRET.format(id="secret-rat", name=f"name: Rat {canary}", more="type: malware"),
        }
    pictures = folder / "content/records/incidents/figures"
    pictures.mkdir(parents=True)
    for name in ("open", f"canary{canary_of(label)}") if kept else ("open",):
        (pictures / f"{name}.png").write_bytes(picture(name))
    for path, text in files.items():
        file = folder / "content" / "records" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fill(text, label), encoding="utf-8")


def lay_out(folder: Path, label: str, *, kept: bool) -> Path:
    """A site's sources in a folder."""
    (folder / "content" / "pages").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    write_records(folder, label, kept=kept)
    return folder


def build(folder: Path, label: str, ceiling: str, *, kept: bool) -> dict[str, bytes]:
    lay_out(folder, label, kept=kept)
    run = run_threatbrief("build", "--tlp", ceiling, cwd=folder)
    assert run.returncode == 0, run.stderr
    return read_tree(folder / "site")


def canaries(site: dict[str, bytes], label: str) -> list[str]:
    """The files that hold the canary, in their bytes, their names, or a PDF's text and properties.

    Case does not count: the search index has none.
    """
    canary = f"canary{canary_of(label)}"
    found = [
        path
        for path, content in site.items()
        if canary.lower().encode() in content.lower() or canary.lower() in path.lower()
    ]
    of_secrets = re.compile(rb"secret-?(?:group|rat)|2024-?0002\b")
    found += [p for p, content in site.items() if not p.endswith(".pdf") and of_secrets.search(content)]
    for path, content in site.items():
        if path.endswith(".pdf"):
            for tool in (["pdftotext", "-", "-"], ["pdfinfo", "-"]):
                shown = subprocess.run(tool, input=content, capture_output=True, check=True).stdout
                found += [path] if canary.encode() in shown or of_secrets.search(shown) else []
    return found


@pytest.mark.parametrize("ceiling", ["CLEAR", "GREEN", "AMBER"])
def test_no_trace_above_the_ceiling(ceiling: str, tmp_path: Path) -> None:
    label = next(name for name in ABOVE if Tlp(name).rank == Tlp(ceiling).rank + 1)
    marked = build(tmp_path / "marked", label, ceiling, kept=True)
    assert not canaries(marked, label)
    assert marked == build(tmp_path / "deleted", label, ceiling, kept=False)


def test_red_leaves_no_trace_either(tmp_path: Path) -> None:
    assert not canaries(build(tmp_path / "marked", "RED", "CLEAR", kept=True), "RED")


def test_without_the_filter_every_format_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would notice a filter that is off: it is off here, and the canaries are everywhere."""
    monkeypatch.setattr(threatbrief.project, "apply_marking", lambda kb, ceiling, drafts: kb)
    folder = lay_out(tmp_path / "open", "GREEN", kept=True)
    build_site(folder / "mkdocs.yml", {"tlp": "CLEAR", "workers": 1}, lambda *_: None)
    found = canaries(read_tree(folder / "site"), "GREEN")
    suffixes = {Path(path).suffix for path in found}
    assert suffixes >= {".html", ".json", ".xml", ".pdf", ".csv", ".jsonl", ".bib", ".png"}
    rooms = {path.split("/")[0] for path in found}
    assert rooms >= {"actors", "csaf", "data", "feeds", "incidents", "misp", "search", "software"}
