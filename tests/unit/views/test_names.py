"""The ledger of names, and who means whom."""

from __future__ import annotations

from tests.unit.views.page_samples import SITE, actor, claim, incident

from threatbrief.knowledge import KnowledgeBase
from threatbrief.views.frame import Press
from threatbrief.views.names import ledger, name_page, names_with_page

DISPUTED = {"name": "Thallium", "by": "press", "relation": "disputed", "credibility": 4, "sources": ["ms"]}
HELD = {"name": "THALLIUM", "by": "Microsoft", "since": "2019", "credibility": 2, "sources": ["ms"]}


def test_claims_on_one_name_share_a_row_and_the_own_name_comes_first() -> None:
    names = [HELD, {"name": "Kimsuky", "by": "A"}, {"name": "Thallium", "by": "B"}]
    found = ledger(KnowledgeBase.of([actor(names=names)]), actor(names=names))
    assert [(row.name, row.span) for row in found] == [("Kimsuky", 1), ("THALLIUM", 2)]
    assert found[0].own
    assert found[1].contested is None


def test_a_contested_name_says_who_else_carries_it() -> None:
    ours, theirs = actor(names=[HELD]), actor("apt37", "APT37", names=[DISPUTED])
    [row] = ledger(KnowledgeBase.of([ours, theirs]), ours)
    assert row.contested is not None
    assert row.contested.href == "actors/thallium/"
    assert [link.text for link in row.also] == ["APT37"]


def test_the_page_of_a_name_puts_our_assessment_first_and_cites_the_briefs_that_use_it() -> None:
    record = incident(attribution=[claim("thallium", "Reporter"), claim("Other", "Else")])
    kb = KnowledgeBase.of([record, actor(names=[HELD]), actor("apt37", "APT37", names=[DISPUTED])])
    [name] = names_with_page(kb)
    page = name_page(Press.of(SITE, kb), kb, name)
    assert page.page.path == "actors/thallium/"
    first, second = page.view.bearers
    assert (first.actor.text, bool(first.ours)) == ("Kimsuky", True)
    assert (second.actor.text, bool(second.ours)) == ("APT37", False)
    [use] = page.view.incidents
    assert [said.by for said in use.claims] == ["Reporter"]


def test_a_name_that_is_an_actors_address_has_no_page_of_its_own() -> None:
    kb = KnowledgeBase.of([actor("thallium", "Thallium"), actor("apt37", "APT37", names=[DISPUTED])])
    assert len(kb.contested_names) == 1
    assert list(names_with_page(kb)) == []
