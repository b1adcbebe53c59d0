"""The publisher's own look: the colours that stand in place of ours, and the logo."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from threatbrief.config import DARK_PAPER, LIGHT_PAPER, Colours, SiteConfig, tint


@dataclass(frozen=True, slots=True)
class BrandView:
    """A style sheet of the publisher's colours."""

    css: str


@dataclass(frozen=True, slots=True)
class LogoView:
    """The publisher's logo, by the name under which renders find it."""

    image: str


def brand_sheet(site: SiteConfig) -> tuple[str, BrandView] | None:
    """The address and content of the sheet of own colours; None where there are none."""
    if site.colours == Colours():
        return None
    light, dark = site.colours.accent, site.colours.on_dark
    css = (
        f":root{{--red:{light};--redtint:{tint(light, LIGHT_PAPER)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--red:{dark};--redtint:{tint(dark, DARK_PAPER)}}}}}\n"
        f"@media print{{:root{{--red:{light};--redtint:#fff}}}}\n"
    )
    digest = hashlib.sha256(css.encode()).hexdigest()[:8]
    return f"assets/brand.{digest}.css", BrandView(css)


def logo_address(site: SiteConfig) -> str:
    """Where the site has the publisher's logo; empty where there is none."""
    return f"assets/{site.logo}" if site.logo else ""
