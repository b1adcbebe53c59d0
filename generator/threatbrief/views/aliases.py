"""Other names as addresses: `actors/apt43/` leads to the actor that carries the name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Software
from threatbrief.model.names import fold_name, name_slug
from threatbrief.model.vocab import NameRelation
from threatbrief.views.common import Link, marking_of
from threatbrief.views.frame import PageView, Press
from threatbrief.views.notices import MovedView, address_of


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a record, and the address that is made of it."""

    address: str
    name: str
    record: Actor | Software


def aliases(kb: KnowledgeBase, taken: Collection[str]) -> Iterator[Alias]:
    """A page for every name that one record alone carries, unless something else has the address.

    Names that make the same address have a page where they belong to the same record; where they do not,
    the address would mean either, and there is none.
    """
    found: dict[str, Alias] = {}
    unclear = set(taken)
    for alias in _names(kb):
        other = found.setdefault(alias.address, alias)
        if other.record is not alias.record:
            unclear.add(alias.address)
    yield from (alias for address, alias in found.items() if address not in unclear)


def _names(kb: KnowledgeBase) -> Iterator[Alias]:
    records: tuple[Actor | Software, ...] = (*kb.actors, *kb.software)
    for record in records:
        folder = "actors/" if isinstance(record, Actor) else "software/"
        for claim in record.names:
            slug = name_slug(claim.name)
            if not slug or claim.relation is NameRelation.DISPUTED:
                continue
            if isinstance(record, Software) or len(kb.actors_named(claim.name)) == 1:
                yield Alias(f"{folder}{slug}/", claim.name, record)


def alias_page(press: Press, name: str, record: Actor | Software, address: str) -> PageView[MovedView]:
    """The page at the address of another name."""
    to = address_of(record)
    own = fold_name(name) == fold_name(record.name)
    lead = "Its page is" if own else "It is a name of"
    view = MovedView(name, lead, Link(record.name, to), press.site.url(to))
    title = name if own else f"{name}: see {record.name}"
    description = f"{lead} {record.name}."
    folder = to.partition("/")[0]
    return press.page(address, title, description, view, section=folder, tlp=marking_of(record), noindex=True)
