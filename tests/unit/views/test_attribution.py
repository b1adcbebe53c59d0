"""Claims side by side, and the assessment apart."""

from __future__ import annotations

import pytest
from tests.unit.views.page_samples import actor, claim, incident

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model.vocab import ICD203_BANDS
from threatbrief.views.attribution import claim_columns, likelihood_text, positions, scale, verdict
from threatbrief.views.common import Link
from threatbrief.views.incident import Band, incident_view


def test_claims_that_use_one_name_stand_together_whatever_its_spelling() -> None:
    record = incident(attribution=[claim("Thallium"), claim("APT37", "press"), claim("THALLIUM", "MITRE")])
    found = positions(incident_view(KnowledgeBase.of([record]), record).claims)
    assert [(p.named, [c.claim.by for c in p.claims]) for p in found] == [
        ("Thallium", ["Microsoft", "MITRE"]),
        ("APT37", ["press"]),
    ]


def test_a_name_of_two_actors_leads_to_the_page_that_says_who_means_whom() -> None:
    names = [{"name": "Thallium", "by": "X"}]
    record = incident(attribution=[claim("Thallium")])
    kb = KnowledgeBase.of([record, actor(names=names), actor("apt37", "APT37", names=names)])
    [found] = positions(incident_view(kb, record).claims)
    assert found.actor is None
    assert found.contested is not None
    assert found.contested.href == "actors/thallium/"
    assert [link.text for link in found.others] == ["APT37", "Kimsuky"]


def test_a_name_that_a_record_carries_as_disputed_alone_is_not_given_to_its_actor() -> None:
    disputed = [{"name": "Thallium", "by": "X", "relation": "disputed"}]
    record = incident(attribution=[claim("Thallium")])
    kb = KnowledgeBase.of([record, actor(names=disputed, attack_id="G0094")])
    [found] = positions(incident_view(kb, record).claims)
    assert (found.actor, found.attack_id, found.others) == (None, "", ())
    assert found.contested == Link("disputed as a name of Kimsuky", "actors/kimsuky/#names")


def test_a_likelihood_is_never_put_into_the_mouth_of_who_stated_none() -> None:
    record = incident(attribution=[claim("Kimsuky"), claim("Kimsuky", "B", stated="very likely")])
    [found] = positions(incident_view(KnowledgeBase.of([record]), record).claims)
    silent, stated = found.claims
    assert (silent.likelihood, silent.scale) == ("", ())
    assert stated.likelihood == "very likely, 80 to 95%"
    assert [band.word for band in stated.scale if band.said] == ["very likely"]


@pytest.mark.parametrize(
    ("likelihood", "before"),
    [
        (None, "We assess that Thallium is "),
        ("almost no chance", "We assess that there is almost no chance that Thallium is "),
        ("very unlikely", "We assess that Thallium is very unlikely to be "),
        ("roughly even chance", "We assess that there is a roughly even chance that Thallium is "),
        ("very likely", "We assess that Thallium is very likely "),
        ("almost certain", "We assess that Thallium is almost certainly "),
    ],
)
def test_the_assessment_says_how_likely_without_saying_how_confident(
    likelihood: str | None, before: str
) -> None:
    ours = {"actor": "kimsuky", "confidence": "moderate", "why": "Because.", "likelihood": likelihood}
    record = incident(attribution=[claim("Thallium")], assessment=ours)
    kb = KnowledgeBase.of([record, actor(names=[{"name": "Thallium", "by": "X"}])])
    said = verdict(incident_view(kb, record).assessment)
    assert said is not None
    assert said.before == before
    assert (said.actor.text, said.actor.href) == ("Kimsuky", "actors/kimsuky/")
    assert said.confidence == "moderate"
    assert "moderate" not in said.before + said.after


def test_a_country_that_somebody_names_is_not_said_to_be_the_actor() -> None:
    ours = {"actor": "kimsuky", "confidence": "moderate", "why": "Because.", "likelihood": "likely"}
    record = incident(attribution=[claim("North Korea"), claim("Kimsuky", "B")], assessment=ours)
    said = verdict(incident_view(KnowledgeBase.of([record, actor()]), record).assessment)
    assert said is not None
    assert said.before == "We assess that the actor is likely "


def test_the_scale_has_all_seven_bands_in_their_places() -> None:
    bands = scale(Band(*ICD203_BANDS[5]), "ours")
    assert [band.word for band in bands] == [known.word for known in ICD203_BANDS]
    assert [band.tone for band in bands].count("ours") == 1
    ends = [band.x + band.width for band in bands]
    assert all(end < later.x for end, later in zip(ends, bands[1:], strict=False))
    assert scale(None, "ours") == ()


def test_a_word_that_icd_203_does_not_know_stands_as_it_was_stated() -> None:
    assert likelihood_text("pretty sure", None) == "pretty sure"


@pytest.mark.parametrize(
    ("counts", "spans", "columns"),
    [
        ((1,), [1], 1),
        ((3,), [3], 3),
        ((1, 2), [1, 2], 3),
        ((1, 4, 2), [1, 2, 1], 4),
        ((4, 1, 1, 1), [1, 1, 1, 1], 4),
        ((2, 1, 1, 1, 1), [1, 1, 1, 1, 1], 3),
        ((), [], 0),
    ],
)
def test_claims_stand_in_the_fewest_rows_that_four_columns_allow(
    counts: tuple[int, ...], spans: list[int], columns: int
) -> None:
    claims = [claim(f"NAME{n}", f"Maker {k}") for n, many in enumerate(counts) for k in range(many)]
    record = incident(attribution=claims)
    found = positions(incident_view(KnowledgeBase.of([record]), record).claims)
    assert ([spot.span for spot in found], claim_columns(found)) == (spans, columns)
