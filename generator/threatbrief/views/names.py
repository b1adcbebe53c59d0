"""Names: the ledger of an actor or a software, and the page of a name that two actors carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from threatbrief.knowledge import ContestedName, KnowledgeBase, NameBearer
from threatbrief.model import Actor, Incident, NameClaim, Software, Source
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import CREDIBILITY_WORDS, NameRelation
from threatbrief.views.common import DateView, Link, cite_numbers, date_view, marking_of, plural
from threatbrief.views.frame import PageView, Press
from threatbrief.views.incident import ClaimView, claim_view
from threatbrief.views.readable import readable
from threatbrief.views.topic_parts import SHOWN, NewestBriefs, newest_briefs

RELATION_WORDS: Final = {
    NameRelation.SAME_AS: "same as",
    NameRelation.OVERLAPS: "overlaps",
    NameRelation.SUBGROUP: "subgroup",
    NameRelation.FORMERLY: "formerly",
    NameRelation.DISPUTED: "disputed",
}


@dataclass(frozen=True, slots=True)
class NameUse:
    """Somebody's use of a name for this actor."""

    by: str
    since: DateView | None
    relation: str
    credibility: str
    credibility_words: str
    note: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LedgerName:
    """A name with everybody who uses it. `contested` leads to its page, `also` are its other bearers."""

    name: str
    own: str
    contested: Link | None
    also: tuple[Link, ...]
    span: int
    uses: tuple[NameUse, ...]


@dataclass(frozen=True, slots=True)
class BearerView:
    """An actor that carries the name: whether we hold it to be theirs, and who says so."""

    actor: Link
    attack_id: str
    summary: str
    verdict: str
    ours: str
    uses: tuple[NameUse, ...]
    sources: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source named in full, where a page cites several records' sources."""

    number: int
    publisher: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class UseInIncident:
    """The claims of one incident that use the name, and what we assess there."""

    brief: Link
    id: str
    disclosed: DateView | None
    claims: tuple[ClaimView, ...]
    assessed: Link | None
    likelihood: str


@dataclass(frozen=True, slots=True)
class NameView:
    name: str
    bearers_text: str
    bearers: tuple[BearerView, ...]
    incidents: tuple[UseInIncident, ...]
    older: NewestBriefs


def ledger(kb: KnowledgeBase, record: Actor | Software) -> tuple[LedgerName, ...]:
    """The names of a record, its own first, then in the order of the record; claims on one name together."""
    groups: dict[str, list[NameClaim]] = {}
    for claim in record.names:
        groups.setdefault(fold_name(claim.name), []).append(claim)
    own = fold_name(record.name)
    order = sorted(groups, key=lambda folded: folded != own)
    return tuple(_ledger_name(kb, record, groups[folded], folded == own) for folded in order)


def _ledger_name(
    kb: KnowledgeBase, record: Actor | Software, claims: list[NameClaim], own: bool
) -> LedgerName:
    name = claims[0].name
    bearers = kb.actors_named(name) if isinstance(record, Actor) else ()
    others = tuple(Link(b.actor.name, f"actors/{b.actor.slug}/") for b in bearers if b.actor.id != record.id)
    page = name_address(kb, name) if others else ""
    return LedgerName(
        name=name,
        own="this page" if own else "",
        contested=Link("contested", page) if page else None,
        also=others,
        span=len(claims),
        uses=tuple(_use(claim, record.sources) for claim in claims),
    )


def _use(claim: NameClaim, sources: Iterable[Source]) -> NameUse:
    return NameUse(
        by=claim.by or "",
        since=date_view(claim.since),
        relation=RELATION_WORDS[claim.relation],
        credibility=str(claim.credibility or ""),
        credibility_words=CREDIBILITY_WORDS.get(claim.credibility or 0, ""),
        note=claim.note or "",
        cites=cite_numbers(sources, claim.sources),
    )


def name_address(kb: KnowledgeBase, name: str) -> str:
    """Where a contested name is explained; empty where the name has no letter to make an address of."""
    contested = kb.is_contested_name(name)
    slug = next((c.slug for c in kb.contested_names if fold_name(c.name) == fold_name(name)), "")
    return f"actors/{slug}/" if contested and slug else ""


def names_with_page(kb: KnowledgeBase) -> Iterator[ContestedName]:
    """The contested names that have a page: those whose address no actor has itself."""
    taken = set(kb.actor_by_id)
    for name in kb.contested_names:
        if name.slug and name.slug not in taken:
            taken.add(name.slug)
            yield name


def name_page(press: Press, kb: KnowledgeBase, name: ContestedName) -> PageView[NameView]:
    folded = fold_name(name.name)
    used = kb.incidents_naming(name.name)
    view = NameView(
        name=name.name,
        bearers_text=plural(len(name.bearers), "actor"),
        bearers=tuple(_bearer(bearer) for bearer in name.bearers),
        incidents=tuple(_use_in(kb, incident, folded) for incident in used[:SHOWN]),
        older=replace(newest_briefs(kb, used, f"actors/{name.slug}/"), rows=()),
    )
    carriers = [bearer.actor.name for bearer in name.bearers]
    description = (
        f"{name.name} is a name that {' and '.join(carriers)} carry: who means whom, and what we hold."
    )
    marking = [marking_of(b.actor) for b in name.bearers] + [marking_of(incident) for incident in used]
    return press.page(
        f"actors/{name.slug}/",
        f"{name.name}: who means whom",
        description,
        view,
        section="actors",
        tlp=max(marking, key=lambda label: label.rank),
    )


def _bearer(bearer: NameBearer) -> BearerView:
    actor = bearer.actor
    cited = dict.fromkeys(id_ for claim in bearer.claims for id_ in claim.sources)
    lines = (
        SourceLine(number, source.publisher, source.title, source.url or "")
        for number, source in enumerate(actor.sources, 1)
        if source.id in cited
    )
    verdict = (
        "We hold the name to be this actor’s."
        if bearer.is_ours
        else "We do not hold the name to be this actor’s."
    )
    return BearerView(
        actor=Link(actor.name, f"actors/{actor.slug}/"),
        attack_id=actor.attack_id or "",
        summary=actor.summary,
        verdict=verdict,
        ours="our assessment" if bearer.is_ours else "",
        uses=tuple(_use(claim, actor.sources) for claim in bearer.claims),
        sources=tuple(lines),
    )


def _use_in(kb: KnowledgeBase, incident: Incident, folded: str) -> UseInIncident:
    incident = readable(incident)
    assessed = kb.actor_by_id.get(incident.assessment.actor) if incident.assessment else None
    likelihood = incident.assessment.likelihood if incident.assessment else None
    return UseInIncident(
        brief=Link(incident.title, f"incidents/{incident.slug}/#attribution"),
        id=incident.id,
        disclosed=date_view(incident.disclosed),
        claims=tuple(
            claim_view(kb, incident, claim)
            for claim in incident.attribution
            if fold_name(claim.named) == folded
        ),
        assessed=Link(assessed.name, f"actors/{assessed.slug}/") if assessed else None,
        likelihood=likelihood.value if likelihood else "",
    )
