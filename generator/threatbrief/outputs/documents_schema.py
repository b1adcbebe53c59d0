"""The JSON Schema (draft 2020-12) of the JSON documents, derived from the models themselves."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from threatbrief.model import Actor, Incident, Software, Tlp

FORMAT: Final = 1
"""The version of the documents' layout; it goes up when a key changes its meaning or goes away."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MODELS: Final = (Incident, Actor, Software)
_KINDS: Final = [{"$ref": f"#/$defs/{name}"} for name in (*(m.__name__ for m in _MODELS), "Notice")]
_TEXT: Final = {"type": "string"}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_ADDRESS: Final = {"type": "string", "format": "uri"}
_MARKING: Final = {"enum": [label.value for label in Tlp]}


def record_schema(url: str) -> dict[str, Any]:
    """The schema of one record's document, published at `url`."""
    return {
        "$schema": _DIALECT,
        "$id": url,
        "title": "A record of a threat-brief site",
        "description": "An incident, an actor or a piece of software, or the notice of a withdrawn record. "
        "Dates are as precise as they are known: a year, a month or a day.",
        "oneOf": _KINDS,
        "$defs": _definitions(),
    }


def records_schema(url: str) -> dict[str, Any]:
    """The schema of the documents of all records, published at `url`."""
    head = {
        "$schema": _ADDRESS,
        "format": {"const": FORMAT},
        "title": _TEXT,
        "url": _ADDRESS,
        "licence": _TEXT,
        "licence_url": _ADDRESS,
        "tlp": _MARKING,
    }
    rest = {
        "next_url": {**_ADDRESS, "description": "Where records published earlier stand."},
        "records": {"type": "array", "items": {"$ref": "#/$defs/Record"}},
    }
    return {
        "$schema": _DIALECT,
        "$id": url,
        "title": "All records of a threat-brief site",
        "type": "object",
        "properties": {**head, **rest},
        "required": [*head, "records"],
        "additionalProperties": False,
        "$defs": {"Record": {"oneOf": _KINDS}, **_definitions()},
    }


@cache
def _definitions() -> dict[str, Any]:
    _, found = models_json_schema([(model, "serialization") for model in _MODELS], by_alias=True)
    definitions: dict[str, Any] = found["$defs"]
    definitions.pop("Origin", None)
    for model in _MODELS:
        schema = definitions[model.__name__]
        schema["properties"].pop("origin", None)
        head = _head(model.__name__.lower())
        schema["properties"] = {**head, **schema["properties"]}
        schema["required"] = [*head, *(name for name in schema.get("required", ()) if name != "origin")]
    return {**definitions, "Notice": _notice()}


def _head(kind: str | None) -> dict[str, Any]:
    """The keys that a document has before the record's own."""
    kinds = {"const": kind} if kind else {"enum": [model.__name__.lower() for model in _MODELS]}
    return {
        "$schema": _ADDRESS,
        "format": {"const": FORMAT},
        "record_type": kinds,
        "guid": {**_ADDRESS, "description": "A tag URI (RFC 4151) that never changes."},
        "url": {**_ADDRESS, "description": "The record's page."},
        "version": {"type": "integer", "minimum": 1, "description": "One more with each revision."},
        "marking": {**_MARKING, "description": "The highest TLP 2.0 label of the record and its parts."},
    }


def _notice() -> dict[str, Any]:
    head = _head(None)
    own = {
        "id": _TEXT,
        "status": {"const": "withdrawn"},
        "reason": _TEXT,
        "published": _INSTANT,
        "revisions": {"type": "array", "items": {"$ref": "#/$defs/Revision"}},
    }
    return {
        "type": "object",
        "description": "What is left of a withdrawn record.",
        "properties": {**head, **own},
        "required": [*head, "id", "status"],
        "additionalProperties": False,
    }
