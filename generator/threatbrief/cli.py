"""The `threatbrief` command. It alone prints and exits.

Exit codes: 0 done (or clean), 1 findings or a failed build, 2 wrong usage or configuration.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from threatbrief import __version__
from threatbrief.build.cache import CacheFolders
from threatbrief.build.inputs import Listing
from threatbrief.checks import CHECKS
from threatbrief.checks.explain import explain as explain_check
from threatbrief.checks.explain import list_checks
from threatbrief.cli_common import (
    config_option,
    drafts_option,
    tlp_option,
)
from threatbrief.cli_common import faults as _faults
from threatbrief.cli_common import find_config as _find_config
from threatbrief.cli_common import open_config as _open
from threatbrief.cli_common import print_found as _print_found
from threatbrief.cli_documents import markdown, pdf
from threatbrief.curate import lay_out, rename_record, revise_record, withdraw_record
from threatbrief.diagnostics import (
    Diagnostic,
    format_github,
    format_json,
    format_sarif,
    format_text,
    has_errors,
    sort_diagnostics,
)
from threatbrief.errors import ConfigError, ThreatbriefError
from threatbrief.model import Instant, PartialDate, Tlp
from threatbrief.model.vocab import IncidentKind, RevisionKind, SoftwareType
from threatbrief.project import Project, compare_with, load_checked, packaged_templates
from threatbrief.records.format import MODELS, format_schema
from threatbrief.records.format_page import BEGINS, ENDS
from threatbrief.scaffold import (
    draft_actor,
    draft_incident,
    draft_software,
    init_site,
    make_slug,
    mint_id,
    write_new,
)

_FORMATS = ("text", "json", "github", "sarif")

strict_option = click.option("--strict", is_flag=True, help="Warnings count as errors.")
at_option = click.option("--at", help="When: 2026-12-01T10:00:00Z. Default: now.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="threatbrief")
def main() -> None:
    """Publish threat intelligence: curated records in, a site, feeds, PDF briefs and exports out."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="Threat Briefs", show_default=True, help="The name of the site.")
@click.option("--prefix", default="TB", show_default=True, help="What record ids begin with.")
def init(folder: Path, name: str, prefix: str) -> None:
    """Make a working site with one example record in FOLDER."""
    with _faults():
        for path in init_site(folder, packaged_templates(), name, prefix.upper(), _today()):
            click.echo(f"wrote {path}")
        click.echo(f"Next: cd {folder} && threatbrief serve", err=True)


@main.group()
def new() -> None:
    """Write a new record, a draft that tells what to fill in."""


@new.command("incident")
@click.argument("title")
@click.option(
    "--kind", type=click.Choice([k.value for k in IncidentKind]), default="intrusion", show_default=True
)
@click.option("--disclosed", help="When it became public: 2019, 2019-12 or 2019-12-30. Default: today.")
@config_option
def new_incident(title: str, kind: str, disclosed: str | None, config_file: Path | None) -> None:
    """Write a new incident record with a freshly minted id."""
    with _faults():
        project = _open(config_file)
        try:
            day = PartialDate.parse(disclosed or _today().isoformat())
        except ValueError as fault:
            raise ConfigError(f"--disclosed: {fault}") from None
        kb, _ = load_checked(project)
        record_id = mint_id(project.site.id_prefix, day.year, kb.incident_by_id)
        _write(project, *draft_incident(record_id, " ".join(title.split()), kind, day))


@new.command("actor")
@click.argument("name")
@click.option("--id", "slug", help="The id, if it is not to be made of the name.")
@config_option
def new_actor(name: str, slug: str | None, config_file: Path | None) -> None:
    """Write a new actor record."""
    with _faults():
        _write(_open(config_file), *draft_actor(slug or make_slug(name), name))


@new.command("software")
@click.argument("name")
@click.option("--id", "slug", help="The id, if it is not to be made of the name.")
@click.option(
    "--type", "kind", type=click.Choice([t.value for t in SoftwareType]), default="malware", show_default=True
)
@config_option
def new_software(name: str, slug: str | None, kind: str, config_file: Path | None) -> None:
    """Write a new software record."""
    with _faults():
        _write(_open(config_file), *draft_software(slug or make_slug(name), name, kind))


