"""What was parsed of each record file, kept so that a file which has not changed is not parsed again.

It holds every marking and is read with pickle: it lies in a folder that only its user may read, and is
never shared. Losing it costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, mtime INTEGER, size INTEGER, sha256 TEXT, seen INTEGER, parsed BLOB
) WITHOUT ROWID;
"""
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
    """One database of parsed records. `stamp` is what parsing depends on beside a file's bytes.

    Whatever goes wrong with it, reading goes on without: a cache that is broken is thrown away.
    """

    def __init__(self, file: Path, stamp: str) -> None:
        self._file, self._stamp = file, stamp
        self._base: sqlite3.Connection | None = None
        self._waiting: list[tuple[object, ...]] = []

    def __enter__(self) -> RecordCache:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._base = base = sqlite3.connect(self._file, timeout=5)
            base.execute("PRAGMA synchronous = OFF")
            with base:
                base.executescript(_SCHEMA)
                if base.execute("SELECT stamp FROM meta").fetchone() != (self._stamp,):
                    base.execute("DELETE FROM meta")
                    base.execute("DELETE FROM files")
                    base.execute("INSERT INTO meta VALUES (?)", (self._stamp,))
        except (OSError, sqlite3.Error) as fault:
            self._give_up(fault)
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        if self._base:
            self._base.close()
            self._base = None

    def index(self) -> Mapping[str, Seen]:
        """What is known of each file, by path."""
        rows = self._ask("SELECT path, mtime, size, sha256, seen FROM files")
        return {path: Seen(*rest) for path, *rest in rows}

    def parsed(self, path: str) -> bytes | None:
        """What was parsed of a file; None where it is gone."""
        row = next(iter(self._ask("SELECT parsed FROM files WHERE path = ?", path)), None)
        return row[0] if row else None

    def note(self, path: str, seen: Seen, parsed: bytes) -> None:
        """Keep what was parsed of a file."""
        self._waiting.append((path, *seen, parsed))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def forget(self, paths: Iterable[str]) -> None:
        """Drop files that are gone."""
        self._change("DELETE FROM files WHERE path = ?", [(path,) for path in paths])

    def _flush(self) -> None:
        rows, self._waiting = self._waiting, []
        self._change("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _ask(self, query: str, *given: str) -> list[tuple[Any, ...]]:
        try:
            return self._base.execute(query, given).fetchall() if self._base else []
        except sqlite3.Error as fault:
            self._give_up(fault)
            return []

    def _change(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._base and rows:
            try:
                with self._base:
                    self._base.executemany(query, rows)
            except sqlite3.Error as fault:
                self._give_up(fault)

    def _give_up(self, fault: Exception) -> None:
        """Go on without. A database that another build holds is left alone, a broken one removed."""
        if self._base:
            self._base.close()
            self._base = None
        if isinstance(fault, sqlite3.DatabaseError) and not isinstance(fault, sqlite3.OperationalError):
            for suffix in ("", "-journal"):
                with contextlib.suppress(OSError):
                    Path(f"{self._file}{suffix}").unlink(missing_ok=True)


def now() -> int:
    """The clock, for telling whether a file was read right after it changed; no output sees it."""
    return time.time_ns()
