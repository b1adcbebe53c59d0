"""STIX 2.1: a bundle beside each incident's and actor's page, and one of the whole site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.stix_bundles import Bundle, StixEncoder
from threatbrief.outputs.stix_objects import encode_bundle
from threatbrief.render.engine import Engine

SITE_BUNDLE = PurePosixPath("data/stix-bundle.json")


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle, its objects as lines of JSON: many bundles share an object, which is encoded once."""

    id: str
    objects: tuple[str, ...]


class StixOutput:
    """`stix.json` beside each page and `data/stix-bundle.json` of all; nothing in a RED build."""

    name = "stix"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.tlp is Tlp.RED:
            return
        encoder = StixEncoder(kb, site)
        bundles = []
        for incident in kb.incidents:
            bundles.append(encoder.incident(incident))
            yield self._artifact(
                PurePosixPath(f"incidents/{incident.slug}/stix.json"), bundles[-1], incident.id
            )
        for actor in kb.actors:
            bundles.append(encoder.actor(actor))
            yield self._artifact(PurePosixPath(f"actors/{actor.slug}/stix.json"), bundles[-1], actor.id)
        yield self._artifact(SITE_BUNDLE, encoder.site(bundles), "all records")

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: BundleView = artifact.view
        return encode_bundle(view.id, view.objects)

    def _artifact(self, path: PurePosixPath, bundle: Bundle, owner: str) -> Artifact:
        view = BundleView(bundle.id, tuple(found.text for found in bundle.objects))
        return Artifact(path, view, owner=owner, output=self.name)
