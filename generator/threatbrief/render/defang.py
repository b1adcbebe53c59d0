"""Indicators as people may read them: no address in a page, feed, card or PDF works when clicked or pasted.

Machine formats never come here: they carry the exact value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SCHEMES: Final = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ws": "wxs", "wss": "wxss"}
_SCHEME: Final = re.compile(r"\A([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_JOINS_BEFORE: Final = re.compile(r"[\w.@-]")
_JOINS_AFTER: Final = re.compile(r"[\w@-]|\.\w")
_NETWORK_TYPES: Final = frozenset({"domain-name", "ipv4-addr", "ipv6-addr", "url", "email-addr"})


def defang(kind: str, value: str) -> str:
    """The value of an indicator of a STIX type as a person may read it; other types come back as they are.

    `example.org` is `example[.]org`, `a@b.org` is `a[@]b[.]org`, `http://` is `hxxp://`; an IPv6 address
    or a port keeps its colons but the first: `2001[:]db8::1`.
    """
    if kind not in _NETWORK_TYPES:
        return value
    if kind == "ipv6-addr":
        return value.replace(":", "[:]", 1)
    if kind == "url":
        return _defang_url(value)
    return value.replace("@", "[@]").replace(".", "[.]")


def _defang_url(value: str) -> str:
    match = _SCHEME.match(value)
    if not match:
        return value.replace("@", "[@]").replace(".", "[.]")
    scheme = match.group(1)
    shown = _SCHEMES.get(scheme.lower(), scheme)
    rest = value[match.end() :]
    cut = min((i for i in (rest.find(c) for c in "/?#") if i >= 0), default=len(rest))
    host = rest[:cut].replace("@", "[@]").replace(".", "[.]")
    if host.startswith("["):
        host = host.replace(":", "[:]", 1)
    return f"{shown}://{host}{rest[cut:].replace('@', '[@]')}"


def defang_text(text: str, indicators: tuple[tuple[str, str], ...]) -> str:
    """Prose with every exact indicator of its record, given as (type, value), defanged; the longest wins."""
    found = standing_in(text, indicators)
    if not found:
        return text
    faces = [(value, defang(kind, value)) for kind, value in found]
    shown = {value: face for value, face in faces if face != value}
    order = sorted(shown, key=lambda value: (-len(value), value))
    return _replace(text, {value: shown[value] for value in order}) if shown else text


def standing_in(text: str, indicators: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Those of the indicators, given as (type, value), whose value is a part of the text."""
    return tuple([indicator for indicator in indicators if indicator[1] in text])


def _replace(text: str, shown: Mapping[str, str]) -> str:
    """The text with another face of each value where it stands alone; the first of `shown` wins where two
    begin. No pattern of a record's own values: to compile one takes longer than to parse its narrative."""
    places = {value: at for value in shown if (at := _find_alone(text, value, 0)) >= 0}
    pieces: list[str] = []
    end = 0
    while places:
        value = min(places, key=places.__getitem__)
        pieces += text[end : places[value]], shown[value]
        end = places[value] + len(value)
        for other in [value for value, at in places.items() if at < end]:
            places[other] = _find_alone(text, other, end)
            if places[other] < 0:
                del places[other]
    return f"{''.join(pieces)}{text[end:]}"


def _find_alone(text: str, value: str, start: int) -> int:
    """Where a value next stands that is not a part of a longer one; -1 where it does not."""
    while (at := text.find(value, start)) >= 0:
        before = at and _JOINS_BEFORE.match(text, at - 1)
        if not before and not _JOINS_AFTER.match(text, at + len(value)):
            return at
        start = at + 1
    return -1
