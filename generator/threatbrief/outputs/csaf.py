"""CSAF 2.0: a document an incident, and the provider's files that lead to them (section 7).

csaf/provider-metadata.json   .well-known/csaf/provider-metadata.json
csaf/white/index.json (ROLIE)   csaf/white/index.txt   csaf/white/changes.csv
csaf/white/2026/tb-2019-7k3q.json (.sha256, .sha512)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.outputs.csaf_documents import DocumentMaker
from threatbrief.outputs.csaf_wire import (
    Content,
    Distributed,
    Document,
    Entry,
    Feed,
    FeedFile,
    Link,
    Provider,
    RolieFeedLink,
    RolieFeeds,
    Text,
    Tracking,
    encode,
)
from threatbrief.render.engine import Engine
from threatbrief.views.csaf import CSAF_LABELS, PROVIDER_PATH, CsafPlace, csaf_places

DIGESTS: Final = ("sha256", "sha512")
"""The hash files beside each document (section 7.1.18)."""

_WELL_KNOWN_PATH: Final = ".well-known/csaf/provider-metadata.json"


@dataclass(frozen=True, slots=True)
class TextView:
    """A file as its text; `algorithm` is set for a hash file, which is made of the text it speaks of."""

    text: str
    algorithm: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    """What lists and feeds say of a document; `below` is its address from the folder of its label."""

    path: str
    below: str
    label: str
    tracking: Tracking
    title: str
    summary: str

    @property
    def released(self) -> str:
        return self.tracking.current_release_date


class CsafOutput:
    """Every CSAF document and the files of the provider; nothing where no incident has a document."""

    name = "csaf"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        maker = DocumentMaker(kb, site)
        placed: list[_Placed] = []
        for incident, place in csaf_places(kb, site):
            path = place.path
            document = maker.document(incident, place)
            placed.append(_list_document(place, document))
            text = encode(document)
            yield self._artifact(path, TextView(text), incident.id)
            for algorithm in DIGESTS:
                view = TextView(text, algorithm, path.rpartition("/")[2])
                yield self._artifact(f"{path}.{algorithm}", view, incident.id)
        if placed:
            yield from self._plan_provider(placed, site, maker)

    def _plan_provider(
        self, placed: list[_Placed], site: SiteConfig, maker: DocumentMaker
    ) -> Iterator[Artifact]:
        """One feed and one folder a label, with its lists; the newest document first in each."""
        newest_first = sorted(sorted(placed, key=lambda p: p.path), key=lambda p: p.released, reverse=True)
        order = {label: rank for rank, label in enumerate(CSAF_LABELS.values())}
        labels: list[str] = []
        for label, group in groupby(sorted(newest_first, key=lambda p: order[p.label]), lambda p: p.label):
            found = list(group)
            labels.append(label)
            folder = f"csaf/{label.lower()}"
            index = "".join(f"{line}\n" for line in sorted(p.below for p in found))
            changes = "".join(f'"{p.below}","{p.released}"\n' for p in found)
            feed = encode(_feed(found, label, site))
            yield self._artifact(f"{folder}/index.txt", TextView(index), f"TLP:{label}")
            yield self._artifact(f"{folder}/changes.csv", TextView(changes), f"TLP:{label}")
            yield self._artifact(_feed_path(label), TextView(feed), f"TLP:{label}")
        provider = TextView(encode(_provider(labels, newest_first[0].released, site, maker)))
        for path in (PROVIDER_PATH, _WELL_KNOWN_PATH):
            yield self._artifact(path, provider, "all incidents")

    def _artifact(self, path: str, view: TextView, owner: str) -> Artifact:
        return Artifact(PurePosixPath(path), view, owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: TextView = artifact.view
        if view.algorithm:
            digest = hashlib.new(view.algorithm, view.text.encode()).hexdigest()
            return f"{digest}  {view.file_name}\n".encode()
        return view.text.encode()


def _list_document(place: CsafPlace, document: Document) -> _Placed:
    about = document.document
    below = place.path.split("/", 2)[2]
    return _Placed(place.path, below, place.label, about.tracking, about.title, about.notes[0].text)


def _feed_path(label: str) -> str:
    return f"csaf/{label.lower()}/index.json"


def _feed(found: list[_Placed], label: str, site: SiteConfig) -> FeedFile:
    """The ROLIE feed of a label (section 7.1.15): every document of it, with its hash files."""
    title = f"CSAF documents of {site.publisher.name} (TLP:{label})"
    entries = tuple(_entry(p, site) for p in found)
    identifier = f"{site.id_prefix.lower()}-csaf-feed-tlp-{label.lower()}"
    own = Link(site.url(_feed_path(label)), "self")
    return FeedFile(Feed(entries, identifier, (own,), title, found[0].released))


def _entry(placed: _Placed, site: SiteConfig) -> Entry:
    url = site.url(placed.path)
    hashes = (Link(f"{url}.{algorithm}", "hash") for algorithm in DIGESTS)
    return Entry(
        content=Content(url),
        id=placed.tracking.id,
        link=(Link(url, "self"), *hashes),
        published=placed.tracking.initial_release_date,
        summary=Text(placed.summary),
        title=placed.title,
        updated=placed.released,
    )


def _provider(labels: list[str], updated: str, site: SiteConfig, maker: DocumentMaker) -> Provider:
    feeds = tuple(
        RolieFeedLink(f"All documents marked TLP:{label}.", label, site.url(_feed_path(label)))
        for label in labels
    )
    folders = (Distributed(directory_url=site.url(f"csaf/{label.lower()}/")) for label in labels)
    return Provider(
        canonical_url=site.url(PROVIDER_PATH),
        distributions=(Distributed(rolie=RolieFeeds(feeds)), *folders),
        last_updated=updated,
        list_on_CSAF_aggregators=site.csaf.list_on_aggregators,
        mirror_on_CSAF_aggregators=site.csaf.mirror_on_aggregators,
        publisher=maker.publisher,
    )
