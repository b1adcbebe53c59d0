"""What an entry of a feed says of an incident, in the order in which it is read: the case in short, who
says who did it, the narrative, and then what one looks things up in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Revision
from threatbrief.model.vocab import Basis
from threatbrief.reference import load_reference
from threatbrief.render.defang import defang
from threatbrief.views.body import BodyView, body_links, linked_body
from threatbrief.views.common import date_view
from threatbrief.views.incident import words
from threatbrief.views.readable import readable

BODY_LIMIT: Final = 60_000
"""Characters of a narrative that an entry looks at: three times what has room in it."""
ROW_LIMIT: Final = 250
"""Rows of a section that an entry looks at; markup alone makes that many as large as an entry may be."""


class Row(NamedTuple):
    """A line of a section: its cells, where the first one leads, and the numbers of the sources it cites,
    `1, 3`. A brief has hundreds of them, and a named tuple costs a third of a frozen dataclass."""

    cells: tuple[str, ...]
    href: str = ""
    cites: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading: a table where there are `columns`, a numbered or a plain list otherwise."""

    heading: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure; `src` is relative to the site's root."""

    src: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Content:
    """All that an entry says, in order: `lead` paragraphs, what comes before the narrative, the
    narrative, its figures, what comes after. `is_cut` says that there is more on the page."""

    lead: tuple[str, ...]
    before: tuple[Section, ...] = ()
    body: BodyView | None = None
    pictures: tuple[Picture, ...] = ()
    after: tuple[Section, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Brief:
    """What an entry in full says of an incident before it is put into words: of many, few are written.

    `tlp` is the label of the whole, `assessed` the name of the actor of our assessment, `links` are where
    the narrative's lead, `note` comes before everything else. `is_exact` says that the prose names
    indicators, and must be defanged.
    """

    incident: Incident
    tlp: str
    assessed: str
    links: tuple[tuple[str, str, str], ...]
    is_exact: bool
    note: str = ""


def record_href(record: Record) -> str:
    """The address of a record's page, relative to the root."""
    if isinstance(record, Incident):
        return f"incidents/{record.slug}/"
    folder = "actors" if isinstance(record, Actor) else "software"
    return f"{folder}/{record.slug}/"  # type: ignore[attr-defined]


def revision_note(revision: Revision) -> str:
    """`Correction of 1 December 2026: …`"""
    when = date_view(revision.at).text
    return f"{revision.kind.value.capitalize()} of {when}: {revision.note}"


def incident_brief(kb: KnowledgeBase, incident: Incident, tlp: str, *, is_exact: bool) -> Brief:
    """All that an entry needs to know of an incident."""
    assessed = incident.assessment.actor if incident.assessment else ""
    actor = kb.actor_by_id.get(assessed) if assessed else None
    links = body_links(kb, incident) if incident.body.strip() else ()
    return Brief(incident, tlp, actor.name if actor else assessed, links, is_exact)


def brief_content(brief: Brief) -> Content:
    """All that the brief says, sections without rows left out, and of each ROW_LIMIT rows at most."""
    incident = readable(brief.incident) if brief.is_exact else brief.incident
    cites = _Citations(incident)
    facts = (
        words(incident.kind.value).capitalize(),
        f"occurred {incident.occurred.text}" if incident.occurred else "",
        f"disclosed {incident.disclosed.text}",
        brief.tlp,
    )
    before = (
        Section("Key points", tuple(Row((point,)) for point in incident.key_points[:ROW_LIMIT])),
        _attribution(incident, cites),
        _assessment(incident, brief.assessed, cites),
    )
    after = (
        _techniques(incident, cites),
        _indicators(incident, cites),
        _timeline(incident, cites),
        _responses(incident, cites),
        Section("Recommendations", tuple(Row((r.text,)) for r in incident.recommendations[:ROW_LIMIT])),
        _sources(incident),
        Section("Revisions", tuple(Row((revision_note(r),)) for r in incident.revisions[-ROW_LIMIT:])),
    )
    base = record_href(incident)
    lead = (brief.note, incident.summary, " · ".join(fact for fact in facts if fact))
    return Content(
        lead=lead if brief.note else lead[1:],
        before=tuple(section for section in before if section.rows),
        body=_narrative(brief),
        pictures=tuple(Picture(base + f.file, f.alt, f.caption or "") for f in incident.figures),
        after=tuple(section for section in after if section.rows),
        is_cut=len(incident.body) > BODY_LIMIT or any(len(s.rows) == ROW_LIMIT for s in (*before, *after)),
    )


def _narrative(brief: Brief) -> BodyView | None:
    """One over BODY_LIMIT characters is cut before it is rendered: no entry has room for more, and no feed
    should cost what a book costs."""
    if not brief.incident.body.strip():
        return None
    body = linked_body(brief.incident, brief.links)
    is_long = len(body.markdown) > BODY_LIMIT
    return replace(body, markdown=_beginning(body.markdown)) if is_long else body


def _beginning(markdown: str) -> str:
    """The paragraphs of a narrative that fit BODY_LIMIT; where the first does not, its words that do."""
    kept = markdown[:BODY_LIMIT]
    for blank in ("\n\n", "\n", " "):
        if blank in kept.strip():
            return kept.rsplit(blank, 1)[0]
    return kept


class _Citations(dict[tuple[str, ...], str]):
    """The sources of a statement → their numbers in the list of sources, ascending: most statements of a
    brief cite what another cites too."""

    def __init__(self, incident: Incident) -> None:
        self._numbers = {source.id: number for number, source in enumerate(incident.sources, 1)}

    def __missing__(self, cited: tuple[str, ...]) -> str:
        found = sorted({self._numbers[source_id] for source_id in cited if source_id in self._numbers})
        self[cited] = numbers = ", ".join(map(str, found))
        return numbers


def _attribution(incident: Incident, cites: _Citations) -> Section:
    rows = []
    for claim in incident.attribution[:ROW_LIMIT]:
        stated = f" ({claim.stated})" if claim.stated else ""
        when = f", {claim.date.text}" if claim.date else ""
        text = f"{claim.by}{when}: {claim.named}{stated}."
        if claim.note:
            text += f" {claim.note}"
        rows.append(Row((text,), cites=cites[claim.sources]))
    return Section("Who says who did it", tuple(rows))


def _assessment(incident: Incident, name: str, cites: _Citations) -> Section:
    """Likelihood and confidence in sentences of their own (ICD 203, section D.6.e.(2)(a))."""
    given = incident.assessment
    if not given:
        return Section("Our assessment", ())
    likely = f"{given.likelihood.value} " if given.likelihood else ""
    text = f"We assess that this was {likely}{name}. Our confidence is {given.confidence.value}. {given.why}"
    return Section("Our assessment", (Row((text,), cites=cites[given.sources]),))


def _techniques(incident: Incident, cites: _Citations) -> Section:
    reference = load_reference()
    rows = []
    for use in incident.techniques[:ROW_LIMIT]:
        if use.basis is Basis.GROUP_PROFILE:
            continue
        known = reference.technique(use.id)
        href = f"https://attack.mitre.org/techniques/{use.id.replace('.', '/')}/"
        cells = (use.id, known.name if known else "", use.basis.value, use.note or "")
        rows.append(Row(cells, href, cites[use.sources]))
    return Section("Techniques", tuple(rows), ("ATT&CK", "Name", "Basis", "How"))


def _indicators(incident: Incident, cites: _Citations) -> Section:
    rows = []
    for i in incident.indicators[:ROW_LIMIT]:
        state = f"{i.state.value}, {i.use.value}"
        shown = defang(i.type.value, i.value)
        rows.append(Row((shown, words(i.type.value), state, i.context or ""), cites=cites[i.sources]))
    return Section("Indicators (defanged)", tuple(rows), ("Value", "Type", "State and use", "Context"))


def _timeline(incident: Incident, cites: _Citations) -> Section:
    events = sorted(incident.timeline, key=lambda event: event.date.sort_key)
    rows = (Row((f"{e.date.text}: {e.event}",), cites=cites[e.sources]) for e in events[:ROW_LIMIT])
    return Section("Timeline", tuple(rows))


def _responses(incident: Incident, cites: _Citations) -> Section:
    rows = []
    for r in incident.response[:ROW_LIMIT]:
        by = f" by {r.by}" if r.by else ""
        when = f", {r.date.text}" if r.date else ""
        detail = f": {r.detail}" if r.detail else ""
        text = f"{words(r.kind).capitalize()}{by}{when}{detail}"
        rows.append(Row((text,), cites=cites[r.sources]))
    return Section("Response", tuple(rows))


def _sources(incident: Incident) -> Section:
    rows = []
    for source in incident.sources[:ROW_LIMIT]:
        when = f", {source.date.text}" if source.date else ""
        rows.append(Row((f"{source.publisher}: {source.title}{when}",), source.url or ""))
    return Section("Sources", tuple(rows), numbered=True)
