"""What was parsed of each record file, kept so that a file which has not changed is not parsed again.

It holds every marking and is read with pickle: it lies in a folder that only its user may read, and is
never shared. Losing it costs time and nothing else.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from threatbrief.records.parse import Parsed
from threatbrief.store import StampedTable, unpickle

_COLUMNS: Final = "bucket INTEGER PRIMARY KEY, packed BLOB"
_BUCKETS: Final = 256
"""Records that are pickled together share their words, and load in three quarters of the time."""
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


class Entry(NamedTuple):
    """A file as it was read, and what was parsed of it."""

    seen: Seen
    parsed: Parsed


class RecordCache:
    """One database of parsed records. `stamp` is what parsing depends on beside a file's bytes."""

    def __init__(self, file: Path, stamp: str) -> None:
        self._table = StampedTable(file, stamp, _COLUMNS)

    def load(self) -> dict[str, Entry]:
        """What is known, by the path of the file."""
        entries: dict[str, Entry] = {}
        with self._table as table:
            for _, packed in table.select("bucket, packed"):
                entries.update(unpickle(packed) or {})
        return entries

    def save(
        self, entries: Mapping[str, Entry], changed: Collection[str], packed: Mapping[int, bytes]
    ) -> None:
        """Keep these entries. `changed` are the paths read anew or gone, `packed` buckets all of whose files
        were read anew, as `pack` makes them."""
        buckets: dict[int, dict[str, Entry]] = {bucket_of(path): {} for path in changed}
        if not buckets:
            return
        for path, entry in entries.items():
            if (bucket := bucket_of(path)) in buckets:
                buckets[bucket][path] = entry
        with self._table as table:
            table.drop([bucket for bucket, held in buckets.items() if not held])
            table.put(
                [(bucket, packed.get(bucket) or pack(held)) for bucket, held in buckets.items() if held]
            )


def bucket_of(path: str) -> int:
    """The number of the bucket in which a file is kept."""
    return crc32(path.encode("utf-8", "surrogateescape")) % _BUCKETS


def pack(entries: Mapping[str, Entry]) -> bytes:
    """A bucket of entries as it is kept."""
    return pickle.dumps(dict(entries), 5)


def now() -> int:
    """The clock, for telling whether a file was read right after it changed; no output sees it."""
    return time.time_ns()
