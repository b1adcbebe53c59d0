"""PDF briefs: `brief.pdf` beside the page of every incident."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from pydantic import TypeAdapter

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model.vocab import Status
from threatbrief.render.engine import Engine
from threatbrief.render.markdown import Node
from threatbrief.render.qr import qr_svg
from threatbrief.views.brief import BriefView, brief_view

BRIEF: Final = "brief.typ"
NOTICE: Final = "notice.typ"
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


class PdfOutput:
    """`incidents/<id>/brief.pdf`: the brief, or a notice of one page where it was withdrawn."""

    name = "pdf"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if not site.pdf:
            return
        for incident in kb.incidents:
            withdrawn = incident.status is Status.WITHDRAWN
            yield Artifact(
                PurePosixPath(f"incidents/{incident.slug}/brief.pdf"),
                Later(brief_view, kb, incident, site),
                template=f"pdf/{NOTICE if withdrawn else BRIEF}",
                owner=incident.id,
                output=self.name,
            )

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: BriefView = artifact.view
        if view.withdrawn:
            return engine.typst.compile(
                NOTICE, notice_document(view), timestamp=view.timestamp, accent=view.site.accent
            )
        document = brief_document(view, engine.markdown.tree(view.incident.body))
        return engine.typst.compile(BRIEF, document, timestamp=view.timestamp, accent=view.site.accent)


def brief_document(view: BriefView, body: tuple[Node, ...]) -> str:
    """The JSON document that a brief's template prints: the view's own keys, the body as a tree.

    Addresses are percent-encoded where they hold more than ASCII. `metadata` is what the PDF says of
    itself and is not printed.
    """
    document = _adapter().dump_python(view, mode="json")
    incident = document["incident"]
    incident["body"] = _encode_links(level_headings(body))
    for source in incident["sources"]:
        source["href"] = source["url"] = encode_address(source["url"])
        source["archived"] = encode_address(source["archived"])
    document["qr"] = qr_svg(view.url)
    document["metadata"] = {
        "title": incident["title"],
        "author": view.site.publisher,
        "description": incident["summary"],
        "keywords": view.keywords,
    }
    return json.dumps(document, ensure_ascii=False)


def notice_document(view: BriefView) -> str:
    """The JSON document of a withdrawn brief: its id, label and reason, nothing of its content."""
    incident_id, label = view.incident.id, view.incident.tlp
    document = {
        "id": incident_id,
        "tlp": label,
        "withdrawn": view.withdrawn,
        "site": asdict(view.site),
        "url": view.url,
        "paper": view.paper,
        "metadata": {
            "title": f"{incident_id}: withdrawn",
            "author": view.site.publisher,
            "description": view.withdrawn,
            "keywords": [incident_id, label],
        },
    }
    return json.dumps(document, ensure_ascii=False)


@cache
def _adapter() -> TypeAdapter[BriefView]:
    """Turns views into plain values, fifteen times faster than dataclasses.asdict."""
    return TypeAdapter(BriefView)


def encode_address(href: str) -> str:
    """The address with all that is not ASCII percent-encoded, as PDF's URI actions want it."""
    return href if href.isascii() else quote(href, safe=_ASCII)


def level_headings(blocks: tuple[Node, ...]) -> list[Node]:
    """The body with heading levels from 1 that skip none, in the order of print: PDF/UA asks for it.

    A heading without text is left out.
    """
    return list(_level(blocks, []))


def _level(blocks: tuple[Node, ...], open_levels: list[int]) -> Iterator[Node]:
    for block in blocks:
        kind = block.get("t")
        if kind == "h":
            if not _has_text(block):
                continue
            level = int(block.get("level", 1))
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
            yield {**block, "level": min(len(open_levels), 4)}
        elif kind in ("ul", "ol"):
            yield {**block, "items": [list(_level(entry, open_levels)) for entry in block["items"]]}
        elif kind == "quote":
            yield {**block, "c": list(_level(block["c"], open_levels))}
        else:
            yield block


def _encode_links(node: Any) -> Any:
    """The nodes with their link targets encoded."""
    if isinstance(node, dict):
        return {
            key: encode_address(value) if key == "href" else _encode_links(value)
            for key, value in node.items()
        }
    return [_encode_links(part) for part in node] if isinstance(node, list | tuple) else node


def _has_text(node: Any) -> bool:
    """Whether a node prints any letter."""
    if isinstance(node, dict):
        return bool(str(node.get("text", "")).strip()) or _has_text(node.get("c", ()))
    return any(_has_text(part) for part in node)
