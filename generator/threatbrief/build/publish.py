"""Swap a build into the site folder so that a reader never loses yesterday's site.

New files are staged in a folder beside the site. When all are there a journal is written, and only
then are stale files removed and the new ones moved into the site. A build that fails or is killed
before the journal leaves the site as it was; one that is killed after it is finished by the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

from threatbrief.build.inputs import Standing
from threatbrief.build.worker import Delivered
from threatbrief.errors import PublishError

fcntl: Any = None
with contextlib.suppress(ImportError):  # Windows has no flock; two builds at once are not guarded there
    import fcntl

_JOURNAL: Final = "journal.json"
_KEPT_HIDDEN: Final = ".well-known"
_TRIES: Final = 20
_PAUSE: Final = 0.05
"""Seconds between them: the processes of a build that was killed hold its lock for a moment."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a build changed: counts of files written, unchanged and removed; `changed` are those written,
    relative to the site."""

    written: int
    unchanged: int
    removed: int
    changed: tuple[str, ...] = ()


@dataclass
class Publication:
    """One build on its way into a site folder; use it through `publication`.

    `staged` is where a site host may write its own pages. `add` stages a file unless the site already
    holds the same bytes. `commit` prunes what this build did not make and moves everything in.
    """

    site: Path
    folder: Path
    kept: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)

    @cached_property
    def standing(self) -> Standing:
        """The site as readers see it now."""
        return Standing(self.site)

    @property
    def staged(self) -> Path:
        return self.folder / "staged"

    @property
    def shelf(self) -> Path:
        """Where the processes of this build leave what they make for one another."""
        return self.folder / "shelf"

    @cached_property
    def host_files(self) -> frozenset[str]:
        """What the site host has staged, as paths relative to the site: to be asked before anything is added,
        at the latest when the build commits."""
        return frozenset(Standing(self.staged).files)

    def add(self, path: PurePosixPath, content: bytes) -> None:
        """Stage one file. PublishError where the path would leave the site."""
        self.take(path, changed=self.delivery(path, content).changed)

    def keep(self, names: Iterable[str]) -> None:
        """Leave files of the site as they are."""
        self.kept.update(names)

    def take(self, path: PurePosixPath, *, changed: bool) -> None:
        """Note a file that `delivery` has staged, or found to be the same."""
        self.kept.add(str(path))
        if changed:
            self.changed.append(str(path))

    @property
    def delivery(self) -> StagedDelivery:
        """What stages files for this publication, in this process or another."""
        return StagedDelivery(str(self.site), str(self.staged))

    def commit(self) -> Published:
        """Write the journal, remove stale files, move the staged ones in."""
        by_host = self.host_files - self.kept
        changed = sorted((*self.changed, *(path for path in by_host if self._is_new(path))))
        self.kept.update(by_host)
        stale = sorted(path for path in self.standing.files if path not in self.kept and _is_ours(path))
        journal = self.folder / _JOURNAL
        part = journal.with_suffix(".part")
        part.write_text(json.dumps({"remove": stale}), encoding="utf-8")
        _sync(part)
        part.replace(journal)
        _finish(self.site, self.folder)
        self.standing.look_again((*changed, *stale))
        return Published(len(changed), len(self.kept) - len(changed), len(stale), tuple(changed))

    def _is_new(self, path: str) -> bool:
        """Whether a file that the host staged differs from the site's; one that does not is dropped."""
        staged = self.staged / path
        if not _same(f"{self.site}/{path}", staged.read_bytes()):
            return True
        staged.unlink()
        return False


