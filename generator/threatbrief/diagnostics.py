"""One finding about the content, and how findings are printed.

A Diagnostic says where, how bad, what, and what to do. Finding problems and printing them are
apart: checks yield diagnostics, `format_*` turns them into text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

_RANK: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: path relative to the site's root, 1-based line and column (0: whole file)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column or 1}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is stable; `message` states the fault in one line; `hint` says what to do."""

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.span} {self.code} {self.message}"


def sort_diagnostics(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in file order, each once."""
    return tuple(sorted(set(found), key=lambda d: (d.span, _RANK[d.severity], d.code, d.message)))


def has_errors(found: Iterable[Diagnostic], *, strict: bool = False) -> bool:
    """Whether the findings forbid a build; with `strict`, warnings do too (notes never)."""
    limit = _RANK["warning"] if strict else _RANK["error"]
    return any(_RANK[diagnostic.severity] <= limit for diagnostic in found)


def format_text(found: Iterable[Diagnostic]) -> str:
    """`file:line:col CODE severity: message`, the hint indented below; one blank-free block."""
    lines = []
    for diagnostic in found:
        lines.append(f"{diagnostic.span} {diagnostic.code} {diagnostic.severity}: {diagnostic.message}")
        if diagnostic.hint:
            lines.append(f"    {diagnostic.hint}")
    return "\n".join(lines)


def format_json(found: Iterable[Diagnostic]) -> str:
    """A JSON array of objects with code, severity, path, line, column, message, hint."""
    rows = [{**asdict(d), **asdict(d.span)} for d in found]
    for row in rows:
        del row["span"]
    return json.dumps(rows, ensure_ascii=False, indent=1)
