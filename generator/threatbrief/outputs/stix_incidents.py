"""An incident as STIX objects: a report of a campaign, and everything that the record tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp, highest
from threatbrief.model.vocab import Basis
from threatbrief.outputs.stix_actors import intrusion_set, software_object
from threatbrief.outputs.stix_claims import (
    Reading,
    Suspect,
    attribution,
    claim_notes,
    named_intrusion_set,
    opinions,
    read_claims,
    suspects,
)
from threatbrief.outputs.stix_ids import MARKINGS, day_end, day_start
from threatbrief.outputs.stix_issuer import Issuer, Roles, Stamp, attack_reference, source_references
from threatbrief.outputs.stix_objects import (
    Campaign,
    CourseOfAction,
    Described,
    Encoded,
    ExternalReference,
    Identity,
    Indicator,
    Note,
    Observable,
    Relationship,
    Report,
)
from threatbrief.outputs.stix_patterns import is_fit_to_detect, observable, pattern

Found = Described | Observable | Encoded
"""An object of the record's own, or one that it shares with others, which is JSON already."""

_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Case:
    """An incident on its way to STIX: the record, whose name it goes under, and its sources as references."""

    kb: KnowledgeBase
    issuer: Issuer
    incident: Incident
    stamp: Stamp
    campaign_id: str
    sources: Mapping[str, ExternalReference]
    readings: tuple[Reading, ...]
    suspects: tuple[Suspect, ...]

    @classmethod
    def of(cls, kb: KnowledgeBase, issuer: Issuer, incident: Incident) -> Case:
        """`kb` is without withdrawn records: nothing may point to what was taken back."""
        stamp = issuer.stamp(incident)
        campaign_id = issuer.object_id("campaign", stamp.key, "campaign")
        sources = source_references(incident.sources)
        readings = read_claims(kb, issuer, incident)
        answers = suspects(kb, issuer, incident, readings)
        return cls(kb, issuer, incident, stamp, campaign_id, sources, readings, answers)

    @property
    def page(self) -> ExternalReference:
        """The brief's own page."""
        site, incident = self.issuer.site, self.incident
        return ExternalReference(site.site_name, None, site.url(f"incidents/{incident.slug}/"), incident.id)

    def cited(self, names: tuple[str, ...]) -> tuple[ExternalReference, ...]:
        return tuple(self.sources[name] for name in names if name in self.sources)

    def relate(
        self,
        kind: str,
        target: str,
        *,
        tlp: Tlp | None = None,
        description: str | None = None,
        references: tuple[ExternalReference, ...] = (),
    ) -> Relationship:
        """A relationship from the campaign."""
        return self.issuer.relate(
            self.stamp,
            self.campaign_id,
            kind,
            target,
            tlp=tlp,
            description=description,
            references=references,
        )


def core_objects(case: Case) -> Iterator[Found]:
    """Who did what to whom with what: the campaign, and what it is related to."""
    yield _campaign(case)
    yield from _attributions(case)
    yield from _targets(case)
    yield from _uses(case)


def detail_objects(case: Case) -> Iterator[Found]:
    """What only the incident's own bundle holds: detections, claims, responses, advice."""
    yield from _detections(case)
    yield from _claimed(case)
    yield from _responses(case)
    yield from _advice(case)


def report_of(case: Case, object_refs: tuple[str, ...]) -> Report:
    """The brief itself, which refers to every object of its bundle."""
    incident, site = case.incident, case.issuer.site
    points = "".join(f"\n* {point}" for point in incident.key_points)
    related = (
        ExternalReference(
            site.site_name,
            f"Related ({link.relation}){f': {link.note}' if link.note else ''}",
            site.url(f"incidents/{link.id.lower()}/"),
            link.id,
        )
        for link in incident.related
        if link.id in case.kb.incident_by_id
    )
    contested = ("contested-attribution",) if case.kb.is_contested(incident) else ()
    return Report(
        case.issuer.envelope(case.stamp, "report", "report", _highest_marking(case)),
        name=incident.title,
        description=f"{incident.summary}\n{points}" if points else incident.summary,
        report_types=("threat-report", "campaign"),
        published=case.stamp.created,
        object_refs=object_refs,
        labels=(incident.kind.value, *contested),
        external_references=(case.page, *case.sources.values(), *related),
    )


def _highest_marking(case: Case) -> Tlp:
    """The label of the bundle: the highest of the incident and of the actors and software in it."""
    actors = (suspect.actor for suspect in case.suspects)
    software = (case.kb.software_by_id.get(slug) for slug in case.incident.software)
    joined = (case.issuer.marking(record) for record in (*actors, *software) if record)
    return highest(case.issuer.marking(case.incident), *joined)


def _campaign(case: Case) -> Campaign:
    incident, occurred = case.incident, case.incident.occurred
    motivations = (case.issuer.reference.motivation(slug) for slug in incident.motivations)
    objective = ", ".join(motivation.name for motivation in motivations if motivation)
    return Campaign(
        case.issuer.envelope(case.stamp, "campaign", "campaign", case.issuer.marking(incident)),
        name=incident.title,
        description=incident.summary,
        first_seen=day_start(occurred.start.first) if occurred and occurred.start else None,
        last_seen=day_end(occurred.end.last) if occurred and occurred.end else None,
        objective=objective or None,
        labels=(incident.kind.value,),
        external_references=(case.page,),
    )


