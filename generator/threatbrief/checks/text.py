"""T: what text must not hide, and how it is best said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from threatbrief.checks.characters import find_invisible, find_lookalikes, may_hide, name_characters
from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.markdown import find_faults
from threatbrief.checks.subject import Subject
from threatbrief.model.vocab import ICD203_BANDS

_VAGUE: Final = (
    "possibly",
    "perhaps",
    "maybe",
    "conceivably",
    "presumably",
    "arguably",
    "seemingly",
    "allegedly",
    "supposedly",
    "we believe",
    "it is possible that",
    "it is believed",
    "it cannot be ruled out",
    "cannot be excluded",
    "a distinct possibility",
    "a good chance",
    "some chance",
    "might well",
    "could well",
    "we suspect",
)
"""Words that readers take for anything between 5 and 95 percent; ICD 203 lists none of them."""
_RAW_HTML: Final = re.compile(
    r"</?[A-Za-z][A-Za-z0-9:-]*(?=[\s/>])[^<>\n]{0,500}>|<!--|<!\[CDATA\[|<\?[A-Za-z]"
)
_TITLE: Final = 150
_LINE: Final = 8000
_BODY: Final = 30_000


def check_invisible(subject: Subject) -> Iterator[Finding]:
    for location, text in subject.every_text if may_hide(subject.front) else ():
        if not text.isascii() and (found := find_invisible(text)):
            yield from subject.at(location, f"invisible characters: {name_characters(text, found)}")
    if may_hide(subject.record.body) and (found := find_invisible(subject.record.body)):
        message = f"invisible characters: {name_characters(subject.record.body, found)}"
        yield from subject.in_body(found[0], message)


def check_lookalikes(subject: Subject) -> Iterator[Finding]:
    for location, text in subject.every_text if may_hide(subject.front) else ():
        if not text.isascii():
            for _, message in find_lookalikes(text):
                yield from subject.at(location, message)
    if may_hide(subject.record.body):
        for offset, message in find_lookalikes(subject.record.body):
            yield from subject.in_body(offset, message)


def check_html(subject: Subject) -> Iterator[Finding]:
    if "<" not in subject.prose:
        return
    for match in _RAW_HTML.finditer(subject.prose):
        shown = match.group() if len(match.group()) < 40 else match.group()[:40] + "…"
        yield from subject.in_body(match.start(), f"raw HTML, {shown}, is shown as typed")


def check_vague(subject: Subject) -> Iterator[Finding]:
    for phrase in _VAGUE:
        if phrase in subject.front_lower:
            for location, text in subject.texts:
                if _stands_alone(phrase, text.lower()) >= 0:
                    yield from subject.at(location, _vague_message(phrase))
        if phrase in subject.body_lower and (offset := _stands_alone(phrase, subject.prose.lower())) >= 0:
            yield from subject.in_body(offset, _vague_message(phrase))


def check_vague_judgement(subject: Subject) -> Iterator[Finding]:
    assessment = subject.incident.assessment if subject.incident else None
    if assessment:
        folded = assessment.why.lower()
        for phrase in (*_VAGUE, "might", "could be", "may be"):
            if phrase in folded and _stands_alone(phrase, folded) >= 0:
                yield from subject.at(("assessment", "why"), _vague_message(phrase))


def _vague_message(phrase: str) -> str:
    return f"{phrase!r} tells no likelihood"


def _stands_alone(phrase: str, folded: str) -> int:
    match = re.search(rf"\b{phrase}\b", folded)
    return match.start() if match else -1


def check_long_title(subject: Subject) -> Iterator[Finding]:
    field = "title" if subject.incident else "name"
    title = str(getattr(subject.record, field))
    if len(title) > _TITLE:
        yield from subject.at((field,), f"{len(title)} characters; {_TITLE} fit on a page and in a feed")


def check_long_lines(subject: Subject) -> Iterator[Finding]:
    if len(subject.front) <= _LINE or max(map(len, subject.front.split('"'))) <= _LINE:
        return
    for location, text in subject.every_text:
        if len(text) > _LINE:
            yield from subject.at(location, f"{len(text)} characters; a field may have {_LINE}")


def check_long_body(subject: Subject) -> Iterator[Finding]:
    length = len(subject.record.body)
    if length > _BODY:
        yield from subject.in_body(0, f"the narrative has {length} characters; 250 to 600 words are a brief")


def check_markdown(subject: Subject) -> Iterator[Finding]:
    for offset, message, hint in find_faults(subject.record.body, subject.prose):
        yield from subject.in_body(offset, message, hint)


def check_glyphs(subject: Subject) -> Iterator[Finding]:
    missing = subject.corpus.missing
    if missing is None:
        return
    for location, text in subject.every_text if missing(subject.front) else ():
        if found := missing(text):
            yield from subject.at(location, _glyphs_message(found))
    if found := missing(subject.record.body):
        offset = min(subject.record.body.index(cluster) for cluster in found)
        yield from subject.in_body(offset, _glyphs_message(found))


def _glyphs_message(clusters: tuple[str, ...]) -> str:
    text = "".join(next(char for char in cluster if not char.isascii()) for cluster in clusters)
    return f"no font of the PDF has {name_characters(text, tuple(range(len(text))))}"


_HIDDEN: Final = "What a reader cannot see, or takes for something else, can hide what a name says."
_ICD203: Final = ", ".join(band.word for band in ICD203_BANDS) + " (ICD 203)"

CHECKS: Final = (
    Check(
        "T101",
        "warning",
        "invisible-character",
        _HIDDEN,
        "take the characters out",
        of_record=check_invisible,
    ),
    Check(
        "T102",
        "warning",
        "lookalike-character",
        _HIDDEN,
        "write the word in one alphabet",
        of_record=check_lookalikes,
    ),
    Check(
        "T103",
        "warning",
        "raw-html",
        "HTML is no Markdown here: readers see the tags.",
        "write Markdown, or put it in `code` if the tag is meant",
        of_record=check_html,
    ),
    Check(
        "T104",
        "note",
        "vague-word",
        "Readers take such words for anything between 5 and 95 percent.",
        f"say who says so, or how likely: {_ICD203}",
        of_record=check_vague,
    ),
    Check(
        "T105",
        "warning",
        "vague-judgement",
        "A judgement of our own states its likelihood in the words of ICD 203.",
        f"say how likely: {_ICD203}",
        of_record=check_vague_judgement,
    ),
    Check(
        "T106",
        "warning",
        "title-too-long",
        "Lists, cards and feeds cut it.",
        "shorten it; the summary has room",
        of_record=check_long_title,
    ),
    Check(
        "T107",
        "error",
        "text-too-long",
        "A field is a line of text, not a document.",
        "shorten it, or tell it in the narrative",
        of_record=check_long_lines,
        firm=True,
    ),
    Check(
        "T108",
        "warning",
        "narrative-too-long",
        "A brief is read in minutes.",
        "shorten it, or split the record",
        of_record=check_long_body,
    ),
    Check(
        "T109",
        "error",
        "markdown-out-of-bounds",
        "Nesting without end, or thousands of open brackets, would take the renderer minutes or its stack.",
        "write it flatter",
        of_record=check_markdown,
        firm=True,
    ),
    Check(
        "T110",
        "warning",
        "missing-glyph",
        "The PDF prints a code such as U+1F600 in its place.",
        "name a font that has it under the option fonts in mkdocs.yml, or write it otherwise",
        of_record=check_glyphs,
        needs="fonts",
    ),
)
