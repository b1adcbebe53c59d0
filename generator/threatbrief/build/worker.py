"""Where files are rendered: in this process, or in each of a pool's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Protocol

from threatbrief.build.artifact import Artifact, Later, Output, Sized, defuse_json
from threatbrief.build.watch import Question, ReadLog
from threatbrief.errors import RenderError, ThreatbriefError
from threatbrief.render.engine import Engine, Sources

_JSON: Final = (".json", ".jsonl", ".webmanifest")
_EVERYTHING: Final[Question] = ("", "records")
_MOST: Final = 10_000
"""A view that asked more than this of the knowledge base counts as one that read all of it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Whether the site held other bytes (or none) before, and the file's time stamp in nanoseconds."""

    changed: bool
    mtime: int


class Delivery(Protocol):
    """Takes each file where it is rendered, so that no process hands bytes to another."""

    def __call__(self, path: PurePosixPath, content: bytes) -> Delivered: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rendered file: `size` in bytes, `sha256` in lower-case hex, what its view asked for.

    `content` is None where the file was delivered.
    """

    path: PurePosixPath
    size: int
    sha256: str
    asked: tuple[Question, ...] = ()
    delivered: Delivered | None = None
    content: bytes | None = None


@dataclass
class Worker:
    """Renders artifacts one after the other; artifacts in a row that share a view share its making."""

    outputs: Sequence[Output]
    sources: Sources
    artifacts: Sequence[Artifact] = ()
    log: ReadLog = field(default_factory=ReadLog)
    needs: Mapping[PurePosixPath, Sized] = field(default_factory=dict)
    delivery: Delivery | None = None

    def __post_init__(self) -> None:
        self._engine = Engine(*self.sources)
        self._makers = {output.name: output for output in self.outputs}
        self._last: tuple[Later | None, object, tuple[Question, ...]] = (None, None, ())
        self._spelt: dict[Question, Question] = {}

    def render(self, artifact: Artifact) -> Outcome:
        """The artifact's file; RenderError names what cannot be rendered, and why."""
        self._engine.needed = {path: self.needs[path] for path in artifact.needs}
        try:
            view, asked = self._make(artifact)
            made = artifact.of(view)
            content = self._makers[artifact.output].render(made, self._engine)
        except ThreatbriefError:
            raise
        except Exception as fault:
            reason = f"{type(fault).__name__}: {fault}"
            raise RenderError(f"{name_artifact(artifact)} cannot be rendered: {reason}") from fault
        if str(artifact.path).endswith(_JSON):
            content = defuse_json(content)
        size, digest = len(content), hashlib.sha256(content).hexdigest()
        if self.delivery is None:
            return Outcome(artifact.path, size, digest, asked, content=content)
        return Outcome(artifact.path, size, digest, asked, self.delivery(artifact.path, content))

    def render_span(self, span: Iterable[int]) -> list[Outcome]:
        """The files of the artifacts at these places."""
        return [self.render(self.artifacts[index]) for index in span]

    def _make(self, artifact: Artifact) -> tuple[object, tuple[Question, ...]]:
        later = artifact.source
        if not isinstance(later, Later):
            return later, ()
        if self._last[0] is not later:
            self.log.asked = set()
            try:
                view = later()
                asked = self.log.asked
            finally:
                self.log.asked = None
            told = (_EVERYTHING,) if len(asked) > _MOST else tuple(asked)
            self._last = (later, view, tuple(map(self._spelt.setdefault, told, told)))
        return self._last[1], self._last[2]


def name_artifact(artifact: Artifact) -> str:
    """An artifact as messages name it: its path, its output, whose it is."""
    owner = f" of {artifact.owner}" if artifact.owner else ""
    return f"{artifact.path} ({artifact.output}{owner})"
