"""The tables that have a source: what their files hold, and how a file is laid out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from threatbrief.reference.model import (
    AttackSoftware,
    Cluster,
    Country,
    Galaxy,
    Group,
    MispActor,
    Mitigation,
    Tactic,
    Technique,
)


@dataclass(frozen=True, slots=True)
class AttackTable:
    """All that is kept of ATT&CK, every sequence sorted by domain and order, or by id.

    `versions` maps each domain held to the ATT&CK release it comes from, "unknown" where the
    source does not tell; `note` says what a reader should know of the source, if anything.
    """

    source: str
    notice: str
    versions: Mapping[str, str]
    note: str | None
    tactics: tuple[Tactic, ...]
    techniques: tuple[Technique, ...]
    groups: tuple[Group, ...]
    software: tuple[AttackSoftware, ...]
    mitigations: tuple[Mitigation, ...]


@dataclass(frozen=True, slots=True)
class ActorTable:
    """MISP's threat actors, sorted by name."""

    source: str
    actors: tuple[MispActor, ...]


@dataclass(frozen=True, slots=True)
class GalaxyTable:
    """MISP galaxies sorted by type, and clusters of theirs sorted by galaxy and key."""

    source: str
    galaxies: tuple[Galaxy, ...]
    clusters: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True)
class CountryTable:
    """The countries of ISO 3166-1 and Kosovo, sorted by code."""

    source: str
    countries: tuple[Country, ...]


Table = AttackTable | ActorTable | CountryTable | GalaxyTable


def encode_table(table: Table) -> bytes:
    """The table as JSON, one line for each scalar and each row, so that a diff shows rows.

    A row leaves out the fields that have their default. The same table gives the same bytes.
    """
    lines = ",\n".join(
        f" {_encode(field.name)}: {_encode_field(getattr(table, field.name))}" for field in fields(table)
    )
    return f"{{\n{lines}\n}}\n".encode()


def _encode_field(value: object) -> str:
    if isinstance(value, tuple):
        return "[\n" + ",\n".join(f"  {_encode(dict(_spell_row(row)))}" for row in value) + "\n ]"
    return _encode(value)


def _spell_row(row: Any) -> Iterator[tuple[str, object]]:
    for field in fields(row):
        value = getattr(row, field.name)
        if field.default is MISSING or value != field.default:
            yield field.name, value


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
