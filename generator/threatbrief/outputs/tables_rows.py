"""The rows of the tables: one record, name, use or indicator each, in the order of the knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, PartialDate, Sourced, format_instant, highest
from threatbrief.model.vocab import Basis, IndicatorState, IndicatorUse
from threatbrief.reference import load_reference
from threatbrief.views.briefs import defanger
from threatbrief.views.common import marking_of

Cell = str | int | bool | tuple[str, ...] | None
Row = tuple[Cell, ...]


def _columns(words: str) -> tuple[str, ...]:
    return tuple(words.split())


INCIDENTS: Final = _columns(
    "id title kind disclosed occurred_from occurred_to published updated version tlp actors "
    "assessed_actor confidence likelihood claims contested sectors countries victims software techniques "
    "vulnerabilities motivations indicators url"
)
ACTORS: Final = _columns(
    "id name attack_id aliases suspected_countries sponsors motivations active_from active_to incidents "
    "published updated tlp url"
)
NAMES: Final = _columns("name actor by since relation credibility contested note tlp sources url")
SOFTWARE: Final = _columns("id name type malware_types attack_id aliases incidents published updated tlp url")
TECHNIQUES: Final = _columns("technique name domains tactics basis incident note tlp sources url")
INDICATORS: Final = _columns(
    "type value use state detect first_seen last_seen context incident tlp sources url"
)


def incident_rows(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Row]:
    """A row an incident; `indicators` is their number, the indicators themselves are a table of their own."""
    for incident in kb.incidents:
        occurred, assessment, targets = incident.occurred, incident.assessment, incident.targets
        yield (
            incident.id,
            defanger(incident)(incident.title),
            incident.kind.value,
            incident.disclosed.value,
            _day(occurred.start if occurred else None),
            _day(occurred.end if occurred else None),
            _moment(incident.published),
            _moment(incident.updated),
            incident.version,
            marking_of(incident).value,
            tuple(actor.id for actor in kb.actors_of(incident)),
            assessment.actor if assessment else None,
            assessment.confidence.value if assessment else None,
            assessment.likelihood.value if assessment and assessment.likelihood else None,
            tuple(f"{claim.named} ({claim.by})" for claim in incident.attribution),
            kb.is_contested(incident),
            targets.sectors,
            targets.countries,
            targets.victims,
            incident.software,
            tuple(dict.fromkeys(techniques_seen(incident))),
            tuple(used.id for used in incident.vulnerabilities),
            incident.motivations,
            len(incident.indicators),
            site.url(f"incidents/{incident.slug}/"),
        )


def actor_rows(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Row]:
    """A row an actor; `aliases` are all its names but its own, and table `names` says who holds which."""
    for actor in kb.actors:
        active = actor.active
        yield (
            actor.id,
            actor.name,
            actor.attack_id,
            _other_names(actor.name, (claim.name for claim in actor.names)),
            tuple(dict.fromkeys(claim.country for claim in actor.suspected_country)),
            tuple(dict.fromkeys(claim.name for claim in actor.sponsor)),
            actor.motivations,
            _day(active.start if active else None),
            _day(active.end if active else None),
            len(kb.incidents_of(actor)),
            _moment(actor.published),
            _moment(actor.updated),
            marking_of(actor).value,
            site.url(f"actors/{actor.slug}/"),
        )


def name_rows(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Row]:
    """A row for each claim that an actor bears a name, and one for its own name where nobody claims it."""
    for actor in kb.actors:
        url = site.url(f"actors/{actor.slug}/")
        if all(claim.name != actor.name for claim in actor.names):
            contested = kb.is_contested_name(actor.name)
            own = (
                actor.name,
                actor.id,
                None,
                None,
                "same-as",
                None,
                contested,
                None,
                actor.tlp.value,
                (),
                url,
            )
            yield own
        for claim in actor.names:
            yield (
                claim.name,
                actor.id,
                claim.by,
                _day(claim.since),
                claim.relation.value,
                claim.credibility,
                kb.is_contested_name(claim.name),
                claim.note,
                highest(actor.tlp, claim.tlp).value,
                _source_urls(actor, claim),
                url,
            )


def software_rows(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Row]:
    """A row a piece of software; `incidents` are the ids of those it was used in, newest first."""
    for software in kb.software:
        yield (
            software.id,
            software.name,
            software.type.value,
            software.malware_types,
            software.attack_id,
            _other_names(software.name, (claim.name for claim in software.names)),
            tuple(incident.id for incident in kb.incidents_with(software)),
            _moment(software.published),
            _moment(software.updated),
            marking_of(software).value,
            site.url(f"software/{software.slug}/"),
        )


def technique_rows(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Row]:
    """A row for each technique that an incident reported or we mapped from it; no group's profile."""
    reference = load_reference()
    for incident in kb.incidents:
        safe, url = defanger(incident), site.url(f"incidents/{incident.slug}/")
        for use in incident.techniques:
            if use.basis is Basis.GROUP_PROFILE:
                continue
            technique = reference.technique(use.id)
            yield (
                use.id,
                technique.name if technique else None,
                technique.domains if technique else (),
                technique.tactics if technique else (),
                use.basis.value,
                incident.id,
                safe(use.note) or None,
                highest(incident.tlp, use.tlp).value,
                _source_urls(incident, use),
                url,
            )


def indicator_rows(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Row]:
    """A row an indicator, exact; `detect` says whether it is active and fit to detect with."""
    for incident in kb.incidents:
        url = site.url(f"incidents/{incident.slug}/")
        for given in incident.indicators:
            yield (
                given.type.value,
                given.value,
                given.use.value,
                given.state.value,
                given.use is IndicatorUse.DETECT and given.state is IndicatorState.ACTIVE,
                _day(given.first_seen),
                _day(given.last_seen),
                given.context,
                incident.id,
                highest(incident.tlp, given.tlp).value,
                _source_urls(incident, given),
                url,
            )


def _other_names(name: str, names: Iterator[str]) -> tuple[str, ...]:
    return tuple(other for other in dict.fromkeys(names) if other != name)


def _source_urls(record: Incident | Actor, stated: Sourced) -> tuple[str, ...]:
    if not stated.sources:
        return ()
    sources = (record.source(name) for name in stated.sources)
    return tuple([source.url for source in sources if source and source.url])


def _day(given: PartialDate | None) -> str | None:
    return given.value if given else None


def _moment(given: datetime | None) -> str | None:
    return format_instant(given) if given else None
