"""Every code has a record that is broken in that way, and its message is kept: what, where, what to do.

`pytest tests/unit/checks --update` writes the messages anew; the caret stands below the place that the
finding names.
"""

from __future__ import annotations

import os
import re
import tempfile
from datetime import date
from pathlib import Path

import pytest
from tests.unit.checks.broken import BROKEN, EARLIER, SOUND, Corpus

from threatbrief.checks import CHECKS, CODES, check, compare, explain, list_checks
from threatbrief.diagnostics import Diagnostic, sort_diagnostics
from threatbrief.errors import ConfigError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.project import packaged_templates
from threatbrief.records import read_records
from threatbrief.render.coverage import CoverageProbe

MESSAGES = Path(__file__).parent / "messages.txt"
TODAY = date(2026, 11, 22)
GLYPHS = CoverageProbe((packaged_templates(),))


def write(root: Path, corpus: Corpus) -> None:
    for path, content in corpus.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def find(root: Path) -> tuple[KnowledgeBase, tuple[Diagnostic, ...]]:
    loaded = read_records(root)
    kb = KnowledgeBase.of(loaded.records)
    found = check(kb, partial=loaded.partial, today=TODAY, root=root, missing=GLYPHS.missing)
    return kb, sort_diagnostics((*loaded.found, *found))


def find_in(corpus: Corpus) -> tuple[Diagnostic, ...]:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), corpus)
        return find(Path(folder))[1]


def compare_in(before: Corpus, after: Corpus) -> tuple[Diagnostic, ...]:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "before"), before)
        write(Path(folder, "after"), after)
        was, now = find(Path(folder, "before"))[0], find(Path(folder, "after"))[0]
        return sort_diagnostics(compare(was, now))


def odd_files(code: str, root: Path) -> tuple[Diagnostic, ...]:
    """The corpora that no text makes: files that cannot be read, links, pipes."""
    write(root, SOUND)
    odd = root / "incidents" / "odd.md"
    if code == "F016":
        odd.symlink_to("/etc/hostname")
    if code == "F018":
        os.mkfifo(odd)
    return find(root)[1]


def show(diagnostic: Diagnostic, corpus: Corpus) -> str:
    """A finding with the line it names and a caret below the column."""
    text = [f"{diagnostic.span} {diagnostic.severity}: {diagnostic.message}"]
    content = corpus.get(diagnostic.span.path)
    if diagnostic.span.line and isinstance(content, str):
        line = content.split("\n")[diagnostic.span.line - 1]
        column = diagnostic.span.column - 1
        start = max(0, column - 50)
        shown = line[start : column + 40]
        blanks = "".join("\t" if c == "\t" else " " for c in line[start:column])
        text += [f"    | {shown}", f"    | {blanks}^"]
    return "\n".join([*text, f"    = {diagnostic.hint}"])


def messages() -> str:
    parts = []
    for rule in CHECKS:
        if rule.code in EARLIER:
            before, corpus = EARLIER[rule.code]
            found = compare_in(before, corpus)
        elif corpus := BROKEN.get(rule.code, {}):
            found = find_in(corpus)
        else:
            continue
        mine = [show(d, corpus) for d in found if d.code == rule.code][:4]
        parts.append("\n".join([f"{rule.code} {rule.name}", *mine]))
    text = "\n\n".join(parts) + "\n"
    return re.sub(r"(x{40})x+|((?:a, ){5})(?:a, )+|(word ){5}(?:word )+", r"\1\2\3…", text)


def test_a_sound_corpus_has_no_finding() -> None:
    assert find_in(SOUND) == ()


def test_every_code_has_a_broken_record() -> None:
    assert sorted([*BROKEN, *EARLIER]) == sorted(CODES)
    assert len(CODES) == len(CHECKS)
    assert len({rule.name for rule in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("code", [code for code, corpus in BROKEN.items() if corpus])
def test_the_broken_record_has_its_finding(code: str) -> None:
    found = find_in(BROKEN[code])
    mine = [d for d in found if d.code == code]
    assert mine, found
    assert all(d.severity == CODES[code].severity for d in mine)
    assert all(d.hint for d in mine)


@pytest.mark.parametrize("code", sorted(EARLIER))
def test_the_change_has_its_finding(code: str) -> None:
    mine = [d for d in compare_in(*EARLIER[code]) if d.code == code]
    assert mine
    assert all(d.severity == CODES[code].severity for d in mine)


@pytest.mark.parametrize("code", ["F016", "F018"])
def test_the_odd_file_has_its_finding(code: str, tmp_path: Path) -> None:
    found = odd_files(code, tmp_path)
    assert [d.code for d in found] == [code]
    assert found[0].span.path == "incidents/odd.md"


def test_an_unreadable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, SOUND)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert {d.code for d in read_records(tmp_path).found} == {"F014"}


def test_messages_are_kept(request: pytest.FixtureRequest) -> None:
    shown = messages()
    if request.config.getoption("--update"):
        MESSAGES.write_text(shown, encoding="utf-8")
    assert shown == MESSAGES.read_text(encoding="utf-8")


def test_every_code_is_explained() -> None:
    for code in CODES:
        text = explain(code.lower())
        assert text.startswith(f"{code} ")
        assert code in list_checks()
    with pytest.raises(ConfigError, match=r"did you mean .R1"):
        explain("R1O2")
