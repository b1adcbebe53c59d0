"""The base of every model."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict


class Word(StrEnum):
    """A word of a closed list; pickled by its name, which loads four times as fast as by its value."""

    if not TYPE_CHECKING:  # what a build asks for millions of times; enum's own are written in Python
        __hash__ = str.__hash__
        value = property(attrgetter("_value_"))

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return getattr, (type(self), self.name)


_set = object.__setattr__
_NO_FIELDS: set[str] = set()
_SHORT = 32
"""Characters: shorter texts are ids, names and words, which records share."""
_tuples: dict[tuple[str, ...], tuple[str, ...]] = {}


class Model(BaseModel):
    """Frozen; unknown keys are errors; pickled without what nobody asks a frozen model for, which
    halves the time of loading it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, ignored_types=(cached_property,)
    )

    def __getstate__(self) -> dict[Any, Any]:
        return self.__dict__

    def __setstate__(self, state: dict[Any, Any]) -> None:
        for name, value in state.items():  # one by one: no dict is made, which takes a fifth of the memory
            kind = type(value)
            if kind is str:
                if len(value) < _SHORT:
                    value = intern(value)
            elif kind is tuple and value and type(value[0]) is str and len(value[0]) < _SHORT:
                value = _tuples.setdefault(value, value)
            _set(self, name, value)
        _set(self, "__pydantic_fields_set__", _NO_FIELDS)
        _set(self, "__pydantic_extra__", None)
        _set(self, "__pydantic_private__", None)
