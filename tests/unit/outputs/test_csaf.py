"""CSAF: what a document says, what it may not say, and that the provider's files lead to every document."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.outputs.misp_samples import INDICATORS, SITE, incident, knowledge

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.csaf import CsafOutput
from threatbrief.render.engine import Engine
from threatbrief.views.csaf import csaf_place

Json = dict[str, Any]
PATH = "csaf/white/2026/tb-2019-7k3q.json"
REVISION = {"at": "2026-12-01T10:00:00Z", "kind": "correction", "note": "A date was wrong."}


def build(kb: KnowledgeBase, site: SiteConfig = SITE) -> dict[str, bytes]:
    output = CsafOutput()
    return {str(a.path): output.render(a, Engine(())) for a in output.plan(kb, site)}


def document(**changes: Any) -> Json:
    """The document of the sample incident with some keys changed."""
    files = build(knowledge(incident(**changes)))
    (path,) = [name for name in files if re.search(r"/\d{4}/[^/]+\.json\Z", name)]
    parsed: Json = json.loads(files[path])
    return parsed


def note(found: Json, title: str) -> str:
    (text,) = [entry["text"] for entry in found["document"]["notes"] if entry.get("title") == title]
    return str(text)


def test_a_document_fits_the_profile_security_incident_response() -> None:
    about = document()["document"]
    assert (about["category"], about["csaf_version"]) == ("csaf_security_incident_response", "2.0")
    assert {"description", "details", "general", "summary"} & {entry["category"] for entry in about["notes"]}
    assert [r["url"] for r in about["references"] if r["category"] == "external"] == [
        "https://ms.example.com/post"
    ]
    assert about["publisher"] == {
        "category": "other",
        "contact_details": "briefs@example.org",
        "name": "Example CERT",
        "namespace": "https://www.example.org/",
    }


def test_a_document_names_itself_and_its_page() -> None:
    own = [r["url"] for r in document()["document"]["references"] if r["category"] == "self"]
    assert own == [f"https://briefs.example.org/{PATH}", "https://briefs.example.org/incidents/tb-2019-7k3q/"]


def test_without_addresses_of_sources_the_page_is_the_external_reference() -> None:
    found = document(sources=({"id": "ms", "publisher": "A", "title": "B"},))
    external = [r["url"] for r in found["document"]["references"] if r["category"] == "external"]
    assert external == ["https://briefs.example.org/incidents/tb-2019-7k3q/"]


def test_revisions_are_the_history() -> None:
    first, later = document()["document"]["tracking"], document(revisions=(REVISION,))["document"]["tracking"]
    assert (first["version"], first["current_release_date"]) == ("1", "2026-11-22T09:00:00Z")
    assert (later["version"], later["current_release_date"]) == ("2", "2026-12-01T10:00:00Z")
    assert later["initial_release_date"] == "2026-11-22T09:00:00Z"
    assert later["revision_history"] == [
        {"date": "2026-11-22T09:00:00Z", "number": "1", "summary": "First published."},
        {"date": "2026-12-01T10:00:00Z", "number": "2", "summary": "correction: A date was wrong."},
    ]
    assert later["status"] == "final"


def test_facts_can_be_read_back() -> None:
    found = document()
    values = [line.partition("] ")[2] for line in note(found, "Indicators").splitlines()]
    assert values == [value for _, value, _ in INDICATORS]
    techniques = [line.split()[0] for line in note(found, "Techniques").splitlines()]
    assert techniques == ["T1566.002", "T0800", "T9999"], "T1078 is of the group, not of this incident"
    assert note(found, "Dates").splitlines() == ["occurred: 2010/2019-12", "disclosed: 2019-12"]
    assert re.findall(r"country: (\w\w)", note(found, "Targets")) == ["US", "KR"]
    assert note(found, "Actors").startswith("Kimsuky (G0094): ")
    assert note(found, "Software").splitlines() == ["BabyShark (S0414)", "OwnRAT"]
    assert [v["cve"] for v in found["vulnerabilities"]] == ["CVE-2023-34362"]
    assert "MITRE" in note(found, "ATT&CK")


def test_claims_and_our_assessment_stand_apart() -> None:
    lines = note(document(), "Attribution").splitlines()
    assert lines[0] == "Microsoft attributes it to Thallium; credibility 2, probably true"
    assert lines[1] == "Press attributes it to THALLIUM; stated: probable; credibility 4, doubtful"
    assert lines[2] == "Example CERT assesses that it was very likely Kimsuky."
    assert lines[3].startswith("Confidence in this is high.")


@pytest.mark.parametrize(
    ("label", "csaf"), [("CLEAR", "WHITE"), ("GREEN", "GREEN"), ("AMBER", "AMBER"), ("RED", "RED")]
)
def test_labels_map_to_those_of_csaf(label: str, csaf: str) -> None:
    distribution = document(tlp=label)["document"]["distribution"]
    assert distribution["tlp"]["label"] == csaf
    assert distribution["text"] == f"TLP:{label} (TLP 2.0)"
    assert f"csaf/{csaf.lower()}/2026/tb-2019-7k3q.json" in build(knowledge(incident(tlp=label)))


def test_amber_strict_is_refused_and_a_part_is_enough() -> None:
    assert build(knowledge(incident(tlp="AMBER+STRICT"))) == {}
    given = ({"type": "md5", "value": "a" * 32, "tlp": "AMBER+STRICT"},)
    assert build(knowledge(incident(indicators=given))) == {}
    higher = ({"type": "md5", "value": "a" * 32, "tlp": "AMBER"},)
    assert "csaf/amber/2026/tb-2019-7k3q.json" in build(knowledge(incident(indicators=higher)))


def test_a_red_build_has_none() -> None:
    assert build(knowledge(), SITE.model_copy(update={"tlp": Tlp.RED})) == {}


@pytest.mark.parametrize("changes", [{"status": "draft"}, {"published": None}])
def test_what_was_not_published_has_no_document(changes: Json) -> None:
    given = incident(**changes)
    assert csaf_place(given) is None
    assert build(knowledge(given)) == {}


def test_a_withdrawn_incident_says_why_and_nothing_else() -> None:
    found = document(status="withdrawn", reason="It never happened.", revisions=(REVISION,))
    assert found["document"]["title"] == "TB-2019-7K3Q was withdrawn"
    assert "It never happened." in note(found, "Withdrawal")
    assert found["document"]["tracking"]["version"] == "2"
    for word in ("Thallium", "Kimsuky", "login", "192.0.2.17", "CVE-", "Ministry", "ms.example.com"):
        assert word not in json.dumps(found)


def test_a_cve_is_named_once() -> None:
    twice = ({"id": "CVE-2023-34362", "note": "One."}, {"id": "CVE-2023-34362", "note": "Two."})
    (found,) = document(vulnerabilities=twice)["vulnerabilities"]
    assert [entry["text"] for entry in found["notes"]] == ["One.", "Two."]


@pytest.mark.parametrize("given", ["TB-2019-7K3Q", "tb-2019-aaaa"])
def test_the_file_is_named_after_the_tracking_id(given: str) -> None:
    place = csaf_place(incident(id=given))
    assert place is not None
    assert place.path == f"csaf/white/2026/{given.lower()}.json"


def test_keys_are_sorted() -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            assert list(value) == sorted(value)
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(part)

    for name, content in build(knowledge()).items():
        if name.endswith(".json"):
            check(json.loads(content))


# The provider


@pytest.fixture(scope="module")
def provider() -> dict[str, bytes]:
    return build(
        knowledge(
            incident(revisions=(REVISION,)),
            incident(id="TB-2020-AAAA", published="2025-01-01T00:00:00Z"),
            incident(id="TB-2020-BBBB", tlp="GREEN"),
        )
    )


def documents_of(files: dict[str, bytes], label: str) -> Iterator[str]:
    yield from sorted(name for name in files if re.fullmatch(rf"csaf/{label}/\d{{4}}/[^/]+\.json", name))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_every_document_has_its_hash_files(provider: dict[str, bytes], algorithm: str) -> None:
    for name in (*documents_of(provider, "white"), *documents_of(provider, "green")):
        digest, file_name = provider[f"{name}.{algorithm}"].decode().split()
        assert digest == hashlib.new(algorithm, provider[name]).hexdigest()
        assert name.endswith(f"/{file_name}")


@pytest.mark.parametrize("label", ["white", "green"])
def test_the_lists_name_every_document_of_their_label(provider: dict[str, bytes], label: str) -> None:
    names = list(documents_of(provider, label))
    index = provider[f"csaf/{label}/index.txt"].decode().splitlines()
    assert [f"csaf/{label}/{line}" for line in index] == names
    changes = [line.split(",") for line in provider[f"csaf/{label}/changes.csv"].decode().splitlines()]
    assert sorted(f"csaf/{label}/{name[1:-1]}" for name, _ in changes) == names
    dates = [date for _, date in changes]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("label", ["white", "green"])
def test_the_feed_lists_every_document_with_its_hashes(provider: dict[str, bytes], label: str) -> None:
    feed = json.loads(provider[f"csaf/{label}/index.json"])["feed"]
    base = "https://briefs.example.org/"
    assert sorted(entry["content"]["src"].removeprefix(base) for entry in feed["entry"]) == list(
        documents_of(provider, label)
    )
    for entry in feed["entry"]:
        path = entry["content"]["src"].removeprefix(base)
        tracking = json.loads(provider[path])["document"]["tracking"]
        assert (entry["id"], entry["updated"]) == (tracking["id"], tracking["current_release_date"])
        links = [link["href"].removeprefix(base) for link in entry["link"] if link["rel"] == "hash"]
        assert links == [f"{path}.sha256", f"{path}.sha512"]
        assert set(links) <= provider.keys()
    assert feed["updated"] == max(entry["updated"] for entry in feed["entry"])


def test_the_metadata_lead_to_the_feeds_and_folders(provider: dict[str, bytes]) -> None:
    found = json.loads(provider["csaf/provider-metadata.json"])
    assert (found["role"], found["metadata_version"]) == ("csaf_provider", "2.0")
    assert found["last_updated"] == "2026-12-01T10:00:00Z"
    assert found["canonical_url"] == "https://briefs.example.org/csaf/provider-metadata.json"
    rolie, *folders = found["distributions"]
    assert [feed["tlp_label"] for feed in rolie["rolie"]["feeds"]] == ["WHITE", "GREEN"]
    for feed in rolie["rolie"]["feeds"]:
        assert feed["url"].removeprefix("https://briefs.example.org/") in provider
    assert [folder["directory_url"] for folder in folders] == [
        "https://briefs.example.org/csaf/white/",
        "https://briefs.example.org/csaf/green/",
    ]
    assert provider[".well-known/csaf/provider-metadata.json"] == provider["csaf/provider-metadata.json"]


def test_the_publisher_is_configured() -> None:
    given = {
        "category": "coordinator",
        "namespace": "https://ns.example.org/",
        "mirror_on_aggregators": False,
    }
    site = SiteConfig.model_validate({**SITE.model_dump(), "csaf": given})
    found = json.loads(build(knowledge(), site)["csaf/provider-metadata.json"])
    assert found["publisher"]["category"] == "coordinator"
    assert found["publisher"]["namespace"] == "https://ns.example.org/"
    assert (found["list_on_CSAF_aggregators"], found["mirror_on_CSAF_aggregators"]) == (True, False)


def test_the_same_records_give_the_same_bytes() -> None:
    assert build(knowledge()) == build(knowledge())
