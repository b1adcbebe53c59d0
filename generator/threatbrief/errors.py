"""Exceptions: a broken environment or a bug. Bad content is never an exception, it is a Diagnostic."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from threatbrief.diagnostics import Diagnostic


class ThreatbriefError(Exception):
    """Base of every exception that threatbrief raises on purpose; its text is fit to print."""


class ConfigError(ThreatbriefError):
    """The site's configuration cannot be used. The message names the option and what to write."""


class ContentError(ThreatbriefError):
    """The records hold errors, so nothing was built. `found` holds every diagnostic of the run."""

    def __init__(self, found: tuple[Diagnostic, ...]) -> None:
        self.found = found
        errors = sum(1 for diagnostic in found if diagnostic.severity == "error")
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} in the records; nothing was built")


class CollisionError(ThreatbriefError):
    """Two artifacts claim one path."""

    def __init__(self, path: PurePosixPath, first: str, second: str) -> None:
        self.path, self.first, self.second = path, first, second
        super().__init__(f"{path} would be written twice: by {first} and by {second}")


class RenderError(ThreatbriefError):
    """A template or encoder failed on one artifact; the message names the artifact and its record."""


class PublishError(ThreatbriefError):
    """The site could not be written; the previous site is whole."""
