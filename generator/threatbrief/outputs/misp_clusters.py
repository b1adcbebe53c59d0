"""Which MISP clusters stand for our actors, techniques, software, sectors and countries.

MISP's own clusters are named by their published UUIDs; our actors are clusters of a galaxy of the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, Software
from threatbrief.model.ids import derive_uuid
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import NameRelation, Status
from threatbrief.outputs.misp_wire import (
    Cluster,
    ClusterFile,
    ClusterValue,
    Galaxy,
    GalaxyFile,
    Meta,
    Relation,
    Tag,
)
from threatbrief.reference import MispActor, Reference, load_reference

_EQUAL: Final = frozenset({NameRelation.SAME_AS, NameRelation.FORMERLY})


class ClusterFinder:
    """The clusters of a site's records; those of the reference tables are made once, however many events
    carry them."""

    def __init__(self, kb: KnowledgeBase, site: SiteConfig) -> None:
        self._kb = kb
        self._site = site
        self._reference: Reference = load_reference()
        self._made: dict[tuple[str, str], Cluster | None] = {}
        self.actor_type = f"{site.authority.partition(',')[0].replace('.', '-')}-actor"
        self.actor_galaxy = actor_galaxy(site, self.actor_type)

    # Galaxies of an event

    def galaxies(self, clusters: Iterable[Cluster]) -> tuple[Galaxy, ...]:
        """The galaxies that hold the clusters, each with its own, in the order in which they come."""
        by_type: dict[str, dict[str, Cluster]] = {}
        for cluster in clusters:
            by_type.setdefault(cluster.type, {})[cluster.uuid] = cluster
        return tuple(self._galaxy(kind, tuple(found.values())) for kind, found in by_type.items())

    def _galaxy(self, kind: str, clusters: tuple[Cluster, ...]) -> Galaxy:
        if kind == self.actor_type:
            own = self.actor_galaxy
            return Galaxy(
                own.uuid, own.name, kind, own.description, own.namespace, own.icon, str(own.version), clusters
            )
        known = self._reference.galaxy(kind)
        if known is None:
            raise LookupError(f"the reference tables have no galaxy {kind}")
        return Galaxy(
            known.uuid,
            known.name,
            kind,
            known.description,
            known.namespace,
            known.icon,
            str(known.version),
            clusters,
        )

    # Clusters of records

    def of_incident(self, incident: Incident) -> Iterator[Cluster]:
        """Its actors, techniques (never group-profile), software, mitigations, sectors and countries."""
        for actor in self._kb.actors_of(incident):
            yield from self.of_actor(actor)
        yield from self._known(self.of_technique(technique) for technique in techniques_seen(incident))
        software = (self._kb.software_by_id.get(software_id) for software_id in incident.software)
        yield from self._known(self.of_software(found) for found in software if found)
        mitigations = (r.mitigation for r in incident.recommendations if r.mitigation)
        yield from self._known(self._of_mitigation(mitigation) for mitigation in mitigations)
        yield from self._known(self._of_sector(slug) for slug in incident.targets.sectors)
        yield from self._known(self._of_country(code) for code in incident.targets.countries)

    def of_actor(self, actor: Actor) -> tuple[Cluster, ...]:
        """Our own cluster, ATT&CK's by its id, and MISP's threat actor where the main names are equal."""
        return self._kb.remember(("MISP clusters of", actor.id), self._make_of_actor, actor)

    def _make_of_actor(self, actor: Actor) -> tuple[Cluster, ...]:
        return (self._own(actor), *self._known((self._of_group(actor), self._of_misp_actor(actor))))

    def of_technique(self, technique_id: str) -> Cluster | None:
        """ATT&CK's technique, or that of the old ICS galaxy; None for an id that neither has."""
        key = ("technique", technique_id)
        if key not in self._made:
            known = self._reference.technique(technique_id)
            name = known.name.rpartition(": ")[2] if known and "." in technique_id else known and known.name
            if known and known.uuid:
                self._made[key] = _attack("mitre-attack-pattern", technique_id, f"{name}", known.uuid)
            else:
                self._made[key] = self._listed("mitre-ics-techniques", technique_id, Meta((technique_id,)))
        return self._made[key]

    def of_software(self, software: Software) -> Cluster | None:
        """ATT&CK's software, by the id that the record gives."""
        known = self._reference.software(software.attack_id) if software.attack_id else None
        if not known or not known.uuid:
            return None
        return self._once(f"mitre-{known.type}", known.id, known.name, known.uuid)

    def _of_group(self, actor: Actor) -> Cluster | None:
        known = self._reference.group(actor.attack_id) if actor.attack_id else None
        return (
            _attack("mitre-intrusion-set", known.id, known.name, known.uuid) if known and known.uuid else None
        )

    def _of_misp_actor(self, actor: Actor) -> Cluster | None:
        """MISP's entry of that main name; a synonym is not enough, since lists of synonyms disagree."""
        folded = fold_name(actor.name)
        found = [
            known
            for known in self._reference.actor_names.get(folded, ())
            if isinstance(known, MispActor) and known.uuid and fold_name(known.name) == folded
        ]
        if len(found) != 1 or not found[0].uuid:
            return None
        return _shipped("threat-actor", found[0].name, found[0].uuid)

    def _of_mitigation(self, mitigation_id: str) -> Cluster | None:
        known = self._reference.mitigation(mitigation_id)
        if not known or not known.uuid:
            return None
        return self._once("mitre-course-of-action", known.id, known.name, known.uuid)

    def _of_sector(self, slug: str) -> Cluster | None:
        known = self._reference.sector(slug)
        return self._listed("sector", known.misp, None) if known and known.misp else None

    def _of_country(self, code: str) -> Cluster | None:
        return self._listed("country", code, Meta(iso=code))

    def _own(self, actor: Actor) -> Cluster:
        uuid = cluster_uuid(self._site, actor)
        return Cluster(
            uuid=uuid,
            type=self.actor_type,
            value=actor.name,
            tag_name=f'misp-galaxy:{self.actor_type}="{uuid}"',
            description=actor.summary,
            source=self._site.url(f"actors/{actor.slug}/"),
            authors=(self._site.publisher.name,),
            version=str(_stamp(actor)),
            default=False,
            meta=Meta(external_id=(actor.attack_id,) if actor.attack_id else (), synonyms=_synonyms(actor)),
        )

    def _listed(self, galaxy: str, key: str, meta: Meta | None) -> Cluster | None:
        made = (galaxy, key)
        if made not in self._made:
            known = self._reference.cluster(galaxy, key)
            self._made[made] = _shipped(galaxy, known.value, known.uuid, meta) if known else None
        return self._made[made]

    def _once(self, galaxy: str, attack_id: str, name: str, uuid: str) -> Cluster | None:
        made = (galaxy, attack_id)
        if made not in self._made:
            self._made[made] = _attack(galaxy, attack_id, name, uuid)
        return self._made[made]

    @staticmethod
    def _known(clusters: Iterable[Cluster | None]) -> Iterator[Cluster]:
        return (cluster for cluster in clusters if cluster)


