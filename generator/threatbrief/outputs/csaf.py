"""CSAF 2.0: a document an incident, and the provider's files that lead to them (section 7).

csaf/provider-metadata.json   .well-known/csaf/provider-metadata.json
csaf/white/index.json (ROLIE)   csaf/white/index.txt   csaf/white/changes.csv
csaf/white/2026/tb-2019-7k3q.json (.sha256, .sha512)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, format_instant
from threatbrief.outputs.csaf_documents import DocumentMaker, headline, make_publisher, tracking
from threatbrief.outputs.csaf_wire import (
    Content,
    Distributed,
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

_LISTS: Final = ("index.txt", "changes.csv", "index.json")
"""What leads to the documents of a label; the last is its ROLIE feed."""

_WELL_KNOWN_PATH: Final = ".well-known/csaf/provider-metadata.json"


@dataclass(frozen=True, slots=True)
class TextView:
    """A file as its text; the hash files beside a document are made of the document's."""

    text: str


@dataclass(frozen=True, slots=True)
class FolderView:
    """The files that list the documents of one label: their texts by file name."""

    texts: tuple[tuple[str, str], ...]


_Listed = tuple[tuple[Incident, CsafPlace], ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """What lists and feeds say of a document; `below` is its address from the folder of its label."""

    path: str
    below: str
    tracking: Tracking
    title: str
    summary: str

    @classmethod
    def of(cls, incident: Incident, place: CsafPlace) -> _Placed:
        return cls(place.path, place.path.split("/", 2)[2], tracking(incident), *headline(incident))

    @property
    def released(self) -> str:
        return self.tracking.current_release_date


class CsafOutput:
    """Every CSAF document and the files of the provider; nothing where no incident has a document."""

    name = "csaf"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        maker = DocumentMaker(kb, site)
        by_label: dict[str, list[tuple[Incident, CsafPlace]]] = {}
        for incident, place in csaf_places(kb, site):
            by_label.setdefault(place.label, []).append((incident, place))
            document = Later(partial(_document_view, maker), incident, place)
            for path in (place.path, *(f"{place.path}.{algorithm}" for algorithm in DIGESTS)):
                yield self._artifact(path, document, incident.id)
        labels = tuple(label for label in CSAF_LABELS.values() if label in by_label)
        for label in labels:
            folder = Later(_folder_view, tuple(by_label[label]), label, site)
            for name in _LISTS:
                yield self._artifact(f"{_folder(label)}/{name}", folder, f"TLP:{label}")
        if labels:
            incidents = tuple(incident for found in by_label.values() for incident, _ in found)
            provider = Later(_provider_view, incidents, labels, site)
            for path in (PROVIDER_PATH, _WELL_KNOWN_PATH):
                yield self._artifact(path, provider, "all incidents")

    def _artifact(self, path: str, later: Later, owner: str) -> Artifact:
        return Artifact(PurePosixPath(path), later, owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: TextView | FolderView = artifact.view
        if isinstance(view, FolderView):
            return dict(view.texts)[artifact.path.name].encode()
        algorithm = artifact.path.suffix[1:]
        if algorithm in DIGESTS:
            digest = hashlib.new(algorithm, view.text.encode()).hexdigest()
            return f"{digest}  {artifact.path.stem}\n".encode()
        return view.text.encode()


def _document_view(maker: DocumentMaker, incident: Incident, place: CsafPlace) -> TextView:
    return TextView(encode(maker.document(incident, place)))


def _folder_view(documents: _Listed, label: str, site: SiteConfig) -> FolderView:
    """The newest document first in feed and changes."""
    by_path = sorted((_Placed.of(*found) for found in documents), key=lambda p: p.path)
    newest_first = sorted(by_path, key=lambda p: p.released, reverse=True)
    texts = (
        "".join(f"{line}\n" for line in sorted(p.below for p in by_path)),
        "".join(f'"{p.below}","{p.released}"\n' for p in newest_first),
        encode(_feed(newest_first, label, site)),
    )
    return FolderView(tuple(zip(_LISTS, texts, strict=True)))


def _provider_view(incidents: Iterable[Incident], labels: Iterable[str], site: SiteConfig) -> TextView:
    updated = max(format_instant(incident.updated) for incident in incidents if incident.updated)
    return TextView(encode(_provider(tuple(labels), updated, site)))


def _folder(label: str) -> str:
    return f"csaf/{label.lower()}"


def _feed_path(label: str) -> str:
    return f"{_folder(label)}/index.json"


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


def _provider(labels: tuple[str, ...], updated: str, site: SiteConfig) -> Provider:
    feeds = tuple(
        RolieFeedLink(f"All documents marked TLP:{label}.", label, site.url(_feed_path(label)))
        for label in labels
    )
    folders = (Distributed(directory_url=site.url(f"{_folder(label)}/")) for label in labels)
    return Provider(
        canonical_url=site.url(PROVIDER_PATH),
        distributions=(Distributed(rolie=RolieFeeds(feeds)), *folders),
        last_updated=updated,
        list_on_CSAF_aggregators=site.csaf.list_on_aggregators,
        mirror_on_CSAF_aggregators=site.csaf.mirror_on_aggregators,
        publisher=make_publisher(site),
    )
