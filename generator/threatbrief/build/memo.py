"""What the last build of a site was made from, so that the next makes only what has changed.

For every file the memo holds a key (view's makings, template, needed files), what its view asked of
the knowledge base with the answers' digests, and the file as it was left. A file is kept when all of it
still holds; where anything is in doubt it is rendered again, which costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from threatbrief.build.artifact import Artifact, Later, Sized
from threatbrief.build.inputs import Standing
from threatbrief.build.stamps import TemplateStamps
from threatbrief.build.watch import Answers, Question
from threatbrief.build.worker import Outcome
from threatbrief.store import write_whole

_FORMAT: Final = 2
"""`files` holds path → key, size, digest, time stamp (ns), and which set of questions the view asked."""


class Memo:
    """The memo of one site folder. `site_stamp` is what decides every file of it, `standing` the site's
    files as they are."""

    def __init__(
        self, file: Path, standing: Standing, site_stamp: str, templates: tuple[Path, ...], answers: Answers
    ) -> None:
        self._file, self._standing, self._stamp = file, standing, site_stamp
        self._templates, self.answers = TemplateStamps(templates), answers
        self._keys: dict[PurePosixPath, str] = {}
        self._entries: dict[str, Sequence[Any]] = {}
        old = _read(file, site_stamp)
        self._old: Mapping[str, Sequence[Any]] = old.get("files", {})
        self._sets = _Sets(old, answers)

    def recall(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized]) -> Sized | None:
        """The file of an artifact if nothing that decides it has changed and it is as it was left."""
        path = str(artifact.path)
        key = self._keys[artifact.path] = self._key(artifact, sizes)
        found = self._old.get(path)
        if found is None or found[0] != key or not self._sets.is_unchanged(found[4]):
            return None
        _, size, sha256, mtime, _ = found
        status = self._standing.files.get(path)
        if status is None or status.size != size:
            return None
        if status.mtime != mtime:
            if self._standing.digest(path) != sha256:
                return None
            found = [key, size, sha256, status.mtime, found[4]]
        self._entries[path] = found
        return Sized(size, sha256)

    def learn(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized], outcome: Outcome) -> None:
        """Note a file that was rendered."""
        key = self._keys.get(artifact.path) or self._key(artifact, sizes)
        mtime = outcome.delivered.mtime if outcome.delivered else 0
        asked = self._sets.add(frozenset(outcome.asked))
        self._entries[str(artifact.path)] = [key, outcome.size, outcome.sha256, mtime, asked]

    def save(self) -> None:
        """Write the memo, in one step. A memo that cannot be written is no fault: the next build is cold."""
        used = sorted({entry[4] for entry in self._entries.values()})
        place = {number: at for at, number in enumerate(used)}
        content = {
            "format": _FORMAT,
            "stamp": self._stamp,
            **self._sets.plain(used, self.answers),
            "files": {path: [*entry[:4], place[entry[4]]] for path, entry in self._entries.items()},
        }
        write_whole(self._file, json.dumps(content, separators=(",", ":")).encode())

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


class _Sets:
    """The questions of the last build and of this one, in the sets in which views asked them."""

    def __init__(self, old: Mapping[str, Any], answers: Callable[[Question], str]) -> None:
        self._questions: dict[Question, int] = {}
        for question in old.get("questions", ()):
            self._questions.setdefault(tuple(question), len(self._questions))
        self._sets: list[Sequence[int]] = list(old.get("sets", ()))
        then = old.get("answers", ())
        changed = {i for question, i in self._questions.items() if then[i] and answers(question) != then[i]}
        self._changed = {n for n, rows in enumerate(self._sets) if not changed.isdisjoint(rows)}
        self._added: dict[frozenset[Question], int] = {}

    def is_unchanged(self, number: int) -> bool:
        return number not in self._changed

    def add(self, questions: frozenset[Question]) -> int:
        """The number of a set that was asked in this build."""
        if (number := self._added.get(questions)) is None:
            number = self._added[questions] = len(self._sets)
            index = self._questions
            self._sets.append([index.setdefault(question, len(index)) for question in questions])
        return number

    def plain(self, used: Sequence[int], answers: Callable[[Question], str]) -> dict[str, object]:
        """What JSON holds of the sets of these numbers. A question that none of them has keeps its place,
        without an answer, until half of the places are such."""
        sets = [self._sets[number] for number in used]
        live = {index for rows in sets for index in rows}
        questions = list(self._questions)
        if len(live) * 2 < len(questions):
            place = {index: at for at, index in enumerate(sorted(live))}
            sets = [[place[index] for index in rows] for rows in sets]
            questions, live = [questions[index] for index in place], set(place.values())
        told = [answers(question) if index in live else "" for index, question in enumerate(questions)]
        return {"questions": questions, "answers": told, "sets": sets}


def _read(file: Path, site_stamp: str) -> Mapping[str, Any]:
    """The memo as written for the same stamp; nothing where there is none, or it is not whole."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(file.read_bytes())
        if content["format"] == _FORMAT and content["stamp"] == site_stamp:
            return content if len(content["questions"]) == len(content["answers"]) else {}
    return {}
