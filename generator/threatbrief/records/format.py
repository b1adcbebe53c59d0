"""The record format as a curator writes it, read off the models: every key, and its JSON Schema.

What the models call `start`, a curator writes as `from`; what they hold as a list of sources, a
curator writes as a mapping. This file knows the difference, and what plain YAML makes of `2019`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from inspect import get_annotations
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from threatbrief.model import Actor, Incident, Instant, PartialDate, Record, Silence, Software, Source, Tlp
from threatbrief.model.parts import Credibility, Period
from threatbrief.model.text import (
    AttackGroupId,
    AttackMitigationId,
    AttackSoftwareId,
    AttackTechniqueId,
    CountryCode,
    CveId,
    HttpUrl,
    Line,
    RecordId,
    Slug,
    SourceId,
)
from threatbrief.model.vocab import Confidence, IndicatorType, Likelihood, Reliability, SoftwareType
from threatbrief.records.format_words import KEY_WORDS, MALWARE_TYPES, VALUE_WORDS
from threatbrief.reference.tables import load_reference

RecordKind = Literal["incident", "actor", "software"]
MODELS: Final[Mapping[RecordKind, type[Record]]] = {
    "incident": Incident,
    "actor": Actor,
    "software": Software,
}
"""What `threatbrief schema` and `threatbrief new` call each kind of record."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NUMBERS_TOO: Final = ["string", "number"]
"""Plain `2019` or `1.10` is text to the loader and a number to editors."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type of single values: the annotation that models give it, its name, its schema, its standard."""

    hint: Any
    words: str
    schema: Mapping[str, Any]
    standard: str = ""


def _pattern(hint: Any) -> dict[str, Any]:
    """The schema of a text whose model states a pattern."""
    fields = (part for part in get_args(hint) if isinstance(part, FieldInfo))
    patterns = (getattr(rule, "pattern", None) for part in fields for rule in part.metadata)
    return {"type": "string", "pattern": next(pattern for pattern in patterns if pattern)}


_ATTACK: Final = "MITRE ATT&CK"
SCALARS: Final = (
    Scalar(str, "text", {"type": _NUMBERS_TOO}),
    Scalar(Line, "text", {"type": _NUMBERS_TOO, "pattern": r"\S"}),
    Scalar(
        Slug,
        "slug",
        {"type": _NUMBERS_TOO, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64},
    ),
    Scalar(
        RecordId,
        "record id",
        {
            "type": "string",
            "pattern": "^([A-Z0-9]{1,16}(-[A-Z0-9]{1,32}){1,6}|[a-z0-9]{1,16}(-[a-z0-9]{1,32}){1,6})$",
        },
    ),
    Scalar(SourceId, "short name", {**_pattern(SourceId), "type": _NUMBERS_TOO}),
    Scalar(
        HttpUrl,
        "URL",
        {"type": "string", "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\"'<>\\^`{|}]+$"},
        "RFC 3986",
    ),
    Scalar(AttackTechniqueId, "technique id", _pattern(AttackTechniqueId), _ATTACK),
    Scalar(AttackGroupId, "group id", _pattern(AttackGroupId), _ATTACK),
    Scalar(AttackSoftwareId, "software id", _pattern(AttackSoftwareId), _ATTACK),
    Scalar(AttackMitigationId, "mitigation id", _pattern(AttackMitigationId), _ATTACK),
    Scalar(CveId, "CVE id", _pattern(CveId), "CVE"),
    Scalar(CountryCode, "country code", _pattern(CountryCode), "ISO 3166-1 alpha-2"),
    Scalar(
        PartialDate,
        "date",
        {
            "type": ["string", "integer"],
            "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
            "minimum": 1000,
            "maximum": 9999,
        },
        "ISO 8601",
    ),
    Scalar(
        Instant,
        "instant",
        {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
            r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
        },
        "RFC 3339",
    ),
    Scalar(
        Credibility,
        "1 to 6",
        {"type": ["integer", "string"], "minimum": 1, "maximum": 6, "pattern": "^[1-6]$"},
        "Admiralty code",
    ),
)
"""Every type of single values that a key can have, vocabularies apart."""

_VOCABULARY_STANDARDS: Final[Mapping[type[StrEnum], str]] = {
    Tlp: "TLP 2.0",
    Reliability: "Admiralty code",
    Confidence: "ICD 203",
    Likelihood: "ICD 203",
    IndicatorType: "STIX 2.1",
    SoftwareType: _ATTACK,
}

_NOT_WRITTEN: Final = frozenset({(Record, "body"), (Record, "origin"), (Source, "id"), (Silence, "code")})
"""Fields that are no keys: what stands below the front matter, and what is written as a key itself."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record or a part as a curator writes it.

    `value` is a model, a vocabulary, or the hint of a Scalar; `is_list` says that several may stand
    there. `field` is the name in the model, `owner` the class that declares it.
    """

    name: str
    field: str
    owner: type[BaseModel]
    value: Any
    is_list: bool
    is_required: bool

    @property
    def meaning(self) -> str:
        return KEY_WORDS[self.owner, self.field]

    @property
    def standard(self) -> str:
        """The standard that rules the value, empty where none does."""
        if self.field == "malware_types":
            return "STIX 2.1 malware-type-ov"
        if self.field == "language":
            return "BCP 47"
        if is_vocabulary(self.value):
            return _VOCABULARY_STANDARDS.get(self.value, "")
        return "" if is_model(self.value) else find_scalar(self.value).standard


@cache
def keys_of(model: type[BaseModel]) -> tuple[Key, ...]:
    """The keys of a record or a part in the model's order, those of its base classes first."""
    hints = get_type_hints(model, include_extras=True)
    keys = (_make_key(model, name, hints[name]) for name in model.model_fields)
    return tuple(key for key in keys if (key.owner, key.field) not in _NOT_WRITTEN)


