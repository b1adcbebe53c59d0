"""Whether anything at all has changed since the last build: told from time stamps, in a moment."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from threatbrief.processes import begin
from threatbrief.store import write_whole

_SETTLED: Final = 2_000_000_000
"""A file changed less than so many nanoseconds before a build may have changed after it was read."""


class FileStatus(NamedTuple):
    """What tells a file from another without reading it: bytes, nanoseconds, number of the inode."""

    size: int
    mtime: int
    inode: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Files with their sizes and time stamps, as one digest; `newest` in nanoseconds."""

    digest: str
    newest: int

    @classmethod
    def of(cls, folders: Iterable[Path], *more: object) -> Listing:
        """The files below some folders; `more` is what else belongs to the digest."""
        return cls._of(((str(folder), _walk(str(folder))) for folder in folders), more)

    @classmethod
    def _of(
        cls, folders: Iterable[tuple[str, Iterable[tuple[str, FileStatus]]]], more: Sequence[object] = ()
    ) -> Listing:
        found, newest = hashlib.blake2b(repr(more).encode(), digest_size=16), 0
        for folder, files in folders:
            rows = sorted(files)
            newest = max(newest, max((status.mtime for _, status in rows), default=0))
            told = "\0".join(
                [folder, *(f"{path}\0{size} {mtime} {inode}" for path, (size, mtime, inode) in rows)]
            )
            found.update(os.fsencode(told))
        return cls(found.hexdigest(), newest)


class Standing:
    """A site folder as it stands: looked at once, then kept up by whoever changes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found = self._look

    def begin(self) -> None:
        """Look at it now, while this process does something else; nobody may change it meanwhile."""
        self._found = begin(self._look)

    @cached_property
    def files(self) -> dict[str, FileStatus]:
        """The status of each file by its path, relative to the folder and with slashes."""
        return self._found()

    def _look(self) -> dict[str, FileStatus]:
        root = str(self.folder)
        if not self.folder.is_dir():
            return {}
        files = _walk(root, follow=False)
        return {path[len(root) + 1 :].replace(os.sep, "/"): status for path, status in files}

    def digest(self, path: str) -> str:
        """The SHA-256 of a file in lower-case hex; empty where it cannot be read."""
        try:
            return hashlib.sha256((self.folder / path).read_bytes()).hexdigest()
        except OSError:
            return ""

    def look_again(self, paths: Iterable[str]) -> None:
        """Take note of what was written or removed at these paths."""
        for path in paths:
            self.files.pop(path, None)
            with contextlib.suppress(OSError):
                self.files[path] = _status(os.stat(f"{self.folder}/{path}"))  # noqa: PTH116

    def listing(self) -> Listing:
        """All files as one digest."""
        return Listing._of([("", self.files.items())])


def _status(found: os.stat_result) -> FileStatus:
    return FileStatus(found.st_size, found.st_mtime_ns, found.st_ino)


def _walk(folder: str, *, follow: bool = True) -> Iterator[tuple[str, FileStatus]]:
    """The files below a folder, or the file itself; `follow` says whether links to folders are followed."""
    if not os.path.isdir(folder):  # noqa: PTH112
        with contextlib.suppress(OSError):
            yield folder, _status(os.stat(folder))  # noqa: PTH116
        return
    folders = [folder]
    for place in folders:
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                if entry.is_dir():
                    if follow or not entry.is_symlink():
                        folders.append(entry.path)
                    continue
                with contextlib.suppress(OSError):
                    yield entry.path, _status(entry.stat())


class LastBuild:
    """What the last build of a site folder began and ended with."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def recall(self, inputs: Listing, standing: Standing) -> Any:
        """What was noted of the last build if inputs and site are as they were then; else None."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            with self._file.open("rb") as file:
                known, noted = json.loads(next(file)), next(file)
            if known["inputs"] == inputs.digest and known["site"] == standing.listing().digest:
                return json.loads(noted)
        return None

    def learn(self, inputs: Listing, standing: Standing, began: int, noted: object) -> None:
        """Note a build that began at a time (ns); nothing where a file is too young to be sure of it."""
        if began - inputs.newest < _SETTLED:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
            return
        known = {"inputs": inputs.digest, "site": standing.listing().digest}
        write_whole(self._file, f"{json.dumps(known)}\n{json.dumps(noted)}\n".encode())
