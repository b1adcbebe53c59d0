"""The search index: names, ids and full text as small JSON files, of which a question needs a few."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.render.engine import Engine
from threatbrief.views.files import has_output
from threatbrief.views.search import PATH, index_of
from threatbrief.views.search_index import Card, CardFile, Chunk, Directory, all_files


class SearchOutput:
    """Everything below `search/` but the page itself; nothing in a RED build."""

    name = "search"
    version = 1
    plans_apart = True

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if not has_output(site, self.name):
            return
        for path, view in all_files(index_of(kb.listed, site)):
            yield Artifact(PurePosixPath(PATH + path), view, owner="search index", output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        return f"{_write(encode(artifact.view))}\n".encode()


def encode(view: Directory | Chunk | CardFile) -> dict[str, Any]:
    """A file of the index as search.js reads it: values at the end of a list that are empty are left out."""
    if isinstance(view, Directory):
        return {
            "digits": view.digits,
            "width": view.width,
            "groups": view.groups,
            "names": view.heads,
            "text": view.texts,
        }
    if isinstance(view, Chunk):
        return {term: _trim(lists) for term, lists in view.terms}
    return {card.digit: _spell_card(card) for card in view.cards}


def _spell_card(card: Card) -> list[str]:
    """What is shown, in order; a name that is disputed begins with a question mark."""
    names = (*card.names, *(f"?{name}" for name in card.disputed))
    return _trim((card.title, card.href, card.note, card.summary, *names))


def _trim(values: tuple[str, ...]) -> list[str]:
    kept = list(values)
    while kept and not kept[-1]:
        kept.pop()
    return kept


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
