"""An incident as a MISP event: who says who did it, indicators, victims, timeline, sources, a report.

`to_ids` is set for indicators that are active and fit to detect with, and for nothing else. Values
correlate where a match means something: indicators, vulnerabilities and named victims.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Claim, Incident, Indicator, PartialDate, Software, Source, Sourced, Tlp
from threatbrief.model import Event as TimelineEvent
from threatbrief.model.ids import derive_uuid
from threatbrief.model.vocab import IndicatorState, IndicatorUse, Status, find_band
from threatbrief.outputs.misp_clusters import ClusterFinder, tags_of
from threatbrief.outputs.misp_report import report_text
from threatbrief.outputs.misp_wire import (
    Attribute,
    Cluster,
    Event,
    EventReport,
    MispObject,
    Organisation,
    Tag,
    Template,
)
from threatbrief.outputs.misp_withdrawn import revoke
from threatbrief.outputs.misp_words import (
    CONFIDENCE_TAGS,
    CREDIBILITY_TAGS,
    RELIABILITY_TAGS,
    TLP_TAGS,
    claim_text,
    clip,
    indicator_text,
    interval,
    is_shared,
    likelihood_tag,
    misp_type,
    stamp,
    unique,
)
from threatbrief.reference import Country, load_reference
from threatbrief.views.common import marking_of
from threatbrief.views.misp import event_uuid

_INCIDENT: Final = Template("incident", "misc", "An incident", "38597424-f9bb-4865-9b4b-819172df0334", "1")
_CLAIM: Final = Template(
    "intrusion-set", "misc", "An attribution", "bfe96eae-e37a-4ecf-8012-1cdb478571a5", "1"
)
_VICTIM: Final = Template("victim", "misc", "Whom it hit", "a8806e40-39ad-435f-be02-ac2a13d6fc7d", "10")
_DATED: Final = Template(
    "temporal-event", "misc", "A dated event", "d79f2d25-2937-44d3-a6d4-2f36f2505448", "2"
)
_COIN: Final = Template("coin-address", "financial", "A wallet", "d0e6997e-78da-4815-a6a1-cfc1c1cb8a46", "7")


class EventMaker:
    """Makes the events of one site; what events share is made once."""

    def __init__(self, kb: KnowledgeBase, site: SiteConfig) -> None:
        self._kb = kb.listed
        self._site = site
        self.clusters = ClusterFinder(self._kb, site)
        publisher = derive_uuid(site.authority, "publisher", "misp/organisation")
        self._orgc = Organisation(site.publisher.name, publisher)

    def event(self, incident: Incident) -> Event:
        """The event of an incident; one that was withdrawn says no more than that, see `revoke`."""
        draft = _Draft(self._kb, self._site, self.clusters, incident)
        event = draft.event(self._orgc)
        if incident.status is Status.WITHDRAWN:
            return revoke(event, incident, TLP_TAGS[draft.marking])
        return event

    def outline(self, incident: Incident) -> tuple[Event, tuple[str, ...]]:
        """The event without its parts, and their values: what lists of events need, for a fourth of the
        cost."""
        if incident.status is Status.WITHDRAWN:
            event = self.event(incident)
            return event, event.values
        draft = _Draft(self._kb, self._site, self.clusters, incident)
        return draft.head(self._orgc, tuple(self.clusters.of_incident(incident))), tuple(draft.values())


class _Draft:
    """One incident on its way to its event: its marking, its instant, and the UUIDs taken so far."""

    def __init__(
        self, kb: KnowledgeBase, site: SiteConfig, clusters: ClusterFinder, incident: Incident
    ) -> None:
        self._kb = kb
        self._site = site
        self._clusters = clusters
        self._incident = incident
        self._publishers = {source.id: source.publisher for source in incident.sources}
        self._reliability = {source.id: source.reliability for source in incident.sources}
        self._cited_by: dict[tuple[str, ...], str] = {}
        self.marking = marking_of(incident)
        self.stamp = stamp(incident)

    def uuid(self, role: str) -> str:
        return derive_uuid(self._site.authority, self._incident.id, f"misp/{role}")

    def event(self, orgc: Organisation) -> Event:
        incident = self._incident
        clusters = tuple(self._clusters.of_incident(incident))
        indicators = [self._indicator(indicator) for indicator in unique(incident.indicators, _by_value)]
        return self.head(orgc, clusters)._replace(
            galaxies=self._clusters.galaxies(clusters),
            attributes=(
                *self._links(),
                *(found for found in indicators if not found.object_relation),
                *self._vulnerabilities(),
                *self._unclustered(),
            ),
            objects=(
                self._about(),
                *self._claims(),
                *self._victims(),
                *self._coins(indicators),
                *self._timeline(),
            ),
            reports=(
                EventReport(
                    self.uuid("report"),
                    clip(incident.title),
                    report_text(self._kb, self._site, incident),
                    self.stamp,
                ),
            ),
        )

    def head(self, orgc: Organisation, clusters: Iterable[Cluster]) -> Event:
        """The event without its parts."""
        incident = self._incident
        published = incident.status is not Status.DRAFT
        return Event(
            uuid=event_uuid(incident, self._site),
            info=clip(incident.title),
            date=incident.disclosed.first.isoformat(),
            timestamp=self.stamp,
            publish_timestamp=self.stamp if published else "0",
            published=published,
            analysis="2" if published else "1",
            threat_level_id="4",
            orgc=orgc,
            tags=tuple(dict.fromkeys((TLP_TAGS[self.marking], *tags_of(clusters)))),
        )

    def values(self) -> Iterator[str]:
        """The values of `event`, in its order."""
        incident = self._incident
        indicators = list(unique(incident.indicators, _by_value))
        coins = [indicator.value for indicator in indicators if misp_type(indicator)[2]]
        yield self._page
        yield from (value for _, value in self._cited_sources())
        yield from (found.value for found in indicators if not (coins and misp_type(found)[2]))
        yield from (found.id for found in unique(incident.vulnerabilities, attrgetter("id")))
        yield from (found.name for found in self._unclustered_software())
        yield from self._unclustered_techniques()
        yield from (incident.title, incident.summary)
        yield from (claim.named for claim in incident.attribution)
        if given := incident.assessment:
            yield self._name_of(given.actor)
        yield from dict.fromkeys(incident.targets.victims)
        yield from (country.name for country in self._countries())
        yield from coins
        yield _DISCLOSED
        yield from (entry.event for entry in incident.timeline)

    @property
    def _page(self) -> str:
        return self._site.url(f"incidents/{self._incident.slug}/")

    # Attributes

    def _attribute(self, role: str, kind: str, category: str, value: str, **more: Any) -> Attribute:
        return Attribute(self.uuid(f"attribute/{role}"), kind, category, value, self.stamp, **more)

    def _links(self) -> Iterator[Attribute]:
        """The brief's own address, then those of its sources, each with its Admiralty letter."""
        yield self._attribute(
            "page", "link", "External analysis", self._page, comment=f"Brief {self._incident.id}"
        )
        for source, value in self._cited_sources():
            grade = (RELIABILITY_TAGS[source.reliability],) if source.reliability else ()
            kind, comment = ("link", _source_text(source)) if source.url else ("text", "Source")
            if source.url and source.archived:
                comment += f". Archived: {source.archived}"
            tags = (*grade, *self._own_marking(source.tlp))
            role = f"source/{source.id}"
            yield self._attribute(role, kind, "External analysis", value, comment=comment, tags=tags)

    def _cited_sources(self) -> Iterator[tuple[Source, str]]:
        """Each source with its address, or with what names it; none whose value is there already."""
        taken = {self._page.casefold()}
        for source in self._incident.sources:
            value = source.url or _source_text(source)
            if (folded := value.casefold()) not in taken:
                taken.add(folded)
                yield source, value

    def _indicator(self, indicator: Indicator) -> Attribute:
        """An indicator: whether it is to be looked for, and when it was seen."""
        kind, category, relation = misp_type(indicator)
        first, last = interval(indicator.first_seen, indicator.last_seen)
        return Attribute(
            self.uuid(f"attribute/indicator/{indicator.type}/{indicator.value}"),
            kind,
            category,
            indicator.value,
            self.stamp,
            to_ids=indicator.use is IndicatorUse.DETECT and indicator.state is IndicatorState.ACTIVE,
            disable_correlation=is_shared(indicator) or None,
            comment=indicator_text(indicator) + self._cited(indicator),
            object_relation=relation,
            first_seen=first,
            last_seen=last,
            tags=self._own_marking(indicator.tlp),
        )

    def _coins(self, addresses: Iterable[Attribute]) -> Iterator[MispObject]:
        """Wallets of currencies that MISP has no attribute type for are objects."""
        for address in addresses:
            if address.object_relation:
                yield self._object(_COIN, f"coin/{address.value}", (address,))

    def _vulnerabilities(self) -> Iterator[Attribute]:
        for found in unique(self._incident.vulnerabilities, attrgetter("id")):
            yield self._attribute(
                f"vulnerability/{found.id}",
                "vulnerability",
                "External analysis",
                found.id,
                disable_correlation=None,
                comment=f"{found.note or 'Exploited'}{self._cited(found)}",
                tags=self._own_marking(found.tlp),
            )

    def _unclustered(self) -> Iterator[Attribute]:
        """Software without an ATT&CK id and techniques that our tables lack, as text."""
        for software in self._unclustered_software():
            page = self._site.url(f"software/{software.slug}/")
            kind = software.type.value.capitalize()
            role = f"software/{software.id}"
            yield self._attribute(role, "text", "Payload type", software.name, comment=f"{kind}: {page}")
        for technique_id in self._unclustered_techniques():
            role = f"technique/{technique_id}"
            yield self._attribute(role, "text", "External analysis", technique_id, comment="ATT&CK technique")

    def _unclustered_software(self) -> Iterator[Software]:
        for software_id in dict.fromkeys(self._incident.software):
            software = self._kb.software_by_id.get(software_id)
            if software and not self._clusters.of_software(software):
                yield software

    def _unclustered_techniques(self) -> Iterator[str]:
        found = dict.fromkeys(techniques_seen(self._incident))
        return (known for known in found if not self._clusters.of_technique(known))

    # Objects

    def _object(
        self, template: Template, role: str, attributes: Iterable[Attribute], **more: Any
    ) -> MispObject:
        return MispObject(
            self.uuid(f"object/{role}"),
            template.name,
            template.meta_category,
            template.description,
            template.uuid,
            template.version,
            self.stamp,
            attributes=tuple(attributes),
            **more,
        )

    def _part(self, role: str, relation: str, value: str, kind: str = "text", **more: Any) -> Attribute:
        category = _CATEGORY_OF_PART.get(kind, "Other")
        return self._attribute(role, kind, category, value, object_relation=relation, **more)

    def _about(self) -> MispObject:
        """What happened, and when it did as the object's interval."""
        incident = self._incident
        first, last = interval(
            incident.occurred.start if incident.occurred else None,
            incident.occurred.end if incident.occurred else None,
        )
        parts = (
            self._part("title", "name", incident.title),
            self._part("summary", "description", incident.summary),
        )
        occurred = f"; occurred {incident.occurred.text}" if incident.occurred else ""
        comment = f"{incident.kind.value}; disclosed {incident.disclosed.text}{occurred}"
        return self._object(_INCIDENT, "incident", parts, comment=comment, first_seen=first, last_seen=last)

    def _claims(self) -> Iterator[MispObject]:
        """Each claimant's attribution in their own name for the actor, then our assessment.

        One object a claim: as bare attributes two claimants of one name would be one to a MISP server.
        Its UUID goes by its place, so that a claim that is corrected takes the place of the wrong one.
        """
        for number, claim in enumerate(self._incident.attribution, 1):
            clusters = [c for actor in self._kb.claimed_actors(claim) for c in self._clusters.of_actor(actor)]
            comment = claim_text(claim) + self._cited(claim)
            tags = (*self._grade(claim), *self._own_marking(claim.tlp))
            yield self._claim(f"claim/{number}", claim.named, comment, clusters, tags)
        given = self._incident.assessment
        if given:
            actor = self._kb.actor_by_id.get(given.actor)
            clusters = list(self._clusters.of_actor(actor)) if actor else []
            tags = (CONFIDENCE_TAGS[given.confidence], *self._own_marking(given.tlp))
            if given.likelihood:
                tags = (likelihood_tag(given.likelihood.value), *tags)
            comment = f"Assessment by {self._site.publisher.name}: {given.why}"
            yield self._claim("assessment", self._name_of(given.actor), comment, clusters, tags)

    def _name_of(self, actor_id: str) -> str:
        actor = self._kb.actor_by_id.get(actor_id)
        return actor.name if actor else actor_id

    def _claim(
        self, role: str, named: str, comment: str, clusters: list[Cluster], tags: tuple[Tag, ...]
    ) -> MispObject:
        name = self._part(
            role,
            "name",
            named,
            tags=tuple(dict.fromkeys((*tags, *tags_of(clusters)))),
        )
        return self._object(_CLAIM, role, (name,), comment=comment)

    def _victims(self) -> Iterator[MispObject]:
        """Named victims, and the countries in which the victims are, as their ISO 3166-1 names."""
        targets = self._incident.targets
        parts = (
            *(
                self._part(f"victim/{name}", "name", name, "target-org", disable_correlation=None)
                for name in dict.fromkeys(targets.victims)
            ),
            *(
                self._part(f"country/{c.code}", "regions", c.name, "target-location", comment=c.code)
                for c in self._countries()
            ),
        )
        if parts:
            yield self._object(_VICTIM, "victims", parts)

    def _countries(self) -> Iterator[Country]:
        found = map(load_reference().country, dict.fromkeys(self._incident.targets.countries))
        return (country for country in found if country)

    def _timeline(self) -> Iterator[MispObject]:
        """The disclosure and the events of the timeline, each an interval as wide as its date is vague."""
        yield self._dated("disclosed", self._incident.disclosed, _DISCLOSED, None)
        for number, entry in enumerate(self._incident.timeline, 1):
            yield self._dated(f"timeline/{number}", entry.date, entry.event, entry)

    def _dated(self, role: str, date: PartialDate, text: str, entry: TimelineEvent | None) -> MispObject:
        first, last = interval(date, date)
        tags = self._own_marking(entry.tlp) if entry else ()
        comment = date.text + (self._cited(entry) if entry else "")
        summary = self._part(role, "summary", text, tags=tags)
        return self._object(_DATED, role, (summary,), comment=comment, first_seen=first, last_seen=last)

    # Tags and words

    def _own_marking(self, stated: Tlp | None) -> tuple[Tag, ...]:
        """The marking of a part where it is not that of the event, which is the highest of all parts."""
        own = stated or self._incident.tlp
        return (TLP_TAGS[own],) if stated or own is not self.marking else ()

    def _grade(self, claim: Claim) -> Iterator[Tag]:
        """Admiralty's letter of the best source and digit of the claim, and the likelihood stated."""
        letters = [letter for source in claim.sources if (letter := self._reliability.get(source))]
        if letters:
            yield RELIABILITY_TAGS[min(letters)]
        if claim.credibility:
            yield CREDIBILITY_TAGS[claim.credibility]
        if claim.stated and find_band(claim.stated):
            yield likelihood_tag(claim.stated)

    def _cited(self, statement: Sourced) -> str:
        """Who carries a statement, for the end of a comment."""
        cited = statement.sources
        if cited not in self._cited_by:
            names = dict.fromkeys(self._publishers[s] for s in cited if s in self._publishers)
            self._cited_by[cited] = f"; source: {', '.join(names)}" if names else ""
        return self._cited_by[cited]


def _source_text(source: Source) -> str:
    date = f" ({source.date.text})" if source.date else ""
    return f"{source.publisher}: {source.title}{date}"


_DISCLOSED: Final = "Disclosed"
_by_value = attrgetter("type", "value")
_CATEGORY_OF_PART: Final = {"target-org": "Targeting data", "target-location": "Targeting data"}
