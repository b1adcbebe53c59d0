"""Records for the tests of MISP and CSAF: every indicator type, markings, revisions, contested names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Software

SITE: Final = SiteConfig(
    site_url="https://briefs.example.org/",
    authority="briefs.example.org,2026",
    publisher={"name": "Example CERT", "email": "briefs@example.org", "url": "https://www.example.org/"},
)

INDICATORS: Final = (
    ("ipv4-addr", "192.0.2.17", "ip-dst"),
    ("ipv6-addr", "2001:db8::17", "ip-dst"),
    ("domain-name", "login.example.net", "domain"),
    ("url", "http://login.example.net/a?b=1&c=<2>|3", "url"),
    ("email-addr", "bad@example.net", "email"),
    ("md5", "9e107d9d372bb6826bd81d3542a419d6", "md5"),
    ("sha1", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "sha1"),
    ("sha256", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", "sha256"),
    ("file-name", "Ünïcode “quoted”.exe", "filename"),
    ("mutex", r"Global\{A-B}", "mutex"),
    ("windows-registry-key", r"HKEY_LOCAL_MACHINE\Software\Run\x", "regkey"),
    ("cryptocurrency-wallet", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "btc"),
    ("cryptocurrency-wallet", "0x52908400098527886E0F7030069857D2E4169EE7", "text"),
)
"""Our type, value, MISP's type."""


def sources() -> tuple[Mapping[str, Any], ...]:
    return (
        {
            "id": "ms",
            "publisher": "Microsoft",
            "title": "A post",
            "url": "https://ms.example.com/post",
            "date": "2019-12-30",
            "reliability": "B",
            "archived": "https://archive.example.com/1",
        },
        {"id": "press", "publisher": "Press", "title": "An article", "reliability": "D"},
    )


def incident(**changes: Any) -> Incident:
    """A whole incident; `changes` replace or add keys."""
    given: dict[str, Any] = {
        "id": "TB-2019-7K3Q",
        "title": "Company takes login.example.net from Thallium",
        "tlp": "CLEAR",
        "status": "published",
        "kind": "takedown",
        "disclosed": "2019-12",
        "occurred": {"from": "2010", "to": "2019-12"},
        "published": "2026-11-22T09:00:00Z",
        "summary": "A summary with *stars*, <b>tags</b> and login.example.net in it.",
        "key_points": ("First point.", "Second point."),
        "sources": sources(),
        "attribution": (
            {"named": "Thallium", "by": "Microsoft", "sources": ("ms",), "credibility": 2},
            {
                "named": "THALLIUM",
                "by": "Press",
                "sources": ("press",),
                "credibility": 4,
                "stated": "probable",
            },
        ),
        "assessment": {
            "actor": "kimsuky",
            "confidence": "high",
            "likelihood": "very likely",
            "why": "Two catalogues say so.",
            "sources": ("ms",),
        },
        "targets": {"sectors": ("government",), "countries": ("US", "KR"), "victims": ("Ministry",)},
        "software": ("babyshark", "ownrat"),
        "techniques": (
            {"id": "T1566.002", "basis": "reported", "sources": ("ms",)},
            {"id": "T0800", "basis": "mapped"},
            {"id": "T9999", "basis": "mapped"},
            {"id": "T1078", "basis": "group-profile"},
        ),
        "vulnerabilities": ({"id": "CVE-2023-34362", "sources": ("ms",), "note": "Used once."},),
        "timeline": ({"date": "2019-12-18", "event": "The complaint is filed.", "sources": ("ms",)},),
        "recommendations": ({"text": "Use more than a password.", "mitigation": "M1032"},),
        "indicators": tuple(
            {"type": kind, "value": value, "use": "detect", "state": "active", "sources": ("ms",)}
            for kind, value, _ in INDICATORS
        ),
        "body": "The narrative [@ms].",
    }
    return Incident.model_validate({**given, **changes})


def actors() -> tuple[Actor, ...]:
    """Kimsuky, and APT37 to whom somebody gives the name Thallium too."""
    kimsuky = {
        "id": "kimsuky",
        "name": "Kimsuky",
        "tlp": "CLEAR",
        "status": "published",
        "published": "2026-11-21T12:00:00Z",
        "attack_id": "G0094",
        "summary": "A group.",
        "sources": sources(),
        "suspected_country": ({"country": "KP", "by": "Microsoft", "sources": ("ms",), "credibility": 2},),
        "motivations": ("espionage",),
        "active": {"from": "2010"},
        "names": (
            {"name": "Thallium", "by": "Microsoft", "sources": ("ms",)},
            {"name": "Other Group", "by": "Press", "relation": "overlaps", "sources": ("press",)},
        ),
    }
    apt37 = {
        "id": "apt37",
        "name": "APT37",
        "tlp": "CLEAR",
        "status": "published",
        "published": "2026-11-21T12:00:00Z",
        "attack_id": "G0067",
        "summary": "Another group.",
        "names": ({"name": "Thallium", "by": "Press", "relation": "disputed", "sources": ("press",)},),
        "sources": sources(),
    }
    return Actor.model_validate(kimsuky), Actor.model_validate(apt37)


def software() -> tuple[Software, ...]:
    shared = {"tlp": "CLEAR", "status": "published", "summary": "Malware.", "type": "malware"}
    return (
        Software.model_validate({"id": "babyshark", "name": "BabyShark", "attack_id": "S0414", **shared}),
        Software.model_validate({"id": "ownrat", "name": "OwnRAT", **shared}),
    )


def knowledge(*incidents: Record) -> KnowledgeBase:
    """The incidents with the actors and the software that they name."""
    return KnowledgeBase.of((*(incidents or (incident(),)), *actors(), *software()))
