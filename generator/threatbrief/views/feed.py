"""Every feed of the site: its name, its addresses, and what it carries.

A feed is a stream of entries, oldest first; threatbrief.views.feed_document cuts it into documents.
What stands here is a contract: a published feed keeps its key and its addresses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, facet_folder, is_carried
from threatbrief.model import Actor, Incident, Software, format_instant
from threatbrief.model.vocab import IncidentKind
from threatbrief.reference import load_reference
from threatbrief.views.feed_entry import (
    CorrectionSlot,
    Form,
    Slot,
    correction_slots,
    guid_base,
)
from threatbrief.views.incident import words

NEWEST: Final = 50
"""How many entries the first document of a feed holds at most."""

MEDIA_TYPES: Final = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
OPML_PATH: Final = "feeds/opml.xml"

_FILES: Final = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}
_ALL_FORMATS: Final = ("rss", "atom", "json")


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A format of a feed and its address, relative to the site's root."""

    format: str
    path: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]


class Archive(StrEnum):
    """What the archives of a feed hold: entries as they are, or `in_short`."""

    NONE = "none"
    SHORT = "short"
    FULL = "full"


Slots = Callable[[], Sequence[Slot | CorrectionSlot | None]]


@dataclass(frozen=True)
class Feed:
    """A feed. Its id is made of `key`; `home` is the address of the page that it belongs to.

    `former` are addresses at which it answers too, because its record was called so once. `slots`
    gives the places of its entries, oldest first, with None where an entry moved on to a later slot;
    `count` says how many entries that are, and `unit` what one of them is. A feed without an archive
    holds its newest entries only.
    """

    key: str
    group: str
    name: str
    about: str
    home: str
    files: tuple[FeedFile, ...]
    count: int
    slots: Slots = field(repr=False)
    unit: str = "brief"
    former: tuple[FeedFile, ...] = ()
    archive: Archive = Archive.NONE

    def stamp_parts(self) -> object:
        """What is known of the feed without its entries."""
        return self.key, self.group, self.name, self.about, self.home, self.count, self.unit, self.former

    def title(self, site: SiteConfig) -> str:
        """The feed's own title: the site's name for the feed of all briefs, else with the feed's after it."""
        return site.site_name if self.key == "feeds/all" else f"{site.site_name}: {self.name}"


def site_feeds(kb: KnowledgeBase, site: SiteConfig) -> tuple[Feed, ...]:
    """Every feed of the site, in the order in which the page of feeds and the OPML list them.

    Nothing but names and counts is worked out here, once for all who ask; `slots` does the rest.
    """
    return kb.remember(("site feeds", site), _site_feeds, kb, site)


def _site_feeds(kb: KnowledgeBase, site: SiteConfig) -> tuple[Feed, ...]:
    return tuple(_Room(kb, site).feeds())


def feeds_by_page(kb: KnowledgeBase, feeds: Iterable[Feed]) -> Mapping[str, tuple[Feed, ...]]:
    """Address of a page → the feeds that concern it beside those of the whole site (for autodiscovery).

    An incident's page has the feeds of the actors it may be the work of; a page that is not in here
    has none of its own.
    """
    found: dict[str, tuple[Feed, ...]] = {}
    for feed in feeds:
        found[feed.home] = (*found.get(feed.home, ()), feed)
    for actor in kb.actors:
        ours = found.get(f"actors/{actor.slug}/", ())
        for row in kb.involvements(actor):
            address = f"incidents/{row.incident.slug}/"
            found[address] = (*found.get(address, ()), *ours)
    return found


def feed_addresses(kb: KnowledgeBase, site: SiteConfig) -> frozenset[str]:
    """Every address at which a feed answers, former ones included; none of them may ever vanish."""
    files = (file for feed in site_feeds(kb, site) for file in (*feed.files, *feed.former))
    return frozenset(file.path for file in files)


def changed_feeds(changed: Iterable[str], kb: KnowledgeBase, site: SiteConfig) -> tuple[str, ...]:
    """The URLs of the feeds among changed files: the topics of which a WebSub hub is to be told.

    `changed` are addresses relative to the site's root. Archives are no topics.
    """
    wanted = frozenset(changed)
    files = (file for feed in site_feeds(kb, site) for file in feed.files)
    return tuple(site.url(file.path) for file in files if file.path in wanted)


