"""MISP's own shapes: events, objects, attributes, tags and galaxies as the core format spells them.

MISP core format (draft-dulaunoy-misp-core-format) and galaxy format (draft-dulaunoy-misp-galaxy-format).
Numbers are strings there, and instants are seconds since 1970. What is None or empty is left out.
The shapes are named tuples, since an event has hundreds of them: they cost a fifth of a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring as quote
from typing import Any, Final, NamedTuple

KEYS: Final = {
    "attribution_confidence": "attribution-confidence",
    "attributes": "Attribute",
    "clusters": "GalaxyCluster",
    "dest_uuid": "dest-uuid",
    "event": "Event",
    "galaxies": "Galaxy",
    "iso": "ISO",
    "meta_category": "meta-category",
    "objects": "Object",
    "orgc": "Orgc",
    "reports": "EventReport",
    "sha256": "integrity:sha256",
    "sponsor": "suspected-state-sponsor",
    "tags": "Tag",
}
"""Our field → the format's key, where Python would not spell it so."""


class Tag(NamedTuple):
    """A tag; `name` is a machine tag of a MISP taxonomy or of a galaxy."""

    name: str
    colour: str | None = None


class Meta(NamedTuple):
    """What a cluster says of itself beyond its name, in the galaxy format's common keys."""

    external_id: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    country: str | None = None
    attribution_confidence: str | None = None
    sponsor: str | None = None
    motive: str | None = None
    date: str | None = None
    iso: str | None = None


class Cluster(NamedTuple):
    """A cluster as an event carries it. `default` tells MISP that it is one of those that MISP ships."""

    uuid: str
    type: str
    value: str
    tag_name: str
    description: str
    source: str | None = None
    authors: tuple[str, ...] = ()
    version: str | None = None
    default: bool = True
    meta: Meta | None = None


class Galaxy(NamedTuple):
    """A galaxy with the clusters of it that are attached."""

    uuid: str
    name: str
    type: str
    description: str
    namespace: str
    icon: str
    version: str
    clusters: tuple[Cluster, ...] = ()


class Attribute(NamedTuple):
    """One value of an event. `first_seen` and `last_seen` are ISO 8601 with a zone.

    `disable_correlation` is True or None: what is not said correlates.
    """

    uuid: str
    type: str
    category: str
    value: str
    timestamp: str
    to_ids: bool = False
    disable_correlation: bool | None = True
    deleted: bool = False
    comment: str = ""
    object_relation: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    tags: tuple[Tag, ...] = ()
    galaxies: tuple[Galaxy, ...] = ()


class Template(NamedTuple):
    """An object template of MISP, by which a server shows an object."""

    name: str
    meta_category: str
    description: str
    uuid: str
    version: str


class MispObject(NamedTuple):
    """Attributes that belong together, in the shape of a template."""

    uuid: str
    name: str
    meta_category: str
    description: str
    template_uuid: str
    template_version: str
    timestamp: str
    deleted: bool = False
    comment: str = ""
    first_seen: str | None = None
    last_seen: str | None = None
    attributes: tuple[Attribute, ...] = ()


class EventReport(NamedTuple):
    """Text in Markdown beside an event."""

    uuid: str
    name: str
    content: str
    timestamp: str
    deleted: bool = False


class Organisation(NamedTuple):
    """Who made an event."""

    name: str
    uuid: str


