"""ATT&CK and threat-actor names from the MISP galaxies that the package pymispgalaxies carries.

The cluster files are read as they lie in the package: its classes drop the mark of a revoked entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final, Literal

from threatbrief.reference.ics_wiki import read_ics_techniques
from threatbrief.reference.layout import ActorTable, AttackTable, GalaxyTable
from threatbrief.reference.matrices import TACTICS, sort_tactics
from threatbrief.reference.model import (
    AttackSoftware,
    Cluster,
    Domain,
    Galaxy,
    Group,
    MispActor,
    Mitigation,
    ReferenceSourceError,
    Technique,
)

Json = dict[str, Any]

_NOTICE: Final = (
    "© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of "
    "The MITRE Corporation."
)

_RELEASES: Final = {33: "17.1"}
"""Version of MISP's cluster → ATT&CK release. MISP names none; date and content of the cluster tell."""

_LOST_DEPRECATIONS: Final = {
    "17.1": frozenset(
        f"T{number}"
        for number in (1399, 1403, 1405, 1413, 1427, 1436, 1444, 1449, 1453, 1469, 1470, 1475, 1476, 1477)
    )
}
"""ATT&CK release → deprecated Mobile techniques: MISP drops the mark, and their texts do not say it."""

_NOTE: Final = (
    "MISP states no ATT&CK version: those of Enterprise and Mobile follow from the date and content of its "
    "cluster, and ICS is the wiki of 2020 that became ATT&CK for ICS 8.0, later techniques lacking."
)

_GALAXIES: Final = (
    "country",
    "mitre-attack-pattern",
    "mitre-course-of-action",
    "mitre-ics-techniques",
    "mitre-intrusion-set",
    "mitre-malware",
    "mitre-tool",
    "sector",
    "threat-actor",
)

_DEPRECATED: Final = re.compile(r"\W*This technique (?:has been|is) deprecated")
_DOMAIN_OF_CHAIN: Final[tuple[tuple[str, Domain], ...]] = (
    ("attack-", "enterprise"),
    ("mobile-attack-", "mobile"),
)


def read_attack_galaxies() -> AttackTable:
    """ATT&CK as MISP has it, without PRE-ATT&CK, which ATT&CK 8 withdrew.

    Raises ReferenceSourceError if pymispgalaxies is not installed or not shaped as expected.
    """
    patterns = _read_cluster("mitre-attack-pattern")
    release = _RELEASES.get(patterns["version"], "unknown")
    techniques = [
        *_parse_techniques(patterns["values"], release),
        *read_ics_techniques(
            _read_cluster("mitre-ics-techniques")["values"], _read_cluster("mitre-ics-tactics")["values"]
        ),
    ]
    return AttackTable(
        source=f"{_name_source()}, mitre-attack-pattern cluster version {patterns['version']}",
        notice=_NOTICE,
        versions={"enterprise": release, "mobile": release, "ics": "8.0"},
        note=_NOTE,
        tactics=TACTICS,
        techniques=tuple(sorted(techniques, key=lambda technique: technique.id)),
        groups=_parse_groups(_read_cluster("mitre-intrusion-set")["values"]),
        software=tuple(
            sorted(
                (
                    *_parse_software(_read_cluster("mitre-malware")["values"], "malware"),
                    *_parse_software(_read_cluster("mitre-tool")["values"], "tool"),
                ),
                key=lambda software: software.id,
            )
        ),
        mitigations=_parse_mitigations(_read_cluster("mitre-course-of-action")["values"]),
    )


def read_actor_galaxy() -> ActorTable:
    """MISP's threat actors. Raises ReferenceSourceError if pymispgalaxies is not installed."""
    cluster = _read_cluster("threat-actor")
    actors = sorted(
        (_parse_actor(entry) for entry in cluster["values"]), key=lambda actor: _alphabetic(actor.name)
    )
    return ActorTable(f"{_name_source()}, threat-actor cluster version {cluster['version']}", tuple(actors))


def read_galaxies() -> GalaxyTable:
    """The galaxies that our events attach clusters of, and the clusters that no other table holds.

    Raises ReferenceSourceError if pymispgalaxies is not installed.
    """
    galaxies = (_parse_galaxy(_read_file("galaxies", name)) for name in _GALAXIES)
    return GalaxyTable(_name_source(), tuple(galaxies), tuple(_read_clusters()))


def _read_clusters() -> Iterator[Cluster]:
    countries = sorted(_read_cluster("country")["values"], key=lambda entry: str(entry["meta"]["ISO"]))
    for entry in countries:
        yield Cluster("country", entry["meta"]["ISO"], entry["value"], entry["uuid"])
    entries = {entry["value"]: entry for entry in _read_cluster("mitre-ics-techniques")["values"]}
    techniques = read_ics_techniques(list(entries.values()), _read_cluster("mitre-ics-tactics")["values"])
    for technique in sorted(techniques, key=lambda technique: technique.id):
        if entry := entries.get(technique.name):
            yield Cluster("mitre-ics-techniques", technique.id, entry["value"], entry["uuid"])
    for entry in sorted(_read_cluster("sector")["values"], key=lambda entry: _alphabetic(entry["value"])):
        yield Cluster("sector", entry["value"], entry["value"], entry["uuid"])


