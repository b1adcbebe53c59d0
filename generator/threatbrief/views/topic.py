"""Topics: what incidents share. A page each for a year, kind, sector, country and technique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.model.vocab import IncidentKind
from threatbrief.reference import load_reference
from threatbrief.views.common import Fact, Link, highest_marking, plural
from threatbrief.views.frame import FeedLink, PageView, Press
from threatbrief.views.matrix import DOMAIN_NAMES, technique_name
from threatbrief.views.strip import TOPIC_ROWS, Strip, topic_strip
from threatbrief.views.tallies import (
    Bars,
    country_bars,
    country_name,
    counts_address,
    more_link,
    sector_bars,
    sector_name,
    technique_bars,
)
from threatbrief.views.topic_parts import NewestBriefs, newest_briefs
from threatbrief.views.worldmap import MapDrawing, victims_map

MOST_ACTORS: Final = 24
"""How many actors a page names."""
_INDEXES: Final = {
    "Year": Link("Years", "years/"),
    "Kind": Link("Incidents", "incidents/"),
    "Sector": Link("Sectors", "sectors/"),
    "Country": Link("Countries", "countries/"),
    "Technique": Link("Techniques", "techniques/"),
}


@dataclass(frozen=True, slots=True)
class FacetValue:
    name: Link
    count: int


@dataclass(frozen=True, slots=True)
class TopicView:
    """What the incidents of a topic have in common: who was behind them, against whom, when, and how."""

    title: str
    kind: str
    index: Link
    lead: str
    facts: tuple[Fact, ...]
    actors: tuple[FacetValue, ...]
    more_actors: Link | None
    strip: Strip | None
    map: MapDrawing | None
    countries: Bars | None
    sectors: Bars | None
    techniques: Bars | None
    briefs: NewestBriefs
    feeds: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: `section` is the entry of the navigation that it stands under."""

    path: str
    kind: str
    title: str
    lead: str
    incidents: Sequence[Incident]
    facts: tuple[Fact, ...] = ()
    section: str = "incidents"

    @property
    def link(self) -> Link:
        return Link(self.title, self.path)


def topic_page(press: Press, kb: KnowledgeBase, topic: Topic) -> PageView[TopicView]:
    found, kind = topic.incidents, topic.kind
    actors, counted = count_actors(kb, found), counts_address(topic.path)
    view = TopicView(
        title=topic.title,
        kind=kind,
        index=_INDEXES[kind],
        lead=topic.lead,
        facts=topic.facts,
        actors=actors[:MOST_ACTORS] if len(actors) > TOPIC_ROWS else (),
        more_actors=more_link(len(actors) - MOST_ACTORS, "actor", "actors", counted)
        if len(actors) > MOST_ACTORS
        else None,
        strip=topic_strip(kb, found, f"{topic.title}: records by actor and date of disclosure"),
        map=victims_map(found, "victims-map", f"{topic.title}: victims by country", f"{counted}#countries")
        if kind != "Country"
        else None,
        countries=country_bars(kb, found, counted) if kind != "Country" else None,
        sectors=sector_bars(kb, found, counted) if kind != "Sector" else None,
        techniques=technique_bars(kb, found, counted) if kind != "Technique" else None,
        briefs=newest_briefs(kb, found, "incidents/" if kind == "Year" else topic.path),
        feeds=press.feeds_of(topic.path),
    )
    title = f"{kind}: {topic.title}"
    marking = highest_marking(kb, found)
    return press.page(topic.path, title, topic.lead, view, section=topic.section, tlp=marking)


