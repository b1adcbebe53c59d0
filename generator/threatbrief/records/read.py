"""Read record files: from the cache where they have not changed, in several processes where many have."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from threatbrief.processes import map_forked
from threatbrief.records.cache import Entry, RecordCache, Seen, bucket_of, now, pack
from threatbrief.records.files import place, unreadable
from threatbrief.records.parse import Parsed, parse_record

_PARALLEL_FROM: Final = 200

_Job = tuple[str, Path, str]
"""A kind, a file, and its path as it is printed."""


class _Read(NamedTuple):
    """What was read of some files: packed entries, and the files that could not be read."""

    packed: bytes
    failed: Mapping[str, OSError]


def read_files(
    files: Sequence[tuple[str, Path]], base: Path, cache: RecordCache | None, workers: int
) -> Iterator[Parsed]:
    """What each file holds, in their order."""
    jobs: list[_Job] = [(kind, file, place(file, base).path) for kind, file in files]
    known = cache.load() if cache else {}
    entries: dict[str, Entry] = {}
    fresh: dict[int, list[_Job]] = defaultdict(list)
    for job in jobs:
        entry = known.get(job[2])
        if entry and _is_same(job[1], entry.seen):
            entries[job[2]] = entry
        else:
            fresh[bucket_of(job[2])].append(job)
    old = {bucket_of(path) for path in entries} if fresh else set()
    failed: dict[str, OSError] = {}
    packed: dict[int, bytes] = {}
    changed = [path for path in known if path not in entries]
    for bucket, read in zip(fresh, _read_all(list(fresh.values()), workers), strict=True):
        made: dict[str, Entry] = pickle.loads(read.packed)  # noqa: S301 (pickled just now)
        entries |= made
        failed |= read.failed
        changed += made
        if bucket not in old:
            packed[bucket] = read.packed
    if cache:
        cache.save(entries, changed, packed)
    for _, file, path in jobs:
        if fault := failed.get(path):
            yield Parsed(None, (unreadable(file, base, fault),), is_whole=False)
        else:
            yield entries[path].parsed


def _is_same(file: Path, seen: Seen) -> bool:
    try:
        return seen.is_same(os.stat(file))  # noqa: PTH116 (a Path costs as much as the call)
    except OSError:
        return False


def _read_all(buckets: Sequence[Sequence[_Job]], workers: int) -> Iterator[_Read]:
    many = sum(map(len, buckets)) >= _PARALLEL_FROM
    return map_forked(_read_bucket, buckets, workers if many else 1, fewest=2, chunk=1)


def _read_bucket(jobs: Sequence[_Job]) -> _Read:
    """Some files, parsed and packed."""
    entries: dict[str, Entry] = {}
    failed: dict[str, OSError] = {}
    for kind, file, path in jobs:
        try:
            at, status = now(), os.stat(file)  # noqa: PTH116
            content = file.read_bytes()
        except OSError as fault:
            failed[path] = fault
            continue
        seen = Seen(status.st_mtime_ns, status.st_size, hashlib.sha256(content).hexdigest(), at)
        entries[path] = Entry(seen, parse_record(kind, path, content))
    return _Read(pack(entries), failed)