def _parse_galaxy(galaxy: Json) -> Galaxy:
    return Galaxy(
        galaxy["type"],
        galaxy["name"],
        galaxy["uuid"],
        galaxy["namespace"],
        galaxy["icon"],
        galaxy["version"],
        galaxy["description"],
    )


def _read_cluster(name: str) -> Json:
    return _read_file("clusters", name)


def _read_file(folder: str, name: str) -> Json:
    try:
        cluster = files("pymispgalaxies").joinpath(f"data/misp-galaxy/{folder}/{name}.json")
    except ModuleNotFoundError:
        raise ReferenceSourceError(
            "the tables come from the Python package pymispgalaxies, which is not installed; run "
            "`pip install 'threatbrief[dev]'`, or name ATT&CK STIX bundles with --attack"
        ) from None
    try:
        text = cluster.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReferenceSourceError(
            f"pymispgalaxies {version('pymispgalaxies')} has no {folder}/{name}.json; install version 1.1.1"
        ) from None
    parsed: Json = json.loads(text)
    return parsed


def _name_source() -> str:
    return f"MISP galaxies via pymispgalaxies {version('pymispgalaxies')}"


def _alphabetic(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _attack_id(entry: Json) -> str:
    attack_id: str = entry["meta"]["external_id"]
    return attack_id


def _plain_name(entry: Json) -> str:
    """A cluster value without the id that MISP appends: `Phishing - T1566` is `Phishing`."""
    name: str = entry["value"]
    return name.removesuffix(f" - {_attack_id(entry)}").strip()


def _aliases(entry: Json, name: str) -> tuple[str, ...]:
    spellings = {synonym.strip() for synonym in entry.get("meta", {}).get("synonyms", ())}
    return tuple(sorted(spellings - {name, ""}, key=_alphabetic))


def _find_successors(entries: list[Json]) -> dict[str, str]:
    """Revoked ATT&CK id → the id of its successor."""
    ids = {entry["uuid"]: _attack_id(entry) for entry in entries}
    return {
        _attack_id(entry): ids[link["dest-uuid"]]
        for entry in entries
        for link in entry.get("related", ())
        if link["type"] == "revoked-by" and link["dest-uuid"] in ids
    }


def _parse_techniques(entries: list[Json], release: str) -> Iterator[Technique]:
    deprecated = _LOST_DEPRECATIONS.get(release, frozenset())
    names = {_attack_id(entry): _plain_name(entry) for entry in entries}
    successors = _find_successors(entries)
    domains = {_attack_id(entry): _find_domain(entry) for entry in entries}
    for entry in entries:
        attack_id, chain = _attack_id(entry), entry["meta"].get("kill_chain", ())
        # An entry that lost its kill chain when it was revoked belongs where its successor does.
        domain = domains[attack_id] or (None if chain else domains.get(successors.get(attack_id, "")))
        if domain is None:
            continue
        parent = names.get(attack_id.partition(".")[0], "") if "." in attack_id else ""
        yield Technique(
            id=attack_id,
            name=f"{parent}: {names[attack_id]}" if parent else names[attack_id],
            domains=(domain,),
            tactics=sort_tactics((phase.partition(":")[2] for phase in chain), (domain,), TACTICS),
            revoked=bool(entry.get("revoked")),
            revoked_by=successors.get(attack_id),
            deprecated=attack_id in deprecated or bool(_DEPRECATED.match(entry["description"])),
            uuid=entry["uuid"],
        )


def _find_domain(entry: Json) -> Domain | None:
    chain = entry["meta"].get("kill_chain", ())
    return next(
        (domain for phase in chain for prefix, domain in _DOMAIN_OF_CHAIN if phase.startswith(prefix)), None
    )


def _parse_groups(entries: list[Json]) -> tuple[Group, ...]:
    successors = _find_successors(entries)
    groups = (
        Group(
            _attack_id(entry), name, _aliases(entry, name), successors.get(_attack_id(entry)), entry["uuid"]
        )
        for entry in entries
        for name in (_plain_name(entry),)
    )
    return tuple(sorted(groups, key=lambda group: group.id))


def _parse_software(entries: list[Json], kind: Literal["malware", "tool"]) -> Iterator[AttackSoftware]:
    successors = _find_successors(entries)
    for entry in entries:
        attack_id, name = _attack_id(entry), _plain_name(entry)
        yield AttackSoftware(
            attack_id, name, kind, _aliases(entry, name), successors.get(attack_id), entry["uuid"]
        )


def _parse_mitigations(entries: list[Json]) -> tuple[Mitigation, ...]:
    """The mitigations with an id of their own; those of before 2019 share a technique's and are gone."""
    kept = (
        Mitigation(_attack_id(entry), _plain_name(entry), entry["uuid"])
        for entry in entries
        if _attack_id(entry).startswith("M")
    )
    return tuple(sorted(kept, key=lambda mitigation: mitigation.id))


def _parse_actor(entry: Json) -> MispActor:
    name = entry["value"].strip()
    return MispActor(name, _aliases(entry, name), entry.get("meta", {}).get("country") or None, entry["uuid"])
