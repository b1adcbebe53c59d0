"""ATT&CK Navigator layers (layer format 4.5), one a domain: of each incident, each actor and the site."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from json.encoder import encode_basestring as quote
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, TechniqueUse, Tlp, highest
from threatbrief.model.vocab import Basis, Status
from threatbrief.reference import Domain, Reference, load_reference
from threatbrief.render.engine import Engine
from threatbrief.views.briefs import defanger
from threatbrief.views.common import highest_marking, marking_of, plural

_LAYER_FORMAT: Final = "4.5"
_NAVIGATOR: Final = "5.1.0"
_SCORES: Final = {Basis.REPORTED: 100, Basis.MAPPED: 50}
_WORDS: Final = {Basis.REPORTED: "Reported", Basis.MAPPED: "Mapped by us"}
_SPOKEN: Final = {basis: words.lower() for basis, words in _WORDS.items()}
_LIGHT, _DARK = "#fde9d9", "#c2410c"
_DEFAULT: Final[tuple[Domain, ...]] = ("enterprise",)
"""Where a withdrawn incident has a layer: its techniques, which would tell, are gone."""

_LISTED: Final = 20
"""Incidents that one technique's comment and links name; the technique's page has them all."""


_Named = tuple[str, tuple[str, str]]
"""An incident as a layer of several names it, and as it links to it."""


@dataclass(frozen=True, slots=True)
class TechniqueMark:
    """One annotated technique; `links` are label and absolute URL."""

    id: str
    score: int
    comment: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LayerView:
    """A layer. `attack` is the release of the domain's matrix, empty where the table does not tell."""

    name: str
    domain: str
    attack: str
    description: str
    top: int
    marks: tuple[TechniqueMark, ...]
    links: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An incident as layers tell of it: title and summary without live addresses, the techniques seen."""

    incident: Incident
    title: str
    summary: str
    page: str
    safe: Callable[[str], str]
    uses: tuple[TechniqueUse, ...]

    @classmethod
    def of(cls, incident: Incident, site: SiteConfig) -> Told:
        safe = defanger(incident)
        return cls(
            incident,
            safe(incident.title),
            safe(incident.summary),
            _page(incident, site),
            safe,
            tuple(use for use in incident.techniques if use.basis is not Basis.GROUP_PROFILE),
        )


class NavigatorOutput:
    """`navigator-<domain>.json` where the domain has techniques. None in a RED build.

    A group's profile is no part of any layer. A revoked technique is shown as its successor, since the
    matrix has no cell for it; the comment keeps the id that the record has. A withdrawn incident keeps
    its addresses, with empty layers.
    """

    name = "navigator"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.tlp is Tlp.RED:
            return
        shown = kb.listed
        domains = {incident.id: _domains(incident) for incident in kb.incidents}
        for incident in kb.incidents:
            found = domains[incident.id]
            if incident.status is Status.WITHDRAWN:
                found = found or _DEFAULT
            for domain in found:
                later = Later(incident_layer, incident, domain, site)
                yield self._artifact(f"incidents/{incident.slug}", domain, incident.id, later)
        for actor in shown.actors:
            own = (domains[incident.id] for incident in shown.incidents_of(actor))
            for domain in _joined(own):
                later = Later(_actor_layer, kb, site, actor, domain)
                yield self._artifact(f"actors/{actor.slug}", domain, actor.id, later)
        for domain in _joined(domains[incident.id] for incident in shown.incidents):
            later = Later(_site_layer, kb, site, domain)
            yield self._artifact("data", domain, "all records", later)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        return encode_layer(artifact.view)

    def _artifact(self, folder: str, domain: Domain, owner: str, later: Later) -> Artifact:
        path = PurePosixPath(f"{folder}/navigator-{domain}.json")
        return Artifact(path, later, owner=owner, output=self.name)


def _domains(incident: Incident) -> tuple[Domain, ...]:
    """The domains that an incident has a layer of."""
    reference = load_reference()
    return _joined((domain for domain, _ in reference.cells(seen)) for seen in techniques_seen(incident))


def _joined(domains: Iterable[Iterable[Domain]]) -> tuple[Domain, ...]:
    return tuple(sorted(set(chain.from_iterable(domains))))


def _actor_layer(kb: KnowledgeBase, site: SiteConfig, actor: Actor, domain: Domain) -> LayerView:
    own = kb.listed.incidents_of(actor)
    marking = highest(marking_of(actor), *map(marking_of, own))
    return joined_layer(actor.name, site.url(f"actors/{actor.slug}/"), own, marking, domain, site)


def _site_layer(kb: KnowledgeBase, site: SiteConfig, domain: Domain) -> LayerView:
    shown = kb.listed
    marking = highest_marking(shown, shown.incidents)
    return joined_layer(site.site_name, site.site_url, shown.incidents, marking, domain, site)


def incident_layer(incident: Incident, domain: Domain, site: SiteConfig) -> LayerView:
    """The layer of one incident: what was reported scores 100, what we mapped 50."""
    told = Told.of(incident, site)
    if incident.status is Status.WITHDRAWN:
        return _notice(told, domain, site)
    reference = load_reference()
    found: dict[str, TechniqueMark] = {}
    for use in told.uses:
        for at, technique_id in reference.cells(use.id):
            if at == domain:
                mark = _incident_mark(told, use, technique_id)
                before = found.get(technique_id)
                found[technique_id] = _merge(before, mark) if before else mark
    marking = marking_of(incident).label
    return LayerView(
        name=told.title,
        domain=f"{domain}-attack",
        attack=_release(reference, domain),
        description=told.summary,
        top=100,
        marks=tuple(found[key] for key in sorted(found)),
        links=((f"Brief {incident.id}", told.page),),
        facts=(("TLP", marking), ("Brief", incident.id), ("Publisher", site.publisher.name)),
        legend=((_DARK, "Reported of this incident"), (_middle(), "Mapped by us from what was reported")),
    )


def _notice(told: Told, domain: Domain, site: SiteConfig) -> LayerView:
    """The empty layer that answers at the address of a withdrawn one."""
    brief = told.incident.id
    return LayerView(
        name=f"{brief} (withdrawn)",
        domain=f"{domain}-attack",
        attack=_release(load_reference(), domain),
        description=told.incident.reason or "",
        top=100,
        marks=(),
        links=((f"Brief {brief}", told.page),),
        facts=(("Brief", brief), ("Publisher", site.publisher.name)),
        legend=(),
    )


def joined_layer(
    name: str, page: str, incidents: Iterable[Incident], marking: Tlp, domain: Domain, site: SiteConfig
) -> LayerView:
    """The layer of several incidents: a technique scores the number of incidents it was seen in."""
    reference = load_reference()
    seen: dict[str, dict[str, tuple[Incident, TechniqueUse]]] = defaultdict(dict)
    for incident in incidents:
        for use in incident.techniques:
            if use.basis is Basis.GROUP_PROFILE:
                continue
            for at, technique_id in reference.cells(use.id):
                if at == domain:
                    seen[technique_id].setdefault(incident.id, (incident, use))
    named: dict[str, _Named] = {}
    return LayerView(
        name=name,
        domain=f"{domain}-attack",
        attack=_release(reference, domain),
        description=f"Techniques by the number of incidents that {name} has them in.",
        top=max(len(cell) for cell in seen.values()),
        marks=tuple(_joined_mark(key, tuple(seen[key].values()), site, named) for key in sorted(seen)),
        links=((name, page),),
        facts=(("TLP", marking.label), ("Publisher", site.publisher.name)),
        legend=(),
    )


def encode_layer(layer: LayerView) -> bytes:
    """The layer as JSON, keys in the order of the format's description."""
    versions = {"attack": layer.attack, "navigator": _NAVIGATOR, "layer": _LAYER_FORMAT}
    head = {
        "name": layer.name,
        "versions": {key: value for key, value in versions.items() if value},
        "domain": layer.domain,
        "description": layer.description,
        "sorting": 3,
        "layout": {"layout": "side", "showID": True, "showName": True, "expandedSubtechniques": "annotated"},
        "hideDisabled": False,
    }
    rest = {
        "gradient": {"colors": [_LIGHT, _DARK], "minValue": 0, "maxValue": layer.top},
        "legendItems": [{"color": color, "label": label} for color, label in layer.legend],
        "metadata": [{"name": name, "value": value} for name, value in layer.facts],
        "links": [{"label": label, "url": url} for label, url in layer.links],
    }
    marks = ",".join(map(_write_mark, layer.marks))
    return f'{_write(head)[:-1]},"techniques":[{marks}],{_write(rest)[1:]}\n'.encode()


