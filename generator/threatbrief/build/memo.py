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
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from threatbrief.build.artifact import Artifact, Later, Sized
from threatbrief.build.inputs import Standing
from threatbrief.build.stamps import TemplateStamps
from threatbrief.build.watch import Answers, Question
from threatbrief.build.worker import Outcome
from threatbrief.processes import begin_in_turn, map_forked
from threatbrief.store import write_whole

AnswerT = TypeVar("AnswerT")

_FORMAT: Final = 3
"""`files` holds path → key, size, digest, time stamp (ns), and which set of questions the view asked."""

_SPAN: Final = 128
_PARALLEL_FROM: Final = 8
"""Spans of artifacts from which on several processes look."""

_CLEARED_AT: Final = 1.5


class Memo:
    """The memo of one site folder. `site_stamp` is what decides every file of it, `standing` the site's
    files as they are."""

    def __init__(
        self, file: Path, standing: Standing, site_stamp: str, templates: tuple[Path, ...], answers: Answers
    ) -> None:
        self._file, self._standing, self._stamp = file, standing, site_stamp
        self._templates, self.answers = TemplateStamps(templates), answers
        self._entries: dict[str, Sequence[Any]] = {}
        self._keys: dict[str, str] = {}
        old = _read(file, site_stamp)
        self._old: Mapping[str, Sequence[Any]] = old.get("files", {})
        self._sets = _Sets(old, answers)

    def begin(self, other: Callable[[], AnswerT]) -> Callable[[], AnswerT]:
        """Ask the old questions in a process of its own, which then does another job; that one's answer."""
        return self._sets.begin(other)

    def answers_now(self) -> Answers:
        """What the knowledge base answers, once the old questions have been asked again."""
        _ = self._sets.holds
        return self.answers

    def recall(
        self, artifacts: Sequence[Artifact], sizes: Mapping[PurePosixPath, Sized], workers: int = 1
    ) -> Iterator[Sized | None]:
        """The file of each artifact if nothing that decides it has changed and it is as it was left.

        Many are looked at in several processes. `sizes` are of the files that the artifacts need.
        """
        if not self._old:
            yield from (None for _ in artifacts)
            return
        _ = self._standing.files, self._sets.holds  # worked out here, once, and not in each process
        look = partial(self._look_at_span, artifacts, sizes)
        spans = [range(at, min(at + _SPAN, len(artifacts))) for at in range(0, len(artifacts), _SPAN)]
        for span, found in zip(
            spans, map_forked(look, spans, workers, fewest=_PARALLEL_FROM, chunk=1), strict=True
        ):
            for index, seen in zip(span, found, strict=True):
                yield self._keep(str(artifacts[index].path), seen)

    def _look_at_span(
        self, artifacts: Sequence[Artifact], sizes: Mapping[PurePosixPath, Sized], span: range
    ) -> list[int | str]:
        return [self._look_at(artifacts[index], sizes) for index in span]

    def _look_at(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized]) -> int | str:
        """The time stamp of a file that may be kept as it is; the key of one that may not."""
        path, key = str(artifact.path), self._key(artifact, sizes)
        found = self._old.get(path)
        status = self._standing.files.get(path)
        if found is None or status is None or status.size != found[1]:
            return key
        if key != found[0] or not self._sets.is_unchanged(found[4]):
            return key
        if status.mtime != found[3] and self._standing.digest(path) != found[2]:
            return key
        return status.mtime

    def _keep(self, path: str, seen: int | str) -> Sized | None:
        if isinstance(seen, str):
            self._keys[path] = seen
            return None
        key, size, sha256, _, asked = self._old[path]
        self._entries[path] = (key, size, sha256, seen, asked)
        return Sized(size, sha256)

    def learn(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized], outcome: Outcome) -> None:
        """Note a file that was rendered."""
        key = self._keys.pop(str(artifact.path), None) or self._key(artifact, sizes)
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
            **self._sets.plain(used),
            "files": {path: [*entry[:4], place[entry[4]]] for path, entry in self._entries.items()},
        }
        write_whole(self._file, json.dumps(content, separators=(",", ":")).encode())

    def _key(self, artifact: Artifact, sizes: Mapping[PurePosixPath, Sized]) -> str:
        source = artifact.source
        if isinstance(source, Later):
            view: tuple[object, ...] = (source.given, source.besides)
        else:
            view = (hashlib.sha256(pickle.dumps(source)).hexdigest(),)
        needs = tuple((str(path), sizes[path].size, sizes[path].sha256) for path in artifact.needs)
        return self.answers.stamps(
            (*view, artifact.output, artifact.template, self._templates(artifact.template), needs)
        )


