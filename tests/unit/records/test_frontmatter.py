"""Front matter: plain text scalars, places that hold in any file, faults for what hides from a reader."""

from __future__ import annotations

import pytest

from threatbrief.records.frontmatter import parse_document


def parse(text: str) -> tuple[object, dict[object, tuple[int, int]], list[str]]:
    document, found = parse_document("x.md", text.encode())
    if document is None:
        return None, {}, [d.code for d in found]
    return document.front, dict(document.places), [d.code for d in found]


@pytest.mark.parametrize(
    "typed", ["NO", "yes", "1:30", "0o17", "2019-12", "1e3", "0x1F", "true", "1_000", "=", "<<x", ".inf"]
)
def test_a_plain_scalar_stays_what_was_typed(typed: str) -> None:
    front, _, found = parse(f"---\nkey: {typed}\n---\n")
    assert front == {"key": typed}
    assert not found


@pytest.mark.parametrize("typed", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none(typed: str) -> None:
    assert parse(f"---\nkey: {typed}\n---\n")[0] == {"key": None}


def test_quoted_null_is_text() -> None:
    assert parse('---\na: "null"\nb: ""\n---\n')[0] == {"a": "null", "b": ""}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_places_hold_for_every_line_ending(begin: str, end: str) -> None:
    lines = [
        "---",
        "title: Žluťoučký",
        "claims:",
        "  - {named: A, by: B}",
        "  - named: Čech",
        "    by: Ž",
        "---",
        "Body",
    ]
    document, found = parse_document("x.md", (begin + end.join(lines)).encode())
    assert document is not None
    assert not found
    assert document.places["title",] == (2, 1)
    assert document.places["claims", 0] == (4, 5)
    assert document.places["claims", 0, "by"] == (4, 16)
    assert document.places["claims", 1, "named"] == (5, 5)
    assert document.places["claims", 1, "by"] == (6, 5)
    assert document.body == "Body"
    assert document.body_line == 8


def test_columns_count_characters_after_text_that_is_not_ascii() -> None:
    _, places, _ = parse('---\nrow: {a: "日本語", b: x}\n---\n')
    assert places["row", "b"] == (2, 17)


@pytest.mark.parametrize(
    ("front", "code"),
    [
        ("a: &x b\nc: *x", "F009"),
        ("base: &b {tlp: RED}\n<<: *b", "F009"),
        ("a: !!python/object/apply:print [1]", "F010"),
        ("a: !include /etc/passwd", "F010"),
        ("a: 1\na: 2", "F013"),
        ("? {a: b}\n: c", "F012"),
        ("a: [1, 2", "F006"),
        ("- a", "F007"),
        ("", "F007"),
        ("just text", "F007"),
        ('a: "\\x01"', "F004"),
        ('a: "\\u202e"', "F004"),
        ('"k\\0": b', "F004"),
        ("a: " + "[" * 100 + "]" * 100, "F011"),
        ("a: {" * 50 + "}" * 50, "F011"),
    ],
)
def test_what_hides_is_a_fault(front: str, code: str) -> None:
    assert code in parse(f"---\n{front}\n---\nBody\n")[2]


def test_a_bomb_of_aliases_is_never_unfolded() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    front, _, found = parse("---\n" + "\n".join(lines) + "\n---\n")
    assert set(found) == {"F009"}
    assert isinstance(front, dict)
    assert front["i"] == [None] * 9


def test_every_control_character_is_told_and_the_rest_still_read() -> None:
    front, _, found = parse("---\ntitle: a\x01b\nkey: c\x02d\n---\nBody\x03\n")
    assert front == {"title": "a\ufffdb", "key": "c\ufffdd"}
    assert found == ["F004", "F004", "F004"]


def test_the_body_may_hold_rules_and_fences() -> None:
    document, found = parse_document("x.md", b"---\na: b\n---\nOne\n\n---\n\nTwo\n")
    assert document is not None
    assert not found
    assert document.body == "One\n\n---\n\nTwo\n"
