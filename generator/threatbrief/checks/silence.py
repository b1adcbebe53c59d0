"""C: what a record silences, and why. A silence never hides a marking or a fault that breaks the build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.spelling import suggest
from threatbrief.checks.subject import Subject


def check_silences(
    subject: Subject, codes: Mapping[str, Check], ran: Set[str], used: Set[str]
) -> Iterator[tuple[str, Finding]]:
    """Faults of a record's silences: the code of each and the finding.

    `ran` are the codes that were looked for, `used` those that this record's silences hid.
    """
    for index, silence in enumerate(subject.record.silence):
        location = ("silence", index)
        if silence.code not in codes:
            hint = suggest(silence.code, codes)
            found = subject.at(location, f"there is no check {silence.code!r}", hint)
            yield from (("C101", finding) for finding in found)
        elif codes[silence.code].firm:
            name = codes[silence.code].name
            found = subject.at(location, f"{silence.code} ({name}) cannot be silenced")
            yield from (("C102", finding) for finding in found)
        elif silence.code in ran - used and subject.is_sound(*location, "reason"):
            found = subject.at(location, f"the record has no {silence.code} to silence")
            yield from (("C103", finding) for finding in found)


CHECKS: Final = (
    Check(
        "C101",
        "error",
        "silences-unknown-code",
        "A silence of nothing hides nothing and misleads the next reader.",
        "`threatbrief check --list` has all codes",
    ),
    Check(
        "C102",
        "error",
        "silences-firm-code",
        "What keeps a record from being read, or leaks it, cannot be silenced.",
        "mend the fault instead",
        firm=True,
    ),
    Check(
        "C103",
        "note",
        "silence-not-needed",
        "The finding that it was written for is gone.",
        "take the entry out",
    ),
)
