"""An actor record: a group, its names, and who says what about it."""

from __future__ import annotations

from threatbrief.model.incident import Record
from threatbrief.model.parts import CountryClaim, NameClaim, Period, SponsorClaim
from threatbrief.model.text import AttackGroupId, Line, Slug


class Actor(Record):
    """A group of people, as somebody tracks it. Every other name is a claim."""

    id: Slug
    name: Line
    attack_id: AttackGroupId | None = None
    parent: Slug | None = None
    names: tuple[NameClaim, ...] = ()
    suspected_country: tuple[CountryClaim, ...] = ()
    sponsor: tuple[SponsorClaim, ...] = ()
    motivations: tuple[Slug, ...] = ()
    active: Period | None = None

    @property
    def slug(self) -> str:
        """The last part of the page's address."""
        return self.id
