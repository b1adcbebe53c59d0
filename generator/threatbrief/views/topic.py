"""Topics: what incidents share. A page each for a year, kind, sector, country and technique."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.model.vocab import IncidentKind
from threatbrief.reference import load_reference
from threatbrief.views.briefs import YearGroup, by_year
from threatbrief.views.common import Link, highest_marking, plural
from threatbrief.views.frame import FeedLink, PageView, Press
from threatbrief.views.strip import Strip, incident_strip
from threatbrief.views.tallies import Bars, country_bars, country_name, sector_bars, sector_name


@dataclass(frozen=True, slots=True)
class FacetValue:
    name: Link
    count: int


@dataclass(frozen=True, slots=True)
class TopicView:
    """The incidents of a topic, and who was behind them."""

    title: str
    kind: str
    lead: str
    outside: Link | None
    actors: tuple[FacetValue, ...]
    strip: Strip | None
    countries: Bars | None
    sectors: Bars | None
    years: tuple[YearGroup, ...]
    feeds: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    path: str
    kind: str
    title: str
    lead: str
    incidents: Sequence[Incident]
    outside: Link | None = None


def topic_page(press: Press, kb: KnowledgeBase, topic: Topic) -> PageView[TopicView]:
    view = TopicView(
        title=topic.title,
        kind=topic.kind,
        lead=topic.lead,
        outside=topic.outside,
        actors=count_actors(kb, topic.incidents),
        strip=incident_strip(kb, topic.incidents, f"{topic.title}: records by year of disclosure"),
        countries=country_bars(kb, topic.incidents) if topic.kind != "Country" else None,
        sectors=sector_bars(kb, topic.incidents) if topic.kind != "Sector" else None,
        years=by_year(kb, topic.incidents),
        feeds=press.feeds_of(topic.path),
    )
    marking = highest_marking(kb, topic.incidents)
    title = f"{topic.kind}: {topic.title}"
    return press.page(topic.path, title, topic.lead, view, section="incidents", tlp=marking)


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
        yield _technique(technique, found)


def kind_address(kind: str) -> str:
    """The page of all incidents of a kind; it exists for every kind, since each has a feed."""
    return f"incidents/kind/{kind}/"


def _technique(technique_id: str, found: Sequence[Incident]) -> Topic:
    known = load_reference().technique(technique_id)
    href = f"https://attack.mitre.org/techniques/{technique_id.replace('.', '/')}/"
    title = f"{technique_id} {known.name}" if known else technique_id
    lead = f"{plural(len(found), 'brief')} in which this technique was reported or mapped."
    path = f"techniques/{technique_id.lower()}/"
    return Topic(path, "Technique", title, lead, found, Link("Its page at MITRE ATT&CK", href))


def count_actors(kb: KnowledgeBase, incidents: Iterable[Incident]) -> tuple[FacetValue, ...]:
    counts: dict[str, int] = {}
    for incident in incidents:
        for actor in kb.actors_of(incident):
            counts[actor.id] = counts.get(actor.id, 0) + 1
    order = sorted(counts, key=lambda actor_id: (-counts[actor_id], actor_id))
    return tuple(
        FacetValue(Link(kb.actor_by_id[actor_id].name, f"actors/{actor_id}/"), counts[actor_id])
        for actor_id in order
    )