def topics(kb: KnowledgeBase) -> Iterator[Topic]:
    """A topic for every year, sector, country and technique that some incident has, and for every kind."""
    for year, found in kb.by_year.items():
        lead = f"{plural(len(found), 'brief')} of what was disclosed in {year}."
        yield Topic(f"years/{year}/", "Year", str(year), lead, found)
    for kind in IncidentKind:
        found = kb.by_kind.get(kind.value, ())
        name = kind.value.replace("-", " ").capitalize()
        count = plural(len(found), "brief") if found else "No brief"
        yield Topic(kind_address(kind.value), "Kind", name, f"{count} of this kind.", found)
    for slug, found in kb.by_sector.items():
        lead = f"{plural(len(found), 'brief')} in which this sector was a target."
        yield Topic(f"sectors/{slug}/", "Sector", sector_name(slug), lead, found)
    for code, found in kb.by_country.items():
        lead = f"{plural(len(found), 'brief')} with targets in {country_name(code)}."
        yield Topic(f"countries/{code.lower()}/", "Country", country_name(code), lead, found)
    for technique, found in kb.by_technique.items():
        yield _technique(kb, technique, found)


def kind_address(kind: str) -> str:
    """The page of all incidents of a kind; it exists for every kind, since each has a feed."""
    return f"incidents/kind/{kind}/"


def technique_address(technique_id: str) -> str:
    return f"techniques/{technique_id.lower()}/"


def _technique(kb: KnowledgeBase, technique_id: str, found: Sequence[Incident]) -> Topic:
    name = technique_name(technique_id)
    return Topic(
        path=technique_address(technique_id),
        kind="Technique",
        title=f"{technique_id} {name}".strip(),
        lead=f"{plural(len(found), 'brief')} in which this technique was reported or mapped.",
        incidents=found,
        facts=tuple(_technique_facts(kb, technique_id)),
        section="techniques",
    )


def _technique_facts(kb: KnowledgeBase, technique_id: str) -> Iterator[Fact]:
    """What ATT&CK says of a technique: where it stands, whether it still holds, what came after it."""
    reference = load_reference()
    known = reference.technique(technique_id)
    parent = technique_id.partition(".")[0]
    if parent != technique_id:
        yield Fact("Part of", (_technique_link(kb, parent),))
    if known:
        names = {tactic.shortname: tactic.name for d in known.domains for tactic in reference.tactics(d)}
        tactics = tuple(Link(names.get(t, t.replace("-", " ").capitalize())) for t in known.tactics)
        if tactics:
            yield Fact("Tactics", tactics)
        yield Fact("Matrix", tuple(Link(DOMAIN_NAMES[domain]) for domain in known.domains))
    if known and known.revoked_by:
        latest = reference.cells(technique_id)[0][1]
        yield Fact("Revoked", (_technique_link(kb, latest),), between=", ")
    elif known and not known.is_current:
        yield Fact("State", (Link("revoked by ATT&CK" if known.revoked else "deprecated by ATT&CK"),))
    elif not known:
        yield Fact("State", (Link(f"not in ATT&CK {reference.attack_versions.get('enterprise', '')}"),))
    href = f"https://attack.mitre.org/techniques/{technique_id.replace('.', '/')}/"
    yield Fact("At MITRE", (Link(f"ATT&CK {technique_id}", href),))


def _technique_link(kb: KnowledgeBase, technique_id: str) -> Link:
    """To our page of a technique where there is one, else to ATT&CK's."""
    text = f"{technique_id} {technique_name(technique_id)}".strip()
    if technique_id in kb.by_technique:
        return Link(text, technique_address(technique_id))
    return Link(text, f"https://attack.mitre.org/techniques/{technique_id.replace('.', '/')}/")


def count_actors(kb: KnowledgeBase, incidents: Iterable[Incident]) -> tuple[FacetValue, ...]:
    """The actors of these incidents with how many each has, most first."""
    counts = Counter(
        actor_id
        for incident in incidents
        for actor_id in kb.remember(("actors of", incident.id), _actors_of, kb, incident)
    )
    actors = (kb.actor_by_id[actor_id] for actor_id in counts)
    links = {actor.id: Link(actor.name, f"actors/{actor.slug}/") for actor in actors}
    order = sorted(counts, key=lambda actor_id: (-counts[actor_id], links[actor_id].href))
    return tuple(FacetValue(links[actor_id], counts[actor_id]) for actor_id in order)


def _actors_of(kb: KnowledgeBase, incident: Incident) -> tuple[str, ...]:
    return tuple(actor.id for actor in kb.actors_of(incident))