def _make_key(model: type[BaseModel], name: str, hint: Any) -> Key:
    field = model.model_fields[name]
    owner = next(base for base in model.__mro__ if name in get_annotations(base))
    value, is_list = _strip(hint)
    return Key(field.alias or name, name, owner, value, is_list, field.is_required())


def _strip(hint: Any) -> tuple[Any, bool]:
    """An annotation without what makes it optional or a list, and whether it was a list."""
    if get_origin(hint) is Annotated and find_known(hint) is None:
        return _strip(get_args(hint)[0])
    if get_origin(hint) is tuple:
        return _strip(get_args(hint)[0])[0], True
    if get_origin(hint) in (Union, UnionType):
        (inner,) = (argument for argument in get_args(hint) if argument is not NoneType)
        return _strip(inner)
    return hint, False


def find_known(hint: Any) -> Scalar | None:
    """The Scalar of an annotation, None where it is none."""
    return next((scalar for scalar in SCALARS if scalar.hint == hint), None)


def find_scalar(hint: Any) -> Scalar:
    """The Scalar of an annotation; LookupError for one that this file does not know yet."""
    if scalar := find_known(hint):
        return scalar
    raise LookupError(f"no words for the type {hint}; add it to SCALARS")


def is_model(value: Any) -> bool:
    """Whether a key's value is a part with keys of its own."""
    return isinstance(value, type) and issubclass(value, BaseModel)


def is_vocabulary(value: Any) -> bool:
    """Whether a key's value is a word of a closed list."""
    return isinstance(value, type) and issubclass(value, StrEnum)


def parts_of(*models: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """Every part that the models hold, at any depth, in the order in which keys name them."""
    found: dict[type[BaseModel], None] = {}
    waiting = list(models)
    for model in waiting:
        for key in keys_of(model):
            if is_model(key.value) and key.value not in found:
                found[key.value] = None
                waiting.append(key.value)
    return tuple(found)


def first_sentence(model: type[BaseModel]) -> str:
    """What a model is, as the first paragraph of its docstring says."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def format_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the front matter of an incident, an actor or a software.

    For editors: keys as they are written, values as a YAML 1.2 parser gives them (`2019` is a
    number there). What the loader reads and the schema accepts differ in four points: the schema takes no
    key with nothing behind it, no unquoted `true` or `false` as text, sources and silence as mappings
    alone, and it knows the words of the reference tables. But for the name `$defs`, no keyword is
    younger than draft-07, so that older editors follow. LookupError for a kind that is none.
    """
    if kind not in MODELS:
        raise LookupError(f"{kind!r} is no kind of record; there are {', '.join(MODELS)}")
    model = next(model for name, model in MODELS.items() if name == kind)
    return {
        "$schema": _DIALECT,
        "title": f"Front matter of {'an' if kind[0] in 'aeiou' else 'a'} {kind} record of threatbrief",
        **_object(model),
        "$defs": {part.__name__: _object(part) for part in parts_of(model) if part is not Silence},
    }


def _object(model: type[BaseModel]) -> dict[str, Any]:
    keys = keys_of(model)
    schema = {
        "type": "object",
        "description": first_sentence(model),
        "properties": {key.name: _property(model, key) for key in keys},
        "required": [key.name for key in keys if key.is_required],
        "additionalProperties": False,
    }
    return schema if schema["required"] else {k: v for k, v in schema.items() if k != "required"}


def _property(model: type[BaseModel], key: Key) -> dict[str, Any]:
    value = _value(key)
    schema = {"type": "array", "items": value} if key.is_list else value
    schema = _KEYED.get(key.value, schema)
    if key.value is Period and key.owner is Incident:
        schema = {"anyOf": [dict(find_scalar(PartialDate).schema), value]}
    return {
        "title": key.name.replace("_", " ").capitalize(),
        "description": " ".join(_describe(key)),
        **schema,
    }


def _describe(key: Key) -> Iterator[str]:
    yield key.meaning
    if is_vocabulary(key.value):
        words = VALUE_WORDS[key.value].items()
        yield "; ".join(f"{word}: {meaning}" for word, meaning in words) + "." if words else ""
    if key.standard:
        yield f"({key.standard})"


def _value(key: Key) -> dict[str, Any]:
    """The schema of one value of a key."""
    if is_model(key.value):
        return {"$ref": f"#/$defs/{key.value.__name__}"}
    if is_vocabulary(key.value):
        return {"type": "string", "enum": [word.value for word in key.value]}
    schema = dict(find_scalar(key.value).schema)
    if key.field == "malware_types":
        return {**schema, "examples": MALWARE_TYPES}
    listed = _listed(key)
    return {"type": "string", "enum": listed} if listed else schema


def _listed(key: Key) -> list[str]:
    """The words of the reference table that rules a key, none where no table does."""
    reference = load_reference()
    if key.field == "sectors":
        return list(reference.sector_slugs)
    if key.field == "motivations":
        return list(reference.motivation_slugs)
    return list(reference.country_codes) if key.value == CountryCode else []


_KEYED: Final[Mapping[Any, dict[str, Any]]] = {
    Source: {
        "type": "object",
        "propertyNames": {"pattern": _pattern(SourceId)["pattern"]},
        "additionalProperties": {"$ref": "#/$defs/Source"},
    },
    Silence: {
        "type": "object",
        "propertyNames": {"pattern": "^[A-Z][0-9]{3}$"},
        "additionalProperties": {"type": _NUMBERS_TOO, "pattern": r"\S", "title": "Reason"},
    },
}
"""Lists of the models that a curator writes as mappings: `ms: {publisher: …}`, `B107: the reason`."""
