"""The record format's reference and schema agree with the models, the loader and the shipped records."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime
from inspect import get_annotations
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from tests.conftest import REPOSITORY
from tests.unit.records.samples import write

from threatbrief.cli import main
from threatbrief.model import Incident, Record
from threatbrief.model.text import CountryCode
from threatbrief.model.vocab import Likelihood, find_band
from threatbrief.records.format import (
    MODELS,
    SCALARS,
    Key,
    find_scalar,
    format_schema,
    is_model,
    is_vocabulary,
    keys_of,
    parts_of,
)
from threatbrief.records.format_examples import ACTOR, INCIDENT, LEAST, SOFTWARE
from threatbrief.records.format_page import LOCATED, WHOLE_FILE, format_page, problem_task
from threatbrief.records.format_words import KEY_WORDS, MALWARE_TYPES, VALUE_WORDS
from threatbrief.records.parse import parse_record

PAGE = REPOSITORY / "docs" / "records.md"
EXAMPLES = {
    "incidents/least.md": LEAST,
    "incidents/full.md": INCIDENT,
    "actors/example-bear.md": ACTOR,
    "software/examplerat.md": SOFTWARE,
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
KINDS = {"incidents": "incident", "actors": "actor", "software": "software"}
CORPUS = sorted(
    path
    for folder in ("content/records", "tests/golden/content/records")
    for path in (REPOSITORY / folder).rglob("*.md")
)


def every_model() -> list[Any]:
    return [Record, *MODELS.values(), *parts_of(*MODELS.values())]


def every_key() -> Iterator[Key]:
    for model in every_model():
        yield from keys_of(model)


def test_the_page_is_the_generated_one(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update"):
        PAGE.write_text(format_page(), encoding="utf-8", newline="\n")
    assert PAGE.read_text(encoding="utf-8") == format_page()


def test_every_field_is_described_and_no_description_is_stale() -> None:
    fields = {
        (next(base for base in model.__mro__ if name in get_annotations(base)), name)
        for model in every_model()
        for name in model.model_fields
    }
    assert fields == set(KEY_WORDS)


def test_every_word_of_every_vocabulary_is_described() -> None:
    vocabularies = {key.value for key in every_key() if is_vocabulary(key.value)}
    assert vocabularies == set(VALUE_WORDS)
    for vocabulary in vocabularies - {Likelihood}:
        assert list(VALUE_WORDS[vocabulary]) == [word.value for word in vocabulary]
    assert all(find_band(word.value) for word in Likelihood)


def test_malware_types_are_those_of_stix() -> None:
    vocabulary = pytest.importorskip("stix2.v21.vocab")
    assert vocabulary.MALWARE_TYPE == MALWARE_TYPES


def test_the_links_of_the_page_lead_to_headings() -> None:
    page = re.sub(r"^```.*?^```$", "", format_page(), flags=re.MULTILINE | re.DOTALL)
    anchors = [h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", page, re.MULTILINE)]
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(anchors)


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_loads(path: str) -> None:
    parsed = parse_record(path.split("/")[0], path, EXAMPLES[path].encode())
    assert (parsed.is_whole, parsed.found) == (True, ())


def test_the_examples_stand_in_the_page() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", format_page(), re.MULTILINE | re.DOTALL)
    assert blocks == [LEAST, INCIDENT, ACTOR, SOFTWARE]


def test_the_full_example_has_every_key() -> None:
    record = parse_record("incidents", "full.md", INCIDENT.encode()).record
    assert isinstance(record, Incident)
    missing = {key.field for key in keys_of(Incident)} - record.model_fields_set
    assert missing == {"reason", "released"}


@pytest.mark.filterwarnings("ignore:user_configs:DeprecationWarning")  # mkdocs on mkdocs
def test_the_examples_check_clean_and_findings_match(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert CliRunner().invoke(main, ["init", str(site)]).exit_code == 0
    check = ["check", "-f", str(site / "mkdocs.yml")]
    for old in (site / "content/records").rglob("*.md"):
        old.unlink()
    write(site / "content/records", {**EXAMPLES, "incidents/figures/login.png": PIXEL})
    run = CliRunner().invoke(main, [*check, "--strict"])
    assert run.exit_code == 0, run.stdout
    check_findings_match(run.stdout)
    broken = LEAST.replace("tlp: CLEAR", "tlp: BLUE").replace("@ms", "@mt").replace("7K3Q", "7K3R")
    faulty: dict[str, str | bytes] = {
        "incidents/a 1:2 b.md": broken,
        "actors/notes.txt": "",
        "software/x.md": b"\xff",
    }
    write(site / "content/records", faulty)
    run = CliRunner().invoke(main, check)
    assert run.exit_code == 1
    severities, forms = check_findings_match(run.stdout)
    assert severities == {"error", "warning", "note"}
    assert forms == {LOCATED, WHOLE_FILE}


def check_findings_match(text: str) -> tuple[set[str], set[str]]:
    """Each finding matches one of the two patterns, each hint none; the severities and patterns met."""
    matchers = problem_task()["tasks"][0]["problemMatcher"]
    severities, forms = set(), set()
    for line in text.splitlines():
        met = [
            (match, matcher["pattern"])
            for matcher in matchers
            if (match := re.search(matcher["pattern"]["regexp"], line))
        ]
        assert len(met) == (0 if line.startswith(" ") else 1), line
        for match, pattern in met:
            assert re.fullmatch(r"content/records/[^/]+/.+\.(md|txt)", match[pattern["file"]]), line
            assert re.fullmatch(r"[A-Z]\d{3}", match[pattern["code"]])
            assert match[pattern["message"]]
            severities.add(match[pattern["severity"]])
            forms.add(pattern["regexp"])
    return severities, forms


class Editor(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: numbers, booleans and null; dates stay text."""


