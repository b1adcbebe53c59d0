"""A record's prose made safe to read: every exact indicator of the record in it is defanged.

Pages, PDF briefs and feeds are made from what comes out here, so that no field can be forgotten.
Values of indicators, addresses of sources and the narrative stay as they are: the first are defanged
where they are shown, the last where it is rendered.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from threatbrief.model import Incident
from threatbrief.render.defang import defang, defang_text

Model = TypeVar("Model", bound=BaseModel)

_EXACT: Final = frozenset({"id", "value", "url", "archived", "file", "body", "actor", "mitigation", "origin"})
_NOT_PROSE: Final[Any] = {
    "body": True,
    "indicators": {"__all__": {"value"}},
    "sources": {"__all__": {"url", "archived"}},
}


def readable(incident: Incident) -> Incident:
    """The incident with its prose defanged; the incident itself where it has nothing to defang."""
    pairs = _told_exactly(incident)
    return _read(incident, pairs) if pairs else incident


def needs_defanging(incident: Incident) -> bool:
    """Whether `readable` may change anything."""
    return bool(_told_exactly(incident))


def _told_exactly(incident: Incident) -> tuple[tuple[str, str], ...]:
    """The indicators, as (type, value), that stand in the record's prose as they are. Few do, and one look
    at the whole record costs a fourth of what reading it field by field does."""
    pairs = [(i.type.value, i.value) for i in incident.indicators]
    exact = [(kind, value) for kind, value in pairs if defang(kind, value) != value]
    if not exact:
        return ()
    prose = incident.model_dump_json(exclude=_NOT_PROSE)
    return tuple(pair for pair in exact if encode_basestring(pair[1])[1:-1] in prose)


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
