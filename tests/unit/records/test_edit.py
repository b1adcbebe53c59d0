"""Edits change what they are asked to and not one byte more."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatbrief.checks.history import compare
from threatbrief.errors import ConfigError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record
from threatbrief.model.vocab import RevisionKind
from threatbrief.records.edit import rename, rename_references, revise, withdraw
from threatbrief.records.layout import format_record
from threatbrief.records.parse import KINDS, parse_record

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(
    file
    for folder in ("content/records", "tests/golden/content/records")
    for file in (ROOT / folder).rglob("*.md")
)
AT = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
UPDATE = RevisionKind.UPDATE
LONG = "Words: " + "of a long note, " * 12 + "end."

FRONT = """id: TB-2024-0001
title: A takedown  # of servers
tlp: CLEAR
status: published   # since May
published: 2026-01-01
kind: takedown
disclosed: 2024-03-02
summary: One sentence.
"""
ACTOR = """id: quartz
name: Quartz
tlp: CLEAR
status: published
published: 2026-01-01
summary: An invented group.
"""


OLD = "{at: 2026-02-01, kind: update, note: M}"
NEW = "{at: 2027-01-02T03:04:05Z, kind: update, note: N}"
IN_LINES = """revisions:
    -   at: 2026-02-01
        kind: update
        note: >-
          M
          m
"""
KEPT = """    - at: 2026-03-01
      kind: update
      note: |+
        M

"""
NEW_IN_LINES = """    - at: 2027-01-02T03:04:05Z
      kind: update
      note: N