def tags_of(clusters: Iterable[Cluster]) -> Iterator[Tag]:
    """The tags by which a MISP server attaches clusters."""
    return (_tag(cluster.tag_name) for cluster in clusters)


@lru_cache(maxsize=4096)
def _tag(name: str) -> Tag:
    return Tag(name)


def _attack(galaxy: str, attack_id: str, name: str, uuid: str) -> Cluster:
    return _shipped(galaxy, f"{name} - {attack_id}", uuid, Meta((attack_id,)))


def _shipped(galaxy: str, value: str, uuid: str, meta: Meta | None = None) -> Cluster:
    return Cluster(uuid, galaxy, value, f'misp-galaxy:{galaxy}="{value}"', value, meta=meta)


# The site's own galaxy


def actor_galaxy(site: SiteConfig, kind: str) -> GalaxyFile:
    """The galaxy of the site's actors; its type comes from the authority, so that no other site has it."""
    name = f"Actors of {site.publisher.name}"
    description = f"Groups as {site.publisher.name} tracks them, with the names that others give them."
    return GalaxyFile(
        name,
        kind,
        derive_uuid(site.authority, "actors", "misp/galaxy"),
        description,
        "misp",
        "user-secret",
        1,
    )


def cluster_uuid(site: SiteConfig, actor: Actor) -> str:
    """The UUID of an actor's cluster, for ever."""
    return derive_uuid(site.authority, actor.id, "misp/cluster")


