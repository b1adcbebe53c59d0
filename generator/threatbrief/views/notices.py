"""Pages that stand for something else: a withdrawn record, an old address, a page that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident, Record, Software
from threatbrief.model.vocab import Status
from threatbrief.views.common import DateView, Link, date_view, marking_of
from threatbrief.views.frame import PageView, Press


@dataclass(frozen=True, slots=True)
class NoticeRevision:
    date: DateView | None
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class WithdrawnView:
    """A record that was withdrawn: its id and the reason, nothing of what it said."""

    id: str
    reason: str
    published: DateView | None
    revisions: tuple[NoticeRevision, ...]
    list: Link


@dataclass(frozen=True, slots=True)
class MovedView:
    """An address that a record once had, or one of its other names. `target` is absolute."""

    heading: str
    lead: str
    to: Link
    target: str


@dataclass(frozen=True, slots=True)
class NotFoundView:
    places: tuple[Link, ...]


def withdrawn_page(press: Press, record: Record) -> PageView[WithdrawnView]:
    """The notice at a withdrawn record's address."""
    view = WithdrawnView(
        id=record_id(record),
        reason=record.reason or "",
        published=date_view(record.published),
        revisions=tuple(NoticeRevision(date_view(r.at), r.kind.value, r.note) for r in record.revisions),
        list=_list_of(record),
    )
    title = f"{view.id} was withdrawn"
    description = f"{view.id} was withdrawn by {press.site.publisher.name}."
    section = address_of(record).split("/")[0]
    return press.page(
        address_of(record), title, description, view, section=section, tlp=marking_of(record), noindex=True
    )


def former_addresses(kb: KnowledgeBase, pages: Iterable[str]) -> Iterator[tuple[str, Record]]:
    """Each former address of a record, unless another record or one of these pages has it now."""
    taken = {*pages, *(address_of(record) for record in kb.records)}
    for record in kb.records:
        for slug in record.formerly:
            address = address_of(record).split("/")[0] + f"/{slug}/"
            if address not in taken:
                taken.add(address)
                yield address, record


def moved_page(press: Press, record: Record, address: str) -> PageView[MovedView]:
    """The page at a former address of a record."""
    withdrawn = record.status is Status.WITHDRAWN
    name = record_id(record) if withdrawn else name_of(record)
    target = address_of(record)
    view = MovedView("This page has moved", "It is now at", Link(name, target), press.site.url(target))
    return press.page(address, f"{name} has moved", f"{name} has a new address.", view, noindex=True)


def not_found_page(press: Press) -> PageView[NotFoundView]:
    """404.html: served at any depth, so its links begin at the site's root."""
    places = tuple(Link(link.text, link.href) for link in press.nav)
    return press.page(
        "404.html",
        "Page not found",
        "There is no page at this address.",
        NotFoundView(places),
        noindex=True,
    )


def record_id(record: Record) -> str:
    """A record's own id."""
    return _known(record).id


def name_of(record: Record) -> str:
    """What readers call a record."""
    known = _known(record)
    return known.title if isinstance(known, Incident) else known.name


def address_of(record: Record) -> str:
    """The address of a record's page, relative to the root."""
    known = _known(record)
    if isinstance(known, Incident):
        return f"incidents/{known.slug}/"
    return f"{'actors' if isinstance(known, Actor) else 'software'}/{known.slug}/"


def _known(record: Record) -> Incident | Actor | Software:
    if isinstance(record, Incident | Actor | Software):
        return record
    raise TypeError(f"{type(record).__name__} records have no page")


def _list_of(record: Record) -> Link:
    folder = address_of(record).split("/")[0]
    return Link(folder.capitalize(), f"{folder}/")
