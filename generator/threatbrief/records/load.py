"""Read every record below a folder, validate it, and report every fault of every file in one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from threatbrief.diagnostics import Diagnostic
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record, highest
from threatbrief.records.cache import RecordCache
from threatbrief.records.files import find_files
from threatbrief.records.read import read_files


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read: the records that are whole, every fault found on the way, and what could be made
    of the records that failed: `partial` is for checks alone and is never published."""

    records: tuple[Record, ...]
    found: tuple[Diagnostic, ...]
    partial: tuple[Record, ...] = ()


def load(root: Path, base: Path | None = None) -> tuple[KnowledgeBase, tuple[Diagnostic, ...]]:
    """Every whole record below `root`, unfiltered, and the faults; paths are printed relative to `base`.

    Checks that should see the records that failed too take `read_records(…).partial`.
    """
    loaded = read_records(root, base)
    return KnowledgeBase.of(loaded.records), loaded.found


def read_records(
    root: Path, base: Path | None = None, cache: RecordCache | None = None, workers: int = 1
) -> Loaded:
    """Read the folders of KINDS below `root`; a file that fails yields faults and a partial record.

    A file that `cache` knows is not parsed again; many that it does not are parsed in `workers` processes.
    """
    base = base or root
    records: list[Record] = []
    partial: list[Record] = []
    found: list[Diagnostic] = []
    for parsed in read_files(list(find_files(root, base, found)), base, cache, workers):
        found.extend(parsed.found)
        if parsed.record is not None:
            (records if parsed.is_whole else partial).append(parsed.record)
    found.extend(_check_unique([*records, *partial]))
    return Loaded(tuple(records), tuple(found), tuple(partial))


def _check_unique(records: list[Record]) -> Iterator[Diagnostic]:
    """Two records of one kind with one id, or ids that differ in case alone (one path on some disks)."""
    seen: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.origin.is_sound("id"):
            seen[(type(record).__name__, record.id.lower())].append(record)
    for (_, folded), rows in seen.items():
        for record in rows[1:]:
            first = rows[0]
            message = f"the id {folded!r} is taken by {first.origin.path}"
            marking = highest(record.tlp, first.tlp)
            yield Diagnostic("R101", "error", record.origin.span("id"), message, "mint a new id", marking)