"""
CODE = "\n\n```\n[[quartz]]\n```\n`` ` [[quartz]] ``\n\n"


def page(front: str, body: str = "Text.\n") -> str:
    return f"---\n{front}---\n{body}"


def load(text: str, kind: str = "incidents") -> Record:
    parsed = parse_record(kind, "x.md", text.encode())
    assert parsed.is_whole, parsed.found
    assert parsed.record
    return parsed.record


def told(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json")


def kind_of(file: Path) -> str:
    return next(part for part in file.parts if part in KINDS)


def kept_lines(before: str, after: str) -> bool:
    """Whether every line of the text before stands in the one after, in order."""
    rest = iter(after.split("\n"))
    return all(line in rest for line in before.split("\n"))


# revise ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["A short note", LONG])
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_revision_is_all_that_is_added_to_what_is_shipped(file: Path, note: str) -> None:
    text, kind = file.read_bytes().decode(), kind_of(file)
    edited = revise(text, AT, UPDATE, note)
    before, after = load(text, kind), load(edited, kind)
    wanted = told(before)
    wanted["revisions"].append({"at": "2027-01-02T03:04:05Z", "kind": "update", "note": note, "tlp": None})
    assert told(after) == wanted
    assert kept_lines(text, edited)
    assert max(len(line) for line in set(edited.split("\n")) - set(text.split("\n"))) <= 110


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"revisions:\n  - {NEW}\n"),
        ("# end\n", f"# end\nrevisions:\n  - {NEW}\n"),
        ("revisions:  # none\n", f"revisions: [{NEW}]  # none\n"),
        ("revisions: ~\n", f"revisions: [{NEW}]\n"),
        ("revisions: []\n", f"revisions: [{NEW}]\n"),
        (f"revisions: [{OLD}] # c\n", f"revisions: [{OLD}, {NEW}] # c\n"),
        (f"revisions: [\n   {OLD},\n]\n", f"revisions: [\n   {OLD},\n   {NEW},\n]\n"),
        (
            f"revisions:\n- {OLD} # c\n  # d\n\n# of reason\nreason: R\n",
            f"revisions:\n- {OLD} # c\n- {NEW}\n  # d\n\n# of reason\nreason: R\n",
        ),
        (f"{IN_LINES}\nreason: R\n", f"{IN_LINES}{NEW_IN_LINES}\nreason: R\n"),
        (f"{IN_LINES}{KEPT}", f"{IN_LINES}{KEPT}{NEW_IN_LINES}"),
    ],
)
def test_a_revision_is_written_in_the_style_that_is_there(before: str, after: str) -> None:
    text = page(FRONT + before)
    assert revise(text, AT, UPDATE, " N ") == page(FRONT + after)
    assert load(text).revisions == load(page(FRONT + after)).revisions[:-1]


def test_a_front_matter_in_braces_or_set_in_is_revised_too() -> None:
    braces = page("{id: TB-2024-0001, title: T, tlp: CLEAR, kind: takedown, disclosed: 2024, summary: S}\n")
    assert load(revise(braces, AT, UPDATE, "N, {n}")).revisions[0].note == "N, {n}"
    inwards = page("".join(f"   {line}\n" for line in FRONT.splitlines()))
    assert load(revise(inwards, AT, UPDATE, "N")).version == 2


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_line_ends_stay(bom: str, newline: str) -> None:
    text = bom + page(FRONT, "Text \n\n---\n  end").replace("\n", newline)
    edited = revise(text, AT, UPDATE, LONG)
    assert load(edited).revisions[0].note == LONG
    added = edited.removeprefix(text[: text.index("summary")])
    assert edited.startswith(text[: text.index("summary")])
    assert edited.endswith(newline.join(["---", "Text ", "", "---", "  end"]))
    assert set(re.findall(r"\r\n|\r|\n", added)) == {newline}


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        (datetime(2026, 2, 1, tzinfo=UTC), "is not later than the revision of 2026-02-01T00:00:00Z"),
        (datetime(2026, 2, 1, 0, 0, 0, 999, tzinfo=UTC), "is not later"),
        (datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=2))), "is not later"),
        (datetime(2025, 2, 1, tzinfo=UTC), "is not later"),
        (datetime(2027, 2, 1), "time zone"),  # noqa: DTZ001
    ],
)
def test_a_revision_is_later_than_all_before_it(at: datetime, kind: str) -> None:
    text = page(FRONT + "revisions: [{at: 2026-02-01, kind: update, note: M}]\n")
    with pytest.raises(ConfigError, match=kind):
        revise(text, at, UPDATE, "N")


@pytest.mark.parametrize(
    ("text", "note", "message"),
    [
        (page(FRONT), " \n", "the note is empty"),
        (page(FRONT), "a\u202eb", r"U\+202E"),
        (page(FRONT + "tlp: RED\n"), "N", "mend line 10 first"),
        (page(FRONT + "revisions: none\n"), "N", "revisions is no list"),
        (page(FRONT + "a: [\n"), "N", "mend line"),
        ("no front matter", "N", "does not begin with front matter"),
        (page("{id}\n") + "\ud800", "N", "UTF-8"),
        (page(FRONT.replace("2026-01-01", "2028-01-01")), "N", "before the publication"),
        (page(FRONT + "...\n"), "N", "edited safely"),
    ],
)
def test_what_cannot_be_revised_is_refused(text: str, note: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        revise(text, AT, UPDATE, note)


@settings(max_examples=120, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1), st.booleans())
def test_any_note_comes_back_as_it_was_given(note: str, in_block: bool) -> None:
    listed = "revisions:\n- at: 2026-02-01\n  kind: update\n  note: M\n" if in_block else ""
    hidden = re.search("[\u202a-\u202e\u2066-\u2069]", note)
    try:
        edited = revise(page(FRONT + listed), AT, UPDATE, note)
    except ConfigError:
        assert hidden or not note.strip()
        return
    assert load(edited).revisions[-1].note == " ".join(note.split())


# withdraw ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_withdrawal_of_what_is_shipped_keeps_its_promises(file: Path) -> None:
    text, kind = file.read_bytes().decode(), kind_of(file)
    before = load(text, kind)
    if before.status != "published":
        with pytest.raises(ConfigError, match="the record is"):
            withdraw(text, AT, "Wrong.")
        return
    after = load(withdraw(text, AT, LONG), kind)
    retraction = {"at": "2027-01-02T03:04:05Z", "kind": "retraction", "note": LONG, "tlp": None}
    wanted = told(before)
    assert told(after) == {
        **wanted,
        "status": "withdrawn",
        "reason": LONG,
        "revisions": [*wanted["revisions"], retraction],
    }
    assert not list(compare(KnowledgeBase.of((before,)), KnowledgeBase.of((after,))))


def test_a_withdrawal_writes_status_reason_and_retraction() -> None:
    assert withdraw(page(FRONT), AT, "It was: wrong") == page(
        FRONT.replace("published   # since May\n", 'withdrawn   # since May\nreason: "It was: wrong"\n')
        + 'revisions:\n  - {at: 2027-01-02T03:04:05Z, kind: retraction, note: "It was: wrong"}\n'
    )


@pytest.mark.parametrize("given", ["reason: >-\n  Old\n  words\n", "reason:\n", "reason: ~ # c\n"])
def test_a_reason_that_is_there_is_replaced(given: str) -> None:
    edited = withdraw(page(FRONT + given), AT, "New")
    assert edited.count("reason:") == 1
    assert load(edited).reason == "New"
    assert ("# c" in edited) == ("# c" in given)


# rename ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        ("", ["quartz"]),
        ("formerly: [feldspar]\n", ["feldspar", "quartz"]),
        ("formerly:\n  - feldspar # first\n", ["feldspar", "quartz"]),
        ("formerly:\n", ["quartz"]),
    ],
)
def test_a_rename_keeps_the_old_address(listed: str, wanted: list[str]) -> None:
    text = page(ACTOR + listed, "See [[quartz|us]], `[[quartz]]` and [[mica]].\n")
    edited = rename(text, "null", AT, "They are called so now")
    before, after = load(text, "actors"), load(edited, "actors")
    assert (after.id, list(after.formerly)) == ("null", wanted)
    assert after.revisions[-1].note == "They are called so now"
    assert after.body == "See [[null|us]], `[[quartz]]` and [[mica]].\n"
    assert not list(compare(KnowledgeBase.of((before,)), KnowledgeBase.of((after,))))


def test_a_rename_is_laid_out_as_fmt_wants_it() -> None:
    edited = rename(page(ACTOR), "mica", AT, "N")
    assert format_record(edited, "actors").text == edited


@pytest.mark.parametrize(
    ("text", "new", "message"),
    [
        (page(FRONT), "tb-2024-0002", "permanent"),
        (page(ACTOR), "quartz", "already"),
        (page(ACTOR), "Mica", "not a slug"),
        (page(ACTOR), "con", "reserved"),
        (page(ACTOR + "formerly: [mica]\n"), "mica", "former id"),
    ],
)
def test_a_rename_that_would_break_an_address_is_refused(text: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rename(text, new, AT, "N")


def test_references_follow_a_rename() -> None:
    front = FRONT + (
        "software: [quartz, 'quartz', other, # quartz\n  \"quartz\"]\n"
        "assessment: {actor: quartz, confidence: low, why: quartz}\n"
    )
    body = f"[[quartz]] [[quartz|quartz\nquartz]] [[quartz-2]] quartz{CODE}`[[quartz]]\n"
    edited = rename_references(page(front, body), "quartz", "mica")
    assert edited == page(
        FRONT + "software: [mica, 'mica', other, # quartz\n  \"mica\"]\n"
        "assessment: {actor: mica, confidence: low, why: quartz}\n",
        f"[[mica]] [[mica|quartz\nquartz]] [[quartz-2]] quartz{CODE}`[[mica]]\n",
    )
    assert load(edited).body.startswith("[[mica]]")


@pytest.mark.parametrize("body", ["[[quartz|]]", "[[quartz|a]", "[[quartz|a\n \nb]]", "[quartz]", "[[quartz"])
def test_what_is_no_link_stays(body: str) -> None:
    assert rename_references(page(FRONT, body), "quartz", "mica") == page(FRONT, body)


def test_links_left_open_take_no_time() -> None:
    body = "[[quartz|" * 100_000 + "a]]"
    assert rename_references(page(FRONT, body), "quartz", "mica").count("mica") == 100_000


def test_references_to_an_actor_and_a_software_of_one_id_are_told_apart() -> None:
    front = FRONT + "software:\n  - quartz\nassessment:\n  actor: quartz\n  confidence: low\n  why: W\n"
    text = page(front, "[[quartz]]\n")
    assert rename_references(text, "quartz", "mica", "software", links=False) == text.replace(
        "- quartz", "- mica"
    )
    assert rename_references(text, "quartz", "mica", "actors") == text.replace(
        "actor: quartz", "actor: mica"
    ).replace("[[quartz", "[[mica")
    actor = page(ACTOR + "parent: feldspar\n")
    assert rename_references(actor, "feldspar", "mica") == actor.replace("feldspar", "mica")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_text_without_the_id_stays_as_it_is(file: Path) -> None:
    text = "\ufeff" + file.read_bytes().decode().replace("\n", "\r\n")
    assert rename_references(text, "nobody", "mica") == text
