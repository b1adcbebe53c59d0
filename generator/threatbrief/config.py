"""The site's configuration: the options of the plugin in mkdocs.yml, checked once."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from threatbrief.model.dates import Instant
from threatbrief.model.text import HttpUrl, Line
from threatbrief.model.tlp import Tlp

ContactUri = Annotated[Line, Field(pattern=r"^(mailto:\S+@\S+|tel:\+?[0-9().-]+|https://\S+)$")]
SecurityUri = Annotated[Line, Field(pattern=r"^(https|dns|openpgp4fpr):\S+$")]

Period = Literal["week", "month", "quarter", "year"]

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
DEFAULT_ACCENT: Final = "#97261f"
DEFAULT_ACCENT_DARK: Final = "#f0a08c"
LIGHT_PAPER: Final = "#fbfaf6"
LIGHT_GROUND: Final = "#f3f0e8"
DARK_PAPER: Final = "#161513"
DARK_GROUND: Final = "#1f1d1a"
ENOUGH: Final = 4.5
"""The papers of the site's own style sheet, their tints, and the least contrast of text with them."""

UNSET_URL = "http://localhost/"
"""Stands in for `site_url` where mkdocs.yml has none; the build says so."""


class Publisher(BaseModel):
    """Who publishes. Shown in the masthead, the footer, feeds and PDF briefs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line = "Threat Briefs"
    email: Line | None = None
    url: HttpUrl | None = None
    address: Line | None = None
    disclaimer: Line | None = None
    logo: Annotated[Line, Field(pattern=r"\.(svg|png)$")] | None = None
    """An SVG or PNG file, named from the folder of mkdocs.yml."""


class Colours(BaseModel):
    """The publisher's own colours, as `#rrggbb`: links, numbers and marks on light and on dark ground."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accent: Colour = DEFAULT_ACCENT
    """On white, on the site's light paper and on a tint of itself; PDFs have it too."""
    accent_dark: Colour | None = None
    """On the site's dark paper and on a tint of itself; where it is left out, a lighter shade of `accent`."""

    @field_validator("accent")
    @classmethod
    def _be_dark_enough(cls, given: str) -> str:
        return _readable(given, ("#ffffff", LIGHT_GROUND, tint(given, LIGHT_PAPER)), "a darker one")

    @field_validator("accent_dark")
    @classmethod
    def _be_light_enough(cls, given: str | None) -> str | None:
        if given is None:
            return None
        return _readable(given, (DARK_GROUND, tint(given, DARK_PAPER)), "a lighter one")

    @property
    def on_dark(self) -> str:
        """The accent on dark ground: as given, else the first lighter shade of `accent` that reads well."""
        if self.accent_dark or self.accent == DEFAULT_ACCENT:
            return self.accent_dark or DEFAULT_ACCENT_DARK
        shades = (mix(self.accent, "#ffffff", share / 20) for share in range(21))
        return next(
            shade
            for shade in shades
            if min(contrast(shade, ground) for ground in (DARK_GROUND, tint(shade, DARK_PAPER))) >= ENOUGH
        )


def _readable(given: str, grounds: tuple[str, ...], instead: str) -> str:
    found, ground = min((contrast(given, ground), ground) for ground in grounds)
    if found < ENOUGH:
        raise ValueError(
            f"{given} on {ground} has a contrast of {math.floor(found * 100) / 100}; text needs {ENOUGH} "
            f"to be read (WCAG 2.2, section 1.4.3): choose {instead}"
        )
    return given.lower()


def contrast(one: str, other: str) -> float:
    """The contrast of two colours `#rrggbb` (WCAG 2.2): 1 where they are the same, 21 for black and white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """One colour with a share (0 to 1) of another in it."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def tint(colour: str, paper: str) -> str:
    """A paper with a little of a colour in it, as the ground of what is pointed at."""
    return mix(paper, colour, 0.1)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = (channel / 255 for channel in _channels(colour))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Licence(BaseModel):
    """The licence of the content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line = "CC BY 4.0"
    url: HttpUrl = "https://creativecommons.org/licenses/by/4.0/"


class CsafProvider(BaseModel):
    """What provider-metadata.json says of us beyond the publisher (CSAF 2.0, section 7.1.7)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Literal["coordinator", "discoverer", "other", "user", "vendor"] = "other"
    """The publisher's category (section 3.2.1.8.1)."""
    namespace: HttpUrl | None = None
    """The publisher's namespace (section 3.2.1.8.5); else the publisher's URL, else the site's."""
    list_on_aggregators: bool = True
    mirror_on_aggregators: bool = True


