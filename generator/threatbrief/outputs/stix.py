"""STIX 2.1: a bundle beside each incident's and actor's page, one of each year, and one of the site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Tlp
from threatbrief.outputs.stix_bundles import Bundle, StixEncoder
from threatbrief.outputs.stix_objects import encode_bundle
from threatbrief.render.engine import Engine

SITE_BUNDLE: Final = "data/stix-bundle.json"
SITE_LIMIT: Final = 1_000
"""Incidents in the bundle of the whole site, in whole years from the newest: one edit rewrites it, and what
loads it reads it whole."""


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle, its objects as lines of JSON in UTF-8."""

    id: str
    objects: tuple[bytes, ...]


class StixOutput:
    """`stix.json` beside each page, `data/stix/<year>.json` of the incidents disclosed in a year, and
    `data/stix-bundle.json`; nothing in a RED build."""

    name = "stix"
    version = 2

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.tlp is Tlp.RED:
            return
        for incident in kb.incidents:
            path = f"incidents/{incident.slug}/stix.json"
            yield self._artifact(path, incident.id, _incident_bundle, kb, site, incident)
        for actor in kb.actors:
            yield self._artifact(f"actors/{actor.slug}/stix.json", actor.id, _actor_bundle, kb, site, actor)
        for year, incidents in kb.by_year.items():
            # A year's bundle stands beside those of its incidents: who makes the one has the others at hand.
            owner = f"{min(incident.id for incident in incidents)} and all others of {year}"
            yield self._artifact(f"data/stix/{year}.json", owner, _year_bundle, kb, site, year)
        yield self._artifact(SITE_BUNDLE, "all STIX", _site_bundle, kb, site)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: BundleView = artifact.view
        return encode_bundle(view.id, view.objects)

    def _artifact(self, path: str, owner: str, make: Callable[..., BundleView], *given: Any) -> Artifact:
        return Artifact(PurePosixPath(path), Later(make, *given), owner=owner, output=self.name)


def _incident_bundle(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> BundleView:
    return _view(StixEncoder(kb, site).incident(incident))


def _actor_bundle(kb: KnowledgeBase, site: SiteConfig, actor: Actor) -> BundleView:
    return _view(StixEncoder(kb, site).actor(actor))


def _year_bundle(kb: KnowledgeBase, site: SiteConfig, year: int) -> BundleView:
    known = year in _newest_years(kb)
    return _view(kb.remember(("STIX of", year), _year, kb, site, year) if known else _year(kb, site, year))


def _year(kb: KnowledgeBase, site: SiteConfig, year: int) -> Bundle:
    encoder = StixEncoder(kb, site)
    return encoder.gather(f"year/{year}", map(encoder.incident, kb.by_year[year]))


def _site_bundle(kb: KnowledgeBase, site: SiteConfig) -> BundleView:
    encoder = StixEncoder(kb, site)
    years = _newest_years(kb)
    bundles: list[Bundle] = [kb.remember(("STIX of", year), _year, kb, site, year) for year in years]
    is_whole = len(years) == len(kb.by_year)
    bundles += [encoder.actor(actor) if is_whole else encoder.profile(actor) for actor in kb.actors]
    return _view(encoder.gather("site", (*bundles, encoder.software())))


def _newest_years(kb: KnowledgeBase) -> tuple[int, ...]:
    """The years that the site's bundle holds: as many as have SITE_LIMIT incidents, one at least."""
    years: list[int] = []
    held = 0
    for year, incidents in kb.by_year.items():
        held += len(incidents)
        if years and held > SITE_LIMIT:
            break
        years.append(year)
    return tuple(years)


def _view(bundle: Bundle) -> BundleView:
    return BundleView(bundle.id, tuple(found.text for found in bundle.objects))
