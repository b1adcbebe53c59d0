"""The TLP boundary: what is above the ceiling leaves no trace, as if it had been deleted by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest
from tests.unit.records.samples import INCIDENT, write

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record, Tlp
from threatbrief.model.vocab import Status
from threatbrief.records import load
from threatbrief.records.marking import apply_marking

MARKED: Final = """---
id: TB-2024-0001
title: A takedown
tlp: CLEAR
status: published
published: 2024-03-05T09:00:00Z
kind: takedown
disclosed: 2024-03-02
summary: One sentence.
key_points: [One.]
attribution:
  - {named: Group, by: P, sources: [one]}
  - {named: Group-LABEL-canary, by: P, sources: [one], tlp: LABEL}  # LABEL
assessment: {actor: group, confidence: low, why: assessment-LABEL-canary, sources: [one], tlp: LABEL}  # LABEL
techniques:
  - {id: T1566, basis: reported, sources: [one]}
  - {id: T1566.001, basis: reported, note: technique-LABEL-canary, sources: [one], tlp: LABEL}  # LABEL
vulnerabilities:
  - {id: CVE-2024-0001, note: vulnerability-LABEL-canary, tlp: LABEL}  # LABEL
timeline:
  - {date: 2024, event: timeline-LABEL-canary, tlp: LABEL}  # LABEL
response:
  - {kind: seizure, detail: response-LABEL-canary, tlp: LABEL}  # LABEL
indicators:
  - {type: domain-name, value: LABEL-canary.example, tlp: LABEL}  # LABEL
figures:
  - {file: figures/LABEL-canary.png, alt: A figure, tlp: LABEL}  # LABEL
recommendations:
  - {text: advice-LABEL-canary, tlp: LABEL}  # LABEL
related:
  - {id: TB-2024-0002, relation: canary-LABEL, tlp: LABEL}  # LABEL
revisions:
  - {at: 2024-04-01, kind: update, note: revision-LABEL-canary, tlp: LABEL}  # LABEL
sources:
  one: {publisher: P, title: T, url: "https://one.example/"}
  two: {publisher: source-LABEL-canary, title: T, tlp: LABEL}  # LABEL
---
Before.

::: tlp LABEL
section-LABEL-canary
:::