class Event(NamedTuple):
    """An event as a feed carries it: without ids, users and distribution of any server."""

    uuid: str
    info: str
    date: str
    timestamp: str
    publish_timestamp: str
    published: bool
    analysis: str
    threat_level_id: str
    orgc: Organisation
    extends_uuid: str = ""
    tags: tuple[Tag, ...] = ()
    galaxies: tuple[Galaxy, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    objects: tuple[MispObject, ...] = ()
    reports: tuple[EventReport, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """Every value of the event, those inside objects too, in the order in which they are written."""
        inside = (attribute.value for found in self.objects for attribute in found.attributes)
        return (*(attribute.value for attribute in self.attributes), *inside)


class EventFile(NamedTuple):
    """`<uuid>.json` of a feed."""

    event: Event


class ManifestEntry(NamedTuple):
    """What a manifest says of one event (core format, section Manifest)."""

    info: str
    orgc: Organisation
    analysis: str
    tags: tuple[Tag, ...]
    timestamp: str
    date: str
    threat_level_id: str
    sha256: str | None = None


class Relation(NamedTuple):
    """A cluster's link to another."""

    dest_uuid: str
    type: str


class ClusterValue(NamedTuple):
    """One entry of a cluster file."""

    uuid: str
    value: str
    description: str
    meta: Meta
    related: tuple[Relation, ...] = ()


class ClusterFile(NamedTuple):
    """`clusters/<type>.json`, in the layout of the repository MISP/misp-galaxy."""

    name: str
    type: str
    uuid: str
    description: str
    source: str
    category: str
    version: int
    authors: tuple[str, ...]
    values: tuple[ClusterValue, ...]


class GalaxyFile(NamedTuple):
    """`galaxies/<type>.json`, in the layout of the repository MISP/misp-galaxy."""

    name: str
    type: str
    uuid: str
    description: str
    namespace: str
    icon: str
    version: int


Shape = Event | EventFile | ClusterFile | GalaxyFile


def encode(wire: Shape | Mapping[str, ManifestEntry]) -> str:
    """The shape, or a manifest of entries by UUID, as JSON on one line.

    Written part by part: a dictionary for each of an event's hundreds of parts, to be encoded after,
    costs twice as much.
    """
    if isinstance(wire, Mapping):
        return "{" + ",".join(f"{quote(key)}:{_write(entry)}" for key, entry in wire.items()) + "}\n"
    return _write(wire) + "\n"


_BOOLEANS: Final = {True: "true", False: "false"}
_heads: dict[type, tuple[str, ...]] = {}


def _head(kind: Any) -> tuple[str, ...]:
    """The keys of a shape as JSON, each with its colon, in the order of the fields; looked up once."""
    if kind not in _heads:
        _heads[kind] = tuple(f"{quote(KEYS.get(name, name))}:" for name in kind._fields)
    return _heads[kind]


def _write(wire: tuple[Any, ...]) -> str:
    parts = []
    for key, value in zip(_head(type(wire)), wire, strict=True):
        if not value and value is not False:
            continue
        kind = type(value)
        if kind is str:
            parts.append(key + quote(value))
        elif kind is tuple:
            parts.append(f"{key}[{','.join(map(_write_part, value))}]")
        elif kind is bool:
            parts.append(key + ("true" if value else "false"))
        elif kind is int:
            parts.append(f"{key}{value}")
        else:
            parts.append(key + _write(value))
    return f"{{{','.join(parts)}}}"


def _write_part(part: Any) -> str:
    kind = type(part)
    if kind is str:
        return quote(part)
    return _WRITERS[kind](part) if kind in _WRITERS else _write(part)


def _write_object(given: MispObject) -> str:
    """As `_write`; what its template says is written once."""
    if not given.attributes:
        return _write(given)
    comment = f'"comment":{quote(given.comment)},' if given.comment else ""
    first = f'"first_seen":"{given.first_seen}",' if given.first_seen else ""
    last = f'"last_seen":"{given.last_seen}",' if given.last_seen else ""
    return (
        f'{{"uuid":"{given.uuid}",{_write_head(MispObject, 1, given[1:6])}"timestamp":"{given.timestamp}",'
        f'"deleted":{_BOOLEANS[given.deleted]},{comment}{first}{last}'
        f'"Attribute":[{",".join(map(_write_attribute, given.attributes))}]}}'
    )


def _write_galaxy(given: Galaxy) -> str:
    """As `_write`; what it says of itself is written once."""
    if not given.clusters:
        return _write(given)
    clusters = ",".join(map(_write_shared, given.clusters))
    return f'{{{_write_head(Galaxy, 0, given[:7])}"GalaxyCluster":[{clusters}]}}'


@lru_cache(maxsize=256)
def _write_head(kind: type, first: int, values: tuple[str, ...]) -> str:
    """Some fields of a shape, from its `first`, each with a comma."""
    keys = _head(kind)[first:]
    return "".join([f"{key}{quote(value)}," for key, value in zip(keys, values, strict=False) if value])


def _write_attribute(given: Attribute) -> str:
    """As `_write`, in half the time: most parts of an event are attributes. Ids, instants, types and
    categories have nothing to escape."""
    parts = [f'{{"uuid":"{given.uuid}","type":"{given.type}","category":"{given.category}"']
    if given.value:
        parts.append(f'"value":{quote(given.value)}')
    parts.append(f'"timestamp":"{given.timestamp}","to_ids":{_BOOLEANS[given.to_ids]}')
    if given.disable_correlation is not None:
        parts.append(f'"disable_correlation":{_BOOLEANS[given.disable_correlation]}')
    parts.append(f'"deleted":{_BOOLEANS[given.deleted]}')
    if given.comment:
        parts.append(f'"comment":{quote(given.comment)}')
    if given.object_relation:
        parts.append(f'"object_relation":"{given.object_relation}"')
    if given.first_seen:
        parts.append(f'"first_seen":"{given.first_seen}"')
    if given.last_seen:
        parts.append(f'"last_seen":"{given.last_seen}"')
    if given.tags:
        parts.append(f'"Tag":[{",".join(map(_write_shared, given.tags))}]')
    if given.galaxies:
        parts.append(f'"Galaxy":[{",".join(map(_write, given.galaxies))}]')
    return ",".join(parts) + "}"


@lru_cache(maxsize=4096)
def _write_shared(part: tuple[Any, ...]) -> str:
    """What many events carry, written once in a process."""
    return _write(part)


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    Attribute: _write_attribute,
    MispObject: _write_object,
    Galaxy: _write_galaxy,
    Tag: _write_shared,
    Cluster: _write_shared,
}
