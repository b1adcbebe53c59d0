"""No prose of a record carries a live indicator, whatever the field."""

from __future__ import annotations

import dataclasses
import json

import pytest
from pydantic import TypeAdapter

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.views.incident import IncidentView, incident_view
from threatbrief.views.readable import readable

LIVE = "bad.example.net"
SAID = f"It used {LIVE}, they say."

RECORD = {
    "id": "TB-2024-AAAA",
    "title": SAID,
    "tlp": "CLEAR",
    "kind": "intrusion",
    "disclosed": "2024",
    "summary": SAID,
    "question": SAID,
    "key_points": [SAID],
    "attribution": [{"named": SAID, "by": SAID, "note": SAID, "stated": SAID, "sources": ["a"]}],
    "assessment": {"actor": "somebody", "confidence": "low", "why": SAID, "sources": ["a"]},
    "targets": {"victims": [SAID]},
    "techniques": [
        {"id": "T1566.002", "basis": "reported", "note": SAID},
        {"id": "T1078", "basis": "group-profile", "note": SAID},
    ],
    "vulnerabilities": [{"id": "CVE-2024-12345", "note": SAID}],
    "timeline": [{"date": "2023", "event": SAID}, {"date": "2024", "event": SAID}],
    "response": [{"kind": "seizure", "by": SAID, "detail": SAID}],
    "recommendations": [{"text": SAID}],
    "related": [{"id": "TB-2024-AAAA", "relation": "same", "note": SAID}],
    "indicators": [{"type": "domain-name", "value": LIVE, "context": SAID}],
    "sources": [{"id": "a", "publisher": SAID, "title": SAID, "url": f"https://{LIVE}/a"}],
    "revisions": [{"at": "2026-01-01", "kind": "update", "note": SAID}],
}


@pytest.fixture
def incident() -> Incident:
    return Incident.model_validate(RECORD)


def test_every_field_of_the_view_is_defanged(incident: Incident) -> None:
    view = incident_view(KnowledgeBase.of([incident]), incident)
    shown = json.loads(TypeAdapter(IncidentView).dump_json(dataclasses.replace(view, sources=())))
    del shown["body"]  # its indicators are replaced when it is rendered
    assert LIVE not in json.dumps(shown)
    assert shown["indicators"][0]["shown"] == "bad[.]example[.]net"


def test_exact_values_and_addresses_stay(incident: Incident) -> None:
    made = readable(incident)
    assert made.indicators[0].value == LIVE
    assert made.sources[0].url == f"https://{LIVE}/a"
    assert LIVE not in made.sources[0].title


def test_nothing_to_defang_costs_nothing(incident: Incident) -> None:
    plain = incident.model_copy(update={"indicators": ()})
    assert readable(plain) is plain
