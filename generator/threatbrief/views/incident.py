"""What a brief of one incident shows; the page and the PDF print the same view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Claim, Incident, Indicator, Response, TechniqueUse, highest
from threatbrief.model.vocab import CREDIBILITY_WORDS, Basis, IndicatorState, IndicatorUse, find_band
from threatbrief.reference import Tactic, load_reference
from threatbrief.render.defang import defang
from threatbrief.views.body import BodyView, body_view
from threatbrief.views.briefs import defanger
from threatbrief.views.common import (
    DateView,
    Fact,
    Link,
    SourceView,
    cite_numbers,
    date_view,
    source_views,
)
from threatbrief.views.readable import readable
from threatbrief.views.timeline import TimelineFigure, timeline_figure

TACTIC_FALLBACK = "Not in the ATT&CK tables"


@dataclass(frozen=True, slots=True)
class Band:
    """A band of likelihood: the ICD 203 word and its range in percent."""

    word: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Somebody's attribution. `contested` is the page of a name that two actors carry; `held` says whether
    we hold the name to be that of any of the actors, and without it no ATT&CK id is theirs here."""

    named: str
    actors: tuple[Link, ...]
    attack_ids: tuple[str, ...]
    held: bool
    contested: str
    by: str
    stated: str
    band: Band | None
    reliability: str
    reliability_words: str
    credibility: int
    credibility_words: str
    date: DateView | None
    note: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """The publisher's own view; confidence and likelihood are printed in sentences apart."""

    actor: Link
    attack_id: str
    subject: str
    confidence: str
    likelihood: str
    band: Band | None
    why: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    date: DateView
    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TechniqueRow:
    """A technique as used here: `href` is ATT&CK's page, `page` our own with every brief that has it."""

    id: str
    name: str
    href: str
    basis: str
    note: str
    cites: tuple[int, ...]
    page: str = ""


@dataclass(frozen=True, slots=True)
class TacticGroup:
    """The techniques of one tactic, in the order of the matrix."""

    tactic: str
    rows: tuple[TechniqueRow, ...]


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator as people may read it: `shown` is defanged where it is an address."""

    type: str
    shown: str
    use: str
    state: str
    fit_to_detect: bool
    first_seen: DateView | None
    last_seen: DateView | None
    context: str
    tlp: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResponseRow:
    kind: str
    by: str
    date: DateView | None
    detail: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VulnerabilityRow:
    id: str
    href: str
    note: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    text: str
    mitigation: str
    mitigation_name: str
    href: str


@dataclass(frozen=True, slots=True)
class RelatedRow:
    id: str
    title: str
    href: str
    relation: str
    note: str
    disclosed: DateView | None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A line of the revision log; version 1 is the first publication."""

    version: int
    date: DateView | None
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file beside the page: its address, what it is, and the name it is saved under."""

    label: str
    format: str
    href: str
    save_as: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture of the record; `src` is relative to the site's root."""

    src: str
    alt: str
    caption: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One brief, whole. Addresses are relative to the site's root."""

    id: str
    href: str
    title: str
    kind: str
    tlp: str
    version: int
    published: DateView | None
    updated: DateView | None
    disclosed: DateView
    summary: str
    key_points: tuple[str, ...]
    contested: bool
    question: str
    facts: tuple[Fact, ...]
    claims: tuple[ClaimView, ...]
    assessment: AssessmentView | None
    body: BodyView
    pictures: tuple[PictureView, ...]
    timeline: tuple[EventView, ...]
    timeline_figure: TimelineFigure | None
    tactics: tuple[TacticGroup, ...]
    group_profile: tuple[TechniqueRow, ...]
    group_profile_of: str
    attack_version: str
    vulnerabilities: tuple[VulnerabilityRow, ...]
    indicators: tuple[IndicatorRow, ...]
    response: tuple[ResponseRow, ...]
    recommendations: tuple[RecommendationRow, ...]
    related: tuple[RelatedRow, ...]
    sources: tuple[SourceView, ...]
    revisions: tuple[RevisionRow, ...]
    downloads: tuple[Download, ...]


def words(slug: str) -> str:
    """A vocabulary word for readers: `domain-seizure` is `domain seizure`."""
    return slug.replace("-", " ")


