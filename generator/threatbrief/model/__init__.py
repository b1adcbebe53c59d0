"""The records as frozen models, in the words of STIX 2.1, ATT&CK, TLP 2.0, ICD 203 and the Admiralty code."""

from threatbrief.model.actor import Actor
from threatbrief.model.dates import Instant, PartialDate, format_instant
from threatbrief.model.incident import (
    Assessment,
    Incident,
    Recommendation,
    Record,
    Targets,
    TechniqueUse,
    Vulnerability,
)
from threatbrief.model.origin import Origin
from threatbrief.model.parts import (
    Claim,
    CountryClaim,
    Event,
    Figure,
    Indicator,
    NameClaim,
    Period,
    Related,
    Response,
    Revision,
    Silence,
    Source,
    Sourced,
    SponsorClaim,
)
from threatbrief.model.software import Software
from threatbrief.model.tlp import Tlp, highest

__all__ = [
    "Actor",
    "Assessment",
    "Claim",
    "CountryClaim",
    "Event",
    "Figure",
    "Incident",
    "Indicator",
    "Instant",
    "NameClaim",
    "Origin",
    "PartialDate",
    "Period",
    "Recommendation",
    "Record",
    "Related",
    "Response",
    "Revision",
    "Silence",
    "Software",
    "Source",
    "Sourced",
    "SponsorClaim",
    "Targets",
    "TechniqueUse",
    "Tlp",
    "Vulnerability",
    "format_instant",
    "highest",
]
