"""One entry of a feed: what it says of a record, in whatever format it will be written.

An entry is the same wherever it stands: in the site's feed, an actor's, an archive. Its GUID comes
from the record's id and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Revision, Sourced, format_instant
from threatbrief.model.vocab import Basis, RevisionKind, Status
from threatbrief.reference import load_reference
from threatbrief.render.defang import defang, defang_text
from threatbrief.views.body import BodyView, body_view
from threatbrief.views.common import cite_numbers, date_view
from threatbrief.views.incident import incident_tlp, words

TECHNIQUE_SCHEME: Final = "https://attack.mitre.org/techniques/"
COUNTRY_SCHEME: Final = "urn:iso:std:iso:3166:-1:alpha-2"
TLP_SCHEME: Final = "https://www.first.org/tlp/"

_TITLE_LIMIT: Final = 300
_SUMMARY_LIMIT: Final = 1_500
_CATEGORY_LIMIT: Final = 40
_SOURCE_LIMIT: Final = 20
_CORRECTING: Final = {RevisionKind.CORRECTION: "Correction", RevisionKind.RETRACTION: "Retraction"}


@dataclass(frozen=True, slots=True)
class Category:
    """A term of a vocabulary; `label` is for readers and empty where the term reads well itself."""

    scheme: str
    term: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a section: its cells, where the first one leads, and the sources it cites."""

    cells: tuple[str, ...]
    href: str = ""
    cites: tuple[int, ...] = ()


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
    narrative, its figures, what comes after."""

    lead: tuple[str, ...]
    before: tuple[Section, ...] = ()
    body: BodyView | None = None
    pictures: tuple[Picture, ...] = ()
    after: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry. `href` and `enclosure` are relative to the site's root, instants are RFC 3339 in UTC.

    `content` is None where the feed gives summaries only; `sources` pairs title and URL; `note` says
    what changed, where a feed is about changes.
    """

    guid: str
    href: str
    title: str
    summary: str
    published: str
    updated: str
    tlp: str = ""
    note: str = ""
    categories: tuple[Category, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    content: Content | None = None
    enclosure: str = ""


def is_carried(record: Record) -> bool:
    """Whether feeds speak of the record: it was published, and stays so when it is withdrawn later."""
    return record.published is not None and record.status is not Status.DRAFT


def guid_base(record: Record) -> str:
    """What a record's GUIDs are made of: the id of an incident; for the others their first slug."""
    if isinstance(record, Incident):
        return record.id
    slug: str = record.id  # type: ignore[attr-defined]
    return f"{type(record).__name__.lower()}/{record.formerly[0] if record.formerly else slug}"


def record_href(record: Record) -> str:
    """The address of a record's page, relative to the root."""
    if isinstance(record, Incident):
        return f"incidents/{record.slug}/"
    folder = "actors" if isinstance(record, Actor) else "software"
    return f"{folder}/{record.slug}/"  # type: ignore[attr-defined]


def record_dates(record: Record) -> tuple[str, str]:
    """When a record was published and last changed; ValueError for one that never was published."""
    if record.published is None or record.updated is None:
        raise ValueError("feeds carry published records only")
    return format_instant(record.published), format_instant(record.updated)


def record_title(record: Record) -> str:
    """A record's title or name, defanged, as plain text."""
    if isinstance(record, Incident):
        return _cut(_defanger(record)(record.title), _TITLE_LIMIT)
    return _cut(str(record.name), _TITLE_LIMIT)  # type: ignore[attr-defined]


def incident_entry(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> EntryView:
    """The entry of a published incident; of a withdrawn one, the notice that took its place."""
    if incident.status is Status.WITHDRAWN:
        return _withdrawn_entry(site, incident)
    safe = _defanger(incident)
    href = record_href(incident)
    published, updated = record_dates(incident)
    return EntryView(
        guid=site.guid(guid_base(incident)),
        href=href,
        title=record_title(incident),
        summary=_cut(safe(incident.summary), _SUMMARY_LIMIT),
        published=published,
        updated=updated,
        tlp=incident_tlp(incident),
        categories=_categories(kb, site, incident),
        sources=tuple((s.title, s.url) for s in incident.sources if s.url)[:_SOURCE_LIMIT],
        content=_content(kb, incident, safe),
        enclosure=f"{href}brief.pdf" if site.pdf else "",
    )


def in_short(entry: EntryView) -> EntryView:
    """The entry as feeds of summaries carry it: no content, no enclosure, the same GUID and dates."""
    return replace(entry, content=None, enclosure="")


def revised_entry(entry: EntryView, incident: Incident) -> EntryView:
    """The entry as the feed of updates carries it: what the newest revision changed is said first."""
    if not incident.revisions:
        return entry
    note = revision_note(incident, incident.revisions[-1])
    content = replace(entry.content, lead=(note, *entry.content.lead)) if entry.content else None
    return replace(entry, note=note, content=content)


def revision_note(record: Record, revision: Revision) -> str:
    """`Correction of 1 December 2026: …`, defanged."""
    when = date_view(revision.at)
    safe = _defanger(record)
    return f"{revision.kind.value.capitalize()} of {when.text if when else ''}: {safe(revision.note)}"


def correction_entries(site: SiteConfig, record: Record) -> Iterator[EntryView]:
    """An entry for each correction, retraction and withdrawal of a record, oldest first.

    Its GUID is the record's with `/revision/<version>`; a withdrawal that is not itself a revision
    has `/withdrawal`.
    """
    last = len(record.revisions) + 1
    withdrawn = record.status is Status.WITHDRAWN
    named_as_withdrawn = False
    for version, revision in enumerate(record.revisions, 2):
        if revision.kind not in _CORRECTING:
            continue
        is_withdrawal = withdrawn and version == last
        named_as_withdrawn |= is_withdrawal
        word = "Withdrawn" if is_withdrawal else _CORRECTING[revision.kind]
        yield _correction(site, record, f"revision/{version}", word, revision)
    if withdrawn and not named_as_withdrawn:
        yield _correction(site, record, "withdrawal", "Withdrawn", None)


def notice_entry(site: SiteConfig, key: str, title: str, text: str, href: str) -> EntryView:
    """What stands in a feed that has nothing to carry yet: many readers refuse a feed without entries.

    It is dated by the GUID authority's own date, the one date that never changes.
    """
    year, month, day = (*site.authority.partition(",")[2].split("-"), "01", "01")[:3]
    when = f"{year}-{month}-{day}T00:00:00Z"
    content = Content(lead=(text,))
    return EntryView(site.guid(key, "start"), href, title, text, when, when, site.tlp.label, content=content)


def _correction(
    site: SiteConfig, record: Record, suffix: str, word: str, revision: Revision | None
) -> EntryView:
    at = format_instant(revision.at) if revision else record_dates(record)[1]
    reason = record.reason or "no reason is given."
    if revision is None:
        lead = [f"Withdrawn: {reason}"]
    else:
        lead = [revision_note(record, revision), *([f"Reason: {reason}"] if word == "Withdrawn" else [])]
    lead = [_cut(text, _SUMMARY_LIMIT) for text in lead]
    record_id = str(record.id)  # type: ignore[attr-defined]
    tlp = incident_tlp(record) if isinstance(record, Incident) else record.tlp.label
    return EntryView(
        guid=site.guid(guid_base(record), suffix),
        href=f"{record_href(record)}#{suffix.replace('/', '-')}",
        title=f"{word}: {record_title(record)}",
        summary=lead[0],
        published=at,
        updated=at,
        tlp=tlp,
        categories=(
            Category(site.guid("revision-kinds"), word.lower()),
            Category(site.guid("records"), record_id),
            Category(TLP_SCHEME, tlp),
        ),
        content=Content(lead=tuple(lead)),
    )


def _withdrawn_entry(site: SiteConfig, incident: Incident) -> EntryView:
    published, updated = record_dates(incident)
    reason = incident.reason or "No reason is given."
    text = _cut(f"This brief was withdrawn. {reason}", _SUMMARY_LIMIT)
    tlp = incident.tlp.label
    return EntryView(
        guid=site.guid(guid_base(incident)),
        href=record_href(incident),
        title=f"Withdrawn: {record_title(incident)}",
        summary=text,
        published=published,
        updated=updated,
        tlp=tlp,
        categories=(Category(site.guid("statuses"), "withdrawn"), Category(TLP_SCHEME, tlp)),
        content=Content(lead=(text,)),
    )


def _defanger(record: Record) -> Callable[[str | None], str]:
    found = tuple((i.type.value, i.value) for i in record.indicators) if isinstance(record, Incident) else ()

    def safe(text: str | None) -> str:
        return defang_text(text, found) if text else ""

    return safe


def _cut(text: str, limit: int) -> str:
    """Text of at most `limit` characters, cut at a blank where there is one."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept[limit // 2 :] else kept) + "…"


def _categories(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> tuple[Category, ...]:
    reference = load_reference()
    ours = kb.actors_of(incident)
    claimed = {a.id: a for claim in incident.attribution for a in kb.claimed_actors(claim) if a not in ours}
    sectors = ((slug, reference.sector(slug)) for slug in incident.targets.sectors)
    countries = ((code, reference.country(code)) for code in incident.targets.countries)
    software = (kb.software_by_id.get(slug) for slug in incident.software)
    seen = dict.fromkeys(t.id for t in incident.techniques if t.basis is not Basis.GROUP_PROFILE)
    found = (
        Category(site.guid("kinds"), incident.kind.value, words(incident.kind.value)),
        Category(TLP_SCHEME, incident_tlp(incident)),
        *(Category(site.guid("actors"), actor.id, actor.name) for actor in ours),
        *(Category(site.guid("claimed-actors"), actor.id, actor.name) for actor in claimed.values()),
        *(Category(site.guid("software"), s.id, s.name) for s in software if s),
        *(
            Category(site.guid("sectors"), slug, known.name if known else words(slug))
            for slug, known in sectors
        ),
        *(Category(COUNTRY_SCHEME, code, known.name if known else code) for code, known in countries),
        *(Category(TECHNIQUE_SCHEME, technique_id) for technique_id in seen),
    )
    return tuple(dict.fromkeys(found))[:_CATEGORY_LIMIT]


Safe = Callable[[str | None], str]


def _content(kb: KnowledgeBase, incident: Incident, safe: Safe) -> Content:
    facts = (
        words(incident.kind.value).capitalize(),
        f"occurred {incident.occurred.text}" if incident.occurred else "",
        f"disclosed {incident.disclosed.text}",
        incident_tlp(incident),
    )
    before = (
        Section("Key points", tuple(Row((safe(point),)) for point in incident.key_points)),
        _attribution(incident, safe),
        _assessment(kb, incident, safe),
    )
    after = (
        _techniques(incident, safe),
        _indicators(incident, safe),
        _timeline(incident, safe),
        _responses(incident, safe),
        Section("Recommendations", tuple(Row((safe(r.text),)) for r in incident.recommendations)),
        _sources(incident),
        Section("Revisions", tuple(Row((revision_note(incident, r),)) for r in incident.revisions)),
    )
    base = record_href(incident)
    return Content(
        lead=(safe(incident.summary), " · ".join(fact for fact in facts if fact)),
        before=tuple(section for section in before if section.rows),
        body=body_view(kb, incident) if incident.body.strip() else None,
        pictures=tuple(Picture(base + f.file, safe(f.alt), safe(f.caption)) for f in incident.figures),
        after=tuple(section for section in after if section.rows),
    )


def _cites(incident: Incident, statement: Sourced | Iterable[str]) -> tuple[int, ...]:
    cited = statement.sources if isinstance(statement, Sourced) else statement
    return cite_numbers(incident.sources, cited)


def _attribution(incident: Incident, safe: Safe) -> Section:
    rows = []
    for claim in incident.attribution:
        stated = f" ({claim.stated})" if claim.stated else ""
        when = f", {claim.date.text}" if claim.date else ""
        text = f"{claim.by}{when}: {claim.named}{stated}."
        if claim.note:
            text += f" {claim.note}"
        rows.append(Row((safe(text),), cites=_cites(incident, claim)))
    return Section("Who says who did it", tuple(rows))


def _assessment(kb: KnowledgeBase, incident: Incident, safe: Safe) -> Section:
    """Likelihood and confidence in sentences of their own (ICD 203, section D.6.e.(2)(a))."""
    given = incident.assessment
    if not given:
        return Section("Our assessment", ())
    actor = kb.actor_by_id.get(given.actor)
    likely = f"{given.likelihood.value} " if given.likelihood else ""
    name = actor.name if actor else given.actor
    text = f"We assess that this was {likely}{name}. Our confidence is {given.confidence.value}. {given.why}"
    return Section("Our assessment", (Row((safe(text),), cites=_cites(incident, given.sources)),))


def _techniques(incident: Incident, safe: Safe) -> Section:
    reference = load_reference()
    rows = []
    for use in incident.techniques:
        if use.basis is Basis.GROUP_PROFILE:
            continue
        known = reference.technique(use.id)
        href = f"https://attack.mitre.org/techniques/{use.id.replace('.', '/')}/"
        cells = (use.id, known.name if known else "", use.basis.value, safe(use.note))
        rows.append(Row(cells, href, _cites(incident, use)))
    return Section("Techniques", tuple(rows), ("ATT&CK", "Name", "Basis", "How"))


def _indicators(incident: Incident, safe: Safe) -> Section:
    rows = []
    for i in incident.indicators:
        state = f"{i.state.value}, {i.use.value}"
        shown = defang(i.type.value, i.value)
        rows.append(Row((shown, words(i.type.value), state, safe(i.context)), cites=_cites(incident, i)))
    return Section("Indicators (defanged)", tuple(rows), ("Value", "Type", "State and use", "Context"))


def _timeline(incident: Incident, safe: Safe) -> Section:
    events = sorted(incident.timeline, key=lambda event: event.date.sort_key)
    rows = (Row((f"{e.date.text}: {safe(e.event)}",), cites=_cites(incident, e)) for e in events)
    return Section("Timeline", tuple(rows))


def _responses(incident: Incident, safe: Safe) -> Section:
    rows = []
    for r in incident.response:
        by = f" by {r.by}" if r.by else ""
        when = f", {r.date.text}" if r.date else ""
        detail = f": {r.detail}" if r.detail else ""
        text = f"{words(r.kind).capitalize()}{by}{when}{detail}"
        rows.append(Row((safe(text),), cites=_cites(incident, r)))
    return Section("Response", tuple(rows))


def _sources(incident: Incident) -> Section:
    rows = []
    for source in incident.sources:
        when = f", {source.date.text}" if source.date else ""
        rows.append(Row((f"{source.publisher}: {source.title}{when}",), source.url or ""))
    return Section("Sources", tuple(rows), numbered=True)
