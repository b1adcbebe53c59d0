"""The site's configuration: the options of the plugin in mkdocs.yml, checked once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from threatbrief.model.text import HttpUrl, Line
from threatbrief.model.tlp import Tlp

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


class Licence(BaseModel):
    """The licence of the content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line = "CC BY 4.0"
    url: HttpUrl = "https://creativecommons.org/licenses/by/4.0/"


class SiteConfig(BaseModel):
    """Everything that outputs may know of the site; no path of the machine gets into any output."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site_name: Line = "Threat Briefs"
    site_url: str = UNSET_URL
    description: Line | None = None
    language: Line = "en"
    publisher: Publisher = Publisher()
    licence: Licence = Licence()
    authority: Annotated[str, Field(pattern=r"^[a-z0-9.-]+,\d{4}(-\d{2}(-\d{2})?)?$")] = "localhost,2026"
    """The tag URI authority of every GUID (RFC 4151): domain, comma, date. Set once, never changed."""
    id_prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")] = "TB"
    tlp: Tlp = Tlp.CLEAR
    """The ceiling: what is marked above it does not exist for the build."""
    drafts: bool = False
    paper: Annotated[str, Field(pattern=r"^(a4|us-letter)$")] = "a4"
    pdf: bool = True
    websub_hub: HttpUrl | None = None
    """The WebSub hub that feeds name; whoever publishes tells it which feeds changed (docs/feeds.md)."""
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


class SitePaths(BaseModel):
    """Where a site lies on this machine; kept apart so that it cannot reach an output."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    root: Path
    records: Path
    templates: tuple[Path, ...]
    site: Path
