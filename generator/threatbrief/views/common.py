"""What every view is made of: links, dates, citations, the frame of a page.

Addresses in views are relative to the site's root (`actors/kimsuky/`) or absolute URLs. Pages put
their way to the root before them, feeds and PDF briefs the site's URL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from threatbrief import __version__
from threatbrief.config import SiteConfig
from threatbrief.model import PartialDate, Source, Tlp, format_instant
from threatbrief.reference import load_reference

ViewT = TypeVar("ViewT")


@dataclass(frozen=True, slots=True)
class Link:
    """A text and where it leads; `href` is empty where there is nothing to lead to."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class DateView:
    """A date for machines (ISO 8601, as precise as it is) and for readers."""

    value: str
    text: str
    precision: str = "day"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a facts panel."""

    label: str
    values: tuple[Link, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source with the number by which the brief cites it. `grade` is Admiralty's letter."""

    number: int
    id: str
    publisher: str
    title: str
    url: str
    date: DateView | None
    kind: str
    reliability: str
    reliability_words: str
    archived: str
    language: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """What every page shows of the site itself."""

    name: str
    url: str
    description: str
    language: str
    publisher: str
    email: str
    publisher_url: str
    address: str
    disclaimer: str
    licence: Link
    tlp: str
    nav_pages: tuple[Link, ...]
    attack_version: str
    generator: str


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What a page says about itself. `root` leads from the page to the site's root: `../../`."""

    path: str
    root: str
    title: str
    description: str
    canonical: str
    section: str
    tlp: str
    noindex: bool = False
    feeds: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView(Generic[ViewT]):
    """A page: the site, the frame, and its own content."""

    site: SiteView
    page: PageFrame
    view: ViewT


def site_view(site: SiteConfig) -> SiteView:
    versions = load_reference().attack_versions
    return SiteView(
        name=site.site_name,
        url=site.site_url,
        description=site.description or "",
        language=site.language,
        publisher=site.publisher.name,
        email=site.publisher.email or "",
        publisher_url=site.publisher.url or "",
        address=site.publisher.address or "",
        disclaimer=site.publisher.disclaimer or "",
        licence=Link(site.licence.name, site.licence.url),
        tlp=site.tlp.label,
        nav_pages=tuple(Link(title, path) for title, path in site.nav_pages),
        attack_version=versions.get("enterprise", ""),
        generator=f"threatbrief {__version__}",
    )


def page_frame(
    site: SiteConfig,
    path: str,
    title: str,
    description: str,
    *,
    section: str = "",
    tlp: Tlp = Tlp.CLEAR,
    feeds: Iterable[Link] = (),
    noindex: bool = False,
) -> PageFrame:
    """The frame of the page at an address relative to the root, such as `actors/kimsuky/`."""
    return PageFrame(
        path=path,
        root="../" * path.count("/") or "./",
        title=title,
        description=description,
        canonical=site.url(path),
        section=section,
        tlp=tlp.label,
        noindex=noindex or site.tlp is not Tlp.CLEAR,
        feeds=tuple(feeds),
    )


def date_view(given: PartialDate | datetime | None) -> DateView | None:
    """A date of a record for readers and machines; an instant is shown as its day."""
    if given is None:
        return None
    if isinstance(given, datetime):
        day = PartialDate(given.strftime("%Y-%m-%d"))
        return DateView(format_instant(given), day.text)
    return DateView(given.value, given.text, given.precision)


def source_views(sources: Iterable[Source]) -> tuple[SourceView, ...]:
    return tuple(
        SourceView(
            number=number,
            id=source.id,
            publisher=source.publisher,
            title=source.title,
            url=source.url or "",
            date=date_view(source.date),
            kind=source.kind.value if source.kind else "",
            reliability=source.reliability.value if source.reliability else "",
            reliability_words=source.reliability.words if source.reliability else "",
            archived=source.archived or "",
            language=source.language or "",
        )
        for number, source in enumerate(sources, 1)
    )


def cite_numbers(sources: Iterable[Source], cited: Iterable[str]) -> tuple[int, ...]:
    """The numbers under which a statement's sources stand in the list of sources, ascending."""
    wanted = set(cited)
    return tuple(number for number, source in enumerate(sources, 1) if source.id in wanted)
