"""The text of bodies as checks read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_FENCE: Final = re.compile(r"(`{3,}|~{3,})")
_BLOCK_END: Final = re.compile(r"(\n[ \t]*\n)")
_TICKS: Final = re.compile(r"`+")
_SENTENCE_END: Final = re.compile(r"[.!?](?:\[@[^\]\n]*\]|[\"')\]])*\s+|\n[ \t]*\n|\n[-*#>|]")
_TEXT: Final = re.compile(r"[^\n]")


def blank_code(body: str) -> str:
    """The body with code blocks and code spans blanked out; every other character keeps its place.

    Linear in the length of the body, whatever stands in it.
    """
    if "`" not in body and "~~~" not in body:
        return body
    return "".join(_blank_spans(block) for block in _BLOCK_END.split(blank_fences(body)))


def blank_fences(body: str) -> str:
    """The body with its closed code blocks blanked out; every other character keeps its place."""
    lines = body.split("\n")
    closers: dict[str, list[int]] = {}
    for number in range(len(lines) - 1, -1, -1):
        if lines[number][:3] in ("```", "~~~"):
            closers.setdefault(lines[number].rstrip(" "), []).append(number)
    number = 0
    while number < len(lines):
        match = _FENCE.match(lines[number])
        end = _next_after(closers.get(match.group(1), []), number) if match else None
        if end is None:
            number += 1
            continue
        for inside in range(number, end + 1):
            lines[inside] = " " * len(lines[inside])
        number = end + 1
    return "\n".join(lines)


def _next_after(numbers: list[int], number: int) -> int | None:
    while numbers and numbers[-1] <= number:
        numbers.pop()
    return numbers[-1] if numbers else None


def _blank_spans(block: str) -> str:
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(block)]
    if not runs:
        return block
    by_length: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        by_length.setdefault(runs[index][1] - runs[index][0], []).append(index)
    pieces, at, index = [], 0, 0
    while index < len(runs):
        start, end = runs[index]
        waiting = by_length[end - start]
        while waiting and waiting[-1] <= index:
            waiting.pop()
        if not waiting:
            index += 1
            continue
        closing = waiting[-1]
        stop = runs[closing][1]
        pieces += [block[at:start], _TEXT.sub(" ", block[start:stop])]
        at, index = stop, closing + 1
    return "".join((*pieces, block[at:]))


def sentences_with(word: str, text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a text that hold a word (as given, in any capitals), with where they begin."""
    folded = text.lower()
    start = 0
    at = folded.find(word)
    while at >= 0:
        ending = _SENTENCE_END.search(text, start)
        while ending and ending.end() <= at:
            start = ending.end()
            ending = _SENTENCE_END.search(text, start)
        stop = ending.end() if ending else len(text)
        sentence = text[start:stop]
        yield start + len(sentence) - len(sentence.lstrip()), sentence
        at, start = folded.find(word, stop), stop