def cluster_file(kb: KnowledgeBase, site: SiteConfig, finder: ClusterFinder) -> ClusterFile:
    """The site's actors as clusters (galaxy format), without those withdrawn, by name.

    The version is the newest change of any actor, in seconds since 1970: MISP takes a cluster file
    that is newer than the one it has.
    """
    actors = [actor for actor in kb.actors if actor.status is not Status.WITHDRAWN]
    label = f" {site.tlp.label}." if site.tlp.rank else ""
    return ClusterFile(
        name=finder.actor_galaxy.name,
        type=finder.actor_type,
        uuid=derive_uuid(site.authority, "actors", "misp/clusters"),
        description=f"{finder.actor_galaxy.description}{label}",
        source=site.site_url,
        category="actor",
        version=max((_stamp(actor) for actor in kb.actors), default=1),
        authors=(site.publisher.name,),
        values=tuple(_cluster_value(kb, site, finder, actor) for actor in actors),
    )


def _cluster_value(kb: KnowledgeBase, site: SiteConfig, finder: ClusterFinder, actor: Actor) -> ClusterValue:
    shipped = [cluster for cluster in finder.of_actor(actor) if cluster.default]
    parent = kb.actor_by_id.get(actor.parent) if actor.parent else None
    related = [Relation(cluster.uuid, "similar") for cluster in shipped]
    if parent and parent.status is not Status.WITHDRAWN:
        related.append(Relation(cluster_uuid(site, parent), "part-of"))
    countries = dict.fromkeys(claim.country for claim in actor.suspected_country)
    sponsors = dict.fromkeys(claim.name for claim in actor.sponsor)
    sources = (source.url for source in actor.sources if source.url)
    motives = (load_reference().motivation(slug) for slug in actor.motivations)
    meta = Meta(
        external_id=(actor.attack_id,) if actor.attack_id else (),
        synonyms=_synonyms(actor),
        refs=tuple(dict.fromkeys((site.url(f"actors/{actor.slug}/"), *sources))),
        country=next(iter(countries)) if len(countries) == 1 else None,
        attribution_confidence=_attribution_confidence(actor) if len(countries) == 1 else None,
        sponsor=next(iter(sponsors)) if len(sponsors) == 1 else None,
        motive=", ".join(known.name for known in motives if known) or None,
        date=actor.active.text if actor.active else None,
    )
    return ClusterValue(cluster_uuid(site, actor), actor.name, actor.summary, meta, tuple(related))


def _synonyms(actor: Actor) -> tuple[str, ...]:
    """The names that we hold to be this actor's; disputed, overlapping and subgroup names are left out."""
    names = dict.fromkeys(claim.name for claim in actor.names if claim.relation in _EQUAL)
    return tuple(name for name in names if name != actor.name)


_CONFIDENCE_OF_CREDIBILITY: Final = {1: "90", 2: "75", 3: "60", 4: "40", 5: "20", 6: "50"}
"""Admiralty digit → MISP's attribution-confidence (galaxy format): 50 says nothing, 100 is certain."""


def _attribution_confidence(actor: Actor) -> str:
    """By the most credible claim of the country."""
    best = min((claim.credibility or 6 for claim in actor.suspected_country), default=6)
    return _CONFIDENCE_OF_CREDIBILITY[best]


def _stamp(actor: Actor) -> int:
    return max(1, int(actor.updated.timestamp())) if actor.updated else 1
