"""Which objects a bundle holds, and in what order: markings, publisher, report, then the rest as told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from zlib import compress, decompress

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, highest
from threatbrief.model.vocab import Status
from threatbrief.outputs.stix_actors import actor_context, intrusion_set, software_object
from threatbrief.outputs.stix_ids import MARKINGS
from threatbrief.outputs.stix_incidents import Case, Found, core_objects, detail_objects, report_of
from threatbrief.outputs.stix_issuer import AnyRecord, Issuer, record_key
from threatbrief.outputs.stix_objects import (
    Described,
    Encoded,
    ExternalReference,
    Report,
    encode_object,
)

_ROOM: Final = 1500
"""Of how many incidents a process keeps the objects that it encoded last, 40 KB of JSON each: a year's
bundle asks for all of the year, and the incidents' own bundles ask again."""
_EMPTIED: Final[dict[str, Any]] = {
    "abstract": None,
    "explanation": None,
    "objective": None,
    "first_seen": None,
    "last_seen": None,
    "authors": (),
    "aliases": (),
    "labels": (),
    "external_references": (),
}
"""What a withdrawn record's objects no longer say."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's id and its objects as JSON. The bundle itself has no version (section 8)."""

    id: str
    objects: tuple[Encoded, ...]


class _Packed(NamedTuple):
    """Objects of an incident, small: actors' bundles ask for them long after the incident's own was written.

    `shared` are objects of many bundles at their places, None where one of its own stands; of these `own`
    holds the texts and `markings` the ids of their markings.
    """

    shared: tuple[Encoded | None, ...]
    markings: tuple[str | None, ...]
    own: bytes

    @classmethod
    def of(cls, objects: Iterable[Found]) -> _Packed:
        found = tuple(objects)
        own = [encode_object(given) for given in found if not isinstance(given, Encoded)]
        return cls(
            tuple(given if isinstance(given, Encoded) else None for given in found),
            tuple(given.marking_ref for given in own),
            compress(b"\n".join(given.text for given in own), 1),
        )

    def objects(self) -> tuple[Encoded, ...]:
        """What was packed, in its order."""
        texts = zip(decompress(self.own).split(b"\n"), self.markings, strict=False)
        own = (Encoded(_id_in(text), text, marking) for text, marking in texts)
        return tuple(given or next(own) for given in self.shared)


def _id_in(text: bytes) -> str:
    """The id of an object that `encode_object` wrote: the third value, after type and spec_version."""
    return text.split(b'"', 12)[11].decode()


