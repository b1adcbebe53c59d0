"""The page of an actor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from threatbrief.knowledge import Involvement, KnowledgeBase
from threatbrief.model import Actor, CountryClaim, Incident, SponsorClaim
from threatbrief.model.vocab import Status
from threatbrief.reference import load_reference
from threatbrief.views.activity import Activity, activity
from threatbrief.views.body import CITATION, BodyView, body_view
from threatbrief.views.common import (
    Dates,
    DateView,
    Link,
    SourceView,
    cite_numbers,
    date_view,
    highest_marking,
    plural,
    source_views,
)
from threatbrief.views.files import actor_files, card_address
from threatbrief.views.frame import FeedLink, PageView, Press
from threatbrief.views.incident import Download
from threatbrief.views.incident_page import Section
from threatbrief.views.matrix import HeatMatrix, is_shortened, shorten, technique_counts, technique_heat
from threatbrief.views.names import LedgerName, ledger
from threatbrief.views.schema import profile_schema
from threatbrief.views.tallies import Bars, Counted, country_bars, country_name, counts_address, sector_bars
from threatbrief.views.topic_parts import NewestBriefs, newest_briefs
from threatbrief.views.worldmap import MapDrawing, victims_map

ELSEWHERE: Final = 12
"""How many briefs that others claim and we assess otherwise an actor's page shows with their summaries."""
_SOFTWARE: Final = 12
"""How much software an actor's page tells more of than the name."""
_LISTED: Final = 60
"""How much more software it names."""
MOST_SOFTWARE: Final = _SOFTWARE + _LISTED
"""How much software the page of an actor shows; a page of counts has more."""


