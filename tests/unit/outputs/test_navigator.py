"""ATT&CK Navigator layers: which techniques stand in which matrix, and what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.outputs.exchange_samples import SITE, make_incident, make_kb

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.navigator import NavigatorOutput
from threatbrief.render.engine import Engine


def layers(kb: KnowledgeBase, **site: Any) -> dict[str, Any]:
    output = NavigatorOutput()
    planned = output.plan(kb, SITE.model_copy(update=site))
    return {str(a.path): json.loads(output.render(a, Engine(()))) for a in planned}


def marks(layer: Any) -> dict[str, Any]:
    return {mark["techniqueID"]: mark for mark in layer["techniques"]}


def uses(*techniques: str) -> list[dict[str, str]]:
    return [{"id": technique, "basis": "reported"} for technique in techniques]


def test_a_layer_for_each_domain_and_none_for_a_domain_without_techniques() -> None:
    found = layers(make_kb())
    assert set(found) == {
        f"{folder}/navigator-{domain}.json"
        for folder in ("incidents/tb-2019-7k3q", "actors/kimsuky", "data")
        for domain in ("enterprise", "ics")
    }


@pytest.mark.parametrize(
    ("name", "enterprise", "ics"),
    [
        ("NotPetya", ("T1210", "T1486"), ("T0826", "T0866")),
        ("WannaCry", ("T1210", "T1486"), ("T0826", "T0866")),
        ("Industroyer", ("T1485", "T1499.004"), ("T0855", "T0813")),
    ],
)
def test_enterprise_and_ics_techniques_of_one_incident_stand_apart(
    name: str, enterprise: tuple[str, ...], ics: tuple[str, ...]
) -> None:
    found = layers(make_kb(make_incident(title=name, techniques=uses(*enterprise, *ics))))
    first = found["incidents/tb-2019-7k3q/navigator-enterprise.json"]
    second = found["incidents/tb-2019-7k3q/navigator-ics.json"]
    assert (first["domain"], second["domain"]) == ("enterprise-attack", "ics-attack")
    assert set(marks(first)) == set(enterprise)
    assert set(marks(second)) == set(ics)


def test_scores_comments_sources_and_the_way_back() -> None:
    layer = layers(make_kb())["incidents/tb-2019-7k3q/navigator-enterprise.json"]
    found = marks(layer)
    assert found["T1566.002"]["score"] == 100
    assert found["T1566.002"]["comment"] == "Reported: A link. Sources: Microsoft, A post."
    assert found["T1566.002"]["links"] == [
        {"label": "Microsoft", "url": "https://example.com/ms"},
        {"label": "Brief TB-2019-7K3Q", "url": "https://briefs.example.org/repo/incidents/tb-2019-7k3q/"},
    ]
    assert found["T1078"]["score"] == 50
    assert "T1547.001" not in found
    assert layer["links"][0]["url"].endswith("/incidents/tb-2019-7k3q/")
    assert {"name": "TLP", "value": "TLP:CLEAR"} in layer["metadata"]


def test_a_comment_is_for_people_so_its_addresses_are_defanged() -> None:
    note = "Mail led to c2.example.net in a minute."
    kb = make_kb(techniques=[{"id": "T1566.002", "basis": "reported", "note": note}])
    comment = marks(layers(kb)["incidents/tb-2019-7k3q/navigator-enterprise.json"])["T1566.002"]["comment"]
    assert "c2[.]example[.]net" in comment


def test_a_revoked_technique_is_shown_as_its_successor() -> None:
    found = marks(
        layers(make_kb(techniques=uses("T1192")))["incidents/tb-2019-7k3q/navigator-enterprise.json"]
    )
    assert list(found) == ["T1566.002"]
    assert found["T1566.002"]["comment"].startswith("Reported as T1192")


def test_two_ids_that_became_one_share_a_cell() -> None:
    kb = make_kb(techniques=[*uses("T1192"), {"id": "T1566.002", "basis": "mapped", "note": "Seen."}])
    found = marks(layers(kb)["incidents/tb-2019-7k3q/navigator-enterprise.json"])
    assert found["T1566.002"]["score"] == 100
    assert found["T1566.002"]["comment"] == "Reported as T1192. Mapped by us: Seen."


def test_an_actor_layer_counts_its_incidents() -> None:
    incidents = [make_incident(id=f"TB-2019-AAA{n}", techniques=uses("T1566.002")) for n in range(3)]
    kb = make_kb(*incidents, make_incident(id="TB-2019-BBBB", techniques=uses("T1078")))
    layer = layers(kb)["actors/kimsuky/navigator-enterprise.json"]
    assert {key: mark["score"] for key, mark in marks(layer).items()} == {"T1566.002": 3, "T1078": 1}
    assert layer["gradient"]["maxValue"] == 3


def test_a_long_list_of_incidents_is_cut_and_says_so() -> None:
    incidents = [make_incident(id=f"TB-2019-AA{n:02}", techniques=uses("T1566.002")) for n in range(25)]
    mark = marks(layers(make_kb(*incidents))["data/navigator-enterprise.json"])["T1566.002"]
    assert mark["score"] == 25
    assert mark["comment"].endswith("and 5 more incidents")
    assert mark["links"][-1]["url"] == "https://briefs.example.org/repo/techniques/t1566.002/"


def test_a_withdrawn_record_keeps_its_addresses_with_empty_layers() -> None:
    found = layers(make_kb(status="withdrawn", reason="Wrong."))
    assert set(found) == {
        f"incidents/tb-2019-7k3q/navigator-{domain}.json" for domain in ("enterprise", "ics")
    }
    for layer in found.values():
        assert (layer["name"], layer["description"]) == ("TB-2019-7K3Q (withdrawn)", "Wrong.")
        assert layer["techniques"] == []


def test_a_notice_without_techniques_still_answers_where_the_layer_was() -> None:
    found = layers(make_kb(status="withdrawn", techniques=[]))
    assert set(found) == {"incidents/tb-2019-7k3q/navigator-enterprise.json"}


def test_a_red_build_has_no_layer() -> None:
    assert layers(make_kb(), tlp=Tlp.RED) == {}
