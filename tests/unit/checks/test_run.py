"""How checks are run: severities, silences, markings of what messages tell, bounds."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from tests.unit.checks.broken import ACTOR, ACTOR_FILE, BROKEN, INCIDENT, INCIDENT_FILE, SOUND, edit, key
from tests.unit.checks.test_messages import find, find_in, write

from threatbrief.checks import CODES, check
from threatbrief.diagnostics import format_github, format_json, format_sarif
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.records import load


def load_from(folder: Path, corpus: dict[str, str | bytes]) -> KnowledgeBase:
    write(folder, corpus)
    return load(folder)[0]


def test_a_site_may_change_a_severity(tmp_path: Path) -> None:
    kb = load_from(tmp_path, BROKEN["N102"])
    assert [(d.code, d.severity) for d in check(kb)] == [("N102", "warning")]
    assert [(d.code, d.severity) for d in check(kb, severities={"N102": "error"})] == [("N102", "error")]
    assert not list(check(kb, severities={"N102": None}))


def test_a_firm_check_keeps_its_severity(tmp_path: Path) -> None:
    kb = load_from(tmp_path, BROKEN["M101"])
    assert {d.severity for d in check(kb, severities={"M101": None})} == {"error"}


def test_a_silence_hides_its_code_in_its_record_alone() -> None:
    noisy = edit(INCIDENT, ("date: 2024-03-03, ", ""))
    other = noisy.replace("TB-2024-0001", "TB-2024-0002")
    quiet = edit(noisy, key("silence: {B108: The page has none.}"))
    found = find_in({**SOUND, INCIDENT_FILE: quiet, "incidents/other.md": other})
    assert [(d.code, d.span.path) for d in found] == [("B108", "incidents/other.md")]


def test_a_silence_of_a_check_that_did_not_run_is_not_called_needless(tmp_path: Path) -> None:
    text = edit(INCIDENT, key("silence: {D104: A forecast., P102: So be it.}"))
    kb = load_from(tmp_path, {**SOUND, INCIDENT_FILE: text})
    assert [d.message for d in check(kb, severities={"P102": None})] == []
    found = [d.message for d in check(kb, today=date(2026, 1, 1))]
    assert found == ["the record has no D104 to silence", "the record has no P102 to silence"]


def test_a_silence_needs_a_reason() -> None:
    found = find_in({**SOUND, INCIDENT_FILE: edit(INCIDENT, key("silence: {B108: }"))})
    assert [d.code for d in found] == ["S104"]


def test_a_hint_names_nothing_above_the_record() -> None:
    secret = edit(
        ACTOR, ("example-group", "exmaple-group2"), ("Example Group", "Secret"), ("Sample", "Hidden")
    )
    secret = edit(secret, ("tlp: CLEAR", "tlp: RED"), ("attack_id: G0094\n", ""))
    text = edit(INCIDENT, ("actor: example-group", "actor: exmaple-group3"))
    found = find_in({**SOUND, INCIDENT_FILE: text, "actors/secret.md": secret})
    assert [(d.code, d.hint) for d in found] == [("R102", "did you mean 'example-group'?")]


def test_what_is_told_of_another_record_carries_its_marking() -> None:
    found = find_in({**SOUND, ACTOR_FILE: edit(ACTOR, ("tlp: CLEAR", "tlp: AMBER"))})
    assert found
    assert {d.marking for d in found} == {Tlp.AMBER}
    for form in (format_json, format_github, format_sarif):
        assert "example-group'" not in form(found)
        assert "example-group'" in form(found, ceiling=Tlp.AMBER)


def test_what_is_told_of_a_marked_part_carries_its_marking() -> None:
    text = edit(
        INCIDENT, ("sources: [one], credibility: 2}", "sources: [canary], credibility: 2, tlp: AMBER}")
    )
    body = edit(text, ("It happened", "::: tlp RED\nHidden [@canary].\n:::\n\nIt happened"))
    found = find_in({**SOUND, INCIDENT_FILE: body})
    assert [(d.code, d.marking) for d in found] == [("R105", Tlp.AMBER), ("R106", Tlp.RED)]
    assert "canary" not in format_json(found)


def test_a_reference_from_a_marked_part_may_name_what_is_marked_so() -> None:
    actor = edit(ACTOR, ("tlp: CLEAR", "tlp: AMBER"))
    text = edit(
        INCIDENT,
        ("  sources: [one, two]\n", "  sources: [one, two]\n  tlp: AMBER\n"),
        (
            "and [[example-group]] did it [@two].",
            "so [@two].\n\n::: tlp AMBER\n[[example-group]] did it.\n:::",
        ),
    )
    assert not find_in({**SOUND, INCIDENT_FILE: text, ACTOR_FILE: actor})


def test_a_citation_of_a_marked_source_may_stand_in_a_section_marked_so() -> None:
    text = edit(
        INCIDENT,
        ("two: {", "two: {tlp: AMBER, "),
        ("sources: [one, two]", "sources: [one]"),
        ("did it [@two].", "did it.\n\n::: tlp RED\nSo says [@two].\n:::"),
    )
    assert not find_in({**SOUND, INCIDENT_FILE: text})


@pytest.mark.parametrize(
    "line",
    [
        "TLP:RED secret",
        "> TLP:RED secret",
        "* TLP: RED secret",
        "## tlp:red",
        "(TLP:AMBER) secret",
        "| a | TLP:GREEN secret |",
        "**TLP:RED** secret",
        "<!-- TLP:AMBER secret -->",
        "[TLP:AMBER+STRICT] secret",
        "So it was. TLP:RED secret",
        "::: tlp-red\nsecret\n:::",
        "```tlp-red\nsecret\n```",
    ],
)
def test_a_portion_that_marks_itself_refuses_the_build(line: str) -> None:
    text = edit(INCIDENT, ("It happened", f"{line}\n\nIt happened"))
    assert "error" in {d.severity for d in find_in({**SOUND, INCIDENT_FILE: text})}


def test_many_findings_of_one_check_are_bounded() -> None:
    text = edit(INCIDENT, ("It happened", " ".join(f"[@x{n}]" for n in range(1000)) + "\n\nIt happened"))
    assert len([d for d in find_in({**SOUND, INCIDENT_FILE: text}) if d.code == "R106"]) == 100


def test_suggestions_stay_quick_in_a_large_corpus(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    kb = load(tmp_path)[0]
    incident = kb.incidents[0]
    wrong = incident.assessment.model_copy(update={"actor": "exmaple-group"}) if incident.assessment else None
    many = [
        incident.model_copy(update={"id": f"TB-2024-A{n:04}", "assessment": wrong if n < 200 else None})
        for n in range(3000)
    ]
    actors = [
        kb.actors[0].model_copy(update={"id": f"actor-{n}", "name": f"Actor {n}", "names": ()})
        for n in range(3000)
    ]
    start = time.process_time()
    found = list(check(KnowledgeBase.of([*kb.records, *many, *actors])))
    assert sum(d.code == "R102" for d in found) == 200
    assert time.process_time() - start < 20


def test_codes_are_stable_in_form() -> None:
    for code, rule in CODES.items():
        assert code == rule.code
        assert rule.severity in ("error", "warning", "note")
        assert rule.why.endswith(".")


def test_checks_need_no_disk_and_no_clock(tmp_path: Path) -> None:
    kb = load_from(tmp_path, BROKEN["P106"])
    assert not list(check(kb))
    assert [d.code for d in find(tmp_path)[1]] == ["P106"] * 3
