"""Find the record files below a folder. Nothing outside of it is read, and no file is left out in silence."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from threatbrief.diagnostics import Diagnostic, Span

FOLDERS: Final = ("actors", "incidents", "software")
"""The folders below content/records, each holding one kind of record."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""A record file larger than this is refused unread."""

_SUFFIXES: Final = (".md", ".markdown")
_PICTURES: Final = "figures"


def find_files(root: Path, base: Path, found: list[Diagnostic]) -> Iterator[tuple[str, Path]]:
    """Each record file with its folder's name, in the order of their paths; the rest goes to `found`.

    Paths in diagnostics are relative to `base`.
    """
    resolved = root.resolve()
    for entry in _list(root, base, found):
        folder = Path(entry)
        if entry.name.startswith("."):
            continue
        if entry.name not in FOLDERS or not entry.is_dir():
            found.append(_skipped(folder, base, f"records lie in {', '.join(FOLDERS)}"))
        elif not _is_below(folder, resolved):
            found.append(_escapes(folder, base))
        else:
            yield from ((entry.name, file) for file in _walk(folder, resolved, base, found))


def _walk(folder: Path, resolved: Path, base: Path, found: list[Diagnostic]) -> Iterator[Path]:
    for entry in _list(folder, base, found):
        path, is_record = Path(entry), entry.name.lower().endswith(_SUFFIXES)
        if entry.name.startswith("."):
            if is_record:
                found.append(_skipped(path, base, "its name begins with a dot; rename it if it is a record"))
        elif entry.is_symlink() and not _is_below(path, resolved):
            found.append(_escapes(path, base))
        elif entry.is_dir():
            if entry.name != _PICTURES:
                yield from _walk(path, resolved, base, found)
        elif not is_record:
            hint = "records end in .md; pictures lie in a folder named figures"
            found.append(_skipped(path, base, hint))
        elif fault := _find_fault(path, base):
            found.append(fault)
        else:
            yield path


def _list(folder: Path, base: Path, found: list[Diagnostic]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as fault:
        found.append(unreadable(folder, base, fault))
        return []


def _is_below(entry: Path, resolved: Path) -> bool:
    """Whether an entry lies below the records' folder once every link is followed."""
    try:
        return entry.resolve(strict=True).is_relative_to(resolved)
    except (OSError, RuntimeError):
        return False


def _find_fault(file: Path, base: Path) -> Diagnostic | None:
    """What forbids reading a file, before it is opened."""
    try:
        status = file.stat()
    except OSError as fault:
        return unreadable(file, base, fault)
    if not stat.S_ISREG(status.st_mode):
        return Diagnostic("F018", "error", place(file, base), "this is no plain file", "put a file here")
    if not file.name.isprintable():
        hint = "rename the file: small letters, digits and hyphens are safe everywhere"
        return Diagnostic("F017", "error", place(file, base), "the file's name cannot be printed", hint)
    if status.st_size > MAX_BYTES:
        message = f"the file has {status.st_size // 1024} KiB"
        hint = f"a record may have {MAX_BYTES // 1024} KiB; split it"
        return Diagnostic("F003", "error", place(file, base), message, hint)
    return None


def place(path: Path, base: Path) -> Span:
    """A file as diagnostics name it: relative, POSIX, bytes that are no UTF-8 as escapes."""
    whole, folder = str(path), f"{base}{os.sep}"
    if whole.startswith(folder):  # a fifth of what `relative_to` costs
        shown = whole.removeprefix(folder).replace(os.sep, "/")
    else:
        shown = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
    return Span(os.fsencode(shown).decode("utf-8", "backslashreplace"))


def unreadable(path: Path, base: Path, fault: OSError) -> Diagnostic:
    message = f"it cannot be read: {fault.strerror or 'unknown fault'}"
    return Diagnostic("F014", "error", place(path, base), message, "check its permissions")


def _skipped(path: Path, base: Path, hint: str) -> Diagnostic:
    return Diagnostic("F015", "warning", place(path, base), "skipped: this is no record", hint)


def _escapes(path: Path, base: Path) -> Diagnostic:
    message = "a link that leads out of the records' folder, or nowhere; skipped"
    return Diagnostic("F016", "error", place(path, base), message, "copy the file here")
