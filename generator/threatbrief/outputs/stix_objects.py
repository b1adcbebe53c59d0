"""STIX 2.1 objects as they go over the wire, frozen, and their JSON.

Numbers of sections are those of STIX Version 2.1, OASIS Standard, 10 June 2021.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, ClassVar, Final, NamedTuple


class ExternalReference(NamedTuple):
    """A pointer to something that is not STIX (section 2.5.2); one of the optional three is given."""

    source_name: str
    description: str | None = None
    url: str | None = None
    external_id: str | None = None


class Envelope(NamedTuple):
    """The properties that domain and relationship objects share (section 3.2), in the order of writing.

    Instants are RFC 3339 with three digits of a second. `revoked` is left out where it is false.
    """

    id: str
    created_by_ref: str | None
    created: str
    modified: str
    revoked: bool | None = None
    lang: str | None = None
    marking_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """A domain or relationship object; the type's own properties follow the envelope's."""

    type: ClassVar[str]
    envelope: Envelope

    @property
    def id(self) -> str:
        return self.envelope.id


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackPattern(Described):
    """Section 4.1."""

    type: ClassVar[str] = "attack-pattern"
    name: str
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Described):
    """Section 4.2."""

    type: ClassVar[str] = "campaign"
    name: str
    description: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    objective: str | None = None
    labels: tuple[str, ...] = ()
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOfAction(Described):
    """Section 4.3."""

    type: ClassVar[str] = "course-of-action"
    name: str
    description: str | None = None
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Described):
    """Section 4.5."""

    type: ClassVar[str] = "identity"
    name: str
    identity_class: str | None = None
    sectors: tuple[str, ...] = ()
    contact_information: str | None = None
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator(Described):
    """Section 4.7."""

    type: ClassVar[str] = "indicator"
    name: str
    description: str | None = None
    indicator_types: tuple[str, ...]
    pattern: str
    pattern_type: str = "stix"
    pattern_version: str = "2.1"
    valid_from: str
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrusionSet(Described):
    """Section 4.9."""

    type: ClassVar[str] = "intrusion-set"
    name: str
    description: str | None = None
    aliases: tuple[str, ...] = ()
    first_seen: str | None = None
    last_seen: str | None = None
    primary_motivation: str | None = None
    secondary_motivations: tuple[str, ...] = ()
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Described):
    """Section 4.10; `country` is an ISO 3166-1 alpha-2 code."""

    type: ClassVar[str] = "location"
    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Malware(Described):
    """Section 4.11."""

    type: ClassVar[str] = "malware"
    name: str
    description: str | None = None
    malware_types: tuple[str, ...] = ()
    is_family: bool = True
    aliases: tuple[str, ...] = ()
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Described):
    """Section 4.13."""

    type: ClassVar[str] = "note"
    abstract: str | None = None
    content: str
    authors: tuple[str, ...] = ()
    object_refs: tuple[str, ...]
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion(Described):
    """Section 4.15; `opinion` is a word of opinion-enum."""

    type: ClassVar[str] = "opinion"
    explanation: str | None = None
    authors: tuple[str, ...] = ()
    opinion: str
    object_refs: tuple[str, ...]
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Described):
    """Section 4.16."""

    type: ClassVar[str] = "report"
    name: str
    description: str | None = None
    report_types: tuple[str, ...]
    published: str
    object_refs: tuple[str, ...]
    labels: tuple[str, ...] = ()
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Described):
    """Section 4.18."""

    type: ClassVar[str] = "tool"
    name: str
    description: str | None = None
    aliases: tuple[str, ...] = ()
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability(Described):
    """Section 4.19."""

    type: ClassVar[str] = "vulnerability"
    name: str
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship(Described):
    """Section 5.1; `confidence` is that of Appendix A, 0 to 100."""

    type: ClassVar[str] = "relationship"
    relationship_type: str
    description: str | None = None
    source_ref: str
    target_ref: str
    confidence: int | None = None
    external_references: tuple[ExternalReference, ...] = ()


@dataclass(frozen=True, slots=True)
class Observable:
    """A cyber-observable object (section 6); `properties` are those of its type. It has no version."""

    type: str
    id: str
    properties: Mapping[str, Any]
    marking_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """A TLP 2.0 marking definition, as the extension definition of OASIS' CTI committee has it."""

    type: ClassVar[str] = "marking-definition"
    id: str
    name: str
    label: str
    created: str = "2022-10-01T00:00:00.000Z"


