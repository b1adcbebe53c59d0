"""How single values of a record read in MISP: types, tags of taxonomies, intervals, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from threatbrief.model import Claim, Incident, Indicator, PartialDate, Tlp
from threatbrief.model.vocab import (
    CREDIBILITY_WORDS,
    Confidence,
    IndicatorState,
    IndicatorType,
    Reliability,
    find_band,
)
from threatbrief.outputs.misp_wire import Tag

_Part = TypeVar("_Part")

TYPE_OF_INDICATOR: Final = {
    IndicatorType.IPV4: ("ip-dst", "Network activity"),
    IndicatorType.IPV6: ("ip-dst", "Network activity"),
    IndicatorType.DOMAIN: ("domain", "Network activity"),
    IndicatorType.URL: ("url", "Network activity"),
    IndicatorType.EMAIL: ("email", "Payload delivery"),
    IndicatorType.MD5: ("md5", "Payload delivery"),
    IndicatorType.SHA1: ("sha1", "Payload delivery"),
    IndicatorType.SHA256: ("sha256", "Payload delivery"),
    IndicatorType.FILE_NAME: ("filename", "Payload delivery"),
    IndicatorType.MUTEX: ("mutex", "Artifacts dropped"),
    IndicatorType.REGISTRY_KEY: ("regkey", "Persistence mechanism"),
}
"""Our indicator type → MISP's type and category. Wallets go by the shape of the address."""

_WALLETS: Final = (
    (re.compile(r"(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})\Z"), "btc"),
    (re.compile(r"[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\Z"), "xmr"),
)

TLP_TAGS: Final = {
    Tlp.CLEAR: Tag("tlp:clear", "#ffffff"),
    Tlp.GREEN: Tag("tlp:green", "#33FF00"),
    Tlp.AMBER: Tag("tlp:amber", "#FFC000"),
    Tlp.AMBER_STRICT: Tag("tlp:amber+strict", "#FFC000"),
    Tlp.RED: Tag("tlp:red", "#FF2B2B"),
}
"""Our labels in MISP's tlp taxonomy, which has those of TLP 2.0."""

RELIABILITY_TAGS: Final = {
    letter: Tag(f'admiralty-scale:source-reliability="{letter.lower()}"') for letter in Reliability
}
CREDIBILITY_TAGS: Final = {
    digit: Tag(f'admiralty-scale:information-credibility="{digit}"') for digit in CREDIBILITY_WORDS
}
CONFIDENCE_TAGS: Final = {
    word: Tag(f'estimative-language:confidence-in-analytic-judgment="{word}"') for word in Confidence
}
"""Our grades in MISP's taxonomies admiralty-scale and estimative-language."""

INFO_LIMIT: Final = 256
"""Characters of an event's or report's name at most (core format, info)."""


def clip(text: str) -> str:
    """A name no longer than MISP wants it."""
    return text if len(text) <= INFO_LIMIT else text[: INFO_LIMIT - 1] + "…"


def stamp(incident: Incident) -> str:
    """Seconds since 1970 of the newest change; a draft has none and takes its day of disclosure."""
    if incident.updated:
        return str(max(0, int(incident.updated.timestamp())))
    return str(max(0, (incident.disclosed.first.toordinal() - 719163) * 86400))


def unique(parts: Iterable[_Part], key: Callable[[_Part], object]) -> Iterator[_Part]:
    """Parts without those that repeat an earlier one's key: MISP takes one of a kind."""
    taken: set[object] = set()
    for part in parts:
        if (own := key(part)) not in taken:
            taken.add(own)
            yield part


def misp_type(indicator: Indicator) -> tuple[str, str, str | None]:
    """MISP's type and category; for a wallet of a currency it has no type for, the relation in an object."""
    known = TYPE_OF_INDICATOR.get(indicator.type)
    if known:
        return (*known, None)
    coin = next((coin for shape, coin in _WALLETS if shape.match(indicator.value)), None)
    return (coin, "Financial fraud", None) if coin else ("text", "Financial fraud", "address-crypto")


def indicator_text(indicator: Indicator) -> str:
    """What a reader of the attribute is told: context, use and state, dates as precise as they are."""
    context = f"{indicator.context}; " if indicator.context else ""
    first = f"; first seen {indicator.first_seen.text}" if indicator.first_seen else ""
    last = f"; last seen {indicator.last_seen.text}" if indicator.last_seen else ""
    return f"{context}{indicator.use}, {indicator.state}{first}{last}"


def is_shared(indicator: Indicator) -> bool:
    """Values that unrelated cases have in common: names of files, and addresses of sinkholes."""
    if indicator.type is IndicatorType.FILE_NAME:
        return True
    address = indicator.type in (IndicatorType.IPV4, IndicatorType.IPV6)
    return address and indicator.state is IndicatorState.SINKHOLED


def interval(first: PartialDate | None, last: PartialDate | None) -> tuple[str | None, str | None]:
    """From the first moment that the one may mean to the last second that the other may."""
    start = f"{first.first.isoformat()}T00:00:00.000000+00:00" if first else None
    end = f"{last.last.isoformat()}T23:59:59.000000+00:00" if last else None
    return (None, None) if start and end and start > end else (start, end)


def claim_text(claim: Claim) -> str:
    date = f", {claim.date.text}" if claim.date else ""
    stated = f"; stated: {claim.stated}" if claim.stated else ""
    note = f"; {claim.note}" if claim.note else ""
    return f"Attributed by {claim.by}{date}{stated}{note}"


def likelihood_tag(word: str) -> Tag:
    band = find_band(word)
    slug = (band.word if band else word).replace(" ", "-")
    return Tag(f'estimative-language:likelihood-probability="{slug}"')
