"""A: claims carry their sources, and judgements their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.subject import Subject
from threatbrief.model import (
    Claim,
    CountryClaim,
    NameClaim,
    SponsorClaim,
)

_DISPUTABLE: Final = (Claim, NameClaim, CountryClaim, SponsorClaim)


def check_claims(subject: Subject) -> Iterator[Finding]:
    for location, part in subject.statements:
        if not isinstance(part, _DISPUTABLE) or part.sources or not subject.is_sound(*location, "sources"):
            continue
        said = part.named if isinstance(part, Claim) else getattr(part, "name", getattr(part, "country", ""))
        yield from subject.at(location, f"the claim {said!r} has no source")


CHECKS: Final = (
    Check(
        "A101",
        "error",
        "claim-without-source",
        "Who did it, what it is called and where it comes from are disputed: a reader must see who says so.",
        "add sources: [short names of this record's sources]",
        of_record=check_claims,
    ),
)
