"""Dates of any precision, periods and instants.

A date is kept as precise as it was written (`2019`, `2019-12`, `2019-12-18`), printed so, and
compared as the interval of days that it may mean. Nothing pads a month to a day.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

Precision = Literal["year", "month", "day"]

_PATTERN = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?\Z", re.ASCII)
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True)
class PartialDate:
    """A year, a month or a day (ISO 8601, reduced precision), as written."""

    value: str

    @staticmethod
    def parse(text: str) -> PartialDate:
        """`2019`, `2019-12` or `2019-12-18`; ValueError that says what to write for anything else."""
        match = _PATTERN.match(text)
        if not match:
            raise ValueError(f"{text!r} is not a date; write 2019, 2019-12 or 2019-12-18")
        year, month, day = (int(part) if part else None for part in match.groups())
        if not year:
            raise ValueError(f"{text!r} is not a date; there is no year 0")
        if month is not None and not 1 <= month <= 12:
            raise ValueError(f"{text!r} is not a date; there is no month {month}")
        if day is not None:
            try:
                date(year, month or 1, day)
            except ValueError:
                name = _MONTHS[(month or 1) - 1]
                raise ValueError(f"{text!r} is not a date; {name} {year} has no day {day}") from None
        return _of(text)

    @staticmethod
    def of(day: date) -> PartialDate:
        """The day itself."""
        return _of(day.isoformat())

    def __reduce__(self) -> tuple[Any, ...]:
        return _of, (self.value,)

    @property
    def precision(self) -> Precision:
        return ("year", "month", "day")[self.value.count("-")]

    @cached_property
    def first(self) -> date:
        """The first day that the date may mean."""
        parts = [int(part) for part in self.value.split("-")]
        return date(*[*parts, 1, 1][:3])

    @cached_property
    def last(self) -> date:
        """The last day that the date may mean."""
        parts = [int(part) for part in self.value.split("-")]
        if len(parts) == 1:
            return date(parts[0], 12, 31)
        if len(parts) == 2:
            return date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1])
        return date(*parts)

    @cached_property
    def year(self) -> int:
        return int(self.value[:4])

    @cached_property
    def text(self) -> str:
        """For readers: `2019`, `December 2019`, `18 December 2019`."""
        parts = self.value.split("-")
        words = [parts[0]]
        if len(parts) > 1:
            words.insert(0, _MONTHS[int(parts[1]) - 1])
        if len(parts) > 2:
            words.insert(0, str(int(parts[2])))
        return " ".join(words)

    @property
    def sort_key(self) -> tuple[date, date]:
        return (self.first, self.last)

    def __str__(self) -> str:
        return self.value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(given: object) -> PartialDate:
            if isinstance(given, PartialDate):
                return given
            if not isinstance(given, str):
                raise ValueError("write a date: 2019, 2019-12 or 2019-12-18")
            return cls.parse(given)

        return core_schema.no_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}


@cache
def _of(text: str) -> PartialDate:
    """The one date of a text that is known to be one: a corpus names the same days over and over."""
    return PartialDate(text)


def _read_instant(given: object) -> object:
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str):
        raise ValueError("write an instant: 2026-11-22T09:00:00Z")
    text = given.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        text += "T00:00:00Z"
    if not re.fullmatch(
        r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})", text, re.ASCII
    ):
        raise ValueError(f"{given!r} is not an instant; write 2026-11-22T09:00:00Z or 2026-11-22")
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "T"))
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise ValueError(f"{given!r} is not an instant that exists; write 2026-11-22T09:00:00Z") from None


def format_instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second: `2026-11-22T09:00:00Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in UTC, to the second; a bare day means 00:00Z. RFC 3339 when printed."""
