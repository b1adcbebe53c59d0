"""JSON documents: one a record, exact and whole, and one of all records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record
from threatbrief.render.engine import Engine

FORMAT = 1
"""The version of the documents' layout; it goes up when a key changes its meaning or goes away."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One JSON document, as plain values in the order in which they are written."""

    document: dict[str, Any]


def record_address(record: Record) -> str:
    """The address of a record's page, relative to the root."""
    folder = "incidents" if isinstance(record, Incident) else "actors" if isinstance(record, Actor) else "software"
    return f"{folder}/{record.slug}/"  # type: ignore[attr-defined]


def record_document(record: Record, site: SiteConfig) -> dict[str, Any]:
    """A record as its JSON document: the model's own keys, exact values, addresses and GUID added."""
    kind = type(record).__name__.lower()
    record_id = str(record.id)  # type: ignore[attr-defined]
    content = record.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"origin"})
    ordered = {"id": record_id, **{key: value for key, value in content.items() if value not in ([], {}, "")}}
    guid = site.guid(record_id if isinstance(record, Incident) else f"{kind}/{record_id}")
    return {"format": FORMAT, "type": kind, "guid": guid, "url": site.url(record_address(record)), **ordered}


class DocumentsOutput:
    """`record.json` beside each page and `data/records.json` of all."""

    name = "documents"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        documents = []
        for record in kb.records:
            document = record_document(record, site)
            documents.append(document)
            path = PurePosixPath(record_address(record)) / "record.json"
            yield Artifact(path, DocumentView(document), owner=document["id"], output=self.name)
        everything = {
            "format": FORMAT,
            "title": site.site_name,
            "url": site.site_url,
            "licence": site.licence.name,
            "tlp": site.tlp.value,
            "records": documents,
        }
        path = PurePosixPath("data/records.json")
        yield Artifact(path, DocumentView(everything), owner="all records", output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        text = json.dumps(artifact.view.document, ensure_ascii=False, indent=1)
        return (text + "\n").encode()
