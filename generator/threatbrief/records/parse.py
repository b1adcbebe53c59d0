"""The bytes of one record file become a record, or a list of faults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from threatbrief.diagnostics import Diagnostic
from threatbrief.model import Actor, Incident, Origin, Record, Software, Tlp, highest
from threatbrief.model.origin import Location, Places
from threatbrief.records.explain import explain_fault
from threatbrief.records.frontmatter import Document, parse_document
from threatbrief.records.partial import piece_together

KINDS: Final[Mapping[str, type[Record]]] = {"incidents": Incident, "actors": Actor, "software": Software}
"""The folders below content/records and the model that each holds."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file: its faults, and the record, or without `is_whole` what could be made of it."""

    record: Record | None
    found: tuple[Diagnostic, ...]
    is_whole: bool


def parse_record(kind: str, path: str, content: bytes) -> Parsed:
    """The bytes of one record file, parsed and validated; any error makes the record partial."""
    model = KINDS[kind]
    document, faults = parse_document(path, content)
    digest = hashlib.sha256(content).hexdigest()
    if document is None:
        return Parsed(piece_together(model, {}, "", Origin(path, digest)), faults, is_whole=False)
    origin = Origin(path, digest, document.body_line, Places(document.places))
    front = _without_nulls(_fold_keyed(document))
    renamed = tuple(_rename_labels(front, (), origin))
    found = [*(replace(fault, marking=_mark(front, (), fault)) for fault in faults), *renamed]
    try:
        record = model.model_validate({**front, "body": document.body, "origin": origin})
    except ValidationError as error:
        rows = error.errors(include_url=False, include_context=True)
        for row in rows[:_TOLD]:
            fault = explain_fault(model, row, origin, front)
            found.append(replace(fault, marking=_mark(front, row["loc"], fault)))
        if len(rows) > _TOLD:
            message = f"{len(rows) - _TOLD} more faults; they are told once these are mended"
            found.append(Diagnostic("S105", "error", origin.span(), message, "mend the others first"))
        once = tuple(dict.fromkeys(found))
        return Parsed(piece_together(model, front, document.body, origin), once, is_whole=False)
    return Parsed(record, tuple(found), is_whole=not faults)


_TOLD: Final = 200
"""The most faults of one record that are told in one run."""

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
        index_of = {key: index for index, key in enumerate(mapping)}
        for where, where_placed in list(document.places.items()):
            if len(where) > 1 and where[0] == name and where[1] in index_of:
                index = index_of[str(where[1])]
                document.places[(name, index, *where[2:])] = where_placed
                if len(where) == 2:
                    document.places[(name, index, identity)] = where_placed
        front[name] = [_fold_part(key, part, identity, plain) for key, part in mapping.items()]
    return front


def _fold_part(key: str, part: Any, identity: str, plain: str | None) -> Any:
    if isinstance(part, dict):
        return {identity: key, **part}
    return {identity: key, plain: part} if plain else part


def _without_nulls(front: dict[str, Any]) -> dict[str, Any]:
    """A key with nothing behind it: kept only where its absence would change the meaning (an error)."""
    return {key: value for key, value in front.items() if value is not None or key in _NEVER_EMPTY}


_NEVER_EMPTY: Final = frozenset(
    {"id", "title", "name", "tlp", "kind", "type", "disclosed", "summary", "status"}
)


def _rename_labels(part: Any, where: Location, origin: Origin) -> Iterator[Diagnostic]:
    """TLP:WHITE, at any place, becomes CLEAR as TLP 2.0 calls it; each is told of."""
    if isinstance(part, list):
        for index, inner in enumerate(part):
            yield from _rename_labels(inner, (*where, index), origin)
        return
    for key, inner in part.items() if isinstance(part, dict) else ():
        if isinstance(inner, dict | list):
            yield from _rename_labels(inner, (*where, key), origin)
        elif key in ("tlp", "released") and inner == "WHITE":
            part[key] = Tlp.CLEAR.value
            message = "TLP:WHITE is the old name of TLP:CLEAR; read as CLEAR"
            yield Diagnostic("M106", "warning", origin.span(*where, key), message, "write CLEAR")


def _mark(front: Mapping[str, Any], location: Iterable[str | int], fault: Diagnostic) -> Tlp | None:
    """The marking of what a fault quotes; RED where none is stated that we know."""
    if fault.code in _QUOTES_NOTHING:
        return None
    labels = [front.get("tlp")]
    part: Any = front
    for key in location:
        inside = (isinstance(part, dict) and key in part) or (isinstance(part, list) and isinstance(key, int))
        part = part[key] if inside else None
        if isinstance(part, dict) and "tlp" in part:
            labels.append(part["tlp"])
    known = [Tlp(str(label)) if label in Tlp.__members__.values() else Tlp.RED for label in labels]
    return highest(*known)


_QUOTES_NOTHING: Final = frozenset({"S102", "M106"})
