"""P: a record's life: draft, published, withdrawn, and the addresses it lives at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.subject import Corpus, Subject
from threatbrief.model import Record
from threatbrief.model.vocab import Status

_PICTURES: Final = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
}


def check_reason(subject: Subject) -> Iterator[Finding]:
    record = subject.record
    if record.status is Status.WITHDRAWN and not record.reason and subject.is_sound("reason"):
        yield from subject.at(("status",), "the record is withdrawn, and gives no reason")


def check_published(subject: Subject) -> Iterator[Finding]:
    record = subject.incident
    if (
        record
        and record.status is Status.PUBLISHED
        and not record.published
        and subject.is_sound("published")
    ):
        yield from subject.at(("status",), "the record is published, and does not say when")


def check_addresses(corpus: Corpus) -> Iterator[Finding]:
    """A former address that another record lives at, or gave up too."""
    for records in (corpus.kb.incidents, corpus.kb.actors, corpus.kb.software):
        owners: dict[str, Record] = {record.id.lower(): record for record in records}
        for record in records:
            for index, slug in enumerate(record.formerly):
                other = owners.setdefault(slug, record)
                if other is not record or slug == record.id.lower():
                    message = f"the address {slug!r} belongs to {other.id} ({other.origin.path})"
                    yield from Subject(record, corpus).at(("formerly", index), message, quotes=other.tlp)


def check_name_addresses(corpus: Corpus) -> Iterator[Finding]:
    """A contested name whose page would lie at the address of an actor that is not the one it names."""
    for contested in corpus.kb.contested_names:
        owner = corpus.kb.actor_by_id.get(contested.slug)
        bearers = [bearer.actor for bearer in contested.bearers]
        if owner and owner not in bearers:
            first = bearers[0]
            message = f"the page of the name {contested.name!r} would lie at the address of {owner.id}"
            yield from Subject(first, corpus).at(("names",), message, quotes=owner.tlp)


def check_paths(corpus: Corpus) -> Iterator[Finding]:
    """Files that are one file where capitals do not count."""
    by_path: dict[str, list[Record]] = defaultdict(list)
    for record in corpus.kb.records:
        by_path[record.origin.path.casefold()].append(record)
    for records in by_path.values():
        for record in sorted(records, key=lambda r: r.origin.path)[1:]:
            other = min(r.origin.path for r in records)
            yield from Subject(record, corpus).at((), f"the path differs from {other} in capitals alone")


def check_figures(subject: Subject) -> Iterator[Finding]:
    root = subject.corpus.root
    if not subject.incident or root is None:
        return
    folder = root / PurePosixPath(subject.record.origin.path).parent
    for index, figure in enumerate(subject.incident.figures):
        message = _find_fault(folder, figure.file)
        if message:
            yield from subject.at(("figures", index, "file"), f"{figure.file!r} {message}")


def _find_fault(folder: Path, name: str) -> str | None:
    """Why a figure cannot be used, in words that follow its name."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        return "leads out of the record's folder"
    if path.suffix.lower() not in _PICTURES:
        return f"is no picture that pages show: {', '.join(sorted(_PICTURES))}"
    try:
        file = (folder / path).resolve()
        if not file.is_relative_to(folder.resolve()):
            return "leads out of the record's folder"
        if not file.is_file():
            return "is not there"
        with file.open("rb") as stream:
            begin = stream.read(16)
    except (OSError, RuntimeError, ValueError):
        return "cannot be read"
    if not begin.startswith(_PICTURES[path.suffix.lower()]):
        return f"holds no {path.suffix.lower()[1:]} picture"
    return None


CHECKS: Final = (
    Check(
        "P101",
        "error",
        "withdrawn-without-reason",
        "The page stays as a notice: a reader who comes back must learn why.",
        "add reason: one sentence; `threatbrief withdraw` asks for it",
        of_record=check_reason,
    ),
    Check(
        "P102",
        "warning",
        "published-without-date",
        "Feeds and digests sort by it: without one the record is in none.",
        "add published: 2026-11-22T09:00:00Z",
        of_record=check_published,
    ),
    Check(
        "P103",
        "error",
        "address-taken",
        "An address leads to one record, for ever.",
        "take the former address out of one of the two",
        of_corpus=check_addresses,
        firm=True,
    ),
    Check(
        "P104",
        "error",
        "name-address-taken",
        "The page that says who means whom by a name lies at the address of that name.",
        "give the actor another id, or let it carry the name too, as disputed",
        of_corpus=check_name_addresses,
        firm=True,
    ),
    Check(
        "P105",
        "error",
        "path-differs-in-case",
        "On many disks the two are one file, and one record overwrites the other.",
        "rename one of the two files",
        of_corpus=check_paths,
        firm=True,
    ),
    Check(
        "P106",
        "error",
        "figure-unusable",
        "A page must not lack its figure, nor show a file from elsewhere.",
        "put a picture into `figures` beside the record",
        of_record=check_figures,
        firm=True,
        needs="disk",
    ),
)
