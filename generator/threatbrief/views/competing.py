"""Claims that compete, side by side: who says so, in which name, and whom that name may mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.views.attribution import Position, Verdict
from threatbrief.views.common import Link, plural
from threatbrief.views.shapes import BROAD, Bar, Drawing, Sketch, Stroke, cut_text, text_length

_ROW: Final = 24.0
_TOP: Final = 34.0
_MAX_CLAIMS: Final = 24
_NAMES_AT: Final = 400
_ACTORS_AT: Final = 690
_WIDEST_CLAIM: Final = 310.0
_WIDEST_NAME: Final = 220.0
_GAP: Final = 8
_APART: Final = 44.0
"""How far apart two actors stand at least: a name, and what we say of it below."""
_NOBODY: Final = Link("No actor on record")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A text in its column: where it stands, and where a line from its right begins."""

    y: float
    end: float


def competing_claims(spots: Sequence[Position], verdict: Verdict | None, record_id: str) -> Drawing | None:
    """The diagram of an incident's claims; None where all of them mean the same actor, or none on record."""
    meant = tuple(_candidates(spot) for spot in spots)
    actors = {actor.text for candidates in meant for actor in candidates}
    if len(actors | ({verdict.actor.text} if verdict and spots else set())) < 2:
        return None
    return _Diagram(verdict).drawing(spots, meant, record_id)


def _candidates(spot: Position) -> tuple[Link, ...]:
    return spot.others or ((spot.actor,) if spot.actor else (_NOBODY,))


class _Diagram:
    """The diagram while it is being laid out."""

    def __init__(self, verdict: Verdict | None) -> None:
        self.verdict = verdict
        self.sketch = Sketch()

    def drawing(self, spots: Sequence[Position], meant: Sequence[Sequence[Link]], record_id: str) -> Drawing:
        heads = ((0, "Who says so"), (_NAMES_AT, "The name they use"), (_ACTORS_AT, "Whom it may mean"))
        for x, head in heads:
            self.sketch.text(x, 12, head, "s")
        self.sketch.strokes.append(Stroke(f"M0 20 H{BROAD}", "hair"))
        names, bottom = self._draw_claims(spots)
        actors = self._draw_actors(names, meant)
        for name, candidates in zip(names, meant, strict=True):
            for actor in candidates:
                tone = "doubt" if len(candidates) > 1 else "lead"
                self._join(name.end, name.y, _ACTORS_AT - _GAP, actors[actor.text], tone)
        height = max(bottom, max(actors.values()) + (30 if self.verdict else 14))
        title = f"Competing claims in {record_id}"
        told = " ".join(_told(spots, meant, self.verdict))
        return self.sketch.drawing("competing", BROAD, height, title, told)

    def _draw_claims(self, spots: Sequence[Position]) -> tuple[list[_Placed], float]:
        """The claims and the names they use; a name stands in the middle of those who use it."""
        y, names = _TOP, []
        most = max(1, _MAX_CLAIMS // len(spots))
        for spot in spots:
            first = y
            ends = []
            for stated in spot.claims[:most]:
                word = f", {stated.claim.stated}" if stated.claim.stated else ""
                text = cut_text(f"{stated.claim.by}{word}", _WIDEST_CLAIM)
                self.sketch.text(0, y + 4, text, "")
                ends.append((_reach(text) + _GAP, y))
                y += _ROW
            if (left := len(spot.claims) - most) > 0:
                self.sketch.text(0, y + 4, f"and {plural(left, 'more claim')}", "s")
                y += _ROW
            middle = (first + y - _ROW) / 2
            name = cut_text(spot.named, _WIDEST_NAME)
            self.sketch.text(_NAMES_AT, middle + 4, name, "b")
            for end, claim_y in ends:
                self._join(end, claim_y, _NAMES_AT - _GAP, middle, "lead")
            names.append(_Placed(middle, _NAMES_AT + _reach(name) * 1.06 + _GAP))
            y += 10
        return names, y - 10

    def _draw_actors(self, names: Sequence[_Placed], meant: Sequence[Sequence[Link]]) -> dict[str, float]:
        """Every actor that a name may mean, or that we assess, near the names that mean it."""
        wanted: dict[str, list[float]] = {}
        for name, candidates in zip(names, meant, strict=True):
            for actor in candidates:
                wanted.setdefault(actor.text, []).append(name.y)
        ours = self.verdict.actor.text if self.verdict else ""
        if ours:
            wanted.setdefault(ours, [names[-1].y + _APART])
        order = sorted(wanted, key=lambda text: (sum(wanted[text]) / len(wanted[text]), text))
        placed: dict[str, float] = {}
        y = 0.0
        for text in order:
            y = max(sum(wanted[text]) / len(wanted[text]), y + _APART if placed else _TOP)
            placed[text] = y
            self.sketch.text(_ACTORS_AT, y + 4, cut_text(text, BROAD - _ACTORS_AT), "b")
            if text == ours and self.verdict:
                self._mark_ours(y, self.verdict)
        return placed

    def _mark_ours(self, y: float, verdict: Verdict) -> None:
        said = f"our assessment: {verdict.likelihood}" if verdict.likelihood else "our assessment"
        self.sketch.text(_ACTORS_AT, y + 20, cut_text(said, BROAD - _ACTORS_AT), "r")
        self.sketch.bars.append(Bar(_ACTORS_AT - 7, y - 9, 3, 33, "red"))

    def _join(self, x: float, y: float, to_x: float, to_y: float, tone: str) -> None:
        x, y, to_x, to_y = (round(value, 1) for value in (x, y, to_x, to_y))
        middle = round((max(x, to_x - 90) + to_x) / 2, 1)
        start = f"M{x} {y} H{round(max(x, to_x - 90), 1)}" if x < to_x - 90 else f"M{x} {y}"
        self.sketch.strokes.append(Stroke(f"{start} C{middle} {y} {middle} {to_y} {to_x} {to_y}", tone))


def _reach(text: str) -> float:
    """About where a text ends: capitals are wider than the mean letter."""
    return text_length(text) + 2.2 * sum(letter.isupper() for letter in text)


def _told(
    spots: Sequence[Position], meant: Sequence[Sequence[Link]], verdict: Verdict | None
) -> Iterator[str]:
    for spot, candidates in zip(spots, meant, strict=True):
        who = ", ".join(stated.claim.by for stated in spot.claims)
        names = " or ".join(actor.text for actor in candidates)
        yield f"{who}: {spot.named}, which may mean {names}."
    if verdict:
        yield f"{verdict.before}{verdict.actor.text}{verdict.after}"
