"""Attribution as a page draws it: claims grouped by the name they give, and likelihood on its scale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from threatbrief.model.names import fold_name
from threatbrief.model.vocab import ICD203_BANDS
from threatbrief.views.common import Link, plural
from threatbrief.views.incident import AssessmentView, Band, ClaimView

_MOST_COLUMNS: Final = 4
_WRAPPED: Final = 3
_SAYING: Final = {
    "almost no chance": "there is almost no chance that {} is",
    "very unlikely": "{} is very unlikely to be",
    "unlikely": "{} is unlikely to be",
    "roughly even chance": "there is a roughly even chance that {} is",
    "likely": "{} is likely",
    "very likely": "{} is very likely",
    "almost certain": "{} is almost certainly",
}


@dataclass(frozen=True, slots=True)
class ScaleBand:
    """One of the seven ICD 203 bands as a bar: x and width in percent, `tone` as it is drawn."""

    word: str
    span: str
    x: float
    width: float
    y: float
    height: float
    tone: str
    said: bool


@dataclass(frozen=True, slots=True)
class StatedClaim:
    """A claim with the scale of the likelihood that its maker stated, where one was stated."""

    claim: ClaimView
    scale: tuple[ScaleBand, ...]
    likelihood: str


@dataclass(frozen=True, slots=True)
class Position:
    """One answer to the question who it was: a name, whom it may mean, and everybody who gives it.

    `contested` leads to what is said about the name where it is disputed; `span` is over how many
    columns the claims are laid.
    """

    named: str
    actor: Link | None
    attack_id: str
    contested: Link | None
    others: tuple[Link, ...]
    count: str
    claims: tuple[StatedClaim, ...]
    span: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The publisher's assessment in two sentences that stand apart (ICD 203): how likely, how confident."""

    before: str
    actor: Link
    after: str
    confidence: str
    likelihood: str
    scale: tuple[ScaleBand, ...]
    why: str
    cites: tuple[int, ...]


def positions(claims: Iterable[ClaimView]) -> tuple[Position, ...]:
    """The claims grouped by the name they use, in the order in which the names first come up."""
    groups: dict[str, list[ClaimView]] = {}
    for claim in claims:
        groups.setdefault(fold_name(claim.named), []).append(claim)
    rows = _rows([len(group) for group in groups.values()])
    return tuple(_position(group, rows) for group in groups.values())


def claim_columns(spots: Iterable[Position]) -> int:
    """Beside one another all claims need this many columns; more positions than fit take turns in three."""
    needed = sum(spot.span for spot in spots)
    return needed if needed <= _MOST_COLUMNS else _WRAPPED


def _rows(counts: Sequence[int]) -> int:
    """The fewest rows in which so many claims of each position fit side by side."""
    if len(counts) > _MOST_COLUMNS:
        return max(counts)
    return next(
        rows for rows in count(1) if sum(math.ceil(claims / rows) for claims in counts) <= _MOST_COLUMNS
    )


def _position(claims: list[ClaimView], rows: int) -> Position:
    first = claims[0]
    bearers = first.actors
    return Position(
        named=first.named,
        actor=bearers[0] if len(bearers) == 1 and first.held else None,
        attack_id=first.attack_ids[0] if len(bearers) == 1 and first.attack_ids else "",
        contested=_doubt(first),
        others=bearers if len(bearers) > 1 else (),
        count=plural(len(claims), "claim"),
        claims=tuple(
            StatedClaim(claim, scale(claim.band, "said"), likelihood_text(claim.stated, claim.band))
            for claim in claims
        ),
        span=math.ceil(len(claims) / rows),
    )


def _doubt(claim: ClaimView) -> Link | None:
    if claim.contested:
        return Link("who means whom", claim.contested)
    if len(claim.actors) == 1 and not claim.held:
        [actor] = claim.actors
        return Link(f"disputed as a name of {actor.text}", f"{actor.href}#names")
    return None


def verdict(assessment: AssessmentView | None) -> Verdict | None:
    """The assessment as it is said aloud."""
    if not assessment:
        return None
    saying = _SAYING.get(assessment.likelihood, "{} is").format(assessment.subject or "the actor")
    return Verdict(
        before=f"We assess that {saying} ",
        actor=assessment.actor,
        after=f" ({assessment.attack_id})." if assessment.attack_id else ".",
        confidence=assessment.confidence,
        likelihood=likelihood_text(assessment.likelihood, assessment.band),
        scale=scale(assessment.band, "ours"),
        why=assessment.why,
        cites=assessment.cites,
    )


def likelihood_text(stated: str, band: Band | None) -> str:
    """`very likely, 80 to 95%`; a word that ICD 203 does not know stands as it was stated."""
    return f"{stated}, {band.low} to {band.high}%" if band else stated


def scale(band: Band | None, tone: str) -> tuple[ScaleBand, ...]:
    """The seven bands, the given one drawn in `tone`; none where there is nothing to show."""
    if band is None:
        return ()
    return tuple(
        ScaleBand(
            word=known.word,
            span=f"{known.low}–{known.high}%",
            x=round(known.low + 0.4, 1),
            width=round(known.high - known.low - 0.8, 1),
            y=0.0 if known.word == band.word else 2.5,
            height=8.0 if known.word == band.word else 3.0,
            tone=tone if known.word == band.word else "quiet",
            said=known.word == band.word,
        )
        for known in ICD203_BANDS
    )


def scale_key(band: Band | None) -> tuple[ScaleBand, ...]:
    """All bands with the word and range of each, as a key; the given one stands out."""
    return scale(band or Band("", 0, 0), "ours")
