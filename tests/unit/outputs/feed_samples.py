"""Records made by the dozen, and the feeds made of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from threatbrief.build.artifact import Sized
from threatbrief.config import Publisher, SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record
from threatbrief.outputs.feeds import FeedsOutput
from threatbrief.render.engine import Engine

SITE = SiteConfig(
    site_name="Example Briefs",
    site_url="https://example.org/repo/",
    authority="example.org,2026",
    publisher=Publisher(name="Example CERT", email="briefs@example.org"),
)
BRIEF_SIZE = 41_234


def instant(day: int, hour: int = 9) -> str:
    """`day` days after the first of 2020, at an hour."""
    return (datetime(2020, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def incident(number: int, **changes: Any) -> Incident:
    """Incident TB-2020-0001 and so on, published a day after the one before."""
    given = {
        "id": f"TB-2020-{number:04}",
        "title": f"Incident {number}",
        "tlp": "CLEAR",
        "status": "published",
        "kind": "intrusion",
        "disclosed": "2019-12",
        "published": instant(number),
        "summary": f"Summary of {number}.",
        "sources": [{"id": "one", "publisher": "P & Q", "title": "A title", "url": "https://news.example/a"}],
        "body": f"Text of {number} [@one].",
    }
    return Incident.model_validate({**given, **changes})


def actor(slug: str = "kimsuky", **changes: Any) -> Actor:
    given = {
        "id": slug,
        "name": slug.capitalize(),
        "tlp": "CLEAR",
        "status": "published",
        "summary": "A group.",
    }
    return Actor.model_validate({**given, "published": instant(0), **changes})


def by(name: str) -> dict[str, Any]:
    """What makes an incident the work of an actor of that name."""
    return {"attribution": [{"named": name, "by": "Somebody", "sources": ["one"]}]}


def revised(*kinds: str, day: int = 100) -> dict[str, Any]:
    notes = [{"at": instant(day + i), "kind": kind, "note": f"Note {i}."} for i, kind in enumerate(kinds)]
    return {"revisions": notes}


def feeds(records: Iterable[Record] | KnowledgeBase, site: SiteConfig = SITE) -> dict[str, bytes]:
    """Every file that the output makes of these records: path → bytes."""
    output, engine = FeedsOutput(), Engine(())
    files = {}
    kb = records if isinstance(records, KnowledgeBase) else KnowledgeBase.of(records)
    for artifact in output.plan(kb, site):
        engine.needed = {path: Sized(BRIEF_SIZE, "0" * 64) for path in artifact.needs}
        files[str(artifact.path)] = output.render(artifact, engine)
    return files


def entries(content: bytes) -> list[Any]:
    parsed = feedparser.parse(content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return list(parsed.entries)


def guids(content: bytes) -> list[str]:
    return [entry.id.rsplit(":", 1)[1] for entry in entries(content)]
