"""What is no indicator of anything: addresses of everybody, private ranges, hashes of nothing.

A small list of the commonest cases, after MISP's warning lists; no lookup ever leaves the machine.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from threatbrief.model.vocab import IndicatorType


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    rows = json.loads((files("threatbrief.checks") / "warninglists.json").read_bytes())
    return {name: frozenset(entries) for name, entries in rows.items() if name != "source"}


def find_listing(kind: IndicatorType, value: str) -> str | None:
    """Why a normalised value is no indicator, in words that follow it; None where nothing is known."""
    if kind in (IndicatorType.IPV4, IndicatorType.IPV6):
        return _of_address(value)
    if kind is IndicatorType.DOMAIN:
        return _of_domain(value)
    if kind is IndicatorType.URL:
        return _of_url(value)
    if kind is IndicatorType.EMAIL:
        return (
            _of_domain(value.rpartition("@")[2])
            if value.rpartition("@")[2] in _lists()["local_names"]
            else None
        )
    if kind in (IndicatorType.MD5, IndicatorType.SHA1, IndicatorType.SHA256):
        return _of_hash(value)
    if kind is IndicatorType.FILE_NAME and value.casefold() in _lists()["system_files"]:
        return "is a file that many systems have"
    return None


def _of_address(value: str) -> str | None:
    if value in _lists()["resolvers"]:
        return "is a public DNS resolver"
    network = ipaddress.ip_network(value, strict=False)
    short = 8 if network.version == 4 else 16
    if network.prefixlen <= short:
        return f"is a network of {network.num_addresses} addresses"
    for name, is_so in (
        ("a loopback address", network.is_loopback),
        ("a link-local address", network.is_link_local),
        ("a multicast address", network.is_multicast),
        ("an unspecified address", network.is_unspecified),
        ("an address of a private or reserved range", network.is_private or network.is_reserved),
        ("an address of a shared range", not network.is_global),
    ):
        if is_so:
            return f"is {name}"
    return None


def _of_domain(value: str) -> str | None:
    if value in _lists()["services"] or value.removeprefix("www.") in _lists()["services"]:
        return "is a service that everybody uses"
    if value.rpartition(".")[2] in _lists()["local_names"]:
        return "is a name of local networks"
    return None


def _of_url(value: str) -> str | None:
    parts = urlsplit(value)
    host = parts.hostname or ""
    try:
        return _of_address(host)
    except ValueError:
        bare = parts.path in ("", "/") and not parts.query
        return _of_domain(host) if bare or host.rpartition(".")[2] in _lists()["local_names"] else None


def _of_hash(value: str) -> str | None:
    if value in _lists()["empty_hashes"]:
        return "is the hash of an empty file"
    if len(set(value)) == 1:
        return "is a placeholder, no hash"
    return None
