"""The page of one incident: the brief that the PDF prints too, and what the page alone shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.model.vocab import Status
from threatbrief.reference import load_reference
from threatbrief.views.attribution import (
    Position,
    ScaleBand,
    Verdict,
    claim_columns,
    positions,
    scale_key,
    verdict,
)
from threatbrief.views.body import CITATION
from threatbrief.views.common import Dates, Link, SourceView, marking_of, plural
from threatbrief.views.competing import competing_claims
from threatbrief.views.drawing import TimelineDrawing, timeline_drawing
from threatbrief.views.files import card_address, incident_files
from threatbrief.views.frame import PageView, Press
from threatbrief.views.incident import (
    Download,
    EventView,
    IncidentView,
    IndicatorRow,
    TacticGroup,
    incident_view,
)
from threatbrief.views.schema import report_schema
from threatbrief.views.shapes import NARROW, Drawing, sharing_words

_MOST_INDICATORS: Final = 40
_FIRST_INDICATORS: Final = 25
"""A list longer than the most shows this many and folds the rest."""
_PRECISION: Final = {"year": "the year", "month": "the month", "day": "the day"}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page, as its contents list names it."""

    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A source with the sections that cite it."""

    source: SourceView
    cited_in: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class TacticCount:
    """A tactic of the matrix, with one square for each of its techniques seen here."""

    name: str
    count: str
    squares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """An event of the timeline and how exactly its date is known."""

    event: EventView
    known_to: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """`brief` is what every form of the brief shows; the rest is the page's own.

    `beside` are the sources of the narrative, as its side notes name them.
    """

    brief: IncidentView
    draft: str
    sections: tuple[Section, ...]
    positions: tuple[Position, ...]
    columns: int
    claims_text: str
    unstated: str
    verdict: Verdict | None
    scale_key: tuple[ScaleBand, ...]
    competing: Drawing | None
    drawings: tuple[TimelineDrawing, ...]
    timeline: tuple[DatedEvent, ...]
    tactic_counts: tuple[TacticCount, ...]
    fit_to_detect: str
    indicators: tuple[IndicatorRow, ...]
    more_indicators: tuple[IndicatorRow, ...]
    more_text: str
    beside: tuple[SourceView, ...]
    sources: tuple[CitedSource, ...]
    sources_text: str
    revisions_text: str
    downloads: tuple[Download, ...]


def incident_page(
    press: Press, kb: KnowledgeBase, everything: KnowledgeBase, incident: Incident
) -> PageView[IncidentPage]:
    """The page; `kb` is what lists show, `everything` holds withdrawn records too, which prose may link."""
    brief = incident_view(kb, incident, pdf=press.site.pdf, prose=everything)
    spots = positions(brief.claims)
    is_stated = any(claim.stated for claim in brief.claims)
    said = verdict(brief.assessment)
    files = incident_files(incident, press.site)
    sections = tuple(_sections(brief, files))
    fit = sum(row.fit_to_detect for row in brief.indicators)
    kept = len(brief.indicators) if len(brief.indicators) <= _MOST_INDICATORS else _FIRST_INDICATORS
    cited = tuple(_cited(incident, brief, sections))
    view = IncidentPage(
        brief=brief,
        draft="draft" if incident.status is Status.DRAFT else "",
        sections=sections,
        positions=spots,
        columns=claim_columns(spots),
        claims_text=_claims_text(brief, spots, is_stated=is_stated),
        unstated="No likelihood stated" if is_stated else "",
        verdict=said,
        scale_key=_scale_key(brief),
        competing=competing_claims(spots, said, incident.id),
        drawings=_drawings(incident),
        timeline=tuple(DatedEvent(event, _PRECISION[event.date.precision]) for event in brief.timeline),
        tactic_counts=_tactic_counts(brief.tactics),
        fit_to_detect=_fit_text(fit, len(brief.indicators)),
        indicators=brief.indicators[:kept],
        more_indicators=brief.indicators[kept:],
        more_text=plural(len(brief.indicators) - kept, "more indicator"),
        beside=tuple(row.source for row in cited if any(s.anchor == "narrative" for s in row.cited_in)),
        sources=cited,
        sources_text=plural(len(brief.sources), "source"),
        revisions_text=plural(len(brief.revisions), "version"),
        downloads=files,
    )
    dates = Dates.of(incident)
    named = [Link(actor.name, f"actors/{actor.slug}/") for actor in kb.actors_of(incident)]
    software = (kb.software_by_id.get(id_) for id_ in dict.fromkeys(incident.software))
    named += [Link(some.name, f"software/{some.slug}/") for some in software if some]
    schema = report_schema(
        press.site,
        brief.href,
        brief.title,
        brief.summary,
        number=brief.id,
        version=brief.version,
        dates=dates,
        sources=brief.sources,
        about=named,
        keywords=(brief.kind, *(row.id for group in brief.tactics for row in group.rows)),
    )
    return press.page(
        brief.href,
        brief.title,
        brief.summary,
        view,
        section="incidents",
        tlp=marking_of(incident),
        kind="article",
        image=card_address(press.site, brief.href),
        dates=dates,
        schema=schema,
    )


def _claims_text(brief: IncidentView, spots: Sequence[Position], *, is_stated: bool) -> str:
    """How many claims there are; where nobody states a likelihood that is said here, once."""
    if not spots:
        return ""
    counted = f"{plural(len(brief.claims), 'claim')}, {plural(len(spots), 'name')} on record"
    return counted + ("." if is_stated else ", no likelihood stated.")


def _drawings(incident: Incident) -> tuple[TimelineDrawing, ...]:
    """The timeline for wide screens and for narrow ones, which says the same."""
    broad, narrow = timeline_drawing(incident, "broad"), timeline_drawing(incident, "narrow", NARROW)
    return sharing_words(broad, narrow) if broad and narrow else ()


def _sections(brief: IncidentView, files: tuple[Download, ...]) -> Iterator[Section]:
    """The sections that this brief has, in the order of the page; an empty one is none."""
    parts = (
        ("attribution", "Attribution", brief.claims or brief.assessment),
        ("narrative", "Narrative", brief.body.markdown.strip()),
        ("figures", "Figures", brief.pictures),
        ("timeline", "Timeline", brief.timeline),
        ("techniques", "Techniques", brief.tactics or brief.group_profile),
        ("vulnerabilities", "Vulnerabilities", brief.vulnerabilities),
        ("indicators", "Indicators", brief.indicators),
        ("response", "Response", brief.response),
        ("recommendations", "What to do", brief.recommendations),
        ("related", "Related briefs", brief.related),
        ("sources", "Sources", brief.sources),
        ("revisions", "Revisions", brief.revisions),
        ("download", "Download", files),
    )
    return (Section(anchor, title) for anchor, title, content in parts if content)


def _scale_key(brief: IncidentView) -> tuple[ScaleBand, ...]:
    """The words of ICD 203, shown where somebody used one."""
    ours = brief.assessment.band if brief.assessment else None
    if ours or any(claim.band for claim in brief.claims):
        return scale_key(ours)
    return ()


def _tactic_counts(groups: Iterable[TacticGroup]) -> tuple[TacticCount, ...]:
    """Every tactic of the enterprise matrix with what was seen of it; other groups after them."""
    seen = {group.tactic: len(group.rows) for group in groups}
    if not seen:
        return ()
    names = [tactic.name for tactic in load_reference().tactics("enterprise")]
    names += [name for name in seen if name not in names]
    return tuple(
        TacticCount(name, str(seen[name]) if name in seen else "", tuple(range(seen.get(name, 0))))
        for name in names
    )


def _fit_text(fit: int, count: int) -> str:
    """What an analyst must know before using the list."""
    if not count:
        return ""
    if not fit:
        return "None of them is fit to detect with: they are history or context."
    if fit == count:
        return "All of them are active and fit to detect with."
    return f"{fit} of {count} are active and fit to detect with; the others are history or context."


def _cited(incident: Incident, brief: IncidentView, sections: Iterable[Section]) -> Iterator[CitedSource]:
    """Each source with the sections in which it is cited."""
    claims = [claim.cites for claim in brief.claims]
    ours = [brief.assessment.cites] if brief.assessment else []
    techniques = [row.cites for group in brief.tactics for row in group.rows]
    ids = dict(brief.body.citations)
    cited: dict[str, list[tuple[int, ...]]] = {
        "attribution": claims + ours,
        "narrative": [(ids[found],) for found in CITATION.findall(incident.body) if found in ids],
        "figures": [picture.cites for picture in brief.pictures],
        "timeline": [event.cites for event in brief.timeline],
        "techniques": techniques + [row.cites for row in brief.group_profile],
        "vulnerabilities": [row.cites for row in brief.vulnerabilities],
        "indicators": [row.cites for row in brief.indicators],
        "response": [row.cites for row in brief.response],
    }
    numbers = {anchor: {n for cites in rows for n in cites} for anchor, rows in cited.items()}
    for source in brief.sources:
        places = (s for s in sections if source.number in numbers.get(s.anchor, ()))
        yield CitedSource(source, tuple(places))
