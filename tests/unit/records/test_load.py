"""Reading a folder: every fault of every file in one run, nothing from outside, nothing left out unseen."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from tests.unit.records.samples import INCIDENT, write

from threatbrief.checks import check
from threatbrief.diagnostics import sort_diagnostics
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.records import load, read_records

FIVE_FAULTS = """---
id: TB-2019-7K3Q
titel: A slip
title: Microsoft takes control of 50 domains
kind: takedown
disclosed: 2019-02-30
summary: One sentence.
assessment: {actor: nobody-knows, confidence: high, why: So., sources: [one]}
sources:
  one: {publisher: P, title: T, url: "https://one.example/"}
---
Text [@one].

* and [@tow]
"""


def codes(root: Path) -> list[str]:
    return [d.code for d in read_records(root).found]


def test_a_record_tells_all_its_faults_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"incidents/x.md": FIVE_FAULTS})
    loaded = read_records(tmp_path)
    kb = KnowledgeBase.of(loaded.records)
    found = sort_diagnostics((*loaded.found, *check(kb, partial=loaded.partial, today=date(2026, 1, 1))))
    errors = [(d.code, d.span.line, d.span.column) for d in found if d.severity == "error"]
    assert errors == [("S102", 1, 1), ("S101", 3, 1), ("D101", 6, 1), ("R102", 8, 14), ("R106", 14, 7)]
    assert not kb.records


def test_a_partial_record_is_known_to_others_and_told_of_once(tmp_path: Path) -> None:
    actor = "---\nid: some-group\nname: Some Group\ntlp: PURPLE\nsummary: A.\n---\n"
    unreadable = "---\nid: [\n---\n"
    other = INCIDENT.replace(
        "sources:\n  one:",
        "assessment: {actor: some-group, confidence: low, why: So., sources: [one]}\n"
        "software: [some-rat]\nsources:\n  one:",
    )
    write(
        tmp_path,
        {"actors/some-group.md": actor, "software/some-rat.md": unreadable, "incidents/x.md": other},
    )
    loaded = read_records(tmp_path)
    kb = KnowledgeBase.of(loaded.records)
    found = [*loaded.found, *check(kb, partial=loaded.partial)]
    assert [d.code for d in found if d.severity == "error"] == ["S103", "F006"]


@pytest.mark.parametrize("value", ["5", "[a]", "{a: b}", "~", "''", "&a b", "!x y"])
@pytest.mark.parametrize(
    "key",
    ["id", "title", "tlp", "status", "kind", "disclosed", "summary", "sources", "attribution", "related"],
)
def test_no_value_of_any_key_ends_in_a_traceback(key: str, value: str, tmp_path: Path) -> None:
    lines = [line for line in INCIDENT.split("\n") if not line.startswith((f"{key}:", "  one:"))]
    text = "\n".join([lines[0], f"{key}: {value}", *lines[1:]])
    write(tmp_path, {"incidents/x.md": text})
    loaded = read_records(tmp_path)
    list(check(KnowledgeBase.of(loaded.records), partial=loaded.partial, today=date(2026, 1, 1)))


def test_links_out_of_the_records_are_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.md": INCIDENT, "folder/secret.md": INCIDENT})
    root = write(tmp_path / "records", {"incidents/x.md": INCIDENT})
    (root / "incidents" / "file.md").symlink_to(outside / "secret.md")
    (root / "incidents" / "folder").symlink_to(outside / "folder")
    (root / "incidents" / "loop.md").symlink_to(root / "incidents" / "loop.md")
    (root / "actors").symlink_to(outside / "folder")
    loaded = read_records(root)
    assert [d.code for d in loaded.found] == ["F016"] * 4
    assert len(loaded.records) == 1


def test_nothing_is_left_out_in_silence(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "incidents/a.MD": INCIDENT,
            "incidents/.hidden.md": INCIDENT,
            "incidents/.gitkeep": "",
            "incidents/b.md.bak": INCIDENT,
            "incidents/figures/x.png": b"",
            "notes/c.md": INCIDENT,
        },
    )
    loaded = read_records(tmp_path)
    assert len(loaded.records) == 1
    assert sorted(d.span.path for d in loaded.found) == [
        "incidents/.hidden.md",
        "incidents/b.md.bak",
        "notes",
    ]
    assert {d.severity for d in loaded.found} == {"warning"}


def test_odd_names_are_read_or_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"incidents/name with space.md": INCIDENT, "incidents/café-😀.md": INCIDENT.replace("0001", "0002")},
    )
    raw = os.fsencode(tmp_path) + b"/incidents/\xff\xfe.md"
    try:
        with open(raw, "wb") as stream:  # noqa: PTH123 (no Path holds these bytes)
            stream.write(INCIDENT.encode())
    except OSError:
        pytest.skip("the disk takes UTF-8 names alone")
    loaded = read_records(tmp_path)
    assert len(loaded.records) == 2
    assert [(d.code, d.span.path) for d in loaded.found] == [("F017", "incidents/\\xff\\xfe.md")]


def test_a_fifo_does_not_keep_the_build_waiting(tmp_path: Path) -> None:
    write(tmp_path, {"incidents/x.md": INCIDENT})
    os.mkfifo(tmp_path / "incidents" / "pipe.md")
    assert codes(tmp_path) == ["F018"]


@pytest.mark.parametrize("first", ["TB-2024-0001", "tb-2024-0001"])
def test_ids_that_differ_in_case_alone_are_one(first: str, tmp_path: Path) -> None:
    write(tmp_path, {"incidents/a.md": INCIDENT.replace("TB-2024-0001", first), "incidents/b.md": INCIDENT})
    assert codes(tmp_path) == ["R101"]


def test_white_is_read_as_clear(tmp_path: Path) -> None:
    text = INCIDENT.replace("tlp: CLEAR", "tlp: WHITE").replace("one: {", "one: {tlp: WHITE, ")
    write(tmp_path, {"incidents/a.md": text})
    kb, found = load(tmp_path)
    assert [(d.code, d.severity) for d in found] == [("M106", "warning")] * 2
    assert kb.incidents[0].tlp is Tlp.CLEAR
    assert kb.incidents[0].sources[0].tlp is Tlp.CLEAR


@pytest.mark.parametrize(
    "label", ["clear", "TLP:CLEAR", "tlp clear", "\u0421LEAR", "PURPLE", "", "[CLEAR, RED]"]
)
def test_an_unknown_label_is_never_taken_for_clear(label: str, tmp_path: Path) -> None:
    write(tmp_path, {"incidents/a.md": INCIDENT.replace("tlp: CLEAR", f"tlp: {label}")})
    loaded = read_records(tmp_path)
    assert not loaded.records
    assert any(d.severity == "error" for d in loaded.found)


def test_what_a_fault_quotes_has_the_marking_of_its_place(tmp_path: Path) -> None:
    text = INCIDENT.replace("kind: takedown", "kind: nonsense").replace(
        "date: 2024}", "tlp: AMBER, date: soon}"
    )
    write(tmp_path, {"incidents/a.md": text, "incidents/b.md": text.replace("tlp: CLEAR", "tlp: PURPLE")})
    marked = {(d.span.path[-4:], d.code): d.marking for d in read_records(tmp_path).found}
    assert marked["a.md", "S103"] is Tlp.CLEAR
    assert marked["a.md", "D101"] is Tlp.AMBER
    assert marked["b.md", "D101"] is Tlp.RED


def test_a_front_matter_of_faults_is_told_in_parts(tmp_path: Path) -> None:
    points = ", ".join("[]" for _ in range(5000))
    write(tmp_path, {"incidents/a.md": INCIDENT.replace("status:", f"key_points: [{points}]\nstatus:")})
    found = read_records(tmp_path).found
    assert len(found) == 201
    assert found[-1].code == "S105"


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"incidents/a.md": b"x" * (4 * 1024 * 1024 + 1)})

    def refuse(self: Path) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert codes(tmp_path) == ["F003"]
