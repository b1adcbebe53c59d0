"""What a render may use: templates, Markdown, Typst, and the sizes of the artifacts it asked for.

One engine lives in each worker process; its parts are made when first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment

    from threatbrief.build.artifact import Sized
    from threatbrief.render.markdown import BodyRenderer
    from threatbrief.render.typst import BriefCompiler


class Sources(NamedTuple):
    """What renders read of the disk: folders of templates, the site's own before ours, and for PDFs
    further fonts (folders or files) and the images that documents show, each under its name there.
    `shelf` is a folder of this build alone, where texts lie that some process has finished; `compiled` is
    the file where compiled templates are kept, with the stamp of what compiled them."""

    templates: tuple[Path, ...]
    fonts: tuple[Path, ...] = ()
    images: tuple[tuple[str, Path], ...] = ()
    shelf: Path | None = None
    compiled: tuple[Path, str] | None = None


@dataclass
class Engine:
    """`templates` are the folders that hold site/, figures/ and pdf/, the site's own before ours; `fonts`
    and `images` are for PDFs, `shelf` for finished texts, `compiled` for templates (see Sources)."""

    templates: tuple[Path, ...]
    fonts: tuple[Path, ...] = ()
    images: tuple[tuple[str, Path], ...] = ()
    shelf: Path | None = None
    compiled: tuple[Path, str] | None = None
    needed: Mapping[PurePosixPath, Sized] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What outputs have made and may want again, under their names; gone with the build."""

    @cached_property
    def markdown(self) -> BodyRenderer:
        from threatbrief.render.markdown import BodyRenderer

        return BodyRenderer(self.shelf)

    @cached_property
    def jinja(self) -> Environment:
        from threatbrief.render.jinja import make_environment

        return make_environment(self.templates, self.markdown, self.compiled)

    @cached_property
    def typst(self) -> BriefCompiler:
        from threatbrief.render.typst import BriefCompiler

        return BriefCompiler(self.templates, self.fonts, self.images)
