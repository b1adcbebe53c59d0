"""Pictures for social networks: `card.png` beside pages of incidents and actors, and one for other pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.render.engine import Engine
from threatbrief.views.card import CardView, actor_card, incident_card, site_card
from threatbrief.views.files import card_path, has_output

TEMPLATE: Final = "card.typ"


class CardsOutput:
    """`card.png`, `incidents/<id>/card.png` and `actors/<slug>/card.png`, 1200 by 630 pixels."""

    name = "cards"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if not has_output(site, self.name):
            return
        shown = kb.listed
        yield self._artifact(card_path(""), Later(site_card, shown, site), "site")
        for incident in shown.incidents:
            later = Later(incident_card, shown, incident, site)
            yield self._artifact(card_path(f"incidents/{incident.slug}/"), later, incident.id)
        for actor in shown.actors:
            later = Later(actor_card, shown, actor, site)
            yield self._artifact(card_path(f"actors/{actor.slug}/"), later, actor.id)

    def _artifact(self, path: str, later: Later, owner: str) -> Artifact:
        return Artifact(PurePosixPath(path), later, f"pdf/{TEMPLATE}", owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: CardView = artifact.view
        document = json.dumps(asdict(view), ensure_ascii=False)
        return engine.typst.draw(TEMPLATE, document, accent=view.site.accent)
