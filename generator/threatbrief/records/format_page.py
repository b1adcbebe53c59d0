"""The reference page of the record format, generated from the models: docs/records.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from threatbrief.model import Period, Record, Silence, Sourced, Tlp
from threatbrief.model.parts import Marked
from threatbrief.model.vocab import (
    CREDIBILITY_WORDS,
    ICD203_BANDS,
    Basis,
    Confidence,
    IncidentKind,
    IndicatorState,
    IndicatorType,
    IndicatorUse,
    Likelihood,
    NameRelation,
    Reliability,
    RevisionKind,
    SoftwareType,
    SourceKind,
    Status,
)
from threatbrief.records.format import (
    MODELS,
    Key,
    find_scalar,
    first_sentence,
    is_model,
    is_vocabulary,
    keys_of,
    parts_of,
)
from threatbrief.records.format_examples import ACTOR, INCIDENT, LEAST, SOFTWARE
from threatbrief.records.format_words import MALWARE_TYPES, VALUE_WORDS
from threatbrief.reference.tables import load_reference

LOCATED: Final = r"^(\S.*?):(\d+):(\d+) ([A-Z]\d{3}) (error|warning|note): (.*)$"
"""A finding of `threatbrief check`: file, line, column, code, severity, message."""

WHOLE_FILE: Final = r"^((?!.*?:\d+:\d+ [A-Z]\d{3} )\S.*?) ([A-Z]\d{3}) (error|warning|note): (.*)$"
"""A finding about a file as a whole: file, code, severity, message."""

_INTRODUCTION: Final = """\
<!-- Written by `pytest tests/unit/records/test_format.py --update` from the models: change those. -->

# The record format

A record is one Markdown file: YAML front matter between two lines `---`, then the narrative. It lies below
`content/records`, in `incidents`, `actors` or `software`. [Curate](curate.md) tells how to work with
records; this page lists what may stand in one. The words follow STIX 2.1, ATT&CK, TLP 2.0 (FIRST), ICD 203
and the Admiralty code (NATO AJP-2.1)."""

_RULES: Final = """\
## What holds everywhere

- Values are text as typed, by YAML 1.2 and stricter: `NO` is Norway and `2019-12` a month. Quote text that
  holds a colon followed by a blank, or begins with one of `@ [ { * & ! % # > |` or a quote. Anchors,
  aliases, tags, merge keys and repeated keys are errors.
- An unknown key is an error that names the nearest known one. A key with nothing behind it is best left
  out.
- A date is as precise as it is known: `2019`, `2019-12`, `2019-12-18`. It is printed so, never padded, and
  compared as the interval that it may mean. An instant is `2026-11-22T09:00:00Z`, in any zone; a bare day
  means 00:00 UTC.
- A slug is small letters, digits and single hyphens, at most 64 characters. A record id is letters or digits
  in two to seven groups with hyphens between them, all capitals or all small.
- Text of a key is one line: line breaks and runs of blanks in it count as one blank. The narrative is
  Markdown without HTML.
- Every statement that a reader could dispute names its `sources`, by the short names of the record's own
  list. The narrative cites with `[@ms]` and links with `[[kimsuky]]` or `[[TB-2019-7K3Q|the words]]`.
- A part, and a section `::: tlp AMBER` of the narrative, may be marked higher than its record, never lower.
  What lies above a build's ceiling is cut before anything is made of it.
- Disagreement is shown. Claims of who did it and what a group is called stand side by side, each with its
  claimant; `assessment` is the publisher's own.
- `likelihood` and `confidence` are two things, and ICD 203 forbids both in one sentence.
- What is published stays: an id, a name, an address and a GUID never disappear, and content changes only
  with a revision."""

_VS_CODE: Final = """\
## Edit with VS Code

**Findings in the editor.** This task checks the records whenever one is saved and puts every finding on its
line. Save it as `.vscode/tasks.json`, then choose *Tasks: Run Build Task*; it goes on until you end it. Notes
appear as information. The second pattern is for what concerns a file as a whole.

```json
{tasks}
```

**Completion of keys and words.** `threatbrief schema` prints the JSON Schema of a record's front matter:

```console
mkdir -p .vscode/schemas
threatbrief schema incident > .vscode/schemas/incident.json
threatbrief schema actor > .vscode/schemas/actor.json
threatbrief schema software > .vscode/schemas/software.json
```

