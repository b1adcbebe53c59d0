"""D: dates that cannot be. What is no date at all is found while reading (D101)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.subject import Subject
from threatbrief.model import PartialDate, format_instant
from threatbrief.model.origin import Location

_EARLIEST: Final = "1980"


def check_order(subject: Subject) -> Iterator[Finding]:
    spans: list[tuple[Location, PartialDate | None, PartialDate | None]] = []
    if subject.incident and subject.incident.occurred:
        period = subject.incident.occurred
        spans.append((("occurred", "to"), period.start, period.end))
    if subject.actor and subject.actor.active:
        spans.append((("active", "to"), subject.actor.active.start, subject.actor.active.end))
    if subject.incident:
        for index, seen in enumerate(subject.incident.indicators):
            spans.append((("indicators", index, "last_seen"), seen.first_seen, seen.last_seen))
    for location, start, end in spans:
        if start and end and end.last < start.first:
            yield from subject.at(location, f"{end} lies before the beginning, {start}")


def check_disclosure(subject: Subject) -> Iterator[Finding]:
    incident = subject.incident
    if not incident or not incident.occurred or not subject.is_sound("occurred", "from"):
        return
    start = incident.occurred.start
    if start and incident.disclosed.last < start.first:
        message = f"disclosed on {incident.disclosed}, before it began, {start}"
        yield from subject.at(("disclosed",), message)


def check_future(subject: Subject) -> Iterator[Finding]:
    today = subject.corpus.today
    if today is None:
        return
    written = today.isoformat()
    for location, given in subject.dates:
        if given.value > written[: len(given.value)]:
            yield from subject.at(location, f"{given} lies in the future")
    for index, revision in enumerate(subject.record.revisions):
        if revision.at.date() > today:
            message = f"{format_instant(revision.at)} lies in the future"
            yield from subject.at(("revisions", index, "at"), message)


def check_age(subject: Subject) -> Iterator[Finding]:
    for location, given in subject.dates:
        if given.value < _EARLIEST:
            yield from subject.at(location, f"{given} lies before {_EARLIEST}")


def check_revisions(subject: Subject) -> Iterator[Finding]:
    revisions = subject.record.revisions
    if not revisions:
        return
    if subject.record.published and revisions[0].at < subject.record.published:
        message = f"revised before it was published, {format_instant(subject.record.published)}"
        yield from subject.at(("revisions", 0, "at"), message)
    for index, (before, after) in enumerate(pairwise(revisions), 1):
        if after.at <= before.at and subject.is_sound("revisions", index - 1):
            message = f"not later than the revision before it, {format_instant(before.at)}"
            yield from subject.at(("revisions", index, "at"), message)


CHECKS: Final = (
    Check(
        "D102",
        "error",
        "end-before-start",
        "A period that ends before it begins is a slip of the pen.",
        "swap the two, or correct one",
        of_record=check_order,
    ),
    Check(
        "D103",
        "error",
        "disclosed-before-start",
        "Nothing is disclosed before it happens.",
        "correct `disclosed` or `occurred`",
        of_record=check_disclosure,
    ),
    Check(
        "D104",
        "error",
        "future-date",
        "A record tells what has happened.",
        "correct the date",
        of_record=check_future,
        needs="clock",
    ),
    Check(
        "D105",
        "warning",
        "implausible-date",
        "Few incidents on computers are older.",
        "correct the year, or silence this with the reason",
        of_record=check_age,
    ),
    Check(
        "D106",
        "error",
        "revisions-out-of-order",
        "Readers and feeds follow the revisions in time.",
        "revisions stand in order, each later than the one before; `threatbrief revise` writes them",
        of_record=check_revisions,
    ),
)