def _write_mark(mark: TechniqueMark) -> str:
    """By hand: layers have thousands of marks and links, and a dictionary of each costs as much again."""
    links = ",".join([f'{{"label":{quote(label)},"url":{quote(url)}}}' for label, url in mark.links])
    return (
        f'{{"techniqueID":{quote(mark.id)},"score":{mark.score},"comment":{quote(mark.comment)},'
        f'"enabled":true,"links":[{links}]}}'
    )


def _release(reference: Reference, domain: Domain) -> str:
    """The major number of the ATT&CK release, which is all that the Navigator asks for."""
    version = reference.attack_versions.get(domain, "").partition(".")[0]
    return version if version.isdigit() else ""


def _incident_mark(told: Told, use: TechniqueUse, technique_id: str) -> TechniqueMark:
    incident = told.incident
    said = f"{_WORDS[use.basis]}" + (f" as {use.id}" if technique_id != use.id else "")
    text = f"{said}: {use.note}" if use.note else f"{said}."
    sources = [source for name in use.sources if (source := incident.source(name))]
    if sources:
        text += " Sources: " + "; ".join(f"{source.publisher}, {source.title}" for source in sources) + "."
    links = tuple((source.publisher, source.url) for source in sources if source.url)
    comment = told.safe(text)
    return TechniqueMark(
        technique_id, _SCORES[use.basis], comment, (*links, (f"Brief {incident.id}", told.page))
    )


