"""Long lists cut into pages, so that a record more or less rewrites few of them.

The rows come newest first. Pages count from the oldest, so a full one stays as it is; the newest stands at
the list's own address and holds what is left, less than two pages' worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from threatbrief.views.common import Link

PAGE: Final = 50

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Piece(Generic[RowT]):
    """Part of a list. The newest has the number 0, the oldest 1."""

    address: str
    number: int
    rows: tuple[RowT, ...]


@dataclass(frozen=True, slots=True)
class YearPiece(Generic[RowT]):
    """Part of what happened in a year, and the way to its neighbours."""

    year: int
    piece: Piece[RowT]
    newer: Link | None
    older: Link | None

    @property
    def title(self) -> str:
        """`2019`, or `2019, part 1` for the oldest full page of the year."""
        return _title(self.year, self.piece)


def cut(rows: Sequence[RowT], address: str, size: int = PAGE) -> tuple[Piece[RowT], ...]:
    """The pieces of a list, newest first; a list of less than two pages' worth is one piece."""
    full = max(0, len(rows) // size - 1)
    pieces = [Piece(address, 0, tuple(rows[: len(rows) - full * size]))]
    for number in range(full, 0, -1):
        end = len(rows) - (number - 1) * size
        pieces.append(Piece(f"{address}{number}/", number, tuple(rows[end - size : end])))
    return tuple(pieces)


def newest(rows: Sequence[RowT], size: int = PAGE) -> tuple[RowT, ...]:
    """The rows that a page above the years shows: all while they are few, else a page's worth."""
    return tuple(rows if len(rows) < 2 * size else rows[:size])


def year_pieces(
    folder: str, by_year: Mapping[int, Sequence[RowT]], size: int = PAGE
) -> Iterator[YearPiece[RowT]]:
    """The pieces of every year, newest first, at `<folder>2019/` and `<folder>2019/1/`."""
    chain = [
        (year, piece)
        for year in sorted(by_year, reverse=True)
        for piece in cut(by_year[year], f"{folder}{year}/", size)
    ]
    links = [Link(_title(year, piece), piece.address) for year, piece in chain]
    for place, (year, piece) in enumerate(chain):
        newer = links[place - 1] if place else None
        older = links[place + 1] if place + 1 < len(links) else None
        yield YearPiece(year, piece, newer, older)


def _title(year: int, piece: Piece[RowT]) -> str:
    return f"{year}, part {piece.number}" if piece.number else str(year)
