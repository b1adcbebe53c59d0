"""The rows of the reference tables: frozen, and in the order in which a table's file spells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from threatbrief.errors import ThreatbriefError

Domain = Literal["enterprise", "mobile", "ics"]
DOMAINS: Final[tuple[Domain, ...]] = ("enterprise", "mobile", "ics")
"""The ATT&CK domains, in the order in which MITRE names them."""


class ReferenceSourceError(ThreatbriefError):
    """A source of the tables is absent or unusable; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Tactic:
    """A column of one domain's matrix; `order` counts from 0, left to right."""

    shortname: str
    name: str
    domain: Domain
    order: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Technique:
    """An ATT&CK technique; a sub-technique's name carries its parent's: `Phishing: Spearphishing Link`.

    `tactics` holds shortnames in matrix order. `revoked_by` is the direct successor, which may
    have been revoked since; it is None where ATT&CK names none. `uuid` is that of ATT&CK's STIX
    object, which MISP's cluster carries too; None where the source does not tell.
    """

    id: str
    name: str
    domains: tuple[Domain, ...]
    tactics: tuple[str, ...]
    revoked: bool = False
    revoked_by: str | None = None
    deprecated: bool = False
    uuid: str | None = None

    @property
    def is_current(self) -> bool:
        """Whether ATT&CK still means this technique to be used."""
        return not self.revoked and not self.deprecated


@dataclass(frozen=True, slots=True)
class Group:
    """An ATT&CK group; `aliases` leaves its own name out, `uuid` is that of its STIX object."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    revoked_by: str | None = None
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class AttackSoftware:
    """A piece of ATT&CK software; `aliases` leaves its own name out, `uuid` is that of its STIX object."""

    id: str
    name: str
    type: Literal["malware", "tool"]
    aliases: tuple[str, ...] = ()
    revoked_by: str | None = None
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Mitigation:
    """An ATT&CK mitigation; `uuid` is that of its STIX object."""

    id: str
    name: str
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class MispActor:
    """An entry of MISP's threat-actor galaxy; `country` is the suspected one, as MISP has it."""

    name: str
    synonyms: tuple[str, ...] = ()
    country: str | None = None
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Galaxy:
    """A MISP galaxy, as its own file describes it; `type` is what tags name it by."""

    type: str
    name: str
    uuid: str
    namespace: str
    icon: str
    version: int
    description: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """An entry of a MISP galaxy that no other table holds.

    `key` is what we look it up by: MISP's own value of a sector, the ISO code of a country, the
    ATT&CK id of a technique.
    """

    galaxy: str
    key: str
    value: str
    uuid: str


@dataclass(frozen=True, slots=True)
class Country:
    """An ISO 3166-1 alpha-2 code and the country's short English name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector that a record may name, and what MISP's sector galaxy and STIX call it, if anything."""

    slug: str
    name: str
    misp: str | None = None
    stix: str | None = None


@dataclass(frozen=True, slots=True)
class Motivation:
    """A motivation that a record may name, and its word in STIX' attack-motivation-ov, if any."""

    slug: str
    name: str
    stix: str | None = None
