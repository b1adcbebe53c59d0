"""Identifiers, instants and markings of STIX objects: all derived, none of a clock or a random source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from threatbrief.model import Tlp
from threatbrief.outputs.stix_objects import Marking

MARKINGS: Final[Mapping[Tlp, Marking]] = {
    Tlp.CLEAR: Marking("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR", "clear"),
    Tlp.GREEN: Marking("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN", "green"),
    Tlp.AMBER: Marking("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER", "amber"),
    Tlp.AMBER_STRICT: Marking(
        "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "TLP:AMBER+STRICT", "amber+strict"
    ),
    Tlp.RED: Marking("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED", "red"),
}
"""The marking definitions that OASIS publishes for TLP 2.0 (cti-stix-common-objects, tlp-2.0)."""

_OBSERVABLE_NAMESPACE: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Of the UUIDv5 of cyber-observable objects (STIX 2.1, section 2.9)."""


def observable_id(kind: str, contributing: Mapping[str, Any]) -> str:
    """The deterministic id of a cyber-observable (section 2.9): the same wherever anybody makes it.

    `contributing` holds the type's ID Contributing Properties. They are strings and mappings of
    strings, whose canonical JSON (RFC 8785) is their JSON with sorted keys and no blanks.
    """
    canonical = json.dumps(contributing, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{kind}--{uuid5(_OBSERVABLE_NAMESPACE, canonical)}"


def instant(moment: datetime) -> str:
    """A moment as STIX writes `created` and `modified`: three digits of a second (section 3.2)."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}.000Z"


def day_start(day: date) -> str:
    """The first moment of a day in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def day_end(day: date) -> str:
    """The last moment of a day in UTC that three digits can tell."""
    return f"{day.isoformat()}T23:59:59.999Z"


def authority_start(authority: str) -> str:
    """The first moment of the date in a tag authority (`example.org,2026`), which never changes.

    It is `created` and `modified` of what no record dates: sectors, countries, CVEs, the publisher.
    """
    parts = [int(part) for part in authority.rpartition(",")[2].split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    return day_start(date(year, month, day))
