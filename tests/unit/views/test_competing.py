"""The diagram of competing claims."""

from __future__ import annotations

from typing import Any

from tests.unit.views.page_samples import actor, claim, incident

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor
from threatbrief.views.attribution import positions, verdict
from threatbrief.views.competing import competing_claims
from threatbrief.views.incident import incident_view
from threatbrief.views.shapes import Drawing

KIMSUKY, APT37 = actor(), actor("apt37", "APT37")


def drawn(*names: str, actors: tuple[Actor, ...] = (KIMSUKY, APT37), **keys: Any) -> Drawing | None:
    record = incident(attribution=[claim(name, f"Maker {n}") for n, name in enumerate(names)], **keys)
    brief = incident_view(KnowledgeBase.of([record, *actors]), record)
    return competing_claims(positions(brief.claims), verdict(brief.assessment), record.id)


def lines(drawing: Drawing, tone: str) -> int:
    """How many lines of a tone a drawing has: all lie in one path."""
    [path] = [stroke.path for stroke in drawing.strokes if stroke.tone == tone]
    return path.count("M")


def test_claims_that_agree_are_not_drawn() -> None:
    assert drawn("Kimsuky", "Kimsuky") is None
    assert drawn() is None


def test_two_names_of_one_actor_do_not_compete() -> None:
    named = actor(names=[{"name": "Thallium", "by": "Microsoft", "relation": "same-as", "sources": ["ms"]}])
    assert drawn("Kimsuky", "Thallium", actors=(named,)) is None


def test_each_claim_leads_to_its_name_and_on_to_whom_it_means() -> None:
    drawing = drawn("Kimsuky", "APT37", "APT37")
    assert drawing is not None
    assert lines(drawing, "lead") == 3 + 2
    assert drawing.description == (
        "Maker 0: Kimsuky, which may mean Kimsuky. Maker 1, Maker 2: APT37, which may mean APT37."
    )


def test_a_name_of_two_actors_leads_to_both_by_dashed_lines() -> None:
    shared = {"name": "Thallium", "by": "Microsoft", "relation": "same-as", "sources": ["ms"]}
    actors = (actor(names=[shared]), actor("apt37", "APT37", names=[shared]))
    drawing = drawn("Thallium", actors=actors)
    assert drawing is not None
    assert lines(drawing, "doubt") == 2


def test_our_assessment_stands_apart_even_where_nobody_else_names_it() -> None:
    ours = {"actor": "apt37", "confidence": "low", "likelihood": "likely", "why": "So.", "sources": ["ms"]}
    drawing = drawn("Kimsuky", assessment=ours)
    assert drawing is not None
    assert "our assessment: likely, 55 to 80%" in [text.text for text in drawing.texts]
    assert [bar.tone for bar in drawing.bars] == ["red"]


def test_many_claims_are_bounded_and_stay_inside() -> None:
    drawing = drawn(*["Kimsuky"] * 40, *["APT37"] * 3)
    assert drawing is not None
    assert "and 28 more claims" in [text.text for text in drawing.texts]
    assert all(0 < text.y <= drawing.height for text in drawing.texts)
