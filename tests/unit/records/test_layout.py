"""`fmt`: keys in order, nothing said otherwise, nothing lost, and a second run that changes nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threatbrief.model import PartialDate, Record
from threatbrief.model.vocab import IncidentKind, SoftwareType
from threatbrief.records.layout import _PARTS, _SINGLE, ORDER, format_record
from threatbrief.records.parse import KINDS, parse_record
from threatbrief.scaffold import draft_incident, draft_software

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(
    file
    for folder in ("content/records", "tests/golden/content/records")
    for file in (ROOT / folder).rglob("*.md")
)


def read(text: str, kind: str) -> dict[str, Any]:
    """What a text says, as the model has it."""
    parsed = parse_record(kind, "x.md", text.encode())
    assert parsed.is_whole, parsed.found
    assert parsed.record
    return parsed.record.model_dump(mode="json")


def fmt(text: str, kind: str = "incidents") -> str:
    formatted = format_record(text, kind)
    assert formatted.reason is None
    return formatted.text


def incident(front: str, body: str = "Text.\n") -> str:
    return f"---\n{front}---\n{body}"


LEAST = """id: TB-2024-0001
title: A takedown
tlp: CLEAR
kind: takedown
disclosed: 2024-03-02
summary: One sentence.
"""


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_what_is_shipped_says_the_same_and_settles(file: Path) -> None:
    kind = next(part for part in file.parts if part in KINDS)
    text = file.read_bytes().decode()
    formatted = format_record(text, kind)
    assert formatted.reason is None
    assert read(formatted.text, kind) == read(text, kind)
    assert fmt(formatted.text, kind) == formatted.text
    assert formatted.text.split("\n---\n", 1)[1] == text.split("\n---\n", 1)[1]


def test_new_records_need_no_formatting() -> None:
    kind, day = IncidentKind.TAKEDOWN.value, PartialDate.parse("2024-03")
    _, text = draft_incident("TB-2024-0001", "A: title", kind, day)
    assert fmt(text) == text
    _, text = draft_software("x", "X", SoftwareType.TOOL.value)
    assert fmt(text, "software") == text


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_knows_every_key(kind: str) -> None:
    fields = set(KINDS[kind].model_fields) - {"body", "origin"}
    assert set(ORDER[kind]) == fields
    assert len(ORDER[kind]) == len(fields)


@pytest.mark.parametrize("key", [*_PARTS, *_SINGLE])
def test_the_order_knows_every_key_of_a_part(key: str) -> None:
    model: type[Record] = next(model for model in KINDS.values() if key in model.model_fields)
    schema = model.model_json_schema(by_alias=True)
    text = str(schema["properties"][key])
    part = schema["$defs"][re.findall(r"\$defs/(\w+)", text)[0]]["properties"]
    assert set({**_PARTS, **_SINGLE}[key]) == set(part) - ({"id"} if key == "sources" else set())


def test_keys_go_to_their_places_with_their_comments() -> None:
    text = incident(
        "# Of the whole file\n"
        "id:   TB-2024-0001\n"
        "# why this day\n"
        "disclosed: 2024-03-02   # the court's\n"
        "summary: One sentence.\n"
        "timeline:\n"
        "- sources: [one]\n"
        "  # of the event\n"
        "  event: It came out.\n"
        "  date: 2024\n"
        "-   {event: Later,date: 2025,   sources: [ one ]}\n"
        "  # of the last entry\n"
        "tlp: CLEAR\n"
        "sources:\n"
        "    one: {title: T, publisher: P}\n"
        "    # two: {publisher: P}\n"
        "kind: takedown\n"
        'title: "A: takedown"\n'
        "# at the end\n"
    )
    assert fmt(text) == incident(
        "# Of the whole file\n"
        "id: TB-2024-0001\n"
        'title: "A: takedown"\n'
        "tlp: CLEAR\n"
        "kind: takedown\n"
        "# why this day\n"
        "disclosed: 2024-03-02   # the court's\n"
        "summary: One sentence.\n"
        "timeline:\n"
        "  - date: 2024\n"
        "    # of the event\n"
        "    event: It came out.\n"
        "    sources: [one]\n"
        "  - {date: 2025, event: Later, sources: [one]}\n"
        "  # of the last entry\n"
        "sources:\n"
        "  one: {publisher: P, title: T}\n"
        "  # two: {publisher: P}\n"
        "# at the end\n"
    )


def test_texts_over_lines_move_as_one() -> None:
    text = incident(
        LEAST.replace(
            "summary: One sentence.\n",
            'summary:\n    Plain text\n    over lines.\nquestion: "Quoted\n   text?"\nkey_points:\n'
            "- >-\n      Folded.\n\n        Deeper.\n- Plain\n   on.\n",
        )
    )
    formatted = fmt(text)
    assert "key_points:\n  - >-\n    Folded.\n\n      Deeper.\n  - Plain\n    on.\n" in formatted
    assert "summary:\n  Plain text\n  over lines.\n" in formatted
    assert 'question: "Quoted\n  text?"\n' in formatted
    assert read(formatted, "incidents") == read(text, "incidents")


def test_a_list_in_brackets_over_lines_is_filled() -> None:
    words = ",\n   ".join(f"slug-number-{number}" for number in range(12))
    formatted = fmt(incident(f"{LEAST}motivations: [\n   {words},\n]\n"))
    lines = [line for line in formatted.split("\n") if "slug-number" in line]
    assert len(lines) == 2
    assert all(len(line) <= 110 for line in lines)
    assert fmt(formatted) == formatted


def test_the_order_of_sources_is_the_order_of_citations() -> None:
    text = incident(f"{LEAST}sources:\n  b: {{title: T, publisher: P}}\n  a: {{title: T, publisher: P}}\n")
    assert [source["id"] for source in read(fmt(text), "incidents")["sources"]] == ["b", "a"]


def test_byte_order_mark_line_ends_and_body_stay() -> None:
    front = LEAST.replace("id: TB-2024-0001\n", "") + "id: TB-2024-0001\n"
    text = "\ufeff" + incident(front, "Text\n\n\n  more \n---\nend").replace("\n", "\r\n")
    formatted = fmt(text)
    assert formatted.startswith("\ufeff---\r\nid: TB-2024-0001\r\ntitle:")
    assert formatted.endswith("---\r\nText\r\n\r\n\r\n  more \r\n---\r\nend")
    assert "\n" not in formatted.replace("\r\n", "")


@pytest.mark.parametrize(
    "front",
    [
        "{id: TB-2024-0001, title: T}\n",
        f"{LEAST}? question\n: Who?\n",
        f"{LEAST}question: |+\n  Who?\n\n",
        f"{LEAST}question: |2\n  Who?\n",
        f"{LEAST}question: # who\n  Who?\n",
        f"{LEAST}title: twice\n",
        f"{LEAST}question: &a Who?\n",
        f"{LEAST}question: ! Who?\n",
        f"{LEAST}# a\u2028question: Who?\n",
        "title: [\n",
    ],
)
def test_what_is_doubtful_is_left_alone_with_a_reason(front: str) -> None:
    text = incident(front)
    formatted = format_record(text, "incidents")
    assert formatted.text == text
    assert formatted.reason


def test_comments_in_brackets_stay_where_they_are() -> None:
    text = incident(f"{LEAST}motivations: [a, # first\n    b]\n")
    formatted = fmt(text)
    assert "motivations: [a, # first\n  b]\n" in formatted
    assert fmt(formatted) == formatted


# Records laid out at random -------------------------------------------------------------------------

CONTENT: dict[str, Any] = {
    "id": "TB-2024-0001",
    "title": '"A: title # with signs"',
    "tlp": "CLEAR",
    "status": "published",
    "published": "2026-01-01T00:00:00Z",
    "kind": "takedown",
    "occurred": {"from": "2019", "to": "2020-01"},
    "disclosed": "2024-03-02",
    "summary": "One sentence.",
    "key_points": ["First.", "'It''s second'", '"third \\" {"'],
    "attribution": [
        {"named": "Quartz", "by": "Maker", "sources": ["one"], "note": "Some words"},
        {"named": "채석장", "by": "The Press", "credibility": "4", "tlp": "AMBER"},
    ],
    "assessment": {"actor": "quartz", "confidence": "low", "why": "Because.", "sources": ["one"]},
    "software": ["a", "b"],
    "targets": {"sectors": [], "countries": ["US"]},
    "question": "",
    "sources": {"one": {"publisher": "P", "title": "T"}, "a2": {"publisher": "P", "title": "~T"}},
    "silence": {"I102": "the reason"},
    "revisions": [{"at": "2026-02-01", "kind": "update", "note": "N"}],
}
FIXED = ("sources", "silence")


@st.composite
def laid_out(draw: st.DrawFn) -> str:
    """A record whose meaning is CONTENT (some keys left out) in a layout that is drawn."""
    optional = [key for key in CONTENT if key not in ("id", "title", "tlp", "kind", "disclosed", "summary")]
    left_out = draw(st.sets(st.sampled_from(optional)))
    content = {key: part for key, part in CONTENT.items() if key not in left_out}
    lines = draw_mapping(draw, content, 0, "")
    lines += draw_remarks(draw, 0)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(["---", *lines, "---", "Body [@one].", "", "# end", ""])


def draw_remarks(draw: st.DrawFn, column: int) -> list[str]:
    choice = draw(st.sampled_from([[], [], [], [], ["# remark"], ["", "# a: b", "", ""], ["  # - deep"]]))
    return [" " * column + line if line else "" for line in choice]


def draw_mapping(draw: st.DrawFn, content: dict[str, Any], column: int, name: str) -> list[str]:
    keys = list(content)
    if name not in FIXED:
        keys = draw(st.permutations(keys))
    lines: list[str] = []
    for key in keys:
        lines += draw_remarks(draw, column) if lines or not column else []
        lines += draw_value(draw, content[key], column, key, f"{' ' * column}{key}:")
    return lines


def draw_value(draw: st.DrawFn, part: Any, column: int, name: str, head: str) -> list[str]:
    blanks = " " * draw(st.integers(1, 3))
    remark = draw(st.sampled_from(["", "", "", "  # told"]))
    if isinstance(part, str):
        deep = " " * (column + draw(st.integers(1, 4)))
        if part and part[0] not in "\"'~" and " " in part and draw(st.booleans()):
            return draw(
                st.sampled_from(
                    [
                        [f"{head}{blanks}>-{remark}", *(deep + word for word in part.split()), ""],
                        [head, *(deep + word for word in part.split())],
                        [f"{head} |", deep + part],
                    ]
                )
            )
        return [f"{head}{blanks}{part}{remark}"]
    if not part or draw(st.booleans()):
        glue = draw(st.sampled_from([", ", ",", " ,  ", f",\n{' ' * (column + 3)}"]))
        return f"{head}{blanks}{flow(part, glue)}{remark}".split("\n")
    step = draw(st.integers(1, 4))
    if isinstance(part, dict):
        return [head + remark, *draw_mapping(draw, part, column + step, name)]
    dash = " " * (column + draw(st.integers(0, 3))) + "-"
    lines = [head + remark]
    for entry in part:
        lines += draw_remarks(draw, len(dash) - 1) if len(lines) > 1 else []
        if isinstance(entry, dict) and draw(st.booleans()):
            inner = draw_mapping(draw, entry, len(dash) + step, "")
            lines += [dash + inner[0][len(dash) :], *inner[1:]]
        elif isinstance(entry, dict):
            lines.append(f"{dash}{blanks}{flow(entry, ', ')}{remark}")
        else:
            lines += draw_value(draw, entry, len(dash) - 1, "", dash)
    return lines


def flow(part: Any, glue: str) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        return "{" + glue.join(f"{key}: {flow(value, ', ')}" for key, value in part.items()) + "}"
    return "[" + glue.join(flow(value, ", ") for value in part) + "]"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(laid_out())
def test_any_layout_keeps_its_meaning_and_settles(text: str) -> None:
    formatted = fmt(text)
    assert read(formatted, "incidents") == read(text, "incidents")
    assert sorted(re.findall("# .*", formatted)) == sorted(re.findall("# .*", text))
    assert fmt(formatted) == formatted
    keys = re.findall(r"^(\w+):", formatted, re.MULTILINE)
    assert keys == [key for key in ORDER["incidents"] if key in keys]
