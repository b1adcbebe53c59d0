"""Findings in every format; what CI shows to others quotes nothing above the ceiling."""

from __future__ import annotations

import json

import pytest

from threatbrief.checks import CHECKS
from threatbrief.diagnostics import (
    Diagnostic,
    Span,
    format_github,
    format_json,
    format_sarif,
    format_text,
    has_errors,
    sort_diagnostics,
    withhold,
)
from threatbrief.model import Tlp

CLEAR = Diagnostic("R102", "error", Span("a b.md", 3, 7), "no actor 'x'", "did you mean 'y'?", Tlp.CLEAR)
SECRET = Diagnostic(
    "R102", "warning", Span("c.md", 9, 1), "no actor 'canary'", "did you mean 'canary2'?", Tlp.RED
)
WHOLE = Diagnostic("F002", "error", Span("d.md"), "the file is empty")
NOTE = Diagnostic("B106", "note", Span("a b.md", 2, 1), "100% of, and: all", "", Tlp.CLEAR)
FOUND = (CLEAR, SECRET, WHOLE, NOTE)


def test_text_is_for_the_curators() -> None:
    assert format_text(FOUND) == (
        "a b.md:3:7 R102 error: no actor 'x'\n    did you mean 'y'?\n"
        "c.md:9:1 R102 warning: no actor 'canary'\n    did you mean 'canary2'?\n"
        "d.md F002 error: the file is empty\n"
        "a b.md:2:1 B106 note: 100% of, and: all"
    )


@pytest.mark.parametrize("form", [format_json, format_github, format_sarif])
def test_formats_of_ci_quote_nothing_above_the_ceiling(form: object) -> None:
    assert callable(form)
    assert "canary" not in form(FOUND)
    assert "canary" not in form(FOUND, ceiling=Tlp.AMBER)
    assert "canary" in form(FOUND, ceiling=Tlp.RED)
    assert "c.md" in form(FOUND)


def test_what_quotes_nothing_is_never_withheld() -> None:
    assert withhold((WHOLE, CLEAR)) == (WHOLE, CLEAR)


def test_github_escapes_what_would_end_a_command() -> None:
    odd = Diagnostic("X1", "note", Span("a,b:c\n.md", 1, 0), "100%\nnext ::error::x", "hint")
    line = format_github((odd,))
    assert "\n" not in line
    assert line == (
        "::notice file=a%2Cb%3Ac\\n.md,line=1,col=1,title=X1 note::100%25%0Anext ::error::x%0Ahint"
    )
    assert format_github((WHOLE,)) == "::error file=d.md,title=F002 error::the file is empty"


def test_sarif_has_rules_results_and_places() -> None:
    log = json.loads(format_sarif(FOUND, CHECKS))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert len({rule["id"] for rule in rules}) == len(CHECKS)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20b.md"}, "region": {"startLine": 3, "startColumn": 7}}
    assert "region" not in run["results"][2]["locations"][0]["physicalLocation"]


def test_json_rows() -> None:
    rows = json.loads(format_json(FOUND))
    assert rows[0] == {
        "code": "R102",
        "severity": "error",
        "path": "a b.md",
        "line": 3,
        "column": 7,
        "message": "no actor 'x'",
        "hint": "did you mean 'y'?",
        "marking": "CLEAR",
    }


def test_nothing_steers_the_terminal() -> None:
    odd = Diagnostic("X1", "error", Span("a\x1b[2Jb.md", 1, 1), "a \x1b[31m red\nline \u202e", "\x07")
    shown = format_text((odd,))
    assert shown.split("\n")[1:] == ["    \\x07"]
    assert shown.isprintable() is False  # the line feed alone
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_findings_stand_in_file_order_each_once() -> None:
    assert sort_diagnostics((*FOUND, CLEAR)) == (NOTE, CLEAR, SECRET, WHOLE)


def test_what_forbids_a_build() -> None:
    assert has_errors((CLEAR,))
    assert not has_errors((SECRET, NOTE))
    assert has_errors((SECRET,), strict=True)
    assert not has_errors((NOTE,), strict=True)
