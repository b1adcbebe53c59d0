"""M: the TLP boundary. Nothing refers to what is marked higher, and no marking can be misread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.references import CITATION, find_kinds, references
from threatbrief.checks.subject import Subject
from threatbrief.model import Tlp
from threatbrief.model.markup import LIKE_RECORD_LINK
from threatbrief.model.origin import Location
from threatbrief.model.sections import SectionFault

_LABEL: Final = re.compile(r"TLP[ \t]?[:_-]?[ \t]?(RED|AMBER(?:\+STRICT)?|GREEN)\b", re.IGNORECASE)
_BEGINS: Final = re.compile(
    r"(?:^|\n|[.!?]\s|<!--|[\[({|])[\s>*_#`\"'\\(\[{|/!-]*\Z|\A[\s>*_#`\"'\\(\[{|/!<-]*\Z"
)


def check_records(subject: Subject) -> Iterator[Finding]:
    if subject.corpus.highest.rank <= subject.record.tlp.rank:
        return
    for location, kind, target in references(subject):
        yield from _compare(subject, location, kind, target)
    if "[[" in subject.prose:
        for match in LIKE_RECORD_LINK.finditer(subject.prose):
            for kind in find_kinds(subject.corpus, match.group(1))[:1]:
                theirs = _marking(subject, kind, match.group(1))
                own = subject.marking_at(match.start())
                if theirs and theirs.rank > own.rank:
                    message = _too_high(f"the link {' '.join(match.group().split())}", theirs, own)
                    yield from subject.in_body(match.start(), message, quotes=theirs)


def _compare(subject: Subject, location: Location, kind: str, target: str) -> Iterator[Finding]:
    theirs, own = _marking(subject, kind, target), subject.marking_of(location)
    if theirs and theirs.rank > own.rank:
        yield from subject.at(location, _too_high(f"{target!r}", theirs, own), quotes=theirs)


def _marking(subject: Subject, kind: str, target: str) -> Tlp | None:
    markings = subject.corpus.markings[kind]
    return markings.get(target) or markings.get(target.upper())


def _too_high(what: str, theirs: Tlp, own: Tlp) -> str:
    return f"{what} is marked {theirs.label}, and is named under {own.label}"


def check_sources(subject: Subject) -> Iterator[Finding]:
    marked = {s.id: s.tlp for s in subject.record.sources if s.tlp and s.tlp.rank > subject.record.tlp.rank}
    if not marked:
        return
    for location, source in subject.citations:
        theirs, own = marked.get(source), subject.marking_of(location)
        if theirs and theirs.rank > own.rank:
            yield from subject.at(location, _too_high(f"the source {source!r}", theirs, own), quotes=theirs)
    for match in CITATION.finditer(subject.prose):
        theirs, own = marked.get(match.group(1)), subject.marking_at(match.start())
        if theirs and theirs.rank > own.rank:
            message = _too_high(f"the citation {match.group()}", theirs, own)
            yield from subject.in_body(match.start(), message, quotes=theirs)


def check_sections(subject: Subject) -> Iterator[Finding]:
    for fault in subject.sections.faults:
        if fault.kind not in ("legacy-label", "lower-inside"):
            message, hint = _explain(fault)
            yield from subject.in_body(fault.offset, message, hint)


def _explain(fault: SectionFault) -> tuple[str, str]:
    labels = ", ".join(label.value for label in Tlp)
    return {
        "unknown-label": (f"{fault.text!r} names no TLP 2.0 label", f"write one of: {labels}"),
        "unclosed": (f"the section {fault.text!r} is never closed", "close it with a line :::"),
        "stray-close": ("a line ::: closes no section", "take it out, or open the section before it"),
        "not-a-section": (
            f"{fault.text[:60]!r} opens no section that we know",
            "write `::: tlp AMBER` at the beginning of a line of its own",
        ),
    }[fault.kind]


def check_lower_parts(subject: Subject) -> Iterator[Finding]:
    record = subject.record
    for name in type(record).model_fields if record.tlp is not Tlp.CLEAR else ():
        value = getattr(record, name)
        for index, part in enumerate(value) if isinstance(value, tuple) else ():
            marking = getattr(part, "tlp", None)
            if isinstance(marking, Tlp) and marking.rank < record.tlp.rank and subject.is_sound("tlp"):
                message = f"{marking.label} lies below the record's {record.tlp.label} and does nothing"
                yield from subject.at((name, index, "tlp"), message)
    for fault in subject.sections.faults:
        if fault.kind == "lower-inside":
            message = f"{fault.text!r} lies below the section around it and does nothing"
            yield from subject.in_body(fault.offset, message)


def check_legacy_sections(subject: Subject) -> Iterator[Finding]:
    for fault in subject.sections.faults:
        if fault.kind == "legacy-label":
            yield from subject.in_body(fault.offset, "TLP:WHITE is the old name of TLP:CLEAR; read as CLEAR")


def check_labels_in_text(subject: Subject) -> Iterator[Finding]:
    """A label at the beginning of a paragraph, cell, bracket or comment: somebody marked a portion."""
    yield from _labels(subject, as_marking=True)


def check_labels_mentioned(subject: Subject) -> Iterator[Finding]:
    yield from _labels(subject, as_marking=False)


def _labels(subject: Subject, *, as_marking: bool) -> Iterator[Finding]:
    hint = "mark it with `::: tlp …` or the part's `tlp`, so that it can be cut" if as_marking else ""
    keys = subject.front_lower.count('"tlp":')
    for location, text in subject.texts if subject.front_lower.count("tlp") > keys else ():
        if "tlp" in text.lower():
            for _, label in _find_labels(text, subject.marking_of(location), as_marking):
                yield from subject.at(location, _mark_message(label, as_marking), hint)
    body = subject.record.body
    if "tlp" in subject.body_lower:
        for match in _LABEL.finditer(body):
            if _opens_section(body, match.start()):
                continue
            for offset, label in _find_labels(body, subject.marking_at(match.start()), as_marking, match):
                yield from subject.in_body(offset, _mark_message(label, as_marking), hint)


def _opens_section(body: str, offset: int) -> bool:
    return body[body.rfind("\n", 0, offset) + 1 : offset].lstrip(" \t>").startswith(":::")


def _find_labels(
    text: str, own: Tlp, as_marking: bool, only: re.Match[str] | None = None
) -> Iterator[tuple[int, Tlp]]:
    for match in (only,) if only else _LABEL.finditer(text):
        label = Tlp(match.group(1).upper())
        begins = bool(_BEGINS.search(text[max(0, match.start() - 40) : match.start()]))
        if label.rank > own.rank and begins == as_marking:
            yield match.start(), label


def _mark_message(label: Tlp, as_marking: bool) -> str:
    if as_marking:
        return f"the text marks itself {label.label}, but nothing would cut it"
    return f"the text speaks of {label.label}"


def check_released(subject: Subject) -> Iterator[Finding]:
    record = subject.record
    if record.released and record.released.rank >= record.tlp.rank and subject.is_sound("tlp"):
        message = f"{record.released.label} is not below the record's {record.tlp.label}"
        yield from subject.at(("released",), message)


_BOUNDARY: Final = (
    "What a reader may not see must not be named to him either: the build cuts it, the reference stays."
)
_UNSURE: Final = "A marking that can be misread is one that leaks; the build refuses it."

CHECKS: Final = (
    Check(
        "M101",
        "error",
        "refers-to-higher-marking",
        _BOUNDARY,
        "take the reference out, or raise the marking of the part that names it",
        of_record=check_records,
        firm=True,
    ),
    Check(
        "M102",
        "error",
        "cites-higher-marking",
        _BOUNDARY,
        "cite another source, or raise the marking of the part that cites it",
        of_record=check_sources,
        firm=True,
    ),
    Check(
        "M103",
        "error",
        "section-unreadable",
        _UNSURE,
        "write `::: tlp AMBER` and `:::` on lines of their own",
        of_record=check_sections,
        firm=True,
    ),
    Check(
        "M104",
        "error",
        "marked-in-text-alone",
        _UNSURE,
        "mark it with `::: tlp …` or the part's `tlp`, so that it can be cut",
        of_record=check_labels_in_text,
        firm=True,
    ),
    Check(
        "M105",
        "warning",
        "label-in-text",
        "A label in the text is either a marking that nothing enforces, or speaks of another document.",
        "mark the part, or silence this with the reason",
        of_record=check_labels_mentioned,
    ),
    Check(
        "M106",
        "warning",
        "legacy-label",
        "TLP 2.0 renamed WHITE to CLEAR in August 2022.",
        "write CLEAR",
        of_record=check_legacy_sections,
        firm=True,
    ),
    Check(
        "M107",
        "warning",
        "marking-without-effect",
        "A part can be marked higher than what holds it, never lower.",
        "take the label out, or lower the marking around it",
        of_record=check_lower_parts,
    ),
    Check(
        "M108",
        "warning",
        "released-without-effect",
        "`released` is the label under which the record was public before its marking was raised.",
        "take the key out, or correct the label",
        of_record=check_released,
    ),
)
