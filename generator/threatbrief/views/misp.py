"""Where an incident's MISP event lies."""

from __future__ import annotations

from typing import Final

from threatbrief.config import SiteConfig
from threatbrief.model import Incident
from threatbrief.model.ids import derive_uuid

MISP_FOLDER: Final = "misp"
"""The feed: the address that a MISP server subscribes to."""


def event_uuid(incident: Incident, site: SiteConfig) -> str:
    """The UUID of the incident's event, for ever."""
    return derive_uuid(site.authority, incident.id, "misp/event")


def event_path(incident: Incident, site: SiteConfig) -> str:
    """The event's address relative to the root: MISP asks for `<feed>/<uuid>.json`."""
    return f"{MISP_FOLDER}/{event_uuid(incident, site)}.json"
