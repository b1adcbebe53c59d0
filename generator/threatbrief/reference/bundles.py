"""ATT&CK from MITRE's own STIX bundles, 2.0 (mitre/cti) or 2.1 (attack-stix-data)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

from threatbrief.reference.layout import AttackTable
from threatbrief.reference.matrices import sort_tactics
from threatbrief.reference.model import (
    DOMAINS,
    AttackSoftware,
    Domain,
    Group,
    Mitigation,
    ReferenceSourceError,
    Tactic,
    Technique,
)

Json = dict[str, Any]

_DOMAIN_OF_CHAIN: Final[dict[str, Domain]] = {
    "mitre-attack": "enterprise",
    "mitre-mobile-attack": "mobile",
    "mitre-ics-attack": "ics",
}
_VERSION_IN_FILE_NAME: Final = re.compile(r"-(\d+\.\d+)\.json$")
_ATTACK_ID: Final = {
    "attack-pattern": re.compile(r"T\d{4}(\.\d{3})?"),
    "course-of-action": re.compile(r"M\d{4}"),
    "intrusion-set": re.compile(r"G\d{4}"),
    "malware": re.compile(r"S\d{4}"),
    "tool": re.compile(r"S\d{4}"),
    "x-mitre-tactic": re.compile(r"TA\d{4}"),
}
_REQUIRED: Final = {
    **dict.fromkeys(_ATTACK_ID, ("name",)),
    "x-mitre-tactic": ("name", "x_mitre_shortname"),
    "x-mitre-matrix": ("name", "tactic_refs"),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
}
_Row = TypeVar("_Row", Group, AttackSoftware, Mitigation)


@dataclass(frozen=True, slots=True)
class _Bundle:
    file_name: str
    domain: Domain
    version: str
    objects: tuple[Json, ...]

    def select(self, kind: str) -> tuple[Json, ...]:
        return tuple(found for found in self.objects if found["type"] == kind)


def read_attack_bundles(paths: Sequence[Path]) -> AttackTable:
    """The domains that the bundles hold, one bundle a domain; other domains are absent from the table.

    A release is what the bundle's collection object states, else what its file name does
    (`enterprise-attack-18.1.json`), else "unknown". Where two bundles hold one group, piece of
    software or mitigation, the one modified last counts. Raises ReferenceSourceError for a file
    that cannot be read or is no ATT&CK bundle, and for two bundles of one domain.
    """
    bundles = sorted((_read_bundle(path) for path in paths), key=lambda bundle: DOMAINS.index(bundle.domain))
    _refuse_second_of_a_domain(bundles)
    tactics = tuple(tactic for bundle in bundles for tactic in _parse_tactics(bundle))
    objects = [found for bundle in bundles for found in bundle.objects]
    oldest_first = sorted(objects, key=lambda found: (found.get("modified", ""), found["id"]))
    ids = {found["id"]: attack_id for found in oldest_first if (attack_id := _find_attack_id(found))}
    successors = _find_successors(oldest_first, ids)
    return AttackTable(
        source="ATT&CK STIX bundles " + ", ".join(bundle.file_name for bundle in bundles),
        notice=_word_notice(objects),
        versions={bundle.domain: bundle.version for bundle in bundles},
        note=None,
        tactics=tactics,
        techniques=_merge_techniques(_parse_techniques(bundles, tactics, successors), tactics),
        groups=_merge(_parse_groups(oldest_first, successors)),
        software=_merge(_parse_software(oldest_first, successors)),
        mitigations=_merge(_parse_mitigations(oldest_first)),
    )


def _read_bundle(path: Path) -> _Bundle:
    try:
        parsed = json.loads(path.read_bytes())
    except OSError as fault:
        raise ReferenceSourceError(f"{path}: {fault.strerror}") from fault
    except ValueError as fault:
        raise ReferenceSourceError(f"{path} is not JSON: {fault}") from fault
    if not isinstance(parsed, dict) or parsed.get("type") != "bundle":
        raise ReferenceSourceError(f"{path} is not a STIX bundle")
    objects = tuple(
        found
        for found in parsed.get("objects", ())
        if isinstance(found, dict) and {"type", "id"} <= found.keys()
    )
    for found in objects:
        if lacking := [key for key in _REQUIRED.get(found["type"], ()) if key not in found]:
            raise ReferenceSourceError(f"{path}: {found['id']} has no {lacking[0]}")
    return _Bundle(path.name, _find_domain(path, objects), _find_version(path, objects), objects)


def _find_domain(path: Path, objects: Sequence[Json]) -> Domain:
    chains = {
        phase.get("kill_chain_name")
        for found in objects
        if found["type"] == "attack-pattern"
        for phase in found.get("kill_chain_phases", ())
    }
    domains = [domain for chain, domain in _DOMAIN_OF_CHAIN.items() if chain in chains]
    if len(domains) != 1 or not any(found["type"] == "x-mitre-matrix" for found in objects):
        raise ReferenceSourceError(
            f"{path} is not the ATT&CK bundle of one domain with its matrix; name MITRE's bundle of the "
            "Enterprise, Mobile or ICS domain, as it is published"
        )
    return domains[0]


def _refuse_second_of_a_domain(bundles: Sequence[_Bundle]) -> None:
    for first, second in pairwise(bundles):
        if first.domain == second.domain:
            raise ReferenceSourceError(
                f"{first.file_name} and {second.file_name} both hold the {first.domain} domain; "
                "name one of them"
            )


def _find_version(path: Path, objects: Sequence[Json]) -> str:
    for found in objects:
        if found["type"] == "x-mitre-collection" and found.get("x_mitre_version"):
            return str(found["x_mitre_version"])
    named = _VERSION_IN_FILE_NAME.search(path.name)
    return named[1] if named else "unknown"


def _find_attack_id(found: Json) -> str | None:
    """The ATT&CK id, if the object is of a kind that has one (older mitigations carry a technique's)."""
    shape = _ATTACK_ID.get(found["type"])
    if shape is None:
        return None
    for reference in found.get("external_references", ()):
        attack_id = reference.get("external_id", "")
        if reference.get("source_name", "").startswith("mitre-") and shape.fullmatch(attack_id):
            return str(attack_id)
    return None


def _find_uuid(found: Json) -> str:
    """The UUID of a STIX id such as `attack-pattern--<UUID>`."""
    uuid: str = found["id"].partition("--")[2]
    return uuid


def _find_successors(objects: Sequence[Json], ids: dict[str, str]) -> dict[str, str]:
    return {
        ids[found["source_ref"]]: ids[found["target_ref"]]
        for found in objects
        if found["type"] == "relationship"
        and found.get("relationship_type") == "revoked-by"
        and found["source_ref"] in ids
        and found["target_ref"] in ids
    }


def _parse_tactics(bundle: _Bundle) -> Iterator[Tactic]:
    tactics = {found["id"]: found for found in bundle.select("x-mitre-tactic") if not _is_gone(found)}
    matrices = sorted(
        (found for found in bundle.select("x-mitre-matrix") if not _is_gone(found)),
        key=lambda found: found["name"],
    )
    columns = dict.fromkeys(ref for matrix in matrices for ref in matrix["tactic_refs"] if ref in tactics)
    for order, ref in enumerate(columns):
        found = tactics[ref]
        yield Tactic(
            _unsuffix(found["x_mitre_shortname"]), found["name"], bundle.domain, order, _find_attack_id(found)
        )


def _unsuffix(shortname: str) -> str:
    """ATT&CK for ICS wrote `execution-ics` up to release 12, and `execution` since."""
    return shortname.removesuffix("-ics")


def _is_gone(found: Json) -> bool:
    return bool(found.get("revoked") or found.get("x_mitre_deprecated"))


def _parse_techniques(
    bundles: Sequence[_Bundle], tactics: Sequence[Tactic], successors: dict[str, str]
) -> Iterator[Technique]:
    for bundle in bundles:
        found_by_id = {
            attack_id: found
            for found in sorted(bundle.select("attack-pattern"), key=lambda found: found.get("modified", ""))
            if (attack_id := _find_attack_id(found))
        }
        for attack_id, found in found_by_id.items():
            parent = found_by_id.get(attack_id.partition(".")[0]) if "." in attack_id else None
            phases = (_unsuffix(phase["phase_name"]) for phase in found.get("kill_chain_phases", ()))
            yield Technique(
                id=attack_id,
                name=f"{parent['name']}: {found['name']}" if parent else found["name"],
                domains=(bundle.domain,),
                tactics=sort_tactics(phases, (bundle.domain,), tactics),
                revoked=bool(found.get("revoked")),
                revoked_by=successors.get(attack_id),
                deprecated=bool(found.get("x_mitre_deprecated")),
                uuid=_find_uuid(found),
            )


def _aliases(found: Json, key: str) -> tuple[str, ...]:
    spellings = {alias.strip() for alias in found.get(key, ())} - {found["name"].strip(), ""}
    return tuple(sorted(spellings, key=lambda alias: (alias.casefold(), alias)))


def _parse_groups(objects: Sequence[Json], successors: dict[str, str]) -> Iterator[Group]:
    for found in objects:
        attack_id = _find_attack_id(found)
        if attack_id and found["type"] == "intrusion-set":
            yield Group(
                attack_id,
                found["name"].strip(),
                _aliases(found, "aliases"),
                successors.get(attack_id),
                _find_uuid(found),
            )


def _parse_software(objects: Sequence[Json], successors: dict[str, str]) -> Iterator[AttackSoftware]:
    for found in objects:
        attack_id, kind = _find_attack_id(found), found["type"]
        if attack_id and kind in ("malware", "tool"):
            aliases = _aliases(found, "x_mitre_aliases")
            yield AttackSoftware(
                attack_id,
                found["name"].strip(),
                kind,
                aliases,
                successors.get(attack_id),
                _find_uuid(found),
            )


def _parse_mitigations(objects: Sequence[Json]) -> Iterator[Mitigation]:
    for found in objects:
        attack_id = _find_attack_id(found)
        if attack_id and found["type"] == "course-of-action":
            yield Mitigation(attack_id, found["name"].strip(), _find_uuid(found))


def _merge_techniques(rows: Iterator[Technique], tactics: Sequence[Tactic]) -> tuple[Technique, ...]:
    """One technique an id, sorted; one that several bundles hold has all their domains and tactics."""
    merged: dict[str, Technique] = {}
    for row in rows:
        other = merged.get(row.id)
        if other is not None:
            domains = (*other.domains, *row.domains)
            row = replace(
                row, domains=domains, tactics=sort_tactics((*other.tactics, *row.tactics), domains, tactics)
            )
        merged[row.id] = row
    return tuple(row for _, row in sorted(merged.items()))


def _merge(rows: Iterator[_Row]) -> tuple[_Row, ...]:
    """One row an id, sorted; a later row replaces an earlier one."""
    return tuple(row for _, row in sorted({row.id: row for row in rows}.items()))


def _word_notice(objects: Sequence[Json]) -> str:
    years = [found["modified"][:4] for found in objects if found.get("modified")]
    return (
        f"© {max(years, default='2025')} The MITRE Corporation. This work is reproduced and distributed with "
        "the permission of The MITRE Corporation."
    )