@dataclass(frozen=True, slots=True)
class ClaimedFact:
    """Something that somebody says of the actor, with who says it and on what sources."""

    text: str
    by: str
    note: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActorFact:
    """A row of the facts: claims by somebody, or plain values of the record."""

    label: str
    claims: tuple[ClaimedFact, ...] = ()
    values: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class SoftwareUse:
    name: Link
    type: str
    summary: str
    attack_id: str
    count: str
    briefs: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Briefs that others lay to the actor while we assess another, under a heading that says how."""

    title: str
    briefs: NewestBriefs


@dataclass(frozen=True, slots=True)
class ActorView:
    """The page of an actor; counts speak of the incidents that count as its own.

    `beside` are the sources of its text, as the side notes name them.
    """

    name: str
    href: str
    draft: str
    attack_id: str
    attack_href: str
    version: int
    updated: DateView | None
    summary: str
    body: BodyView
    facts: tuple[ActorFact, ...]
    numbers: tuple[Counted, ...]
    sections: tuple[Section, ...]
    names: tuple[LedgerName, ...]
    names_text: str
    activity: Activity | None
    map: MapDrawing | None
    countries: Bars | None
    sectors: Bars | None
    techniques: tuple[HeatMatrix, ...]
    all_techniques: Link | None
    techniques_text: str
    software: tuple[SoftwareUse, ...]
    more_software: tuple[Counted, ...]
    unnamed_software: Link | None
    briefs: NewestBriefs
    elsewhere: tuple[Elsewhere, ...]
    feeds: tuple[FeedLink, ...]
    downloads: tuple[Download, ...]
    beside: tuple[SourceView, ...]
    sources: tuple[SourceView, ...]
    sources_text: str


def actor_page(
    press: Press, kb: KnowledgeBase, everything: KnowledgeBase, actor: Actor
) -> PageView[ActorView]:
    """The page; `everything` holds withdrawn records too, which the text may link."""
    own = kb.incidents_of(actor)
    rows = involved_elsewhere(kb, actor)
    others = [row.incident for row in rows]
    href = f"actors/{actor.slug}/"
    counted = counts_address(href)
    names = ledger(kb, actor)
    counts = technique_counts(own)
    software = _most_used_first(software_uses(kb, actor, own))
    sources = source_views(actor.sources)
    cited = set(CITATION.findall(actor.body))
    view = ActorView(
        name=actor.name,
        href=href,
        draft="draft" if actor.status is Status.DRAFT else "",
        attack_id=actor.attack_id or "",
        attack_href=f"https://attack.mitre.org/groups/{actor.attack_id}/" if actor.attack_id else "",
        version=actor.version,
        updated=date_view(actor.updated),
        summary=actor.summary,
        body=body_view(everything, actor),
        facts=tuple(actor_facts(kb, actor, own)),
        numbers=tuple(_numbers(own, len(names), len(counts), len(software))),
        sections=(),
        names=names,
        names_text=plural(len(names), "name"),
        activity=activity(kb, own, actor.name),
        map=victims_map(own, "victims-map", f"Victims of {actor.name} by country", f"{counted}#countries"),
        countries=country_bars(kb, own, counted),
        sectors=sector_bars(kb, own, counted),
        techniques=tuple(map(shorten, technique_heat(counts))),
        all_techniques=Link(f"All techniques of {actor.name}", f"{href}techniques/")
        if is_shortened(counts)
        else None,
        techniques_text=plural(len(own), "record"),
        software=software[:_SOFTWARE],
        more_software=tuple(Counted(use.name, use.briefs) for use in software[_SOFTWARE:MOST_SOFTWARE]),
        unnamed_software=Link(f"and {left} more", f"{counted}#software")
        if (left := len(software) - MOST_SOFTWARE) > 0
        else None,
        briefs=newest_briefs(kb, own, href),
        elsewhere=tuple(elsewhere(kb, actor, rows)),
        feeds=press.feeds_of(href),
        downloads=actor_files(kb, actor, press.site),
        beside=tuple(source for source in sources if source.id in cited),
        sources=sources,
        sources_text=plural(len(actor.sources), "source"),
    )
    dates = Dates.of(actor)
    schema = profile_schema(
        press.site,
        href,
        actor.name,
        actor.summary,
        other_names=[name.name for name in names if not name.own],
        same_as=view.attack_href,
        dates=dates,
        sources=view.sources,
    )
    return press.page(
        href,
        actor.name,
        actor.summary,
        _with_sections(view),
        section="actors",
        tlp=highest_marking(kb, (actor, *own, *others)),
        kind="article",
        image=card_address(press.site, href),
        dates=dates,
        schema=schema,
    )


def elsewhere(kb: KnowledgeBase, actor: Actor, rows: Iterable[Involvement]) -> Iterator[Elsewhere]:
    """Apart: what is claimed under a name that we hold to be the actor's, and under a disputed one."""
    claimed, disputed = claimed_elsewhere(kb, actor, rows)
    href = f"actors/{actor.slug}/"
    for title, folder, found in (
        (f"Claimed to be {actor.name}’s, assessed otherwise by us", "claimed/", claimed),
        (
            f"Claimed under a name that is disputed for {actor.name}, assessed otherwise by us",
            "disputed/",
            disputed,
        ),
    ):
        if found:
            yield Elsewhere(title, newest_briefs(kb, found, href + folder, ELSEWHERE))


def claimed_elsewhere(
    kb: KnowledgeBase, actor: Actor, rows: Iterable[Involvement]
) -> tuple[list[Incident], list[Incident]]:
    """Which incidents are claimed under a name that we hold to be the actor's, which under a disputed one."""
    claimed: list[Incident] = []
    disputed: list[Incident] = []
    for row in rows:
        (claimed if is_named(kb, actor, row) else disputed).append(row.incident)
    return claimed, disputed


def involved_elsewhere(kb: KnowledgeBase, actor: Actor) -> tuple[Involvement, ...]:
    """What somebody lays to the actor while we assess another."""
    ours = {incident.id for incident in kb.incidents_of(actor)}
    return tuple(row for row in kb.involvements(actor) if row.incident.id not in ours)


def is_named(kb: KnowledgeBase, actor: Actor, row: Involvement) -> bool:
    """Whether a claim gives a name that we hold to be the actor's, not one that is merely disputed."""
    return any(
        bearer.is_ours
        for claim in row.claims
        for bearer in kb.actors_named(claim.named)
        if bearer.actor.id == actor.id
    )


