"""One finding about the content, and how findings are printed.

A Diagnostic says where, how bad, what, and what to do. Finding problems and printing them are
apart: checks yield diagnostics, `format_*` turns them into text. What may be read by others than
the curators (JSON, GitHub, SARIF: the formats of CI) passes `withhold` first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    from threatbrief.model.tlp import Tlp

Severity = Literal["error", "warning", "note"]

_RANK: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: path relative to the site's root, 1-based line and column (0: whole file)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        path = _printable(self.path)
        return f"{path}:{self.line}:{self.column or 1}" if self.line else path

    def __reduce__(self) -> tuple[Any, ...]:
        return Span, (self.path, self.line, self.column)  # ten times faster than a dataclass' own


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is stable; `message` states the fault in one line; `hint` says what to do.

    `marking` is the highest of all that message and hint tell of the records; None where they tell
    nothing of any.
    """

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""
    marking: Tlp | None = None

    def __str__(self) -> str:
        return f"{self.span} {self.code} {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self.code, self.severity, self.span, self.message, self.hint, self.marking)
        return Diagnostic, given


class Rule(Protocol):
    """What SARIF tells of a check."""

    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def name(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def hint(self) -> str: ...


def sort_diagnostics(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in file order, each once."""

    def order(d: Diagnostic) -> tuple[object, ...]:
        return d.span.path, d.span.line, d.span.column, _RANK[d.severity], d.code, d.message

    return tuple(sorted(dict.fromkeys(found), key=order))


def has_errors(found: Iterable[Diagnostic], *, strict: bool = False) -> bool:
    """Whether the findings forbid a build; with `strict`, warnings do too (notes never)."""
    limit = _RANK["warning"] if strict else _RANK["error"]
    return any(_RANK[diagnostic.severity] <= limit for diagnostic in found)


def withhold(found: Iterable[Diagnostic], ceiling: Tlp | None = None) -> tuple[Diagnostic, ...]:
    """The findings as readers up to a ceiling (CLEAR without one) may see them: code, place, no text."""
    rank = ceiling.rank if ceiling else 0
    return tuple(_without_text(d) if d.marking and d.marking.rank > rank else d for d in found)


def _without_text(diagnostic: Diagnostic) -> Diagnostic:
    label = diagnostic.marking.label if diagnostic.marking else ""
    message = f"the text is withheld here: it stands under {label}, or under no label at all"
    return replace(diagnostic, message=message, hint="run `threatbrief check` where the records are kept")


def format_text(found: Iterable[Diagnostic]) -> str:
    """`file:line:col CODE severity: message`, the hint indented below; for the curators' own terminal."""
    lines = []
    for diagnostic in found:
        message = _printable(diagnostic.message)
        lines.append(f"{diagnostic.span} {diagnostic.code} {diagnostic.severity}: {message}")
        if diagnostic.hint:
            lines.append(f"    {_printable(diagnostic.hint)}")
    return "\n".join(lines)


def format_json(found: Iterable[Diagnostic], ceiling: Tlp | None = None) -> str:
    """A JSON array of objects with code, severity, path, line, column, message, hint, marking."""
    rows = [{**asdict(d), **asdict(d.span)} for d in withhold(found, ceiling)]
    for row in rows:
        del row["span"]
        row["path"] = _printable(row["path"])
    return json.dumps(rows, ensure_ascii=False, indent=1)


def format_github(found: Iterable[Diagnostic], ceiling: Tlp | None = None) -> str:
    """Workflow commands of GitHub Actions, one a line: annotations on the changed files."""
    levels = {"error": "error", "warning": "warning", "note": "notice"}
    lines = []
    for diagnostic in withhold(found, ceiling):
        span = diagnostic.span
        place = f",line={span.line},col={span.column or 1}" if span.line else ""
        where = f"file={_escape_property(_printable(span.path))}{place}"
        title = _escape_property(f"{diagnostic.code} {diagnostic.severity}")
        text = _escape(diagnostic.message + (f"\n{diagnostic.hint}" if diagnostic.hint else ""))
        lines.append(f"::{levels[diagnostic.severity]} {where},title={title}::{text}")
    return "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def format_sarif(found: Iterable[Diagnostic], rules: Iterable[Rule] = (), ceiling: Tlp | None = None) -> str:
    """SARIF 2.1.0: one run; every rule that is given is described, columns count code points."""
    known = tuple(rules)
    index_of = {rule.code: index for index, rule in enumerate(known)}
    driver: dict[str, Any] = {"name": "threatbrief", "rules": [_sarif_rule(rule) for rule in known]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(diagnostic, index_of) for diagnostic in withhold(found, ceiling)],
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1)


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.name.replace("-", " ")},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": rule.severity},
    }
    if rule.hint:
        described["help"] = {"text": rule.hint}
    return described


def _sarif_result(diagnostic: Diagnostic, index_of: dict[str, int]) -> dict[str, Any]:
    span = diagnostic.span
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(_printable(span.path))}}
    if span.line:
        place["region"] = {"startLine": span.line, "startColumn": span.column or 1}
    text = diagnostic.message + (f"\n{diagnostic.hint}" if diagnostic.hint else "")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }
    if diagnostic.code in index_of:
        result["ruleIndex"] = index_of[diagnostic.code]
    return result


def _printable(text: str) -> str:
    """The text on one line and without what could steer a terminal; bytes that were no UTF-8 as escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\u00a0" else c.encode("unicode_escape").decode() for c in text
    )
