"""Run the checks over a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.registry import CHECKS
from threatbrief.checks.subject import Corpus, Subject
from threatbrief.diagnostics import Diagnostic, Severity
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record
from threatbrief.reference import Reference, load_reference


def check(
    kb: KnowledgeBase,
    *,
    partial: Iterable[Record] = (),
    reference: Reference | None = None,
    today: date | None = None,
    root: Path | None = None,
    severities: Mapping[str, Severity | None] | None = None,
) -> Iterator[Diagnostic]:
    """Every finding about the records of an unfiltered knowledge base, record by record.

    `partial` are the records that failed validation (`Loaded.partial`): they are checked as far as
    they go, and references to them are good. `today` is the clock, `root` the folder that records'
    paths are relative to; without one, what needs it is skipped. `severities` changes the severity
    of a code, None turns it off; a firm code keeps its own.
    """
    corpus = Corpus(KnowledgeBase.of((*kb.records, *partial)), reference or load_reference(), today, root)
    chosen = tuple(_choose(severities or {}))
    of_records = [(rule, severity) for rule, severity in chosen if rule.of_record]
    for subject in corpus.subjects:
        yield from _check_record(subject, of_records)
    for rule, severity in chosen:
        if rule.of_corpus:
            for finding in rule.of_corpus(corpus):
                if not _is_silenced(rule, finding):
                    yield _diagnose(rule, severity, finding)


def _choose(severities: Mapping[str, Severity | None]) -> Iterator[tuple[Check, Severity]]:
    for rule in CHECKS:
        severity = rule.severity if rule.firm else severities.get(rule.code, rule.severity)
        if severity is not None:
            yield rule, severity


def _check_record(subject: Subject, chosen: list[tuple[Check, Severity]]) -> Iterator[Diagnostic]:
    for rule, severity in chosen:
        for finding in rule.of_record(subject) if rule.of_record else ():
            if not _is_silenced(rule, finding):
                yield _diagnose(rule, severity, finding)


def _is_silenced(rule: Check, finding: Finding) -> bool:
    return not rule.firm and any(silence.code == rule.code for silence in finding.record.silence)


def _diagnose(rule: Check, severity: Severity, finding: Finding) -> Diagnostic:
    return Diagnostic(rule.code, severity, finding.span, finding.message, finding.hint or rule.hint)
