"""The report beside a MISP event: what an analyst reads there, in Markdown, indicators defanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Incident
from threatbrief.reference import load_reference
from threatbrief.views.briefs import defanger

_ESCAPES: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|~!&"})


def report_text(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> str:
    """Summary, key points, who says who did it, our assessment, revisions, and the way to the brief.

    Record text is defanged, then escaped: nothing in it becomes a link or Markdown, let alone one of
    MISP's references to attributes.
    """
    return "\n".join(_lines(kb, site, incident, _make_safe(incident)))


def notice_text(incident: Incident) -> str:
    """Why an incident was withdrawn."""
    return _make_safe(incident)(incident.reason or "No reason was given.")


def _make_safe(incident: Incident) -> Callable[[str], str]:
    safe = defanger(incident)
    return lambda text: safe(text).translate(_ESCAPES)


def _lines(
    kb: KnowledgeBase, site: SiteConfig, incident: Incident, safe: Callable[[str], str]
) -> Iterator[str]:
    yield safe(incident.summary)
    yield ""
    if incident.key_points:
        yield from (f"- {safe(point)}" for point in incident.key_points)
        yield ""
    yield from _attribution(kb, site, incident, safe)
    if incident.revisions:
        yield "## Revisions"
        yield ""
        for revision in incident.revisions:
            yield f"- {revision.at:%Y-%m-%d}, {revision.kind.value}: {safe(revision.note)}"
        yield ""
    yield f"{incident.id}: {site.url(f'incidents/{incident.slug}/')}"
    if techniques_seen(incident):
        yield ""
        yield load_reference().attack_notice


def _attribution(
    kb: KnowledgeBase, site: SiteConfig, incident: Incident, safe: Callable[[str], str]
) -> Iterator[str]:
    """Claims in the claimants' names; likelihood and confidence in sentences apart (ICD 203)."""
    if not incident.attribution and not incident.assessment:
        return
    yield "## Attribution"
    yield ""
    for claim in incident.attribution:
        stated = f" ({safe(claim.stated)})" if claim.stated else ""
        yield f"- {safe(claim.by)}: {safe(claim.named)}{stated}"
    given = incident.assessment
    if given:
        actor = kb.actor_by_id.get(given.actor)
        name = safe(actor.name if actor else given.actor)
        likelihood = f"{given.likelihood.value} " if given.likelihood else ""
        yield f"- {safe(site.publisher.name)} assesses: {likelihood}{name}."
        yield f"  Confidence: {given.confidence.value}. {safe(given.why)}"
    yield ""
