"""Actors as STIX intrusion sets, software as malware and tools: the objects that many bundles hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from threatbrief.model import Actor, NameClaim, Software, highest
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import CREDIBILITY_WORDS, NameRelation, SoftwareType
from threatbrief.outputs.stix_ids import day_end, day_start
from threatbrief.outputs.stix_issuer import Issuer, Roles, attack_reference, source_references
from threatbrief.outputs.stix_objects import (
    Encoded,
    ExternalReference,
    IntrusionSet,
    Malware,
    Note,
    Relationship,
    Tool,
    encode_object,
)

_ALIASES: Final = frozenset({NameRelation.SAME_AS, NameRelation.FORMERLY})
"""The relations that make a name an alias; the others are told in notes."""

_RELATIONS: Final = {
    NameRelation.OVERLAPS: "overlaps with this actor",
    NameRelation.SUBGROUP: "is a subgroup of this actor",
    NameRelation.DISPUTED: "is disputed for this actor",
}


def intrusion_set(issuer: Issuer, actor: Actor) -> IntrusionSet:
    """An actor as an object of ours; ATT&CK's group is an external reference, by its id."""
    stamp = issuer.stamp(actor)
    active = actor.active
    motivations = _motivations(issuer, actor)
    return IntrusionSet(
        issuer.envelope(stamp, "intrusion-set", "intrusion-set", issuer.marking(actor)),
        name=actor.name,
        description=actor.summary,
        aliases=alias_names(actor.name, actor.names),
        first_seen=day_start(active.start.first) if active and active.start else None,
        last_seen=day_end(active.end.last) if active and active.end else None,
        primary_motivation=motivations[0] if motivations else None,
        secondary_motivations=motivations[1:],
        external_references=_references(issuer, actor),
    )


def intrusion_set_id(issuer: Issuer, actor: Actor) -> str:
    """The id of the actor's intrusion set."""
    return issuer.actor_id(actor)


def software_object(issuer: Issuer, software: Software) -> Malware | Tool:
    """A piece of software as a malware family or a tool."""
    kind = "malware" if software.type is SoftwareType.MALWARE else "tool"
    envelope = issuer.envelope(issuer.stamp(software), kind, kind, issuer.marking(software))
    aliases, references = alias_names(software.name, software.names), _references(issuer, software)
    if kind == "tool":
        return Tool(
            envelope,
            name=software.name,
            description=software.summary,
            aliases=aliases,
            external_references=references,
        )
    return Malware(
        envelope,
        name=software.name,
        description=software.summary,
        malware_types=software.malware_types,
        aliases=aliases,
        external_references=references,
    )


def actor_context(issuer: Issuer, actor: Actor) -> Iterator[Encoded]:
    """What we hold of an actor besides its intrusion set: origins, sponsors and names that are claims."""
    for claim in _origins(issuer, actor):
        yield encode_object(claim)
    for country in dict.fromkeys(claim.country for claim in actor.suspected_country):
        yield issuer.country(country)
    for note in (*_sponsor_notes(issuer, actor), *_name_notes(issuer, actor)):
        yield encode_object(note)
    group = issuer.reference.group(actor.attack_id) if actor.attack_id else None
    if group and group.uuid:
        own_id, theirs = intrusion_set_id(issuer, actor), f"intrusion-set--{group.uuid}"
        said = f"ATT&CK's group {group.id} {group.name}."
        yield encode_object(
            issuer.relate(issuer.stamp(actor), own_id, "related-to", theirs, description=said)
        )


def alias_names(name: str, claims: Iterable[NameClaim]) -> tuple[str, ...]:
    """The other names that are held to mean the same, each in its first spelling, in the record's order."""
    spellings = {fold_name(name): name}
    for claim in claims:
        if claim.relation in _ALIASES:
            spellings.setdefault(fold_name(claim.name), claim.name)
    return tuple(spellings.values())[1:]


def grade_words(credibility: int | None) -> str:
    """` Credibility 2: probably true.`, or nothing."""
    return f" Credibility {credibility}: {CREDIBILITY_WORDS[credibility]}." if credibility else ""


def _motivations(issuer: Issuer, actor: Actor) -> tuple[str, ...]:
    found = (issuer.reference.motivation(slug) for slug in actor.motivations)
    return tuple(dict.fromkeys(motivation.stix for motivation in found if motivation and motivation.stix))


def _references(issuer: Issuer, record: Actor | Software) -> tuple[ExternalReference, ...]:
    folder = "actors" if isinstance(record, Actor) else "software"
    page = ExternalReference(
        issuer.site.site_name, url=issuer.site.url(f"{folder}/{record.slug}/"), external_id=record.id
    )
    attack = (attack_reference(record.attack_id),) if record.attack_id else ()
    return (*attack, page, *source_references(record.sources).values())


def _origins(issuer: Issuer, actor: Actor) -> Iterator[Relationship]:
    """`originates-from` for each suspected country, with everybody who says so."""
    stamp, sources = issuer.stamp(actor), source_references(actor.sources)
    own_id = intrusion_set_id(issuer, actor)
    for country in dict.fromkeys(claim.country for claim in actor.suspected_country):
        claims = [claim for claim in actor.suspected_country if claim.country == country]
        said = " ".join(
            f"Suspected by {c.by}.{grade_words(c.credibility)}{f' {c.note}' if c.note else ''}"
            for c in claims
        )
        cited = dict.fromkeys(source for claim in claims for source in claim.sources)
        yield issuer.relate(
            stamp,
            own_id,
            "originates-from",
            issuer.country(country).id,
            tlp=highest(*(claim.tlp for claim in claims)),
            description=said,
            references=tuple(sources[name] for name in cited if name in sources),
        )


def _sponsor_notes(issuer: Issuer, actor: Actor) -> Iterator[Note]:
    stamp, sources = issuer.stamp(actor), source_references(actor.sources)
    own_id = intrusion_set_id(issuer, actor)
    roles = Roles()
    for claim in actor.sponsor:
        said = f"{claim.by} names {claim.name} as the sponsor.{grade_words(claim.credibility)}"
        yield Note(
            issuer.envelope(stamp, "note", roles.take(f"note/sponsor/{claim.by}/{claim.name}"), claim.tlp),
            abstract=f"Suspected sponsor: {claim.name}",
            content=f"{said} {claim.note}" if claim.note else said,
            authors=(claim.by,),
            object_refs=(own_id,),
            external_references=tuple(sources[name] for name in claim.sources if name in sources),
        )


def _name_notes(issuer: Issuer, actor: Actor) -> Iterator[Note]:
    """Names that somebody disputes, or that mean a part or a neighbour of this actor."""
    stamp, sources = issuer.stamp(actor), source_references(actor.sources)
    own_id = intrusion_set_id(issuer, actor)
    roles = Roles()
    for claim in actor.names:
        if claim.relation in _ALIASES:
            continue
        by = f" according to {claim.by}" if claim.by else ""
        said = f"The name {claim.name} {_RELATIONS[claim.relation]}{by}.{grade_words(claim.credibility)}"
        role = roles.take(f"note/name/{claim.relation.value}/{claim.by or ''}/{fold_name(claim.name)}")
        yield Note(
            issuer.envelope(stamp, "note", role, claim.tlp),
            abstract=f"Name {claim.name}: {claim.relation.value}",
            content=f"{said} {claim.note}" if claim.note else said,
            authors=(claim.by,) if claim.by else (),
            object_refs=(own_id,),
            external_references=tuple(sources[name] for name in claim.sources if name in sources),
        )
