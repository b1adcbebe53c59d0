"""What machines read in a page's head: schema.org as JSON-LD, with the same facts as the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from threatbrief.config import SiteConfig
from threatbrief.views.brand import logo_address
from threatbrief.views.common import Dates, Link, SourceView

Schema = Mapping[str, Any]

_CONTEXT: Final = "https://schema.org"


def site_schema(site: SiteConfig) -> Schema:
    """The site as a whole, for its front page."""
    return {
        "@context": _CONTEXT,
        "@type": "WebSite",
        **_kept(_about_site(site) | {"publisher": _publisher(site)}),
    }


def report_schema(
    site: SiteConfig,
    path: str,
    title: str,
    description: str,
    *,
    number: str,
    version: int,
    dates: Dates,
    sources: Iterable[SourceView],
    about: Iterable[Link] = (),
    keywords: Iterable[str] = (),
) -> Schema:
    """A brief. `number` is its id; `about` are the actors and software that it names, with their pages."""
    own = {
        "headline": title,
        "reportNumber": number,
        "identifier": number,
        "version": version,
        "datePublished": dates.published,
        "dateModified": dates.modified,
        "author": _publisher(site),
        "mainEntityOfPage": site.url(path),
        "about": [{"@type": "Thing", "name": thing.text, "url": site.url(thing.href)} for thing in about],
        "keywords": ", ".join(dict.fromkeys(keywords)),
        "citation": [_citation(source) for source in sources],
    }
    return {**page_schema(site, "Report", path, title, description), **_kept(own)}


def profile_schema(
    site: SiteConfig,
    path: str,
    name: str,
    description: str,
    *,
    other_names: Iterable[str],
    same_as: str,
    dates: Dates,
    sources: Iterable[SourceView],
) -> Schema:
    """An article about an actor or a software. `same_as` is its page at MITRE ATT&CK."""
    thing = {"@type": "Thing", "name": name, "alternateName": list(other_names), "sameAs": same_as}
    own = {
        "headline": name,
        "datePublished": dates.published,
        "dateModified": dates.modified,
        "author": _publisher(site),
        "mainEntityOfPage": site.url(path),
        "about": _kept(thing),
        "citation": [_citation(source) for source in sources],
    }
    return {**page_schema(site, "Article", path, name, description), **_kept(own)}


def page_schema(site: SiteConfig, kind: str, path: str, title: str, description: str) -> dict[str, Any]:
    """A page that is of this type of schema.org's."""
    own = {
        "@context": _CONTEXT,
        "@type": kind,
        "@id": site.url(path),
        "url": site.url(path),
        "name": title,
        "description": description,
        "inLanguage": site.language,
        "isAccessibleForFree": True,
        "license": site.licence.url,
        "publisher": _publisher(site),
        "isPartOf": {"@type": "WebSite", "name": site.site_name, "url": site.site_url},
    }
    return _kept(own)


def _about_site(site: SiteConfig) -> dict[str, Any]:
    return {
        "@id": site.site_url,
        "url": site.site_url,
        "name": site.site_name,
        "description": site.description or "",
        "inLanguage": site.language,
        "license": site.licence.url,
    }


def _publisher(site: SiteConfig) -> dict[str, Any]:
    publisher = site.publisher
    own = {
        "@type": "Organization",
        "name": publisher.name,
        "url": publisher.url or site.site_url,
        "email": publisher.email or "",
        "logo": site.url(logo_address(site)) if site.logo else "",
    }
    return _kept(own)


def _citation(source: SourceView) -> dict[str, Any]:
    own = {
        "@type": "CreativeWork",
        "name": source.title,
        "url": source.url,
        "archivedAt": source.archived,
        "inLanguage": source.language,
        "datePublished": source.date.value if source.date else "",
        "publisher": {"@type": "Organization", "name": source.publisher},
    }
    return _kept(own)


def _kept(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that hold something."""
    return {name: value for name, value in properties.items() if value not in ("", [], None)}
