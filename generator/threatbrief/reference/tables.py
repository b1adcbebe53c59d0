"""The reference tables as the package ships them, read on first use."""

from __future__ import annotations

import json
from collections.abc import KeysView, Mapping
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal

from threatbrief.model.names import fold_name
from threatbrief.reference.model import (
    AttackSoftware,
    Cluster,
    Country,
    Domain,
    Galaxy,
    Group,
    MispActor,
    Mitigation,
    Motivation,
    Sector,
    Tactic,
    Technique,
)

Table = Literal["actors", "attack", "countries", "galaxies", "motivations", "places", "sectors"]


@cache
def load_reference() -> Reference:
    """The reference tables of this release, one object per process; each table is read when first asked."""
    return Reference(files("threatbrief.reference"))


class Reference:
    """What ATT&CK, MISP, STIX and ISO 3166-1 call things. A lookup of what they do not know is None.

    The sets of keys iterate in sorted order. `folder` holds the tables as JSON files, written by
    `threatbrief.reference.update`.
    """

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder

    def technique(self, technique_id: str) -> Technique | None:
        """The technique of an id such as T1566.002, revoked and deprecated ones included."""
        return self._techniques.get(technique_id)

    @property
    def technique_ids(self) -> KeysView[str]:
        """All technique ids, sorted."""
        return self._techniques.keys()

    def tactics(self, domain: Domain) -> tuple[Tactic, ...]:
        """The tactics of a domain's matrix from left to right; none if the table lacks the domain."""
        return self._tactics.get(domain, ())

    def group(self, group_id: str) -> Group | None:
        """The ATT&CK group of an id such as G0094, revoked ones included."""
        return self._groups.get(group_id)

    def software(self, software_id: str) -> AttackSoftware | None:
        """The ATT&CK software of an id such as S0414, revoked ones included."""
        return self._software.get(software_id)

    def mitigation(self, mitigation_id: str) -> Mitigation | None:
        """The ATT&CK mitigation of an id such as M1032."""
        return self._mitigations.get(mitigation_id)

    def sector(self, slug: str) -> Sector | None:
        """The sector of a slug such as think-tanks."""
        return self._sectors.get(slug)

    @property
    def sector_slugs(self) -> KeysView[str]:
        """All sector slugs, sorted."""
        return self._sectors.keys()

    def motivation(self, slug: str) -> Motivation | None:
        """The motivation of a slug such as espionage."""
        return self._motivations.get(slug)

    @property
    def motivation_slugs(self) -> KeysView[str]:
        """All motivation slugs, sorted."""
        return self._motivations.keys()

    def country(self, code: str) -> Country | None:
        """The country of an assigned ISO 3166-1 alpha-2 code in capitals, or of XK; UK and EU are none."""
        return self._countries.get(code)

    @property
    def country_codes(self) -> KeysView[str]:
        """All country codes, sorted."""
        return self._countries.keys()

    def place(self, code: str) -> tuple[float, float] | None:
        """Where the middle of a country lies on the map of the figures, in pixels from its upper left."""
        return self._places.get(code)

    @property
    def map_size(self) -> tuple[int, int]:
        """The width and height in pixels of the map on which `place` tells the places."""
        return self._map["width"], self._map["height"]

    @cached_property
    def actor_names(self) -> Mapping[str, tuple[Group | MispActor, ...]]:
        """Actor name, folded by fold_name → its bearers: ATT&CK's sorted by id, then MISP's by name."""
        bearers: dict[str, dict[Group | MispActor, None]] = {}
        for group in self._groups.values():
            for name in (group.name, *group.aliases):
                bearers.setdefault(fold_name(name), {})[group] = None
        for actor in self._actors:
            for name in (actor.name, *actor.synonyms):
                bearers.setdefault(fold_name(name), {})[actor] = None
        return MappingProxyType({name: tuple(entries) for name, entries in sorted(bearers.items())})

    def galaxy(self, galaxy_type: str) -> Galaxy | None:
        """The MISP galaxy of a type such as mitre-attack-pattern, if we ever attach clusters of it."""
        return self._galaxies.get(galaxy_type)

    def cluster(self, galaxy_type: str, key: str) -> Cluster | None:
        """The MISP cluster of a country (ISO code), sector (MISP's value) or ICS technique (ATT&CK id)."""
        return self._clusters.get((galaxy_type, key))

    @property
    def attack_versions(self) -> dict[str, str]:
        """Domain → the ATT&CK release that its rows come from, "unknown" where the source does not tell."""
        return dict(self._attack["versions"])

    @property
    def attack_note(self) -> str | None:
        """What a reader should know of the ATT&CK table's source, if anything."""
        note: str | None = self._attack["note"]
        return note

    @property
    def attack_notice(self) -> str:
        """MITRE's copyright line, which every page and file that shows ATT&CK must carry."""
        notice: str = self._attack["notice"]
        return notice

    def cells(self, technique_id: str) -> tuple[tuple[Domain, str], ...]:
        """The matrices that show a technique, and the id under which they do: its latest successor's."""
        technique = self.technique(technique_id)
        passed = {technique_id}
        while technique and technique.revoked_by and technique.revoked_by not in passed:
            passed.add(technique.revoked_by)
            technique = self.technique(technique.revoked_by)
        if technique:
            return tuple((domain, technique.id) for domain in technique.domains)
        return (("ics" if technique_id.startswith("T0") else "enterprise", technique_id),)

    def source(self, table: Table) -> str:
        """Where the rows of a table come from, in words: package or files, and their versions."""
        words: str = (self._attack if table == "attack" else self._read(table))["source"]
        return words

    @cached_property
    def _attack(self) -> dict[str, Any]:
        return self._read("attack")

    @cached_property
    def _techniques(self) -> dict[str, Technique]:
        return {row["id"]: Technique(**_freeze(row)) for row in self._attack["techniques"]}

    @cached_property
    def _tactics(self) -> dict[str, tuple[Tactic, ...]]:
        rows = [Tactic(**row) for row in self._attack["tactics"]]
        return {
            domain: tuple(row for row in rows if row.domain == domain) for domain in self._attack["versions"]
        }

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {row["id"]: Group(**_freeze(row)) for row in self._attack["groups"]}

    @cached_property
    def _software(self) -> dict[str, AttackSoftware]:
        return {row["id"]: AttackSoftware(**_freeze(row)) for row in self._attack["software"]}

    @cached_property
    def _mitigations(self) -> dict[str, Mitigation]:
        return {row["id"]: Mitigation(**row) for row in self._attack["mitigations"]}

    @cached_property
    def _actors(self) -> tuple[MispActor, ...]:
        return tuple(MispActor(**_freeze(row)) for row in self._read("actors")["actors"])

    @cached_property
    def _galaxies(self) -> dict[str, Galaxy]:
        return {row["type"]: Galaxy(**row) for row in self._read("galaxies")["galaxies"]}

    @cached_property
    def _clusters(self) -> dict[tuple[str, str], Cluster]:
        return {(row["galaxy"], row["key"]): Cluster(**row) for row in self._read("galaxies")["clusters"]}

    @cached_property
    def _sectors(self) -> dict[str, Sector]:
        return {row["slug"]: Sector(**row) for row in self._read("sectors")["sectors"]}

    @cached_property
    def _motivations(self) -> dict[str, Motivation]:
        return {row["slug"]: Motivation(**row) for row in self._read("motivations")["motivations"]}

    @cached_property
    def _countries(self) -> dict[str, Country]:
        return {row["code"]: Country(**row) for row in self._read("countries")["countries"]}

    @cached_property
    def _map(self) -> dict[str, Any]:
        return self._read("places")

    @cached_property
    def _places(self) -> dict[str, tuple[float, float]]:
        return {code: (x, y) for code, (x, y) in self._map["places"].items()}

    def _read(self, table: Table) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads((self._folder / f"{table}.json").read_bytes())
        return parsed


def _freeze(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
