"""The ATT&CK matrix as a heat map: how many of the records show each technique, tactic by tactic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from threatbrief.knowledge import techniques_seen
from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.reference.model import DOMAINS, Domain
from threatbrief.views.common import plural
from threatbrief.views.incident import TACTIC_FALLBACK, tactic_name

DOMAIN_NAMES: Final[dict[Domain, str]] = {"enterprise": "Enterprise", "mobile": "Mobile", "ics": "ICS"}
_MOST_LISTED: Final = 10
_LEAST_ACROSS, _MOST_ACROSS = 4, 8


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A technique and in how many of the records it was seen; `level` is its shade, 1 to 3.

    `short` is its name without its parent's, where the parent stands in the same matrix.
    """

    id: str
    name: str
    short: str
    href: str
    records: int
    count: str
    level: int


@dataclass(frozen=True, slots=True)
class HeatColumn:
    """A tactic and its techniques; `more` says how many of the rarest are left out."""

    tactic: str
    count: str
    cells: tuple[HeatCell, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class HeatShade:
    """What a shade means, in words."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class HeatMatrix:
    """One domain's matrix, the key of its shades, and how many tactics stand side by side."""

    domain: str
    count: str
    columns: tuple[HeatColumn, ...]
    shades: tuple[HeatShade, ...]
    across: int


def technique_name(technique_id: str) -> str:
    known = load_reference().technique(technique_id)
    return known.name if known else ""


def technique_counts(incidents: Iterable[Incident]) -> Counter[str]:
    """Technique id → in how many of these records it was reported or mapped."""
    return Counter(id_ for incident in incidents for id_ in dict.fromkeys(techniques_seen(incident)))


def technique_heat(counts: Mapping[str, int]) -> tuple[HeatMatrix, ...]:
    """A matrix for each domain that has any of these techniques; each stands under all its tactics.

    What the reference table does not know stands in the Enterprise matrix, in a last column of its own.
    """
    matrices = []
    for domain in DOMAINS:
        found = {id_: counts[id_] for id_ in sorted(counts) if _domain(id_) == domain}
        if found:
            matrices.append(_matrix(domain, found))
    return tuple(matrices)


def shorten(matrix: HeatMatrix) -> HeatMatrix:
    """The matrix without the rarest techniques of its long columns, for a page that is about more."""
    return replace(matrix, columns=tuple(map(_shorten, matrix.columns)))


def is_shortened(counts: Mapping[str, int]) -> bool:
    """Whether a shortened matrix of these techniques leaves any out."""
    known = [(id_, load_reference().technique(id_)) for id_ in counts]
    heights: Counter[object] = Counter(
        (technique.domains[0], tactic) for _, technique in known if technique for tactic in technique.tactics
    )
    heights.update(_domain(id_) for id_, technique in known if not technique)
    return max(heights.values(), default=0) > _MOST_LISTED + 1


def _shorten(column: HeatColumn) -> HeatColumn:
    left = len(column.cells) - _MOST_LISTED
    if left <= 1:
        return column
    often = sorted(column.cells, key=lambda cell: (-cell.records, cell.id))[:_MOST_LISTED]
    return replace(
        column, cells=tuple(sorted(often, key=lambda cell: cell.id)), more=f"and {left} rarer ones"
    )


def _domain(technique_id: str) -> Domain:
    known = load_reference().technique(technique_id)
    return known.domains[0] if known else load_reference().cells(technique_id)[0][0]


def _matrix(domain: Domain, counts: Mapping[str, int]) -> HeatMatrix:
    reference = load_reference()
    bounds = _bounds(max(counts.values()))
    cells = {id_: _cell(id_, counts, bounds) for id_ in counts}
    columns: list[tuple[str, list[str]]] = []
    placed: set[str] = set()
    for tactic in reference.tactics(domain):
        members = [
            id_ for id_ in counts if (known := reference.technique(id_)) and tactic.shortname in known.tactics
        ]
        placed.update(members)
        if members:
            columns.append((tactic_name(tactic), members))
    if left := [id_ for id_ in counts if id_ not in placed]:
        columns.append((TACTIC_FALLBACK, left))
    return HeatMatrix(
        domain=DOMAIN_NAMES[domain],
        count=plural(len(counts), "technique"),
        columns=tuple(
            HeatColumn(tactic, plural(len(ids), "technique"), tuple(cells[id_] for id_ in ids))
            for tactic, ids in columns
        ),
        shades=tuple(_shades(bounds, max(counts.values()))),
        across=_across(len(columns)),
    )


def _across(tactics: int) -> int:
    """Rows of tactics of about equal length, none longer than a page is wide; a short one leaves room."""
    rows = math.ceil(tactics / _MOST_ACROSS)
    return max(math.ceil(tactics / rows), _LEAST_ACROSS)


def _bounds(most: int) -> tuple[int, int]:
    """From which counts on the second and the third shade are used."""
    return (2, 5) if most < 12 else (math.ceil(most ** (1 / 3)), math.ceil(most ** (2 / 3)))


def _level(count: int, bounds: tuple[int, int]) -> int:
    return 1 + (count >= bounds[0]) + (count >= bounds[1])


def _shades(bounds: tuple[int, int], most: int) -> Iterator[HeatShade]:
    second, third = bounds
    yield HeatShade(1, "1 record" if second == 2 else f"1 to {second - 1} records")
    if most >= second:
        yield HeatShade(2, f"{second} to {third - 1}")
    if most >= third:
        yield HeatShade(3, f"{third} or more")


def _cell(technique_id: str, counts: Mapping[str, int], bounds: tuple[int, int]) -> HeatCell:
    name, parent = technique_name(technique_id), technique_id.partition(".")[0]
    short = name.partition(": ")[2] if parent != technique_id and parent in counts else name
    return HeatCell(
        id=technique_id,
        name=name,
        short=short or name,
        href=f"techniques/{technique_id.lower()}/",
        records=counts[technique_id],
        count=plural(counts[technique_id], "record"),
        level=_level(counts[technique_id], bounds),
    )
