"""A site's folder as one thing: load, check, mark, build. What the command line and the plugin share."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from threatbrief.build.artifact import Output
from threatbrief.build.cache import CacheFolders
from threatbrief.build.inputs import LastBuild, Listing, Standing
from threatbrief.build.kept import Keeper
from threatbrief.build.memo import Memo
from threatbrief.build.publish import Publication, Published
from threatbrief.build.runner import Build, Progress
from threatbrief.build.stamps import code_stamp, site_stamp
from threatbrief.build.watch import Answers
from threatbrief.checks import check
from threatbrief.checks.history import compare
from threatbrief.checks.memo import FindingsMemo
from threatbrief.checks.registry import CODES
from threatbrief.config import UNSET_URL, SiteConfig
from threatbrief.diagnostics import Diagnostic, Severity, Span, has_errors, sort_diagnostics
from threatbrief.errors import CollisionError, ConfigError, ContentError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs import find_outputs
from threatbrief.outputs.assets import find_assets
from threatbrief.records import RecordCache, read_records
from threatbrief.records.marking import apply_marking
from threatbrief.render.coverage import CoverageProbe
from threatbrief.render.engine import Sources
from threatbrief.views.files import has_output

_PACKAGE = Path(__file__).parent


def packaged_templates() -> Path:
    """The templates that came with the package: inside it when installed, beside generator/ in a checkout."""
    inside = _PACKAGE / "templates"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "templates"


def template_folders(own: Path) -> tuple[Path, ...]:
    """A site's own templates, where it has any, before the packaged ones."""
    packaged = packaged_templates()
    if own.is_dir() and own.resolve() != packaged.resolve():
        return (own, packaged)
    return (packaged,)


@dataclass(frozen=True, slots=True)
class Project:
    """A site on this machine. `config_file` and `records` lie below `root`; `site_dir` may lie anywhere."""

    root: Path
    config_file: Path
    records: Path
    docs: Path
    templates: tuple[Path, ...]
    site_dir: Path
    site: SiteConfig
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    strict: bool = False
    workers: int | None = None
    cache: bool = True
    cluster: str = ""
    fonts: tuple[Path, ...] = ()
    logo: Path | None = None

    @property
    def sources(self) -> Sources:
        """What renders read of the disk."""
        images = ((self.site.logo, self.logo),) if self.logo else ()
        compiled = CacheFolders.of(self.root).compiled_file, code_stamp()
        return Sources(self.templates, self.fonts, images, compiled=compiled if self.cache else None)

    def with_site(self, **changes: object) -> Project:
        """The same project with some settings of its site changed."""
        return replace(self, site=self.site.model_copy(update=changes))


def make_site_config(given: Mapping[str, Any], templates: tuple[Path, ...]) -> SiteConfig:
    """The checked configuration; ConfigError names the option that is wrong and what to write."""
    chosen = {key: value for key, value in given.items() if value not in (None, "")}
    try:
        return SiteConfig(**chosen, assets=find_assets(templates))
    except ValidationError as error:
        row = error.errors(include_url=False)[0]
        option = ".".join(str(part) for part in row["loc"])
        reason = str(row["msg"]).removeprefix("Value error, ")
        raise ConfigError(f"mkdocs.yml: option {option!r}: {reason}") from None


def find_fonts(root: Path, given: Sequence[object]) -> tuple[Path, ...]:
    """The folders and files of fonts that mkdocs.yml names; ConfigError where one is not there."""
    found = tuple(root / Path(str(name)).expanduser() for name in given)
    for path in found:
        if not path.exists():
            raise ConfigError(f"mkdocs.yml: option 'fonts': {path} is not there")
    return found


def stamp_fonts(paths: Sequence[Path]) -> str:
    """A digest of the fonts in folders and files; empty where there are none."""
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    digests = (hashlib.sha256(file.read_bytes()).digest() for file in files if file.is_file())
    return hashlib.sha256(b"".join(digests)).hexdigest() if files else ""


def find_logo(root: Path, given: object) -> Path | None:
    """The publisher's logo; ConfigError where mkdocs.yml names a file that is not there."""
    path = root / str(given) if given else None
    if path and not path.is_file():
        raise ConfigError(f"mkdocs.yml: option 'publisher.logo': {given} is not there")
    return path


