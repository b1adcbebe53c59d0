"""Actors from A to Z, and by the country that others claim for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor
from threatbrief.model.names import fold_name
from threatbrief.views.common import Link, plural
from threatbrief.views.directory import WHOLE, Group, GroupPage, by_letter, group_pages
from threatbrief.views.frame import PageView, Press
from threatbrief.views.names import names_with_page
from threatbrief.views.strip import claimed_country
from threatbrief.views.tallies import country_name
from threatbrief.views.topic import FacetValue

FOLDER: Final = "actors/"
LETTERS: Final = f"{FOLDER}a-z/"
COUNTRIES: Final = f"{FOLDER}country/"
NAMES: Final = 40
"""How many contested names the list of actors names, and how many newly active actors."""


@dataclass(frozen=True, slots=True)
class ActorLine:
    """An actor in a list."""

    name: Link
    attack_id: str
    country: str
    summary: str
    other_names: str
    count: str


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The actors under a letter; none where they have a page of their own."""

    letter: str
    anchor: str
    href: str
    actors: tuple[ActorLine, ...]


@dataclass(frozen=True, slots=True)
class ActorsView:
    """All actors, or, where they are many, those active last and the ways to all."""

    count: str
    letters: tuple[LetterGroup, ...]
    active: tuple[ActorLine, ...]
    countries: tuple[FacetValue, ...]
    contested: tuple[Link, ...]
    more_contested: str


@dataclass(frozen=True, slots=True)
class ActorPartView:
    """A page of the actors under a letter, or of a country as claimed."""

    title: str
    lead: str
    actors: tuple[ActorLine, ...]
    before: Link | None
    after: Link | None


def actors_page(press: Press, kb: KnowledgeBase) -> PageView[ActorsView]:
    """The index: all actors under their letters while they are few, else the ways to them."""
    whole = len(kb.actors) <= WHOLE
    contested = [Link(name.name, f"{FOLDER}{name.slug}/") for name in names_with_page(kb)]
    view = ActorsView(
        count=plural(len(kb.actors), "actor"),
        letters=tuple(
            LetterGroup(
                group.title,
                f"letter-{number}",
                f"#letter-{number}" if whole else group.address,
                tuple(_line(kb, actor) for actor in group.rows) if whole else (),
            )
            for number, group in enumerate(_letters(kb), 1)
        ),
        active=() if whole else tuple(_line(kb, actor) for actor in _newly_active(kb)),
        countries=tuple(FacetValue(group.link, len(group.rows)) for group in _countries(kb)),
        contested=tuple(contested[:NAMES]),
        more_contested=f"And {len(contested) - NAMES} more, each on the pages of its actors"
        if len(contested) > NAMES
        else "",
    )
    description = (
        f"{plural(len(kb.actors), 'actor')} from A to Z, with the country that others claim for each."
    )
    return press.page(FOLDER, "Actors", description, view, section="actors")


def actor_parts(kb: KnowledgeBase) -> Iterator[GroupPage[Actor]]:
    """The pages of letters, where the actors are too many for one page, and of claimed countries."""
    if len(kb.actors) > WHOLE:
        yield from group_pages(_letters(kb))
    yield from group_pages(_countries(kb))


def actor_part_page(press: Press, kb: KnowledgeBase, part: GroupPage[Actor]) -> PageView[ActorPartView]:
    """A page of some of the actors."""
    claimed = part.address.startswith(COUNTRIES)
    lead = (
        "The country is the claim of the sources cited in each actor’s record."
        if claimed
        else "Under the names by which we track them."
    )
    view = ActorPartView(
        title=part.title,
        lead=lead,
        actors=tuple(_line(kb, actor) for actor in part.rows),
        before=part.before,
        after=part.after,
    )
    title = f"Actors: {part.title}"
    return press.page(part.address, title, f"{title}. {lead}", view, section="actors")


def _letters(kb: KnowledgeBase) -> tuple[Group[Actor], ...]:
    return by_letter(kb.actors, lambda actor: actor.name, LETTERS)


def _countries(kb: KnowledgeBase) -> tuple[Group[Actor], ...]:
    """Actors under every country that somebody claims for them, by the country's name."""
    found: dict[str, list[Actor]] = {}
    for actor in kb.actors:
        for code in dict.fromkeys(claim.country for claim in actor.suspected_country):
            found.setdefault(code, []).append(actor)
    order = sorted(found, key=lambda code: (country_name(code).casefold(), code))
    return tuple(
        Group(f"{country_name(code)}, as claimed", f"{COUNTRIES}{code.lower()}/", tuple(found[code]))
        for code in order
    )


def _newly_active(kb: KnowledgeBase) -> list[Actor]:
    found = {actor.id: actor for incident in kb.incidents[: 4 * NAMES] for actor in kb.actors_of(incident)}
    return list(found.values())[:NAMES]


def _line(kb: KnowledgeBase, actor: Actor) -> ActorLine:
    own = fold_name(actor.name)
    others = {fold_name(c.name): c.name for c in reversed(actor.names) if fold_name(c.name) != own}
    listed = [
        others[folded] for folded in dict.fromkeys(fold_name(c.name) for c in actor.names) if folded in others
    ]
    rest = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
    return ActorLine(
        name=Link(actor.name, f"{FOLDER}{actor.slug}/"),
        attack_id=actor.attack_id or "",
        country=claimed_country(actor),
        summary=actor.summary,
        other_names=", ".join(listed[:6]) + rest,
        count=plural(len(kb.incidents_of(actor)), "brief"),
    )
