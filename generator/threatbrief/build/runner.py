"""Plan every output, refuse collisions, render in processes what is not known to be unchanged."""

from __future__ import annotations

import multiprocessing
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from threatbrief.build.artifact import Artifact, BuiltFile, Output, Sized
from threatbrief.build.kept import Keeper
from threatbrief.build.memo import Memo
from threatbrief.build.watch import Answers, ReadLog, watch
from threatbrief.build.worker import Delivery, Outcome, Worker, name_artifact
from threatbrief.config import SiteConfig
from threatbrief.errors import CollisionError, RenderError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.processes import begin, can_fork, collecting_new, end_with_parent, map_forked
from threatbrief.render.engine import Sources

Progress = Callable[[str, int, int], None]
"""Told of a stage's name, how many steps are done, and how many there are."""

_PARALLEL_FROM = 16
_SPAWNED_FROM = 128
_CHUNK = 24
_SHARE = 8
"""Spans for each worker at least, so that none has nothing to do while another ends."""
_CLUSTER_ANSWERS_WITHIN = "10s"


def plan(
    kb: KnowledgeBase,
    site: SiteConfig,
    outputs: Iterable[Output],
    others: Callable[[], Iterable[Artifact]] = tuple,
) -> tuple[Artifact, ...]:
    """Every artifact of the outputs and those that somebody else has planned meanwhile, sorted so that one
    record's artifacts stand together.

    CollisionError where two artifacts would be written to one path, or paths differ in case alone.
    """
    planned = [artifact for output in outputs for artifact in output.plan(kb, site)]
    planned += others()
    taken: dict[str, Artifact] = {}
    for artifact in planned:
        folded = str(artifact.path).casefold()
        if other := taken.get(folded):
            raise CollisionError(artifact.path, name_artifact(other), name_artifact(artifact))
        taken[folded] = artifact
    return tuple(sorted(planned, key=lambda a: (a.owner, str(a.path))))


def plan_apart(
    kb: KnowledgeBase,
    site: SiteConfig,
    outputs: Iterable[Output],
    keeper: Keeper | None,
    answers: Answers | None,
) -> list[Artifact]:
    """The artifacts of outputs that are planned beside the others. What they keep is written at once: it
    holds whatever becomes of this build."""
    log = ReadLog(partial(keeper.load, lambda: answers) if keeper and answers else dict)
    watched = watch(kb, log)
    planned = [artifact for output in outputs for artifact in output.plan(watched, site)]
    if keeper and answers:
        keeper.save(log.used, answers)
    return planned


