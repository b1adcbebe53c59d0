"""Tables of the whole site, as CSV (RFC 4180) and as JSON Lines.

`ioc.csv` and `ioc.jsonl` are exact. In the other CSV tables, which people open in spreadsheets, a cell
that would be a formula is kept from being one, and no address in their texts is live.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from json.encoder import encode_basestring as quote
from operator import methodcaller
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.tables_rows import (
    ACTORS,
    INCIDENTS,
    INDICATORS,
    NAMES,
    SOFTWARE,
    TECHNIQUES,
    Cell,
    Row,
    actor_rows,
    incident_rows,
    indicator_rows,
    name_rows,
    software_rows,
    technique_rows,
)
from threatbrief.render.engine import Engine

_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection), full-width forms included."""

_begins_formula: Final = methodcaller("startswith", _FORMULA_SIGNS)
_RowMaker = Callable[[KnowledgeBase, SiteConfig], Iterator[Row]]

TABLES: Final[tuple[tuple[str, tuple[str, ...], _RowMaker, bool], ...]] = (
    ("incidents", INCIDENTS, incident_rows, False),
    ("actors", ACTORS, actor_rows, False),
    ("names", NAMES, name_rows, False),
    ("software", SOFTWARE, software_rows, False),
    ("techniques", TECHNIQUES, technique_rows, False),
    ("ioc", INDICATORS, indicator_rows, True),
)
"""Name of the files, columns, what makes the rows, and whether the CSV is exact."""


@dataclass(frozen=True, slots=True)
class TableView:
    """One table, for a file of either format; a list in a cell is several values."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    exact: bool


class TablesOutput:
    """`data/<table>.csv` and `data/<table>.jsonl`; nothing in a RED build."""

    name = "tables"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.tlp is Tlp.RED:
            return
        for number, (name, *_) in enumerate(TABLES):
            later = Later(_table_view, kb, site, number)
            for kind in ("csv", "jsonl"):
                path = PurePosixPath(f"data/{name}.{kind}")
                yield Artifact(path, later, owner=f"table of {name}", output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: TableView = artifact.view
        if artifact.path.suffix == ".csv":
            return encode_csv(view.columns, view.rows, exact=view.exact)
        return encode_lines(view.columns, view.rows)


def _table_view(kb: KnowledgeBase, site: SiteConfig, number: int) -> TableView:
    _, columns, make_rows, exact = TABLES[number]
    return TableView(columns, tuple(make_rows(kb.listed, site)), exact)


def encode_csv(columns: tuple[str, ...], rows: Iterable[Row], *, exact: bool) -> bytes:
    """A header and a line a row, UTF-8; several values in one cell stand apart by `; `.

    Unless `exact`, a cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    spell = _spell_row if exact else _spell_row_safely
    writer.writerows(map(spell, rows))
    return text.getvalue().encode()


def encode_lines(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    """One JSON object a line, its keys the columns, every value exact."""
    keys = tuple(f"{quote(column)}:" for column in columns)
    lines = (
        ",".join(
            [
                key + (quote(cell) if type(cell) is str else _write(cell))
                for key, cell in zip(keys, row, strict=True)
            ]
        )
        for row in rows
    )
    return "".join([f"{{{line}}}\n" for line in lines]).encode()


def neutralise(text: str) -> str:
    """A cell's text, with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def _spell_row(row: Row) -> list[str]:
    return [cell if type(cell) is str else _spell_cell(cell) for cell in row]


def _spell_row_safely(row: Row) -> list[str]:
    cells = _spell_row(row)
    return [neutralise(cell) for cell in cells] if any(map(_begins_formula, cells)) else cells


def _spell_cell(cell: Cell) -> str:
    """A cell that is no text already: several values stand apart, words are those of JSON."""
    if cell is None:
        return ""
    if type(cell) is tuple:
        return "; ".join(cell)
    return str(cell).lower() if type(cell) is bool else str(cell)


def _write(cell: Cell) -> str:
    """Any cell as JSON. By hand: to set up the json module's encoder costs more than to
    write a row."""
    if cell is None:
        return "null"
    if type(cell) is tuple:
        return f"[{','.join(map(quote, cell))}]"
    return quote(cell) if isinstance(cell, str) else str(cell).lower()
