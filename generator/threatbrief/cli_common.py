"""What the commands share: where the site is, which options recur, and how faults end."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from threatbrief.diagnostics import Diagnostic, format_text
from threatbrief.errors import ConfigError, ContentError, ThreatbriefError
from threatbrief.model import Tlp
from threatbrief.project import Project

_CONFIG_NAMES = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml")

config_option = click.option(
    "-f",
    "--config-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The site's mkdocs.yml. Default: the one in this folder.",
)
tlp_option = click.option(
    "--tlp",
    type=click.Choice([label.value for label in Tlp], case_sensitive=False),
    help="The ceiling: leave out all that is marked above it. Default: the site's, else CLEAR.",
)
drafts_option = click.option("--drafts", is_flag=True, help="Build drafts too.")


def open_config(config_file: Path | None, **overrides: Any) -> Project:
    """The project of a configuration, with some of its options changed."""
    from threatbrief.mkdocs_plugin import open_project

    return open_project(find_config(config_file), overrides)


def find_config(config_file: Path | None) -> Path:
    """The named mkdocs.yml, else the one in this folder; ConfigError where there is none."""
    if config_file:
        if not config_file.is_file():
            raise ConfigError(f"{config_file} is not there")
        return config_file.resolve()
    for name in _CONFIG_NAMES:
        if Path(name).is_file():
            return Path(name).resolve()
    raise ConfigError(
        "no mkdocs.yml in this folder; name one with -f, or start a site with `threatbrief init`"
    )


def print_found(found: tuple[Diagnostic, ...]) -> None:
    """Diagnostics go to stderr."""
    if found:
        click.echo(format_text(found), err=True)


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Every fault that is not a bug ends as one clear message and an exit code."""
    try:
        yield
    except ContentError as fault:
        print_found(fault.found)
        click.echo(f"threatbrief: {fault}", err=True)
        sys.exit(1)
    except ConfigError as fault:
        click.echo(f"threatbrief: {fault}", err=True)
        sys.exit(2)
    except ThreatbriefError as fault:
        click.echo(f"threatbrief: {fault}", err=True)
        sys.exit(1)
    except OSError as fault:
        click.echo(f"threatbrief: {fault.strerror}: {fault.filename}", err=True)
        sys.exit(1)
