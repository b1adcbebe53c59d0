"""What views keep of each record from build to build, such as the words by which it is found.

Read with pickle, so it lies in a folder that only its user may read. Losing it costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import sqlite3
from pathlib import Path
from typing import Final

from threatbrief.build.watch import Answers, KeptValue, Question

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, record TEXT, asked TEXT, value BLOB) WITHOUT ROWID;
"""


class Keeper:
    """The kept values of one site folder, for one stamp of what decides every file of it."""

    def __init__(self, file: Path, stamp: str) -> None:
        self._file, self._stamp = file, stamp
        self._rows: dict[str, tuple[str, str]] = {}

    def load(self, answers: Answers) -> dict[str, KeptValue]:
        """The values whose questions have the answers they had."""
        try:
            with contextlib.closing(self._connect()) as base:
                rows = base.execute("SELECT key, record, asked, value FROM kept").fetchall()
        except (sqlite3.Error, OSError):
            return {}
        found: dict[str, KeptValue] = {}
        for key, record, asked, value in rows:
            told = json.loads(asked)
            questions = [tuple(question) for question, _ in told]
            self._rows[key] = (record, asked)
            if all(
                answers(question) == answer for question, (_, answer) in zip(questions, told, strict=True)
            ):
                found[key] = KeptValue(record, frozenset(questions), pickle.loads(value))  # noqa: S301 (ours)
        return found

    def save(self, values: dict[str, KeptValue], answers: Answers) -> None:
        """Write what is new, and drop what is gone. What cannot be written is left."""
        changed: list[tuple[str, str, str, bytes]] = []
        for key, kept in values.items():
            asked = json.dumps([[question, answers(question)] for question in _in_order(kept.asked)])
            if self._rows.get(key) != (kept.record, asked):
                changed.append((key, kept.record, asked, pickle.dumps(kept.value, 5)))
        gone = [(key,) for key in self._rows if key not in values]
        if changed or gone:
            with (
                contextlib.suppress(sqlite3.Error, OSError),
                contextlib.closing(self._connect()) as base,
                base,
            ):
                base.executemany("DELETE FROM kept WHERE key = ?", gone)
                base.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", changed)

    def _connect(self) -> sqlite3.Connection:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        base = sqlite3.connect(self._file, timeout=5)
        try:
            base.execute("PRAGMA synchronous = OFF")
            base.executescript(_SCHEMA)
            if base.execute("SELECT stamp FROM meta").fetchone() != (self._stamp,):
                with base:
                    base.execute("DELETE FROM meta")
                    base.execute("DELETE FROM kept")
                    base.execute("INSERT INTO meta VALUES (?)", (self._stamp,))
        except sqlite3.OperationalError:
            base.close()
            raise
        except sqlite3.DatabaseError:
            base.close()
            self._file.unlink(missing_ok=True)
            raise
        return base


def _in_order(asked: frozenset[Question]) -> list[Question]:
    return sorted(asked, key=lambda question: tuple(map(str, question)))
