"""What a process keeps of the records, so that it reads and judges again only those that have changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from threatbrief.checks.memo import FindingsMemo
from threatbrief.project import Caches
from threatbrief.records import RecordCache
from threatbrief.records.cache import Entry


class HeldCache(RecordCache):
    """A record cache that has what it read, or was told, at hand."""

    def __init__(self, file: Path, stamp: str) -> None:
        super().__init__(file, stamp)
        self._held: dict[str, Entry] | None = None

    def load(self) -> dict[str, Entry]:
        if self._held is None:
            self._held = super().load()
        return self._held

    def save(
        self, entries: Mapping[str, Entry], changed: Collection[str], packed: Mapping[int, bytes]
    ) -> None:
        super().save(entries, changed, packed)
        self._held = dict(entries)


class HeldFindings(FindingsMemo):
    """A memo that the next run goes on with; what the first run found is written, as for any build."""

    _is_written = False

    def save(self) -> None:
        if not self._is_written:
            super().save()
            self._is_written = True
        self._old, self._new = self._new, {}


class Held(Caches):
    """The caches of one process, made anew where the file or the stamp is another."""

    def __init__(self) -> None:
        self._made: dict[type, tuple[tuple[Path, str], Any]] = {}

    def records(self, file: Path, stamp: str) -> RecordCache:
        cache: RecordCache = self._once(HeldCache, file, stamp)
        return cache

    def findings(self, file: Path, stamp: str) -> FindingsMemo:
        memo: FindingsMemo = self._once(HeldFindings, file, stamp)
        return memo

    def _once(self, make: type, file: Path, stamp: str) -> Any:
        if make not in self._made or self._made[make][0] != (file, stamp):
            self._made[make] = ((file, stamp), make(file, stamp))
        return self._made[make][1]
