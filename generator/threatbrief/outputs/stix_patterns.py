"""Indicators as STIX patterns and observables (STIX 2.1, sections 6 and 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from threatbrief.model import Indicator
from threatbrief.model.vocab import IndicatorState, IndicatorType, IndicatorUse
from threatbrief.outputs.stix_ids import observable_id
from threatbrief.outputs.stix_objects import Observable

_URI: Final = re.compile(r"(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a type of indicator is written: the observable's type, its property and the path of a pattern."""

    kind: str
    path: str
    hash_name: str = ""

    def properties(self, value: str) -> dict[str, Any]:
        return {"hashes": {self.hash_name: value}} if self.hash_name else {self.path: value}


_SHAPES: Final[Mapping[IndicatorType, _Shape]] = {
    IndicatorType.IPV4: _Shape("ipv4-addr", "value"),
    IndicatorType.IPV6: _Shape("ipv6-addr", "value"),
    IndicatorType.DOMAIN: _Shape("domain-name", "value"),
    IndicatorType.URL: _Shape("url", "value"),
    IndicatorType.EMAIL: _Shape("email-addr", "value"),
    IndicatorType.MD5: _Shape("file", "hashes.MD5", "MD5"),
    IndicatorType.SHA1: _Shape("file", "hashes.'SHA-1'", "SHA-1"),
    IndicatorType.SHA256: _Shape("file", "hashes.'SHA-256'", "SHA-256"),
    IndicatorType.FILE_NAME: _Shape("file", "name"),
    IndicatorType.MUTEX: _Shape("mutex", "name"),
    IndicatorType.REGISTRY_KEY: _Shape("windows-registry-key", "key"),
    IndicatorType.WALLET: _Shape("user-account", "user_id"),
}
"""A wallet is the account of a payment system; STIX 2.1 has no type of its own for it."""


def is_fit_to_detect(indicator: Indicator) -> bool:
    """Whether an indicator may go where machines detect or block: active, and meant for detection."""
    return indicator.use is IndicatorUse.DETECT and indicator.state is IndicatorState.ACTIVE


def observable(indicator: Indicator, marking_ref: str) -> Observable | None:
    """The cyber-observable of an indicator, under the id that STIX derives from its value.

    None for an address that is no URI (RFC 3986), which section 6.14 does not admit; its pattern does.
    """
    if indicator.type is IndicatorType.URL and not _URI.fullmatch(indicator.value):
        return None
    shape = _SHAPES[indicator.type]
    properties = shape.properties(indicator.value)
    return Observable(shape.kind, observable_id(shape.kind, properties), properties, marking_ref)


def pattern(indicator: Indicator) -> str:
    """The STIX pattern that matches the indicator: `[domain-name:value = 'example.org']` (section 9.2)."""
    shape = _SHAPES[indicator.type]
    quoted = indicator.value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{shape.kind}:{shape.path} = '{quoted}']"
