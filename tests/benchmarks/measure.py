"""What a stretch of work costs: CPU of this process and its children, wall clock, peak memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_KIB_PER_UNIT: Final = 1 / 1024 if sys.platform == "darwin" else 1
"""ru_maxrss is in KiB on Linux, in bytes on macOS."""
_PAUSE: Final = 0.2


@dataclass
class Cost:
    """CPU and wall in seconds, memory in KiB.

    `own_kib` is the peak resident size of the process itself, `child_kib` that of its largest child,
    `tree_kib` the peak of the sum over the process and all below it, shared pages counted once (0 where
    the system does not tell or was not asked).
    """

    cpu: float = 0.0
    wall: float = 0.0
    own_kib: int = 0
    child_kib: int = 0
    tree_kib: int = 0

    def plain(self) -> dict[str, float | int]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


@contextmanager
def measured() -> Iterator[Cost]:
    """Fills the cost of what runs inside, in this process and in children that end inside."""
    cost = Cost()
    _forget_peak()
    cpu, wall = _cpu_seconds(), time.perf_counter()
    try:
        yield cost
    finally:
        cost.cpu, cost.wall = _cpu_seconds() - cpu, time.perf_counter() - wall
        cost.own_kib = _own_peak()
        cost.child_kib = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _KIB_PER_UNIT)


def run(command: Sequence[str], folder: Path, *, watched: bool = False) -> Cost:
    """Run a program to its end; CalledProcessError, with what it printed, where it fails.

    Only where it is `watched` is `tree_kib` found: looking at the memory of a running program slows it.
    """
    wall = time.perf_counter()
    with subprocess.Popen(
        list(command),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        watch = _Watch(process.pid)
        if watched:
            watch.start()
        printed = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - wall
        if watched:
            watch.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), printed)
    largest = round(usage.ru_maxrss * _KIB_PER_UNIT)
    return Cost(usage.ru_utime + usage.ru_stime, wall, largest, largest, watch.peak_kib)


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _forget_peak() -> None:
    """Let the kernel count the peak anew; where it cannot, peaks are those since the start."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _own_peak() -> int:
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB_PER_UNIT)


class _Watch(threading.Thread):
    """Looks at a process and all below it a few times a second and keeps the largest sum."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_kib = 0
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(_PAUSE):
            self.peak_kib = max(self.peak_kib, sum(_proportional(pid) for pid in _tree(self._pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _tree(pid: int) -> list[int]:
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        below = []
    return [pid, *(found for child in below for found in _tree(int(child)))]


def _proportional(pid: int) -> int:
    """A process' resident size with shared pages divided among those that share them."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0
