"""Who did it, in STIX: `attributed-to`, every claim as a note, contests as opinions.

Attribution is campaign → intrusion set (STIX 2.1, section 4.2.3). `confidence` comes from analytic
confidence and nothing else; likelihood is told in words, in a sentence of its own (ICD 203).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Claim, Incident, highest
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import Confidence, find_band
from threatbrief.outputs.stix_actors import grade_words, intrusion_set_id
from threatbrief.outputs.stix_issuer import Issuer, Roles, Stamp
from threatbrief.outputs.stix_objects import ExternalReference, IntrusionSet, Note, Opinion, Relationship

CONFIDENCE: Final = {Confidence.LOW: 15, Confidence.MODERATE: 50, Confidence.HIGH: 85}
"""STIX 2.1, Appendix A: the scale None / Low / Med / High."""

_References = Mapping[str, ExternalReference]


@dataclass(frozen=True, slots=True)
class Suspect:
    """One answer to who it was: an actor of ours, or a name that no actor of ours carries."""

    target: str
    actor: Actor | None
    name: str
    claims: tuple[Claim, ...]
    assessed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim, and the actors that it may mean by the id of their intrusion sets, our assessment first."""

    claim: Claim
    actors: Mapping[str, Actor]


def read_claims(kb: KnowledgeBase, issuer: Issuer, incident: Incident) -> tuple[Reading, ...]:
    """The claims of an incident, each with whom it may mean."""
    return tuple(
        Reading(claim, {intrusion_set_id(issuer, actor): actor for actor in kb.claimed_actors(claim)})
        for claim in incident.attribution
    )


def suspects(
    kb: KnowledgeBase, issuer: Issuer, incident: Incident, readings: tuple[Reading, ...]
) -> tuple[Suspect, ...]:
    """The actor that we assess, else every actor that a claim may mean, in the order of the claims."""
    assessment = incident.assessment
    actor = kb.actor_by_id.get(assessment.actor) if assessment else None
    if actor:
        target = intrusion_set_id(issuer, actor)
        claims = tuple(reading.claim for reading in readings if target in reading.actors)
        return (Suspect(target, actor, actor.name, claims, assessed=True),)
    found: dict[str, Suspect] = {}
    for reading in readings:
        named = reading.claim.named
        bare = {issuer.object_id("intrusion-set", incident.id, f"intrusion-set/{fold_name(named)}"): None}
        for target, bearer in (reading.actors or bare).items():
            before = found[target].claims if target in found else ()
            name = bearer.name if bearer else named
            found[target] = Suspect(target, bearer, name, (*before, reading.claim))
    return tuple(found.values())


def named_intrusion_set(issuer: Issuer, stamp: Stamp, suspect: Suspect) -> IntrusionSet:
    """The intrusion set of a name that only claims use."""
    marking = highest(*(claim.tlp for claim in suspect.claims))
    role = f"intrusion-set/{fold_name(suspect.name)}"
    return IntrusionSet(issuer.envelope(stamp, "intrusion-set", role, marking), name=suspect.name)


def attribution(
    issuer: Issuer, stamp: Stamp, incident: Incident, campaign: str, suspect: Suspect, sources: _References
) -> Relationship:
    """`attributed-to`; with a confidence only where the publisher assesses."""
    assessment = incident.assessment
    if suspect.assessed and assessment:
        said, cited = _assessment_words(incident), assessment.sources
        confidence, marking = CONFIDENCE[assessment.confidence], assessment.tlp
    else:
        claimants = "; ".join(dict.fromkeys(claim.by for claim in suspect.claims))
        said, confidence = f"Named by {claimants}. The publisher makes no assessment of its own.", None
        cited = tuple(dict.fromkeys(source for claim in suspect.claims for source in claim.sources))
        marking = highest(*(claim.tlp for claim in suspect.claims))
    return issuer.relate(
        stamp,
        campaign,
        "attributed-to",
        suspect.target,
        tlp=marking,
        description=said,
        confidence=confidence,
        references=tuple(sources[name] for name in cited if name in sources),
    )


def _assessment_words(incident: Incident) -> str:
    assessment = incident.assessment
    if not assessment or not assessment.likelihood:
        return assessment.why if assessment else ""
    band = find_band(assessment.likelihood.value)
    span = f" ({band.low} to {band.high}%)" if band else ""
    return f"Likelihood: {assessment.likelihood.value}{span}. {assessment.why}"


def claim_notes(
    issuer: Issuer, stamp: Stamp, readings: tuple[Reading, ...], campaign: str, sources: _References
) -> Iterator[Note]:
    """Every claim in its maker's words, about the campaign and the intrusion sets that it may mean."""
    roles = Roles()
    for reading in readings:
        claim = reading.claim
        role = roles.take(f"note/claim/{claim.by}/{fold_name(claim.named)}")
        yield Note(
            issuer.envelope(stamp, "note", role, claim.tlp),
            abstract=f"{claim.by}: {claim.named}",
            content=_claim_words(claim),
            authors=(claim.by,),
            object_refs=(campaign, *reading.actors),
            external_references=tuple(sources[name] for name in claim.sources if name in sources),
        )


def opinions(
    issuer: Issuer, stamp: Stamp, readings: tuple[Reading, ...], attributions: tuple[Relationship, ...]
) -> Iterator[Opinion]:
    """How each claim of a contested attribution stands to each `attributed-to`.

    A claim that can only mean the actor agrees, one that can only mean others disagrees, and one whose
    name several actors carry is neutral. A name that no actor of ours carries tells nothing.
    """
    roles = Roles()
    for reading in readings:
        claim = reading.claim
        for relationship in attributions if reading.actors else ():
            role = roles.take(f"opinion/{claim.by}/{fold_name(claim.named)}/{relationship.target_ref}")
            yield Opinion(
                issuer.envelope(stamp, "opinion", role, claim.tlp),
                explanation=f"{claim.by} names {claim.named}.",
                authors=(claim.by,),
                opinion=_stance(relationship.target_ref, reading.actors),
                object_refs=(relationship.id,),
            )


def _stance(target: str, meant: Mapping[str, Actor]) -> str:
    if target not in meant:
        return "disagree"
    return "agree" if len(meant) == 1 else "neutral"


def _claim_words(claim: Claim) -> str:
    when = f" ({claim.date.text})" if claim.date else ""
    said = [f"{claim.by} names {claim.named}{when}."]
    if claim.stated:
        said.append(f"Likelihood as stated: {claim.stated}.")
    if grade := grade_words(claim.credibility):
        said.append(grade.strip())
    if claim.note:
        said.append(claim.note)
    return " ".join(said)
