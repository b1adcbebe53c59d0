"""Values of indicators: refanged, brought to one spelling, and held against their type."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from threatbrief.model.vocab import IndicatorType

_LABEL: Final = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_DOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}", re.ASCII)
_EMAIL_NAME: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]+", re.ASCII)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_URL_FORBIDDEN: Final = re.compile(r"[\s<>\"\x00-\x20\x7f]")
_FILE_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f/\\<>\"|]")
_HIVES: Final = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}
_WALLET: Final = re.compile(
    r"[13][1-9A-HJ-NP-Za-km-z]{25,34}"  # Bitcoin, base58
    r"|(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71}"  # bech32
    r"|0x[0-9a-fA-F]{40}"  # Ethereum and its kin
    r"|[48][1-9A-HJ-NP-Za-km-z]{94,105}"  # Monero
    r"|[LMDTXrt][1-9A-HJ-NP-Za-km-z]{24,34}"  # Litecoin, Dogecoin, Tron, Dash, XRP, Zcash
    r"|[1-9A-HJ-NP-Za-km-z]{43,44}"  # Solana
)


def refang(value: str) -> str:
    """The exact value of an indicator that was typed defanged: hxxp, [.], (.), {.}, [dot], [@], [at], [:]."""
    text = re.sub(r"[\[({]\s*(?:\.|dot)\s*[\])}]", ".", value, flags=re.IGNORECASE)
    text = re.sub(r"[\[({]\s*(?:@|at)\s*[\])}]", "@", text, flags=re.IGNORECASE)
    text = re.sub(r"[\[({]\s*(:(?://)?|//)\s*[\])}]", r"\1", text)
    text = re.sub(r"\\\.", ".", text)
    text = re.sub(r"\A(h)(?:xx|XX|tt)(ps?)(?=:)", r"\1tt\2", text, flags=re.IGNORECASE)
    return re.sub(r"\A(f)xp(s?)(?=:)", r"\1tp\2", text, flags=re.IGNORECASE)


def normalise(kind: IndicatorType, value: str) -> str:
    """The value as exports and comparisons spell it; what does not fit its type comes back as it is."""
    rewrite = _REWRITES.get(kind)
    return rewrite(value) if rewrite else value


def find_fault(kind: IndicatorType, value: str) -> str | None:
    """What keeps a normalised value from being of its type, in words; None where it is."""
    return _TESTS[kind](value)


def guess_types(value: str) -> tuple[IndicatorType, ...]:
    """The types that a value could be of, the likelier first; file names and mutexes are not guessed."""
    return tuple(kind for kind in _GUESSED if find_fault(kind, normalise(kind, value)) is None)


def _rewrite_domain(value: str) -> str:
    text = refang(value).strip().rstrip(".").lower()
    return text if text.isascii() else _to_ascii(text)


def _to_ascii(domain: str) -> str:
    """The A-labels of a domain. The codec drops what is invisible; that is a fault here, not a spelling."""
    if any(unicodedata.category(character) in ("Cf", "Mn") for character in domain):
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _rewrite_address(value: str) -> str:
    text = refang(value).strip().strip("[]")
    try:
        return str(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))
    except ValueError:
        return text


def _rewrite_url(value: str) -> str:
    text = refang(value)
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme.lower()):
        return text
    cut = min((i for i in (rest.find(c) for c in "/?#") if i >= 0), default=len(rest))
    host = rest[:cut]
    name, at, domain = host.rpartition("@")
    return f"{scheme.lower()}://{name}{at}{domain.lower() if domain.isascii() else domain}{rest[cut:]}"


def _rewrite_email(value: str) -> str:
    name, at, domain = refang(value).rpartition("@")
    return f"{name}{at}{_rewrite_domain(domain)}" if at else domain


def _rewrite_registry(value: str) -> str:
    hive, separator, rest = value.partition("\\")
    return (
        _HIVES.get(hive.upper(), hive.upper() if hive.upper().startswith("HKEY_") else hive)
        + separator
        + rest
    )


def _test_address(version: int) -> Callable[[str], str | None]:
    def test(value: str) -> str | None:
        try:
            given = ipaddress.ip_network(value, strict=False) if "/" in value else ipaddress.ip_address(value)
        except ValueError:
            return f"is no IPv{version} address"
        if given.version != version:
            return f"is an IPv{given.version} address"
        if "/" in value and str(given) != value:
            return f"names a host inside of its network; the network is {given}"
        return None

    return test


def _test_domain(value: str) -> str | None:
    if not _DOMAIN.fullmatch(value):
        return "is no domain name"
    return None


def _test_url(value: str) -> str | None:
    if _URL_FORBIDDEN.search(value):
        return "is no URL: it holds a blank, a quote or an angle bracket"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    if "://" not in value or not _SCHEME.fullmatch(parts.scheme) or not host:
        return "is no absolute URL: it begins with a scheme such as https://"
    return None


def _test_email(value: str) -> str | None:
    name, at, domain = value.rpartition("@")
    if not at or not _EMAIL_NAME.fullmatch(name) or not _DOMAIN.fullmatch(domain):
        return "is no e-mail address"
    return None


def _test_hash(length: int, name: str) -> Callable[[str], str | None]:
    def test(value: str) -> str | None:
        if not _HEX.fullmatch(value):
            return f"is no {name}: it is not hexadecimal"
        if len(value) != length:
            return f"is no {name}: it has {len(value)} digits, not {length}"
        return None

    return test


def _test_file_name(value: str) -> str | None:
    if _FILE_FORBIDDEN.search(value) or value in (".", ".."):
        return "is no file name: it holds a character that file names cannot, or a folder"
    return None


def _test_mutex(value: str) -> str | None:
    return "is too long for the name of a mutex" if len(value) > 260 else None


def _test_registry(value: str) -> str | None:
    hive = value.partition("\\")[0]
    return None if hive in _HIVES.values() else "is no registry key: it begins with a hive such as HKLM"


def _test_wallet(value: str) -> str | None:
    return None if _WALLET.fullmatch(value) else "has the form of no wallet address that we know"


_REWRITES: Final[Mapping[IndicatorType, Callable[[str], str]]] = {
    IndicatorType.IPV4: _rewrite_address,
    IndicatorType.IPV6: _rewrite_address,
    IndicatorType.DOMAIN: _rewrite_domain,
    IndicatorType.URL: _rewrite_url,
    IndicatorType.EMAIL: _rewrite_email,
    IndicatorType.MD5: str.lower,
    IndicatorType.SHA1: str.lower,
    IndicatorType.SHA256: str.lower,
    IndicatorType.REGISTRY_KEY: _rewrite_registry,
}
_TESTS: Final[Mapping[IndicatorType, Callable[[str], str | None]]] = {
    IndicatorType.IPV4: _test_address(4),
    IndicatorType.IPV6: _test_address(6),
    IndicatorType.DOMAIN: _test_domain,
    IndicatorType.URL: _test_url,
    IndicatorType.EMAIL: _test_email,
    IndicatorType.MD5: _test_hash(32, "MD5"),
    IndicatorType.SHA1: _test_hash(40, "SHA-1"),
    IndicatorType.SHA256: _test_hash(64, "SHA-256"),
    IndicatorType.FILE_NAME: _test_file_name,
    IndicatorType.MUTEX: _test_mutex,
    IndicatorType.REGISTRY_KEY: _test_registry,
    IndicatorType.WALLET: _test_wallet,
}
_GUESSED: Final = (
    IndicatorType.IPV4,
    IndicatorType.IPV6,
    IndicatorType.URL,
    IndicatorType.EMAIL,
    IndicatorType.SHA256,
    IndicatorType.SHA1,
    IndicatorType.MD5,
    IndicatorType.DOMAIN,
    IndicatorType.REGISTRY_KEY,
    IndicatorType.WALLET,
)
