"""What a check is, and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from threatbrief.diagnostics import Severity, Span
from threatbrief.model import Record, Tlp
from threatbrief.model.origin import Location

if TYPE_CHECKING:
    from threatbrief.checks.subject import Corpus, Subject


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at a place of a record. `location` is the key it concerns, empty for the body.

    `hint` replaces the check's own advice. `marking` is the highest of all that the message tells.
    """

    record: Record
    span: Span
    location: Location
    message: str
    hint: str = ""
    marking: Tlp = Tlp.RED


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: a stable code, its name, how bad a breach is, why the rule exists and what to do.

    A check looks at one record (`of_record`) or at all of them (`of_corpus`); one with neither is
    found elsewhere: while reading (F, S, D101, R101), of silences (C) or against earlier records (H).
    A `firm` one can be neither silenced nor made milder. `needs` says without what it is skipped.
    """

    code: str
    severity: Severity
    name: str
    why: str
    hint: str
    of_record: Callable[[Subject], Iterator[Finding]] | None = None
    of_corpus: Callable[[Corpus], Iterator[Finding]] | None = None
    firm: bool = False
    needs: Literal["", "clock", "disk", "fonts"] = ""
