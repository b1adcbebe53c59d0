"""`threatbrief reference update`: writes the tables anew from their sources, the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from threatbrief.reference.bundles import read_attack_bundles
from threatbrief.reference.countries import read_countries
from threatbrief.reference.galaxies import read_actor_galaxy, read_attack_galaxies, read_galaxies
from threatbrief.reference.layout import Table, encode_table


@dataclass(frozen=True, slots=True)
class UpdatedTable:
    """A table that was written: its file, where its rows come from, and how many there are of each kind."""

    path: Path
    source: str
    rows: Mapping[str, int]


def update_tables(folder: Path, attack_bundles: Sequence[Path] = ()) -> tuple[UpdatedTable, ...]:
    """Write the tables that have a source into `folder`, which must exist.

    Without bundles attack.json, actors.json and galaxies.json come from the package pymispgalaxies
    and countries.json from pycountry. With bundles attack.json alone is written, and holds exactly the
    domains that they cover. sectors.json and motivations.json are kept by hand and left alone.
    All sources are read before anything is written; raises ReferenceSourceError if one is unusable.
    """
    tables: tuple[tuple[str, Table], ...]
    if attack_bundles:
        tables = (("attack.json", read_attack_bundles(attack_bundles)),)
    else:
        tables = (
            ("actors.json", read_actor_galaxy()),
            ("attack.json", read_attack_galaxies()),
            ("countries.json", read_countries()),
            ("galaxies.json", read_galaxies()),
        )
    return tuple(_write_table(folder / name, table) for name, table in tables)


def _write_table(path: Path, table: Table) -> UpdatedTable:
    path.write_bytes(encode_table(table))
    columns = ((field.name, getattr(table, field.name)) for field in fields(table))
    return UpdatedTable(
        path, table.source, {name: len(rows) for name, rows in columns if isinstance(rows, tuple)}
    )