class _Room:
    """The feeds of a knowledge base."""

    def __init__(self, kb: KnowledgeBase, site: SiteConfig) -> None:
        self._kb, self._site = kb, site
        self._made_slots: dict[Form, Sequence[Slot]] = {}

    def feeds(self) -> Iterator[Feed]:
        yield from (self._all(), self._updates(), self._corrections())
        yield from (self._actor(actor) for actor in self._kb.actors)
        yield from (self._software(software) for software in self._kb.software)
        yield from self._sectors()
        yield from self._countries()
        yield from self._techniques()
        yield from self._kinds()

    @cached_property
    def _carried(self) -> tuple[Incident, ...]:
        """Every incident that feeds speak of, in the order of publication, oldest first."""
        carried = (incident for incident in self._kb.incidents if is_carried(incident))
        return tuple(sorted(carried, key=lambda i: (i.published, i.id)))

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {incident.id: place for place, incident in enumerate(self._carried)}

    @cached_property
    def _notices(self) -> Mapping[str, Mapping[str, Sequence[Incident]]]:
        """Folder → id → withdrawn incidents that stood there: their notice is for whoever read them."""
        found: dict[str, dict[str, list[Incident]]] = defaultdict(lambda: defaultdict(list))
        for trace in self._kb.traces:
            bearers = [bearer for name in trace.named for bearer in self._kb.actors_named(name)]
            actors = dict.fromkeys([trace.assessed, *(bearer.actor.id for bearer in bearers)])
            stood = {
                "actors": actors,
                "software": trace.software,
                "sectors": trace.sectors,
                "countries": trace.countries,
                "techniques": trace.techniques,
            }
            for folder, ids in stood.items():
                for record_id in ids:
                    found[folder][record_id].append(self._kb.incident_by_id[trace.incident])
        return found

    def _facets(
        self, folder: str, incidents: Mapping[str, Sequence[Incident]]
    ) -> Iterator[tuple[str, str, Sequence[Incident]]]:
        """Each key of a facet with its address and incidents; the address of one with notices alone is the
        list of its kind, since it has no page any more."""
        notices = self._notices[folder]
        for key in sorted({*incidents, *notices}):
            home = facet_folder(folder, key) if key in incidents else f"{folder}/"
            yield key, home, (*incidents.get(key, ()), *notices.get(key, ()))

    def _standing(self, incidents: Iterable[Incident]) -> Sequence[int]:
        """The places of those that feeds speak of, oldest first."""
        found = map(self._places.get, [incident.id for incident in incidents])
        return sorted([place for place in found if place is not None])

    def _slots(self, places: Iterable[int], form: Form) -> list[Slot]:
        made = self._made(form)
        return [made[place] for place in places]

    def _made(self, form: Form) -> Sequence[Slot]:
        """A slot of every incident, by its place: feeds share them."""
        if form not in self._made_slots:
            rows = zip(self._carried, self._dates, strict=True)
            self._made_slots[form] = [Slot(incident.id, form, date) for incident, date in rows]
        return self._made_slots[form]

    @cached_property
    def _dates(self) -> Sequence[str]:
        return [format_instant(incident.published) for incident in self._carried if incident.published]

    def _all(self) -> Feed:
        return Feed(
            key="feeds/all",
            group="The site",
            name="All briefs",
            about="Every brief in full.",
            home="",
            files=_files("feeds/", *_ALL_FORMATS),
            count=len(self._carried),
            slots=lambda: self._made(Form.FULL),
            archive=Archive.FULL,
        )

    def _updates(self) -> Feed:
        return Feed(
            key="feeds/updates",
            group="The site",
            name="New and updated briefs",
            about="Every brief in full; a revised one comes up again, with a note of what changed.",
            home="incidents/",
            files=(FeedFile("rss", "feeds/updates-rss.xml"),),
            count=len(self._carried),
            slots=self._update_slots,
            archive=Archive.SHORT,
        )

    def _update_slots(self) -> list[Slot | None]:
        """A slot for each publication and each revision; a brief stands in the newest one that is its own."""
        versions = [
            (at, incident.id, version)
            for incident in self._carried
            for version, at in enumerate((incident.published, *(r.at for r in incident.revisions)), 1)
        ]
        last = {incident.id: incident.version for incident in self._carried}
        slots = self._made(Form.REVISED)
        return [
            slots[self._places[incident_id]] if version == last[incident_id] else None
            for _, incident_id, version in sorted(versions)
        ]

    def _corrections(self) -> Feed:
        found = [
            slot
            for record in self._kb.records
            if is_carried(record)
            for slot in correction_slots(self._site, record)
        ]
        return Feed(
            key="feeds/corrections",
            group="The site",
            name="Corrections",
            about="Corrections, retractions and withdrawals, one entry for each.",
            home="corrections/",
            files=(FeedFile("rss", "feeds/corrections-rss.xml"),),
            count=len(found),
            unit="correction",
            slots=lambda: sorted(found, key=lambda slot: (slot.published, slot.guid)),
            archive=Archive.FULL,
        )

    def _actor(self, actor: Actor) -> Feed:
        involved = (row.incident for row in self._kb.involvements(actor))
        places = self._standing((*involved, *self._notices["actors"].get(actor.id, ())))
        former = (slug for slug in actor.formerly if slug not in self._kb.actor_by_id)
        return Feed(
            key=f"feeds/{guid_base(actor)}",
            group="Actors",
            name=actor.name,
            about=f"Briefs of what we assess, or somebody claims, to be the work of {actor.name}, in full.",
            home=f"actors/{actor.slug}/",
            files=_files(f"actors/{actor.slug}/", *_ALL_FORMATS),
            count=len(places),
            slots=lambda: self._slots(places, Form.FULL),
            former=tuple(file for slug in former for file in _files(f"actors/{slug}/", *_ALL_FORMATS)),
            archive=Archive.SHORT,
        )

    def _software(self, software: Software) -> Feed:
        return self._summaries(
            f"feeds/{guid_base(software)}",
            "Software",
            software.name,
            f"Summaries of briefs in which {software.name} was used.",
            f"software/{software.slug}/",
            (*self._kb.incidents_with(software), *self._notices["software"].get(software.id, ())),
            former=(slug for slug in software.formerly if slug not in self._kb.software_by_id),
        )

    def _sectors(self) -> Iterator[Feed]:
        for slug, home, incidents in self._facets("sectors", self._kb.by_sector):
            known = load_reference().sector(slug)
            name = known.name if known else words(slug)
            about = f"Summaries of briefs with victims in this sector: {name}."
            key, folder = f"feeds/sector/{slug}", facet_folder("sectors", slug)
            yield self._summaries(key, "Sectors", name, about, folder, incidents, home=home)

    def _countries(self) -> Iterator[Feed]:
        for code, home, incidents in self._facets("countries", self._kb.by_country):
            known = load_reference().country(code)
            name = known.name if known else code
            about = f"Summaries of briefs with victims in this country: {name}."
            key, folder = f"feeds/country/{code}", facet_folder("countries", code)
            yield self._summaries(key, "Countries", name, about, folder, incidents, home=home)

    def _techniques(self) -> Iterator[Feed]:
        for technique_id, home, incidents in self._facets("techniques", self._kb.by_technique):
            known = load_reference().technique(technique_id)
            name = f"{technique_id} {known.name}" if known else technique_id
            about = f"Summaries of briefs that report {name}, or to which we mapped it."
            key, folder = f"feeds/technique/{technique_id}", facet_folder("techniques", technique_id)
            yield self._summaries(key, "Techniques", name, about, folder, incidents, home=home)

    def _kinds(self) -> Iterator[Feed]:
        """One of each kind, there is a brief of it or not: the vocabulary is closed."""
        for kind in IncidentKind:
            name = words(kind.value).capitalize()
            about = f"Summaries of briefs of this kind: {words(kind.value)}."
            folder = f"incidents/kind/{kind.value}/"
            incidents = self._kb.by_kind.get(kind.value, ())
            yield self._summaries(f"feeds/kind/{kind.value}", "Kinds", name, about, folder, incidents)

    def _summaries(
        self,
        key: str,
        group: str,
        name: str,
        about: str,
        folder: str,
        incidents: Iterable[Incident],
        *,
        former: Iterable[str] = (),
        home: str = "",
    ) -> Feed:
        places = self._standing(incidents)
        room = folder.split("/", 1)[0]
        return Feed(
            key=key,
            group=group,
            name=name,
            about=about,
            home=home or folder,
            files=_files(folder, "rss"),
            count=len(places),
            slots=lambda: self._slots(places[-NEWEST:], Form.SHORT),
            former=tuple(file for slug in former for file in _files(f"{room}/{slug}/", "rss")),
        )


def _files(folder: str, *formats: str) -> tuple[FeedFile, ...]:
    return tuple(FeedFile(name, folder + _FILES[name]) for name in formats)
