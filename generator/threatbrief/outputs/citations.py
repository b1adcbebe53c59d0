"""How to cite a brief: BibTeX and CSL-JSON beside each page, and of all briefs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.model.vocab import Status
from threatbrief.render.engine import Engine
from threatbrief.views.briefs import defanger
from threatbrief.views.common import marking_of

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_TEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "{}$&%#_"},
    }
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A brief as a bibliography lists it. `issued` is year, month and day, as many as are known."""

    id: str
    title: str
    publisher: str
    issued: tuple[int, ...]
    url: str
    version: int
    language: str
    note: str
    abstract: str


@dataclass(frozen=True, slots=True)
class CitationsView:
    """Citations, for a file of either format."""

    citations: tuple[Citation, ...]


class CitationsOutput:
    """`cite.bib` and `cite.json` beside each brief and in data/; nothing in a RED build."""

    name = "citations"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.tlp is Tlp.RED:
            return
        for incident in kb.incidents:
            later = Later(_citations, kb, (incident,), site)
            yield from self._artifacts(f"incidents/{incident.slug}", incident.id, later)
        yield from self._artifacts("data", "all briefs", Later(_citations, kb, kb.incidents, site))

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: CitationsView = artifact.view
        return (encode_bibtex if artifact.path.suffix == ".bib" else encode_csl)(view.citations)

    def _artifacts(self, folder: str, owner: str, later: Later) -> Iterator[Artifact]:
        for kind in ("bib", "json"):
            path = PurePosixPath(f"{folder}/cite.{kind}")
            yield Artifact(path, later, owner=owner, output=self.name)


def _citations(kb: KnowledgeBase, incidents: Iterable[Incident], site: SiteConfig) -> CitationsView:
    """The list of all briefs has what stands beside each of them."""
    return CitationsView(tuple(kb.remember(("citation", i.id), cite, i, site) for i in incidents))


def cite(incident: Incident, site: SiteConfig) -> Citation:
    """The citation of a brief: issued when published, else when disclosed; of a withdrawn one, its notice."""
    withdrawn = incident.status is Status.WITHDRAWN
    safe = defanger(incident)
    revised = f"revised {incident.revisions[-1].at:%Y-%m-%d}" if incident.revisions else ""
    notes = (f"version {incident.version}", revised, marking_of(incident).label)
    return Citation(
        id=incident.id,
        title=f"{incident.id} (withdrawn)" if withdrawn else safe(incident.title),
        publisher=site.publisher.name,
        issued=_issued(incident),
        url=site.url(f"incidents/{incident.slug}/"),
        version=incident.version,
        language=site.language,
        note=", ".join(note for note in notes if note),
        abstract=incident.reason or "" if withdrawn else safe(incident.summary),
    )


def encode_bibtex(citations: Iterable[Citation]) -> bytes:
    """BibTeX entries of type techreport, UTF-8; TeX's own characters are escaped."""
    return "\n".join(_bibtex_entry(citation) for citation in citations).encode()


def encode_csl(citations: Iterable[Citation]) -> bytes:
    """CSL-JSON 1.0.2, items of type report."""
    return (json.dumps([_csl_entry(c) for c in citations], ensure_ascii=False) + "\n").encode()


def _issued(incident: Incident) -> tuple[int, ...]:
    if incident.published:
        return _parts(incident.published.date())
    return tuple(int(part) for part in incident.disclosed.value.split("-"))


def _parts(day: date) -> tuple[int, ...]:
    return (day.year, day.month, day.day)


def _bibtex_entry(citation: Citation) -> str:
    publisher = f"{{{{{_escape(citation.publisher)}}}}}"
    fields = {
        "author": publisher,
        "title": f"{{{{{_escape(citation.title)}}}}}",
        "institution": publisher,
        "number": f"{{{citation.id}}}",
        "year": f"{{{citation.issued[0]}}}",
        "month": _MONTHS[citation.issued[1] - 1] if len(citation.issued) > 1 else "",
        "day": f"{{{citation.issued[2]}}}" if len(citation.issued) > 2 else "",
        "url": f"{{{citation.url}}}",
        "note": f"{{{_escape(citation.note)}}}",
        "language": f"{{{citation.language}}}",
    }
    lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items() if value)
    return f"@techreport{{{citation.id},\n{lines}\n}}\n"


def _escape(text: str) -> str:
    return text.translate(_TEX)


def _csl_entry(citation: Citation) -> dict[str, Any]:
    return {
        "id": citation.id,
        "type": "report",
        "title": citation.title,
        "author": [{"literal": citation.publisher}],
        "issued": {"date-parts": [list(citation.issued)]},
        "publisher": citation.publisher,
        "number": citation.id,
        "URL": citation.url,
        "version": str(citation.version),
        "language": citation.language,
        "note": citation.note,
        "abstract": citation.abstract,
    }
