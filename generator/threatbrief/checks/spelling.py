"""Did you mean …?"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Final

_FEW: Final = 400
_NEAR: Final = 0.72


class Known:
    """Words that may be meant, made ready to be searched many times.

    Of more than a few hundred, only those are held against a slip that begin or end like it: the time
    of one search stays bounded, however many there are.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._spelt = {word.casefold(): word for word in words}
        self._alike: dict[str, list[str]] = defaultdict(list)
        if len(self._spelt) > _FEW:
            for folded in self._spelt:
                self._alike[_edges(folded)].append(folded)

    def suggest(self, given: str) -> str:
        """`did you mean 'kimsuky'?` for the nearest, if any is near; else nothing."""
        sought = given.casefold()[:100]
        candidates: Iterable[str] = self._spelt
        if self._alike:
            candidates = islice(self._alike.get(_edges(sought), ()), _FEW)
        close = difflib.get_close_matches(sought, candidates, n=1, cutoff=_NEAR)
        return f"did you mean {self._spelt[close[0]]!r}?" if close else ""


def _edges(folded: str) -> str:
    return f"{folded[:2]} {folded[-2:]}"


def suggest(given: str, known: Iterable[str]) -> str:
    """One search among a few words."""
    return Known(known).suggest(given)
