"""Search: what can be found, under which words, and the page that asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import ContestedName, KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, Record, Software
from threatbrief.model.markup import RECORD_LINK
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import NameRelation
from threatbrief.reference import load_reference
from threatbrief.views.body import CITATION
from threatbrief.views.briefs import brief_row, defanger
from threatbrief.views.common import Link, plural
from threatbrief.views.frame import PageView, Press
from threatbrief.views.names import names_with_page
from threatbrief.views.search_index import Findable, Indexed, SearchIndex, indexed, search_index
from threatbrief.views.tallies import country_name, sector_name
from threatbrief.views.topic import Topic, topics

GROUPS: Final = (
    "Actors",
    "Software",
    "Contested names",
    "Techniques",
    "Countries",
    "Sectors",
    "Kinds",
    "Years",
    "Pages",
    "Incidents",
)
"""The groups of results, as they are called and, where all else is equal, in their order."""

PATH: Final = "search/"
_TOPICS: Final = {"Technique": 3, "Country": 4, "Sector": 5, "Kind": 6, "Year": 7}
_SUMMARY: Final = 240
_URL: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s)>\]]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SearchView:
    """The page: `script` asks, `index` is the folder of what it asks; `places` lead on without it."""

    script: str
    index: str
    places: tuple[Link, ...]


def search_page(press: Press, kb: KnowledgeBase) -> PageView[SearchView]:
    """The page of results. It has its own box, so its masthead has none."""
    places = [Link("All incidents", "incidents/")]
    if kb.actors:
        places.append(Link("Actors from A to Z", "actors/"))
    if kb.software:
        places.append(Link("Malware and tools", "software/"))
    topical = (("Techniques", kb.by_technique), ("Countries", kb.by_country), ("Sectors", kb.by_sector))
    places += [Link(title, f"{title.lower()}/") for title, found in topical if found]
    view = SearchView(dict(press.site.assets).get("search.js", ""), PATH, tuple(places))
    description = f"Search {press.site.site_name}: names, ids, techniques, countries, sectors, full text."
    page = press.page(PATH, "Search", description, view, section="search", noindex=True)
    return replace(page, site=replace(page.site, search=""))


def index_of(kb: KnowledgeBase, site: SiteConfig) -> SearchIndex:
    """The index of everything that has a page; `kb` is as lists may show it."""
    return search_index(findables(kb, site), GROUPS)


def findables(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Findable | Indexed]:
    """Everything that search can lead to. The terms of a record are kept from build to build."""

    yield from kb.keep_each("search", kb.actors, _index_actor)
    yield from kb.keep_each("search", kb.software, _index_software)
    yield from (_name(name) for name in names_with_page(kb))
    yield from (_topic(topic) for topic in topics(kb) if topic.incidents)
    yield from (Findable(8, path, title) for title, path in site.nav_pages)
    yield from kb.keep_each("search", kb.incidents, _index_incident)


def _index_actor(kb: KnowledgeBase, actor: Actor) -> Indexed:
    return indexed(_actor(kb, actor))


def _index_software(kb: KnowledgeBase, software: Software) -> Indexed:
    return indexed(_software(kb, software))


def _index_incident(kb: KnowledgeBase, incident: Incident) -> Indexed:
    return indexed(_incident(kb, incident))


def _actor(kb: KnowledgeBase, actor: Actor) -> Findable:
    countries = dict.fromkeys(claim.country for claim in actor.suspected_country)
    places = [word for code in countries for word in (country_name(code), code)]
    return Findable(
        group=0,
        href=f"actors/{actor.slug}/",
        title=actor.name,
        note=_note(actor.attack_id, plural(len(kb.incidents_of(actor)), "brief")),
        summary=_clip(actor.summary),
        names=_other_names(actor),
        disputed=_disputed_names(actor),
        ids=(actor.name, actor.id, actor.attack_id or ""),
        facets=(*places, *(claim.name for claim in actor.sponsor), *actor.motivations),
        text=f"{actor.summary}\n{_prose(kb, actor)}",
    )


def _software(kb: KnowledgeBase, software: Software) -> Findable:
    return Findable(
        group=1,
        href=f"software/{software.slug}/",
        title=software.name,
        note=_note(
            software.type.value.capitalize(),
            software.attack_id,
            plural(len(kb.incidents_with(software)), "brief"),
        ),
        summary=_clip(software.summary),
        names=_other_names(software),
        disputed=_disputed_names(software),
        ids=(software.name, software.id, software.attack_id or ""),
        facets=(software.type.value, *software.malware_types),
        text=f"{software.summary}\n{_prose(kb, software)}",
    )


def _name(name: ContestedName) -> Findable:
    carriers = [bearer.actor.name for bearer in name.bearers]
    return Findable(
        group=2,
        href=f"actors/{name.slug}/",
        title=name.name,
        note=f"who means whom: {', '.join(carriers)}",
        ids=(name.name,),
        facets=tuple(carriers),
    )


def _topic(topic: Topic) -> Findable:
    code = topic.path.rstrip("/").rpartition("/")[2]
    return Findable(
        group=_TOPICS[topic.kind],
        href=topic.path,
        title=topic.title,
        note=plural(len(topic.incidents), "brief"),
        ids=(topic.title, code),
    )


def _incident(kb: KnowledgeBase, incident: Incident) -> Findable:
    row = brief_row(kb, incident)
    text = "\n".join(_told(kb, incident))
    return Findable(
        group=len(GROUPS) - 1,
        href=row.href,
        title=row.title,
        note=_note(row.id, row.disclosed.text, row.kind, ", ".join(link.text for link in row.actors)),
        summary=_clip(row.summary),
        ids=(row.id,),
        facets=tuple(_facets(kb, incident)),
        text=defanger(incident)(text),
        date=incident.disclosed,
    )


def _facets(kb: KnowledgeBase, incident: Incident) -> Iterator[str]:
    """What the incident belongs to, as people call it and as registers number it."""
    yield incident.kind.value
    for claim in incident.attribution:
        yield claim.named
    for actor in kb.actors_of(incident):
        yield actor.name
    for software_id in incident.software:
        yield kb.software_by_id[software_id].name if software_id in kb.software_by_id else software_id
    for code in incident.targets.countries:
        yield f"{country_name(code)}\n{code}"
    for slug in incident.targets.sectors:
        yield f"{sector_name(slug)}\n{slug}"
    yield from incident.targets.victims
    technique = load_reference().technique
    for technique_id in techniques_seen(incident):
        known = technique(technique_id)
        yield f"{technique_id} {known.name}" if known else technique_id
    yield from (vulnerability.id for vulnerability in incident.vulnerabilities)


def _told(kb: KnowledgeBase, incident: Incident) -> Iterator[str]:
    """The prose of an incident's page."""
    yield incident.summary
    yield incident.question or ""
    yield from incident.key_points
    yield from (event.event for event in incident.timeline)
    yield from (f"{response.by or ''} {response.detail or ''}" for response in incident.response)
    yield _prose(kb, incident)


