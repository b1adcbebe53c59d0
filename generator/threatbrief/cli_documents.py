"""`threatbrief pdf …` and `threatbrief markdown`: single documents, without building the site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from threatbrief.cli_common import config_option, drafts_option, faults, open_config, print_found, tlp_option
from threatbrief.errors import ConfigError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.printing import Printed, Wanted, print_brief, print_digest, print_dossier, print_markdown
from threatbrief.project import Project, load_publishable
from threatbrief.views.periods import PERIODS, Range, parse_days, parse_range

output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (config_option, drafts_option, tlp_option, output_option):
        command = option(command)
    return command


@click.group()
def pdf() -> None:
    """Make a single PDF, without building the site."""


@pdf.command("brief")
@click.argument("record_id", metavar="ID")
@_with_options
def brief(record_id: str, output: Path | None, **given: Any) -> None:
    """Write the PDF brief of the incident ID."""
    with faults():
        _save(print_brief(*_open(**given), record_id), output)


@pdf.command("dossier")
@click.argument("actor")
@_with_options
def dossier(actor: str, output: Path | None, **given: Any) -> None:
    """Write the PDF dossier of an ACTOR: its id or any of its names."""
    with faults():
        _save(print_dossier(*_open(**given), actor), output)


@pdf.command("digest")
@click.option("--week", help="What was published in a week: 2026-W47.")
@click.option("--month", help="What was published in a month: 2026-11.")
@click.option("--quarter", help="What was published in a quarter: 2026-Q4.")
@click.option("--year", help="What was published in a year: 2026.")
@click.option("--from", "first", help="The first day of publication: 2026-11-01.")
@click.option("--to", "last", help="The last day of publication, with --from.")
@click.option("--actor", "actors", multiple=True, help="Briefs of this actor; may be repeated.")
@click.option("--sector", "sectors", multiple=True, help="Briefs with victims in this sector.")
@click.option("--country", "countries", multiple=True, help="Briefs with victims in this country: KR.")
@_with_options
def digest(
    week: str | None,
    month: str | None,
    quarter: str | None,
    year: str | None,
    first: str | None,
    last: str | None,
    actors: tuple[str, ...],
    sectors: tuple[str, ...],
    countries: tuple[str, ...],
    output: Path | None,
    **given: Any,
) -> None:
    """Write a PDF digest of a range of days, by date of publication, or of a selection, or both."""
    with faults():
        span = _range(dict(zip(PERIODS, (week, month, quarter, year), strict=True)), first, last)
        wanted = Wanted(span, actors, sectors, countries)
        if wanted == Wanted():
            raise ConfigError("say what the digest is to hold, for example --month 2026-11 or --actor NAME")
        _save(print_digest(*_open(**given), wanted), output)


@click.command("markdown")
@click.argument("record_id", metavar="ID")
@_with_options
def markdown(record_id: str, output: Path | None, **given: Any) -> None:
    """Print the brief of the incident ID as one Markdown file, for those who edit."""
    with faults():
        made = print_markdown(*_open(**given), record_id)
        if output:
            _save(made, output)
        else:
            click.echo(made.content.decode(), nl=False)


def _open(config_file: Path | None, tlp: str | None, drafts: bool) -> tuple[Project, KnowledgeBase]:
    """The project, and what may be published of it; warnings go to stderr."""
    chosen: dict[str, Any] = {"tlp": tlp, "drafts": drafts or None}
    project = open_config(config_file, **{key: value for key, value in chosen.items() if value is not None})
    kb, found = load_publishable(project)
    print_found(tuple(diagnostic for diagnostic in found if diagnostic.severity != "note"))
    return project, kb


def _range(periods: dict[Any, str | None], first: str | None, last: str | None) -> Range | None:
    given = [(period, text) for period, text in periods.items() if text]
    if len(given) + bool(first or last) > 1:
        raise ConfigError("name one range: a week, a month, a quarter, a year, or --from and --to")
    try:
        if given:
            return parse_range(*given[0])
        if first and last:
            return parse_days(first, last)
    except ValueError as fault:
        raise ConfigError(str(fault)) from None
    if first or last:
        raise ConfigError("a range has two ends: --from and --to")
    return None


def _save(made: Printed, output: Path | None) -> None:
    path = output or Path(made.name)
    path.write_bytes(made.content)
    click.echo(path)