The YAML extension of Red Hat (`redhat.vscode-yaml`) takes them from `.vscode/settings.json`:

```json
{settings}
```

That extension reads YAML files alone, not the front matter of Markdown
([its issue 207](https://github.com/redhat-developer/vscode-yaml/issues/207)). To have completion, write the
front matter in a file such as `new.incident.yaml` and move it into the record, or use an editor whose YAML
server can be attached to front matter. Records themselves are held against the models by the task above,
which knows more than any schema: references, sources, dates and markings.

The schema is for JSON Schema draft 2020-12 and uses no keyword that draft-07 lacks but `$defs`. It is
stricter than the loader in little: no key with nothing behind it, no unquoted `true` or `false` for text,
`sources` and `silence` as mappings, and the sectors, motivations and countries of this page alone."""


def format_page() -> str:
    """docs/records.md: Markdown that ends with one line break, the same for the same models."""
    return "\n\n".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    yield _INTRODUCTION
    yield from _examples()
    yield _RULES
    yield from _key_tables()
    yield from _vocabularies()
    yield from _reference_tables()
    yield _VS_CODE.replace("{tasks}", _json(problem_task())).replace("{settings}", _json(_SETTINGS))


def _examples() -> Iterator[str]:
    yield "## The least that is valid\n\nAll else is optional; `status` is `draft` where it is not given."
    yield _fence(LEAST)
    yield "## All of an incident\n\nThe case is invented. Every key stands in it but `reason` and `released`."
    yield _fence(INCIDENT)
    yield "## An actor"
    yield _fence(ACTOR)
    yield "## A piece of software"
    yield _fence(SOFTWARE)


def _fence(record: str) -> str:
    return f"```yaml\n{record}```"


def _key_tables() -> Iterator[str]:
    yield (
        "## Keys\n\nWhere the type is *list of*, write `[one, two]` or a line with `-` for each. The last "
        "column\nnames the standard that the value follows."
    )
    yield "### Every record"
    yield _table(Record, [key for key in keys_of(Record) if key.field != "id"])
    for kind, model in MODELS.items():
        yield f"### {kind.capitalize()}\n\n{first_sentence(model)}"
        yield _table(model, [key for key in keys_of(model) if key.owner is not Record])
    for part in parts_of(*MODELS.values()):
        if part is not Silence:
            yield f"### {part_name(part)}\n\n{first_sentence(part)}"
            yield _table(part, sorted(keys_of(part), key=lambda key: key.owner in (Sourced, Marked)))


def _table(model: type[BaseModel], keys: Iterable[Key]) -> str:
    rows = []
    for key in keys:
        name = f"`{key.name}`"
        required = "yes" if key.is_required else ""
        rows.append((name, type_words(model, key), required, key.meaning, key.standard))
    return _rows(("Key", "Type", "Required", "Meaning", "Standard"), rows)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def type_words(model: type[BaseModel], key: Key) -> str:
    """What stands behind a key, in plain words, linked to where this page tells more."""
    if key.value is Silence:
        return "mapping of check code to reason"
    if key.field == "sources" and issubclass(model, Record):
        return f"mapping of short name to {_link('source')}"
    words = _one(key)
    if key.value is Period and key.field == "occurred":
        words = f"date or {words}"
    return f"list of {words}" if key.is_list else words


def _one(key: Key) -> str:
    if is_model(key.value):
        return _link(part_name(key.value))
    if is_vocabulary(key.value):
        return f"word of {_link(_TITLES[key.value])}"
    if key.field in _TABLES:
        return f"slugs of {_link(key.field.replace('_', ' '))}"
    words = find_scalar(key.value).words
    if key.is_list and words != "text":
        words += "s"
    return _link("credibility", words) if key.field == "credibility" else words


_TABLES: Final = ("sectors", "motivations", "malware_types")


def part_name(part: type[BaseModel]) -> str:
    """`TechniqueUse` as a heading: `Technique use`."""
    name = "".join(f" {c.lower()}" if c.isupper() else c for c in part.__name__).strip()
    return name[0].upper() + name[1:]


def _link(title: str, words: str = "") -> str:
    """A link to a heading of this page, by the anchor that Markdown renderers give it."""
    return f"[{words or title.lower()}](#{title.lower().replace(' ', '-')})"


_TITLES: Final[dict[type[StrEnum], str]] = {
    Tlp: "Markings",
    Status: "Statuses",
    IncidentKind: "Incident kinds",
    Basis: "Bases of techniques",
    Confidence: "Confidences",
    Likelihood: "Likelihoods",
    SourceKind: "Source kinds",
    Reliability: "Reliability",
    NameRelation: "Name relations",
    IndicatorType: "Indicator types",
    IndicatorUse: "Indicator uses",
    IndicatorState: "Indicator states",
    RevisionKind: "Revision kinds",
    SoftwareType: "Software types",
}


def _vocabularies() -> Iterator[str]:
    yield "## Words"
    for vocabulary, title in _TITLES.items():
        yield f"### {title}"
        yield _lead(vocabulary)
        if vocabulary is Likelihood:
            bands = ((f"`{band.word}`", f"{band.low} to {band.high}") for band in ICD203_BANDS)
            yield _rows(("Word", "Percent"), bands)
        else:
            yield _rows(
                ("Word", "Meaning"),
                ((f"`{word.value}`", VALUE_WORDS[vocabulary][word.value]) for word in vocabulary),
            )
        if vocabulary is Reliability:
            yield "### Credibility"
            yield "Admiralty code (NATO AJP-2.1): credibility of a piece of information."
            yield _rows(("Digit", "Meaning"), ((f"`{n}`", words) for n, words in CREDIBILITY_WORDS.items()))


def _lead(vocabulary: type[StrEnum]) -> str:
    """What a vocabulary is, as the first sentence of its docstring says."""
    return " ".join((vocabulary.__doc__ or "").split("\n\n")[0].split()).split(". ")[0].rstrip(".") + "."


def _reference_tables() -> Iterator[str]:
    reference = load_reference()
    yield "### Sectors"
    yield "What they are called in MISP's sector galaxy and in STIX 2.1 `industry-sector-ov`."
    sectors = (row for slug in reference.sector_slugs if (row := reference.sector(slug)))
    yield _rows(
        ("Slug", "Name", "MISP", "STIX"),
        ((f"`{row.slug}`", row.name, row.misp or "", row.stix or "") for row in sectors),
    )
    yield "### Motivations"
    yield "What they are called in STIX 2.1 `attack-motivation-ov`, which asks what drives the actor."
    motivations = (aim for slug in reference.motivation_slugs if (aim := reference.motivation(slug)))
    yield _rows(
        ("Slug", "Name", "STIX"), ((f"`{aim.slug}`", aim.name, aim.stix or "") for aim in motivations)
    )
    yield "### Malware types"
    words = ", ".join(f"`{word}`" for word in MALWARE_TYPES)
    yield f"STIX 2.1 `malware-type-ov`, an open list:\n{words}."


BEGINS: Final = "Checking the records"
ENDS: Final = "Waiting for changes"
"""What `check --watch` says before and after each run, and a task's matcher looks for."""


def problem_task() -> dict[str, Any]:
    """VS Code's tasks.json: one task that runs the checks, with a matcher for each form of a finding."""
    return {
        "version": "2.0.0",
        "tasks": [
            {
                "label": "threatbrief check",
                "type": "shell",
                "command": "threatbrief check --watch",
                "isBackground": True,
                "group": {"kind": "build", "isDefault": True},
                "presentation": {"reveal": "silent"},
                "problemMatcher": [
                    _matcher(
                        "threatbrief", LOCATED, ("file", "line", "column", "code", "severity", "message")
                    ),
                    _matcher("threatbrief-files", WHOLE_FILE, ("file", "code", "severity", "message")),
                ],
            }
        ],
    }


def _matcher(owner: str, regexp: str, groups: tuple[str, ...]) -> dict[str, Any]:
    """A problem matcher whose groups capture these properties, in this order."""
    kind = {} if "line" in groups else {"kind": "file"}
    captured = {name: number for number, name in enumerate(groups, start=1)}
    return {
        "owner": owner,
        "source": "threatbrief",
        "fileLocation": ["relative", "${workspaceFolder}"],
        "background": {"activeOnStart": True, "beginsPattern": f"^{BEGINS}$", "endsPattern": f"^{ENDS}$"},
        "pattern": {"regexp": regexp, **kind, **captured},
    }


_CAPTURED: Final = ("code", "severity", "message")
_SETTINGS: Final = {"yaml.schemas": {f".vscode/schemas/{kind}.json": [f"*.{kind}.yaml"] for kind in MODELS}}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
