"""The picture of an incident, an actor or the site that social networks show beside a link to its page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident
from threatbrief.views.brief import BriefSite, brief_site
from threatbrief.views.briefs import defanger
from threatbrief.views.common import highest_marking, marking_of, plural
from threatbrief.views.names import ledger
from threatbrief.views.strip import NO_STATE, claimed_country


@dataclass(frozen=True, slots=True)
class CardView:
    """A card: what it is, its title, a sentence, and at its foot what is known in a word each.

    `mark` stands out among the latter: that the attribution is contested.
    """

    site: BriefSite
    kicker: str
    title: str
    summary: str
    mark: str
    facts: tuple[str, ...]
    tlp: str


def site_card(kb: KnowledgeBase, site: SiteConfig) -> CardView:
    """The card of pages that have none of their own."""
    counts = ((kb.incidents, "incident", ""), (kb.actors, "actor", ""), (kb.software, "software", "software"))
    return CardView(
        site=replace(brief_site(site), name=""),
        kicker=re.sub("^https?://|/$", "", site.site_url),
        title=site.site_name,
        summary=site.description or "",
        mark="",
        facts=tuple(plural(len(found), *(w for w in words if w)) for found, *words in counts if found),
        tlp=highest_marking(kb, kb.records).label,
    )


def incident_card(kb: KnowledgeBase, incident: Incident, site: SiteConfig) -> CardView:
    """The card of an incident."""
    safe = defanger(incident)
    actors = ", ".join(actor.name for actor in kb.actors_of(incident))
    kind = incident.kind.value.replace("-", " ").capitalize()
    return CardView(
        site=brief_site(site),
        kicker=f"{kind} · disclosed {incident.disclosed.text}",
        title=safe(incident.title),
        summary=safe(incident.summary),
        mark="attribution contested" if kb.is_contested(incident) else "",
        facts=tuple(fact for fact in (incident.id, actors, plural(len(incident.sources), "source")) if fact),
        tlp=marking_of(incident).label,
    )


def actor_card(kb: KnowledgeBase, actor: Actor, site: SiteConfig) -> CardView:
    """The card of an actor."""
    involved = [row.incident for row in kb.involvements(actor)]
    country = claimed_country(actor)
    named = plural(len(ledger(kb, actor)), "name")
    briefs = plural(len(kb.incidents_of(actor)), "brief")
    return CardView(
        site=brief_site(site),
        kicker=f"Actor · ATT&CK {actor.attack_id}" if actor.attack_id else "Actor",
        title=actor.name,
        summary=actor.summary,
        mark="",
        facts=tuple(fact for fact in (country if country != NO_STATE else "", named, briefs) if fact),
        tlp=highest_marking(kb, (actor, *involved)).label,
    )
