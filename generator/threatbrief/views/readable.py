"""A record's prose made safe to read: every exact indicator of the record in it is defanged.

Pages, PDF briefs and feeds are made from what comes out here, so that no field can be forgotten.
Values of indicators, addresses of sources and the narrative stay as they are: the first are defanged
where they are shown, the last where it is rendered.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel

from threatbrief.model import Incident
from threatbrief.render.defang import defang, defang_text

Model = TypeVar("Model", bound=BaseModel)

_EXACT: Final = frozenset({"id", "value", "url", "archived", "file", "body", "actor", "mitigation", "origin"})


def readable(incident: Incident) -> Incident:
    """The incident with its prose defanged; the incident itself where it has nothing to defang."""
    pairs = _told_exactly(incident)
    return _read(incident, pairs) if pairs else incident


def needs_defanging(incident: Incident) -> bool:
    """Whether `readable` may change anything."""
    return bool(_told_exactly(incident))


def _told_exactly(incident: Incident) -> tuple[tuple[str, str], ...]:
    """The indicators, as (type, value), that stand in the record's prose as they are: few do, and one look
    at all prose tells which."""
    pairs = [(i.type.value, i.value) for i in incident.indicators]
    exact = [(kind, value) for kind, value in pairs if defang(kind, value) != value]
    if not exact:
        return ()
    prose = "\n".join(_gather(incident, []))
    return tuple(pair for pair in exact if pair[1] in prose)


def _gather(given: Any, texts: list[str]) -> list[str]:
    """Every text that `_read` looks at."""
    if type(given) is str:
        texts.append(given)
    elif type(given) is tuple:
        for part in given:
            _gather(part, texts)
    elif isinstance(given, BaseModel):
        for name in _prose_fields(type(given)):
            _gather(getattr(given, name), texts)
    return texts


@cache
def _prose_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields that are prose or have parts with prose: no word of a vocabulary, no date, no number."""
    fields = model.model_fields.items()
    return tuple(name for name, field in fields if name not in _EXACT and _holds_text(field.annotation))


def _holds_text(annotation: Any) -> bool:
    if isinstance(annotation, type) and (annotation is str or issubclass(annotation, BaseModel)):
        return True
    return any(map(_holds_text, get_args(annotation)))


def _read(model: Model, pairs: tuple[tuple[str, str], ...]) -> Model:
    changes: dict[str, Any] = {}
    for name in _prose_fields(type(model)):
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
