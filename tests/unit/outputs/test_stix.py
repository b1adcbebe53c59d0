"""STIX bundles, read back with OASIS' own library."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
import stix2
from tests.unit.outputs.exchange_samples import SITE, SOURCES, VALUES, make_actor, make_incident, make_kb

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.outputs import stix
from threatbrief.outputs.stix import StixOutput
from threatbrief.outputs.stix_ids import MARKINGS, observable_id
from threatbrief.render.engine import Engine

ENGINE = Engine(())
CAMPAIGN_TARGETS = {"identity", "location", "vulnerability"}
ALLOWED = {
    ("campaign", "attributed-to"): {"intrusion-set"},
    ("campaign", "targets"): CAMPAIGN_TARGETS,
    ("campaign", "uses"): {"attack-pattern", "malware", "tool"},
    ("indicator", "indicates"): {"campaign"},
    ("intrusion-set", "originates-from"): {"location"},
}
"""What the relationship tables of STIX 2.1 allow (sections 4.2, 4.7, 4.9), of what we use."""


def render(kb: KnowledgeBase, site: Any = SITE) -> dict[str, bytes]:
    output = StixOutput()
    return {str(artifact.path): output.render(artifact, ENGINE) for artifact in output.plan(kb, site)}


def bundle(kb: KnowledgeBase, path: str = "incidents/tb-2019-7k3q/stix.json") -> list[Any]:
    return list(stix2.parse(render(kb)[path].decode(), version="2.1").objects)


def of_type(objects: list[Any], kind: str) -> list[Any]:
    return [found for found in objects if found["type"] == kind]


def one(objects: list[Any], kind: str, **properties: Any) -> Any:
    (found,) = [o for o in of_type(objects, kind) if all(o.get(k) == v for k, v in properties.items())]
    return found


def test_every_bundle_is_parsed_by_the_reference_library() -> None:
    files = render(make_kb())
    assert set(files) == {
        "incidents/tb-2019-7k3q/stix.json",
        "incidents/tb-2018-tx68/stix.json",
        "actors/kimsuky/stix.json",
        "actors/apt37/stix.json",
        "data/stix-bundle.json",
        "data/stix/2018.json",
        "data/stix/2019.json",
    }
    for content in files.values():
        objects = stix2.parse(content.decode(), version="2.1").objects
        assert all(count == 1 for count in Counter(found["id"] for found in objects).values())


def test_every_reference_is_met_in_the_bundle_or_by_mitre() -> None:
    for content in render(make_kb()).values():
        objects = json.loads(content)["objects"]
        held = {found["id"] for found in objects}
        report_refs = {ref for found in objects if found["type"] == "report" for ref in found["object_refs"]}
        assert report_refs <= held
        refs = set(re.findall(rb'"([a-z0-9-]+--[0-9a-f-]{36})"', content))
        ours = {ref.decode() for ref in refs} - held
        assert {ref.split("--")[0] for ref in ours} <= {
            "attack-pattern",
            "intrusion-set",
            "extension-definition",
            "bundle",
        }


def test_only_relationships_that_the_standard_allows() -> None:
    for content in render(make_kb()).values():
        for found in json.loads(content)["objects"]:
            if found["type"] != "relationship" or found["relationship_type"] == "related-to":
                continue
            source, target = (found[end].split("--")[0] for end in ("source_ref", "target_ref"))
            assert target in ALLOWED[source, found["relationship_type"]]


def test_attribution_is_the_assessment_with_its_confidence() -> None:
    objects = bundle(make_kb())
    attributed = one(objects, "relationship", relationship_type="attributed-to")
    assert attributed.source_ref == one(objects, "campaign").id
    assert attributed.target_ref == one(objects, "intrusion-set", name="Kimsuky").id
    assert attributed.confidence == 50
    assert attributed.description == "Likelihood: very likely (80 to 95%). Two catalogues agree."
    assert [o["id"] for o in objects if "confidence" in o] == [attributed.id]


@pytest.mark.parametrize(("word", "number"), [("low", 15), ("moderate", 50), ("high", 85)])
def test_confidence_is_stix_scale_of_analytic_confidence(word: str, number: int) -> None:
    assessment = {"actor": "kimsuky", "confidence": word, "why": "Because.", "likelihood": "unlikely"}
    objects = bundle(make_kb(assessment=assessment))
    assert one(objects, "relationship", relationship_type="attributed-to").confidence == number


def test_without_an_assessment_every_claimed_actor_is_attributed_without_confidence() -> None:
    objects = bundle(make_kb(assessment=None))
    attributed = [o for o in of_type(objects, "relationship") if o.relationship_type == "attributed-to"]
    names = {o.id: o.name for o in of_type(objects, "intrusion-set")}
    assert sorted(names[o.target_ref] for o in attributed) == ["Apt37", "Kimsuky"]
    assert not any("confidence" in o for o in attributed)


def test_a_name_that_no_actor_carries_is_an_intrusion_set_of_its_own() -> None:
    claim = {"named": "Nobody Bear", "by": "A vendor", "sources": ["ms"]}
    objects = bundle(make_kb(assessment=None, attribution=[claim]))
    attributed = one(objects, "relationship", relationship_type="attributed-to")
    assert one(objects, "intrusion-set").name == "Nobody Bear"
    assert attributed.target_ref == one(objects, "intrusion-set").id


def test_every_claim_is_a_note_and_a_contest_has_opinions() -> None:
    objects = bundle(make_kb())
    notes = [note for note in of_type(objects, "note") if "authors" in note]
    assert [(note.authors, note.abstract) for note in notes] == [
        (["Microsoft"], "Microsoft: Thallium"),
        (["Press"], "Press: APT37"),
        (["Press"], "Press: APT37"),
    ]
    assert "Likelihood as stated: very likely. Credibility 2: probably true." in notes[0].content
    opinions = of_type(objects, "opinion")
    assert [(o.authors[0], o.opinion) for o in opinions] == [
        ("Microsoft", "neutral"),
        ("Press", "disagree"),
        ("Press", "disagree"),
    ]
    assert "contested-attribution" in one(objects, "report").labels
    plain = bundle(make_kb(attribution=[{"named": "Kimsuky", "by": "Microsoft"}]))
    assert not of_type(plain, "opinion")
    assert "contested-attribution" not in one(plain, "report").labels


def test_mitre_objects_are_referred_to_by_their_own_ids() -> None:
    objects = bundle(make_kb())
    uses = {o.target_ref: o for o in of_type(objects, "relationship") if o.relationship_type == "uses"}
    link = uses["attack-pattern--2b742742-28c3-4e1b-bab7-8350d6300fa7"]
    assert link.description == "T1566.002 Phishing: Spearphishing Link (reported): A link."
    assert link.external_references[0].external_id == "T1566.002"
    own = one(objects, "attack-pattern")
    assert own.external_references[0].external_id == "T0800"
    assert not any("T1547.001" in o.get("description", "") for o in uses.values())
    assert "attack-pattern--2b742742-28c3-4e1b-bab7-8350d6300fa7" not in {o["id"] for o in objects}


def test_indicators_are_what_is_active_and_meant_to_detect() -> None:
    objects = bundle(make_kb())
    indicators = of_type(objects, "indicator")
    assert [indicator.name for indicator in indicators] == list(VALUES.values())
    assert all(indicator.indicator_types == ["malicious-activity"] for indicator in indicators)
    text = render(make_kb())["incidents/tb-2019-7k3q/stix.json"]
    assert b"seized.example.net" not in text
    assert b"context.example.net" not in text


def test_patterns_hold_exact_values() -> None:
    patterns = {o.name: o.pattern for o in of_type(bundle(make_kb()), "indicator")}
    assert patterns["c2.example.net"] == "[domain-name:value = 'c2.example.net']"
    assert patterns[VALUES["url"]] == r"[url:value = 'http://example.net/a?b=\'c\'&d=%20']"
    assert patterns[VALUES["sha256"]].startswith("[file:hashes.'SHA-256' = '")
    assert patterns[VALUES["windows-registry-key"]].startswith(
        r"[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Soft"
    )


def test_an_address_that_is_no_uri_has_a_pattern_and_no_observable() -> None:
    given = {"type": "url", "value": "http://example.net/a\\b", "use": "detect", "state": "active"}
    objects = bundle(make_kb(indicators=[given]))
    assert one(objects, "indicator").pattern == r"[url:value = 'http://example.net/a\\b']"
    assert not of_type(objects, "url")


def test_observables_have_the_ids_that_the_library_derives() -> None:
    kinds = {
        "ipv4-addr",
        "ipv6-addr",
        "domain-name",
        "url",
        "email-addr",
        "file",
        "mutex",
        "windows-registry-key",
    }
    observables = [o for o in bundle(make_kb()) if o["type"] in kinds | {"user-account"}]
    assert len(observables) == len(VALUES)
    for found in observables:
        spelt = json.loads(found.serialize())
        given = {k: v for k, v in spelt.items() if k not in ("id", "object_marking_refs")}
        assert stix2.parse(given, version="2.1").id == found.id


def test_instants_come_from_the_record() -> None:
    objects = bundle(make_kb())
    for found in (one(objects, "report"), one(objects, "campaign")):
        spelt = json.loads(found.serialize())
        assert (spelt["created"], spelt["modified"]) == (
            "2026-01-02T03:04:05.000Z",
            "2026-02-03T04:05:06.000Z",
        )
    campaign = json.loads(one(objects, "campaign").serialize())
    assert (campaign["first_seen"], campaign["last_seen"]) == (
        "2010-01-01T00:00:00Z",
        "2019-12-31T23:59:59.999Z",
    )
    plain = bundle(make_kb(), "incidents/tb-2018-tx68/stix.json")
    assert json.loads(one(plain, "report").serialize())["created"] == "2018-08-01T00:00:00.000Z"


def test_ids_hang_on_authority_and_record_alone() -> None:
    before = {o["id"] for o in bundle(make_kb())}
    after = {o["id"] for o in bundle(make_kb(title="Another title", summary="Another summary."))}
    assert before == after
    other = SITE.model_copy(update={"authority": "other.example.org,2026"})
    ours = {
        i
        for i in before
        if not i.startswith(("marking", "domain", "ipv", "url", "email", "file", "mutex", "win", "user"))
    }
    theirs = re.findall(rb'"id":"([^"]+)"', render(make_kb(), other)["incidents/tb-2019-7k3q/stix.json"])
    assert not ours & {found.decode() for found in theirs}
    assert all(
        re.fullmatch(r"[0-9a-f-]{13}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", i.split("--")[1])
        for i in ours
    )


@pytest.mark.parametrize("label", list(Tlp))
def test_markings_are_those_of_tlp_2(label: Tlp) -> None:
    if label is Tlp.RED:
        assert render(make_kb(tlp="RED"), SITE.model_copy(update={"tlp": Tlp.RED})) == {}
        return
    objects = bundle(make_kb(tlp=label.value))
    marking = MARKINGS[label]
    assert one(objects, "campaign").object_marking_refs == [marking.id]
    assert one(objects, "report").object_marking_refs == [marking.id]
    held = {o["id"]: o for o in of_type(objects, "marking-definition")}
    assert held[marking.id]["name"] == label.label
    assert next(iter(held[marking.id]["extensions"].values()))["tlp_2_0"] == label.value.lower()


def test_a_part_with_a_higher_marking_lifts_the_report_and_not_its_neighbours() -> None:
    given = {
        "type": "domain-name",
        "value": "a.example.net",
        "use": "detect",
        "state": "active",
        "tlp": "GREEN",
    }
    objects = bundle(make_kb(indicators=[given]))
    green, clear = MARKINGS[Tlp.GREEN].id, MARKINGS[Tlp.CLEAR].id
    assert one(objects, "indicator").object_marking_refs == [green]
    assert one(objects, "domain-name").object_marking_refs == [green]
    assert one(objects, "report").object_marking_refs == [green]
    assert one(objects, "intrusion-set", name="Kimsuky").object_marking_refs == [clear]
    assert one(objects, "note", authors=["Microsoft"]).object_marking_refs == [clear]


def test_a_withdrawn_record_is_revoked_and_says_nothing() -> None:
    files = render(make_kb(status="withdrawn", reason="It was wrong."))
    text = files["incidents/tb-2019-7k3q/stix.json"].decode()
    objects = list(stix2.parse(text, version="2.1").objects)
    before = {
        o["id"] for o in bundle(make_kb()) if o["type"] in ("report", "campaign", "indicator", "relationship")
    }
    assert before <= {o["id"] for o in objects}
    for found in objects:
        if found["id"] in before or found["type"] in ("note", "opinion", "course-of-action"):
            assert found["revoked"], found["id"]
    assert one(objects, "report").description == "It was wrong."
    for told in (
        "Bottom line",
        "Title",
        "Two catalogues",
        "Said twice",
        "Train users",
        "Example Ministry",
        "A link.",
    ):
        assert told not in text
    assert "TB-2019-7K3Q" not in files["actors/kimsuky/stix.json"].decode()
    assert b'"revoked":true' in files["data/stix-bundle.json"]


def test_sectors_and_motives_are_words_of_stix() -> None:
    objects = bundle(make_kb())
    assert one(objects, "identity", name="Government").sectors == ["government"]
    assert one(objects, "intrusion-set", name="Kimsuky").primary_motivation == "organizational-gain"
    assert one(objects, "location", name="South Korea").country == "KR"
    assert one(objects, "campaign").objective == "Espionage"


def test_an_actor_bundle_has_names_origins_and_incidents() -> None:
    objects = bundle(make_kb(), "actors/kimsuky/stix.json")
    actor = one(objects, "intrusion-set")
    assert actor.aliases == ["Thallium"]
    abstracts = sorted(note.abstract for note in of_type(objects, "note"))
    assert abstracts == ["Name APT43: overlaps", "Suspected sponsor: A bureau"]
    origin = one(objects, "relationship", relationship_type="originates-from")
    assert (
        origin.description == "Suspected by Microsoft. Credibility 2: probably true. Suspected by An agency."
    )
    assert one(objects, "campaign").name == make_incident().title
    theirs = one(objects, "relationship", relationship_type="related-to").target_ref
    assert theirs == "intrusion-set--0ec2f388-bf0f-4b5c-97b1-fc736d26c25f"


def test_the_site_bundle_holds_every_object_once() -> None:
    files = render(make_kb())
    site = {o["id"]: o for o in json.loads(files.pop("data/stix-bundle.json"))["objects"]}
    for content in files.values():
        for found in json.loads(content)["objects"]:
            assert site[found["id"]] == found


def test_the_bundle_of_a_year_holds_its_incidents() -> None:
    files = render(make_kb())
    held = {o["id"]: o for o in json.loads(files["data/stix/2019.json"])["objects"]}
    alone = {o["id"]: o for o in json.loads(files["incidents/tb-2019-7k3q/stix.json"])["objects"]}
    assert held == alone
    ids = [json.loads(content)["id"] for content in files.values()]
    assert len(ids) == len(set(ids))


def test_the_site_bundle_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large site it holds the newest incidents, every actor and software, and no loose end."""
    whole = json.loads(render(make_kb())["data/stix-bundle.json"])["objects"]
    monkeypatch.setattr(stix, "SITE_LIMIT", 1)
    cut = json.loads(render(make_kb())["data/stix-bundle.json"])["objects"]
    assert [o["external_references"][0]["external_id"] for o in of_type(cut, "campaign")] == ["TB-2019-7K3Q"]
    for kind in ("intrusion-set", "malware", "tool"):
        assert of_type(cut, kind) == of_type(whole, kind)
    held = {o["id"] for o in cut}
    for relation in of_type(cut, "relationship"):
        ends = {relation["source_ref"], relation["target_ref"]}
        assert all(end in held or end.startswith(("attack-pattern", "intrusion-set")) for end in ends)


