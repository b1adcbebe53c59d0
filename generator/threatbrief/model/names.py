"""How names are compared, and the addresses made of them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ASCII_SEPARATORS: Final = re.compile(r"[\s\-_.]+")
_SEPARATOR_CATEGORIES: Final = frozenset({"Zs", "Zl", "Zp", "Pd", "Pc", "Cf"})
_ACCENTED_SCRIPTS: Final = ("LATIN", "GREEK")


@lru_cache(maxsize=65536)
def fold_name(name: str) -> str:
    """A name without case, accents, blanks, hyphens, underscores and dots: `Kim-Suky` is `kimsuky`.

    Accents go from Latin and Greek letters only: in other scripts a mark makes another letter
    (Cyrillic й, Japanese が, the vowels of Devanagari). Invisible characters go too.
    """
    if name.isascii():
        return _ASCII_SEPARATORS.sub("", name.lower())
    kept: list[str] = []
    script = ""
    for character in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()):
        if not unicodedata.combining(character):
            script = unicodedata.name(character, "")
        elif script.startswith(_ACCENTED_SCRIPTS):
            continue
        if not _is_separator(character):
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_separator(character: str) -> bool:
    return character == "." or character.isspace() or unicodedata.category(character) in _SEPARATOR_CATEGORIES


def name_slug(name: str) -> str:
    """The address of a name: `Fancy Bear` is `fancy-bear`, a name without Latin letters its code points.

    Empty only for a name that has no letter or digit at all.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = re.sub(r"[^a-z0-9]+", "-", "".join(c for c in decomposed if not unicodedata.combining(c))).strip(
        "-"
    )
    if plain:
        return plain
    return "-".join(f"u{ord(c):x}" for c in fold_name(name) if c.isalnum())