@dataclass
class StagedDelivery:
    """Stages a file unless the site already holds the same bytes; may be sent to other processes."""

    site: str
    staged: str
    _made: set[str] = field(default_factory=set)

    def __call__(self, path: PurePosixPath, content: bytes) -> Delivered:
        """PublishError where the path would leave the site. By hand: Path and a buffered file cost as much
        as the file itself, a hundred thousand times."""
        name = str(path)
        if name.startswith("/") or "/../" in f"/{name}/":
            raise PublishError(f"{path} lies outside the site")
        if _same(f"{self.site}/{name}", content):
            return Delivered(False, os.stat(f"{self.site}/{name}").st_mtime_ns)  # noqa: PTH116
        parent = name.rpartition("/")[0]
        if parent not in self._made:
            os.makedirs(f"{self.staged}/{parent}", exist_ok=True)  # noqa: PTH103
            self._made.add(parent)
        with open(f"{self.staged}/{name}", "wb", buffering=0) as file:  # noqa: PTH123
            left = memoryview(content)
            while left:
                left = left[file.write(left) :]
            return Delivered(True, os.fstat(file.fileno()).st_mtime_ns)


@contextlib.contextmanager
def publication(site: Path) -> Iterator[Publication]:
    """A publication into `site`: finishes what a killed build left, stages, and cleans up after itself.

    PublishError where another build of the same site is running, or the disk refuses.
    """
    with _begin(site.resolve()) as begun:
        begun.standing.begin()
        yield begun


def replace_files(site: Path, files: Mapping[str, bytes]) -> None:
    """Put single files into a site between two builds, each in one step. PublishError as `publication`."""
    with _begin(site.resolve()) as begun:
        for path, content in files.items():
            begun.delivery(PurePosixPath(path), content)
        _move_in(str(begun.staged), str(begun.site))


@contextlib.contextmanager
def _begin(site: Path) -> Iterator[Publication]:
    folder = site.parent / f".{site.name}.threatbrief"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder):
            recover(site)
            (folder / "staged").mkdir()
            (folder / "shelf").mkdir()
            try:
                yield Publication(site, folder)
            finally:
                if not (folder / _JOURNAL).exists():
                    shutil.rmtree(folder, ignore_errors=True)
    except OSError as fault:
        raise PublishError(f"the site cannot be written: {fault.strerror}: {fault.filename}") from fault


def recover(site: Path) -> None:
    """Finish the swap of a build that was killed in the middle, or drop what it had only staged."""
    folder = site.parent / f".{site.name}.threatbrief"
    if (folder / _JOURNAL).exists():
        _finish(site, folder)
        folder.mkdir(exist_ok=True)
    for name in ("staged", "shelf"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _finish(site: Path, folder: Path) -> None:
    """Carry out a journal; what is already done is passed over, so it may be done again."""
    journal = json.loads((folder / _JOURNAL).read_text(encoding="utf-8"))
    for path in journal["remove"]:
        if (site / path).is_file():
            (site / path).unlink()
            _remove_empty((site / path).parent, site)
    site.mkdir(parents=True, exist_ok=True)
    _move_in(str(folder / "staged"), str(site))
    (folder / _JOURNAL).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _move_in(staged: str, site: str) -> None:
    """Move everything below a folder into another: a folder that is new there as a whole."""
    with contextlib.suppress(FileNotFoundError), os.scandir(staged) as entries:
        for entry in entries:
            target = f"{site}/{entry.name}"
            if entry.is_dir() and os.path.isdir(target):  # noqa: PTH112
                _move_in(entry.path, target)
            else:
                os.replace(entry.path, target)  # noqa: PTH105


def _remove_empty(folder: Path, site: Path) -> None:
    while folder != site and folder.is_relative_to(site):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _is_ours(path: str) -> bool:
    """Hidden files at the top (.git, .nojekyll) belong to somebody else, .well-known to the site."""
    return not path.startswith(".") or path.startswith(_KEPT_HIDDEN + "/")


def _same(path: str, content: bytes) -> bool:
    try:
        if os.stat(path).st_size != len(content):  # noqa: PTH116
            return False
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read() == content
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(_TRIES):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(_PAUSE)
        else:
            raise PublishError(f"another build is writing {folder.parent.name}; wait for it to end")
        yield
    finally:
        os.close(descriptor)
