"""Records with everything that the machine formats must carry, for the tests of several formats."""

from __future__ import annotations

from typing import Any

from threatbrief.config import Publisher, SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Software

SITE = SiteConfig(
    site_name="Example Briefs",
    site_url="https://briefs.example.org/repo/",
    authority="briefs.example.org,2026",
    publisher=Publisher(name="Example CERT", email="cert@example.org", url="https://www.example.org/"),
)

SOURCES = [
    {
        "id": "ms",
        "publisher": "Microsoft",
        "title": "A post",
        "url": "https://example.com/ms",
        "date": "2019-12-30",
    },
    {"id": "press", "publisher": "Press; Ltd", "title": 'Quotes " and ünïcode', "reliability": "C"},
]

VALUES = {
    "ipv4-addr": "192.0.2.7",
    "ipv6-addr": "2001:db8::7",
    "domain-name": "c2.example.net",
    "url": "http://example.net/a?b='c'&d=%20",
    "email-addr": "lure@example.net",
    "md5": "d41d8cd98f00b204e9800998ecf8427e",
    "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "file-name": "=cmd|' /C calc'!A0",
    "mutex": "Global\\O'Brien",
    "windows-registry-key": "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
    "cryptocurrency-wallet": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
}
"""A value of every type, some with the characters that formats quote."""


def indicators(**more: Any) -> list[dict[str, Any]]:
    """An indicator of every type, fit to detect with."""
    fit = {"use": "detect", "state": "active", "sources": ["ms"], **more}
    return [{"type": kind, "value": value, **fit} for kind, value in VALUES.items()]


def make_incident(**changes: Any) -> Incident:
    """An incident that uses every key of the format; `changes` replace keys."""
    given: dict[str, Any] = {
        "id": "TB-2019-7K3Q",
        "title": 'Ünïcode & <Title> with "quotes"',
        "tlp": "CLEAR",
        "status": "published",
        "published": "2026-01-02T03:04:05Z",
        "kind": "takedown",
        "occurred": {"from": "2010", "to": "2019-12"},
        "disclosed": "2019-12-30",
        "summary": "Bottom line first.",
        "key_points": ["One.", "Two."],
        "attribution": [
            {
                "named": "Thallium",
                "by": "Microsoft",
                "sources": ["ms"],
                "credibility": 2,
                "stated": "very likely",
            },
            {"named": "APT37", "by": "Press", "sources": ["press"], "credibility": 4, "date": "2020-01"},
            {"named": "APT37", "by": "Press", "sources": ["press"], "note": "Said twice."},
        ],
        "assessment": {
            "actor": "kimsuky",
            "confidence": "moderate",
            "likelihood": "very likely",
            "why": "Two catalogues agree.",
            "sources": ["ms"],
        },
        "targets": {
            "sectors": ["government", "think-tanks"],
            "countries": ["KR", "US"],
            "victims": ["Example Ministry"],
        },
        "software": ["babyshark"],
        "motivations": ["espionage"],
        "techniques": [
            {"id": "T1566.002", "basis": "reported", "note": "A link.", "sources": ["ms"]},
            {"id": "T1078", "basis": "mapped"},
            {"id": "T0800", "basis": "reported"},
            {"id": "T1547.001", "basis": "group-profile"},
        ],
        "vulnerabilities": [{"id": "CVE-2017-0144", "note": "SMB.", "sources": ["ms"]}],
        "timeline": [{"date": "2019-12-18", "event": "Complaint filed.", "sources": ["ms"]}],
        "response": [
            {"kind": "domain-seizure", "by": "A unit", "date": "2019-12-27", "detail": "50 domains"}
        ],
        "indicators": [
            *indicators(),
            {"type": "domain-name", "value": "seized.example.net", "use": "detect", "state": "seized"},
            {"type": "domain-name", "value": "context.example.net", "use": "context", "state": "active"},
        ],
        "recommendations": [
            {"text": "Train users.", "mitigation": "M1017"},
            {"text": "Watch for mail rules that forward all mail to addresses outside, and take them out."},
        ],
        "related": [{"id": "TB-2018-TX68", "relation": "same-tactic", "note": "Before."}],
        "sources": SOURCES,
        "revisions": [{"at": "2026-02-03T04:05:06Z", "kind": "correction", "note": "A correction."}],
    }
    return Incident.model_validate({**given, **changes})


def make_actor(slug: str = "kimsuky", **changes: Any) -> Actor:
    """An actor with a name that another disputes, origins and a sponsor."""
    given: dict[str, Any] = {
        "id": slug,
        "name": slug.capitalize(),
        "tlp": "CLEAR",
        "status": "published",
        "published": "2026-01-01T00:00:00Z",
        "attack_id": "G0094",
        "names": [
            {"name": slug.capitalize(), "by": "MITRE ATT&CK", "sources": ["ms"]},
            {"name": "Thallium", "by": "Microsoft", "since": "2019", "sources": ["ms"], "credibility": 2},
            {"name": "THALLIUM", "by": "MITRE ATT&CK", "sources": ["ms"]},
            {
                "name": "APT43",
                "by": "A vendor",
                "relation": "overlaps",
                "sources": ["ms"],
                "note": "In part.",
            },
        ],
        "suspected_country": [
            {"country": "KP", "by": "Microsoft", "sources": ["ms"], "credibility": 2},
            {"country": "KP", "by": "An agency"},
        ],
        "sponsor": [{"name": "A bureau", "by": "An agency", "note": "Says so."}],
        "motivations": ["espionage", "credential-theft"],
        "active": {"from": "2012"},
        "summary": "A group.",
        "sources": SOURCES,
    }
    return Actor.model_validate({**given, **changes})


def make_software(**changes: Any) -> Software:
    given: dict[str, Any] = {
        "id": "babyshark",
        "name": "BabyShark",
        "tlp": "CLEAR",
        "status": "published",
        "published": "2026-01-01T00:00:00Z",
        "type": "malware",
        "attack_id": "S0414",
        "names": [{"name": "LATEOP", "by": "MITRE ATT&CK"}],
        "summary": "A family.",
        "sources": SOURCES,
    }
    return Software.model_validate({**given, **changes})


def make_kb(*incidents: Incident, **changes: Any) -> KnowledgeBase:
    """A contested case, its two actors, its software and a second incident; or the incidents given."""
    apt37 = make_actor(
        "apt37",
        attack_id="G0067",
        names=[
            {"name": "APT37"},
            {"name": "Thallium", "by": "Press", "relation": "disputed", "credibility": 4},
        ],
    )
    plain = Incident.model_validate(
        {
            "id": "TB-2018-TX68",
            "title": "Plain",
            "tlp": "CLEAR",
            "status": "published",
            "kind": "intrusion",
            "disclosed": "2018-08",
            "summary": "The least that is valid.",
        }
    )
    records = incidents or (make_incident(**changes), plain)
    return KnowledgeBase.of([*records, make_actor(), apt37, make_software()])