def name_logo(path: Path | None) -> str:
    """The name that a logo is published under: `logo.1a2b3c4d.svg`."""
    if path is None:
        return ""
    return f"logo.{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}{path.suffix}"


class Caches:
    """Where a load finds what earlier ones have read and found: on the disk, unless somebody holds it."""

    def records(self, file: Path, stamp: str) -> RecordCache:
        """What was parsed of each record under a stamp."""
        return RecordCache(file, stamp)

    def findings(self, file: Path, stamp: str) -> FindingsMemo:
        """What was found in each record under a stamp."""
        return FindingsMemo(file, stamp)


def load_checked(
    project: Project, earlier: Caches | None = None
) -> tuple[KnowledgeBase, tuple[Diagnostic, ...]]:
    """Every record, unfiltered, with all faults of all files in file order."""
    earlier = earlier or Caches()
    workers = project.workers or os.cpu_count() or 1
    caches = CacheFolders.of(project.root)
    cache = earlier.records(caches.private / "records.db", code_stamp()) if project.cache else None
    loaded = read_records(project.records, project.root, cache, workers)
    kb = KnowledgeBase.of(loaded.records)
    today = _today()
    chosen = sorted((code, severity or "off") for code, severity in project.severities.items())
    own_fonts = [
        folder for templates in project.templates if (folder := templates / "pdf" / "fonts").is_dir()
    ]
    prints = has_output(project.site, "pdf")
    fonts = f"{project.site.fonts} {stamp_fonts(own_fonts)}" if prints else ""
    stamp = f"{code_stamp()} {today} {chosen} {fonts}"
    checked = check(
        kb,
        partial=loaded.partial,
        today=today,
        root=project.root,
        severities=project.severities,
        memo=earlier.findings(caches.private / "findings.pickle", stamp) if project.cache else None,
        workers=workers,
        missing=CoverageProbe(project.templates, project.fonts).missing if prints else None,
    )
    return kb, sort_diagnostics((*loaded.found, *checked, *_check_config(project)))


def load_publishable(
    project: Project, earlier: Caches | None = None
) -> tuple[KnowledgeBase, tuple[Diagnostic, ...]]:
    """What may be published: checked as a whole, then filtered by marking and status.

    ContentError, with every finding, where there are errors (or warnings, in a strict project).
    """
    kb, found = load_checked(project, earlier)
    if has_errors(found, strict=project.strict):
        raise ContentError(found)
    return apply_marking(kb, project.site.tlp, drafts=project.site.drafts), found


def publish_files(
    project: Project,
    kb: KnowledgeBase,
    publication: Publication,
    progress: Progress = lambda stage, done, total: None,
) -> tuple[Published, KnowledgeBase]:
    """Render what has changed since the last build of this site folder, and swap it in.

    The knowledge base is the same again, but knows what the build has worked out.
    """
    site_dir = publication.site
    memo = keepers = None
    if project.cache:
        folders, made_by = CacheFolders.of(project.root), site_stamp(project.site, project.outputs)
        file = folders.memo_file(site_dir, project.site.tlp)
        memo = Memo(file, publication.standing, made_by, project.templates, Answers(kb))
        keepers = [Keeper(folders.kept_file(site_dir, room), made_by) for room in ("views", "apart")]
    run = Build(
        kb,
        project.site,
        project.outputs,
        project.sources._replace(shelf=publication.shelf),
        workers=project.workers,
        progress=progress,
        delivery=publication.delivery,
        memo=memo,
        leave=publication.host_files,
        cluster=project.cluster,
        keepers=keepers,
    )
    for outcome in run.run():
        if outcome.delivered:
            publication.take(outcome.path, changed=outcome.delivered.changed)
    publication.keep(run.kept)
    _publish_figures(project, kb, publication)
    published = publication.commit()
    run.save()
    return published, run.watched


def _publish_figures(project: Project, kb: KnowledgeBase, publication: Publication) -> None:
    """Copy the pictures of records to where pages and feeds show them; what a record lies beside is checked
    long before (P106). CollisionError where an output has written the same path."""
    if project.site.tlp is Tlp.RED:
        return
    for incident in kb.incidents:
        folder = project.root / PurePosixPath(incident.origin.path).parent
        for name in dict.fromkeys(figure.file for figure in incident.figures):
            path = PurePosixPath("incidents", incident.slug, name)
            if str(path) in publication.kept:
                raise CollisionError(path, "an output", f"figure of {incident.id}")
            publication.add(path, (folder / name).read_bytes())