def incident_view(
    kb: KnowledgeBase, incident: Incident, *, pdf: bool = True, prose: KnowledgeBase | None = None
) -> IncidentView:
    """The view of one incident; `pdf` says whether a brief lies beside the page, `prose` is what the
    narrative may link to where that is not the same."""
    incident = readable(incident)

    def cite(cited: Iterable[str]) -> tuple[int, ...]:
        return cite_numbers(incident.sources, cited)

    timeline = tuple(
        EventView(date_view(event.date), event.event, cite(event.sources))
        for event in sorted(incident.timeline, key=lambda e: e.date.sort_key)
    )
    seen = [t for t in incident.techniques if t.basis is not Basis.GROUP_PROFILE]
    profile = [t for t in incident.techniques if t.basis is Basis.GROUP_PROFILE]
    actors = kb.actors_of(incident)
    return IncidentView(
        id=incident.id,
        href=f"incidents/{incident.slug}/",
        title=incident.title,
        kind=words(incident.kind.value),
        tlp=incident_tlp(incident),
        version=incident.version,
        published=date_view(incident.published),
        updated=date_view(incident.updated),
        disclosed=date_view(incident.disclosed),
        summary=incident.summary,
        key_points=incident.key_points,
        contested=kb.is_contested(incident),
        question=incident_question(kb, incident),
        facts=_facts(kb, incident),
        claims=tuple(claim_view(kb, incident, claim) for claim in incident.attribution),
        assessment=_assessment(kb, incident),
        body=body_view(prose or kb, incident),
        pictures=tuple(
            PictureView(f"incidents/{incident.slug}/{f.file}", f.alt, f.caption or "", cite(f.sources))
            for f in incident.figures
        ),
        timeline=timeline,
        timeline_figure=timeline_figure(incident),
        tactics=_by_tactic(incident, seen),
        group_profile=tuple(_technique(incident, use) for use in profile),
        group_profile_of=actors[0].name if actors else "",
        attack_version=load_reference().attack_versions.get("enterprise", ""),
        vulnerabilities=tuple(
            VulnerabilityRow(v.id, f"https://www.cve.org/CVERecord?id={v.id}", v.note or "", cite(v.sources))
            for v in incident.vulnerabilities
        ),
        indicators=tuple(_indicator(incident, i) for i in incident.indicators),
        response=tuple(_response(incident, r) for r in incident.response),
        recommendations=tuple(
            RecommendationRow(
                r.text,
                r.mitigation or "",
                _mitigation_name(r.mitigation),
                f"https://attack.mitre.org/mitigations/{r.mitigation}/" if r.mitigation else "",
            )
            for r in incident.recommendations
        ),
        related=_related(kb, incident),
        sources=source_views(incident.sources),
        revisions=_revisions(incident),
        downloads=_downloads(incident, pdf=pdf),
    )


def incident_tlp(incident: Incident) -> str:
    """The label of what is left in the record: the highest marking inside it."""
    parts = (
        *incident.sources,
        *incident.attribution,
        *incident.indicators,
        *incident.timeline,
        *incident.techniques,
        *incident.response,
        *incident.figures,
        *incident.revisions,
        *incident.recommendations,
        *incident.vulnerabilities,
        *((incident.assessment,) if incident.assessment else ()),
    )
    return highest(incident.tlp, *(part.tlp for part in parts)).label


def incident_question(kb: KnowledgeBase, incident: Incident) -> str:
    if incident.question:
        return incident.question
    names = list(dict.fromkeys(claim.named for claim in incident.attribution))
    if len(names) < 2 or not kb.is_contested(incident):
        return "Who did it?" if incident.attribution or incident.assessment else ""
    return f"{', '.join(names[:-1])} or {names[-1]}?"