@main.command()
@config_option
@strict_option
@click.option("--format", "layout", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--against", metavar="REF", help="Prove what was published at a git ref, or in a folder of records."
)
@click.option("--list", "listed", is_flag=True, help="List every check instead of running them.")
@click.option("--watch", is_flag=True, help="Check again whenever a record is saved, until interrupted.")
def check(
    config_file: Path | None, strict: bool, layout: str, against: str | None, listed: bool, watch: bool
) -> None:
    """Check every record and report all faults at once.

    The formats for programs quote no text that is marked above the site's ceiling.
    """

    def run() -> bool:
        gc.disable()  # checking makes much, and no cycles; collecting would walk every record over and over
        project = _open(config_file)
        _, found = load_checked(project)
        if against:
            with _earlier_records(project, against) as folder:
                found = sort_diagnostics((*found, *compare_with(project, folder)))
        if text := _format(found, layout, project.site.tlp):
            click.echo(text)
        click.echo(_summary(found), err=True)
        return has_errors(found, strict=strict)

    with _faults():
        if listed:
            click.echo(list_checks())
        elif watch:
            _check_as_they_change(config_file, run)
        elif run():
            sys.exit(1)


def _check_as_they_change(config_file: Path | None, run: Callable[[], bool]) -> None:
    """Run the checks now and after every change of a record or of mkdocs.yml, until interrupted."""
    project, seen = _open(config_file), None
    try:
        while True:
            listing = Listing.of([project.records, project.config_file])
            if listing != seen:
                seen = listing
                click.echo(BEGINS)
                try:
                    run()
                except ThreatbriefError as fault:
                    click.echo(f"{fault}", err=True)
                gc.collect()
                click.echo(ENDS)
                sys.stdout.flush()
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        return


_PAUSE = 0.5
"""How many seconds pass between two looks at the records."""


@main.command()
@click.argument("record_id", metavar="ID")
@click.option(
    "--kind", type=click.Choice([k.value for k in RevisionKind]), default="update", show_default=True
)
@click.option("--note", required=True, help="What changed, for readers.")
@at_option
@config_option
def revise(record_id: str, kind: str, note: str, at: str | None, config_file: Path | None) -> None:
    """Add a revision to the record ID, so that feeds and pages say what changed."""
    with _faults():
        project = _open(config_file)
        _told(project, revise_record(project, record_id, _moment(at), RevisionKind(kind), note))


@main.command()
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True, help="Why, for readers; it stands on the notice.")
@at_option
@config_option
def withdraw(record_id: str, reason: str, at: str | None, config_file: Path | None) -> None:
    """Withdraw the published record ID: its page stays as a notice with the reason."""
    with _faults():
        project = _open(config_file)
        _told(project, withdraw_record(project, record_id, _moment(at), reason))


@main.command()
@click.argument("old")
@click.argument("new")
@click.option("--note", default="Renamed.", show_default=True, help="What changed, for readers.")
@at_option
@config_option
def rename(old: str, new: str, note: str, at: str | None, config_file: Path | None) -> None:
    """Give the actor or software OLD the id NEW; its old address redirects and references follow."""
    with _faults():
        project = _open(config_file)
        _told(project, rename_record(project, old, new, _moment(at), note))


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if something would change.")
@config_option
def fmt(only_check: bool, config_file: Path | None) -> None:
    """Lay out every record's front matter: order of keys and spacing; prose and comments stay."""
    with _faults():
        project = _open(config_file)
        paths, left = lay_out(project, write=not only_check)
        for line in left:
            click.echo(line, err=True)
        _told(project, paths)
        if only_check and paths:
            sys.exit(1)


@main.command()
@click.argument("kind", type=click.Choice(list(MODELS)))
def schema(kind: str) -> None:
    """Print the JSON Schema of a record's front matter, for editors."""
    click.echo(json.dumps(format_schema(kind), ensure_ascii=False, indent=1))


@main.command()
@config_option
@click.option("--clear", is_flag=True, help="Empty both folders.")
def cache(config_file: Path | None, clear: bool) -> None:
    """Show what is kept between builds, where, and how much it takes."""
    with _faults():
        folders = CacheFolders.of(_find_config(config_file).resolve().parent)
        if clear:
            click.echo(f"{folders.clear()} files removed")
            return
        words = {folders.shared: "may be shared", folders.private: "private: every marking"}
        for folder, (count, size) in folders.sizes().items():
            click.echo(f"{folder}  {count} files, {size / 1_000_000:.1f} MB  ({words[folder]})")


@main.command()
@click.argument("code")
def explain(code: str) -> None:
    """Say what a check's CODE means, why it exists and what to do."""
    with _faults():
        click.echo(explain_check(code))