def test_an_observable_of_two_records_has_the_higher_marking() -> None:
    shared = {"type": "domain-name", "value": "a.example.net", "use": "detect", "state": "active"}
    one_record = make_incident(indicators=[shared])
    other = make_incident(id="TB-2020-AAAA", indicators=[shared], tlp="AMBER")
    site = json.loads(render(make_kb(one_record, other))["data/stix-bundle.json"])["objects"]
    (found,) = [o for o in site if o["type"] == "domain-name"]
    assert found["id"] == observable_id("domain-name", {"value": "a.example.net"})
    assert found["object_marking_refs"] == [MARKINGS[Tlp.AMBER].id]


def test_two_runs_give_the_same_bytes_whatever_the_order_of_records() -> None:
    kb = make_kb()
    assert render(kb) == render(KnowledgeBase.of(reversed(kb.records)))


def test_the_language_of_the_site_is_on_every_object_of_a_record() -> None:
    german = SITE.model_copy(update={"language": "de"})
    objects = json.loads(render(make_kb(), german)["incidents/tb-2019-7k3q/stix.json"])["objects"]
    assert {o["lang"] for o in objects if o["type"] in ("report", "campaign", "note", "relationship")} == {
        "de"
    }


def test_a_record_that_names_what_is_not_there_still_has_a_bundle() -> None:
    lone = make_incident(sources=SOURCES, related=[{"id": "TB-2000-AAAA", "relation": "x"}])
    kb = KnowledgeBase.of([lone])
    objects = bundle(kb)
    assert not of_type(objects, "malware")
    assert {o.name for o in of_type(objects, "intrusion-set")} == {"Thallium", "APT37"}
    assert isinstance(lone, Incident)


def test_an_actor_that_was_withdrawn_is_revoked_and_leaves_the_incidents() -> None:
    gone = make_actor(status="withdrawn", reason="Merged.")
    kb = KnowledgeBase.of([make_incident(), gone])
    objects = bundle(kb, "actors/kimsuky/stix.json")
    assert one(objects, "intrusion-set").revoked
    assert gone.summary not in render(kb)["actors/kimsuky/stix.json"].decode()
    assert one(objects, "intrusion-set").id not in {o["id"] for o in bundle(kb)}