Editor.yaml_implicit_resolvers = {}
Editor.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+\Z"), list("-+0123456789"))
Editor.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z"),
    list("-+.0123456789"),
)
Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)\Z"), list("tf"))
Editor.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(null|~|)\Z"), ["n", "~", ""])


def as_an_editor_reads(text: str) -> Any:
    return yaml.load(text.split("\n---", 1)[0].removeprefix("---"), Loader=Editor)


def faults(kind: str, front: Any) -> list[str]:
    """What the schema finds wrong, as `path: keyword`."""
    jsonschema = pytest.importorskip("jsonschema", reason="judges the schema; of the dev extra")
    validator = jsonschema.Draft202012Validator(format_schema(kind))
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.validator}" for e in validator.iter_errors(front)]


@pytest.mark.parametrize("kind", MODELS)
def test_the_schema_is_one_and_no_younger_than_editors(kind: str) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="judges the schema; of the dev extra")
    schema = format_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert not re.findall(r'"(unevaluated\w+|prefixItems|dependent\w+|\$dynamic\w+|minContains)"', text)
    assert set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text)) == set(schema["$defs"])


def test_the_schema_names_every_key_and_refuses_others() -> None:
    for kind, model in MODELS.items():
        schema = format_schema(kind)
        assert list(schema["properties"]) == [key.name for key in keys_of(model)]
        assert not {"body", "origin", "start", "end"} & set(schema["properties"])
        assert schema["additionalProperties"] is False
        for part in schema["$defs"].values():
            assert part["additionalProperties"] is False
            assert all(value["description"] for value in part["properties"].values())
    assert list(format_schema("incident")["$defs"]["Period"]["properties"]) == ["from", "to"]
    assert "id" not in format_schema("actor")["$defs"]["Source"]["properties"]


def test_an_unknown_kind_is_told() -> None:
    with pytest.raises(LookupError, match="incident, actor, software"):
        format_schema("incidents")


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_schema_accepts_the_examples(path: str) -> None:
    assert faults(KINDS[path.split("/")[0]], as_an_editor_reads(EXAMPLES[path])) == []


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.name)
def test_the_schema_accepts_every_record_that_loads(path: Path) -> None:
    folder = next(part for part in path.parts[::-1] if part in KINDS)
    content = path.read_bytes()
    if not parse_record(folder, path.name, content).is_whole:
        pytest.skip("broken on purpose")
    assert faults(KINDS[folder], as_an_editor_reads(content.decode("utf-8-sig"))) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("tlp: BLUE", "tlp: enum"),
        ("titel: x", ": additionalProperties"),
        ("disclosed: 19-12-30", "disclosed: pattern"),
        ("disclosed: 201", "disclosed: minimum"),
        ("occurred: {since: 2019}", "occurred: anyOf"),
        ("published: yesterday", "published: pattern"),
        ("targets: {sectors: [goverment]}", "targets.sectors.0: enum"),
        ("targets: {countries: [UK]}", "targets.countries.0: enum"),
        ("motivations: espionage", "motivations: type"),
        ("techniques: [{id: T1566}]", "techniques.0: required"),
        ("attribution: [{named: x, by: y, credibility: 7}]", "attribution.0.credibility: maximum"),
        ("sources: {ms: {publisher: x, titel: y}}", "sources.ms: additionalProperties"),
        ("sources: {ms: {publisher: x, title: y, url: 'ftp://x'}}", "sources.ms.url: pattern"),
        ("silence: {b107: x}", "silence: pattern"),
        ("key_points: [' ']", "key_points.0: pattern"),
    ],
)
def test_the_schema_finds_what_the_loader_finds(line: str, fault: str) -> None:
    key = line.split(":")[0]
    kept = re.sub(rf"^{key}:.*\n(^ .*\n)*", "", LEAST, flags=re.MULTILINE)
    text = kept.replace("---\n", f"---\n{line}\n", 1)
    assert fault in faults("incident", as_an_editor_reads(text))
    if "UK" not in line and "goverment" not in line:
        assert parse_record("incidents", "x.md", text.encode()).found


@pytest.mark.parametrize(
    "line",
    [
        "occurred: 2019",
        "occurred: {from: 2010, to: 2019-12}",
        "question: 2019",
        "key_points: [2019, 1.10, 'x']",
        "attribution: [{named: 42, by: x, credibility: 2}, {named: y, by: x, credibility: '2'}]",
        "silence: {B107: 2019}",
        "formerly: [2019]",
        "published: 2026-11-22",
        "published: 2026-11-22T09:00+01:00",
    ],
)
def test_the_schema_accepts_what_the_loader_reads(line: str) -> None:
    text = LEAST.replace("---\n", f"---\n{line}\n", 1)
    assert parse_record("incidents", "x.md", text.encode()).found == ()
    assert faults("incident", as_an_editor_reads(text)) == []


def test_every_type_of_the_models_has_words_and_every_word_a_type() -> None:
    used = [
        find_scalar(key.value) for key in every_key() if not (is_model(key.value) or is_vocabulary(key.value))
    ]
    assert all(scalar in used for scalar in SCALARS)
    assert find_scalar(CountryCode).words == "country code"
    with pytest.raises(LookupError, match="add it to SCALARS"):
        find_scalar(datetime | None)
