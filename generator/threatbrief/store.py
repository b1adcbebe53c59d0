"""What is kept on this machine between two runs: written in one step, dropped when its stamp is another.

Nothing of it is needed: what cannot be read is as if it were not there, and what cannot be written is left.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def write_whole(file: Path, content: bytes) -> None:
    """Put a file in place in one step, in a folder that only its user may read."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(file)


def unpickle(content: bytes) -> Any:
    """What was pickled by this code, from a folder that only its user may read; None where it is broken."""
    try:
        return pickle.loads(content)  # noqa: S301 (our own)
    except Exception:
        return None


class StampedTable:
    """One table of a database of its own. `columns` begins with its key; a table under another stamp is
    made anew before anything of it is read.

    A database that another process holds is left alone, a broken one is removed; either way there are no
    rows, and nothing is kept.
    """

    def __init__(self, file: Path, stamp: str, columns: str) -> None:
        self._file, self._stamp, self._columns = file, stamp, columns
        self._base: sqlite3.Connection | None = None

    def __enter__(self) -> StampedTable:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._base = base = sqlite3.connect(self._file, timeout=5)
            base.execute("PRAGMA synchronous = OFF")
            with base:
                base.execute("CREATE TABLE IF NOT EXISTS meta (stamp TEXT NOT NULL)")
                if base.execute("SELECT stamp FROM meta").fetchone() != (self._stamp,):
                    base.execute("DELETE FROM meta")
                    base.execute("DROP TABLE IF EXISTS kept")  # it may have had other columns
                    base.execute(f"CREATE TABLE kept ({self._columns}) WITHOUT ROWID")
                    base.execute("INSERT INTO meta VALUES (?)", (self._stamp,))
        except (OSError, sqlite3.Error) as fault:
            self._give_up(fault)
        return self

    def __exit__(self, *_: object) -> None:
        if self._base:
            self._base.close()
            self._base = None

    def select(self, columns: str, where: str = "", *given: str) -> list[tuple[Any, ...]]:
        """Rows of the table; `where` is a condition with a `?` for each of `given`."""
        if not self._base:
            return []
        try:
            query = f"SELECT {columns} FROM kept" + (f" WHERE {where}" if where else "")  # noqa: S608 (ours)
            return self._base.execute(query, given).fetchall()
        except sqlite3.Error as fault:
            self._give_up(fault)
            return []

    def put(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Add rows, or replace those with the same key."""
        if rows:
            self._change(f"INSERT OR REPLACE INTO kept VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608

    def drop(self, keys: Iterable[str | int]) -> None:
        """Remove the rows of these keys."""
        name = self._columns.split(maxsplit=1)[0]
        self._change(f"DELETE FROM kept WHERE {name} = ?", [(key,) for key in keys])  # noqa: S608

    def _change(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._base and rows:
            try:
                with self._base:
                    self._base.executemany(query, rows)
            except sqlite3.Error as fault:
                self._give_up(fault)

    def _give_up(self, fault: Exception) -> None:
        if self._base:
            self._base.close()
            self._base = None
        if isinstance(fault, sqlite3.DatabaseError) and not isinstance(fault, sqlite3.OperationalError):
            for suffix in ("", "-journal"):
                with contextlib.suppress(OSError):
                    Path(f"{self._file}{suffix}").unlink(missing_ok=True)
