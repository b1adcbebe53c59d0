"""Whether anything at all has changed since the last build: told from time stamps, in a moment."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from threatbrief.store import write_whole

_SETTLED: Final = 2_000_000_000
"""A file changed less than so many nanoseconds before a build may have changed after it was read."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Files with their sizes and time stamps, as one digest; `newest` in nanoseconds."""

    digest: str
    newest: int
    count: int

    @classmethod
    def of(cls, folders: Iterable[Path], *more: object) -> Listing:
        """The files below some folders; `more` is what else belongs to the digest."""
        found, newest, count = hashlib.blake2b(repr(more).encode(), digest_size=16), 0, 0
        for folder in folders:
            found.update(os.fsencode(folder))
            for path, status in sorted(_walk(str(folder))):
                newest, count = max(newest, status[1]), count + 1
                found.update(os.fsencode(path))
                found.update(b"%d %d %d" % status)
        return cls(found.hexdigest(), newest, count)


def _walk(folder: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """The files below a folder, or the file itself."""
    if not os.path.isdir(folder):  # noqa: PTH112
        with contextlib.suppress(OSError):
            status = os.stat(folder)  # noqa: PTH116
            yield folder, (status.st_size, status.st_mtime_ns, status.st_ino)
        return
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            yield from _walk(entry.path)
        else:
            with contextlib.suppress(OSError):
                status = entry.stat()
                yield entry.path, (status.st_size, status.st_mtime_ns, status.st_ino)


class LastBuild:
    """What the last build of a site folder began and ended with."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def recall(self, inputs: Listing, site: Listing) -> Any:
        """What was noted of the last build if both are as they were then; else None."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(self._file.read_bytes())
            if known["inputs"] == inputs.digest and known["site"] == site.digest:
                return known["noted"]
        return None

    def learn(self, inputs: Listing, site: Listing, began: int, noted: object) -> None:
        """Note a build that began at a time (ns); nothing where a file is too young to be sure of it."""
        if began - inputs.newest < _SETTLED:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
            return
        known = {"inputs": inputs.digest, "site": site.digest, "noted": noted}
        write_whole(self._file, json.dumps(known).encode())
