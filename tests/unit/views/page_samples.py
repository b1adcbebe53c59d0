"""Records and pages for the tests of views: as few keys as possible, the rest where a test says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Software
from threatbrief.outputs.assets import find_assets
from threatbrief.outputs.pages import PagesOutput
from threatbrief.render.engine import Engine

TEMPLATES = (Path(__file__).parents[3] / "templates",)
SITE = SiteConfig(
    site_name="Test Briefs", site_url="https://briefs.example.org/ti/", assets=find_assets(TEMPLATES)
)
SOURCE = {"id": "ms", "publisher": "Microsoft", "title": "A title", "url": "https://example.org/a"}


def incident(record_id: str = "TB-2019-7K3Q", **keys: Any) -> Incident:
    given = {
        "id": record_id,
        "title": f"Title of {record_id}",
        "tlp": "CLEAR",
        "status": "published",
        "published": "2026-11-22T09:00:00Z",
        "kind": "takedown",
        "disclosed": "2019-12-30",
        "summary": "One sentence.",
        "sources": [SOURCE],
    }
    return Incident.model_validate(given | keys)


def actor(slug: str = "kimsuky", name: str = "Kimsuky", **keys: Any) -> Actor:
    given = {
        "id": slug,
        "name": name,
        "tlp": "CLEAR",
        "status": "published",
        "summary": "An actor.",
        "sources": [SOURCE],
    }
    return Actor.model_validate(given | keys)


def software(slug: str = "babyshark", name: str = "BabyShark", **keys: Any) -> Software:
    given = {
        "id": slug,
        "name": name,
        "tlp": "CLEAR",
        "status": "published",
        "type": "malware",
        "summary": "Malware.",
    }
    return Software.model_validate(given | keys)


def claim(named: str, by: str = "Microsoft", **keys: Any) -> dict[str, Any]:
    return {"named": named, "by": by, "sources": ["ms"], **keys}


def render(*records: Record, site: SiteConfig = SITE) -> dict[str, str]:
    """Every page of a site of these records: path → HTML."""
    output, engine = PagesOutput(), Engine(TEMPLATES)
    artifacts = output.plan(KnowledgeBase.of(records), site)
    return {str(a.path): output.render(a, engine).decode() for a in artifacts if a.template}
