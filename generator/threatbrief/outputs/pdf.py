"""PDFs: the brief of every incident, the dossier of every actor, the digests of periods."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact, Later
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model.vocab import Status
from threatbrief.outputs.pdf_documents import (
    brief_document,
    digest_document,
    dossier_document,
    notice_document,
)
from threatbrief.render.engine import Engine
from threatbrief.views.brief import BriefView, brief_view
from threatbrief.views.digest import (
    DigestView,
    Selection,
    digest_view,
)
from threatbrief.views.dossier import DossierView, dossier_view
from threatbrief.views.periods import digest_address, editions

BRIEF: Final = "brief.typ"
NOTICE: Final = "notice.typ"
DOSSIER: Final = "dossier.typ"
DIGEST: Final = "digest.typ"


class PdfOutput:
    """`incidents/<id>/brief.pdf` (a notice of one page where it was withdrawn), `actors/<slug>/dossier.pdf`
    and `digests/<period>.pdf`."""

    name = "pdf"
    version = 2

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if not site.pdf:
            return
        for incident in kb.incidents:
            yield self._artifact(
                f"incidents/{incident.slug}/brief.pdf",
                Later(brief_view, kb, incident, site),
                NOTICE if incident.status is Status.WITHDRAWN else BRIEF,
                incident.id,
            )
        shown = kb.listed
        for actor in shown.actors:
            later = Later(dossier_view, shown, kb, actor, site)
            yield self._artifact(f"actors/{actor.slug}/dossier.pdf", later, DOSSIER, actor.id)
        published = shown.published_incidents
        for period in dict.fromkeys(site.digests):
            for edition in editions(period, published):
                path, selection = digest_address(edition.span), Selection(edition.span)
                later = Later(digest_view, shown, edition.published, edition.revised, selection, site, path)
                yield self._artifact(path, later, DIGEST, f"digest {edition.span.name}")

    def _artifact(self, path: str, later: Later, template: str, owner: str) -> Artifact:
        return Artifact(PurePosixPath(path), later, template=f"pdf/{template}", owner=owner, output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        return print_view(artifact.view, engine)


def print_view(view: BriefView | DossierView | DigestView, engine: Engine) -> bytes:
    """The PDF of a brief, a dossier or a digest."""
    if isinstance(view, DossierView):
        template, document = DOSSIER, dossier_document(view, engine.markdown.tree(view.body), engine)
    elif isinstance(view, DigestView):
        template, document = DIGEST, digest_document(view, engine)
    elif view.withdrawn:
        template, document = NOTICE, notice_document(view)
    else:
        template, document = BRIEF, brief_document(view, engine.markdown.tree(view.incident.body))
    return engine.typst.compile(template, document, timestamp=view.timestamp, accent=view.site.accent)