def _attributions(case: Case) -> Iterator[Found]:
    for suspect in case.suspects:
        if actor := suspect.actor:
            yield case.issuer.once("actor", actor.id, lambda a=actor: intrusion_set(case.issuer, a))  # type: ignore[misc]
        else:
            yield named_intrusion_set(case.issuer, case.stamp, suspect)
        yield _attributed(case, suspect)


def _attributed(case: Case, suspect: Suspect) -> Relationship:
    return attribution(case.issuer, case.stamp, case.incident, case.campaign_id, suspect, case.sources)


def _targets(case: Case) -> Iterator[Found]:
    issuer, incident = case.issuer, case.incident
    for slug in dict.fromkeys(incident.targets.sectors):
        sector = issuer.sector(slug)
        yield sector
        yield case.relate("targets", sector.id)
    for code in dict.fromkeys(incident.targets.countries):
        country = issuer.country(code)
        yield country
        yield case.relate("targets", country.id)
    for name in dict.fromkeys(incident.targets.victims):
        victim = Identity(issuer.envelope(case.stamp, "identity", f"victim/{name}"), name=name)
        yield victim
        yield case.relate("targets", victim.id)
    for used in {used.id: used for used in incident.vulnerabilities}.values():
        vulnerability = issuer.vulnerability(used.id)
        yield vulnerability
        yield case.relate(
            "targets",
            vulnerability.id,
            tlp=used.tlp,
            description=used.note,
            references=case.cited(used.sources),
        )


def _uses(case: Case) -> Iterator[Found]:
    """Software, and the techniques reported of or mapped from the incident; never a group's profile."""
    issuer = case.issuer
    for slug in dict.fromkeys(case.incident.software):
        if software := case.kb.software_by_id.get(slug):
            made = issuer.once("software", slug, lambda s=software: software_object(issuer, s))  # type: ignore[misc]
            yield made
            yield case.relate("uses", made.id)
    seen = (use for use in case.incident.techniques if use.basis is not Basis.GROUP_PROFILE)
    for use in {use.id: use for use in seen}.values():
        target, made_here = issuer.technique(use.id)
        if made_here:
            yield made_here
        said = f"{issuer.technique_name(use.id)} ({use.basis.value})"
        yield case.relate(
            "uses",
            target,
            tlp=use.tlp,
            description=f"{said}: {use.note}" if use.note else said,
            references=(attack_reference(use.id), *case.cited(use.sources)),
        )


def _detections(case: Case) -> Iterator[Found]:
    """Indicators that are active and meant for detection: pattern, observable and how they are related."""
    issuer, stamp = case.issuer, case.stamp
    fit = (given for given in case.incident.indicators if is_fit_to_detect(given))
    for given in {(given.type, given.value): given for given in fit}.values():
        marking = highest(given.tlp, stamp.tlp)
        seen = observable(given, MARKINGS[marking].id)
        made = Indicator(
            issuer.envelope(stamp, "indicator", f"indicator/{given.type.value}/{given.value}", marking),
            name=given.value,
            description=given.context or f"{given.type.value} of {case.incident.id}",
            indicator_types=("malicious-activity",),
            pattern=pattern(given),
            valid_from=day_start((given.first_seen or case.incident.disclosed).first),
            external_references=case.cited(given.sources),
        )
        yield made
        yield issuer.relate(stamp, made.id, "indicates", case.campaign_id, tlp=marking)
        if seen:
            yield seen
            yield issuer.relate(stamp, made.id, "related-to", seen.id, tlp=marking)


def _claimed(case: Case) -> Iterator[Found]:
    """Every claim as a note, with the intrusion sets it may mean; where they clash, opinions too."""
    issuer = case.issuer
    for reading in case.readings:
        for actor in reading.actors.values():
            yield issuer.once("actor", actor.id, lambda a=actor: intrusion_set(issuer, a))  # type: ignore[misc]
    yield from claim_notes(issuer, case.stamp, case.readings, case.campaign_id, case.sources)
    if case.kb.is_contested(case.incident):
        attributions = tuple(_attributed(case, suspect) for suspect in case.suspects)
        yield from opinions(issuer, case.stamp, case.readings, attributions)


def _responses(case: Case) -> Iterator[Note]:
    roles = Roles()
    for response in case.incident.response:
        kind = response.kind.replace("-", " ")
        by = f" by {response.by}" if response.by else ""
        when = f", {response.date.text}" if response.date else ""
        said = f"Response: {kind}{by}{when}"
        yield Note(
            case.issuer.envelope(
                case.stamp, "note", roles.take(f"note/response/{response.kind}"), response.tlp
            ),
            abstract=said,
            content=f"{said}. {response.detail}" if response.detail else f"{said}.",
            object_refs=(case.campaign_id,),
            external_references=case.cited(response.sources),
        )


def _advice(case: Case) -> Iterator[CourseOfAction]:
    roles = Roles()
    for advice in case.incident.recommendations:
        role = roles.take(f"course-of-action/{advice.mitigation or 'advice'}")
        mitigation = case.issuer.reference.mitigation(advice.mitigation) if advice.mitigation else None
        yield CourseOfAction(
            case.issuer.envelope(case.stamp, "course-of-action", role, advice.tlp),
            name=mitigation.name if mitigation else _shorten(advice.text),
            description=advice.text,
            external_references=(attack_reference(advice.mitigation),) if advice.mitigation else (),
        )


def _shorten(text: str) -> str:
    if len(text) <= _NAME_LENGTH:
        return text
    return text[:_NAME_LENGTH].rsplit(" ", 1)[0].rstrip(",;:") + " …"