def claim_view(kb: KnowledgeBase, incident: Incident, claim: Claim) -> ClaimView:
    actors = kb.claimed_actors(claim)
    cited = [source for source in incident.sources if source.id in claim.sources]
    best = min((s.reliability for s in cited if s.reliability), default=None)
    band = find_band(claim.stated) if claim.stated else None
    contested = kb.is_contested_name(claim.named)
    held = any(bearer.is_ours for bearer in kb.actors_named(claim.named))
    return ClaimView(
        named=claim.named,
        actors=tuple(Link(actor.name, f"actors/{actor.slug}/") for actor in actors),
        attack_ids=tuple(actor.attack_id for actor in actors if actor.attack_id) if held else (),
        held=held,
        contested=_name_page(kb, claim.named) if contested else "",
        by=claim.by,
        stated=claim.stated or "",
        band=Band(*band) if band else None,
        reliability=best.value if best else "",
        reliability_words=best.words if best else "",
        credibility=claim.credibility or 0,
        credibility_words=CREDIBILITY_WORDS.get(claim.credibility or 0, ""),
        date=date_view(claim.date),
        note=claim.note or "",
        cites=cite_numbers(incident.sources, claim.sources),
    )


def _name_page(kb: KnowledgeBase, name: str) -> str:
    """The page of a contested name; an actor whose own slug it is takes the address for itself."""
    for contested in kb.contested_names:
        if kb.actors_named(name) == contested.bearers:
            return f"actors/{contested.slug}/"
    return ""


def _assessment(kb: KnowledgeBase, incident: Incident) -> AssessmentView | None:
    given = incident.assessment
    if not given:
        return None
    actor = kb.actor_by_id.get(given.actor)
    band = find_band(given.likelihood.value) if given.likelihood else None
    return AssessmentView(
        actor=Link(actor.name if actor else given.actor, f"actors/{given.actor}/" if actor else ""),
        attack_id=(actor.attack_id or "") if actor else "",
        subject=_subject(kb, incident, actor) if actor else "",
        confidence=given.confidence.value,
        likelihood=given.likelihood.value if given.likelihood else "",
        band=Band(*band) if band else None,
        why=given.why,
        cites=cite_numbers(incident.sources, given.sources),
    )


def _subject(kb: KnowledgeBase, incident: Incident, actor: Actor) -> str:
    """The first claimant's name, if the actor carries it: a country named there is not the actor."""
    for claim in incident.attribution[:1]:
        if claim.named != actor.name and actor in kb.claimed_actors(claim):
            return claim.named
    return ""


def _technique(incident: Incident, use: TechniqueUse) -> TechniqueRow:
    known = load_reference().technique(use.id)
    return TechniqueRow(
        id=use.id,
        name=known.name if known else TACTIC_FALLBACK,
        href=f"https://attack.mitre.org/techniques/{use.id.replace('.', '/')}/",
        basis=use.basis.value,
        note=use.note or "",
        cites=cite_numbers(incident.sources, use.sources),
        page=f"techniques/{use.id.lower()}/" if use.basis is not Basis.GROUP_PROFILE else "",
    )


def tactic_name(tactic: Tactic) -> str:
    """A tactic's name; outside the enterprise matrix with its domain, since the names recur there."""
    if tactic.domain == "enterprise":
        return tactic.name
    return f"{tactic.name} ({'ICS' if tactic.domain == 'ics' else tactic.domain.capitalize()})"


def _by_tactic(incident: Incident, uses: Iterable[TechniqueUse]) -> tuple[TacticGroup, ...]:
    """Each technique under the first of its tactics, in matrix order, enterprise before mobile and ics."""
    reference = load_reference()
    rows = [(use, reference.technique(use.id)) for use in uses]
    groups: list[TacticGroup] = []
    placed: set[str] = set()
    for domain in ("enterprise", "mobile", "ics"):
        for tactic in reference.tactics(domain):
            members = [
                use
                for use, known in rows
                if known
                and use.id not in placed
                and domain in known.domains
                and tactic.shortname in known.tactics
            ]
            placed.update(use.id for use in members)
            if members:
                groups.append(
                    TacticGroup(tactic_name(tactic), tuple(_technique(incident, use) for use in members))
                )
    left = [use for use, _ in rows if use.id not in placed]
    if left:
        groups.append(TacticGroup(TACTIC_FALLBACK, tuple(_technique(incident, use) for use in left)))
    return tuple(groups)


