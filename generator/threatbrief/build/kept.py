"""What views keep of each record from build to build, such as the words by which it is found.

Read with pickle, so it lies in a folder that only its user may read. Losing it costs time and nothing else.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Final

from threatbrief.build.watch import Answers, KeptValue, Question
from threatbrief.store import StampedTable, unpickle

_COLUMNS: Final = "key TEXT PRIMARY KEY, record TEXT, asked TEXT, value BLOB"


class Keeper:
    """The kept values of one site folder, for one stamp of what decides every file of it."""

    def __init__(self, file: Path, stamp: str) -> None:
        self._table = StampedTable(file, stamp, _COLUMNS)
        self._keys: list[str] = []
        self._found: dict[str, KeptValue] = {}

    def load(self, answers_now: Callable[[], Answers]) -> dict[str, KeptValue]:
        """The values whose questions have the answers they had."""
        with self._table as table:
            rows = table.select("key, record, asked, value")
        answers = answers_now()
        for key, record, asked, packed in rows:
            told = [(tuple(question), answer) for question, answer in json.loads(asked)]
            if all(answers(question) == answer for question, answer in told):
                value = unpickle(packed)
                if value is not None:
                    asked_then = frozenset(question for question, _ in told)
                    self._found[key] = KeptValue(record, asked_then, value)
            self._keys.append(key)
        return dict(self._found)

    def save(self, values: dict[str, KeptValue], answers: Answers) -> None:
        """Write what is new, and drop what is gone."""
        changed: list[tuple[object, ...]] = []
        for key, kept in values.items():
            if self._found.get(key) is not kept:
                asked = json.dumps([[question, answers(question)] for question in _in_order(kept.asked)])
                changed.append((key, kept.record, asked, pickle.dumps(kept.value, 5)))
        gone = [key for key in self._keys if key not in values]
        if changed or gone:
            with self._table as table:
                table.drop(gone)
                table.put(changed)


def _in_order(asked: frozenset[Question]) -> list[Question]:
    return sorted(asked, key=lambda question: tuple(map(str, question)))