After.
"""
ABOVE: Final = (Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED)


def read(folder: Path, files: dict[str, str | bytes]) -> KnowledgeBase:
    kb, found = load(write(folder, files))
    assert not found
    return kb


def contents(kb: KnowledgeBase) -> list[str]:
    return [record.model_dump_json(exclude={"origin"}) for record in kb.records]


def by_hand(text: str) -> str:
    """The record as a curator would leave it who takes every marked line and section out."""
    front, body = text.split("\n---\n", 1)
    kept = [line for line in front.split("\n") if not line.endswith(("# LABEL", "  # X"))]
    emptied = re.sub(r"(?m)^(\w+):\n(?=\w|\Z)", "", "\n".join(kept) + "\n")
    return f"{emptied}---\n" + re.sub(r"(?s)^::: tlp.*?^:::\n", "", body, flags=re.MULTILINE)


@pytest.mark.parametrize("label", ABOVE)
@pytest.mark.parametrize("ceiling", list(Tlp))
def test_filtered_equals_deleted_by_hand(label: Tlp, ceiling: Tlp, tmp_path: Path) -> None:
    text = MARKED.replace("# LABEL", "# X").replace("LABEL", label.value)
    kb = read(tmp_path / "marked", {"incidents/a.md": text})
    public = apply_marking(kb, ceiling)
    shown = "".join(contents(public))
    if label.rank <= ceiling.rank:
        assert shown.count("canary") == text.count("canary")
        assert ":::" not in shown
        return
    assert "canary" not in shown
    deleted = read(tmp_path / "deleted", {"incidents/a.md": by_hand(text)})
    assert contents(public) == contents(apply_marking(deleted, ceiling))


def test_without_the_filter_the_canaries_would_be_seen(tmp_path: Path) -> None:
    text = MARKED.replace("LABEL", "RED")
    kb = read(tmp_path, {"incidents/a.md": text})
    assert "".join(contents(kb)).count("canary") > 10


@pytest.mark.parametrize("label", list(Tlp))
@pytest.mark.parametrize("ceiling", list(Tlp))
def test_a_record_above_the_ceiling_does_not_exist(label: Tlp, ceiling: Tlp, tmp_path: Path) -> None:
    kb = read(tmp_path, {"incidents/a.md": INCIDENT.replace("tlp: CLEAR", f"tlp: {label.value}")})
    assert len(apply_marking(kb, ceiling).records) == (label.rank <= ceiling.rank)


def test_a_kept_section_raises_the_label_of_the_record(tmp_path: Path) -> None:
    text = INCIDENT.replace("Text [@one].", "Text [@one].\n\n::: tlp AMBER\nMore.\n:::\n")
    kb = read(tmp_path, {"incidents/a.md": text})
    assert apply_marking(kb, Tlp.CLEAR).incidents[0].tlp is Tlp.CLEAR
    assert apply_marking(kb, Tlp.GREEN).incidents[0].tlp is Tlp.CLEAR
    amber = apply_marking(kb, Tlp.AMBER).incidents[0]
    assert amber.tlp is Tlp.AMBER
    assert amber.body == "Text [@one].\n\nMore.\n\n"


def test_drafts_are_built_only_when_asked_for(tmp_path: Path) -> None:
    kb = read(tmp_path, {"incidents/a.md": INCIDENT.replace("status: published\n", "")})
    assert not apply_marking(kb, Tlp.CLEAR).records
    assert len(apply_marking(kb, Tlp.CLEAR, drafts=True).records) == 1


def notice(record: Record) -> str:
    return record.model_dump_json(exclude={"origin"}, exclude_defaults=True)


def test_a_withdrawn_record_is_a_notice(tmp_path: Path) -> None:
    text = MARKED.replace("LABEL", "CLEAR").replace(
        "status: published", "status: withdrawn\nreason: It was wrong."
    )
    record = apply_marking(read(tmp_path, {"incidents/a.md": text}), Tlp.CLEAR).incidents[0]
    assert record.status is Status.WITHDRAWN
    assert record.summary == record.reason == "It was wrong."
    told = notice(record)
    assert "One sentence" not in told
    assert told.count("canary") == 1  # the note of the revision stays
    assert not record.body
    assert not record.indicators


@pytest.mark.parametrize(
    ("released", "ceiling", "left"), [("CLEAR", "CLEAR", 1), ("GREEN", "CLEAR", 0), ("GREEN", "GREEN", 1)]
)
def test_a_remarked_record_leaves_its_id_and_its_place_in_time(
    released: str, ceiling: str, left: int, tmp_path: Path
) -> None:
    text = MARKED.replace("LABEL", "RED").replace("tlp: CLEAR", f"tlp: RED\nreleased: {released}")
    public = apply_marking(read(tmp_path, {"incidents/a.md": text}), Tlp(ceiling))
    assert len(public.records) == left
    for record in public.records:
        told = notice(record)
        assert record.id == "TB-2024-0001"
        assert record.status is Status.WITHDRAWN
        assert json.loads(told)["published"] == "2024-03-05T09:00:00Z"
        assert not re.search(r"canary|takedown|One sentence|2024-03-02|2024-04", told)
    assert not public.traces


def test_a_silence_is_for_curators_alone(tmp_path: Path) -> None:
    text = INCIDENT.replace("status: published", "status: published\nsilence: {B106: A canary reason.}")
    assert "canary" not in "".join(
        contents(apply_marking(read(tmp_path, {"incidents/a.md": text}), Tlp.CLEAR))
    )
