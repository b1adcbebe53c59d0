"""What the last build of a site was made from, so that the next makes only what has changed.

For every file the memo holds a key (view's makings, template, needed files), what its view asked of
the knowledge base with the answers' digests, and the file as it was left. A file is kept when all of it
still holds; where anything is in doubt it is rendered again, which costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from threatbrief.build.artifact import Artifact, Later, Sized
from threatbrief.build.stamps import TemplateStamps
from threatbrief.build.watch import Answers, Question
from threatbrief.build.worker import Outcome
from threatbrief.store import write_whole

_FORMAT: Final = 1


class _Entry(NamedTuple):
    """One file: its key, size, digest, time stamp (ns), and which set of questions its view asked."""

    key: str
    size: int
    sha256: str
    mtime: int
    asked: int


class Memo:
    """The memo of one site folder. `site_stamp` is what decides every file of it."""

    def __init__(
        self, file: Path, site_dir: Path, site_stamp: str, templates: tuple[Path, ...], answers: Answers
    ) -> None:
        self._file, self._site_dir, self._stamp = file, str(site_dir), site_stamp
        self._templates, self.answers = TemplateStamps(templates), answers
        self._keys: dict[PurePosixPath, str] = {}
        self._entries: dict[str, _Entry] = {}
        self._sets: dict[frozenset[Question], int] = {}
        old = _read(file, site_stamp)
        self._old: Mapping[str, Sequence[Any]] = old.get("files", {})
        self._old_sets = _Sets(old, answers)

    def recall(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized]) -> Sized | None:
        """The file of an artifact if nothing that decides it has changed and it is as it was left."""
        path = str(artifact.path)
        key = self._keys[artifact.path] = self._key(artifact, sizes)
        found = self._old.get(path)
        if found is None or found[0] != key or not self._old_sets.is_unchanged(found[4]):
            return None
        old = _Entry(*found)
        mtime = self._left_alone(path, old)
        if mtime is None:
            return None
        asked = self._set(self._old_sets.questions(old.asked))
        self._entries[path] = old._replace(mtime=mtime, asked=asked)
        return Sized(old.size, old.sha256)

    def learn(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized], outcome: Outcome) -> None:
        """Note a file that was rendered."""
        key = self._keys.get(artifact.path) or self._key(artifact, sizes)
        mtime = outcome.delivered.mtime if outcome.delivered else 0
        asked = self._set(frozenset(outcome.asked))
        self._entries[str(artifact.path)] = _Entry(key, outcome.size, outcome.sha256, mtime, asked)

    def save(self) -> None:
        """Write the memo, in one step. A memo that cannot be written is no fault: the next build is cold."""
        asked = list(self._sets)
        index: dict[Question, int] = {}
        sets = [[index.setdefault(question, len(index)) for question in questions] for questions in asked]
        content = {
            "format": _FORMAT,
            "stamp": self._stamp,
            "questions": list(index),
            "answers": [self.answers(question) for question in index],
            "sets": sets,
            "files": self._entries,
        }
        write_whole(self._file, json.dumps(content, separators=(",", ":")).encode())

    def _set(self, questions: frozenset[Question]) -> int:
        return self._sets.setdefault(questions, len(self._sets))

    def _key(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized]) -> str:
        source = artifact.source
        if isinstance(source, Later):
            view = self.answers.stamps((source.given, source.besides))
        else:
            view = hashlib.sha256(pickle.dumps(source)).hexdigest()
        needs = tuple((str(path), sizes[path].size, sizes[path].sha256) for path in artifact.needs)
        return self.answers.stamps(
            (view, artifact.output, artifact.template, self._templates(artifact.template), needs)
        )

    def _left_alone(self, path: str, old: _Entry) -> int | None:
        """The time stamp of a file that still is what was written; None where it is not."""
        try:
            found = os.stat(f"{self._site_dir}/{path}")  # noqa: PTH116 (a Path costs as much as the call)
            if found.st_size != old.size:
                return None
            if found.st_mtime_ns != old.mtime:
                with open(f"{self._site_dir}/{path}", "rb") as file:  # noqa: PTH123
                    if hashlib.sha256(file.read()).hexdigest() != old.sha256:
                        return None
        except OSError:
            return None
        return found.st_mtime_ns


class _Sets:
    """The questions of the last build, in the sets in which views asked them."""

    def __init__(self, old: Mapping[str, Any], answers: Callable[[Question], str]) -> None:
        self._questions = [tuple(question) for question in old.get("questions", ())]
        self._sets: Sequence[Sequence[int]] = old.get("sets", ())
        then = old.get("answers", ())
        changed = {i for i, question in enumerate(self._questions) if answers(question) != then[i]}
        self._changed = {n for n, rows in enumerate(self._sets) if not changed.isdisjoint(rows)}
        self._known: dict[int, frozenset[Question]] = {}

    def is_unchanged(self, number: int) -> bool:
        return number not in self._changed

    def questions(self, number: int) -> frozenset[Question]:
        if number not in self._known:
            self._known[number] = frozenset(self._questions[index] for index in self._sets[number])
        return self._known[number]


def _read(file: Path, site_stamp: str) -> Mapping[str, Any]:
    """The memo as written for the same stamp; nothing where there is none, or it is not whole."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(file.read_bytes())
        if content["format"] == _FORMAT and content["stamp"] == site_stamp:
            return content if len(content["questions"]) == len(content["answers"]) else {}
    return {}
