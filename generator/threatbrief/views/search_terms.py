"""The words of a text as search compares them; `search.js` takes a question apart in the same way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

LONGEST: Final = 32
"""A term is cut here, in the index and in a question alike."""

_LETTERS: Final = {
    **dict.fromkeys("\u2010\u2011\u2012", "-"),
    **dict.fromkeys("\u0640\u02bb\u02bc\u02bd\u02be\u02bf", ""),
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "ς": "σ",
}
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
"""Scripts that put no blank between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer."""
_WORD: Final = re.compile(r"[^\W_]+(?:[-._/][^\W_]+)*")
_PIECE: Final = re.compile(r"[^\W_]+")
_RUN: Final = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")


class _Plain(dict[int, str]):
    """What becomes of a character: marks and invisible ones go, some letters are two. Filled as met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = "" if unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf") else character
        self[code] = kept
        return kept


_PLAIN: Final = _Plain({ord(letter): plain for letter, plain in _LETTERS.items()})


def fold(text: str) -> str:
    """A text without case, accents, vowel signs and invisible characters, in compatibility characters."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).lower().translate(_PLAIN)
    return unicodedata.normalize("NFC", plain)


def text_terms(text: str) -> set[str]:
    """The terms of running text; of `CVE-2023-34362` the parts and the whole, of `state-owned` the parts."""
    spaced = set(fold(text).split())
    found = {word for word in spaced if word.isalnum() and word.isascii()}
    for word in set(_WORD.findall(" ".join(spaced - found))) - found:
        found.update(_parts(word))
        if not word.isalnum() and any(map(str.isdigit, word)):
            found.add(_join(word))
    return _keep(found)


def name_terms(names: Iterable[str]) -> set[str]:
    """The terms of names and ids: their parts, and each as one word, so that `fancybear` is found."""
    found: set[str] = set()
    for name in names:
        folded = fold(name)
        for word in _WORD.findall(folded):
            found.update(_parts(word))
            found.add(_join(word))
        if len(joined := _join(folded)) > 1:
            found.add(joined)
    return _keep(found)


def _parts(word: str) -> Iterator[str]:
    for piece in _PIECE.findall(word):
        if piece.isascii():
            yield piece
            continue
        for run in _RUN.findall(piece):
            yield from _pairs(run) if _is_unspaced(run) else (run,)


def _pairs(run: str) -> Iterator[str]:
    """Each two neighbours, and the last character alone: so every part of the run is made of terms."""
    return (run[at : at + 2] for at in range(len(run)))


def _is_unspaced(run: str) -> bool:
    return re.match(f"[{_UNSPACED}]", run) is not None


def _join(word: str) -> str:
    return "".join(_PIECE.findall(word))


def _keep(terms: set[str]) -> set[str]:
    """Without single ASCII characters, which stand in every text, and no longer than the longest."""
    return {term[:LONGEST] for term in terms if len(term) > 1 or not term.isascii()}