def _with_sections(view: ActorView) -> ActorView:
    parts = (
        ("names", "Names", view.names),
        ("profile", "Profile", view.body.markdown.strip()),
        ("activity", "Activity", view.activity),
        ("victims", "Victims", view.countries or view.sectors),
        ("techniques", "Techniques", view.techniques),
        ("software", "Software", view.software),
        ("incidents", "Incidents", view.briefs.rows or view.elsewhere),
        ("feeds", "Feeds and files", view.feeds or view.downloads),
        ("sources", "Sources", view.sources),
    )
    found = tuple(Section(anchor, title) for anchor, title, content in parts if content)
    return replace(view, sections=found)


def actor_facts(kb: KnowledgeBase, actor: Actor, own: Sequence[Incident]) -> Iterator[ActorFact]:
    if actor.suspected_country:
        yield ActorFact("Country, as claimed", claims=tuple(_countries(actor)))
    if actor.sponsor:
        yield ActorFact(
            "Sponsor, as claimed", claims=tuple(_claimed(actor, c, c.name) for c in actor.sponsor)
        )
    if actor.active and actor.active.text:
        yield ActorFact("Active", values=(Link(actor.active.text),))
    parent = kb.actor_by_id.get(actor.parent) if actor.parent else None
    if parent:
        yield ActorFact("Part of", values=(Link(parent.name, f"actors/{parent.slug}/"),))
    parts = [other for other in kb.actors if other.parent == actor.id]
    if parts:
        yield ActorFact("Parts", values=tuple(Link(p.name, f"actors/{p.slug}/") for p in parts))
    motives = [(slug, load_reference().motivation(slug)) for slug in actor.motivations]
    if motives:
        values = (
            Link(known.name if known else slug.replace("-", " ").capitalize()) for slug, known in motives
        )
        yield ActorFact("Motive", values=tuple(values))
    if own:
        text = f"{plural(len(own), 'brief')}, newest of {own[0].disclosed.text}"
        yield ActorFact("Briefs", values=(Link(text, "#incidents"),))


def _numbers(own: Sequence[Incident], names: int, techniques: int, software: int) -> Iterator[Counted]:
    """How much the page holds of each kind, with the way there; what it has none of is left out."""
    sectors = {slug for incident in own for slug in incident.targets.sectors}
    countries = {code for incident in own for code in incident.targets.countries}
    for count, one, many, anchor in (
        (len(own), "brief", "briefs", "incidents"),
        (names, "name", "names", "names"),
        (len(sectors), "sector", "sectors", "victims"),
        (len(countries), "country", "countries", "victims"),
        (techniques, "technique", "techniques", "techniques"),
        (software, "software", "software", "software"),
    ):
        if count:
            yield Counted(Link(one if count == 1 else many, f"#{anchor}"), count)


def _countries(actor: Actor) -> Iterator[ClaimedFact]:
    return (_claimed(actor, claim, country_name(claim.country)) for claim in actor.suspected_country)


def _claimed(actor: Actor, claim: CountryClaim | SponsorClaim, text: str) -> ClaimedFact:
    stated = f", {claim.stated}" if claim.stated else ""
    return ClaimedFact(text + stated, claim.by, claim.note or "", cite_numbers(actor.sources, claim.sources))


def software_uses(kb: KnowledgeBase, actor: Actor, own: Iterable[Incident]) -> Iterator[SoftwareUse]:
    used = Counter(software_id for incident in own for software_id in dict.fromkeys(incident.software))
    for software in kb.software_of(actor):
        yield SoftwareUse(
            name=Link(software.name, f"software/{software.slug}/"),
            type=software.type.value,
            summary=software.summary,
            attack_id=software.attack_id or "",
            count=plural(used[software.id], "brief"),
            briefs=used[software.id],
        )


def _most_used_first(uses: Iterable[SoftwareUse]) -> tuple[SoftwareUse, ...]:
    """In the given order while they are few."""
    found = tuple(uses)
    if len(found) <= _SOFTWARE:
        return found
    return tuple(sorted(found, key=lambda use: (-use.briefs, use.name.text.casefold(), use.name.href)))
