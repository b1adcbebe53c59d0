"""Addresses made of names: every uncontested one leads on, and none gets in the way of another page."""

from __future__ import annotations

import pytest
from tests.unit.views.page_samples import SITE, actor, incident, render, software

from threatbrief.build.runner import plan
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record
from threatbrief.outputs import find_outputs


def named(*names: str, **keys: str) -> list[dict[str, str]]:
    return [{"name": name, **keys} for name in names]


def test_an_uncontested_name_leads_to_its_bearer() -> None:
    html = render(actor(names=named("APT43")))["actors/apt43/index.html"]
    assert '<link rel="canonical" href="https://briefs.example.org/ti/actors/kimsuky/">' in html
    assert '<meta http-equiv="refresh" content="0; url=../../actors/kimsuky/">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert '<a href="../../actors/kimsuky/">Kimsuky</a>' in html.partition("<main")[2]


def test_a_software_has_names_too() -> None:
    assert "software/latent-shark/index.html" in render(software(names=named("Latent Shark")))


@pytest.mark.parametrize(
    ("records", "page", "says"),
    [
        pytest.param(
            (actor(names=named("APT37")), actor("apt37", "Reaper")),
            "actors/apt37/",
            "Reaper",
            id="an actor's own",
        ),
        pytest.param(
            (actor(names=named("APT37")), actor("apt37", "Reaper", status="withdrawn", reason="Wrong.")),
            "actors/apt37/",
            "Wrong.",
            id="a withdrawn actor's",
        ),
        pytest.param(
            (actor(names=named("Thallium")), actor("x", "X", formerly=["thallium"])),
            "actors/thallium/",
            "This page has moved",
            id="a former address",
        ),
        pytest.param(
            (
                actor(names=named("Lazarus")),
                actor("x", "X", names=named("Lazarus", relation="disputed"), formerly=["lazarus"]),
            ),
            "actors/lazarus/",
            "who means whom",
            id="a contested name, and a former address",
        ),
    ],
)
def test_a_name_gives_way_to(records: tuple[Record, ...], page: str, says: str) -> None:
    assert says in render(*records)[f"{page}index.html"]


def test_an_address_that_may_mean_either_means_neither() -> None:
    pages = render(actor(names=named("Iron+Tiger")), actor("x", "X", names=named("Iron/Tiger")))
    assert "actors/iron-tiger/index.html" not in pages


def test_names_that_make_one_address_share_it() -> None:
    pages = render(actor(names=named("Velvet Chollima", "Velvet-Chollima", "velvet+chollima")))
    assert "Velvet Chollima" in pages["actors/velvet-chollima/index.html"]


def test_a_name_that_we_dispute_leads_nowhere() -> None:
    assert "actors/apt43/index.html" not in render(actor(names=named("APT43", relation="disputed")))


def test_no_name_and_no_former_address_breaks_a_build() -> None:
    slugs = ["kimsuky", "x", "apt37", "a-z", "country", "kind", "filter", "2019", "index", "404"]
    records = [
        actor(names=named(*slugs, "Kim Suky", "!!!")),
        actor("x", "X", names=named(*slugs), formerly=["apt37", "a-z", "country"]),
        software("kind", "Kind", names=named(*slugs), formerly=["filter", "a-z"]),
        incident(formerly=["kind", "filter", "2019", "2020"]),
    ]
    artifacts = plan(KnowledgeBase.of(records), SITE, find_outputs())
    paths = [str(artifact.path) for artifact in artifacts]
    assert len(paths) == len({path.casefold() for path in paths})
    assert "incidents/2020/index.html" in paths
