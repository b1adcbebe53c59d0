"""MISP: a static feed that a MISP server subscribes to, and a galaxy of the site's actors.

The feed is a folder as PyMISP's feed generator writes it: `manifest.json` (MISP core format, section
Manifest), `hashes.csv` (MD5 of every value, and the event that has it) and one file an event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.outputs.misp_clusters import ClusterFinder, cluster_file
from threatbrief.outputs.misp_events import EventMaker
from threatbrief.outputs.misp_wire import Event, EventFile, ManifestEntry, encode
from threatbrief.render.engine import Engine
from threatbrief.views.misp import MISP_FOLDER, event_uuid

FOLDER: Final = PurePosixPath(MISP_FOLDER)


@dataclass(frozen=True, slots=True)
class TextView:
    """A file as its text: a view of hundreds of parts costs more than the text they make."""

    text: str


class Listing(NamedTuple):
    """What the feed's lists say of an event; the digest of its file is still to come. `hashes` are its
    lines of `hashes.csv`."""

    uuid: str
    entry: ManifestEntry
    hashes: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """The events of the feed, in the order of the incidents."""

    events: tuple[Listing, ...]


class MispOutput:
    """`misp/manifest.json`, `misp/hashes.csv`, `misp/<uuid>.json`, `misp/galaxies/` and `misp/clusters/`."""

    name = "misp"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        """Nothing in a RED build, which is for named recipients and makes PDF briefs alone."""
        if site.tlp is Tlp.RED:
            return
        maker = EventMaker(kb, site)
        paths: list[PurePosixPath] = []
        for incident in kb.incidents:
            paths.append(event_path(event_uuid(incident, site)))
            yield self._artifact(paths[-1], Later(partial(_event_view, maker), incident), incident.id)
        feed, needs = Later(partial(_feed_view, maker), kb), tuple(paths)
        for name in ("manifest.json", "hashes.csv"):
            yield self._artifact(FOLDER / name, feed, "all incidents", needs)
        finder = maker.clusters
        file_name = f"{finder.actor_type}.json"
        clusters = Later(partial(_clusters_view, finder), kb, site)
        yield self._artifact(FOLDER / "clusters" / file_name, clusters, "all actors")
        galaxy = TextView(encode(finder.actor_galaxy))
        yield self._artifact(FOLDER / "galaxies" / file_name, galaxy, "all actors")

    def _artifact(
        self, path: PurePosixPath, view: TextView | Later, owner: str, needs: tuple[PurePosixPath, ...] = ()
    ) -> Artifact:
        return Artifact(path, view, needs=needs, owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: TextView | FeedView = artifact.view
        if isinstance(view, TextView):
            return view.text.encode()
        if artifact.path.suffix == ".csv":
            return "".join(told.hashes for told in view.events).encode()
        digests = {told.uuid: engine.needed[event_path(told.uuid)].sha256 for told in view.events}
        manifest = {told.uuid: told.entry._replace(sha256=digests[told.uuid]) for told in view.events}
        return encode(manifest).encode()


def _event_view(maker: EventMaker, incident: Incident) -> TextView:
    return TextView(encode(EventFile(maker.event(incident))))


def _feed_view(maker: EventMaker, kb: KnowledgeBase) -> FeedView:
    """What the lists say of each event is kept from build to build, since an edit changes one event."""
    list_event = partial(_listing, maker)
    return FeedView(tuple(kb.keep("misp", incident, list_event) for incident in kb.incidents))


def _listing(maker: EventMaker, _kb: KnowledgeBase, incident: Incident) -> Listing:
    event, values = maker.outline(incident)
    return Listing(event.uuid, _entry(event), _hashes(event.uuid, values))


def _clusters_view(finder: ClusterFinder, kb: KnowledgeBase, site: SiteConfig) -> TextView:
    return TextView(encode(cluster_file(kb, site, finder)))


def event_path(uuid: str) -> PurePosixPath:
    """Where an event lies: MISP asks for `<feed>/<uuid>.json`."""
    return FOLDER / f"{uuid}.json"


def _entry(event: Event) -> ManifestEntry:
    return ManifestEntry(
        event.info,
        event.orgc,
        event.analysis,
        event.tags,
        event.timestamp,
        event.date,
        event.threat_level_id,
    )


def _hashes(uuid: str, values: Iterable[str]) -> str:
    """Every value once (MISP keeps sets of them)."""
    digests = dict.fromkeys(
        hashlib.md5(value.encode(), usedforsecurity=False).hexdigest() for value in values
    )
    return "".join(f"{digest},{uuid}\n" for digest in digests)
