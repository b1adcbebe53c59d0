"""Work in several processes of this machine."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, Final, TypeVar

JobT = TypeVar("JobT")
DoneT = TypeVar("DoneT")


def can_fork() -> bool:
    """Whether processes may be forked, which inherit all that is loaded: not while other threads run, and
    not after `never_fork`."""
    return (
        not _threads_unseen
        and "fork" in multiprocessing.get_all_start_methods()
        and threading.active_count() == 1
    )


def never_fork() -> None:
    """Say that this process has threads that Python does not count, as a library in Rust starts them: a fork
    would lack them, and wait for them for ever."""
    global _threads_unseen
    _threads_unseen = True


_threads_unseen = False


def map_forked(
    do: Callable[[JobT], DoneT], jobs: Sequence[JobT], workers: int, *, fewest: int, chunk: int
) -> Iterator[DoneT]:
    """`do` of each job in their order: in forked processes, `chunk` jobs at a time; here where the jobs are
    fewer than `fewest`, one worker is asked for or forking is not safe.

    `do` may hold whatever it likes: processes inherit it, and only jobs and answers are sent.
    """
    if workers < 2 or len(jobs) < fewest or not can_fork():
        yield from map(do, jobs)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _inherit, (do,)) as pool:
        yield from pool.map(_do, jobs, chunksize=chunk)


def begin(do: Callable[[], DoneT]) -> Callable[[], DoneT]:
    """`do` at once in a forked process; what is returned waits for its answer. Where forking is not safe, or
    the process fails, it is done here, when it is asked for."""
    (answer,) = begin_in_turn(do)
    return answer


def begin_in_turn(*jobs: Callable[[], Any]) -> tuple[Callable[[], Any], ...]:
    """The same of several jobs in one process, one after the other: a later one has what an earlier one made.

    An answer of more than some kilobytes holds up the next job until it is asked for.
    """
    if not can_fork():
        return jobs
    begun = _Begun(jobs)
    return tuple(partial(begun.answer, index) for index in range(len(jobs)))


class _Begun:
    def __init__(self, jobs: Sequence[Callable[[], Any]]) -> None:
        self._jobs = jobs
        self._answers: list[Any] = []
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_tell, args=(jobs, self._ours, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def answer(self, index: int) -> Any:
        while len(self._answers) <= index:
            try:
                told = self._ours.recv()
            except (EOFError, OSError):
                told = self._jobs[len(self._answers)]()
            self._answers.append(told)
            if len(self._answers) == len(self._jobs):
                self._ours.close()
                self._process.join()
        return self._answers[index]


def _tell(jobs: Sequence[Callable[[], Any]], ours: Connection, theirs: Connection) -> None:
    ours.close()
    end_with_parent()
    with contextlib.suppress(OSError):
        for do in jobs:
            theirs.send(do())


_inherited: Callable[[Any], Any]


def _inherit(do: Callable[[Any], Any]) -> None:
    global _inherited
    _inherited = do
    end_with_parent()
    collect_new()


def _do(job: Any) -> Any:
    return _inherited(job)


def end_with_parent() -> None:
    """From here on this process ends when the one that started it does, even by kill -9: one that is left
    over would hold what it inherited, such as the lock of a site."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)


def collect_new() -> None:
    """From here on collect the cycles that this process makes, and never walk what was there before."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
    gc.enable()


@contextlib.contextmanager
def collecting_new() -> Iterator[None]:
    """The same for a while."""
    before = (gc.isenabled(), gc.get_threshold())
    collect_new()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before[1])
        if not before[0]:
            gc.disable()


_YOUNG: Final = 20_000
"""New objects after which the newest are looked at: templates and Markdown leave many cycles behind."""