def build(
    kb: KnowledgeBase,
    site: SiteConfig,
    outputs: Sequence[Output],
    sources: Sources,
    *,
    workers: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Iterator[BuiltFile]:
    """Plan and render everything, in memory. What writes a site uses `Build` with a delivery."""
    for outcome in Build(kb, site, outputs, sources, workers=workers, progress=progress).run():
        yield BuiltFile(outcome.path, outcome.content or b"")


class Build:
    """One build: what is planned, and what became of it.

    With a `delivery` each file is handed over where it is rendered; with a `memo`, files that are known
    to be unchanged are not made again, and their names end in `kept`. `leave` are paths that somebody
    else has written. `keepers` are for what views keep here, and where outputs are planned apart.
    `cluster` is the address of a Dask scheduler whose workers render.
    """

    def __init__(
        self,
        kb: KnowledgeBase,
        site: SiteConfig,
        outputs: Sequence[Output],
        sources: Sources,
        *,
        workers: int | None = None,
        progress: Progress = lambda stage, done, total: None,
        delivery: Delivery | None = None,
        memo: Memo | None = None,
        leave: frozenset[str] = frozenset(),
        cluster: str = "",
        keepers: Sequence[Keeper] | None = None,
    ) -> None:
        self._workers = workers if workers is not None else os.cpu_count() or 1
        keeper, keeper_apart = keepers or (None, None)
        apart = [output for output in outputs if getattr(output, "plans_apart", False)]
        beside = partial(plan_apart, kb, site, apart, keeper_apart, memo.answers if memo else None)
        others = memo.begin(beside) if memo else begin(beside) if apart else beside
        kept = partial(keeper.load, memo.answers_now) if keeper and memo else dict
        self.log = ReadLog(kept, self._workers)
        self.watched = watch(kb, self.log)
        planned = plan(self.watched, site, [output for output in outputs if output not in apart], others)
        self.artifacts = tuple(a for a in planned if str(a.path) not in leave) if leave else planned
        self.kept: list[str] = []
        self.worker = Worker(outputs, sources, self.artifacts, self.log, delivery=delivery)
        self._recipe = Recipe(kb, site, tuple(outputs), sources, leave, delivery)
        self._progress, self._memo, self._cluster = progress, memo, cluster
        self._sizes: dict[PurePosixPath, Sized] = {}
        self._keeper = keeper
        progress("plan", len(self.artifacts), len(self.artifacts))

    def save(self) -> None:
        """Keep for the next build what this one knows; to be called when its files are in place."""
        if self._memo:
            self._memo.save()
            if self._keeper:
                self._keeper.save(self.log.used, self._memo.answers)

    def run(self) -> Iterator[Outcome]:
        """Render in rounds: first what needs no other artifact, then what needs those, and so on."""
        with collecting_new():
            yield from self._run()

    def _run(self) -> Iterator[Outcome]:
        total, done = len(self.artifacts), 0
        wanted = {path for artifact in self.artifacts for path in artifact.needs}
        left = list(range(total))
        while left:
            ready = [i for i in left if all(path in self._sizes for path in self.artifacts[i].needs)]
            if not ready:
                artifact = self.artifacts[left[0]]
                missing = next(path for path in artifact.needs if path not in self._sizes)
                raise RenderError(f"{name_artifact(artifact)} needs {missing}, which nothing makes before it")
            dirty = self._dirty(ready)
            done += len(ready) - len(dirty)
            for index, outcome in zip(dirty, self._render(dirty), strict=True):
                if wanted and outcome.path in wanted:
                    self._sizes[outcome.path] = Sized(outcome.size, outcome.sha256)
                if self._memo:
                    self._memo.learn(self.artifacts[index], self._sizes, outcome)
                done += 1
                self._progress("render", done, total)
                yield outcome
            made = set(ready)
            left = [i for i in left if i not in made]

    def _dirty(self, ready: Sequence[int]) -> list[int]:
        """What must be rendered; the rest is kept as it stands in the site."""
        if not self._memo:
            return list(ready)
        artifacts = [self.artifacts[index] for index in ready]
        dirty = []
        for index, known in zip(ready, self._memo.recall(artifacts, self._sizes, self._workers), strict=True):
            path = self.artifacts[index].path
            if known:
                self._sizes[path] = known
                self.kept.append(str(path))
            else:
                dirty.append(index)
        return dirty

    def _render(self, dirty: Sequence[int]) -> Iterator[Outcome]:
        self.worker.needs = {path: self._sizes[path] for i in dirty for path in self.artifacts[i].needs}
        fewest = _PARALLEL_FROM if can_fork() else _SPAWNED_FROM
        if len(dirty) < fewest or (self._workers < 2 and not self._cluster):
            for index in dirty:
                yield self.worker.render(self.artifacts[index])
            return
        chunk = min(_CHUNK, -(-len(dirty) // (_SHARE * self._workers)))
        spans = [dirty[start : start + chunk] for start in range(0, len(dirty), chunk)]
        if self._cluster:
            rendered = render_on_cluster(self._cluster, self._recipe, self.worker.needs, spans)
        else:
            rendered = render_spans(self.worker, self._recipe, spans, self._workers)
        for outcomes in rendered:
            yield from outcomes


class Recipe(NamedTuple):
    """What a worker that did not inherit the plan makes it from: planning is cheap, pickled views are not."""

    kb: KnowledgeBase
    site: SiteConfig
    outputs: tuple[Output, ...]
    sources: Sources
    leave: frozenset[str]
    delivery: Delivery | None

    def prepare(self) -> Worker:
        """A worker with the same artifacts in the same order."""
        again = Build(
            self.kb,
            self.site,
            self.outputs,
            self.sources,
            workers=1,
            delivery=self.delivery,
            leave=self.leave,
        )
        return again.worker


def render_on_cluster(
    address: str, recipe: Recipe, needs: Mapping[PurePosixPath, Sized], spans: Sequence[Sequence[int]]
) -> Iterator[list[Outcome]]:
    """The same on a Dask cluster, through its executor. Its workers have this package, and see the
    project's folder under the same path. RenderError where Dask is not installed or does not answer."""
    try:
        import distributed
    except ImportError:
        raise RenderError("a cluster needs Dask: pip install 'threatbrief[cluster]'") from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_CLUSTER_ANSWERS_WITHIN)
    except OSError as fault:
        raise RenderError(f"no Dask scheduler answers at {address}") from fault
    with client:
        told = client.scatter((secrets.token_hex(8), recipe, dict(needs)), broadcast=True)
        executor: Executor = client.get_executor()
        futures = [executor.submit(_render_told, told, tuple(span)) for span in spans]
        for future in futures:
            yield future.result()


_prepared: dict[str, Worker] = {}


def _render_told(
    told: tuple[str, Recipe, Mapping[PurePosixPath, Sized]], span: Sequence[int]
) -> list[Outcome]:
    """What a worker of the cluster does: make the plan once, then render spans of it."""
    token, recipe, needs = told
    if token not in _prepared:
        _prepared.clear()
        _prepared[token] = recipe.prepare()
        _prepared[token].needs = needs
    return _prepared[token].render_span(span)


def render_spans(
    worker: Worker, recipe: Recipe, spans: Sequence[Sequence[int]], workers: int
) -> Iterator[list[Outcome]]:
    """The artifacts of each span, in a pool of processes on this machine.

    A forked worker inherits the plan. While other threads run (`serve`) forking is not safe; then, and
    where there is no fork, a worker makes the plan anew.
    """
    if can_fork():
        yield from map_forked(worker.render_span, spans, workers, fewest=1, chunk=1)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _prepare, (recipe, worker.needs)) as pool:
        yield from pool.map(_render_prepared, spans)


_worker: Worker


def _prepare(recipe: Recipe, needs: Mapping[PurePosixPath, Sized]) -> None:
    global _worker
    end_with_parent()
    _worker = recipe.prepare()
    _worker.needs = needs


def _render_prepared(span: Sequence[int]) -> list[Outcome]:
    return _worker.render_span(span)
