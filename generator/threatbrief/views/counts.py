"""Pages of counts: all countries, sectors, techniques, actors or software of which another names a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, Software
from threatbrief.views.actor import MOST_SOFTWARE
from threatbrief.views.common import Link, highest_marking, plural
from threatbrief.views.frame import PageView, Press
from threatbrief.views.tallies import (
    MOST_NAMED,
    MOST_TECHNIQUES,
    Counted,
    country_link,
    counts_address,
    sector_link,
    technique_link,
)
from threatbrief.views.topic import MOST_ACTORS, Topic, count_actors

_LONGEST: Final = 100
"""How many actors or pieces of software are listed; there may be as many as there are records."""


@dataclass(frozen=True, slots=True)
class CountList:
    """What the briefs have of one thing, most first; `left` leads to those that are not listed."""

    anchor: str
    title: str
    rows: tuple[Counted, ...]
    left: Link | None


@dataclass(frozen=True, slots=True)
class CountsView:
    """Counts of the briefs of the page to which `whole` leads."""

    whole: Link
    lead: str
    lists: tuple[CountList, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """The page of which the briefs are counted, and by what; `briefs` is where it lists them."""

    link: Link
    section: str
    lists: tuple[str, ...]
    incidents: Sequence[Incident]
    briefs: str
    records: tuple[Actor | Software, ...] = ()


_SHOWN: Final[Mapping[str, int]] = {
    "countries": MOST_NAMED,
    "sectors": MOST_NAMED,
    "techniques": MOST_TECHNIQUES,
    "actors": MOST_ACTORS,
    "software": MOST_SOFTWARE,
}
"""How many of each a page shows or names itself."""
_LEFT_OUT: Final[Mapping[str, str]] = {"Country": "countries", "Sector": "sectors", "Technique": "techniques"}


def topic_whole(topic: Topic) -> Whole:
    lists = ("countries", "sectors", "techniques", "actors")
    kept = tuple(name for name in lists if name != _LEFT_OUT.get(topic.kind))
    return Whole(topic.link, topic.section, kept, topic.incidents, f"{topic.path}#briefs")


def actor_whole(kb: KnowledgeBase, actor: Actor) -> Whole:
    link = Link(actor.name, f"actors/{actor.slug}/")
    lists, own = ("countries", "sectors", "software"), kb.incidents_of(actor)
    return Whole(link, "actors", lists, own, f"{link.href}#incidents", (actor,))


def software_whole(kb: KnowledgeBase, software: Software) -> Whole:
    link = Link(software.name, f"software/{software.slug}/")
    lists, used = ("countries", "sectors", "actors"), kb.incidents_with(software)
    return Whole(link, "software", lists, used, f"{link.href}#incidents", (software,))


def has_counts(kb: KnowledgeBase, whole: Whole) -> bool:
    """Whether the page names only some of anything, so that there is a page of counts."""
    return any(_is_more(kb, name, whole.incidents) for name in whole.lists)


def _is_more(kb: KnowledgeBase, name: str, incidents: Sequence[Incident]) -> bool:
    found: set[str] = set()
    for incident in incidents:
        found.update(_KEYS[name](kb, incident))
        if len(found) > _SHOWN[name]:
            return True
    return False


def _actors(kb: KnowledgeBase, incident: Incident) -> Sequence[str]:
    return [actor.id for actor in kb.actors_of(incident)]


def _software(kb: KnowledgeBase, incident: Incident) -> Sequence[str]:
    return [id_ for id_ in incident.software if id_ in kb.software_by_id]


_KEYS: Final[Mapping[str, Callable[[KnowledgeBase, Incident], Sequence[str]]]] = {
    "countries": lambda _, incident: incident.targets.countries,
    "sectors": lambda _, incident: incident.targets.sectors,
    "techniques": lambda _, incident: techniques_seen(incident),
    "actors": _actors,
    "software": _software,
}


_LINKS: Final[Mapping[str, Callable[[str], Link]]] = {
    "countries": country_link,
    "sectors": sector_link,
    "techniques": technique_link,
}


def counts_page(press: Press, kb: KnowledgeBase, whole: Whole) -> PageView[CountsView]:
    """All that the briefs have in common, where their own page names only what they have most of."""
    count = plural(len(whole.incidents), "brief")
    lead = f"What {count} have in common, most often first. The number is that of the briefs."
    view = CountsView(whole.link, lead, tuple(_lists(kb, whole)))
    title = f"{whole.link.text}: all counts"
    return press.page(
        counts_address(whole.link.href),
        title,
        f"{title} of {count}.",
        view,
        section=whole.section,
        tlp=highest_marking(kb, (*whole.records, *whole.incidents)),
    )


def _lists(kb: KnowledgeBase, whole: Whole) -> Iterator[CountList]:
    for name in whole.lists:
        rows = tuple(_counted(kb, name, whole.incidents))
        if not rows:
            continue
        most = _LONGEST if name in ("actors", "software") else len(rows)
        left = len(rows) - most
        below = Link(f"And {left} more, named in their briefs", whole.briefs)
        yield CountList(name, name.capitalize(), rows[:most], below if left > 0 else None)


def _counted(kb: KnowledgeBase, name: str, incidents: Sequence[Incident]) -> Sequence[Counted]:
    if name == "actors":
        return [Counted(row.name, row.count) for row in count_actors(kb, incidents)]
    counts = Counter(key for incident in incidents for key in dict.fromkeys(_KEYS[name](kb, incident)))
    links = {key: _link(kb, name, key) for key in counts}
    order = sorted(counts, key=lambda key: (-counts[key], links[key].text.casefold(), key))
    return [Counted(links[key], counts[key]) for key in order]


def _link(kb: KnowledgeBase, name: str, key: str) -> Link:
    if name == "software":
        return Link(kb.software_by_id[key].name, f"software/{kb.software_by_id[key].slug}/")
    return _LINKS[name](key)
