"""Show an edited record's page at once, before the rest of the site is built."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

from threatbrief.build.inputs import Listing
from threatbrief.build.publish import Published, replace_files
from threatbrief.build.runner import Progress
from threatbrief.build.worker import Worker
from threatbrief.diagnostics import Diagnostic, has_errors
from threatbrief.errors import ThreatbriefError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record
from threatbrief.outputs.pages import page_artifacts
from threatbrief.project import Caches, Project, load_checked
from threatbrief.records.marking import apply_marking

_MOST: Final = 20
"""Of more records than this the pages are as soon there with the rest, which is made in several processes."""

Loaded = tuple[KnowledgeBase, tuple[Diagnostic, ...]]


class Host(Protocol):
    """Who builds the site: what its last build was of and did. `loaded` is what the next one takes;
    `is_alone` says whether nobody else has a part in the site."""

    project: Project
    kb: KnowledgeBase
    published: Published | None
    progress: Progress
    held: Caches | None
    loaded: Loaded | None
    is_alone: bool

    def report(self, found: tuple[Diagnostic, ...]) -> None:
        """Say what was found."""
        ...


class Edits:
    """Looks at what was edited since the site was last shown. `build` has the host build it."""

    def __init__(self, host: Host, build: Callable[[], None]) -> None:
        self._host, self._build = host, build
        self._begin()

    def _begin(self) -> None:
        """Take the site as the host has just built it."""
        self._project, self._shown = self._host.project, self._host.kb
        self._around: Listing | None = _list_around(self._project)
        self._next: Loaded | None = None

    def look(self) -> bool:
        """Write the pages of records that were edited or are new. False where something else has changed,
        a record is at fault, or one is gone or holds back what it may have shown: then nothing is written."""
        try:
            return self._show()
        except ThreatbriefError:
            return False

    def _show(self) -> bool:
        if not self._host.is_alone or _list_around(self._project) != self._around:
            return False
        everything, found = load_checked(self._project, self._host.held)
        if has_errors(found, strict=self._project.strict):
            return False
        shown = apply_marking(everything, self._project.site.tlp, drafts=self._project.site.drafts)
        edited = _edited(self._shown, shown)
        if edited is None or len(edited) > _MOST or not _hold_nothing_back(edited, everything):
            return False
        if edited:
            replace_files(self._project.site_dir, dict(self._render(shown, edited)))
        self._shown, self._next = shown, (shown, found)
        self._host.report(found)
        return True

    def _render(self, kb: KnowledgeBase, edited: tuple[Record, ...]) -> Iterator[tuple[str, bytes]]:
        worker = Worker(self._project.outputs, self._project.sources)
        for artifact in page_artifacts(kb, self._project.site, edited):
            outcome = worker.render(artifact)
            yield str(outcome.path), outcome.content or b""

    def build(self, progress: Progress) -> None:
        """Have all built; what fails leaves the site, and what is known of it, as it was."""
        with contextlib.suppress(ThreatbriefError):  # a build that was given up may have been half swapped in
            replace_files(self._project.site_dir, {})
        before = _list_around(self._project)
        if self._publish(progress):
            self._begin()
            if self._around != before:  # it changed meanwhile: which of both was built is not known
                self._around = None

    def build_rest(self, progress: Progress) -> bool:
        """Have all built of what was looked at last; whether any page has changed."""
        self._host.loaded = self._next
        published = self._publish(progress)
        return published is not None and any(path.endswith(".html") for path in published.changed)

    def _publish(self, progress: Progress) -> Published | None:
        self._host.published, self._host.progress = None, progress
        self._build()
        return self._host.published


def _list_around(project: Project) -> Listing:
    """All that decides a page beside the records."""
    logo = [project.logo] if project.logo else []
    return Listing.of([project.config_file, project.docs, *project.templates, *project.fonts, *logo])


def _edited(before: KnowledgeBase, now: KnowledgeBase) -> tuple[Record, ...] | None:
    """The records that are new or of other bytes; None where one is gone, or has another id or status."""
    old, new = ({record.origin.path: record for record in kb.records} for kb in (before, now))
    if not old.keys() <= new.keys():
        return None
    edited = tuple(
        record for path, record in new.items() if path not in old or _bytes(old[path]) != _bytes(record)
    )
    replaced = ((old[record.origin.path], record) for record in edited if record.origin.path in old)
    if any((a.id, a.status) != (b.id, b.status) for a, b in replaced):
        return None
    return edited


def _hold_nothing_back(records: Iterable[Record], everything: KnowledgeBase) -> bool:
    """Whether readers may know all of these records: nothing that a page shows was taken out."""
    written = {record.origin.path: record for record in everything.records}
    return all(
        record == written[record.origin.path].model_copy(update={"silence": record.silence})
        for record in records
    )


def _bytes(record: Record) -> str:
    return record.origin.digest
