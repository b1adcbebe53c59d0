"""Cards: a picture of the right size beside each page, named on the page, the same from anywhere."""

from __future__ import annotations

import re
import struct
from typing import Any

import pytest
from tests.unit.views.page_samples import SITE, actor, claim, incident

from threatbrief.build.artifact import Artifact
from threatbrief.knowledge import KnowledgeBase
from threatbrief.outputs.cards import CardsOutput
from threatbrief.outputs.pages import PagesOutput, plan_pages
from threatbrief.project import packaged_templates
from threatbrief.render.engine import Engine

KB = KnowledgeBase.of(
    [
        incident(title="A title " * 18 + "#panic() *bold* 東京", attribution=[claim("Kimsuky")]),
        incident("TB-2020-0001", status="withdrawn", reason="It was wrong."),
        actor(),
    ]
)


def plan(**changes: Any) -> list[Artifact]:
    return list(CardsOutput().plan(KB, SITE.model_copy(update=changes)))


def test_one_for_each_page_unless_switched_off() -> None:
    paths = ["card.png", "incidents/tb-2019-7k3q/card.png", "actors/kimsuky/card.png"]
    assert [str(a.path) for a in plan()] == paths
    assert plan(cards=False) == plan(pdf=False) == plan(outputs=("pdf",)) == []


def test_is_a_png_of_1200_by_630_and_the_same_again() -> None:
    for artifact in plan():
        content = CardsOutput().render(artifact, Engine((packaged_templates(),)))
        assert content.startswith(b"\x89PNG")
        assert struct.unpack(">II", content[16:24]) == (1200, 630)
        assert CardsOutput().render(artifact, Engine((packaged_templates(),))) == content


@pytest.mark.parametrize(("cards", "named"), [(True, True), (False, False)])
def test_a_page_names_its_card(cards: bool, named: bool) -> None:
    site = SITE.model_copy(update={"cards": cards})
    images = {page.address: page.later().page.image for page in plan_pages(KB, site)}
    assert bool(images["actors/kimsuky/"]) is named
    assert images["incidents/tb-2019-7k3q/"] == (
        f"{site.site_url}incidents/tb-2019-7k3q/card.png" if named else ""
    )
    assert images["incidents/"] == ""


@pytest.mark.parametrize("cards", [True, False])
def test_other_pages_name_the_card_of_the_site(cards: bool) -> None:
    site = SITE.model_copy(update={"cards": cards})
    output = PagesOutput()
    [page] = [a for a in output.plan(KB, site) if str(a.path) == "incidents/index.html"]
    html = output.render(page, Engine((packaged_templates(),))).decode()
    named = re.findall(r'property="og:image" content="([^"]*)"', html)
    assert named == ([f"{site.site_url}card.png"] if cards else [])
