"""A software record: malware or a tool."""

from __future__ import annotations

from threatbrief.model.incident import Record
from threatbrief.model.parts import NameClaim
from threatbrief.model.text import AttackSoftwareId, Line, Slug
from threatbrief.model.vocab import SoftwareType


class Software(Record):
    """Malware or a tool (ATT&CK software); `malware_types` are words of STIX' malware-type-ov."""

    id: Slug
    name: Line
    type: SoftwareType
    malware_types: tuple[Slug, ...] = ()
    attack_id: AttackSoftwareId | None = None
    names: tuple[NameClaim, ...] = ()

    @property
    def slug(self) -> str:
        """The last part of the page's address."""
        return self.id
