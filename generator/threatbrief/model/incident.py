"""An incident record: what happened, who says who did it, and on what sources."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from threatbrief.model.base import Model
from threatbrief.model.dates import Instant, PartialDate
from threatbrief.model.origin import Origin
from threatbrief.model.parts import (
    Claim,
    Event,
    Figure,
    Indicator,
    Marked,
    Part,
    Period,
    Related,
    Response,
    Revision,
    Silence,
    Source,
    Sourced,
)
from threatbrief.model.text import (
    AttackMitigationId,
    AttackTechniqueId,
    CountryCode,
    CveId,
    Line,
    RecordId,
    Slug,
    SourceId,
)
from threatbrief.model.tlp import Tlp
from threatbrief.model.vocab import Basis, Confidence, IncidentKind, Likelihood, Status


def _read_period(given: Any) -> Any:
    """A single date stands for the period that begins and ends with it."""
    return {"from": given, "to": given} if isinstance(given, str) else given


class Assessment(Marked):
    """The publisher's own view. Likelihood and confidence are independent (ICD 203)."""

    actor: Slug
    confidence: Confidence
    why: Line
    likelihood: Likelihood | None = None
    sources: tuple[SourceId, ...] = ()


class Targets(Part):
    """Whom it hit: sector slugs, ISO 3166-1 alpha-2 countries, named victims."""

    sectors: tuple[Slug, ...] = ()
    countries: tuple[CountryCode, ...] = ()
    victims: tuple[Line, ...] = ()


class TechniqueUse(Sourced):
    """A technique and on what basis it is given; `group-profile` is not of this incident."""

    id: AttackTechniqueId
    basis: Basis
    note: Line | None = None


class Vulnerability(Sourced):
    """A CVE that was exploited."""

    id: CveId
    note: Line | None = None


class Recommendation(Marked):
    """What to do, with the ATT&CK mitigation it puts to work."""

    text: Line
    mitigation: AttackMitigationId | None = None


class Record(Model):
    """What every record has. `origin` says where it was read and is no part of the content.

    `released` is the lowest label under which the record was published before its marking was raised.
    """

    id: str
    tlp: Tlp
    status: Status = Status.DRAFT
    reason: Line | None = None
    published: Instant | None = None
    released: Tlp | None = None
    summary: Line
    sources: tuple[Source, ...] = ()
    revisions: tuple[Revision, ...] = ()
    formerly: tuple[Slug, ...] = ()
    silence: tuple[Silence, ...] = ()
    body: str = ""
    origin: Annotated[Origin, Field(exclude=True, repr=False)] = Origin("")

    def source(self, source_id: str) -> Source | None:
        """The source with that short name, if the record has it."""
        return next((source for source in self.sources if source.id == source_id), None)

    @property
    def updated(self) -> Instant | None:
        """When the content last changed: the newest revision, else the publication."""
        return self.revisions[-1].at if self.revisions else self.published

    @property
    def version(self) -> int:
        """1 for the first publication, one more for each revision."""
        return 1 + len(self.revisions)


class Incident(Record):
    """One incident, takedown or campaign."""

    id: RecordId
    title: Line
    kind: IncidentKind
    disclosed: PartialDate
    occurred: Annotated[Period | None, BeforeValidator(_read_period)] = None
    key_points: tuple[Line, ...] = ()
    question: Line | None = None
    attribution: tuple[Claim, ...] = ()
    assessment: Assessment | None = None
    targets: Targets = Targets()
    software: tuple[Slug, ...] = ()
    techniques: tuple[TechniqueUse, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    motivations: tuple[Slug, ...] = ()
    timeline: tuple[Event, ...] = ()
    response: tuple[Response, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    figures: tuple[Figure, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    related: tuple[Related, ...] = ()

    @property
    def slug(self) -> str:
        """The last part of the page's address."""
        return self.id.lower()
