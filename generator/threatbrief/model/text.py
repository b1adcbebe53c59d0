"""The string types of the models: short text, identifiers, URLs."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

_RESERVED: Final = frozenset(
    "index page con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 "
    "lpt5 lpt6 lpt7 lpt8 lpt9".split()
)
_RECORD_ID: Final = re.compile(r"[A-Za-z0-9]{1,16}(?:-[A-Za-z0-9]{1,32}){1,6}", re.ASCII)
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_URL_FORBIDDEN: Final = re.compile(r"[\s\x00-\x20\x7f\"'<>\\^`{|}]")


def _read_line(given: object) -> object:
    if given is None:
        raise ValueError("is empty; write the text or take the key out")
    if not isinstance(given, str):
        raise ValueError("write text here, in quotes if it has a colon or begins with a sign")
    text = " ".join(given.split())
    if not text:
        raise ValueError("is empty; write the text or take the key out")
    return text


def _check_record_id(text: str) -> str:
    if not _RECORD_ID.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a record id; write <prefix>-<year>-<four characters>, "
            "as `threatbrief new` mints it"
        )
    if text not in (text.upper(), text.lower()):
        raise ValueError(f"{text!r} mixes capitals and small letters; write {text.upper()}")
    return text


def _check_slug(text: str) -> str:
    if not _SLUG.fullmatch(text) or len(text) > 64:
        raise ValueError(f"{text!r} is not a slug; write small letters a to z, digits and single hyphens")
    if text in _RESERVED:
        raise ValueError(f"{text!r} is reserved; choose another id")
    return text


def _check_url(text: str) -> str:
    advice = "write an absolute http or https URL without user name, quotes or spaces"
    if _URL_FORBIDDEN.search(text):
        raise ValueError(f"{text!r} is not a URL that can be linked; {advice}")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{text!r} is not a URL; {advice}") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise ValueError(f"{text!r} is not a URL that can be linked; {advice}")
    return text


Line = Annotated[str, BeforeValidator(_read_line)]
"""Text on one line: runs of white space folded to one blank, never empty."""

RecordId = Annotated[Line, AfterValidator(_check_record_id)]
"""A permanent incident id, all capitals or all small letters; path and GUID come from it."""

Slug = Annotated[Line, AfterValidator(_check_slug)]
"""Small letters, digits and single hyphens, at most 64, no reserved name; it becomes a path."""

SourceId = Annotated[Line, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""The short name by which a record cites one of its sources."""

HttpUrl = Annotated[Line, AfterValidator(_check_url)]
"""An absolute http or https URL, kept exactly as written."""

AttackTechniqueId = Annotated[Line, Field(pattern=r"^T\d{4}(\.\d{3})?$")]
AttackGroupId = Annotated[Line, Field(pattern=r"^G\d{4}$")]
AttackSoftwareId = Annotated[Line, Field(pattern=r"^S\d{4}$")]
AttackMitigationId = Annotated[Line, Field(pattern=r"^M\d{4}$")]
CveId = Annotated[Line, Field(pattern=r"^CVE-\d{4}-\d{4,19}$")]
CountryCode = Annotated[Line, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2; whether the code is assigned is a check, not a shape."""