class SecurityTxt(BaseModel):
    """The fields of `/.well-known/security.txt` (RFC 9116, section 2.5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: Annotated[tuple[ContactUri, ...], Field(min_length=1)]
    """Where to report a weakness of this site, best first: mailto:, tel: or https: URIs."""
    expires: Instant
    """When the file must no longer be believed; less than a year ahead. No build moves it."""
    encryption: tuple[SecurityUri, ...] = ()
    acknowledgments: tuple[SecurityUri, ...] = ()
    policy: tuple[SecurityUri, ...] = ()
    hiring: tuple[SecurityUri, ...] = ()
    preferred_languages: tuple[Line, ...] = ()

    @field_validator("expires", mode="before")
    @classmethod
    def _read_expiry(cls, given: object) -> object:
        """YAML makes a bare day a date, and an instant without a zone a time of no place."""
        if isinstance(given, datetime):
            return given.isoformat() if given.tzinfo else f"{given.isoformat()}Z"
        return given.isoformat() if isinstance(given, date) else given


class SiteConfig(BaseModel):
    """Everything that outputs may know of the site; no path of the machine gets into any output."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site_name: Line = "Threat Briefs"
    site_url: str = UNSET_URL
    description: Line | None = None
    language: Line = "en"
    publisher: Publisher = Publisher()
    licence: Licence = Licence()
    colours: Colours = Colours()
    logo: str = ""
    """The publisher's logo under its published name, with a fingerprint: `logo.1a2b3c4d.svg`."""
    fonts: str = ""
    """A digest of the further fonts that PDFs are set in; see project.stamp_fonts."""
    authority: Annotated[str, Field(pattern=r"^[a-z0-9.-]+,\d{4}(-\d{2}(-\d{2})?)?$")] = "localhost,2026"
    """The tag URI authority of every GUID (RFC 4151): domain, comma, date. Set once, never changed."""
    id_prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")] = "TB"
    tlp: Tlp = Tlp.CLEAR
    """The ceiling: what is marked above it does not exist for the build."""
    drafts: bool = False
    paper: Annotated[str, Field(pattern=r"^(a4|us-letter)$")] = "a4"
    pdf: bool = True
    digests: tuple[Period, ...] = ("month", "quarter", "year")
    """The periods for which the site has a PDF digest of what was published in them."""
    cards: bool = True
    """Whether every incident and actor has a picture for social networks; only where PDFs are made."""
    outputs: tuple[str, ...] | None = None
    """The formats that the build makes, by name; None means all. Pages link to what is made alone."""
    websub_hub: HttpUrl | None = None
    """The WebSub hub that feeds name; whoever publishes tells it which feeds changed (docs/feeds.md)."""
    csaf: CsafProvider = CsafProvider()
    security_txt: SecurityTxt | None = None
    """Without it there is no security.txt: a contact and an expiry cannot be guessed."""
    nav_pages: tuple[tuple[str, str], ...] = ()
    """Hand-written pages of the site: title and address relative to the root, in order."""
    assets: tuple[tuple[str, str], ...] = ()
    """The site's own files: logical name and address with its fingerprint; see outputs.assets.find_assets."""

    @field_validator("site_url")
    @classmethod
    def _end_with_slash(cls, given: str) -> str:
        text = (given or "").strip() or UNSET_URL
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("site_url must be an absolute http or https URL")
        return text if text.endswith("/") else text + "/"

    @property
    def base_path(self) -> str:
        """The path of the site on its server, with slashes at both ends: `/` or `/repo/`."""
        return urlsplit(self.site_url).path or "/"

    def url(self, path: str = "") -> str:
        """The absolute URL of an address relative to the site's root."""
        if path.endswith("index.html"):
            path = re.sub(r"(^|/)index\.html$", r"\1", path)
        return self.site_url + path

    def guid(self, record_id: str, suffix: str = "") -> str:
        """The permanent tag URI of a record (RFC 4151); `suffix` names a part such as `revision/2`."""
        return f"tag:{self.authority}:{record_id}" + (f"/{suffix}" if suffix else "")
