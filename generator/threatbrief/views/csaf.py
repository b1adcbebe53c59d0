"""Where an incident's CSAF document lies, and which incidents have one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.model.vocab import Status
from threatbrief.views.common import marking_of

PROVIDER_PATH: Final = "csaf/provider-metadata.json"

CSAF_LABELS: Final = {Tlp.CLEAR: "WHITE", Tlp.GREEN: "GREEN", Tlp.AMBER: "AMBER", Tlp.RED: "RED"}
"""TLP 2.0 → the labels of TLP 1.0 that CSAF 2.0 knows (section 3.2.1.5.2). AMBER+STRICT has none: AMBER
would let recipients pass it on to their clients, so what is marked with it has no CSAF document."""


class CsafPlace(NamedTuple):
    """An incident's document: its marking, CSAF's word for it, its address relative to the root."""

    marking: Tlp
    label: str
    path: str


def csaf_place(incident: Incident) -> CsafPlace | None:
    """Where the document lies; None for what was never published and what no label of CSAF fits.

    The folder is that of the label, then of the year of the first publication (section 7.1.11); the
    name comes from the id (section 5.1).
    """
    if incident.status is Status.DRAFT or incident.published is None:
        return None
    marking = marking_of(incident)
    label = CSAF_LABELS.get(marking)
    if label is None:
        return None
    name = re.sub(r"[^+\-a-z0-9]+", "_", incident.id.lower())
    return CsafPlace(marking, label, f"csaf/{label.lower()}/{incident.published.year:04}/{name}.json")


def csaf_places(kb: KnowledgeBase, site: SiteConfig) -> Iterator[tuple[Incident, CsafPlace]]:
    """The incidents that have a document, in the order of the knowledge base; none in a RED build."""
    if site.tlp is Tlp.RED:
        return
    for incident in kb.incidents:
        if place := csaf_place(incident):
            yield incident, place
