"""JSON documents: one a record, exact and whole, those of all records, and the schemas of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final

from threatbrief.build.artifact import Artifact, Later, defuse_json
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Software, Tlp
from threatbrief.model.vocab import Status
from threatbrief.outputs.documents_schema import FORMAT, record_schema, records_schema
from threatbrief.render.engine import Engine
from threatbrief.views.common import marking_of

AnyRecord = Incident | Actor | Software

RECORD_SCHEMA: Final = "data/record.schema.json"
RECORDS_SCHEMA: Final = "data/records.schema.json"

PAGE: Final = 500
"""Records in each document of older ones; the newest document holds up to twice as many."""

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

_NOTICE: Final = {"id", "status", "reason", "published", "revisions"}
"""What is left of a withdrawn record."""

_UNWRITTEN: Final = {"origin"}
_LISTS_AND_TEXTS: Final = (tuple, str)

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One JSON document, written, in UTF-8: those of all records hold the same lines as the records' own
    files."""

    content: bytes


class DocumentsOutput:
    """`record.json` beside each page, `data/records.json` of all, and their schemas; none in a RED build.

    Of many records `data/records.json` holds those published last, and its `next_url` leads to older ones.
    """

    name = "documents"
    version = 2

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.tlp is Tlp.RED:
            return
        records: tuple[AnyRecord, ...] = (*kb.incidents, *kb.actors, *kb.software)
        for record in records:
            path = f"{record_address(record)}record.json"
            yield self._artifact(path, Later(_record_view, record, site), record.id)
        for path, part, older in _pages(records):
            yield self._artifact(path, Later(_records_view, part, site, older), "all records")
        for path, schema in ((RECORD_SCHEMA, record_schema), (RECORDS_SCHEMA, records_schema)):
            yield self._artifact(path, Later(partial(_schema_view, schema), site.url(path)), "schema")

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: DocumentView = artifact.view
        return view.content

    def _artifact(self, path: str, later: Later, owner: str) -> Artifact:
        return Artifact(PurePosixPath(path), later, owner=owner, output=self.name)


def record_address(record: AnyRecord) -> str:
    """The address of a record's page, relative to the root."""
    folder = {"incident": "incidents", "actor": "actors", "software": "software"}[_kind(record)]
    return f"{folder}/{record.slug}/"


def write_record(record: AnyRecord, site: SiteConfig) -> str:
    """A record as one line of JSON: the model's own keys, exact values, with addresses and GUID.

    Keys that have nothing are left out. Of a withdrawn record only its id and the notice are left.
    """
    kind = _kind(record)
    guid = site.guid(record.id if isinstance(record, Incident) else f"{kind}/{record.id}")
    head: dict[str, Any] = {
        "$schema": site.url(RECORD_SCHEMA),
        "format": FORMAT,
        "record_type": kind,
        "guid": guid,
        "url": site.url(record_address(record)),
        "version": record.version,
        "marking": marking_of(record).value,
    }
    kept = _NOTICE if record.status is Status.WITHDRAWN else None
    fields = record.__dict__.items()
    left_out = {name for name, value in fields if type(value) in _LISTS_AND_TEXTS and not value}
    content = record.model_dump_json(
        by_alias=True, exclude_none=True, include=kept, exclude=left_out | _UNWRITTEN
    )
    return f"{_write(head)[:-1]},{content[1:]}"


def _record_view(record: AnyRecord, site: SiteConfig) -> DocumentView:
    return DocumentView(f"{write_record(record, site)}\n".encode())


def _schema_view(schema: Callable[[str], object], url: str) -> DocumentView:
    return DocumentView(f"{json.dumps(schema(url), ensure_ascii=False)}\n".encode())


def _pages(records: Sequence[AnyRecord]) -> Iterator[tuple[str, tuple[AnyRecord, ...], str]]:
    """The path of each document of all records, what it holds, and the path of the next older one.

    Documents are counted from the oldest publication, so that a new record changes the newest alone.
    """
    place = {id(record): at for at, record in enumerate(records)}
    by_age = sorted(records, key=lambda record: (record.published or _NEVER, _kind(record), record.id))
    older = ""
    for number in range(1, len(by_age) // PAGE):
        path = f"data/records/{number}.json"
        yield path, tuple(by_age[(number - 1) * PAGE : number * PAGE]), older
        older = path
    newest = by_age[max(0, len(by_age) // PAGE - 1) * PAGE :]
    yield "data/records.json", tuple(sorted(newest, key=lambda record: place[id(record)])), older


def _records_view(records: Iterable[AnyRecord], site: SiteConfig, older: str) -> DocumentView:
    head = {
        "$schema": site.url(RECORDS_SCHEMA),
        "format": FORMAT,
        "title": site.site_name,
        "url": site.site_url,
        "licence": site.licence.name,
        "licence_url": site.licence.url,
        "tlp": site.tlp.value,
        **({"next_url": site.url(older)} if older else {}),
    }
    written = BytesIO()
    written.write(f'{_write(head)[:-1]},"records":[\n'.encode())
    between = ""
    for record in records:
        written.write(defuse_json(f"{between}{write_record(record, site)}".encode()))
        between = ",\n"
    written.write(b"\n]}\n")
    return DocumentView(written.getvalue())


def _kind(record: AnyRecord) -> str:
    return type(record).__name__.lower()
