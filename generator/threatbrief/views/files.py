"""The files beside pages: which exist for a record and for the site, and how each is saved.

A format is offered where its output was chosen for the build (SiteConfig.outputs). A RED build has PDF
briefs and nothing for machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from threatbrief.config import Period, SiteConfig
from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, Software, Tlp
from threatbrief.reference import DOMAINS, Domain, load_reference
from threatbrief.views.common import Link, highest_marking, marking_of
from threatbrief.views.csaf import PROVIDER_PATH, csaf_place, csaf_places
from threatbrief.views.incident import Download
from threatbrief.views.misp import MISP_FOLDER, event_path
from threatbrief.views.periods import digest_address, editions

_DOMAIN_NAMES = {"enterprise": "Enterprise", "mobile": "Mobile", "ics": "ICS"}
_TABLES = (
    ("incidents", "Incidents", "One row a brief: dates, kind, victims, actors, counts."),
    ("actors", "Actors", "One row an actor: country and sponsor as claimed, first and last brief."),
    (
        "names",
        "Names of actors",
        "One row a claim: who calls whom what, since when, and how far it is believed.",
    ),
    ("software", "Software", "One row a piece of malware or a tool."),
    ("techniques", "Techniques", "One row a technique of a brief, reported and mapped told apart."),
    ("ioc", "Indicators", "One row an indicator, exact, with its use and state: not all are fit to block."),
)


_EARLIER = "What was published in it; earlier ones lie beside them, at addresses of the same form."
_DIGESTS: tuple[tuple[Period, str, int], ...] = (
    ("year", "What was published in it, with an index of actors.", 40),
    ("quarter", _EARLIER, 8),
    ("month", _EARLIER, 12),
    ("week", _EARLIER, 8),
)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A file or a family of files for machines; `parts` are further ones, under the heading `by`."""

    name: str
    about: str
    files: tuple[Link, ...]
    by: str = ""
    parts: tuple[Link, ...] = ()


def has_output(site: SiteConfig, name: str) -> bool:
    """Whether the build makes this format."""
    chosen = site.outputs is None or name in site.outputs
    if name == "pdf":
        return chosen and site.pdf
    if name == "cards" and not (site.pdf and site.cards):
        return False
    return chosen and site.tlp is not Tlp.RED


def card_path(folder: str) -> str:
    """Where the picture of a page lies."""
    return f"{folder}card.png"


def card_address(site: SiteConfig, folder: str) -> str:
    """The absolute address of the picture of a page; empty where the build makes none."""
    return site.url(card_path(folder)) if has_output(site, "cards") else ""


def incident_files(incident: Incident, site: SiteConfig) -> tuple[Download, ...]:
    """The files of a brief, in the order in which they are offered."""
    folder, stem = f"incidents/{incident.slug}/", incident_stem(incident)
    place = csaf_place(incident)
    domains = technique_domains([incident])
    offered = [
        ("pdf", "Brief", "PDF", f"{folder}brief.pdf", f"{stem}.pdf"),
        ("stix", "STIX 2.1 bundle", "JSON", f"{folder}stix.json", f"{stem}.stix.json"),
        ("misp", "MISP event", "JSON", event_path(incident, site), f"{stem}.misp.json"),
        *_layers(domains, folder, stem),
        ("documents", "Record", "JSON", f"{folder}record.json", f"{stem}.json"),
        ("citations", "Citation", "BibTeX", f"{folder}cite.bib", f"{incident.id}.bib"),
        ("citations", "Citation", "CSL-JSON", f"{folder}cite.json", f"{incident.id}.csl.json"),
    ]
    if place:
        offered.insert(3, ("csaf", "CSAF 2.0 document", "JSON", place.path, place.path.rpartition("/")[2]))
    return _kept(offered, site)


def actor_files(kb: KnowledgeBase, actor: Actor, site: SiteConfig) -> tuple[Download, ...]:
    """The files of an actor."""
    own = kb.incidents_of(actor)
    folder = f"actors/{actor.slug}/"
    stem = actor_stem(kb, actor)
    offered = [
        ("pdf", "Dossier", "PDF", f"{folder}dossier.pdf", f"{stem}.pdf"),
        ("stix", "STIX 2.1 bundle", "JSON", f"{folder}stix.json", f"{stem}.stix.json"),
        *_layers(technique_domains(own), folder, stem),
        ("documents", "Record", "JSON", f"{folder}record.json", f"{stem}.json"),
    ]
    return _kept(offered, site)


def digest_files(
    kb: KnowledgeBase, site: SiteConfig, period: Period, most: int | None = None
) -> tuple[Download, ...]:
    """The digests of a period's length, the newest `most` of them, newest first."""
    if not has_output(site, "pdf") or period not in site.digests:
        return ()
    found = []
    for edition in editions(period, kb.published_incidents)[:most]:
        span = edition.span
        name = digest_name(span.name, highest_marking(kb, (*edition.published, *edition.revised)))
        found.append(Download(f"Digest of {span.text}", "PDF", digest_address(span), name))
    return tuple(found)


