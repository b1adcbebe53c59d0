"""What can be made of a record that failed validation, so that the rest of it is checked in the same run.

A faulty key is taken out; where the model needs one, a stand-in takes its place. Every place that
was touched stands in `origin.unsound`, and checks report nothing there.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from threatbrief.model import Incident, Origin, Record
from threatbrief.model.origin import Location

_ROUNDS: Final = 6
_STAND_INS: Final[Mapping[str, Any]] = {
    "tlp": "RED",  # what is not known to be public is quoted nowhere
    "kind": "disclosure",
    "type": "malware",
    "disclosed": "1970-01-01",
    "date": "1970-01-01",
    "at": "1970-01-01",
    "confidence": "low",
    "basis": "mapped",
    "country": "ZZ",
    "countries": "ZZ",
}
_OF_PART: Final[Mapping[tuple[str, str], Any]] = {
    ("techniques", "id"): "T0000",
    ("vulnerabilities", "id"): "CVE-0000-0000",
    ("related", "id"): "UNKNOWN-0",
    ("silence", "code"): "X000",
    ("indicators", "type"): "file-name",
    ("revisions", "kind"): "update",
}


def piece_together(model: type[Record], front: Mapping[str, Any], body: str, origin: Origin) -> Record | None:
    """The record without its faulty keys, or None where even that cannot be made.

    `front` holds plain values, sources as a list. A file that could not be parsed has an empty
    front: what comes back then is its id, as its name tells it, and nothing in it is sound.
    """
    values = copy.deepcopy(dict(front))
    unsound: set[Location] = set() if front else {()}
    if not front:
        values["id"] = _stem(model, origin.path)
    for _ in range(_ROUNDS):
        try:
            record = model.model_validate({**values, "body": body, "origin": origin})
        except ValidationError as error:
            for row in error.errors(include_url=False, include_input=False, include_context=False):
                _repair(values, row, unsound, origin)
            continue
        return record.model_copy(update={"origin": replace(origin, unsound=frozenset(unsound))})
    return None


def _repair(values: Any, row: ErrorDetails, unsound: set[Location], origin: Origin) -> None:
    """Take out what one error names, or put a stand-in there."""
    reached: list[str | int] = []
    parent: Any = None
    here = values
    for part in row["loc"]:
        inside = isinstance(here, dict | list) and (part in here if isinstance(here, dict) else True)
        if not inside and not (row["type"] == "missing" and isinstance(here, dict)):
            break
        parent, here = here, here.get(part) if isinstance(here, dict) else here[int(part)]
        reached.append(part)
    if not reached:
        return
    key = reached[-1]
    if row["type"] == "extra_forbidden":
        parent.pop(key, None)
        return
    unsound.add(tuple(reached))
    if isinstance(parent, list):
        parent[int(key)] = {} if row["type"] == "model_type" else _stand_in(reached[:-1], origin)
    elif row["type"] == "missing":
        parent[key] = _stand_in(reached, origin)
    else:
        parent.pop(key, None)


def _stand_in(location: list[str | int], origin: Origin) -> Any:
    names = [str(part) for part in location if isinstance(part, str)]
    if names == ["id"]:
        digest = hashlib.sha256(origin.path.encode()).hexdigest()[:8]
        return f"unknown-{digest}"
    if len(names) > 1 and (names[0], names[-1]) in _OF_PART:
        return _OF_PART[names[0], names[-1]]
    if names[-1] == "kind" and len(names) > 1:
        return "unknown"
    return _STAND_INS.get(names[-1], "unknown")


def _stem(model: type[Record], path: str) -> str:
    """The id that a file's name suggests; validation replaces one that cannot be."""
    stem = PurePosixPath(path).stem
    return stem.upper() if model is Incident else stem.lower()
