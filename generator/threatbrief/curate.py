"""Changes to records that are more than an edit: revise, withdraw, rename, lay out.

Each works out every file first and writes all of them or none; prose and comments stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from threatbrief.errors import ConfigError
from threatbrief.model import Record
from threatbrief.model.vocab import RevisionKind, Status
from threatbrief.project import Project
from threatbrief.records import edit, read_records
from threatbrief.records.layout import format_record

Renamed = Literal["actors", "software"]


def revise_record(
    project: Project, record_id: str, at: datetime, kind: RevisionKind, note: str
) -> list[Path]:
    """Add a revision to the record of an id. ConfigError where there is no such record, or it cannot be."""
    path = _find(project, record_id)
    return _write_all({path: edit.revise(_read(path), at, kind, note)})


def withdraw_record(project: Project, record_id: str, at: datetime, reason: str) -> list[Path]:
    """Withdraw a published record: status, reason and retraction at once."""
    path = _find(project, record_id)
    return _write_all({path: edit.withdraw(_read(path), at, reason)})


def rename_record(project: Project, old: str, new: str, at: datetime, note: str) -> list[Path]:
    """Give an actor or software a new id; its old address redirects, and every reference follows."""
    loaded = read_records(project.records, project.root)
    everything = (*loaded.records, *loaded.partial)
    if new in {name for record in everything for name in (str(record.id), *record.formerly)}:
        raise ConfigError(f"{new} is, or was, a record's id")
    path = _find(project, old)
    kind = _kind_of(project, path)
    changes = {path: edit.rename(_read(path), new, at, note)}
    for record in loaded.records:
        other = project.root / record.origin.path
        text = _read(other)
        changed = edit.rename_references(changes.get(other, text), old, new, kind)
        if changed == text:
            continue
        if other != path and record.status is Status.PUBLISHED:
            changed = edit.revise(changed, at, RevisionKind.UPDATE, f"{old} is now {new}.")
        changes[other] = changed
    written = _write_all(changes)
    if path.stem == old:
        path.replace(path.with_name(f"{new}{path.suffix}"))
        written = [path.with_name(f"{new}{path.suffix}") if p == path else p for p in written]
    return written


def lay_out(project: Project, *, write: bool) -> tuple[list[Path], list[str]]:
    """The records whose front matter is not laid out as `fmt` does, and why others were left alone.

    With `write` they are laid out.
    """
    changes: dict[Path, str] = {}
    left: list[str] = []
    for record in read_records(project.records, project.root).records:
        path = project.root / record.origin.path
        text = _read(path)
        made = format_record(text, path.relative_to(project.records).parts[0])
        if made.reason:
            left.append(f"{record.origin.path}: left as it is: {made.reason}")
        elif made.text != text:
            changes[path] = made.text
    return (_write_all(changes) if write else sorted(changes)), left


def _find(project: Project, record_id: str) -> Path:
    loaded = read_records(project.records, project.root)
    found: list[Record] = [r for r in loaded.records if str(r.id).casefold() == record_id.casefold()]
    if not found:
        partial = [r for r in loaded.partial if str(r.id).casefold() == record_id.casefold()]
        if partial:
            raise ConfigError(f"{partial[0].origin.path} has faults; mend them first (`threatbrief check`)")
        raise ConfigError(f"there is no record {record_id!r}")
    if len(found) > 1:
        paths = ", ".join(record.origin.path for record in found)
        raise ConfigError(f"{record_id!r} is the id of two records: {paths}")
    return project.root / found[0].origin.path


def _kind_of(project: Project, path: Path) -> Renamed | None:
    kind = path.relative_to(project.records).parts[0]
    return "actors" if kind == "actors" else "software" if kind == "software" else None


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _write_all(changes: Mapping[Path, str]) -> list[Path]:
    """Every new text beside its file first, then all put in place."""
    parts = {path: path.with_name(f".{path.name}.part") for path in changes}
    try:
        for path, part in parts.items():
            part.write_bytes(changes[path].encode("utf-8"))
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return sorted(changes)
