"""The closed vocabularies of a record, each named by the standard it comes from."""

from __future__ import annotations

from typing import Final, NamedTuple

from threatbrief.model.base import Word


class Status(Word):
    """Where a record stands in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class IncidentKind(Word):
    """What the record is about."""

    INTRUSION = "intrusion"
    CAMPAIGN = "campaign"
    TAKEDOWN = "takedown"
    LEGAL_ACTION = "legal-action"
    DISRUPTION = "disruption"
    ARREST = "arrest"
    SANCTION = "sanction"
    DISCLOSURE = "disclosure"


class SourceKind(Word):
    """How near a source stands to what it reports."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DATASET = "dataset"


class Reliability(Word):
    """Admiralty code (NATO AJP-2.1): reliability of a source."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"

    @property
    def words(self) -> str:
        return {
            "A": "completely reliable",
            "B": "usually reliable",
            "C": "fairly reliable",
            "D": "not usually reliable",
            "E": "unreliable",
            "F": "reliability cannot be judged",
        }[self.value]


CREDIBILITY_WORDS: Final = {
    1: "confirmed by other sources",
    2: "probably true",
    3: "possibly true",
    4: "doubtful",
    5: "improbable",
    6: "truth cannot be judged",
}
"""Admiralty code (NATO AJP-2.1): credibility of a piece of information, 1 to 6."""


class Confidence(Word):
    """ICD 203: confidence in the basis of an assessment. Never mixed with likelihood."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Band(NamedTuple):
    """One band of likelihood: the word and its range in percent."""

    word: str
    low: int
    high: int


ICD203_BANDS: Final = (
    Band("almost no chance", 1, 5),
    Band("very unlikely", 5, 20),
    Band("unlikely", 20, 45),
    Band("roughly even chance", 45, 55),
    Band("likely", 55, 80),
    Band("very likely", 80, 95),
    Band("almost certain", 95, 99),
)
"""Estimative words and their ranges in percent (ICD 203, section D.6.e.(2)(a))."""

_ICD203_SYNONYMS: Final = {
    "remote": "almost no chance",
    "highly improbable": "very unlikely",
    "improbable": "unlikely",
    "roughly even odds": "roughly even chance",
    "probable": "likely",
    "probably": "likely",
    "highly probable": "very likely",
    "nearly certain": "almost certain",
    "almost certainly": "almost certain",
}


def find_band(word: str) -> Band | None:
    """The ICD 203 band of an estimative word, its listed synonyms included; None if it is not one."""
    folded = " ".join(word.casefold().split())
    folded = _ICD203_SYNONYMS.get(folded, folded)
    return next((band for band in ICD203_BANDS if band.word == folded), None)


class Likelihood(Word):
    """An ICD 203 estimative word."""

    ALMOST_NO_CHANCE = "almost no chance"
    VERY_UNLIKELY = "very unlikely"
    UNLIKELY = "unlikely"
    ROUGHLY_EVEN = "roughly even chance"
    LIKELY = "likely"
    VERY_LIKELY = "very likely"
    ALMOST_CERTAIN = "almost certain"


class Basis(Word):
    """On what a technique is given: said of this incident, mapped by the curator, or of the group."""

    REPORTED = "reported"
    MAPPED = "mapped"
    GROUP_PROFILE = "group-profile"


class NameRelation(Word):
    """How a name relates to the actor that carries it."""

    SAME_AS = "same-as"
    OVERLAPS = "overlaps"
    SUBGROUP = "subgroup"
    FORMERLY = "formerly"
    DISPUTED = "disputed"


class RevisionKind(Word):
    """What a revision did."""

    UPDATE = "update"
    CORRECTION = "correction"
    RETRACTION = "retraction"


class SoftwareType(Word):
    """ATT&CK's two kinds of software, STIX' two object types."""

    MALWARE = "malware"
    TOOL = "tool"


class IndicatorType(Word):
    """Indicator types, named as STIX 2.1 cyber-observable objects where one exists."""

    IPV4 = "ipv4-addr"
    IPV6 = "ipv6-addr"
    DOMAIN = "domain-name"
    URL = "url"
    EMAIL = "email-addr"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    FILE_NAME = "file-name"
    MUTEX = "mutex"
    REGISTRY_KEY = "windows-registry-key"
    WALLET = "cryptocurrency-wallet"


class IndicatorUse(Word):
    """Whether an indicator is fit to detect with, or explains the case only."""

    DETECT = "detect"
    CONTEXT = "context"


class IndicatorState(Word):
    """What became of the infrastructure."""

    ACTIVE = "active"
    SEIZED = "seized"
    SINKHOLED = "sinkholed"
    UNKNOWN = "unknown"