class _Sets:
    """The questions of the last build and of this one, in the sets in which views asked them."""

    def __init__(self, old: Mapping[str, Any], answers: Answers) -> None:
        self._old = [tuple(question) for question in old.get("questions", ())]
        self._questions: dict[Question, int] = {question: at for at, question in enumerate(self._old)}
        self._sets: list[Sequence[int]] = list(old.get("sets", ()))
        self._then: Sequence[str] = old.get("answers", ())
        self._cleared: int = old.get("cleared", 0)
        self._answers = answers
        self._compared: Callable[[], list[tuple[int, str]]] = self._compare
        self._unchanged: dict[int, bool] = {}
        self._added: dict[frozenset[Question], int] = {}

    def is_unchanged(self, number: int) -> bool:
        """Whether every question of a set has the answer that it had."""
        if (known := self._unchanged.get(number)) is None:
            known = self._unchanged[number] = all(map(self.holds.__getitem__, self._sets[number]))
        return known

    def begin(self, other: Callable[[], AnswerT]) -> Callable[[], AnswerT]:
        self._compared, answer = begin_in_turn(self._compare, other)
        return answer

    @cached_property
    def holds(self) -> bytearray:
        """Whether an old question's answer is what it was, by its place."""
        holds = bytearray(b"\1" * len(self._old))
        answers = list(self._then)
        for place, answer in self._compared():
            holds[place], answers[place] = 0, answer
        self._answers.take(zip(self._old, answers, strict=True))
        return holds

    def _compare(self) -> list[tuple[int, str]]:
        """The place and the new answer of each question whose answer is another than it was."""
        rows = enumerate(zip(self._old, self._then, strict=True))
        return [
            (place, answer) for place, (question, then) in rows if (answer := self._answers(question)) != then
        ]

    def add(self, questions: frozenset[Question]) -> int:
        """The number of a set that was asked in this build."""
        if (number := self._added.get(questions)) is None:
            number = self._added[questions] = len(self._sets)
            index = self._questions
            self._sets.append([index.setdefault(question, len(index)) for question in questions])
        return number

    def plain(self, used: Sequence[int]) -> dict[str, object]:
        """What JSON holds of the sets of these numbers. Questions that none of them has any more are left out
        when there are half as many again as at the last time; until then they are asked for nothing."""
        sets = [self._sets[number] for number in used]
        questions, cleared = list(self._questions), self._cleared
        if len(questions) > _CLEARED_AT * cleared:
            live = sorted(set().union(*sets))
            place = {index: at for at, index in enumerate(live)}
            sets = [[place[index] for index in rows] for rows in sets]
            questions, cleared = [questions[index] for index in live], len(live)
        answers = [self._answers(question) for question in questions]
        return {"questions": questions, "answers": answers, "sets": sets, "cleared": cleared}


def _read(file: Path, site_stamp: str) -> Mapping[str, Any]:
    """The memo as written for the same stamp; nothing where there is none, or it is not whole."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(file.read_bytes())
        if content["format"] == _FORMAT and content["stamp"] == site_stamp:
            return content if len(content["questions"]) == len(content["answers"]) else {}
    return {}
