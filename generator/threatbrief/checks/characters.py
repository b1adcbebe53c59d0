"""Characters that readers cannot see or tell apart (Unicode TR 36 and 39, as far as briefs need them)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_BLANKS: Final = frozenset(
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u034f\u2028\u2029\u180b\u180c\u180d\u180f"
)
_JOINERS: Final = frozenset("\u200c\u200d")
_DIRECTIONS: Final = frozenset("\u200e\u200f\u061c")
_JOINING: Final = (
    "ARABIC",
    "SYRIAC",
    "MONGOLIAN",
    "NKO",
    "DEVANAGARI",
    "BENGALI",
    "GURMUKHI",
    "GUJARATI",
    "ORIYA",
)
_JOINING_TOO: Final = ("TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN")
_STACKED: Final = 5
_WORD: Final = re.compile("(?:[^\\W\\d_]|[\u24b6-\u24e9\U0001f130-\U0001f149])+")
_ORDINALS: Final = frozenset("ªº")
_EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
_MIXING: Final = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "LISU"}
)
_LIKE_LATIN: Final = frozenset(
    "аеорсухіјѕԁӏһвкмнтАВЕКМНОРСТУХІЈЅӀԚԜҮ"  # Cyrillic
    "οναρτυικχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek
    "օսոհցԼՍՕ"  # Armenian
)


_UNCOMMON: Final = re.compile(
    "[^\x00-\xac\xae-\u024f\u02b0-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff]"
)
"""Anything beyond Latin letters, punctuation, currency signs and arrows."""


def may_hide(text: str) -> bool:
    """Whether a text holds any character that could be invisible or a lookalike. Quick."""
    return not text.isascii() and _UNCOMMON.search(text) is not None


def find_invisible(text: str) -> tuple[int, ...]:
    """Offsets of the characters that show nothing, or only change how others read; marks in heaps too."""
    found: list[int] = []
    stacked = 0
    for offset, character in enumerate(text):
        if character < "\u0300" and character != "\u00ad":
            stacked = 0
            continue
        kind = unicodedata.category(character)
        stacked = stacked + 1 if kind in ("Mn", "Me") else 0
        if stacked == _STACKED or (_is_hidden(character, kind) and not _is_meant(text, offset)):
            found.append(offset)
    return tuple(found)


def _is_hidden(character: str, kind: str) -> bool:
    return kind in ("Cf", "Co", "Cn") or character in _BLANKS or 0xE0100 <= ord(character) <= 0xE01EF


def _is_meant(text: str, offset: int) -> bool:
    """Joiners in scripts and emoji that need them, marks of direction in right-to-left text, flag tags."""
    character = text[offset]
    around = text[max(0, offset - 1) : offset] + text[offset + 1 : offset + 2]
    if character in _JOINERS:
        return any(
            unicodedata.name(c, "").startswith(_JOINING + _JOINING_TOO)
            or unicodedata.category(c) in ("So", "Sk")
            or c == "\ufe0f"
            for c in around
        )
    if character in _DIRECTIONS:
        return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)
    if 0xE0020 <= ord(character) <= 0xE007F:
        return _in_flag(text, offset)
    return False


def _in_flag(text: str, offset: int) -> bool:
    while offset > 0 and 0xE0020 <= ord(text[offset]) <= 0xE007F:
        offset -= 1
    return text[offset] == "\U0001f3f4"


def find_lookalikes(text: str) -> Iterator[tuple[int, str]]:
    """Words of mixed alphabets, or wholly of letters that look Latin amid Latin text: offset and message."""
    latin = sum(1 for c in text if "a" <= c <= "z" or "A" <= c <= "Z")
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii():
            continue
        scripts = {script for c in word if (script := _script(c)) in _MIXING}
        odd = tuple(i for i, c in enumerate(word) if _script(c) != "LATIN" and c in _LIKE_LATIN)
        if len(scripts) > 1:
            shown = odd or tuple(i for i, c in enumerate(word) if _script(c) != "LATIN")
            names = " and ".join(sorted(script.capitalize() for script in scripts))
            yield match.start(), f"a word of {names} letters: {name_characters(word, shown)}"
        elif len(word) > 2 and len(odd) == len(word) and 2 * len(word) < latin:
            yield match.start(), f"a word that only looks Latin: {name_characters(word, odd)}"
        elif styled := tuple(i for i, c in enumerate(word) if _is_styled(c, text)):
            yield match.start(), f"letters of another style in a word: {name_characters(word, styled)}"


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    return unicodedata.normalize("NFKC", character)


def _is_styled(character: str, text: str) -> bool:
    """A letter that stands for a Latin one (mathematical, fullwidth, enclosed, phonetic) in plain text."""
    if character.isascii() or character in _ORDINALS:
        return False
    if "\u0250" <= character <= "\u02af":
        return any(c.isascii() and c.isalpha() for c in text)
    plain = _plain(character)
    if len(plain) != 1 or not plain.isascii() or not plain.isalpha():
        return False
    return not ("\uff00" <= character <= "\uffef" and any(_script(c) in _EAST_ASIAN for c in text))


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def name_characters(text: str, offsets: tuple[int, ...]) -> str:
    """`U+200B ZERO WIDTH SPACE, U+2067 …`: the first few distinct ones."""
    distinct = list(dict.fromkeys(text[offset] for offset in offsets))
    named = [f"U+{ord(c):04X} {unicodedata.name(c, 'unnamed')}" for c in distinct[:4]]
    return ", ".join(named) + (", …" if len(distinct) > 4 else "")
