"""Where a record came from: its file, and the place of every key in it."""

from __future__ import annotations

import zlib
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from threatbrief.diagnostics import Span

Location = tuple[str | int, ...]


class Places(Mapping[Location, tuple[int, int]]):
    """Where each key of a file stands: line and column. Pickled as lines of text, of which the one that is
    asked for is read: a third of a record's pickle is places, and few builds have a fault to point at."""

    __slots__ = ("_known", "_packed")

    def __init__(self, known: Mapping[Location, tuple[int, int]] | None, packed: bytes = b"") -> None:
        self._known, self._packed = known, packed

    def __getitem__(self, location: Location) -> tuple[int, int]:
        if self._known is not None:
            return self._known[location]
        _, found, rest = self._text.partition(f"\n{location!r}\t")
        if not found:
            raise KeyError(location)
        line, column = rest[: rest.index("\n")].split()
        return int(line), int(column)

    def __iter__(self) -> Iterator[Location]:
        if self._known is not None:
            return iter(self._known)
        return (literal_eval(row.partition("\t")[0]) for row in self._text.split("\n")[1:-1])

    def __len__(self) -> int:
        return len(self._known) if self._known is not None else self._text.count("\n") - 1

    @property
    def _text(self) -> str:
        return zlib.decompress(self._packed).decode()

    def __reduce__(self) -> tuple[Any, ...]:
        return Places, (None, self._packed or _pack(self._known or {}))


def _pack(places: Mapping[Location, tuple[int, int]]) -> bytes:
    rows = (f"{location!r}\t{line} {column}\n" for location, (line, column) in places.items())
    return zlib.compress(f"\n{''.join(rows)}".encode(), 1)


@dataclass(frozen=True, slots=True)
class Origin:
    """A record's file (relative to the site's root, POSIX), its places and its digest.

    `unsound` holds the places of what failed validation: a record that has any was pieced together
    from the rest, with stand-ins, so that the rest can be checked too. It is never published.
    """

    path: str
    digest: str = ""
    body_line: int = 1
    places: Mapping[Location, tuple[int, int]] = field(default_factory=dict, hash=False, compare=False)
    unsound: frozenset[Location] = frozenset()

    def __reduce__(self) -> tuple[Any, ...]:
        return Origin, (self.path, self.digest, self.body_line, self.places, self.unsound)

    def span(self, *location: str | int) -> Span:
        """The place of a key such as ("sources", "ms", "url"), or of its nearest known parent."""
        for length in range(len(location), 0, -1):
            if place := self.places.get(location[:length]):
                return Span(self.path, *place)
        return Span(self.path, 1, 1)

    def is_sound(self, *location: str | int) -> bool:
        """Whether neither this place nor anything above it failed validation."""
        return not self.unsound or not any(location[:n] in self.unsound for n in range(len(location) + 1))

    def body_span(self, line: int, column: int = 1) -> Span:
        """The place of a line of the body, counted from 0."""
        return Span(self.path, self.body_line + line, column)
