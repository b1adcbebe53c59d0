"""What the PDF brief of one incident prints: the incident's view, and what only the PDF needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from threatbrief import __version__
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.model.vocab import Status
from threatbrief.views.common import Fact, Link
from threatbrief.views.incident import AssessmentView, ClaimView, IncidentView, incident_view

_ADVERBS = {"likely": "likely", "very likely": "very likely", "almost certain": "almost certainly"}
_CHANCES = {
    "almost no chance": "sees almost no chance that",
    "roughly even chance": "sees a roughly even chance that",
}


@dataclass(frozen=True, slots=True)
class BriefSite:
    """What a brief prints of the site that publishes it; `url` ends with a slash."""

    name: str
    url: str
    publisher: str
    publisher_url: str
    email: str
    address: str
    disclaimer: str
    language: str
    licence: Link
    logo: str = ""
    accent: str = "#97261f"


@dataclass(frozen=True, slots=True)
class ClaimGroup:
    """The claims that use one name for the actor, in the order of the record; `attack_ids` are left out
    where the name may mean several groups."""

    named: str
    attack_ids: tuple[str, ...]
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True, slots=True)
class BriefView:
    """One brief, whole; its body is parsed when it is rendered.

    `url` is the page's absolute address, `timestamp` the date of the version in seconds since 1970.
    `facts` are the incident's, with the response in a word each, as it has a section of its own.
    `assessed` and `confidence` are the assessment in sentences apart (ICD 203). `withdrawn` is the reason
    for which the record was withdrawn: then the PDF is a notice.
    """

    incident: IncidentView
    site: BriefSite
    url: str
    paper: str
    generator: str
    timestamp: int
    keywords: tuple[str, ...]
    facts: tuple[Fact, ...]
    claim_groups: tuple[ClaimGroup, ...]
    assessed: str
    confidence: str
    withdrawn: str = ""


def brief_view(kb: KnowledgeBase, incident: Incident, site: SiteConfig) -> BriefView:
    """The view of an incident's brief."""
    view = incident_view(kb, incident)
    publisher = site.publisher.name
    return BriefView(
        incident=view,
        site=brief_site(site),
        url=site.url(view.href),
        paper=site.paper,
        generator=f"threatbrief {__version__}",
        timestamp=_version_seconds(incident),
        keywords=_keywords(view),
        facts=tuple(_shorten(fact, view) for fact in view.facts),
        claim_groups=_group_claims(view.claims),
        assessed=_assessed(view.assessment, publisher) if view.assessment else "",
        confidence=_confidence(view.assessment) if view.assessment else "",
        withdrawn=_withdrawn(incident),
    )


def brief_site(site: SiteConfig) -> BriefSite:
    """The site as every PDF prints it."""
    return BriefSite(
        name=site.site_name.removeprefix(site.publisher.name).strip(),
        url=site.site_url,
        publisher=site.publisher.name,
        publisher_url=site.publisher.url or "",
        email=site.publisher.email or "",
        address=site.publisher.address or "",
        disclaimer=site.publisher.disclaimer or "",
        language=site.language,
        licence=Link(site.licence.name, site.licence.url),
        logo=site.logo,
        accent=site.colours.accent,
    )


def _version_seconds(incident: Incident) -> int:
    """When the version was published; a draft bears the day on which its incident was disclosed."""
    instant = incident.updated or datetime.combine(incident.disclosed.first, time(), UTC)
    return max(int(instant.timestamp()), 0)


def _keywords(view: IncidentView) -> tuple[str, ...]:
    """Id, label, kind, actors with their ATT&CK ids, and techniques seen; each once."""
    actors = [text for fact in view.facts if fact.label == "Actor" for text in (v.text for v in fact.values)]
    named = [word for claim in view.claims for word in (claim.named, *claim.attack_ids)]
    techniques = [row.id for group in view.tactics for row in group.rows]
    return tuple(dict.fromkeys((view.id, view.tlp, view.kind, *actors, *named, *techniques)))


def _shorten(fact: Fact, view: IncidentView) -> Fact:
    if fact.label != "Response":
        return fact
    kinds = Counter(row.kind for row in view.response)
    shown = (f"{kind} ({count})" if count > 1 else kind for kind, count in kinds.items())
    return replace(fact, values=tuple(Link(text[:1].upper() + text[1:]) for text in shown))


def _group_claims(claims: tuple[ClaimView, ...]) -> tuple[ClaimGroup, ...]:
    named = dict.fromkeys(claim.named for claim in claims)
    groups = ((name, tuple(c for c in claims if c.named == name)) for name in named)
    return tuple(
        ClaimGroup(name, rows[0].attack_ids if len(rows[0].attack_ids) == 1 else (), rows)
        for name, rows in groups
    )


def _assessed(assessment: AssessmentView, publisher: str) -> str:
    """The assessment in one sentence, with its likelihood and without its confidence."""
    actor = assessment.actor.text + (f" ({assessment.attack_id})" if assessment.attack_id else "")
    adverb = _ADVERBS.get(assessment.likelihood, "")
    sure = f"{adverb} " if adverb else ""
    what = f"{assessment.subject} is {sure}{actor}" if assessment.subject else f"{actor} {sure}did it"
    if not assessment.likelihood or adverb:
        return f"{publisher} assesses that {what}."
    verb = _CHANCES.get(assessment.likelihood, f"holds it {assessment.likelihood} that")
    return f"{publisher} {verb} {what}."


def _confidence(assessment: AssessmentView) -> str:
    return f"Our confidence in this is {assessment.confidence}."


def _withdrawn(incident: Incident) -> str:
    if incident.status is not Status.WITHDRAWN:
        return ""
    return incident.reason or "No reason is given."
