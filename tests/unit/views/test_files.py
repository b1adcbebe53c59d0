"""Pages offer the files that the build makes, and no other."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.unit.views.page_samples import SITE, actor, claim, incident, software

from threatbrief.build.runner import plan
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs import find_outputs
from threatbrief.views.files import actor_files, incident_files, site_files, software_files

FORMATS = ("citations", "csaf", "documents", "misp", "navigator", "pdf", "stix", "tables")
BRIEFS = (
    incident(attribution=[claim("Kimsuky")], techniques=[{"id": "T1566.002", "basis": "reported"}]),
    incident(
        "TB-2020-0001", techniques=[{"id": "T0883", "basis": "mapped"}, {"id": "T9999", "basis": "mapped"}]
    ),
    incident("TB-2020-0002", techniques=[{"id": "T1036.005", "basis": "group-profile"}]),
    incident("TB-2020-0003", tlp="AMBER+STRICT"),
    incident("TB-2020-0004", status="draft", published=None),
)
KB = KnowledgeBase.of([*BRIEFS, actor(), actor("apt37", "APT37"), software()])


def offered(kb: KnowledgeBase, site: SiteConfig) -> set[str]:
    found = {file.href for brief in kb.incidents for file in incident_files(brief, site)}
    found |= {file.href for record in kb.actors for file in actor_files(kb, record, site)}
    found |= {file.href for record in kb.software for file in software_files(record, site)}
    return found | {link.href for row in site_files(kb, site) for link in row.files}


def made(kb: KnowledgeBase, site: SiteConfig, formats: Iterable[str]) -> set[str]:
    outputs = [output for output in find_outputs() if output.name in formats]
    return {str(artifact.path) for artifact in plan(kb, site, outputs)}


@pytest.mark.parametrize("formats", [FORMATS, *[(name,) for name in FORMATS], ()])
def test_what_is_offered_is_made_whatever_formats_are_chosen(formats: tuple[str, ...]) -> None:
    site = SITE.model_copy(update={"outputs": formats, "tlp": Tlp.AMBER_STRICT, "drafts": True})
    assert offered(KB, site) <= made(KB, site, formats)
    assert bool(offered(KB, site)) == bool(formats)


def test_every_file_beside_a_brief_is_offered_on_its_page() -> None:
    site = SITE.model_copy(update={"tlp": Tlp.AMBER_STRICT, "drafts": True})
    beside = {
        path for path in made(KB, site, FORMATS) if path.startswith(("incidents/", "actors/", "software/"))
    }
    assert beside == {
        path for path in offered(KB, site) if path.startswith(("incidents/", "actors/", "software/"))
    }


def test_a_red_build_offers_pdfs_alone() -> None:
    site = SITE.model_copy(update={"tlp": Tlp.RED})
    offers = offered(KB, site)
    assert {path.rpartition(".")[2] for path in offers} == {"pdf"}
    assert {"actors/kimsuky/dossier.pdf", "digests/2026.pdf"} < offers


def test_a_file_is_saved_under_id_date_and_marking() -> None:
    [brief] = [file for file in incident_files(BRIEFS[0], SITE) if file.format == "PDF"]
    assert brief.save_as == "TB-2019-7K3Q_2026-11-22_TLP-CLEAR.pdf"
