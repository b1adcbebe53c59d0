"""CSAF's own shapes: documents, provider metadata and ROLIE feeds as CSAF 2.0 spells them.

Fields are named as the standard names its keys and written in alphabetical order (section 6.2.13);
what is None or empty is left out. They are named tuples for their cost.
"""

from __future__ import annotations

from json.encoder import encode_basestring as quote
from typing import Any, NamedTuple

from threatbrief.build.artifact import defuse_json


class Note(NamedTuple):
    """`notes_t` (section 3.1.4)."""

    category: str
    text: str
    title: str | None = None


class Reference(NamedTuple):
    """`references_t` (section 3.1.10)."""

    category: str
    summary: str
    url: str


class Publisher(NamedTuple):
    """`/document/publisher` (section 3.2.1.8)."""

    category: str
    name: str
    namespace: str
    contact_details: str | None = None


class Label(NamedTuple):
    """`/document/distribution/tlp` (section 3.2.1.5.2)."""

    label: str
    url: str = "https://www.first.org/tlp/"


class Distribution(NamedTuple):
    """`/document/distribution` (section 3.2.1.5)."""

    text: str
    tlp: Label


class Engine(NamedTuple):
    name: str


class Generator(NamedTuple):
    """`/document/tracking/generator`: no date and no version, which would change a document unrevised."""

    engine: Engine


class RevisionEntry(NamedTuple):
    """An entry of `/document/tracking/revision_history` (section 3.2.1.12.6)."""

    date: str
    number: str
    summary: str


class Tracking(NamedTuple):
    """`/document/tracking` (section 3.2.1.12)."""

    current_release_date: str
    id: str
    initial_release_date: str
    revision_history: tuple[RevisionEntry, ...]
    status: str
    version: str
    generator: Generator = Generator(Engine("threatbrief"))


class About(NamedTuple):
    """`/document` (section 3.2.1)."""

    distribution: Distribution
    lang: str
    notes: tuple[Note, ...]
    publisher: Publisher
    references: tuple[Reference, ...]
    title: str
    tracking: Tracking
    category: str = "csaf_security_incident_response"
    csaf_version: str = "2.0"


class Vulnerability(NamedTuple):
    """An entry of `/vulnerabilities` (section 3.2.3)."""

    cve: str
    notes: tuple[Note, ...] = ()


class Document(NamedTuple):
    """A CSAF document of the profile Security Incident Response (section 4.2)."""

    document: About
    vulnerabilities: tuple[Vulnerability, ...] = ()


# The provider's own files (section 7.1)


class RolieFeedLink(NamedTuple):
    """Where the ROLIE feed of a label lies."""

    summary: str
    tlp_label: str
    url: str


class RolieFeeds(NamedTuple):
    feeds: tuple[RolieFeedLink, ...]


class Distributed(NamedTuple):
    """One way to the documents: a feed, or a folder."""

    directory_url: str | None = None
    rolie: RolieFeeds | None = None


class Provider(NamedTuple):
    """provider-metadata.json (section 7.1.7)."""

    canonical_url: str
    distributions: tuple[Distributed, ...]
    last_updated: str
    list_on_CSAF_aggregators: bool  # noqa: N815 - the standard's key
    mirror_on_CSAF_aggregators: bool  # noqa: N815 - the standard's key
    publisher: Publisher
    metadata_version: str = "2.0"
    role: str = "csaf_provider"


class Link(NamedTuple):
    href: str
    rel: str


class Category(NamedTuple):
    scheme: str = "urn:ietf:params:rolie:category:information-type"
    term: str = "csaf"


class Text(NamedTuple):
    content: str


class Content(NamedTuple):
    src: str
    type: str = "application/json"


class Format(NamedTuple):
    schema: str = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"
    version: str = "2.0"


class Entry(NamedTuple):
    """An entry of a ROLIE feed: one document."""

    content: Content
    id: str
    link: tuple[Link, ...]
    published: str
    summary: Text
    title: str
    updated: str
    format: Format = Format()


class Feed(NamedTuple):
    """A ROLIE feed of one label (section 7.1.15, RFC 8322)."""

    entry: tuple[Entry, ...]
    id: str
    link: tuple[Link, ...]
    title: str
    updated: str
    category: tuple[Category, ...] = (Category(),)


class FeedFile(NamedTuple):
    feed: Feed


def encode(wire: Document | Provider | FeedFile) -> str:
    """The shape as JSON on one line, keys sorted, without a raw `<`: its hashes are of what is published."""
    return defuse_json(f"{_write(wire)}\n".encode()).decode()


_orders: dict[type, tuple[tuple[str, int], ...]] = {}


def _order(kind: Any) -> tuple[tuple[str, int], ...]:
    """The keys of a shape as JSON, each with its colon, sorted, and the places of their fields."""
    if kind not in _orders:
        places = sorted((name, place) for place, name in enumerate(kind._fields))
        _orders[kind] = tuple((f"{quote(name)}:", place) for name, place in places)
    return _orders[kind]


def _write(wire: tuple[Any, ...]) -> str:
    parts = []
    for key, place in _order(type(wire)):
        value = wire[place]
        if isinstance(value, str):
            parts.append(key + quote(value))
        elif type(value) is tuple:
            if value:
                parts.append(f"{key}[{','.join(map(_write, value))}]")
        elif isinstance(value, bool):
            parts.append(key + ("true" if value else "false"))
        elif value is not None:
            parts.append(key + _write(value))
    return f"{{{','.join(parts)}}}"
