"""What every view is made of: links, dates, citations, sources.

Addresses in views are relative to the site's root (`actors/kimsuky/`) or absolute URLs. Pages put
their way to the root before them, feeds and PDF briefs the site's URL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, overload

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import PartialDate, Record, Source, Tlp, format_instant, highest
from threatbrief.model.parts import marked_fields


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
class Dates:
    """When what a page tells was first published and last changed: ISO 8601, empty where it was not."""

    published: str = ""
    modified: str = ""

    @classmethod
    def of(cls, record: Record) -> Dates:
        return cls(*(format_instant(at) if at else "" for at in (record.published, record.updated)))


NO_DATES: Final = Dates()


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a facts panel; `between` stands between its values."""

    label: str
    values: tuple[Link, ...]
    note: str = ""
    between: str = ", "


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


_tlp = attrgetter("tlp")


def marking_of(record: Record) -> Tlp:
    """The highest marking left in a record: its own, or that of one of its parts."""
    found = {record.tlp}
    for name, is_list in marked_fields(type(record)):
        if value := getattr(record, name):
            found.update(map(_tlp, value) if is_list else (value.tlp,))
    return highest(*found)


def highest_marking(kb: KnowledgeBase, records: Iterable[Record]) -> Tlp:
    """The highest marking left in any of these records of the knowledge base."""
    return highest(*{kb.remember(("marking", type(r), r.id), marking_of, r) for r in records})


def plural(count: int, one: str, many: str = "") -> str:
    """`1 record`, `2 records`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


@overload
def date_view(given: PartialDate | datetime) -> DateView: ...
@overload
def date_view(given: None) -> None: ...
@overload
def date_view(given: PartialDate | datetime | None) -> DateView | None: ...


def date_view(given: PartialDate | datetime | None) -> DateView | None:
    """A date of a record for readers and machines; an instant is shown as its day."""
    if given is None:
        return None
    if isinstance(given, datetime):
        return DateView(format_instant(given), PartialDate.of(given.date()).text)
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
