"""The parts that records share: sources, names, claims, periods, revisions."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import Field, ValidationInfo, field_validator

from threatbrief.model.base import Model
from threatbrief.model.dates import Instant, PartialDate
from threatbrief.model.indicators import normalise
from threatbrief.model.text import CountryCode, HttpUrl, Line, RecordId, SourceId
from threatbrief.model.tlp import Tlp
from threatbrief.model.vocab import (
    IndicatorState,
    IndicatorType,
    IndicatorUse,
    NameRelation,
    Reliability,
    RevisionKind,
    SourceKind,
)

Credibility = Annotated[int, Field(ge=1, le=6)]


class Part(Model):
    """A part of a record: frozen, and unknown keys are errors."""


class Marked(Part):
    """A part that may carry a marking of its own, higher than its record's."""

    tlp: Tlp | None = None


@cache
def marked_fields(model: type[Model]) -> tuple[tuple[str, bool], ...]:
    """The fields of a kind of record whose parts may carry a marking of their own, and which hold many."""
    return tuple(
        (name, get_origin(field.annotation) is tuple)
        for name, field in model.model_fields.items()
        if _holds_marked(field.annotation)
    )


def _holds_marked(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Marked):
        return True
    return any(map(_holds_marked, get_args(annotation)))


class Source(Marked):
    """A publication that a record cites. `reliability` is the Admiralty letter of the publisher."""

    id: SourceId
    publisher: Line
    title: Line
    url: HttpUrl | None = None
    date: PartialDate | None = None
    archived: HttpUrl | None = None
    kind: SourceKind | None = None
    reliability: Reliability | None = None
    language: Line | None = None


class Sourced(Marked):
    """A statement that a reader could dispute: it names the sources that carry it."""

    sources: tuple[SourceId, ...] = ()


class Claim(Sourced):
    """A claimant's own attribution: who said that it was whom, in their name for the actor.

    `stated` is the likelihood the claimant gave, never ours. `credibility` is the Admiralty digit.
    """

    named: Line
    by: Line
    credibility: Credibility | None = None
    stated: Line | None = None
    date: PartialDate | None = None
    note: Line | None = None


class NameClaim(Sourced):
    """One name of an actor or a software: who coined or uses it, since when, and how it relates."""

    name: Line
    by: Line | None = None
    since: PartialDate | None = None
    relation: NameRelation = NameRelation.SAME_AS
    credibility: Credibility | None = None
    note: Line | None = None


class CountryClaim(Sourced):
    """Somebody's claim of the country that an actor works from or for."""

    country: CountryCode
    by: Line
    credibility: Credibility | None = None
    stated: Line | None = None
    note: Line | None = None


class SponsorClaim(Sourced):
    """Somebody's claim of the organisation behind an actor."""

    name: Line
    by: Line
    credibility: Credibility | None = None
    stated: Line | None = None
    note: Line | None = None


class Period(Part):
    """From a date to a date, either open; compared as intervals of days."""

    start: PartialDate | None = Field(default=None, alias="from")
    end: PartialDate | None = Field(default=None, alias="to")

    @property
    def text(self) -> str:
        """For readers: `2010 to December 2019`, `since 2010`, `until 2019`."""
        if self.start and self.end:
            return self.start.text if self.start == self.end else f"{self.start.text} to {self.end.text}"
        if self.start:
            return f"since {self.start.text}"
        return f"until {self.end.text}" if self.end else ""


class Event(Sourced):
    """One dated event of a timeline."""

    date: PartialDate
    event: Line


class Response(Sourced):
    """What somebody did about it: a seizure, an indictment, an advisory."""

    kind: Line
    by: Line | None = None
    date: PartialDate | None = None
    detail: Line | None = None


class Indicator(Sourced):
    """An indicator of compromise; only active + detect is fit to detect with.

    `value` is exact and in the usual spelling of its type, however it was typed (defanged, in capitals).
    """

    type: IndicatorType
    value: Line
    use: IndicatorUse = IndicatorUse.CONTEXT
    state: IndicatorState = IndicatorState.UNKNOWN
    first_seen: PartialDate | None = None
    last_seen: PartialDate | None = None
    context: Line | None = None

    @field_validator("value")
    @classmethod
    def _normalise(cls, value: str, validated: ValidationInfo) -> str:
        kind = validated.data.get("type")
        return normalise(kind, value) if kind else value


class Figure(Sourced):
    """A picture beside the record; `file` is a path relative to the record's own folder."""

    file: Line
    alt: Line
    caption: Line | None = None


class Related(Marked):
    """A link to another incident and how it relates."""

    id: RecordId
    relation: Line
    note: Line | None = None


class Silence(Part):
    """A finding that a curator has looked at and accepts, and why; `code` is that of the check."""

    code: Annotated[Line, Field(pattern=r"^[A-Z]\d{3}$")]
    reason: Line


class Revision(Marked):
    """A dated change to published content."""

    at: Instant
    kind: RevisionKind
    note: Line
