"""security.txt (RFC 9116): whom to tell of a weakness of this site, and where its CSAF provider is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact
from threatbrief.config import SecurityTxt, SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp, format_instant
from threatbrief.render.engine import Engine
from threatbrief.views.csaf import PROVIDER_PATH, csaf_places

SECURITY_TXT_PATH: Final = ".well-known/security.txt"


@dataclass(frozen=True, slots=True)
class SecurityTxtView:
    """The fields of security.txt in the order in which they are written: name and value."""

    fields: tuple[tuple[str, str], ...]


class WellKnownOutput:
    """`.well-known/security.txt`, where a contact and an expiry are configured."""

    name = "wellknown"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        if site.security_txt is None or site.tlp is Tlp.RED:
            return
        has_csaf = next(csaf_places(kb, site), None) is not None
        view = SecurityTxtView(tuple(_fields(site.security_txt, site, has_csaf=has_csaf)))
        yield Artifact(PurePosixPath(SECURITY_TXT_PATH), view, owner="security.txt", output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: SecurityTxtView = artifact.view
        return "".join(f"{name}: {value}\n" for name, value in view.fields).encode()


def _fields(given: SecurityTxt, site: SiteConfig, *, has_csaf: bool) -> Iterator[tuple[str, str]]:
    """Only https addresses of ours are named: plain http is forbidden (RFC 9116, section 2.5)."""
    yield from (("Contact", contact) for contact in given.contact)
    yield "Expires", format_instant(given.expires)
    yield from (("Encryption", address) for address in given.encryption)
    yield from (("Acknowledgments", address) for address in given.acknowledgments)
    if given.preferred_languages:
        yield "Preferred-Languages", ", ".join(given.preferred_languages)
    if site.site_url.startswith("https://"):
        yield "Canonical", site.url(SECURITY_TXT_PATH)
    yield from (("Policy", address) for address in given.policy)
    yield from (("Hiring", address) for address in given.hiring)
    if has_csaf and site.site_url.startswith("https://"):
        yield "CSAF", site.url(PROVIDER_PATH)
