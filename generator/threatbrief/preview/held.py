"""What a process keeps of the records, so that it reads and judges again only those that have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from threatbrief.checks.memo import FindingsMemo
from threatbrief.project import Caches
from threatbrief.records import RecordCache
from threatbrief.records.cache import Seen


class HeldCache(RecordCache):
    """A record cache that has what it read, or was told, at hand."""

    def __init__(self, file: Path, stamp: str) -> None:
        super().__init__(file, stamp)
        self._seen: dict[str, Seen] = {}
        self._held: dict[str, Any] = {}

    def index(self) -> Mapping[str, Seen]:
        if not self._seen:
            self._seen.update(super().index())
        return self._seen

    def parsed(self, paths: Sequence[str]) -> Iterator[tuple[str, Any]]:
        self._held.update(super().parsed([path for path in paths if path not in self._held]))
        return ((path, self._held[path]) for path in paths if path in self._held)

    def note(self, path: str, seen: Seen, packed: bytes, parsed: Any) -> None:
        super().note(path, seen, packed, parsed)
        self._seen[path], self._held[path] = seen, parsed

    def forget(self, paths: Iterable[str]) -> None:
        gone = list(paths)
        super().forget(gone)
        for path in gone:
            self._seen.pop(path, None)
            self._held.pop(path, None)


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
