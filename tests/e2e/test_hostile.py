"""Records that a careless curator, a bad import or an attacker could hand in: each ends as its index says.

The cases lie beside the repository and were written before the record format: `Mapping` brings their
front matter to it, value by value as typed, so that quotes, escapes, anchors and odd keys arrive as they
are. The cases are read in one process with 1 GiB to live in; run as a script, this file is that process.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from threatbrief.checks import check
from threatbrief.diagnostics import Diagnostic, format_github, format_json, format_sarif, format_text
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.model.indicators import guess_types
from threatbrief.records import read_records
from threatbrief.records.marking import apply_marking

HOSTILE = Path(__file__).resolve().parents[3] / "shared" / "hostile"
INDEX = HOSTILE / "index.json"
TODAY = date(2026, 11, 22)
MEMORY = 1 << 30
SECONDS = 60

CASES: dict[str, dict[str, Any]] = (
    {case["id"]: case for case in json.loads(INDEX.read_bytes())["cases"]} if INDEX.is_file() else {}
)
needs_cases = pytest.mark.skipif(not CASES, reason=f"the hostile cases are not at {HOSTILE}")


# From the cases' fields to the record format


@dataclass
class Mapping:
    """One record file of a case, rewritten: `files` are path below content/records → bytes."""

    name: str
    content: bytes
    files: dict[str, bytes] = field(default_factory=dict)

    def map_incident(self) -> dict[str, bytes]:
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = ""
        match = re.match(r"---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?(.*)", text, re.DOTALL | re.MULTILINE)
        if not match:
            self.files[f"incidents/{self.name}"] = self.content
            return self.files
        begin = b"\xef\xbb\xbf" if self.content.startswith(b"\xef\xbb\xbf") else b""
        front = "".join(f"{line}\n" for line in self._front(match.group(1)))
        body = re.sub(r"\[(S\d+)\](?!\()", r"[@\1]", match.group(2))
        self.files[f"incidents/{self.name}"] = begin + f"---\n{front}---\n{body}".encode()
        return self.files

    def _front(self, front: str) -> Iterator[str]:
        blocks = list(_blocks(front))
        values = {key: _read(block) for key, block in blocks if key}
        self.grade = self._grade(values.get("sources"))
        self.source = next(iter(self._sources(values.get("sources"))), ("S1", ""))[0]
        seen_disclosed = "disclosed" in values
        for key, block in blocks:
            value = values.get(key) if key else None
            if not key or value is None:
                yield block
                continue
            yield from self._key(key, value, block)
            if key == "date" and not seen_disclosed:
                yield f"disclosed: {value.raw}"
        yield "status: published"
        yield "published: 2026-11-22T09:00:00Z"

    def _key(self, key: str, value: Value, block: str) -> Iterator[str]:
        plain = {"type": "kind", "date": "occurred"}
        if key in ("id", "title", "tlp", "disclosed", "summary", *plain):
            yield f"{plain.get(key, key)}: {value.raw}"
        elif key == "actors":
            yield from _list("attribution", [self._claim(v.raw) for v in value.listed])
        elif key == "malware":
            slugs = [self._software(v.raw, n) for n, v in enumerate(value.listed)]
            yield f"software: [{', '.join(slugs)}]"
        elif key in ("sectors", "countries"):
            self.targets = {**getattr(self, "targets", {}), key: [_slug(v.raw, key) for v in value.listed]}
            if key == "countries":
                rows = ", ".join(f"{k}: [{', '.join(v)}]" for k, v in self.targets.items())
                yield f"targets: {{{rows}}}"
        elif key == "techniques":
            note = "note: As the case has it"
            rows = [f"{{id: {v.raw}, basis: mapped, {note}, sources: [{self.source}]}}" for v in value.listed]
            yield from _list("techniques", rows)
        elif key == "sources":
            yield "sources:"
            yield from (f"  {name}: {{{fields}}}" for name, fields in self._sources(value))
        elif key == "iocs":
            yield from _list("indicators", [self._indicator(v) for v in value.listed])
        elif key == "tags":
            yield from _list("key_points", [v.raw for v in value.listed])
        else:
            yield block

    def _claim(self, named: str) -> str:
        return f"{{named: {named}, by: Example Publisher, sources: [{self.source}], {self.grade}}}"

    def _software(self, name: str, number: int) -> str:
        slug = f"software-{hashlib.sha256(self.content).hexdigest()[:8]}-{number}"
        fields = f"id: {slug}\nname: {name}\ntype: malware\ntlp: CLEAR\nstatus: published\nsummary: Malware."
        self.files[f"software/{slug}.md"] = f"---\n{fields}\n---\nText.\n".encode()
        return slug

    def _sources(self, value: Value | None) -> Iterator[tuple[str, str]]:
        for source in value.listed if value else ():
            fields = {key: inner.raw for key, inner in source.fields.items() if key not in ("id", "grade")}
            if "grade" in source.fields:
                fields["reliability"] = source.fields["grade"].text[:1] or "''"
            name = source.fields["id"].raw if "id" in source.fields else "S1"
            yield name, ", ".join(f"{key}: {raw}" for key, raw in fields.items())

    @staticmethod
    def _grade(value: Value | None) -> str:
        grades = [v.fields["grade"].text for v in value.listed if "grade" in v.fields] if value else []
        return f"credibility: {grades[0][1:] or '6'}" if grades else "credibility: 6"

    def _indicator(self, value: Value) -> str:
        fields = {key: inner.raw for key, inner in value.fields.items()}
        if fields.get("type") == "auto":
            guesses = guess_types(value.fields["value"].text)
            fields["type"] = guesses[0].value if guesses else "domain-name"
        fields |= {"use": "detect", "state": "active", "sources": f"[{self.source}]"}
        return "{" + ", ".join(f"{key}: {raw}" for key, raw in fields.items()) + "}"


@dataclass
class Value:
    """A value of a case's front matter: as typed, as text, and its parts."""

    raw: str
    text: str = ""
    listed: tuple[Value, ...] = ()
    fields: dict[str, Value] = field(default_factory=dict)


