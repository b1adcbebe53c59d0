"""What was parsed of each record file, kept so that a file which has not changed is not parsed again.

It holds every marking and is read with pickle: it lies in a folder that only its user may read, and is
never shared. Losing it costs time and nothing else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from threatbrief.store import StampedTable, unpickle

_COLUMNS: Final = "path TEXT PRIMARY KEY, mtime INTEGER, size INTEGER, sha256 TEXT, seen INTEGER, parsed BLOB"
_BATCH: Final = 256
_RACY: Final = 2_000_000_000
"""A file changed within so many nanoseconds of being read may have changed again at the same time stamp."""


class Seen(NamedTuple):
    """A file as it was last read; time stamps in nanoseconds."""

    mtime: int
    size: int
    sha256: str
    at: int

    def is_same(self, status: os.stat_result) -> bool:
        """Whether the file is unchanged as far as its size and time stamp can tell for sure."""
        is_settled = self.at - self.mtime > _RACY
        return is_settled and self.mtime == status.st_mtime_ns and self.size == status.st_size


class RecordCache:
    """One database of parsed records. `stamp` is what parsing depends on beside a file's bytes."""

    def __init__(self, file: Path, stamp: str) -> None:
        self._table = StampedTable(file, stamp, _COLUMNS)
        self._waiting: list[tuple[object, ...]] = []

    def __enter__(self) -> RecordCache:
        self._table.__enter__()
        return self

    def __exit__(self, *fault: object) -> None:
        self._flush()
        self._table.__exit__(*fault)

    def index(self) -> Mapping[str, Seen]:
        """What is known of each file, by path."""
        rows = self._table.select("path, mtime, size, sha256, seen")
        return {path: Seen(*rest) for path, *rest in rows}

    def parsed(self, paths: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """What was parsed of each file, a batch at a time; one that is gone is left out, None is broken."""
        for at in range(0, len(paths), _BATCH):
            batch = paths[at : at + _BATCH]
            rows = self._table.select("path, parsed", f"path IN ({', '.join('?' * len(batch))})", *batch)
            yield from ((path, unpickle(parsed)) for path, parsed in rows)

    def note(self, path: str, seen: Seen, packed: bytes, parsed: Any) -> None:
        """Keep what was parsed of a file, pickled and as it is."""
        self._waiting.append((path, *seen, packed))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def forget(self, paths: Iterable[str]) -> None:
        """Drop files that are gone."""
        self._table.drop(paths)

    def _flush(self) -> None:
        rows, self._waiting = self._waiting, []
        self._table.put(rows)


def now() -> int:
    """The clock, for telling whether a file was read right after it changed; no output sees it."""
    return time.time_ns()
