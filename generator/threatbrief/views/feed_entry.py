"""One entry of a feed: what it says of a record, in whatever format it will be written.

An entry is the same wherever it stands: in the site's feed, an actor's, an archive. Its GUID comes
from the record's id and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Software, format_instant, highest
from threatbrief.model.vocab import Basis, RevisionKind, Status
from threatbrief.reference import load_reference
from threatbrief.views.common import marking_of
from threatbrief.views.feed_content import (
    Brief,
    Content,
    incident_brief,
    record_href,
    revision_note,
)
from threatbrief.views.incident import words
from threatbrief.views.readable import needs_defanging, readable

TECHNIQUE_SCHEME: Final = "https://attack.mitre.org/techniques/"
COUNTRY_SCHEME: Final = "urn:iso:std:iso:3166:-1"
TLP_SCHEME: Final = "https://www.first.org/tlp/"

_ROOM: Final = 12_288
"""Entries that a worker keeps, in short: one stands in dozens of feeds, and takes 4 KB."""
_TITLE_LIMIT: Final = 300
_SUMMARY_LIMIT: Final = 1_500
_CATEGORY_LIMIT: Final = 40
_SOURCE_LIMIT: Final = 20
_RECORDS: Final[Mapping[str, Callable[[KnowledgeBase], Mapping[str, Record]]]] = {
    "Incident": attrgetter("incident_by_id"),
    "Actor": attrgetter("actor_by_id"),
    "Software": attrgetter("software_by_id"),
}
_CORRECTING: Final = {RevisionKind.CORRECTION: "Correction", RevisionKind.RETRACTION: "Retraction"}


class Category(NamedTuple):
    """A term of a vocabulary; `label` is for readers and empty where the term reads well itself."""

    scheme: str
    term: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry. `href` and `enclosure` are relative to the site's root, instants are RFC 3339 in UTC.

    `content` is None where the feed gives summaries only; `sources` pairs title and URL.
    """

    guid: str
    href: str
    title: str
    summary: str
    published: str
    updated: str
    tlp: str = ""
    categories: tuple[Category, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    content: Content | Brief | None = None
    enclosure: str = ""


def first_slug(record: Actor | Software) -> str:
    """The id under which an actor or software was first published: what names it for machines for good."""
    return record.formerly[0] if record.formerly else record.id


def guid_base(record: Record) -> str:
    """What a record's GUIDs are made of: the id of an incident, kind and first slug of the others."""
    if isinstance(record, Actor | Software):
        return f"{type(record).__name__.lower()}/{first_slug(record)}"
    return str(record.id)


def record_dates(record: Record) -> tuple[str, str]:
    """When a record was published and last changed; ValueError for one that never was published."""
    if record.published is None or record.updated is None:
        raise ValueError("feeds carry published records only")
    return format_instant(record.published), format_instant(record.updated)


def record_title(record: Record) -> str:
    """A record's title or name as plain text; of a withdrawn one its id and no more."""
    if record.status is Status.WITHDRAWN:
        return str(record.id)
    title = record.title if isinstance(record, Incident) else str(record.name)  # type: ignore[attr-defined]
    return _cut(title, _TITLE_LIMIT)


class Form(StrEnum):
    """How a feed carries an incident: in full or in short, and as the feed of updates does."""

    FULL = "full"
    SHORT = "short"
    REVISED = "revised"
    REVISED_SHORT = "revised in short"


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of an incident's entry in a feed; `published` is when the incident was."""

    incident: str
    form: Form
    published: str

    def in_short(self) -> Slot:
        """The same place in an archive that holds summaries."""
        form = Form.REVISED_SHORT if self.form in (Form.REVISED, Form.REVISED_SHORT) else Form.SHORT
        return Slot(self.incident, form, self.published)


@dataclass(frozen=True, slots=True)
class CorrectionSlot:
    """The place of an entry in the feed of corrections: a revision of a record by its version, or with
    version 0 a withdrawal that is none."""

    kind: str
    record: str
    version: int
    published: str
    guid: str


def make_entry(kb: KnowledgeBase, site: SiteConfig, slot: Slot | CorrectionSlot) -> EntryView:
    """The entry of a published incident (of a withdrawn one, the notice that took its place), or of a
    correction."""
    if isinstance(slot, CorrectionSlot):
        return _correction(kb, site, slot)
    incident = kb.incident_by_id[slot.incident]
    entry = kb.recall(_ROOM, ("feed entry", incident.id), _entry_in_short, kb, site, incident)
    if slot.form in (Form.FULL, Form.REVISED):
        entry = _in_full(kb, site, entry, incident)
    is_revised = slot.form in (Form.REVISED, Form.REVISED_SHORT) and incident.revisions
    return _as_revised(entry, _told(kb, incident)) if is_revised else entry


def enclosure_of(site: SiteConfig, incident: Incident) -> str:
    """The address of the PDF brief that entries in full enclose; empty where there is none."""
    return f"{record_href(incident)}brief.pdf" if site.pdf and incident.status is not Status.WITHDRAWN else ""


def _in_full(kb: KnowledgeBase, site: SiteConfig, entry: EntryView, incident: Incident) -> EntryView:
    """The entry in short, with the brief and the PDF."""
    if incident.status is Status.WITHDRAWN:
        return replace(entry, content=Content((entry.summary,)))
    brief = incident_brief(kb, incident, entry.tlp, is_exact=_is_exact(kb, incident))
    return replace(entry, content=brief, enclosure=enclosure_of(site, incident))


def _entry_in_short(kb: KnowledgeBase, site: SiteConfig, incident: Incident) -> EntryView:
    """The entry as feeds of summaries carry it: no content, no enclosure, the same GUID and dates."""
    incident = _told(kb, incident)
    if incident.status is Status.WITHDRAWN:
        return _withdrawn_entry(site, incident)
    published, updated = record_dates(incident)
    tlp = marking_of(incident).label
    return EntryView(
        guid=site.guid(guid_base(incident)),
        href=record_href(incident),
        title=record_title(incident),
        summary=_cut(incident.summary, _SUMMARY_LIMIT),
        published=published,
        updated=updated,
        tlp=tlp,
        categories=_categories(kb, site, incident, tlp),
        sources=tuple((s.title, s.url) for s in incident.sources if s.url)[:_SOURCE_LIMIT],
    )


def _told(kb: KnowledgeBase, incident: Incident) -> Incident:
    """The incident defanged."""
    return readable(incident) if _is_exact(kb, incident) else incident


def _is_exact(kb: KnowledgeBase, incident: Incident) -> bool:
    """Whether defanging changes anything. That is remembered: a copy of each incident would be as large as
    the records."""
    return kb.remember(("needs defanging", incident.id), needs_defanging, incident)


def _as_revised(entry: EntryView, incident: Incident) -> EntryView:
    """The entry as the feed of updates carries it: dated by the newest revision, whose note comes first."""
    note, content = _cut(revision_note(incident.revisions[-1]), _SUMMARY_LIMIT), entry.content
    if isinstance(content, Brief):
        content = replace(content, note=note)
    elif content:
        content = replace(content, lead=(note, *content.lead))
    return replace(entry, published=entry.updated, summary=f"{note} {entry.summary}", content=content)


def correction_slots(site: SiteConfig, record: Record) -> Iterator[CorrectionSlot]:
    """A place for each correction, retraction and withdrawal of a record, oldest first.

    The GUID is the record's with `/revision/<version>`; a withdrawal that is not itself a revision
    has `/withdrawal`.
    """
    withdrawn = record.status is Status.WITHDRAWN
    left_its_id_alone = withdrawn and record.released is record.tlp
    if left_its_id_alone or (not withdrawn and not any(r.kind in _CORRECTING for r in record.revisions)):
        return
    found = [(n, format_instant(r.at)) for n, r in enumerate(record.revisions, 2) if r.kind in _CORRECTING]
    if withdrawn and not any(version == record.version for version, _ in found):
        found.append((0, record_dates(record)[1]))
    for version, published in found:
        guid = site.guid(guid_base(record), _suffix(version))
        yield CorrectionSlot(type(record).__name__, record.id, version, published, guid)


def _suffix(version: int) -> str:
    return f"revision/{version}" if version else "withdrawal"


def notice_entry(site: SiteConfig, key: str, title: str, text: str, href: str) -> EntryView:
    """What stands in a feed that has nothing to carry yet: many readers refuse a feed without entries.

    It is dated by the GUID authority's own date, the one date that never changes.
    """
    year, month, day = (*site.authority.partition(",")[2].split("-"), "01", "01")[:3]
    when = f"{year}-{month}-{day}T00:00:00Z"
    content = Content(lead=(text,))
    return EntryView(site.guid(key, "start"), href, title, text, when, when, site.tlp.label, content=content)


def _correction(kb: KnowledgeBase, site: SiteConfig, slot: CorrectionSlot) -> EntryView:
    record = _RECORDS[slot.kind](kb)[slot.record]
    if isinstance(record, Incident):
        record = _told(kb, record)
    revision = record.revisions[slot.version - 2] if slot.version else None
    withdrawn = record.status is Status.WITHDRAWN and slot.version in (0, record.version)
    word = "Withdrawn" if withdrawn or not revision else _CORRECTING[revision.kind]
    reason = record.reason or "no reason is given."
    if revision is None:
        lead = [f"Withdrawn: {reason}"]
    else:
        lead = [revision_note(revision), *([f"Reason: {reason}"] if withdrawn else [])]
    lead = [_cut(text, _SUMMARY_LIMIT) for text in lead]
    tlp = highest(record.tlp, revision.tlp if revision else None).label
    return EntryView(
        guid=slot.guid,
        href=f"{record_href(record)}#{_suffix(slot.version).replace('/', '-')}",
        title=f"{word}: {record_title(record)}",
        summary=lead[0],
        published=slot.published,
        updated=slot.published,
        tlp=tlp,
        categories=(
            Category(site.guid("revision-kinds"), word.lower()),
            Category(site.guid("records"), str(record.id)),
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
    )


def _cut(text: str, limit: int) -> str:
    """Text of at most `limit` characters, cut at a blank where there is one."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept[limit // 2 :] else kept) + "…"


def _categories(kb: KnowledgeBase, site: SiteConfig, incident: Incident, tlp: str) -> tuple[Category, ...]:
    reference = load_reference()
    ours = kb.actors_of(incident)
    claimed = {a.id: a for claim in incident.attribution for a in kb.claimed_actors(claim) if a not in ours}
    sectors = ((slug, reference.sector(slug)) for slug in incident.targets.sectors)
    countries = ((code, reference.country(code)) for code in incident.targets.countries)
    software = (kb.software_by_id.get(slug) for slug in incident.software)
    seen = dict.fromkeys(t.id for t in incident.techniques if t.basis is not Basis.GROUP_PROFILE)
    found = (
        _category(site.guid("kinds"), incident.kind.value, words(incident.kind.value)),
        _category(TLP_SCHEME, tlp),
        *(_category(site.guid("actors"), first_slug(actor), actor.name) for actor in ours),
        *(
            _category(site.guid("claimed-actors"), first_slug(actor), actor.name)
            for actor in claimed.values()
        ),
        *(_category(site.guid("software"), first_slug(s), s.name) for s in software if s),
        *(
            _category(site.guid("sectors"), slug, known.name if known else words(slug))
            for slug, known in sectors
        ),
        *(_category(COUNTRY_SCHEME, code, known.name if known else code) for code, known in countries),
        *(_category(TECHNIQUE_SCHEME, technique_id) for technique_id in seen),
    )
    return tuple(dict.fromkeys(found))[:_CATEGORY_LIMIT]


@lru_cache(maxsize=8192)
def _category(scheme: str, term: str, label: str = "") -> Category:
    """One of the categories that many entries have, which share it."""
    return Category(scheme, term, label)
