"""JSON documents and their schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.outputs.exchange_samples import SITE, VALUES, make_incident, make_kb

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Software, Tlp
from threatbrief.outputs.documents import DocumentsOutput
from threatbrief.render.engine import Engine

HEAD = {"$schema", "format", "record_type", "guid", "url", "version", "marking"}


def documents(kb: KnowledgeBase, **site: Any) -> dict[str, Any]:
    output = DocumentsOutput()
    planned = output.plan(kb, SITE.model_copy(update=site))
    return {str(a.path): json.loads(output.render(a, Engine(()))) for a in planned}


def test_every_record_has_a_document_and_all_stand_in_one() -> None:
    found = documents(make_kb())
    singles = [document for path, document in found.items() if path.endswith("/record.json")]
    assert found["data/records.json"]["records"] == singles
    assert len(singles) == 5


def test_of_many_records_the_newest_come_first_and_lead_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("threatbrief.outputs.documents.PAGE", 2)
    kb = make_kb()
    found = documents(kb)
    assert len(kb.records) == 5
    address, met, pages = "https://briefs.example.org/repo/data/records.json", [], []
    while address:
        document = found[address.removeprefix("https://briefs.example.org/repo/")]
        pages.append(len(document["records"]))
        met += [(record["record_type"], record["id"]) for record in document["records"]]
        address = document.get("next_url")
    assert pages == [3, 2]
    assert sorted(met) == sorted((type(record).__name__.lower(), record.id) for record in kb.records)
    newest = make_kb(published="2030-01-02")
    again = documents(newest)
    assert "TB-2019-7K3Q" in [record["id"] for record in again["data/records.json"]["records"]]


def test_a_document_is_the_record_exactly() -> None:
    kb = make_kb()
    models: dict[str, type[Incident | Actor | Software]] = {
        "incident": Incident,
        "actor": Actor,
        "software": Software,
    }
    for document in documents(kb)["data/records.json"]["records"]:
        own = {key: value for key, value in document.items() if key not in HEAD}
        again = models[document["record_type"]].model_validate(own)
        assert again in kb.records


def test_the_head_of_a_document() -> None:
    document = documents(make_kb())["incidents/tb-2019-7k3q/record.json"]
    assert {key: document[key] for key in HEAD} == {
        "$schema": "https://briefs.example.org/repo/data/record.schema.json",
        "format": 1,
        "record_type": "incident",
        "guid": "tag:briefs.example.org,2026:TB-2019-7K3Q",
        "url": "https://briefs.example.org/repo/incidents/tb-2019-7k3q/",
        "version": 2,
        "marking": "CLEAR",
    }
    assert [given["value"] for given in document["indicators"]][: len(VALUES)] == list(VALUES.values())
    assert document["published"] == "2026-01-02T03:04:05Z"
    assert document["occurred"] == {"from": "2010", "to": "2019-12"}
    assert "figures" not in document
    assert "body" not in document


def test_a_withdrawn_record_leaves_a_notice() -> None:
    found = documents(make_kb(status="withdrawn", reason="Wrong."))
    document = found["incidents/tb-2019-7k3q/record.json"]
    assert set(document) == HEAD | {"id", "status", "reason", "published", "revisions"}
    assert document["reason"] == "Wrong."


def test_a_red_build_has_no_documents() -> None:
    assert documents(make_kb(), tlp=Tlp.RED) == {}


def test_the_schema_names_every_key_of_a_document() -> None:
    found = documents(make_kb(figures=[{"file": "a.png", "alt": "A"}], body="Text."))
    definitions = found["data/record.schema.json"]["$defs"]
    for path in ("incidents/tb-2019-7k3q", "actors/kimsuky", "software/babyshark"):
        document = found[f"{path}/record.json"]
        definition = definitions[document["record_type"].capitalize()]
        assert set(document) <= set(definition["properties"])
        assert set(definition["required"]) <= set(document)
        assert definition["additionalProperties"] is False
    assert "origin" not in json.dumps(definitions)


@pytest.mark.parametrize("status", ["published", "withdrawn"])
def test_documents_are_valid_under_their_schema(status: str) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="judges the schema; of the dev extra")
    found = documents(make_kb(status=status, reason="Wrong.", tlp="AMBER+STRICT"))
    checker = jsonschema.Draft202012Validator
    for path in ("data/record.schema.json", "data/records.schema.json"):
        checker.check_schema(found[path])
    one, every = (checker(found[f"data/{name}.schema.json"]) for name in ("record", "records"))
    every.validate(found["data/records.json"])
    for document in found["data/records.json"]["records"]:
        one.validate(document)
        assert not one.is_valid({**document, "unknown": 1})
        assert not one.is_valid({**document, "marking": "WHITE"})


def test_the_same_record_gives_the_same_bytes() -> None:
    kb = make_kb(make_incident())
    assert documents(kb) == documents(KnowledgeBase.of(reversed(kb.records)))