def digest_name(name: str, marking: Tlp) -> str:
    """The name that a digest is saved under: `digest_2026-11_TLP-CLEAR.pdf`."""
    return f"digest_{name}_{marking.label.replace(':', '-')}.pdf"


def software_files(software: Software, site: SiteConfig) -> tuple[Download, ...]:
    """The files of a software."""
    stem = _stem(software.id, software, marking_of(software))
    path = f"software/{software.slug}/record.json"
    return _kept([("documents", "Record", "JSON", path, f"{stem}.json")], site)


def technique_domains(incidents: Iterable[Incident]) -> tuple[Domain, ...]:
    """The ATT&CK domains of the techniques seen, as Navigator layers have them."""
    seen = {id_ for incident in incidents for id_ in techniques_seen(incident)}
    found = {domain for technique_id in seen for domain in _domains(technique_id)}
    return tuple(domain for domain in DOMAINS if domain in found)


def _domains(technique_id: str) -> tuple[Domain, ...]:
    """Where the latest successor of a technique stands; an unknown id is told by how it begins."""
    reference = load_reference()
    known, passed = reference.technique(technique_id), {technique_id}
    while known and known.revoked_by and known.revoked_by not in passed:
        passed.add(known.revoked_by)
        known = reference.technique(known.revoked_by)
    if known:
        return known.domains
    return ("ics",) if technique_id.startswith("T0") else ("enterprise",)


def site_files(kb: KnowledgeBase, site: SiteConfig) -> Iterator[ExportRow]:
    """What the whole site offers to machines."""
    if has_output(site, "documents"):
        files = _links("data/records.json", "data/records.schema.json")
        about = (
            "Every incident, actor and software, with exact values, and the schema; of many records those "
        )
        yield ExportRow("Records", f"{about}published last, and `next_url` leads to the others.", files)
    if has_output(site, "tables"):
        for name, title, about in _TABLES:
            yield ExportRow(title, about, _links(f"data/{name}.csv", f"data/{name}.jsonl"))
    if has_output(site, "stix"):
        years = tuple(Link(str(year), f"data/stix/{year}.json") for year in kb.by_year)
        about = "All records as one bundle (of a large site the newest), and each year's incidents."
        yield ExportRow("STIX 2.1", about, _links("data/stix-bundle.json"), "By year", years)
    if has_output(site, "misp"):
        about = "A feed for a MISP server: give it the address of the folder that holds the manifest."
        yield ExportRow("MISP", about, _links(f"{MISP_FOLDER}/manifest.json", f"{MISP_FOLDER}/hashes.csv"))
    if has_output(site, "csaf") and any(csaf_places(kb, site)):
        about = "Security advisories; the provider metadata leads to the feeds and to every document."
        yield ExportRow("CSAF 2.0", about, _links(PROVIDER_PATH))
    for period, about, most in _DIGESTS:
        if digests := digest_files(kb, site, period, most):
            links = tuple(Link(digest.label, digest.href) for digest in digests)
            yield ExportRow(f"PDF digests, by {period}", about, links)
    layers = [f"data/navigator-{domain}.json" for domain in technique_domains(kb.incidents)]
    if has_output(site, "navigator") and layers:
        about = "All techniques, scored by the number of briefs that have them, for the ATT&CK Navigator."
        yield ExportRow("Navigator layers", about, _links(*layers))
    if has_output(site, "citations"):
        yield ExportRow(
            "Citations", "Every brief as BibTeX and CSL-JSON.", _links("data/cite.bib", "data/cite.json")
        )


def _layers(domains: Iterable[Domain], folder: str, stem: str) -> Iterator[tuple[str, str, str, str, str]]:
    for domain in domains:
        path, save_as = f"{folder}navigator-{domain}.json", f"{stem}.navigator-{domain}.json"
        yield "navigator", f"Navigator layer, {_DOMAIN_NAMES[domain]}", "JSON", path, save_as


def _kept(offered: Iterable[tuple[str, str, str, str, str]], site: SiteConfig) -> tuple[Download, ...]:
    return tuple(Download(*row) for output, *row in offered if has_output(site, output))


def incident_stem(incident: Incident) -> str:
    """The name that files of a brief are saved under."""
    return _stem(incident.id, incident, marking_of(incident))


def actor_stem(kb: KnowledgeBase, actor: Actor) -> str:
    """The name that files of an actor are saved under."""
    told = (involved.incident for involved in kb.involvements(actor))
    return _stem(actor.id, actor, highest_marking(kb, (actor, *told)))


def _stem(record_id: str, record: Incident | Actor | Software, marking: Tlp) -> str:
    """The name that files of a record are saved under: id, date of the version, marking."""
    day = record.updated.strftime("%Y-%m-%d") if record.updated else "draft"
    return f"{record_id}_{day}_{marking.label.replace(':', '-')}"


def _links(*paths: str) -> tuple[Link, ...]:
    return tuple(Link(path, path) for path in paths)