def _prose(kb: KnowledgeBase, record: Record) -> str:
    """The narrative as its reader sees it: links by their text, no citations, no addresses."""
    body = record.body
    if "[" in body:
        body = RECORD_LINK.sub(lambda link: _link_text(kb, link), CITATION.sub("", body))
    return _URL.sub(" ", body) if "://" in body else body


def _link_text(kb: KnowledgeBase, link: re.Match[str]) -> str:
    target = link.group(1)
    if link.group(2):
        return " ".join(link.group(2).split())
    for records in (kb.actor_by_id, kb.software_by_id):
        if target in records:
            return records[target].name
    return target


def _other_names(record: Actor | Software) -> tuple[str, ...]:
    """The names besides the record's own that we hold to be its, each once, in the order of the record."""
    names = {
        fold_name(claim.name): claim.name
        for claim in reversed(record.names)
        if claim.relation is not NameRelation.DISPUTED
    }
    names.pop(fold_name(record.name), None)
    return tuple(reversed(names.values()))


def _disputed_names(record: Actor | Software) -> tuple[str, ...]:
    """The names that we do not hold to be the record's, though somebody does."""
    held = {fold_name(name) for name in (record.name, *_other_names(record))}
    names = {fold_name(claim.name): claim.name for claim in reversed(record.names)}
    return tuple(name for folded, name in reversed(names.items()) if folded not in held)


def _note(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _clip(text: str) -> str:
    """A summary of no more than a few lines, cut between words."""
    return text if len(text) <= _SUMMARY else f"{text[:_SUMMARY].rpartition(' ')[0]} …"
