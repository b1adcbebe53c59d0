"""The JSON documents that the templates in pdf/ print: views as plain values, bodies as trees.

Addresses are percent-encoded where they hold more than ASCII. `metadata` is what a PDF says of itself
and is not printed; `figures` are SVG documents with the texts that stand for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from pydantic import TypeAdapter

from threatbrief.render.engine import Engine
from threatbrief.render.figures import figure_svg
from threatbrief.render.markdown import Node
from threatbrief.render.qr import qr_svg
from threatbrief.views.brief import BriefView
from threatbrief.views.digest import DigestView
from threatbrief.views.dossier import DossierView

_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))
_ACCENT: Final = "#97261f"
"""The accent of the drawings' own style sheet, in whose place a publisher's stands."""


def brief_document(view: BriefView, body: tuple[Node, ...]) -> str:
    """The document of a brief: the view's own keys, the body as a tree."""
    document = _adapter(BriefView).dump_python(view, mode="json")
    incident = document["incident"]
    incident["body"] = _encode_links(level_headings(body))
    _encode_sources(incident["sources"])
    document["qr"] = qr_svg(view.url)
    document["metadata"] = {
        "title": incident["title"],
        "author": view.site.publisher,
        "description": incident["summary"],
        "keywords": view.keywords,
    }
    return json.dumps(document, ensure_ascii=False)


def notice_document(view: BriefView) -> str:
    """The document of a withdrawn brief: its id, label and reason, nothing of its content."""
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


def dossier_document(view: DossierView, body: tuple[Node, ...], engine: Engine) -> str:
    """The document of an actor's dossier."""
    document = _adapter(DossierView).dump_python(view, mode="json")
    document["body"] = _encode_links(level_headings(body))
    _encode_sources(document["sources"])
    return _finish(document, view, f"{view.name}: dossier", view.summary, figures_of(view, engine))


def digest_document(view: DigestView, engine: Engine) -> str:
    """The document of a digest."""
    document = _adapter(DigestView).dump_python(view, mode="json")
    return _finish(document, view, view.title, view.basis, figures_of(view, engine))


def figures_of(view: DossierView | DigestView, engine: Engine) -> dict[str, dict[str, str]]:
    """The drawings of a view by name: `svg`, and `alt`, the text that stands for it."""
    found: dict[str, dict[str, str]] = {}
    if view.activity:
        found["activity"] = _figure(
            engine, "figures/drawing.svg", view.activity.drawings[0], view.site.accent
        )
    if view.map:
        found["map"] = _figure(engine, "figures/map.svg", view.map, view.site.accent)
    return found


def _figure(engine: Engine, template: str, drawing: Any, accent: str) -> dict[str, str]:
    svg = figure_svg(engine.jinja, template, drawing=drawing).replace(_ACCENT, accent)
    return {"svg": svg, "alt": f"{drawing.title}. {drawing.description}"}


def _finish(
    document: dict[str, Any],
    view: DossierView | DigestView,
    title: str,
    description: str,
    figures: Mapping[str, Any],
) -> str:
    document["figures"] = figures
    document["qr"] = qr_svg(view.url)
    document["metadata"] = {
        "title": title,
        "author": view.site.publisher,
        "description": description,
        "keywords": [view.tlp, *view.keywords],
    }
    return json.dumps(document, ensure_ascii=False)


def _encode_sources(sources: Iterable[dict[str, Any]]) -> None:
    for source in sources:
        source["href"] = source["url"] = encode_address(source["url"])
        source["archived"] = encode_address(source["archived"])


@cache
def _adapter(view: type) -> TypeAdapter[Any]:
    """Turns views into plain values, fifteen times faster than dataclasses.asdict."""
    return TypeAdapter(view)


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
