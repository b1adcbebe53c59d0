"""Read every record below a folder, validate it, and report every fault of every file in one run."""

from __future__ import annotations

import difflib
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from threatbrief.diagnostics import Diagnostic, Span
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Origin, Record, Software
from threatbrief.records.frontmatter import Document, parse_document
from threatbrief.records.partial import piece_together

KINDS: Final[Mapping[str, type[Record]]] = {"incidents": Incident, "actors": Actor, "software": Software}
"""The folders below content/records and the model that each holds."""

_SUFFIXES: Final = (".md", ".markdown")
_IGNORED: Final = ("figures",)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read: the records that are whole, every fault found on the way, and what could be made
    of the records that failed: `partial` is for checks alone and is never published."""

    records: tuple[Record, ...]
    found: tuple[Diagnostic, ...]
    partial: tuple[Record, ...] = ()


def load(root: Path, base: Path | None = None) -> tuple[KnowledgeBase, tuple[Diagnostic, ...]]:
    """Every whole record below `root`, unfiltered, and the faults; paths are printed relative to `base`.

    Checks that should see the records that failed too take `read_records(…).partial`.
    """
    loaded = read_records(root, base)
    return KnowledgeBase.of(loaded.records), loaded.found


def read_records(root: Path, base: Path | None = None) -> Loaded:
    """Read the folders of KINDS below `root`. A file that cannot be used yields faults, no record."""
    base = base or root
    records: list[Record] = []
    partial: list[Record] = []
    found: list[Diagnostic] = []
    for kind, file in _record_files(root, base, found):
        path = file.relative_to(base).as_posix()
        try:
            content = file.read_bytes()
        except OSError as fault:
            message = f"the file cannot be read: {fault.strerror}"
            found.append(Diagnostic("F014", "error", Span(path), message, "check its permissions"))
            continue
        parsed = parse_record(kind, path, content)
        found.extend(parsed.found)
        if parsed.record is not None:
            (records if parsed.is_whole else partial).append(parsed.record)
    found.extend(_check_unique([*records, *partial]))
    return Loaded(tuple(records), tuple(found), tuple(partial))


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file: its faults, and the record, or without `is_whole` what could be made of it."""

    record: Record | None
    found: tuple[Diagnostic, ...]
    is_whole: bool


def parse_record(kind: str, path: str, content: bytes) -> Parsed:
    """The bytes of one record file, parsed and validated; any fault makes the record partial."""
    model = KINDS[kind]
    document, faults = parse_document(path, content)
    digest = hashlib.sha256(content).hexdigest()
    if document is None:
        return Parsed(piece_together(model, {}, "", Origin(path, digest)), faults, is_whole=False)
    origin = Origin(path, digest, document.body_line, document.places)
    front = _without_nulls(_fold_keyed(document))
    try:
        record = model.model_validate({**front, "body": document.body, "origin": origin})
    except ValidationError as error:
        rows = error.errors(include_url=False, include_context=True)
        found = (*faults, *(_explain(model, row, origin, front) for row in rows))
        return Parsed(piece_together(model, front, document.body, origin), found, is_whole=False)
    return Parsed(record, faults, is_whole=not faults)


def _record_files(root: Path, base: Path, found: list[Diagnostic]) -> Iterator[tuple[str, Path]]:
    resolved = root.resolve()
    for entry in sorted(root.iterdir()) if root.is_dir() else ():
        if entry.name.startswith("."):
            continue
        kind = entry.name
        if kind not in KINDS or not entry.is_dir():
            hint = f"records lie in {', '.join(KINDS)}"
            found.append(Diagnostic("F015", "warning", Span(_relative(entry, base)), "skipped", hint))
            continue
        for file in sorted(entry.rglob("*")):
            parts = file.relative_to(entry).parts
            if file.is_dir() or any(part.startswith(".") for part in parts):
                continue
            if any(part in _IGNORED for part in parts[:-1]):
                continue
            if not file.resolve().is_relative_to(resolved):
                message = "the file is a link out of the records folder; skipped"
                found.append(
                    Diagnostic("F016", "error", Span(_relative(file, base)), message, "copy it here")
                )
            elif file.suffix.lower() not in _SUFFIXES:
                message = f"skipped: {file.suffix or file.name} is no record"
                hint = "records end in .md; pictures lie in a folder named figures"
                found.append(Diagnostic("F015", "warning", Span(_relative(file, base)), message, hint))
            else:
                yield kind, file


