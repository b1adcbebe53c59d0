"""MISP: a static feed that a MISP server subscribes to, and a galaxy of the site's actors.

The feed is a folder as PyMISP's feed generator writes it: `manifest.json` (MISP core format, section
Manifest), `hashes.csv` (MD5 of every value, and the event that has it) and one file an event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.misp_clusters import cluster_file
from threatbrief.outputs.misp_events import EventMaker
from threatbrief.outputs.misp_wire import Event, EventFile, ManifestEntry, encode
from threatbrief.render.engine import Engine
from threatbrief.views.misp import MISP_FOLDER

FOLDER: Final = PurePosixPath(MISP_FOLDER)


@dataclass(frozen=True, slots=True)
class TextView:
    """A file as its text: a view of hundreds of parts costs more than the text they make."""

    text: str


@dataclass(frozen=True, slots=True)
class ManifestView:
    """The manifest: event UUID and entry, in the order of the incidents, digests still to come."""

    entries: tuple[tuple[str, ManifestEntry], ...]


class MispOutput:
    """`misp/manifest.json`, `misp/hashes.csv`, `misp/<uuid>.json`, `misp/galaxies/` and `misp/clusters/`."""

    name = "misp"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        """Nothing in a RED build, which is for named recipients and makes PDF briefs alone."""
        if site.tlp is Tlp.RED:
            return
        maker = EventMaker(kb, site)
        entries: list[tuple[str, ManifestEntry]] = []
        blocks: list[str] = []
        for incident in kb.incidents:
            event = maker.event(incident)
            entries.append((event.uuid, _entry(event)))
            blocks.append(_hashes(event))
            yield self._artifact(event_path(event.uuid), TextView(encode(EventFile(event))), incident.id)
        needs = tuple(event_path(uuid) for uuid, _ in entries)
        manifest = ManifestView(tuple(entries))
        yield self._artifact(FOLDER / "manifest.json", manifest, "all incidents", needs)
        yield self._artifact(FOLDER / "hashes.csv", TextView("".join(blocks)), "all incidents")
        finder = maker.clusters
        file_name = f"{finder.actor_type}.json"
        clusters, galaxy = cluster_file(kb, site, finder), finder.actor_galaxy
        yield self._artifact(FOLDER / "clusters" / file_name, TextView(encode(clusters)), "all actors")
        yield self._artifact(FOLDER / "galaxies" / file_name, TextView(encode(galaxy)), "all actors")

    def _artifact(
        self,
        path: PurePosixPath,
        view: TextView | ManifestView,
        owner: str,
        needs: tuple[PurePosixPath, ...] = (),
    ) -> Artifact:
        return Artifact(path, view, needs=needs, owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: TextView | ManifestView = artifact.view
        if isinstance(view, TextView):
            return view.text.encode()
        digests = {uuid: engine.needed[event_path(uuid)].sha256 for uuid, _ in view.entries}
        manifest = {uuid: entry._replace(sha256=digests[uuid]) for uuid, entry in view.entries}
        return encode(manifest).encode()


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


def _hashes(event: Event) -> str:
    """Every value once (MISP keeps sets of them)."""
    digests = dict.fromkeys(
        hashlib.md5(value.encode(), usedforsecurity=False).hexdigest() for value in event.values
    )
    return "".join(f"{digest},{event.uuid}\n" for digest in digests)
