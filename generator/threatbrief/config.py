"""The site's configuration: the options of the plugin in mkdocs.yml, checked once."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from threatbrief.model.dates import Instant
from threatbrief.model.text import HttpUrl, Line
from threatbrief.model.tlp import Tlp

ContactUri = Annotated[Line, Field(pattern=r"^(mailto:\S+@\S+|tel:\+?[0-9().-]+|https://\S+)$")]
SecurityUri = Annotated[Line, Field(pattern=r"^(https|dns|openpgp4fpr):\S+$")]

Period = Literal["week", "month", "quarter", "year"]

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
    """The publisher's own colours, as `#rrggbb`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#97261f"
    """Links, numbers and marks on white: dark enough to be read there (WCAG 2.2, section 1.4.3)."""

    @field_validator("accent")
    @classmethod
    def _stand_out(cls, given: str) -> str:
        if (found := contrast_with_white(given)) < 4.5:
            raise ValueError(
                f"{given} on white has a contrast of {found:.1f}; 4.5 is the least that reads well"
            )
        return given.lower()


def contrast_with_white(colour: str) -> float:
    """The contrast of `#rrggbb` with white (WCAG 2.2, "contrast ratio"): 1 for white, 21 for black."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


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
        return self.site_url + re.sub(r"(^|/)index\.html$", r"\1", path)

    def guid(self, record_id: str, suffix: str = "") -> str:
        """The permanent tag URI of a record (RFC 4151); `suffix` names a part such as `revision/2`."""
        return f"tag:{self.authority}:{record_id}" + (f"/{suffix}" if suffix else "")