def _merge(one: TechniqueMark, other: TechniqueMark) -> TechniqueMark:
    """One cell for what two ids of a record have become."""
    links = tuple(dict.fromkeys((*one.links, *other.links)))
    return TechniqueMark(one.id, max(one.score, other.score), f"{one.comment} {other.comment}", links)


def _joined_mark(
    technique_id: str,
    uses: tuple[tuple[Incident, TechniqueUse], ...],
    site: SiteConfig,
    known: dict[str, _Named],
) -> TechniqueMark:
    """`known` are the incidents that other techniques of the layer have named already."""
    lines: list[str] = []
    links: list[tuple[str, str]] = []
    for incident, use in uses[:_LISTED]:
        if (named := known.get(incident.id)) is None:
            title = defanger(incident)(incident.title)
            named = known[incident.id] = (f"{incident.id} {title}", (incident.id, _page(incident, site)))
        lines.append(f"{named[0]} ({_SPOKEN[use.basis]})")
        links.append(named[1])
    if (more := len(uses) - _LISTED) > 0:
        lines.append(f"and {plural(more, 'more incident')}")
        links.append(("All incidents with it", site.url(f"techniques/{technique_id.lower()}/")))
    return TechniqueMark(technique_id, len(uses), "; ".join(lines), tuple(links))


def _page(incident: Incident, site: SiteConfig) -> str:
    return site.url(f"incidents/{incident.slug}/")


def _middle() -> str:
    """The colour half-way along the gradient, of a score of 50."""
    pairs = ((int(_LIGHT[i : i + 2], 16), int(_DARK[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{(light + dark) // 2:02x}" for light, dark in pairs)


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
