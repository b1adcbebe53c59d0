"""The publisher as the creator of STIX objects, and the objects that its records share.

A sector, a country or a CVE has one object on the whole site, whatever record names it; an object
that MITRE publishes is only referred to, by MITRE's own id, for its versions are MITRE's to make.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.model import Actor, Incident, Software, Source, Tlp, highest
from threatbrief.model.ids import derive_uuid
from threatbrief.model.vocab import Status
from threatbrief.outputs.stix_ids import MARKINGS, authority_start, day_start, instant
from threatbrief.outputs.stix_objects import (
    AttackPattern,
    Encoded,
    Envelope,
    ExternalReference,
    Identity,
    Location,
    Relationship,
    StixObject,
    Vulnerability,
    encode_object,
)
from threatbrief.reference import load_reference
from threatbrief.views.common import marking_of

AnyRecord = Incident | Actor | Software

_ATTACK_PATHS: Final = {"T": "techniques", "G": "groups", "S": "software", "M": "mitigations"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the objects of one record have in common. `key` is what their ids are derived from."""

    key: str
    created: str
    modified: str
    tlp: Tlp
    revoked: bool = False


class Roles:
    """Tells apart what would be one role of a record: the second note of one claimant on one name."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, role: str) -> str:
        """The role itself the first time, then `role/2`, `role/3`."""
        self._taken[role] += 1
        return role if self._taken[role] == 1 else f"{role}/{self._taken[role]}"


class Issuer:
    """Makes envelopes, relationships and shared objects in the name of the site's publisher.

    Ids come from (authority, key, role) alone; see threatbrief.model.ids. The shared objects carry the
    date of the authority, since no record dates them, and no marking, since they tell nothing of a case.
    """

    def __init__(self, site: SiteConfig) -> None:
        self.site = site
        self.reference = load_reference()
        self._authority = site.authority
        self._lang = None if site.language == "en" else site.language
        self._since = authority_start(site.authority)
        self._actor_ids: dict[str, str] = {}
        self._markings: dict[str, Tlp] = {}
        self._shared: dict[tuple[str, str], Encoded] = {}

    # Ids, markings and envelopes

    def object_id(self, kind: str, key: str, role: str) -> str:
        """The id of an object of ours: a type, and a UUID of (authority, key, role)."""
        return f"{kind}--{derive_uuid(self._authority, key, role)}"

    def actor_id(self, actor: Actor) -> str:
        """The id of an actor's intrusion set, which every claim that may mean it refers to."""
        if actor.id not in self._actor_ids:
            self._actor_ids[actor.id] = self.object_id("intrusion-set", record_key(actor), "intrusion-set")
        return self._actor_ids[actor.id]

    def marking(self, record: AnyRecord) -> Tlp:
        """The highest marking left in a record."""
        key = record_key(record)
        if key not in self._markings:
            self._markings[key] = marking_of(record)
        return self._markings[key]

    def envelope(self, stamp: Stamp, kind: str, role: str, tlp: Tlp | None = None) -> Envelope:
        """The envelope of a record's object, under the record's marking or a higher one of its own."""
        marking = highest(stamp.tlp, tlp)
        return Envelope(
            self.object_id(kind, stamp.key, role),
            self.publisher.id,
            stamp.created,
            stamp.modified,
            stamp.revoked or None,
            self._lang,
            MARKINGS[marking].id,
        )

    def stamp(self, record: AnyRecord) -> Stamp:
        """A record's key and instants: published and last revised, else first disclosed."""
        if record.published:
            created = instant(record.published)
        elif isinstance(record, Incident):
            created = day_start(record.disclosed.first)
        else:
            created = self._since
        modified = max(created, instant(record.updated)) if record.updated else created
        return Stamp(record_key(record), created, modified, record.tlp, record.status is Status.WITHDRAWN)

    def relate(
        self,
        stamp: Stamp,
        source: str,
        kind: str,
        target: str,
        *,
        tlp: Tlp | None = None,
        description: str | None = None,
        confidence: int | None = None,
        references: tuple[ExternalReference, ...] = (),
    ) -> Relationship:
        """A relationship that the record asserts; one of a kind between two objects in a record."""
        return Relationship(
            self.envelope(stamp, "relationship", f"relationship/{source}/{kind}/{target}", tlp),
            relationship_type=kind,
            description=description,
            source_ref=source,
            target_ref=target,
            confidence=confidence,
            external_references=references,
        )

    # Shared objects

    @cached_property
    def publisher(self) -> Encoded:
        """The identity that created everything of ours."""
        publisher = self.site.publisher
        envelope = self._shared_envelope("identity", "publisher")
        return encode_object(
            Identity(
                envelope,
                name=publisher.name,
                identity_class="organization",
                contact_information=publisher.email,
                external_references=(ExternalReference(self.site.site_name, url=self.site.site_url),),
            )
        )

    def once(self, kind: str, key: str, make: Callable[[], StixObject]) -> Encoded:
        """An object that many bundles hold, made and encoded the first time it is asked for."""
        found = self._shared.get((kind, key))
        if found is None:
            found = self._shared[kind, key] = encode_object(make())
        return found

    def sector(self, slug: str) -> Encoded:
        """A sector as a class of identities, with its word of industry-sector-ov where one fits."""
        return self.once("sector", slug, lambda: self._sector(slug))

    def country(self, code: str) -> Encoded:
        """The location of an ISO 3166-1 alpha-2 code."""
        return self.once("country", code, lambda: self._country(code))

    def vulnerability(self, cve: str) -> Encoded:
        """The vulnerability of a CVE id."""
        return self.once("vulnerability", cve, lambda: self._vulnerability(cve))

    def technique(self, technique_id: str) -> tuple[str, Encoded | None]:
        """MITRE's id of a technique and no object; where the table lacks it, an object of our own."""
        technique = self.reference.technique(technique_id)
        if technique and technique.uuid:
            return f"attack-pattern--{technique.uuid}", None
        made = self.once("technique", technique_id, lambda: self._technique(technique_id))
        return made.id, made

    def technique_name(self, technique_id: str) -> str:
        """`T1566.002 Phishing: Spearphishing Link`, or the bare id of one that the table lacks."""
        technique = self.reference.technique(technique_id)
        return f"{technique_id} {technique.name}" if technique else technique_id

    def _sector(self, slug: str) -> Identity:
        sector = self.reference.sector(slug)
        return Identity(
            self._shared_envelope("identity", f"sector/{slug}"),
            name=sector.name if sector else slug,
            identity_class="class",
            sectors=(sector.stix,) if sector and sector.stix else (),
        )

    def _country(self, code: str) -> Location:
        country = self.reference.country(code)
        envelope = self._shared_envelope("location", f"country/{code}")
        return Location(envelope, name=country.name if country else code, country=code)

    def _vulnerability(self, cve: str) -> Vulnerability:
        page = ExternalReference("cve", url=f"https://www.cve.org/CVERecord?id={cve}", external_id=cve)
        envelope = self._shared_envelope("vulnerability", cve)
        return Vulnerability(envelope, name=cve, external_references=(page,))

    def _technique(self, technique_id: str) -> AttackPattern:
        technique = self.reference.technique(technique_id)
        return AttackPattern(
            self._shared_envelope("attack-pattern", f"attack/{technique_id}"),
            name=technique.name if technique else technique_id,
            external_references=(attack_reference(technique_id),),
        )

    def _shared_envelope(self, kind: str, key: str) -> Envelope:
        own_id = self.object_id(kind, key, kind)
        creator = None if key == "publisher" else self.publisher.id
        return Envelope(own_id, creator, self._since, self._since)


def record_key(record: AnyRecord) -> str:
    """What the ids of a record's objects are derived from: an incident's id, `actor/kimsuky`."""
    if isinstance(record, Incident):
        return record.id
    return f"{'actor' if isinstance(record, Actor) else 'software'}/{record.id}"


@lru_cache(maxsize=4096)
def attack_reference(attack_id: str) -> ExternalReference:
    """The pointer to an entry of ATT&CK, as MITRE's own objects spell it."""
    path = attack_id.replace(".", "/")
    url = f"https://attack.mitre.org/{_ATTACK_PATHS[attack_id[0]]}/{path}"
    return ExternalReference("mitre-attack", url=url, external_id=attack_id)


def source_references(sources: Iterable[Source]) -> dict[str, ExternalReference]:
    """Source id → its pointer: publisher, title with the Admiralty grade, address."""
    return {source.id: _source_reference(source) for source in sources}


def _source_reference(source: Source) -> ExternalReference:
    title = source.title
    if source.reliability:
        title += f" (source reliability {source.reliability.value}: {source.reliability.words})"
    return ExternalReference(source.publisher, title, source.url)
