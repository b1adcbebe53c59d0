"""A: claims carry their sources, judgements their reasons; likelihood and confidence stay apart (ICD 203)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.prose import sentences_with
from threatbrief.checks.subject import Subject
from threatbrief.model import (
    Claim,
    CountryClaim,
    Event,
    NameClaim,
    Response,
    Sourced,
    SponsorClaim,
    TechniqueUse,
    Vulnerability,
)
from threatbrief.model.vocab import ICD203_BANDS, Basis

_DISPUTABLE: Final = (Claim, NameClaim, CountryClaim, SponsorClaim)
_FACTS: Final = (Event, Response, Vulnerability)
_LIKELIHOOD: Final = re.compile(
    r"\b(?:"
    + "|".join(
        sorted(
            {
                *(band.word for band in ICD203_BANDS),
                *(
                    "probable",
                    "probably",
                    "improbable",
                    "almost certainly",
                    "nearly certain",
                    "roughly even odds",
                ),
            },
            key=len,
            reverse=True,
        )
    )
    + r")\b",
    re.IGNORECASE,
)
_GRADES: Final = ("low ", "moderate ", "medium ", "high ")


def check_claims(subject: Subject) -> Iterator[Finding]:
    for location, part in subject.statements:
        if isinstance(part, _DISPUTABLE) and not part.sources and subject.is_sound(*location, "sources"):
            yield from subject.at(location, f"the claim {_claimed(part)!r} has no source")


def _claimed(part: Sourced) -> str:
    if isinstance(part, Claim):
        return part.named
    return part.country if isinstance(part, CountryClaim) else str(getattr(part, "name", ""))


def check_reported(subject: Subject) -> Iterator[Finding]:
    if not subject.incident:
        return
    for index, use in enumerate(subject.incident.techniques):
        where = ("techniques", index)
        whole = subject.is_sound(*where, "sources") and subject.is_sound(*where, "basis")
        if use.basis is Basis.REPORTED and not use.sources and whole:
            yield from subject.at(where, f"{use.id} is given as reported, but by no source")


def check_facts(subject: Subject) -> Iterator[Finding]:
    for location, part in subject.statements:
        if isinstance(part, _FACTS) and not part.sources and subject.is_sound(*location, "sources"):
            yield from subject.at(location, f"{_WORDS[type(part)]} has no source")


_WORDS: Final = {Event: "the event", Response: "the response", Vulnerability: "the vulnerability"}


def check_basis_note(subject: Subject) -> Iterator[Finding]:
    for location, part in subject.statements:
        if not isinstance(part, TechniqueUse) or not subject.is_sound(*location, "basis"):
            continue
        if part.basis is Basis.MAPPED and not part.note:
            yield from subject.at(location, f"{part.id} is mapped, and no note says from what")


def check_stated(subject: Subject) -> Iterator[Finding]:
    for location, part in subject.statements:
        stated = part.stated if isinstance(part, Claim | CountryClaim | SponsorClaim) else None
        if stated and not _LIKELIHOOD.search(stated) and "confidence" in stated.casefold():
            message = f"`stated` is for a likelihood; {stated!r} is a confidence"
            yield from subject.at((*location, "stated"), message)


def check_assessment_sources(subject: Subject) -> Iterator[Finding]:
    assessment = subject.incident.assessment if subject.incident else None
    if assessment and not assessment.sources and subject.is_sound("assessment", "sources"):
        yield from subject.at(("assessment",), "the assessment names no source")


def check_mixed_scales(subject: Subject) -> Iterator[Finding]:
    message = "confidence and likelihood in one sentence"
    for location, text in subject.texts if _grades_confidence(subject.front_lower) else ():
        if "confidence" in text and any(True for _ in _mixed(text)):
            yield from subject.at(location, message)
    if _grades_confidence(subject.body_lower):
        for offset in _mixed(subject.prose):
            yield from subject.in_body(offset, message)


def _mixed(text: str) -> Iterator[int]:
    """Where sentences begin that grade a confidence and give a likelihood."""
    if not _grades_confidence(text.lower()):
        return
    for start, sentence in sentences_with("confidence", text):
        if _grades_confidence(sentence.lower()) and _LIKELIHOOD.search(sentence):
            yield start


def _grades_confidence(folded: str) -> bool:
    return "confidence is " in folded or any(f"{grade}confidence" in folded for grade in _GRADES)


def check_confirmed(subject: Subject) -> Iterator[Finding]:
    if '"credibility":1' not in subject.front:
        return
    publishers = {source.id: source.publisher.casefold() for source in subject.record.sources}
    for location, part in subject.statements:
        if not isinstance(part, _DISPUTABLE) or part.credibility != 1:
            continue
        voices = {publishers.get(source, source) for source in part.sources}
        if len(voices) < 2:
            yield from subject.at(
                (*location, "credibility"), "credibility 1 on the word of a single publisher"
            )


CHECKS: Final = (
    Check(
        "A101",
        "error",
        "claim-without-source",
        "Who did it, what it is called and where it comes from are disputed: a reader must see who says so.",
        "add sources: [short names of this record's sources]",
        of_record=check_claims,
    ),
    Check(
        "A102",
        "error",
        "reported-by-nobody",
        "`basis: reported` tells readers that a source says it of this incident.",
        "add the source, or write basis: mapped or group-profile",
        of_record=check_reported,
    ),
    Check(
        "A103",
        "warning",
        "fact-without-source",
        "Every statement that a reader could dispute has a source.",
        "add sources: [short names of this record's sources]",
        of_record=check_facts,
    ),
    Check(
        "A104",
        "note",
        "mapped-without-note",
        "A mapping is the curator's reading: a reader can only check it against what it was read from.",
        "add note: the behaviour that the technique stands for",
        of_record=check_basis_note,
    ),
    Check(
        "A105",
        "warning",
        "likelihood-not-stated",
        "A likelihood is quoted only from a claimant who stated one.",
        "quote the claimant's likelihood, such as stated: very likely, or take the key out",
        of_record=check_stated,
    ),
    Check(
        "A106",
        "warning",
        "assessment-without-source",
        "A judgement is weighed by what it rests on.",
        "add sources: what the assessment rests on",
        of_record=check_assessment_sources,
    ),
    Check(
        "A107",
        "warning",
        "mixed-scales",
        "ICD 203 forbids confidence and likelihood in one sentence: readers take one for the other.",
        "make two sentences of it",
        of_record=check_mixed_scales,
    ),
    Check(
        "A108",
        "warning",
        "confirmed-by-one",
        "Credibility 1 of the Admiralty code means: confirmed by other, independent sources.",
        "add the source that confirms it, or write credibility: 2",
        of_record=check_confirmed,
    ),
)