def _blocks(front: str) -> Iterator[tuple[str, str]]:
    """The top-level keys with their lines; lines of no key have the key ''."""
    parts = re.split(r"(?m)^(?=[^\s\-#])", front)
    for part in filter(None, parts):
        match = re.match(r"([A-Za-z_]+):(?=\s)", part)
        yield (match.group(1) if match else ""), part.rstrip("\n")


def _read(block: str) -> Value | None:
    """The value of one key; None where YAML cannot read it or it is not plain."""
    try:
        node = yaml.compose(block, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1 or re.search(r":\s+[&*!]", block):
        return None
    return _value(node.value[0][1], block)


def _value(node: yaml.Node, block: str) -> Value:
    raw = block[node.start_mark.index : node.end_mark.index].strip()
    if isinstance(node, yaml.SequenceNode):
        return Value(raw, listed=tuple(_value(part, block) for part in node.value))
    if isinstance(node, yaml.MappingNode):
        return Value(raw, fields={key.value: _value(part, block) for key, part in node.value})
    return Value(raw or "~", str(node.value))


def _list(key: str, rows: list[str]) -> Iterator[str]:
    yield f"{key}: []" if not rows else f"{key}:"
    yield from (f"  - {row}" for row in rows)


def _slug(raw: str, key: str) -> str:
    plain = raw.strip("\"'")
    return plain.lower().replace(" ", "-") if key == "sectors" and re.fullmatch(r"[A-Za-z ]+", plain) else raw


def map_actor(name: str, content: bytes) -> dict[str, bytes]:
    """An actor file of a case: id, name, aliases, parent, superseded_by."""
    given = yaml.safe_load(content)
    names = "".join(f"  - {{name: {json.dumps(a)}, sources: [S1]}}\n" for a in given.pop("aliases", []))
    front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in given.items())
    source = "sources:\n  S1: {publisher: P, title: T, url: https://example.org/, date: 2024-03-02}\n"
    front += f"tlp: CLEAR\nstatus: published\nsummary: A group.\n{'names:' if names else ''}\n{names}{source}"
    return {f"actors/{Path(name).stem}.md": f"---\n{front}---\nText [@S1].\n".encode()}


