"""B: the sources of a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.references import CITATION
from threatbrief.checks.subject import Subject
from threatbrief.model import Incident, Source
from threatbrief.model.names import fold_name
from threatbrief.model.vocab import SourceKind

_REPRINTERS: Final = (
    "news.yahoo.com",
    "finance.yahoo.com",
    "yahoo.com",
    "msn.com",
    "news.google.com",
    "flipboard.com",
    "slashdot.org",
    "news.ycombinator.com",
    "reddit.com",
    "prnewswire.com",
    "aol.com",
    "smartnews.com",
    "newsbreak.com",
)
_ARCHIVES: Final = ("web.archive.org", "archive.org", "archive.ph", "archive.today", "archive.is", "perma.cc")


def check_uncited(subject: Subject) -> Iterator[Finding]:
    if not subject.record.sources:
        return
    cited = set(subject.cited)
    if "[@" in subject.prose:
        cited.update(match.group(1) for match in CITATION.finditer(subject.prose))
    for index, source in enumerate(subject.record.sources):
        if source.id not in cited:
            yield from subject.at(("sources", index), f"the source {source.id!r} is cited nowhere")


def check_reprints(subject: Subject) -> Iterator[Finding]:
    primary = [(i, s) for i, s in enumerate(subject.record.sources) if s.kind is SourceKind.PRIMARY]
    if not primary:
        return
    titled: dict[str, list[tuple[int, Source]]] = defaultdict(list)
    for index, source in primary:
        if _is_at(source.url, _REPRINTERS):
            message = (
                f"{source.id!r} is given as primary, but {_host(source.url)} reprints what others publish"
            )
            yield from subject.at(("sources", index, "kind"), message)
        titled[fold_name(source.title)].append((index, source))
    for rows in titled.values():
        for index, source in rows[1:]:
            if source.publisher != rows[0][1].publisher:
                message = f"{source.id!r} has the title of {rows[0][1].id!r}: one of the two is a reprint"
                yield from subject.at(("sources", index, "kind"), message)


def _host(url: str | None) -> str:
    return (urlsplit(url).hostname or "") if url else ""


def _is_at(url: str | None, hosts: tuple[str, ...]) -> bool:
    host = _host(url).removeprefix("www.")
    return host in hosts


def check_archive_as_source(subject: Subject) -> Iterator[Finding]:
    for index, source in enumerate(subject.record.sources):
        if source.url and "archive" in source.url and _is_at(source.url, _ARCHIVES) and not source.archived:
            yield from subject.at(
                ("sources", index, "url"), f"the address of {source.id!r} is that of a copy"
            )


def check_same_address(subject: Subject) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for index, source in enumerate(subject.record.sources):
        if not source.url:
            continue
        address = source.url.partition("#")[0].rstrip("/")
        first = seen.setdefault(address, source.id)
        if first != source.id:
            message = f"{source.id!r} has the address of {first!r}"
            yield from subject.at(("sources", index, "url"), message)


def check_no_sources(subject: Subject) -> Iterator[Finding]:
    if not subject.record.sources and subject.is_sound("sources") and isinstance(subject.record, Incident):
        yield from subject.at((), "the record has no source")


def check_single_source(subject: Subject) -> Iterator[Finding]:
    if len(subject.record.sources) == 1 and isinstance(subject.record, Incident):
        yield from subject.at(("sources",), "the record rests on a single source")


def check_archived(subject: Subject) -> Iterator[Finding]:
    missing = [source.id for source in subject.record.sources if source.url and not source.archived]
    if missing:
        count, named = len(subject.record.sources), ", ".join(missing[:5])
        rest = ", …" if len(missing) > 5 else ""
        message = f"{len(missing)} of {count} sources have no archived copy: {named}{rest}"
        yield from subject.at(("sources",), message)


def check_undated(subject: Subject) -> Iterator[Finding]:
    for index, source in enumerate(subject.record.sources):
        if source.date is None and subject.is_sound("sources", index, "date"):
            yield from subject.at(("sources", index), f"the source {source.id!r} has no date")


CHECKS: Final = (
    Check(
        "B101",
        "note",
        "uncited-source",
        "A reader cannot tell what the source is there for.",
        "cite it where it carries a statement, or take it out",
        of_record=check_uncited,
    ),
    Check(
        "B102",
        "warning",
        "reprint-as-primary",
        "A reprint adds no second voice: counted as primary, it makes one report look like two.",
        "write kind: secondary, or cite the original",
        of_record=check_reprints,
    ),
    Check(
        "B103",
        "warning",
        "copy-as-address",
        "Readers should reach the publisher first, and the copy when that is gone.",
        "put the original's address in `url` and this one in `archived`",
        of_record=check_archive_as_source,
    ),
    Check(
        "B104",
        "warning",
        "source-listed-twice",
        "Two entries for one page make one source look like two.",
        "keep one, and cite it in both places",
        of_record=check_same_address,
    ),
    Check(
        "B105",
        "error",
        "no-sources",
        "A brief without a source asks to be believed.",
        "add the sources that carry it",
        of_record=check_no_sources,
    ),
    Check(
        "B106",
        "note",
        "single-source",
        "What one source says is not confirmed by another; the page tells readers so.",
        "look for a second, independent source",
        of_record=check_single_source,
    ),
    Check(
        "B107",
        "note",
        "not-archived",
        "Pages vanish; a copy keeps the statement checkable.",
        "save the pages at web.archive.org and add archived: https://web.archive.org/…",
        of_record=check_archived,
    ),
    Check(
        "B108",
        "note",
        "undated-source",
        "A reader cannot tell what the source could know.",
        "add date: as precise as the source has it",
        of_record=check_undated,
    ),
)
