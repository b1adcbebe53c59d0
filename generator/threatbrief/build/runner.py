"""Plan every output, refuse collisions, render in processes, yield files in a stable order.

The cache's place is `_render_all`: before an artifact is rendered its key (view, template closure,
needs, output version, library versions) is looked up; see docs/extend.md.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from threatbrief.build.artifact import Artifact, BuiltFile, Output, Sized, defuse_json
from threatbrief.config import SiteConfig
from threatbrief.errors import CollisionError, RenderError, ThreatbriefError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.render.engine import Engine

Progress = Callable[[str, int, int], None]
"""Told of a stage's name, how many steps are done, and how many there are."""

_NONE: Mapping[PurePosixPath, Sized] = MappingProxyType({})
_JSON = frozenset({".json", ".jsonl", ".webmanifest"})
_PARALLEL_FROM = 64
_CHUNK = 24


def plan(kb: KnowledgeBase, site: SiteConfig, outputs: Iterable[Output]) -> tuple[Artifact, ...]:
    """Every artifact of the outputs, sorted so that one record's artifacts stand together.

    CollisionError where two artifacts would be written to one path, or paths differ in case alone.
    """
    planned = [artifact for output in outputs for artifact in output.plan(kb, site)]
    taken: dict[str, Artifact] = {}
    for artifact in planned:
        folded = str(artifact.path).casefold()
        if other := taken.get(folded):
            raise CollisionError(artifact.path, _name(other), _name(artifact))
        taken[folded] = artifact
    return tuple(sorted(planned, key=lambda a: (a.owner, str(a.path))))


def build(
    kb: KnowledgeBase,
    site: SiteConfig,
    outputs: Sequence[Output],
    templates: tuple[Path, ...],
    *,
    workers: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Iterator[BuiltFile]:
    """Plan and render everything. Nothing is written here; see threatbrief.build.publish."""
    artifacts = plan(kb, site, outputs)
    progress("plan", len(artifacts), len(artifacts))
    yield from render_all(artifacts, outputs, templates, workers=workers, progress=progress)


def render_all(
    artifacts: Sequence[Artifact],
    outputs: Sequence[Output],
    templates: tuple[Path, ...],
    *,
    workers: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Iterator[BuiltFile]:
    """Render in rounds: first what needs no other artifact, then what needs those, and so on."""
    total, done = len(artifacts), 0
    sizes: dict[PurePosixPath, Sized] = {}
    wanted = {path for artifact in artifacts for path in artifact.needs}
    left = list(artifacts)
    workers = workers if workers is not None else os.cpu_count() or 1
    while left:
        ready = [a for a in left if all(path in sizes for path in a.needs)]
        if not ready:
            missing = next(path for a in left for path in a.needs if path not in sizes)
            raise RenderError(f"{_name(left[0])} needs {missing}, which nothing makes before it")
        for file in _render_round(ready, outputs, templates, sizes, workers):
            if file.path in wanted:
                sizes[file.path] = Sized(file.size, file.sha256)
            done += 1
            progress("render", done, total)
            yield file
        made = {a.path for a in ready}
        left = [a for a in left if a.path not in made]


def _render_round(
    ready: Sequence[Artifact],
    outputs: Sequence[Output],
    templates: tuple[Path, ...],
    sizes: Mapping[PurePosixPath, Sized],
    workers: int,
) -> Iterator[BuiltFile]:
    needs = {path: sizes[path] for a in ready for path in a.needs}
    if workers < 2 or len(ready) < _PARALLEL_FROM:
        _start_worker(outputs, templates)
        for artifact in ready:
            yield _render(artifact, needs)
        return
    spans = [(start, start + _CHUNK) for start in range(0, len(ready), _CHUNK)]
    with make_executor(outputs, templates, workers, ready, needs) as executor:
        for files in executor.map(_render_span, spans):
            yield from files


def make_executor(
    outputs: Sequence[Output],
    templates: tuple[Path, ...],
    workers: int,
    ready: Sequence[Artifact],
    needs: Mapping[PurePosixPath, Sized],
) -> Executor:
    """The process pool that renders; any executor whose workers ran `_start_worker` can take its place.

    A forked worker inherits the artifacts, which spares pickling every view. While other threads run
    (`serve`) forking is not safe, and workers are spawned.
    """
    can_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    if can_fork:
        gc.freeze()
    return ProcessPoolExecutor(workers, context, _start_worker, (outputs, templates, ready, needs))


_engine: Engine
_outputs: dict[str, Output]
_artifacts: Sequence[Artifact]
_needs: Mapping[PurePosixPath, Sized]


def _start_worker(
    outputs: Sequence[Output],
    templates: tuple[Path, ...],
    artifacts: Sequence[Artifact] = (),
    needs: Mapping[PurePosixPath, Sized] = _NONE,
) -> None:
    global _engine, _outputs, _artifacts, _needs
    _engine = Engine(templates)
    _outputs = {output.name: output for output in outputs}
    _artifacts, _needs = artifacts, needs


def _render_span(span: tuple[int, int]) -> list[BuiltFile]:
    return [_render(artifact, _needs) for artifact in _artifacts[slice(*span)]]


def _render(artifact: Artifact, needs: Mapping[PurePosixPath, Sized]) -> BuiltFile:
    _engine.needed = {path: needs[path] for path in artifact.needs}
    try:
        content = _outputs[artifact.output].render(artifact, _engine)
        return BuiltFile(artifact.path, defuse_json(content) if artifact.path.suffix in _JSON else content)
    except ThreatbriefError:
        raise
    except Exception as fault:
        raise RenderError(f"{_name(artifact)} cannot be rendered: {type(fault).__name__}: {fault}") from fault


def _name(artifact: Artifact) -> str:
    owner = f" of {artifact.owner}" if artifact.owner else ""
    return f"{artifact.path} ({artifact.output}{owner})"