def _indicator(incident: Incident, indicator: Indicator) -> IndicatorRow:
    return IndicatorRow(
        type=words(indicator.type.value),
        shown=defang(indicator.type.value, indicator.value),
        use=indicator.use.value,
        state=indicator.state.value,
        fit_to_detect=indicator.use is IndicatorUse.DETECT and indicator.state is IndicatorState.ACTIVE,
        first_seen=date_view(indicator.first_seen),
        last_seen=date_view(indicator.last_seen),
        context=indicator.context or "",
        tlp=(indicator.tlp or incident.tlp).label,
        cites=cite_numbers(incident.sources, indicator.sources),
    )


def _response(incident: Incident, response: Response) -> ResponseRow:
    return ResponseRow(
        kind=words(response.kind),
        by=response.by or "",
        date=date_view(response.date),
        detail=response.detail or "",
        cites=cite_numbers(incident.sources, response.sources),
    )


def _mitigation_name(mitigation_id: str | None) -> str:
    known = load_reference().mitigation(mitigation_id) if mitigation_id else None
    return known.name if known else ""


def _related(kb: KnowledgeBase, incident: Incident) -> tuple[RelatedRow, ...]:
    rows = []
    for related in incident.related:
        if other := kb.incident_by_id.get(related.id):
            href = f"incidents/{other.slug}/"
            relation, disclosed = words(related.relation), date_view(other.disclosed)
            title = defanger(other)(other.title)
            rows.append(RelatedRow(other.id, title, href, relation, related.note or "", disclosed))
    return tuple(rows)


def _revisions(incident: Incident) -> tuple[RevisionRow, ...]:
    first = RevisionRow(1, date_view(incident.published), "publication", "First published.")
    later = (
        RevisionRow(number, date_view(r.at), r.kind.value, r.note)
        for number, r in enumerate(incident.revisions, 2)
    )
    return (first, *later)


def _downloads(incident: Incident, *, pdf: bool) -> tuple[Download, ...]:
    updated = incident.updated
    day = updated.strftime("%Y-%m-%d") if updated else "draft"
    stem = f"{incident.id}_{day}_{incident_tlp(incident).replace(':', '-')}"
    base = f"incidents/{incident.slug}/"
    brief = (Download("Brief", "PDF", f"{base}brief.pdf", f"{stem}.pdf"),) if pdf else ()
    return (*brief, Download("Record", "JSON", f"{base}record.json", f"{stem}.json"))


def _facts(kb: KnowledgeBase, incident: Incident) -> tuple[Fact, ...]:
    reference = load_reference()
    rows: list[Fact] = []

    def add(label: str, values: Iterable[Link | None], note: str = "", between: str = ", ") -> None:
        kept = tuple(value for value in values if value and value.text)
        if kept:
            rows.append(Fact(label, kept, note, between))

    note = "attribution contested" if kb.is_contested(incident) else ""
    add("Actor", (Link(a.name, f"actors/{a.slug}/") for a in kb.actors_of(incident)), note)
    if incident.occurred:
        add("Occurred", [Link(incident.occurred.text)])
    add("Disclosed", [Link(incident.disclosed.text)])
    sectors = ((slug, reference.sector(slug)) for slug in incident.targets.sectors)
    add(
        "Targets", (Link(known.name if known else words(slug), f"sectors/{slug}/") for slug, known in sectors)
    )
    countries = ((code, reference.country(code)) for code in incident.targets.countries)
    add(
        "Countries",
        (Link(known.name if known else code, f"countries/{code.lower()}/") for code, known in countries),
    )
    add("Victims", (Link(victim) for victim in incident.targets.victims))
    software = (kb.software_by_id.get(software_id) for software_id in incident.software)
    add("Software", (Link(s.name, f"software/{s.slug}/") for s in software if s))
    motives = ((slug, reference.motivation(slug)) for slug in incident.motivations)
    add("Motive", (Link(known.name if known else words(slug)) for slug, known in motives))
    add("Response", (Link(_response_text(r)) for r in incident.response), between="; ")
    count = len(incident.sources)
    add("Sources", [Link(f"{count} source{'s' if count != 1 else ''}", "#sources")] if count else [])
    return tuple(rows)


def _response_text(response: Response) -> str:
    text = words(response.kind).capitalize()
    return f"{text}: {response.detail}" if response.detail else text
