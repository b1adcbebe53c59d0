"""The MISP feed: what an event carries, what a server takes from it, and that PyMISP agrees."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest
from tests.unit.outputs.misp_samples import INDICATORS, SITE, actors, incident, knowledge, software

from threatbrief.build.artifact import BuiltFile, Sized
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.model.vocab import Status
from threatbrief.outputs.misp import MispOutput
from threatbrief.outputs.misp_events import EventMaker
from threatbrief.outputs.misp_wire import ManifestEntry
from threatbrief.render.engine import Engine

Json = dict[str, Any]


def build(kb: KnowledgeBase, site: SiteConfig = SITE) -> dict[str, bytes]:
    """Every file of the output: path → bytes."""
    output, engine = MispOutput(), Engine(())
    files: dict[PurePosixPath, BuiltFile] = {}
    for artifact in sorted(output.plan(kb, site), key=lambda found: len(found.needs)):
        engine.needed = {path: Sized(files[path].size, files[path].sha256) for path in artifact.needs}
        files[artifact.path] = BuiltFile(artifact.path, output.render(artifact, engine))
    return {str(path): file.content for path, file in files.items()}


def events(files: Mapping[str, bytes]) -> list[Json]:
    names = [name for name in files if name.count("/") == 1 and name.endswith(".json")]
    return [json.loads(files[name])["Event"] for name in sorted(names) if not name.endswith("manifest.json")]


def only_event(kb: KnowledgeBase, site: SiteConfig = SITE) -> Json:
    (event,) = events(build(kb, site))
    return event


def all_attributes(event: Json) -> Iterator[Json]:
    yield from event.get("Attribute", ())
    for found in event.get("Object", ()):
        yield from found["Attribute"]


def tag_names(carrier: Json) -> list[str]:
    return [tag["name"] for tag in carrier.get("Tag", ())]


def objects(event: Json, name: str) -> list[Json]:
    return [found for found in event["Object"] if found["name"] == name]


@pytest.mark.parametrize(("kind", "value", "misp_type"), INDICATORS)
def test_an_indicator_keeps_its_exact_value(kind: str, value: str, misp_type: str) -> None:
    (found,) = [a for a in all_attributes(only_event(knowledge())) if a["value"] == value]
    assert (found["type"], found["to_ids"]) == (misp_type, True)


@pytest.mark.parametrize(
    ("use", "state", "to_ids"),
    [
        ("detect", "active", True),
        ("detect", "seized", False),
        ("detect", "sinkholed", False),
        ("detect", "unknown", False),
        ("context", "active", False),
    ],
)
def test_only_active_and_detect_is_to_be_detected(use: str, state: str, to_ids: bool) -> None:
    given = {"type": "ipv4-addr", "value": "192.0.2.1", "use": use, "state": state}
    event = only_event(knowledge(incident(indicators=(given,))))
    (found,) = [a for a in all_attributes(event) if a["value"] == "192.0.2.1"]
    assert found["to_ids"] is to_ids
    assert found.get("disable_correlation", False) is (state == "sinkholed")
    assert [a["value"] for a in all_attributes(event) if a["to_ids"]] == (["192.0.2.1"] if to_ids else [])


def test_a_vague_date_is_an_interval() -> None:
    given = {"type": "md5", "value": "a" * 32, "first_seen": "2019", "last_seen": "2019-12"}
    event = only_event(knowledge(incident(indicators=(given,))))
    (found,) = [a for a in all_attributes(event) if a["type"] == "md5"]
    assert datetime.fromisoformat(found["first_seen"]) == datetime.fromisoformat("2019-01-01T00:00:00+00:00")
    assert datetime.fromisoformat(found["last_seen"]) == datetime.fromisoformat("2019-12-31T23:59:59+00:00")
    (about,) = objects(event, "incident")
    assert (about["first_seen"][:10], about["last_seen"][:10]) == ("2010-01-01", "2019-12-31")
    dated = [(d["first_seen"][:10], d["last_seen"][:10]) for d in objects(event, "temporal-event")]
    assert dated == [("2019-12-01", "2019-12-31"), ("2019-12-18", "2019-12-18")]
    assert event["date"] == "2019-12-01"


def test_dates_that_run_backwards_are_left_out() -> None:
    given = {"type": "md5", "value": "a" * 32, "first_seen": "2020", "last_seen": "2019"}
    (found,) = [
        a for a in all_attributes(only_event(knowledge(incident(indicators=(given,))))) if a["type"] == "md5"
    ]
    assert not {"first_seen", "last_seen"} & found.keys()


def test_clusters_have_their_published_uuids() -> None:
    event = only_event(knowledge())
    found = {
        (galaxy["type"], cluster["value"]): cluster["uuid"]
        for galaxy in event["Galaxy"]
        for cluster in galaxy["GalaxyCluster"]
    }
    assert found["mitre-intrusion-set", "Kimsuky - G0094"] == "0ec2f388-bf0f-4b5c-97b1-fc736d26c25f"
    assert found["threat-actor", "Kimsuky"] == "bcaaad6f-0597-4b89-b69b-84a6be2b7bc3"
    assert (
        found["mitre-attack-pattern", "Spearphishing Link - T1566.002"]
        == "2b742742-28c3-4e1b-bab7-8350d6300fa7"
    )
    assert (
        found["mitre-ics-techniques", "Activate Firmware Update Mode"]
        == "d07be12d-39a2-448c-8e92-f40a46ed9865"
    )
    assert found["mitre-malware", "BabyShark - S0414"] == "d1b7830a-fced-4be3-a99c-f495af9d9e1b"
    assert found["mitre-course-of-action", "Multi-factor Authentication - M1032"]
    assert {("sector", "Government, Administration"), ("country", "south korea")} <= found.keys()
    assert not [value for _, value in found if "T1078" in value], "of the group, not of this incident"
    tags = [c["tag_name"] for galaxy in event["Galaxy"] for c in galaxy["GalaxyCluster"]]
    assert tag_names(event) == ["tlp:clear", *tags]
    shipped = [
        c["default"] for g in event["Galaxy"] for c in g["GalaxyCluster"] if not g["type"].endswith("-actor")
    ]
    assert all(shipped), "MISP would overwrite its own cluster"


def test_what_has_no_cluster_is_text() -> None:
    found = {a["value"]: a for a in only_event(knowledge())["Attribute"]}
    assert found["OwnRAT"]["category"] == "Payload type"
    assert found["T9999"]["comment"] == "ATT&CK technique"


def test_claims_stand_in_the_claimants_names_and_graded() -> None:
    microsoft, press, ours = objects(only_event(knowledge()), "intrusion-set")
    names = [claim["Attribute"][0] for claim in (microsoft, press, ours)]
    assert [name["value"] for name in names] == ["Thallium", "THALLIUM", "Kimsuky"]
    assert tag_names(names[0])[:2] == [
        'admiralty-scale:source-reliability="b"',
        'admiralty-scale:information-credibility="2"',
    ]
    assert tag_names(names[1])[:3] == [
        'admiralty-scale:source-reliability="d"',
        'admiralty-scale:information-credibility="4"',
        'estimative-language:likelihood-probability="likely"',
    ]
    assert tag_names(names[2])[:2] == [
        'estimative-language:likelihood-probability="very-likely"',
        'estimative-language:confidence-in-analytic-judgment="high"',
    ]
    assert 'misp-galaxy:mitre-intrusion-set="APT37 - G0067"' in tag_names(names[0]), "the name is contested"
    assert "Attributed by Microsoft" in microsoft["comment"]
    assert ours["comment"].startswith("Assessment by Example CERT")


def test_the_event_has_the_highest_marking_and_parts_their_own() -> None:
    given = (
        {"type": "md5", "value": "a" * 32, "tlp": "AMBER"},
        {"type": "md5", "value": "b" * 32},
    )
    event = only_event(knowledge(incident(tlp="GREEN", indicators=given)))
    assert [name for name in tag_names(event) if name.startswith("tlp:")] == ["tlp:amber"]
    tags = {a["value"][0]: tag_names(a) for a in event["Attribute"] if a["type"] == "md5"}
    assert tags == {"a": ["tlp:amber"], "b": ["tlp:green"]}


@pytest.mark.parametrize(
    ("label", "tag"),
    [
        ("CLEAR", "tlp:clear"),
        ("GREEN", "tlp:green"),
        ("AMBER", "tlp:amber"),
        ("AMBER+STRICT", "tlp:amber+strict"),
        ("RED", "tlp:red"),
    ],
)
def test_every_label_has_its_tag(label: str, tag: str) -> None:
    assert tag in tag_names(only_event(knowledge(incident(tlp=label))))


def test_a_repeated_indicator_or_address_is_one_attribute() -> None:
    given = {"type": "domain-name", "value": "a.example"}
    twice = ({"id": "a", "publisher": "A", "title": "A", "url": "https://a.example/X"},) * 1
    other = ({"id": "b", "publisher": "B", "title": "B", "url": "https://A.example/x"},)
    event = only_event(knowledge(incident(indicators=(given, given), sources=(*twice, *other))))
    assert len([a for a in event["Attribute"] if a["type"] == "domain"]) == 1
    links = [a["value"] for a in event["Attribute"] if a["type"] == "link"]
    assert links == ["https://briefs.example.org/incidents/tb-2019-7k3q/", "https://a.example/X"]


def test_instants_come_from_the_record_and_move_with_revisions() -> None:
    revision = {"at": "2026-12-01T10:00:00Z", "kind": "correction", "note": "A date was wrong."}
    before, after = only_event(knowledge()), only_event(knowledge(incident(revisions=(revision,))))
    assert int(before["timestamp"]) == int(datetime.fromisoformat("2026-11-22T09:00:00+00:00").timestamp())
    assert int(after["timestamp"]) == int(datetime.fromisoformat("2026-12-01T10:00:00+00:00").timestamp())
    assert {a["timestamp"] for a in all_attributes(after)} == {after["timestamp"]}
    assert [a["uuid"] for a in all_attributes(before)] == [a["uuid"] for a in all_attributes(after)]
    assert "A date was wrong." in after["EventReport"][0]["content"]


def test_a_draft_is_not_published() -> None:
    event = only_event(knowledge(incident(status="draft", published=None)))
    assert (event["published"], event["publish_timestamp"], event["analysis"]) == (False, "0", "1")


def test_a_withdrawn_incident_is_taken_back_and_says_nothing_of_itself() -> None:
    before = only_event(knowledge())
    withdrawn = incident(status="withdrawn", reason="It never happened.")
    after = only_event(knowledge(withdrawn))
    assert after["uuid"] == before["uuid"]
    assert [a["uuid"] for a in all_attributes(after)] == [a["uuid"] for a in all_attributes(before)]
    assert all(a["deleted"] and not a["to_ids"] for a in all_attributes(after))
    assert all(found["deleted"] for found in after["Object"])
    assert after["info"] == "TB-2019-7K3Q was withdrawn"
    assert after["EventReport"][0]["content"] == "It never happened."
    assert tag_names(after) == ["tlp:clear", 'workflow:state="rejected"']
    text = json.dumps(after)
    for word in ("Thallium", "Kimsuky", "login", "192.0.2.17", "CVE-", "Ministry"):
        assert word not in text


def test_the_report_is_text_with_nothing_live_in_it() -> None:
    content = only_event(knowledge())["EventReport"][0]["content"]
    assert "login.example.net" not in content
    assert "login[.]example[.]net" in content.replace("\\", "")
    assert r"\*stars\*, \<b\>tags\</b\>" in content
    assert "Confidence: high." in content


def test_an_indicator_with_markdown_in_it_is_defanged_in_the_report() -> None:
    given = ({"type": "url", "value": "http://a_b.example/x_*y", "use": "detect", "state": "active"},)
    event = only_event(
        knowledge(incident(summary="It called http://a_b.example/x_*y twice.", indicators=given))
    )
    assert r"It called hxxp://a\_b\[.\]example/x\_\*y twice." in event["EventReport"][0]["content"]
    assert given[0]["value"] in [a["value"] for a in event["Attribute"]]


def test_the_manifest_and_the_hashes_speak_of_every_event() -> None:
    kb = knowledge(incident(), incident(id="TB-2020-AAAA", disclosed="2020"))
    files = build(kb)
    manifest = json.loads(files["misp/manifest.json"])
    assert sorted(manifest) == sorted(event["uuid"] for event in events(files))
    for event in events(files):
        entry = manifest[event["uuid"]]
        for key in ("info", "date", "analysis", "threat_level_id", "timestamp", "Orgc", "Tag"):
            assert entry[key] == event[key]
        written = files[f"misp/{event['uuid']}.json"]
        assert entry["integrity:sha256"] == hashlib.sha256(written).hexdigest()
    rows = {tuple(row) for row in csv.reader(files["misp/hashes.csv"].decode().splitlines())}
    assert rows == {
        (hashlib.md5(a["value"].encode()).hexdigest(), event["uuid"])
        for event in events(files)
        for a in all_attributes(event)
    }


@pytest.mark.parametrize("status", ["published", "draft", "withdrawn"])
def test_the_outline_of_an_event_is_that_of_the_event(status: str) -> None:
    rows = [
        {"type": kind, "value": value, "use": "detect", "state": "active"} for kind, value, _ in INDICATORS
    ]
    record = incident(
        status=status,
        indicators=[{**row, "sources": ["ms"]} for row in (*rows, *rows)],
        software=["unlisted", "babyshark", "nowhere"],
        techniques=[{"id": name, "basis": "mapped", "sources": ["ms"]} for name in ("T1566", "T9999")],
    )
    kb = knowledge(record)
    maker = EventMaker(kb, SITE)
    event = maker.event(record)
    outline, values = maker.outline(record)
    assert values == event.values
    for name in ManifestEntry._fields[:-1]:
        assert getattr(outline, name) == getattr(event, name)
    assert outline.uuid == event.uuid


def test_uuids_are_unique_and_of_version_4() -> None:
    kb = knowledge(incident(), incident(id="TB-2020-AAAA"))
    found = [
        carrier["uuid"]
        for event in events(build(kb))
        for carrier in (event, *event["Object"], *event["EventReport"], *all_attributes(event))
    ]
    assert len(set(found)) == len(found)
    assert {uuid[14] for uuid in found} == {"4"}


def test_a_red_build_has_none() -> None:
    assert build(knowledge(), SITE.model_copy(update={"tlp": Tlp.RED})) == {}


def test_the_same_records_give_the_same_bytes() -> None:
    assert build(knowledge()) == build(knowledge())


# The galaxy of the site's actors


def galaxy_files(kb: KnowledgeBase) -> tuple[Json, Json]:
    files = build(kb)
    name = "briefs-example-org-actor.json"
    return json.loads(files[f"misp/galaxies/{name}"]), json.loads(files[f"misp/clusters/{name}"])


def test_actors_are_clusters_of_a_galaxy_of_the_site() -> None:
    galaxy, clusters = galaxy_files(knowledge())
    assert galaxy["type"] == clusters["type"] == "briefs-example-org-actor"
    apt37, kimsuky = clusters["values"]
    assert kimsuky["value"] == "Kimsuky"
    assert kimsuky["meta"]["synonyms"] == ["Thallium"], "an overlap is no synonym"
    assert "synonyms" not in apt37["meta"], "a disputed name is not ours to give"
    assert kimsuky["meta"]["country"] == "KP"
    assert {"dest-uuid": "0ec2f388-bf0f-4b5c-97b1-fc736d26c25f", "type": "similar"} in kimsuky["related"]
    event = only_event(knowledge())
    (attached,) = [g for g in event["Galaxy"] if g["uuid"] == galaxy["uuid"]]
    assert attached["GalaxyCluster"][0]["uuid"] == kimsuky["uuid"]
    assert attached["GalaxyCluster"][0]["tag_name"] == f'misp-galaxy:{galaxy["type"]}="{kimsuky["uuid"]}"'


def test_a_withdrawn_actor_is_in_no_event_and_no_cluster() -> None:
    kimsuky, apt37 = actors()
    gone = kimsuky.model_copy(update={"status": Status.WITHDRAWN})
    kb = KnowledgeBase.of((incident(), gone, apt37, *software()))
    _, clusters = galaxy_files(kb)
    assert [value["value"] for value in clusters["values"]] == ["APT37"]
    assert "Kimsuky - G0094" not in json.dumps(only_event(kb))


def test_the_cluster_file_fits_misps_own_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    files = pytest.importorskip("importlib.resources").files
    package = pytest.importorskip("pymispgalaxies")
    folder = files(package) / "data" / "misp-galaxy"
    galaxy, clusters = galaxy_files(knowledge())
    for found, name in ((galaxy, "schema_galaxies.json"), (clusters, "schema_clusters.json")):
        jsonschema.Draft4Validator(json.loads((folder / name).read_text())).validate(found)


# PyMISP reads it


def test_pymisp_reads_the_feed(tmp_path: Path) -> None:
    pymisp = pytest.importorskip("pymisp")
    withdrawn = incident(id="TB-2018-BBBB", status="withdrawn", reason="Wrong.")
    files = build(knowledge(incident(), withdrawn))
    manifest = json.loads(files["misp/manifest.json"])
    hashes: set[tuple[str, str]] = set()
    for event in events(files):
        path = tmp_path / f"{event['uuid']}.json"
        path.write_bytes(files[f"misp/{event['uuid']}.json"])
        loaded = pymisp.MISPEvent()
        loaded.load_file(path)
        assert len(loaded.attributes) == len(event["Attribute"])
        assert len(loaded.objects) == len(event["Object"])
        told = loaded.to_feed(with_meta=True)["Event"]
        entry = json.loads(json.dumps(told["_manifest"], default=str))[event["uuid"]]
        for key in ("info", "date", "analysis", "threat_level_id", "timestamp"):
            assert str(entry[key]) == manifest[event["uuid"]][key]
        hashes |= {(digest, event["uuid"]) for digest in told["_hashes"]}
        mapping = loaded.describe_types["category_type_mappings"]
        for found in (*loaded.attributes, *(a for o in loaded.objects for a in o.attributes)):
            assert found.type in mapping[found.category]
    assert hashes == {tuple(row) for row in csv.reader(files["misp/hashes.csv"].decode().splitlines())}


def test_a_server_fetches_the_feed_over_http(tmp_path: Path) -> None:
    """The way of MISP's Feed model: the manifest, then each event that is new, then hashes.csv."""
    pymisp = pytest.importorskip("pymisp")
    files = build(knowledge(incident(), incident(id="TB-2020-AAAA")))
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        feed = f"http://127.0.0.1:{server.server_port}/misp"
        manifest = json.loads(fetch(f"{feed}/manifest.json"))
        fetched = {uuid: fetch(f"{feed}/{uuid}.json") for uuid in manifest}
        hashes = fetch(f"{feed}/hashes.csv").decode()
        server.shutdown()
    assert len(fetched) == 2
    for uuid, content in fetched.items():
        assert hashlib.sha256(content).hexdigest() == manifest[uuid]["integrity:sha256"]
        event = pymisp.MISPEvent()
        event.from_json(content.decode())
        assert (event.uuid, event.info) == (uuid, manifest[uuid]["info"])
        assert {str(tag.name) for tag in event.tags} == {tag["name"] for tag in manifest[uuid]["Tag"]}
        assert event.Orgc.uuid == manifest[uuid]["Orgc"]["uuid"]
        assert f",{uuid}\n" in hashes


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of a request."""


def fetch(url: str) -> bytes:
    with urlopen(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content
