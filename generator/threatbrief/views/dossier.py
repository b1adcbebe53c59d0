"""A dossier: everything on record about one actor, as one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from threatbrief import __version__
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident
from threatbrief.model.vocab import Status
from threatbrief.reference import load_reference
from threatbrief.views.activity import Activity, activity
from threatbrief.views.actor import ActorFact, SoftwareUse, actor_facts, is_named, software_uses
from threatbrief.views.body import BodyView, body_view
from threatbrief.views.brief import BriefSite, brief_site
from threatbrief.views.common import DateView, SourceView, date_view, highest_marking, source_views
from threatbrief.views.digest import Number, ShortBrief, short_brief
from threatbrief.views.matrix import HeatColumn, HeatShade, technique_counts, technique_heat
from threatbrief.views.names import LedgerName, ledger
from threatbrief.views.shapes import PRINT
from threatbrief.views.tallies import Bars, country_bars, sector_bars
from threatbrief.views.worldmap import MapDrawing, victims_map


@dataclass(frozen=True, slots=True)
class HeatTable:
    """The techniques of one ATT&CK domain, tactic by tactic, and what the shades of counts mean."""

    domain: str
    columns: tuple[HeatColumn, ...]
    shades: tuple[HeatShade, ...]


@dataclass(frozen=True, slots=True)
class ActorRevision:
    version: int
    date: DateView | None
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class DossierView:
    """One dossier, whole; its body is parsed when it is rendered.

    `url` is the actor's page. `incidents` count as the actor's own; those in `elsewhere` are claimed to be
    its work, those in `disputed` under a name that we carry as disputed, while we assess another.
    `withdrawn` is the reason for which the record was withdrawn: then the PDF is a notice.
    """

    site: BriefSite
    id: str
    name: str
    attack_id: str
    attack_href: str
    summary: str
    url: str
    paper: str
    generator: str
    timestamp: int
    tlp: str
    version: int
    updated: DateView | None
    keywords: tuple[str, ...]
    facts: tuple[ActorFact, ...]
    numbers: tuple[Number, ...]
    names: tuple[LedgerName, ...]
    body: BodyView
    activity: Activity | None
    map: MapDrawing | None
    countries: Bars | None
    sectors: Bars | None
    techniques: tuple[HeatTable, ...]
    attack_version: str
    software: tuple[SoftwareUse, ...]
    incidents: tuple[ShortBrief, ...]
    elsewhere: tuple[ShortBrief, ...]
    disputed: tuple[ShortBrief, ...]
    sources: tuple[SourceView, ...]
    revisions: tuple[ActorRevision, ...]


def dossier_view(kb: KnowledgeBase, everything: KnowledgeBase, actor: Actor, site: SiteConfig) -> DossierView:
    """The dossier of an actor; `everything` holds withdrawn records too, which the text may link."""
    own = kb.incidents_of(actor)
    rows = tuple(row for row in kb.involvements(actor) if row.incident not in own)
    others = tuple(row.incident for row in rows)
    names = ledger(kb, actor)
    counts = technique_counts(own)
    facts = tuple(f for f in actor_facts(kb, actor, own) if f.label != "Briefs")
    software = tuple(software_uses(kb, actor, own))
    return DossierView(
        site=brief_site(site),
        id=actor.id,
        name=actor.name,
        attack_id=actor.attack_id or "",
        attack_href=f"https://attack.mitre.org/groups/{actor.attack_id}/" if actor.attack_id else "",
        summary=actor.summary,
        url=site.url(f"actors/{actor.slug}/"),
        paper=site.paper,
        generator=f"threatbrief {__version__}",
        timestamp=_timestamp(actor, (*own, *others)),
        tlp=highest_marking(kb, (actor, *own, *others)).label,
        version=actor.version,
        updated=date_view(actor.updated),
        keywords=tuple(
            dict.fromkeys((actor.id, actor.name, *((actor.attack_id,) if actor.attack_id else ())))
        ),
        facts=facts,
        numbers=tuple(_numbers(own, counts, len(names), len(software))),
        names=names,
        body=body_view(everything, actor),
        activity=activity(kb, own, actor.name, PRINT),
        map=victims_map(own, "victims-map", f"Victims of {actor.name} by country"),
        countries=country_bars(kb, own),
        sectors=sector_bars(kb, own),
        techniques=tuple(
            HeatTable(matrix.domain, matrix.columns, matrix.shades) for matrix in technique_heat(counts)
        ),
        attack_version=load_reference().attack_versions.get("enterprise", ""),
        software=software,
        incidents=tuple(short_brief(kb, incident) for incident in own),
        elsewhere=tuple(short_brief(kb, row.incident) for row in rows if is_named(kb, actor, row)),
        disputed=tuple(short_brief(kb, row.incident) for row in rows if not is_named(kb, actor, row)),
        sources=source_views(actor.sources),
        revisions=tuple(_revisions(actor)),
    )


def has_dossier(actor: Actor) -> bool:
    """Whether an actor has a dossier: a withdrawn one has none."""
    return actor.status is not Status.WITHDRAWN


def _timestamp(actor: Actor, incidents: Sequence[Incident]) -> int:
    """When the newest version of the actor or of its incidents was published, in seconds since 1970."""
    instants = [record.updated for record in (actor, *incidents) if record.updated]
    return max((int(instant.timestamp()) for instant in instants), default=0)


def _numbers(
    own: Sequence[Incident], techniques: Mapping[str, int], names: int, software: int
) -> Iterator[Number]:
    countries = {code for i in own for code in i.targets.countries}
    for count, one, many in (
        (len(own), "brief", "briefs"),
        (names, "name on record", "names on record"),
        (len(countries), "country hit", "countries hit"),
        (len(techniques), "ATT&CK technique", "ATT&CK techniques"),
        (software, "malware or tool", "malware and tools"),
    ):
        if count:
            yield Number(count, one if count == 1 else many)


def _revisions(actor: Actor) -> Iterator[ActorRevision]:
    yield ActorRevision(1, date_view(actor.published), "publication", "First published.")
    for number, revision in enumerate(actor.revisions, 2):
        yield ActorRevision(number, date_view(revision.at), revision.kind.value, revision.note)
