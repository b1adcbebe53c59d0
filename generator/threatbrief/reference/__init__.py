"""What others call things: ATT&CK, actor names, sectors, motivations and countries, as compact tables.

The tables are files of this package; `threatbrief.reference.update` writes them from their sources.
"""

from __future__ import annotations

from threatbrief.model.names import fold_name
from threatbrief.reference.model import (
    DOMAINS,
    AttackSoftware,
    Cluster,
    Country,
    Domain,
    Galaxy,
    Group,
    MispActor,
    Mitigation,
    Motivation,
    ReferenceSourceError,
    Sector,
    Tactic,
    Technique,
)
from threatbrief.reference.tables import Reference, load_reference

__all__ = [
    "DOMAINS",
    "AttackSoftware",
    "Cluster",
    "Country",
    "Domain",
    "Galaxy",
    "Group",
    "MispActor",
    "Mitigation",
    "Motivation",
    "Reference",
    "ReferenceSourceError",
    "Sector",
    "Tactic",
    "Technique",
    "fold_name",
    "load_reference",
]