def _relative(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name


_KEYED: Final = (("sources", "id", None), ("silence", "code", "reason"))
"""Mappings to the curator that are lists in the model: the key becomes the part's `id` or `code`, and a
plain text behind it the part's `reason`."""


def _fold_keyed(document: Document) -> dict[str, Any]:
    """The front matter with the mappings of _KEYED as lists; the places follow."""
    front = dict(document.front)
    for name, identity, plain in _KEYED:
        mapping = front.get(name)
        if not isinstance(mapping, dict):
            continue
        rows = []
        index_of = {key: index for index, key in enumerate(mapping)}
        for where, place in list(document.places.items()):
            if len(where) > 1 and where[0] == name and where[1] in index_of:
                index = index_of[str(where[1])]
                document.places[(name, index, *where[2:])] = place
                if len(where) == 2:
                    document.places[(name, index, identity)] = place
        for key, part in mapping.items():
            if isinstance(part, dict):
                rows.append({identity: key, **part})
            else:
                rows.append({identity: key, plain: part} if plain else part)
        front[name] = rows
    return front


def _without_nulls(front: dict[str, Any]) -> dict[str, Any]:
    """A key with nothing behind it: kept only where its absence would change the meaning (an error)."""
    return {key: value for key, value in front.items() if value is not None or key in _NEVER_EMPTY}


_NEVER_EMPTY: Final = frozenset(
    {"id", "title", "name", "tlp", "kind", "type", "disclosed", "summary", "status"}
)


def _explain(model: type[Record], row: ErrorDetails, origin: Origin, front: Mapping[str, Any]) -> Diagnostic:
    """One pydantic error as a diagnostic in the curator's words."""
    location = tuple(part for part in row["loc"] if part not in ("function-before[_read_period(), Period]",))
    span = origin.span(*location)
    name = _name_key(location, front)
    kind, given = row["type"], row.get("input")
    if kind == "extra_forbidden":
        known = _known_keys(model, location[:-1])
        close = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
        return Diagnostic("S101", "error", span, f"unknown key {name}", hint)
    if kind == "missing":
        hint = _MISSING_HINTS.get(str(location[-1]), f"add {location[-1]}: …")
        return Diagnostic("S102", "error", origin.span(*location[:-1]), f"{name} is missing", hint)
    if kind in ("enum", "literal_error"):
        expected = str(row.get("ctx", {}).get("expected", "")).replace("'", "")
        words = expected.replace(" or ", ", ").split(", ")
        close = difflib.get_close_matches(str(given), words, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]}?" if close else f"write one of: {', '.join(words)}"
        return Diagnostic("S103", "error", span, f"{name}: {_quote(given)} is not known here", hint)
    if kind == "value_error":
        message, _, hint = str(row["msg"]).removeprefix("Value error, ").partition("; ")
        code = "D101" if "date" in message or "instant" in message else "S104"
        return Diagnostic(code, "error", span, f"{name}: {message}", hint)
    hint = _TYPE_HINTS.get(kind, "see the record format")
    return Diagnostic("S104", "error", span, f"{name}: {_quote(given)}: {row['msg'].lower()}", hint)


_MISSING_HINTS: Final = {
    "tlp": "state the label: tlp: CLEAR (or GREEN, AMBER, AMBER+STRICT, RED); none is assumed",
    "id": "mint one with `threatbrief new`",
}
_TYPE_HINTS: Final = {
    "string_type": "write text",
    "tuple_type": "write a list: [a, b]",
    "model_type": "write keys and values",
    "dict_type": "write keys and values",
    "int_parsing": "write a whole number",
    "string_pattern_mismatch": "write the identifier as its standard spells it",
    "greater_than_equal": "write a number of the scale",
    "less_than_equal": "write a number of the scale",
}


def _quote(given: object) -> str:
    text = given if isinstance(given, str) else "nothing" if given is None else type(given).__name__
    return (
        repr(text[:60] + "…")
        if isinstance(given, str) and len(text) > 60
        else repr(text)
        if isinstance(given, str)
        else text
    )


def _name_key(location: tuple[Any, ...], front: Mapping[str, Any]) -> str:
    """`sources.ms.url`, `techniques[2].id`: a key as a curator would point to it."""
    name = ""
    for index, part in enumerate(location):
        if isinstance(part, int):
            rows = front.get(str(location[0]))
            identity = {"sources": "id", "silence": "code"}.get(str(location[0]))
            if index == 1 and identity and isinstance(rows, list) and part < len(rows):
                row = rows[part]
                name += f".{row[identity]}" if isinstance(row, dict) and identity in row else f"[{part + 1}]"
            else:
                name += f"[{part + 1}]"
        else:
            name += f".{part}" if name else str(part)
    return name


def _known_keys(model: type[Any], location: tuple[Any, ...]) -> list[str]:
    """The keys that the model at a location knows, aliases as a curator writes them."""
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        inner = _find_model(annotation)
        if inner is None:
            return []
        model = inner
    hidden = {"body", "origin"} | ({"id"} if model.__name__ == "Source" else set())
    return [f.alias or name for name, f in model.model_fields.items() if name not in hidden]


def _find_model(annotation: Any) -> type[Any] | None:
    if hasattr(annotation, "model_fields"):
        return annotation  # type: ignore[no-any-return]
    for argument in getattr(annotation, "__args__", ()):
        if found := _find_model(argument):
            return found
    return None


def _check_unique(records: list[Record]) -> Iterator[Diagnostic]:
    """Two records of one kind with one id, or ids that differ in case alone (one path on some disks)."""
    seen: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.origin.is_sound("id"):
            seen[(type(record).__name__, record.id.lower())].append(record)
    for (_, folded), rows in seen.items():
        for record in rows[1:]:
            first = rows[0].origin.path
            message = f"the id {folded!r} is taken by {first}"
            yield Diagnostic("R101", "error", record.origin.span("id"), message, "mint a new id")
