"""Digests of what decides a file beside its view: our code, the libraries, the templates."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from threatbrief.build.artifact import Output
from threatbrief.config import SiteConfig
from threatbrief.render.jinja import find_included, template_loader

_PACKAGE: Final = Path(__file__).parents[1]
_LIBRARIES: Final = (
    "feedgen",
    "jinja2",
    "lxml",
    "markdown",
    "markupsafe",
    "nh3",
    "pydantic",
    "segno",
    "typst",
)
_SHOWN: Final = ("site", "figures")


@cache
def code_stamp() -> str:
    """Our own code and tables, and the libraries that make bytes."""
    found = hashlib.sha256(platform.python_version().encode())
    for name in _LIBRARIES:
        found.update(f"{name} {_version(name)}\n".encode())
    for file in sorted(_PACKAGE.rglob("*")):
        if file.suffix in (".py", ".json") and file.is_file():
            found.update(file.read_bytes())
    return found.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def site_stamp(site: SiteConfig, outputs: Iterable[Output]) -> str:
    """Everything that decides each file of a site: configuration, code, and who writes which format."""
    makers = "\n".join(f"{output.name} {output.version} {type(output)}" for output in outputs)
    return hashlib.sha256(f"{code_stamp()}\n{site.model_dump_json()}\n{makers}".encode()).hexdigest()


class TemplateStamps:
    """The digest of a template with all that it includes, imports or extends."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._loader = template_loader(folders)
        self._known: dict[str | None, str] = {}

    def __call__(self, template: str | None) -> str:
        """The digest; of every template where none is named, or one names another as it runs."""
        if template not in self._known:
            self._known[template] = self._digest(template)
        return self._known[template]

    def _digest(self, template: str | None) -> str:
        if template is None or template.startswith("pdf/"):
            rooms = _SHOWN if template is None else ("pdf", "figures")
            return _digest_of({str(f): f.read_bytes() for f in self._files(rooms)})
        sources = find_included(self._loader, template)
        return self(None) if sources is None else _digest_of({n: s.encode() for n, s in sources.items()})

    def _files(self, rooms: Iterable[str]) -> list[Path]:
        found = (f for folder in self._folders for room in rooms for f in (folder / room).rglob("*"))
        return sorted(f for f in found if f.is_file() and "assets" not in f.parts)


def _digest_of(contents: Mapping[str, bytes]) -> str:
    found = hashlib.sha256()
    for name in sorted(contents):
        found.update(hashlib.sha256(contents[name]).digest())
    return found.hexdigest()
