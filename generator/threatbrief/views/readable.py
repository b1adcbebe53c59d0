"""A record's prose made safe to read: every exact indicator of the record in it is defanged.

Pages, PDF briefs and feeds are made from what comes out here, so that no field can be forgotten.
Values of indicators, addresses of sources and the narrative stay as they are: the first are defanged
where they are shown, the last where it is rendered.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pydantic import BaseModel

from threatbrief.model import Incident
from threatbrief.render.defang import defang, defang_text

Model = TypeVar("Model", bound=BaseModel)

_EXACT: Final = frozenset({"id", "value", "url", "archived", "file", "body", "actor", "mitigation", "origin"})


def readable(incident: Incident) -> Incident:
    """The incident with its prose defanged; the incident itself where it has nothing to defang."""
    pairs = tuple((i.type.value, i.value) for i in incident.indicators)
    pairs = tuple((kind, value) for kind, value in pairs if defang(kind, value) != value)
    return _read(incident, pairs) if pairs else incident


def _read(model: Model, pairs: tuple[tuple[str, str], ...]) -> Model:
    changes: dict[str, Any] = {}
    for name in type(model).model_fields:
        if name in _EXACT:
            continue
        given = getattr(model, name)
        shown = _read_value(given, pairs)
        if shown is not given:
            changes[name] = shown
    return model.model_copy(update=changes) if changes else model


def _read_value(given: Any, pairs: tuple[tuple[str, str], ...]) -> Any:
    if type(given) is str:
        shown = defang_text(given, pairs)
        return given if shown == given else shown
    if isinstance(given, BaseModel):
        return _read(given, pairs)
    if isinstance(given, tuple):
        parts = tuple(_read_value(part, pairs) for part in given)
        return given if all(a is b for a, b in zip(parts, given, strict=True)) else parts
    return given
