"""Work in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

JobT = TypeVar("JobT")
DoneT = TypeVar("DoneT")


def can_fork() -> bool:
    """Whether processes may be forked, which inherit all that is loaded: not while other threads run."""
    return "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1


def map_forked(
    do: Callable[[JobT], DoneT], jobs: Sequence[JobT], workers: int, *, fewest: int, chunk: int
) -> Iterator[DoneT]:
    """`do` of each job in their order: in forked processes, `chunk` jobs at a time; here where the jobs are
    fewer than `fewest`, one worker is asked for or forking is not safe."""
    if workers < 2 or len(jobs) < fewest or not can_fork():
        yield from map(do, jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        yield from pool.map(do, jobs, chunksize=chunk)