@dataclass
class LatestBuild:
    """The latest build of a site folder: where nothing at all has changed since, there is nothing to do."""

    _file: LastBuild
    _inputs: Listing
    _site_dir: Path
    _began: int

    @classmethod
    def of(cls, project: Project, *more: object) -> LatestBuild | None:
        """What the latest build of a project may be held against; None where it keeps no cache.

        `more` is what decides the site beside the project's files, options and code.
        """
        if not project.cache:
            return None
        file = CacheFolders.of(project.root).latest_file(project.site_dir)
        fonts = [path for path in project.fonts if path.exists()]
        folders = [project.records, project.docs, *project.templates, project.config_file, *fonts]
        code = site_stamp(project.site, project.outputs)
        options = (code, str(project.severities), project.strict, _today(), str(project.site_dir), *more)
        began = time.time_ns()
        return cls(LastBuild(file), Listing.of(folders, *options), project.site_dir, began)

    def recall(self) -> tuple[Published, tuple[Diagnostic, ...]] | None:
        """What the latest build gave, if what goes in and what came out are as they were."""
        standing = Standing(self._site_dir)
        noted = self._file.recall(self._inputs, standing)
        if noted is None:
            return None
        found = tuple(
            Diagnostic(code, severity, Span(*span), message, hint, Tlp(marking) if marking else None)
            for code, severity, span, message, hint, marking in noted
        )
        return Published(0, len(standing.files), 0), found

    def learn(self, standing: Standing, found: Sequence[Diagnostic]) -> None:
        """Note a build that has just ended well, and the site as it left it."""
        rows = [
            (d.code, d.severity, (d.span.path, d.span.line, d.span.column), d.message, d.hint, d.marking)
            for d in found
        ]
        self._file.learn(self._inputs, standing, self._began, rows)


def compare_with(project: Project, earlier: Path) -> tuple[Diagnostic, ...]:
    """What the records break of what they promised when they were as in a folder: `check --against`."""
    before = read_records(earlier, earlier)
    after = read_records(project.records, project.root)
    found = compare(KnowledgeBase.of(before.records), KnowledgeBase.of(after.records), project.severities)
    return sort_diagnostics(found)


def choose_severities(given: Mapping[str, object]) -> dict[str, Severity | None]:
    """The severities that mkdocs.yml gives to codes; ConfigError names a code or word that is none."""
    words: dict[str, Severity | None] = {"error": "error", "warning": "warning", "note": "note", "off": None}
    for code, word in given.items():
        if code not in CODES:
            raise ConfigError(f"mkdocs.yml: option 'severity': there is no check {code!r}")
        if CODES[code].firm:
            raise ConfigError(f"mkdocs.yml: option 'severity': {code} cannot be made milder")
        if str(word) not in words:
            raise ConfigError(f"mkdocs.yml: option 'severity': {code}: write error, warning, note or off")
    return {code: words[str(word)] for code, word in given.items()}


def choose_outputs(names: Sequence[str] | None) -> tuple[Output, ...]:
    """The registered outputs of these names, all where none is named; pages and assets are always made.

    ConfigError names one that is not registered.
    """
    found = {output.name: output for output in find_outputs()}
    if names is None:
        return tuple(found.values())
    for name in names:
        if name not in found:
            raise ConfigError(f"mkdocs.yml: option 'outputs': {name!r} is none of {', '.join(found)}")
    return tuple(output for name, output in found.items() if name in {*names, "assets", "pages"})


def _today() -> date:
    """The day, for checks alone: no output ever sees it."""
    return datetime.now(UTC).date()


def _check_config(project: Project) -> Iterator[Diagnostic]:
    if project.site.site_url == UNSET_URL:
        path = project.config_file.name
        message = "site_url is not set: feeds, PDF briefs and canonical links say http://localhost/"
        yield Diagnostic("G101", "warning", Span(path), message, "set site_url to the site's public address")
    elif project.site.authority.startswith("localhost,"):
        path = project.config_file.name
        message = "authority is not set: GUIDs of feeds are not yet yours"
        hint = "set it once, to a domain you hold and a year: authority: example.org,2026"
        yield Diagnostic("G102", "warning", Span(path), message, hint)
