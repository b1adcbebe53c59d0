"""The report beside a MISP event: what an analyst reads there, in Markdown, indicators defanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.render.defang import defang_text

_ESCAPES: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|~!&"})
_EMPTY: Final[tuple[tuple[str, str], ...]] = ()


def report_text(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> str:
    """Summary, key points, who says who did it, our assessment, revisions, and the way to the brief.

    Record text is escaped: nothing in it becomes Markdown, let alone MISP's references to attributes.
    """
    pairs = tuple((indicator.type.value, indicator.value) for indicator in incident.indicators) or _EMPTY
    text = "\n".join(_lines(kb, site, incident))
    return defang_text(text, pairs) if pairs else text


def _lines(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> Iterator[str]:
    yield _escape(incident.summary)
    yield ""
    if incident.key_points:
        yield from (f"- {_escape(point)}" for point in incident.key_points)
        yield ""
    yield from _attribution(kb, site, incident)
    if incident.revisions:
        yield "## Revisions"
        yield ""
        for revision in incident.revisions:
            yield f"- {revision.at:%Y-%m-%d}, {revision.kind.value}: {_escape(revision.note)}"
        yield ""
    yield f"{incident.id}: {site.url(f'incidents/{incident.slug}/')}"


def _attribution(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> Iterator[str]:
    """Claims in the claimants' names; likelihood and confidence in sentences apart (ICD 203)."""
    if not incident.attribution and not incident.assessment:
        return
    yield "## Attribution"
    yield ""
    for claim in incident.attribution:
        stated = f" ({_escape(claim.stated)})" if claim.stated else ""
        yield f"- {_escape(claim.by)}: {_escape(claim.named)}{stated}"
    given = incident.assessment
    if given:
        actor = kb.actor_by_id.get(given.actor)
        name = _escape(actor.name if actor else given.actor)
        likelihood = f"{given.likelihood.value} " if given.likelihood else ""
        yield f"- {_escape(site.publisher.name)} assesses: {likelihood}{name}."
        yield f"  Confidence: {given.confidence.value}. {_escape(given.why)}"
    yield ""


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)
