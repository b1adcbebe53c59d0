"""Where an incident's CSAF document lies, and which incidents have one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.model.vocab import Status
from threatbrief.views.common import marking_of

PROVIDER_PATH: Final = "csaf/provider-metadata.json"

CSAF_LABELS: Final = {Tlp.CLEAR: "WHITE", Tlp.GREEN: "GREEN", Tlp.AMBER: "AMBER", Tlp.RED: "RED"}
"""TLP 2.0 → the labels of TLP 1.0 that CSAF 2.0 knows (section 3.2.1.5.2). AMBER+STRICT has none: AMBER
would let recipients pass it on to their clients, so what is marked with it has no CSAF document."""


def csaf_label(incident: Incident) -> str | None:
    """The label of the incident's document; None where it can have none."""
    if incident.status is Status.DRAFT or incident.published is None:
        return None
    return CSAF_LABELS.get(marking_of(incident))


def csaf_path(incident: Incident) -> str | None:
    """The document's address relative to the root, in the folder of its label and year; None without one.

    The year is that of the first publication (section 7.1.11), the name comes from the id (section 5.1).
    """
    label = csaf_label(incident)
    if label is None or incident.published is None:
        return None
    name = re.sub(r"[^+\-a-z0-9]+", "_", incident.id.lower())
    return f"csaf/{label.lower()}/{incident.published.year:04}/{name}.json"


def csaf_incidents(kb: KnowledgeBase, site: SiteConfig) -> Iterator[Incident]:
    """The incidents that have a document, in the order of the knowledge base; none in a RED build."""
    if site.tlp is not Tlp.RED:
        yield from (incident for incident in kb.incidents if csaf_label(incident))
