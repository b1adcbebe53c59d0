"""An incident as a CSAF document: notes for what the record says, revisions as its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Claim, Incident, format_instant
from threatbrief.model.vocab import CREDIBILITY_WORDS, Status
from threatbrief.outputs.csaf_wire import (
    About,
    Distribution,
    Document,
    Label,
    Note,
    Publisher,
    Reference,
    RevisionEntry,
    Tracking,
    Vulnerability,
)
from threatbrief.reference import load_reference
from threatbrief.views.csaf import CsafPlace

_FIRST_REVISION: Final = "First published."


class DocumentMaker:
    """Makes the documents of one site."""

    def __init__(self, kb: KnowledgeBase, site: SiteConfig) -> None:
        self._kb = kb.listed
        self._site = site
        self._reference = load_reference()
        self.publisher = make_publisher(site)
        self._footers = tuple(_footers(site))
        self._attack_notice = Note("legal_disclaimer", self._reference.attack_notice, "ATT&CK")

    def document(self, incident: Incident, place: CsafPlace) -> Document:
        """The document of an incident that has a place for it; see threatbrief.views.csaf.csaf_place.

        A withdrawn incident gives a document that says so, why, and nothing of what the record said:
        CSAF 2.0 has no status for it, and the tracking id stays taken.
        """
        if incident.status is Status.WITHDRAWN:
            title, summary = headline(incident)
            notes: tuple[Note, ...] = (Note("general", summary, "Withdrawal"), *self._footers)
            return Document(self._about(incident, place, title, notes, ()))
        notes = (*self._notes(incident), *self._footers)
        sources = tuple(
            Reference("external", f"{source.publisher}: {source.title}", source.url)
            for source in incident.sources
            if source.url
        )
        return Document(
            self._about(incident, place, incident.title, notes, sources), tuple(_vulnerabilities(incident))
        )

    def _about(
        self,
        incident: Incident,
        place: CsafPlace,
        title: str,
        notes: tuple[Note, ...],
        sources: tuple[Reference, ...],
    ) -> About:
        return About(
            Distribution(f"{place.marking.label} (TLP 2.0)", Label(place.label)),
            self._site.language,
            notes,
            self.publisher,
            tuple(self._references(incident, place, sources)),
            title,
            tracking(incident),
        )

    def _references(
        self, incident: Incident, place: CsafPlace, sources: tuple[Reference, ...]
    ) -> Iterator[Reference]:
        """The document itself, its page, its sources. The page is external where no source has an address."""
        page = self._site.url(f"incidents/{incident.slug}/")
        yield Reference("self", f"{incident.id} as CSAF", self._site.url(place.path))
        yield Reference("self" if sources else "external", f"{incident.id} as a page", page)
        yield from sources

    # Notes

    def _notes(self, incident: Incident) -> Iterator[Note]:
        """What the record says, one note a subject, each line one statement."""
        yield Note("summary", incident.summary, "Summary")
        rows = (
            ("details", "Key points", incident.key_points),
            ("details", "Dates", self._dates(incident)),
            ("details", "Actors", self._actors(incident)),
            ("details", "Attribution", (*map(_claim, incident.attribution), *self._assessment(incident))),
            ("details", "Targets", self._targets(incident)),
            ("details", "Software", self._software(incident)),
            ("details", "Techniques", self._techniques(incident)),
            ("details", "Indicators", self._indicators(incident)),
            ("details", "Timeline", (f"{event.date}: {event.event}" for event in incident.timeline)),
            ("details", "Response", self._responses(incident)),
            ("general", "Recommendations", (recommended.text for recommended in incident.recommendations)),
        )
        for category, title, lines in rows:
            if text := "\n".join(lines):
                yield Note(category, text, title)
        if techniques_seen(incident):
            yield self._attack_notice

    def _dates(self, incident: Incident) -> Iterator[str]:
        """ISO 8601, as precise as they are known; an open end is written as `..` (ISO 8601-2)."""
        if incident.occurred and (incident.occurred.start or incident.occurred.end):
            start, end = incident.occurred.start or "..", incident.occurred.end or ".."
            yield f"occurred: {start}/{end}"
        yield f"disclosed: {incident.disclosed}"

    def _actors(self, incident: Incident) -> Iterator[str]:
        for actor in self._kb.actors_of(incident):
            known = f" ({actor.attack_id})" if actor.attack_id else ""
            yield f"{actor.name}{known}: {self._site.url(f'actors/{actor.slug}/')}"

    def _assessment(self, incident: Incident) -> Iterator[str]:
        """Ours, likelihood and confidence in sentences apart (ICD 203, section D.6.e.(2)(a))."""
        given = incident.assessment
        if not given:
            return
        actor = self._kb.actor_by_id.get(given.actor)
        name = actor.name if actor else given.actor
        likely = f"{given.likelihood.value} " if given.likelihood else ""
        yield f"{self._site.publisher.name} assesses that it was {likely}{name}."
        yield f"Confidence in this is {given.confidence.value}. {given.why}"

    def _targets(self, incident: Incident) -> Iterator[str]:
        for slug in incident.targets.sectors:
            sector = self._reference.sector(slug)
            yield f"sector: {sector.name if sector else slug}"
        for code in incident.targets.countries:
            country = self._reference.country(code)
            yield f"country: {code} ({country.name})" if country else f"country: {code}"
        yield from (f"victim: {victim}" for victim in incident.targets.victims)

    def _software(self, incident: Incident) -> Iterator[str]:
        for software_id in dict.fromkeys(incident.software):
            found = self._kb.software_by_id.get(software_id)
            known = f" ({found.attack_id})" if found and found.attack_id else ""
            yield f"{found.name if found else software_id}{known}"

    def _techniques(self, incident: Incident) -> Iterator[str]:
        seen = set(techniques_seen(incident))
        for use in incident.techniques:
            if use.id in seen:
                seen.discard(use.id)
                known = self._reference.technique(use.id)
                yield f"{use.id} {known.name if known else ''}".rstrip() + f" ({use.basis.value})"

    def _indicators(self, incident: Incident) -> Iterator[str]:
        """Exact values. The markers in front cannot be part of one, so a line can be taken apart."""
        for found in incident.indicators:
            marking = (found.tlp or incident.tlp).label
            yield f"[{found.type.value}; {found.use.value}; {found.state.value}; {marking}] {found.value}"

    def _responses(self, incident: Incident) -> Iterator[str]:
        for found in incident.response:
            parts = (f"{found.date}" if found.date else "", found.by or "", found.detail or "")
            yield ", ".join(part for part in (found.kind.replace("-", " "), *parts) if part)


def headline(incident: Incident) -> tuple[str, str]:
    """Title and summary of the incident's document, as lists and feeds repeat them."""
    if incident.status is not Status.WITHDRAWN:
        return incident.title, incident.summary
    title = f"{incident.id} was withdrawn"
    return title, f"{title}. {incident.reason or 'No reason was given.'}"