StixObject = Described | Observable | Marking

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


class Encoded(NamedTuple):
    """An object that is JSON in UTF-8 already, with what a bundle must know: its id, its marking's id."""

    id: str
    text: bytes
    marking_ref: str | None = None


def encode_object(given: StixObject) -> Encoded:
    """The object as one line of JSON: properties in the order of the classes, empty ones left out."""
    if isinstance(given, Described):
        return Encoded(given.envelope.id, _write_described(given).encode(), given.envelope.marking_ref)
    if isinstance(given, Marking):
        return Encoded(given.id, _write(_spell_marking(given)).encode())
    spelt = {"type": given.type, "spec_version": "2.1", "id": given.id, **given.properties}
    if given.marking_ref:
        spelt["object_marking_refs"] = [given.marking_ref]
    return Encoded(given.id, _write(spelt).encode(), given.marking_ref)


def encode_bundle(bundle_id: str, objects: tuple[bytes, ...]) -> bytes:
    """A bundle (section 8) of objects that are JSON already, one a line."""
    head = f'{{"type":"bundle","id":"{bundle_id}","objects":[\n'
    return b"".join((head.encode(), b",\n".join(objects), b"\n]}\n"))


def _write_described(given: Described) -> str:
    """By hand: the json module's encoder costs more to set up than most objects cost to write."""
    text = f'{{"type":"{given.type}","spec_version":"2.1",{_write_envelope(given.envelope)}'
    if type(given) is Relationship:
        return f"{text}{_write_relationship(given)}}}"
    parts = [text]
    keys, values = _properties(type(given))
    for key, value in zip(keys, values(given), strict=True):
        kind = type(value)
        if kind is str:
            parts.append(key + encode_basestring(value))
        elif kind is tuple:
            if value:
                written = map(encode_basestring if type(value[0]) is str else _write_reference, value)
                parts.append(f"{key}[{','.join(written)}]")
        elif value is not None:
            parts.append(key + _write(value))
    return ",".join(parts) + "}"


def _write_relationship(given: Relationship) -> str:
    """What follows the envelope. Most objects are relationships, and written so they take half the time."""
    text = f',"relationship_type":"{given.relationship_type}"'
    if given.description is not None:
        text += f',"description":{encode_basestring(given.description)}'
    text += f',"source_ref":"{given.source_ref}","target_ref":"{given.target_ref}"'
    if given.confidence is not None:
        text += f',"confidence":{given.confidence}'
    if given.external_references:
        text += f',"external_references":[{",".join(map(_write_reference, given.external_references))}]'
    return text


def _write_envelope(given: Envelope) -> str:
    """Ids and instants are plain ASCII: nothing in them needs an escape."""
    creator = f'"created_by_ref":"{given.created_by_ref}",' if given.created_by_ref else ""
    text = f'"id":"{given.id}",{creator}"created":"{given.created}","modified":"{given.modified}"'
    if given.revoked:
        text += ',"revoked":true'
    if given.lang:
        text += f',"lang":{encode_basestring(given.lang)}'
    if given.marking_ref:
        text += f',"object_marking_refs":["{given.marking_ref}"]'
    return text


@lru_cache(maxsize=1024)
def _write_reference(given: ExternalReference) -> str:
    """One reference; the sources of a record come up many times in a row."""
    parts = [
        key + encode_basestring(value) for key, value in zip(_REFERENCE_KEYS, given, strict=True) if value
    ]
    return "{" + ",".join(parts) + "}"


def _spell_marking(given: Marking) -> dict[str, Any]:
    extension = {"extension_type": "property-extension", "tlp_2_0": given.label}
    return {
        "type": given.type,
        "spec_version": "2.1",
        "id": given.id,
        "created": given.created,
        "name": given.name,
        "extensions": {TLP_EXTENSION: extension},
    }


def _properties(kind: type[Any]) -> _Properties:
    """The keys of a class of wire objects as JSON, the envelope's apart, and what reads their values."""
    found = _PROPERTIES.get(kind)
    if found is None:
        names = [field.name for field in fields(kind) if field.name != "envelope"]
        found = _PROPERTIES[kind] = (tuple(f'"{name}":' for name in names), attrgetter(*names))
    return found


_Properties = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]
_PROPERTIES: dict[type[Any], _Properties] = {}
_REFERENCE_KEYS: Final = tuple(f'"{name}":' for name in ExternalReference._fields)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
