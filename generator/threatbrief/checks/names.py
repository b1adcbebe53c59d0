"""N: who carries which name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.subject import Corpus, Subject
from threatbrief.knowledge import NameBearer
from threatbrief.model import Actor, Software, Tlp, highest
from threatbrief.model.names import fold_name
from threatbrief.model.origin import Location
from threatbrief.model.vocab import NameRelation
from threatbrief.reference import Group


def check_actor_collisions(corpus: Corpus) -> Iterator[Finding]:
    for folded, bearers in corpus.kb.bearers.items():
        ours = [bearer for bearer in bearers if bearer.is_ours]
        for bearer in ours[1:]:
            first = ours[0].actor
            name, location = _spelling(bearer, folded)
            if not bearer.actor.origin.is_sound(*location[:2], "relation"):
                continue
            message = f"{name!r} is also a name of {first.id} ({first.origin.path})"
            yield from Subject(bearer.actor, corpus).at(location, message, quotes=_marking(first, folded))


def _spelling(bearer: NameBearer, folded: str) -> tuple[str, Location]:
    """The name as an actor's record has it, and where."""
    actor = bearer.actor
    for index, claim in enumerate(actor.names):
        if fold_name(claim.name) == folded and claim.relation is not NameRelation.DISPUTED:
            return claim.name, ("names", index, "name")
    return actor.name, ("name",)


def _marking(record: Actor | Software, folded: str) -> Tlp:
    """The marking under which a record tells that it has a name."""
    if fold_name(record.name) == folded:
        return record.tlp
    labels = (claim.tlp for claim in record.names if fold_name(claim.name) == folded)
    return highest(record.tlp, *labels)


def check_software_collisions(corpus: Corpus) -> Iterator[Finding]:
    bearers = corpus.kb.bearers
    for software in corpus.kb.software:
        names: dict[str, tuple[str, Location]] = {fold_name(software.name): (software.name, ("name",))}
        for index, claim in enumerate(software.names):
            if claim.relation is not NameRelation.DISPUTED:
                names.setdefault(fold_name(claim.name), (claim.name, ("names", index, "name")))
        for folded, (name, location) in names.items():
            ours = [bearer.actor for bearer in bearers.get(folded, ()) if bearer.is_ours]
            if ours:
                message = f"{name!r} is also a name of the actor {ours[0].id} ({ours[0].origin.path})"
                quotes = _marking(ours[0], folded)
                yield from Subject(software, corpus).at(location, message, quotes=quotes)


def check_revoked_group(subject: Subject) -> Iterator[Finding]:
    if subject.actor and subject.actor.attack_id:
        group = subject.reference.group(subject.actor.attack_id)
        if group and group.revoked_by:
            successor = subject.reference.group(group.revoked_by)
            hint = f"its successor is {group.revoked_by}" + (f", {successor.name}" if successor else "")
            yield from subject.at(("attack_id",), f"ATT&CK revoked {group.id} ({group.name})", hint)
    if subject.software and subject.software.attack_id:
        entry = subject.reference.software(subject.software.attack_id)
        if entry and entry.revoked_by:
            hint = f"its successor is {entry.revoked_by}"
            yield from subject.at(("attack_id",), f"ATT&CK revoked {entry.id} ({entry.name})", hint)


def check_unrecorded(subject: Subject) -> Iterator[Finding]:
    bearers = subject.corpus.kb.bearers
    for index, claim in enumerate(subject.incident.attribution if subject.incident else ()):
        if fold_name(claim.named) not in bearers:
            hint = subject.corpus.known_names(subject.record.tlp).suggest(claim.named)
            message = f"no actor record carries the name {claim.named!r}"
            yield from subject.at(("attribution", index, "named"), message, hint)


def check_revoked_names(subject: Subject) -> Iterator[Finding]:
    """A name that ATT&CK had for a group which it merged into another since."""
    if not subject.actor:
        return
    told: set[str] = set()
    for index, claim in enumerate(subject.actor.names):
        if claim.relation is not NameRelation.SAME_AS or (folded := fold_name(claim.name)) in told:
            continue
        for group in subject.reference.actor_names.get(folded, ()):
            if isinstance(group, Group) and group.revoked_by and fold_name(group.name) == folded:
                told.add(folded)
                message = f"{claim.name!r} was a group of its own in ATT&CK, {group.id}, until it was revoked"
                hint = f"write relation: formerly if it became {group.revoked_by}, or what it is"
                yield from subject.at(("names", index, "name"), message, hint)


def check_attack_id_twice(corpus: Corpus) -> Iterator[Finding]:
    for records in (corpus.kb.actors, corpus.kb.software):
        first: dict[str, Actor | Software] = {}
        for record in records:
            if not record.attack_id:
                continue
            other = first.setdefault(record.attack_id, record)
            if other is not record:
                message = f"{record.attack_id} is {other.id} too ({other.origin.path})"
                yield from Subject(record, corpus).at(("attack_id",), message, quotes=other.tlp)


CHECKS: Final = (
    Check(
        "N101",
        "error",
        "actor-name-collision",
        "Two records that both claim a name settle a dispute in silence; readers take them for one group.",
        "state which record means it: relation: disputed on the others",
        of_corpus=check_actor_collisions,
    ),
    Check(
        "N102",
        "warning",
        "software-name-collision",
        "A group and its malware often share a name in reports; readers cannot tell which is meant.",
        "rename one, mark the name relation: disputed, or silence this with the reason",
        of_corpus=check_software_collisions,
    ),
    Check(
        "N103",
        "warning",
        "revoked-attack-id",
        "ATT&CK merged the entry into another.",
        "use the successor's id",
        of_record=check_revoked_group,
    ),
    Check(
        "N104",
        "note",
        "name-without-record",
        "The claim stands, but leads to no actor's page.",
        "write an actor record that carries the name, if it matters",
        of_record=check_unrecorded,
    ),
    Check(
        "N105",
        "note",
        "name-of-revoked-group",
        "Older reports mean by it a group that ATT&CK no longer tells apart.",
        "write relation: formerly",
        of_record=check_revoked_names,
    ),
    Check(
        "N106",
        "warning",
        "attack-id-twice",
        "ATT&CK has one entry for it: two records of ours split what is known.",
        "make one record of the two, or take the id out of one",
        of_corpus=check_attack_id_twice,
    ),
)
