"""Markdown that would take the renderer minutes, gigabytes or its stack, found in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from threatbrief.checks.prose import blank_fences

MAX_BODY: Final = 100_000
_QUOTES: Final = 12
_INDENT: Final = 40
_BRACKETS: Final = 30
_LINES: Final = 600
_MARKS: Final = 4000
_FENCES: Final = 40
_DEEP: Final = " " * _INDENT

_QUOTED: Final = re.compile(r"^[ \t]*(?:>[ \t]*){13}", re.MULTILINE)
_INDENTED: Final = re.compile(r"^[ ]{41,}(?:[-+*]|\d+\.)[ \t]", re.MULTILINE)
_TABBED: Final = re.compile(r"^(?: *\t){11,}(?:[-+*]|\d+\.)[ \t]", re.MULTILINE)
_BLOCK_END: Final = re.compile(r"\n[ \t]*\n")
_OPEN_FENCE: Final = re.compile(r"^(?:`{3,}|~{3,})", re.MULTILINE)
_BRACKET: Final = re.compile(r"\\.|[\[\]()<>]", re.DOTALL)

Fault = tuple[int, str, str]


def find_faults(body: str, prose: str) -> Iterator[Fault]:
    """(offset, message, hint) of what is out of bounds; `prose` is the body with code blanked out."""
    if len(body) > MAX_BODY:
        message = f"the narrative has {len(body)} characters; {MAX_BODY} is the most that is rendered"
        yield 0, message, "split the record"
        return
    if (">>" in prose or "> >" in prose) and (match := _QUOTED.search(prose)):
        yield match.start(), f"quotations nested deeper than {_QUOTES}", ""
    indented = "\t\t" in prose or _DEEP in prose
    if indented and (match := _INDENTED.search(prose) or _TABBED.search(prose)):
        yield match.start(), f"a list indented by more than {_INDENT} columns", ""
    yield from _find_long_blocks(prose)
    yield from _find_full_blocks(body)
    has_fences = "```" in body or "~~~" in body
    fences = [match.start() for match in _OPEN_FENCE.finditer(blank_fences(body))] if has_fences else []
    if len(fences) > _FENCES:
        yield fences[_FENCES], f"more than {_FENCES} code fences that are never closed", "close them"
    yield from _find_open_brackets(prose)


def _find_long_blocks(prose: str) -> Iterator[Fault]:
    if prose.count("\n") <= _LINES:
        return
    at = 0
    for match in (*_BLOCK_END.finditer(prose), None):
        end = match.start() if match else len(prose)
        if prose.count("\n", at, end) > _LINES:
            hint = "set blank lines between, put it in a code block, or in the front matter"
            yield at, f"a block of more than {_LINES} lines", hint
            return
        at = match.end() if match else end


def _find_full_blocks(body: str) -> Iterator[Fault]:
    """Blocks with thousands of marks: the renderer's time grows with their number squared."""
    if sum(map(body.count, _MARKING)) <= _MARKS:
        return
    for start, block in _blocks(body):
        if sum(map(block.count, _MARKING)) > _MARKS:
            yield start, f"more than {_MARKS} marks of Markdown in one paragraph", "set blank lines between"
            return


_MARKING: Final = "\\`*_[<&"


def _find_open_brackets(prose: str) -> Iterator[Fault]:
    """Brackets open at one time within a block: the renderer looks for the end of each of them."""
    if prose.count("[") + prose.count("(") + prose.count("<") <= _BRACKETS:
        return
    for start, block in _blocks(prose):
        if block.count("[") + block.count("(") + block.count("<") <= _BRACKETS:
            continue
        depth = {"[": 0, "(": 0, "<": 0}
        for match in _BRACKET.finditer(block):
            mark = match.group()
            if mark in depth:
                depth[mark] += 1
                if depth[mark] > _BRACKETS:
                    yield start + match.start(), f"more than {_BRACKETS} open {mark!r} in one paragraph", ""
                    return
            elif mark in _OPENED_BY and depth[_OPENED_BY[mark]]:
                depth[_OPENED_BY[mark]] -= 1


_OPENED_BY: Final = {"]": "[", ")": "(", ">": "<"}


def _blocks(prose: str) -> Iterator[tuple[int, str]]:
    at = 0
    for match in _BLOCK_END.finditer(prose):
        yield at, prose[at : match.start()]
        at = match.end()
    yield at, prose[at:]
