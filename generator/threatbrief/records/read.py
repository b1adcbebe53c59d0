"""Read record files: from the cache where they have not changed, in several processes where many have."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from threatbrief.processes import map_forked
from threatbrief.records.cache import RecordCache, Seen, now
from threatbrief.records.files import place, unreadable
from threatbrief.records.parse import Parsed, parse_record

_PARALLEL_FROM: Final = 200
_CHUNK: Final = 50

_Job = tuple[str, Path, str]
"""A kind, a file, and its path as it is printed."""


def read_files(
    files: Sequence[tuple[str, Path]], base: Path, cache: RecordCache | None, workers: int
) -> Iterator[Parsed]:
    """What each file holds, in their order."""
    jobs: list[_Job] = [(kind, file, place(file, base).path) for kind, file in files]
    if cache is None:
        yield from (
            _or_fault(job, base, read) for job, read in zip(jobs, _read_all(jobs, workers), strict=True)
        )
        return
    with cache:
        yield from _read_with(cache, jobs, base, workers)


def _read_with(cache: RecordCache, jobs: Sequence[_Job], base: Path, workers: int) -> Iterator[Parsed]:
    index = cache.index()
    same = [job[2] for job in jobs if job[2] in index and _is_same(job[1], index[job[2]])]
    known: dict[str, Parsed | None] = dict(cache.parsed(same))
    fresh = _read_all([job for job in jobs if known.get(job[2]) is None], workers)
    for job in jobs:
        if (parsed := known.pop(job[2], None)) is not None:
            yield parsed
            continue
        read = next(fresh)
        made = _or_fault(job, base, read)
        if not isinstance(read, OSError):
            cache.note(job[2], *read, made)
        yield made
    paths = {path for _, _, path in jobs}
    cache.forget(path for path in index if path not in paths)


def _or_fault(job: _Job, base: Path, read: tuple[Seen, bytes] | OSError) -> Parsed:
    if isinstance(read, OSError):
        return Parsed(None, (unreadable(job[1], base, read),), is_whole=False)
    parsed: Parsed = pickle.loads(read[1])  # noqa: S301 (pickled just now)
    return parsed


def _is_same(file: Path, seen: Seen) -> bool:
    try:
        return seen.is_same(os.stat(file))  # noqa: PTH116 (a Path costs as much as the call)
    except OSError:
        return False


def _read_all(jobs: Sequence[_Job], workers: int) -> Iterator[tuple[Seen, bytes] | OSError]:
    return map_forked(_read_one, jobs, workers, fewest=_PARALLEL_FROM, chunk=_CHUNK)


def _read_one(job: _Job) -> tuple[Seen, bytes] | OSError:
    """One file, parsed and pickled."""
    kind, file, path = job
    try:
        at, status = now(), os.stat(file)  # noqa: PTH116
        content = file.read_bytes()
    except OSError as fault:
        return fault
    parsed = parse_record(kind, path, content)
    seen = Seen(status.st_mtime_ns, status.st_size, hashlib.sha256(content).hexdigest(), at)
    return seen, pickle.dumps(parsed, 5)