class StixEncoder:
    """Encodes the records of one site; objects that many bundles hold are encoded once a process."""

    def __init__(self, kb: KnowledgeBase, site: SiteConfig) -> None:
        self._kb = kb.listed
        self._issuer: Issuer = kb.remember(("STIX issuer", site), Issuer, site)

    def incident(self, incident: Incident) -> Bundle:
        """The bundle of one brief. Of a withdrawn one: the same objects, revoked and without their texts."""
        if incident.status is not Status.WITHDRAWN:
            key = ("STIX of", incident.id)
            return self._bundle(incident, self._kb.recall(_ROOM, key, self._published, incident))
        case = Case.of(self._kb, self._issuer, incident)
        core = list(core_objects(case))
        details = list(detail_objects(case))
        refs = tuple(dict.fromkeys(found.id for found in (*core, *details)))
        report, core, details = self._withdraw(incident, report_of(case, refs), core, details)
        return self._bundle(incident, (encode_object(report), *_encode(core), *_encode(details)))

    def _published(self, incident: Incident) -> tuple[Encoded, ...]:
        """What its own bundle and its year's hold."""
        case = Case.of(self._kb, self._issuer, incident)
        found = (*self._core(incident), *_encode(detail_objects(case)))
        report = report_of(case, tuple(dict.fromkeys(given.id for given in found)))
        return encode_object(report), *found

    def actor(self, actor: Actor) -> Bundle:
        """The bundle of one actor: names, origins, and the core of each incident of its own."""
        issuer = self._issuer
        own = issuer.once("actor", actor.id, lambda: intrusion_set(issuer, actor))
        if actor.status is Status.WITHDRAWN:
            return self._bundle(actor, (encode_object(self._emptied(actor, intrusion_set(issuer, actor))),))
        found = [own, *actor_context(issuer, actor)]
        for incident in self._kb.incidents_of(actor):
            found += self._core(incident)
        report = self._dossier(actor, found)
        return self._bundle(actor, (encode_object(report), *found))

    def profile(self, actor: Actor) -> Bundle:
        """What an actor's bundle has without its incidents, and so without a report of them."""
        if actor.status is Status.WITHDRAWN:
            return self.actor(actor)
        issuer = self._issuer
        own = issuer.once("actor", actor.id, lambda: intrusion_set(issuer, actor))
        return self._bundle(actor, (own, *actor_context(issuer, actor)))

    def software(self) -> Bundle:
        """All software."""
        issuer = self._issuer
        made = (
            issuer.once("software", software.id, lambda s=software: software_object(issuer, s))  # type: ignore[misc]
            for software in self._kb.software
        )
        return Bundle(issuer.object_id("bundle", "software", "bundle"), tuple(made))

    def gather(self, key: str, bundles: Iterable[Bundle]) -> Bundle:
        """Every object of the bundles once, sorted by id; the gathering's own id comes from its key."""
        objects: dict[str, Encoded] = {}
        for bundle in bundles:
            for found in bundle.objects:
                before = objects.setdefault(found.id, found)
                if before.text != found.text:
                    objects[found.id] = _more_restricted(before, found)
        for shared in (self._issuer.publisher.id, *_MARKINGS):
            objects.pop(shared, None)
        own_id = self._issuer.object_id("bundle", key, "bundle")
        return Bundle(own_id, self._complete(objects[key] for key in sorted(objects)))

    def _core(self, incident: Incident) -> tuple[Encoded, ...]:
        """What its own bundle and its actors' have in common."""
        return self._kb.remember(("STIX core of", incident.id), self._make_core, incident).objects()

    def _make_core(self, incident: Incident) -> _Packed:
        return _Packed.of(core_objects(Case.of(self._kb, self._issuer, incident)))

    def _dossier(self, actor: Actor, found: Iterable[Encoded]) -> Report:
        issuer, stamp = self._issuer, self._issuer.stamp(actor)
        site = issuer.site
        page = ExternalReference(site.site_name, url=site.url(f"actors/{actor.slug}/"), external_id=actor.id)
        incidents = self._kb.incidents_of(actor)
        newest = max((issuer.stamp(incident).modified for incident in incidents), default=stamp.modified)
        envelope = issuer.envelope(
            stamp, "report", "report", highest(issuer.marking(actor), *map(issuer.marking, incidents))
        )
        return Report(
            envelope._replace(modified=max(newest, stamp.modified)),
            name=f"{actor.name}: actor dossier",
            description=actor.summary,
            report_types=("intrusion-set",),
            published=stamp.created,
            object_refs=tuple(dict.fromkeys(given.id for given in found)),
            external_references=(page,),
        )

    def _bundle(self, record: AnyRecord, objects: Iterable[Encoded]) -> Bundle:
        own_id = self._issuer.object_id("bundle", record_key(record), "bundle")
        return Bundle(own_id, self._complete({found.id: found for found in objects}.values()))

    def _complete(self, objects: Iterable[Encoded]) -> tuple[Encoded, ...]:
        """The objects, which hold neither, after the publisher and the marking definitions that they use."""
        given = tuple(objects)
        used = {found.marking_ref for found in given}
        markings = [marking for key, marking in _MARKINGS.items() if key in used]
        return (*markings, self._issuer.publisher, *given)

    def _withdraw(
        self, incident: Incident, report: Report, core: list[Found], details: list[Found]
    ) -> tuple[Report, list[Found], list[Found]]:
        def emptied(found: Found) -> Found:
            return self._emptied(incident, found) if isinstance(found, Described) else found

        notice = replace(self._emptied(incident, report), description=incident.reason)
        return notice, [emptied(found) for found in core], [emptied(found) for found in details]

    def _emptied(self, record: AnyRecord, given: Any) -> Any:
        """An object of a withdrawn record: what identifies it, and what the standard requires."""
        notice = f"Withdrawn: {record_key(record)}"
        names = given.__dataclass_fields__
        changes = {name: _EMPTIED[name] for name in names if name in _EMPTIED}
        changes |= {name: notice for name in names if name in ("name", "description", "content")}
        return replace(given, **changes)


def _encode(objects: Iterable[Found]) -> tuple[Encoded, ...]:
    return tuple(found if isinstance(found, Encoded) else encode_object(found) for found in objects)


def _more_restricted(one: Encoded, other: Encoded) -> Encoded:
    """Of two versions of an observable that two records hold, the one with the higher marking."""
    order = (None, *_MARKINGS)
    return max(one, other, key=lambda given: (order.index(given.marking_ref), given.text))


_MARKINGS: Final = {marking.id: encode_object(marking) for marking in MARKINGS.values()}
"""The marking definitions as JSON, the least restrictive first."""