@main.command()
@config_option
@click.option("-d", "--site-dir", type=click.Path(file_okay=False), help="Where the site is written.")
@strict_option
@tlp_option
@drafts_option
@click.option("--pdf/--no-pdf", default=None, help="Whether PDF briefs are made. Default: as configured.")
@click.option("--workers", type=click.IntRange(1), help="How many processes render. Default: one a core.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler whose workers render.")
@click.option("--no-cache", is_flag=True, help="Build from nothing, and leave the caches as they are.")
@click.option(
    "--changed-feeds",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the URL of each feed that changed to FILE, one a line: what a WebSub hub is to be told.",
)
def build(
    config_file: Path | None,
    site_dir: str | None,
    strict: bool,
    tlp: str | None,
    drafts: bool,
    pdf: bool | None,
    workers: int | None,
    cluster: str | None,
    no_cache: bool,
    changed_feeds: Path | None,
) -> None:
    """Build the site. If anything is wrong the previous site stays as it was."""
    from threatbrief.mkdocs_plugin import build_site

    chosen = {"tlp": tlp, "drafts": drafts or None, "pdf": pdf, "workers": workers, "cluster": cluster}
    overrides = {key: value for key, value in chosen.items() if value is not None}
    if no_cache:
        overrides["cache"] = False
    gc.disable()  # for good: the process ends with the build
    with _faults(), _progress() as progress:
        path = _find_config(config_file)
        built = build_site(path, overrides, progress, site_dir=site_dir, strict=strict or None)
        _print_found(tuple(d for d in built.found if d.severity != "note"))
        if changed_feeds:
            changed_feeds.write_text("".join(f"{url}\n" for url in built.changed_feeds), encoding="utf-8")
        done = built.published
        click.echo(f"{done.written} files written, {done.unchanged} unchanged, {done.removed} removed")


@main.command()
@config_option
@click.option("-a", "--address", help="Where to listen: host:port. Default: 127.0.0.1:8000.")
@click.option("--open", "open_in_browser", is_flag=True, help="Open the site in a browser.")
def serve(config_file: Path | None, address: str | None, open_in_browser: bool) -> None:
    """Serve the site and show every edit in the browser."""
    from threatbrief.mkdocs_plugin import serve_site

    with _faults():
        _listen_to_mkdocs(logging.INFO)
        serve_site(_find_config(config_file), address, open_in_browser=open_in_browser)


def _write(project: Project, path: str, text: str) -> None:
    file = project.records / path
    write_new(file, text)
    click.echo(file.relative_to(project.root))


def _told(project: Project, paths: list[Path]) -> None:
    for path in paths:
        click.echo(path.relative_to(project.root).as_posix())


def _moment(at: str | None) -> datetime:
    """The moment of a change: as given, else the next whole second, once it has come: so of two commands in
    a row, the later change bears the later moment."""
    if at is None:
        now = datetime.now(UTC)
        time.sleep(1 - now.microsecond / 1_000_000)
        return now.replace(microsecond=0) + timedelta(seconds=1)
    try:
        return TypeAdapter(Instant).validate_python(at)
    except ValidationError as error:
        raise ConfigError(f"--at: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def _today() -> date:
    return datetime.now(UTC).date()


@contextlib.contextmanager
def _earlier_records(project: Project, ref: str) -> Iterator[Path]:
    """The records as they were: a folder as it is, or what git holds at a ref, in a temporary folder."""
    if Path(ref).is_dir():
        yield Path(ref).resolve()
        return
    git = ["git", "-C", str(project.root)]
    prefix = project.records.relative_to(project.root).as_posix()
    archive = subprocess.run([*git, "archive", ref, "--", prefix], capture_output=True, check=False)
    if archive.returncode:
        reason = archive.stderr.decode(errors="replace").strip().splitlines()
        raise ConfigError(f"--against {ref}: {reason[-1] if reason else 'git cannot read it'}")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
        yield Path(folder) / prefix


def _format(found: tuple[Diagnostic, ...], layout: str, ceiling: Tlp) -> str:
    if layout == "json":
        return format_json(found, ceiling)
    if layout == "github":
        return format_github(found, ceiling)
    if layout == "sarif":
        return format_sarif(found, CHECKS, ceiling)
    return format_text(found)


def _summary(found: tuple[Diagnostic, ...]) -> str:
    counts = {level: sum(1 for d in found if d.severity == level) for level in ("error", "warning", "note")}
    return ", ".join(f"{n} {level}{'s' if n != 1 else ''}" for level, n in counts.items())


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    """A bar on stderr for work over a second, on a terminal only; MkDocs' warnings are passed on."""
    _listen_to_mkdocs(logging.WARNING)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            task = tasks.get(stage)
            if task is None:
                task = tasks[stage] = bar.add_task(stage, total=total)
            bar.update(task, completed=done, total=total)

        yield tell


def _listen_to_mkdocs(level: int) -> None:
    log = logging.getLogger("mkdocs")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        log.addHandler(handler)
    log.setLevel(level)


main.add_command(pdf)
main.add_command(markdown)


def run() -> None:
    """`main`, and then the end of the process at once: to free a large knowledge base piece by piece would
    take as long as to load it."""
    try:
        main()
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code or 0)
