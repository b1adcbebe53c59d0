"""Lists by name: under letters, and in groups, cut into pages where they are long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from threatbrief.model.names import fold_name, name_slug
from threatbrief.views.common import Link
from threatbrief.views.cuts import PAGE

WHOLE: Final = 2 * PAGE
"""A list of at most so many names stands on one page."""

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Group(Generic[RowT]):
    """Rows that stand together: what they share, as a heading and as an address, in their order."""

    title: str
    address: str
    rows: tuple[RowT, ...]

    @property
    def link(self) -> Link:
        return Link(self.title, self.address)


@dataclass(frozen=True, slots=True)
class GroupPage(Generic[RowT]):
    """A page of a group; `before` and `after` are the pages around it."""

    title: str
    address: str
    rows: tuple[RowT, ...]
    before: Link | None
    after: Link | None


def by_letter(rows: Iterable[RowT], name: Callable[[RowT], str], folder: str) -> tuple[Group[RowT], ...]:
    """Rows under the first letter of their name, digits and signs under # at the end."""
    found: dict[str, list[RowT]] = {}
    for row in rows:
        first = fold_name(name(row))[:1].upper()
        found.setdefault(first if first.isalpha() else "#", []).append(row)
    order = sorted(found, key=lambda letter: (letter == "#", letter))
    return tuple(Group(letter, f"{folder}{_letter_slug(letter)}/", tuple(found[letter])) for letter in order)


def group_pages(groups: Iterable[Group[RowT]]) -> Iterator[GroupPage[RowT]]:
    """The pages of groups: the first at the group's address, the second at `2/` below it."""
    chain = [page for group in groups for page in _pieces(group)]
    links = [Link(title, address) for title, address, _ in chain]
    for place, (title, address, rows) in enumerate(chain):
        before = links[place - 1] if place else None
        after = links[place + 1] if place + 1 < len(links) else None
        yield GroupPage(title, address, rows, before, after)


def _pieces(group: Group[RowT]) -> Iterator[tuple[str, str, tuple[RowT, ...]]]:
    for number, start in enumerate(range(0, len(group.rows), PAGE), 1):
        rows: Sequence[RowT] = group.rows[start : start + PAGE]
        if number == 1:
            yield group.title, group.address, tuple(rows)
        else:
            yield f"{group.title}, page {number}", f"{group.address}{number}/", tuple(rows)


def _letter_slug(letter: str) -> str:
    """The address of a letter; two letters never share one."""
    return "other" if letter == "#" else name_slug(letter) if letter.isascii() else f"u{ord(letter[0]):x}"
