"""Where a record came from: its file, and the place of every key in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from threatbrief.diagnostics import Span

Location = tuple[str | int, ...]


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