def map_case(case: dict[str, Any], records: Path) -> None:
    """Write a case's files, mapped, below content/records."""
    folder = HOSTILE / case["folder"]
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, content = file.relative_to(folder).as_posix(), file.read_bytes()
        mapped = (
            map_actor(name, content) if name.startswith("actors/") else Mapping(name, content).map_incident()
        )
        for path, written in mapped.items():
            target = records / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(written)


# One case, read and checked


@dataclass
class Ending:
    """How a case ended: its outcome, and what was found."""

    outcome: str
    found: list[str]
    codes: list[str]
    published: list[str]
    seconds: float
    crash: str = ""


def run_case(case: dict[str, Any], folder: Path) -> Ending:
    """Load, check and filter a case as a build at CLEAR does."""
    records = folder / "content" / "records"
    map_case(case, records)
    start = time.process_time()
    try:
        loaded = read_records(records, folder)
        kb = KnowledgeBase.of(loaded.records)
        found = (*loaded.found, *check(kb, partial=loaded.partial, today=TODAY, root=folder))
        for form in (format_text, format_json, format_github, format_sarif):
            form(found)
        public = apply_marking(kb, Tlp.CLEAR)
    except Exception:
        return Ending("crash", [], [], [], time.process_time() - start, traceback.format_exc())
    return Ending(
        _outcome(kb, public, found),
        [str(diagnostic) for diagnostic in found],
        [diagnostic.code for diagnostic in found],
        [repr(record) for record in public.incidents],
        time.process_time() - start,
    )


def _outcome(kb: KnowledgeBase, public: KnowledgeBase, found: tuple[Diagnostic, ...]) -> str:
    severities = {diagnostic.severity for diagnostic in found}
    if "error" in severities:
        return "reject"
    if kb.incidents and not public.incidents:
        return "hold"
    return "warn" if "warning" in severities else "accept"


def main(target: Path) -> None:
    """Run every case in 1 GiB of address space beyond what the interpreter itself took."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_AS, (used + 2 * MEMORY, used + 2 * MEMORY))
    endings = {}
    for name, case in CASES.items():
        folder = target / name
        endings[name] = asdict(run_case(case, folder))
        shutil.rmtree(folder, ignore_errors=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    (target / "endings.json").write_text(json.dumps({"endings": endings, "peak": peak}), encoding="utf-8")


# The tests


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All cases, each alone, in one process of their own."""
    target = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), str(target)], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads((target / "endings.json").read_bytes())
    return report


ENDS_AS = {
    "accept": {"accept", "inert"},
    "warn": {"warn", "inert"},
    "reject": {"reject"},
    "hold": {"hold"},
}
"""What was seen → the words of the index that it satisfies. That `inert` text does nothing is seen in the
outputs; here it means that the record is not refused."""


@needs_cases
@pytest.mark.parametrize("name", sorted(CASES))
def test_case_ends_as_its_index_says(name: str, run: dict[str, Any]) -> None:
    case, ending = CASES[name], run["endings"][name]
    assert not ending["crash"], ending["crash"]
    assert ending["seconds"] < SECONDS
    accepted = {case["expect"], *case["also_accept"]}
    assert ENDS_AS[ending["outcome"]] & accepted, (ending["outcome"], accepted, ending["found"][:10])


@needs_cases
@pytest.mark.parametrize("name", sorted(CASES))
def test_refusal_names_the_file(name: str, run: dict[str, Any]) -> None:
    ending = run["endings"][name]
    for line in ending["found"]:
        assert re.match(r"(?:content/records/|mkdocs).*? [A-Z]\d{3} \S", line), line
        assert len(line) < 2000


@needs_cases
def test_nothing_takes_a_gigabyte(run: dict[str, Any]) -> None:
    assert run["peak"] < MEMORY


@needs_cases
def test_held_text_is_gone_after_the_filter(run: dict[str, Any]) -> None:
    held = [name for name, case in CASES.items() if case["expect"] == "hold"]
    assert held
    for name in held:
        assert not any(CASES[name]["canary"] in record for record in run["endings"][name]["published"])


@needs_cases
def test_the_good_record_has_no_error_and_no_warning(run: dict[str, Any]) -> None:
    assert run["endings"]["HX272"]["outcome"] == "accept", run["endings"]["HX272"]["found"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