def make_publisher(site: SiteConfig) -> Publisher:
    """The publisher as documents and provider metadata name it (section 3.2.1.8)."""
    namespace = site.csaf.namespace or site.publisher.url or site.site_url
    return Publisher(site.csaf.category, site.publisher.name, namespace, site.publisher.email)


def _footers(site: SiteConfig) -> Iterator[Note]:
    licence = f"{site.licence.name}: {site.licence.url}"
    yield Note("legal_disclaimer", licence, "Licence")
    if site.publisher.disclaimer:
        yield Note("legal_disclaimer", site.publisher.disclaimer, "Disclaimer")


def tracking(incident: Incident) -> Tracking:
    """Versions are whole numbers: 1 for the publication, one more for each revision (section 3.1.11.1)."""
    if incident.published is None or incident.updated is None:
        raise ValueError(f"{incident.id} was never published and can have no CSAF document")
    first = RevisionEntry(format_instant(incident.published), "1", _FIRST_REVISION)
    later = (
        RevisionEntry(format_instant(revision.at), str(number), f"{revision.kind.value}: {revision.note}")
        for number, revision in enumerate(incident.revisions, 2)
    )
    return Tracking(
        current_release_date=format_instant(incident.updated),
        id=incident.id,
        initial_release_date=first.date,
        revision_history=(first, *later),
        status="final",
        version=str(incident.version),
    )


def _claim(claim: Claim) -> str:
    date = f" ({claim.date})" if claim.date else ""
    stated = f"; stated: {claim.stated}" if claim.stated else ""
    digit = claim.credibility
    graded = f"; credibility {digit}, {CREDIBILITY_WORDS[digit]}" if digit else ""
    return f"{claim.by}{date} attributes it to {claim.named}{stated}{graded}"


def _vulnerabilities(incident: Incident) -> Iterator[Vulnerability]:
    """Each CVE once (section 6.1.23)."""
    notes: dict[str, list[str]] = {}
    for found in incident.vulnerabilities:
        notes.setdefault(found.id, []).extend([found.note] if found.note else [])
    for cve, texts in notes.items():
        yield Vulnerability(cve, tuple(_note_lines(texts)))


def _note_lines(texts: Iterable[str]) -> Iterator[Note]:
    return (Note("details", text, "Use in the incident") for text in dict.fromkeys(texts))
