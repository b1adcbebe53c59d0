"""Run the checks over a corpus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.memo import Findings, FindingsMemo, roster_of
from threatbrief.checks.registry import CHECKS, CODES
from threatbrief.checks.silence import check_silences
from threatbrief.checks.subject import Corpus, Subject
from threatbrief.diagnostics import Diagnostic, Severity
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record
from threatbrief.processes import map_forked
from threatbrief.reference import Reference, load_reference

MOST = 100
"""The most findings of one check in one record: the rest is told once these are mended."""

_PARALLEL_FROM = 300
_CHUNK = 60

Severities = Mapping[str, Severity | None]
"""Code → the severity it has on this site, None to turn it off."""


def check(
    kb: KnowledgeBase,
    *,
    partial: Iterable[Record] = (),
    reference: Reference | None = None,
    today: date | None = None,
    root: Path | None = None,
    severities: Severities | None = None,
    memo: FindingsMemo | None = None,
    workers: int = 1,
    missing: Callable[[str], tuple[str, ...]] | None = None,
) -> Iterator[Diagnostic]:
    """Every finding about the records of an unfiltered knowledge base.

    `partial` are the records that failed validation (`Loaded.partial`): they are checked as far as
    they go, and references to them are good. `today` is the clock, `root` the folder that records'
    paths are relative to; without one, what needs it is skipped, as what needs fonts is without `missing`
    (see Corpus). `severities` changes the severity
    of a code; a firm code keeps its own. Records whose findings `memo` knows are not judged again; many
    that it does not know are judged in `workers` processes.
    """
    pieced = tuple(partial)
    everything = KnowledgeBase.of((*kb.records, *pieced)) if pieced else kb
    corpus = Corpus(everything, reference or load_reference(), today, root, missing)
    run = _Run(tuple(_choose(severities or {}, _at_hand(corpus))))
    yield from run.of_records(corpus, memo, workers)
    yield from run.of_corpus(corpus)
    for subject in corpus.subjects():
        if subject.record.silence:
            yield from run.of_silences(subject)


def _at_hand(corpus: Corpus) -> frozenset[str]:
    """What checks may need, as far as it is there."""
    held = {"clock": corpus.today, "disk": corpus.root, "fonts": corpus.missing}
    return frozenset({"", *(name for name, value in held.items() if value is not None)})


def _choose(severities: Severities, at_hand: frozenset[str]) -> Iterator[tuple[Check, Severity]]:
    for rule in CHECKS:
        severity = rule.severity if rule.firm else severities.get(rule.code, rule.severity)
        if severity is not None and rule.needs in at_hand:
            yield rule, severity


@dataclass
class _Run:
    """One pass: which checks run, and which silences were of use."""

    chosen: tuple[tuple[Check, Severity], ...]
    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Path of a record → codes."""

    def __post_init__(self) -> None:
        self.rules: list[tuple[Callable[[Subject], Iterator[Finding]], Check, Severity]] = [
            (rule.of_record, rule, severity) for rule, severity in self.chosen if rule.of_record
        ]

    def of_records(self, corpus: Corpus, memo: FindingsMemo | None, workers: int) -> Iterator[Diagnostic]:
        """The findings of every record, in the records' order."""
        roster = roster_of(corpus.kb.records) if memo else ""
        known = [memo.recall(record, roster) if memo else None for record in corpus.kb.records]
        left = [index for index, findings in enumerate(known) if findings is None]
        judged = _judge_all(self, corpus, left, workers)
        for record, findings in zip(corpus.kb.records, known, strict=True):
            findings = findings if findings is not None else next(judged)
            if memo:
                memo.learn(record, roster, findings)
            if findings.used:
                self.used[record.origin.path].update(findings.used)
            yield from findings.found
        if memo:
            memo.save()

    def of_record(self, subject: Subject) -> Findings:
        """The findings of one record."""
        found = tuple(
            diagnostic
            for function, rule, severity in self.rules
            for finding in islice(function(subject), MOST)
            for diagnostic in self._diagnose(rule, severity, finding)
        )
        return Findings(found, tuple(sorted(self.used.get(subject.record.origin.path, ()))))

    def of_corpus(self, corpus: Corpus) -> Iterator[Diagnostic]:
        for rule, severity in self.chosen:
            for finding in rule.of_corpus(corpus) if rule.of_corpus else ():
                yield from self._diagnose(rule, severity, finding)

    def of_silences(self, subject: Subject) -> Iterator[Diagnostic]:
        used = frozenset(self.used.get(subject.record.origin.path, ()))
        ran = frozenset(rule.code for rule, _ in self.chosen if rule.of_record or rule.of_corpus)
        severity_of = {rule.code: severity for rule, severity in self.chosen}
        for code, finding in check_silences(subject, CODES, ran, used):
            if code in severity_of:
                yield make_diagnostic(CODES[code], severity_of[code], finding)

    def _diagnose(self, rule: Check, severity: Severity, finding: Finding) -> Iterator[Diagnostic]:
        silences = finding.record.silence
        if silences and not rule.firm and any(silence.code == rule.code for silence in silences):
            self.used[finding.record.origin.path].add(rule.code)
            return
        yield make_diagnostic(rule, severity, finding)


def _judge_all(run: _Run, corpus: Corpus, left: Sequence[int], workers: int) -> Iterator[Findings]:
    return map_forked(
        lambda index: run.of_record(Subject(corpus.kb.records[index], corpus)),
        left,
        workers,
        fewest=_PARALLEL_FROM,
        chunk=_CHUNK,
    )


def make_diagnostic(rule: Check, severity: Severity, finding: Finding) -> Diagnostic:
    """A finding of a rule as it is printed."""
    hint = finding.hint or rule.hint
    return Diagnostic(rule.code, severity, finding.span, finding.message, hint, finding.marking)
