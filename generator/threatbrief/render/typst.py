"""Typst as the briefs use it: one JSON document in, one PDF/UA-1 and PDF/A-2a file or one picture out.

A template gets its document in `sys.inputs.document`, the site's accent in `sys.inputs.accent`, and
nothing else: no text of a record is ever Typst markup. The bytes depend on templates, fonts, images,
document and timestamp alone, not on where the folders lie or on what the machine has installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, cast

import typst

from threatbrief.errors import RenderError
from threatbrief.render.glyphs import PDF_STANDARDS, GlyphCoverage, find_named

_FONTS: Final = "fonts"
_IMAGES: Final = "images"
_ACCENT: Final = "#97261f"
_TRIES: Final = 8


class BriefCompiler:
    """Compiles the templates in `pdf/` of the template folders, the first folder before the next.

    `fonts` are folders or files of further fonts, for scripts that ours do not cover; every template
    folder may hold `pdf/fonts` of its own. System fonts are never used. `images` are files that templates
    find under `images/` by the names given here. One instance lives in each process: the second document
    of a template costs half of the first. Not for use by two threads at once.
    """

    def __init__(
        self,
        templates: Sequence[Path],
        fonts: Sequence[Path] = (),
        images: Sequence[tuple[str, Path]] = (),
    ) -> None:
        self._folders = tuple(path for folder in templates if (path := folder / "pdf").is_dir())
        own = (path for folder in self._folders if (path := folder / _FONTS).is_dir())
        self._font_folders = (*own, *fonts)
        self._images = tuple(images)
        self._compilers: dict[str, typst.Compiler] = {}

    def compile(
        self, template: str, document: str, *, timestamp: datetime | int, accent: str = _ACCENT
    ) -> bytes:
        """The PDF that a template such as `brief.typ` makes of a JSON document.

        `timestamp` (UTC, or seconds since 1970) is the date that the file bears. A character that no
        font covers is printed as a `U+XXXX` token. RenderError where the template itself is at fault.
        """
        return self._compile(template, document, accent, _pdf(timestamp))

    def draw(self, template: str, document: str, *, accent: str = _ACCENT) -> bytes:
        """The PNG of the one page that a template such as `card.typ` makes, a pixel for a point."""
        return self._compile(template, document, accent, {"format": "png", "ppi": 72.0})

    def _compile(self, template: str, document: str, accent: str, target: Mapping[str, Any]) -> bytes:
        compiler = self._compiler(template)
        for _ in range(_TRIES):
            inputs = {"document": self.coverage.replace(document), "accent": accent}
            try:
                return cast("bytes", compiler.compile(sys_inputs=inputs, **target))
            except typst.TypstError as fault:
                self._learn(template, document, fault)
        raise RenderError(f"{template}: too many characters that no font covers")

    def missing_glyphs(self, text: str) -> tuple[str, ...]:
        """The characters of a text that no font covers, sorted; what a warning should name."""
        return self.coverage.missing(text)

    @cached_property
    def coverage(self) -> GlyphCoverage:
        """What the fonts of these folders and of the compiler's wheel print."""
        return GlyphCoverage(self._fonts)

    @cached_property
    def _fonts(self) -> typst.Fonts:
        """The fonts of all folders; the compiler takes no single files, so those get a folder of links."""
        folders = [str(path) for path in self._font_folders if path.is_dir()]
        if files := [path for path in self._font_folders if path.is_file()]:
            folders.append(str(self._linked(files)))
        return typst.Fonts(include_system_fonts=False, font_paths=folders)

    def _linked(self, files: Sequence[Path]) -> Path:
        folder = self._temporary()
        for number, path in enumerate(files):
            link = folder / f"{number:03d}{path.suffix}"
            try:
                link.symlink_to(path.resolve())
            except OSError:
                shutil.copyfile(path, link)
        return folder

    @cached_property
    def _root(self) -> Path:
        """The folder that holds every template: the only one there is, else a copy of all, laid over."""
        if not self._folders:
            raise RenderError("no template folder has a pdf folder in it")
        if len(self._folders) == 1 and not self._images:
            return self._folders[0]
        root = self._temporary()
        for folder in reversed(self._folders):
            shutil.copytree(folder, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_FONTS))
        for name, path in self._images:
            (root / _IMAGES).mkdir(exist_ok=True)
            shutil.copyfile(path, root / _IMAGES / name)
        return root

    def _temporary(self) -> Path:
        """A folder that goes when this object or its process does."""
        folder = Path(mkdtemp(prefix="threatbrief-pdf-"))
        # Worker processes leave without running atexit; multiprocessing's own finalizers do run there.
        Finalize(self, shutil.rmtree, (folder, True), exitpriority=0)
        return folder

    def _compiler(self, template: str) -> typst.Compiler:
        if template not in self._compilers:
            main = self._root / template
            if not main.is_file():
                raise RenderError(f"there is no template pdf/{template}")
            self._compilers[template] = typst.Compiler(
                str(main), root=str(self._root), font_paths=self._fonts, ignore_system_fonts=True
            )
        return self._compilers[template]

    def _learn(self, template: str, document: str, fault: typst.TypstError) -> None:
        """Where letters that print alone do not print together, treat them as missing; else give up.

        The probe asks about characters one by one, but a shaper may join them in ways it cannot foresee.
        """
        named = {text for text in find_named(fault.diagnostic) if not text.isascii() and text in document}
        fresh = named - set(self.coverage.known_missing(document))
        if not fresh:
            raise RenderError(f"{template} cannot be compiled: {fault.diagnostic.strip()}") from fault
        self.coverage.add_missing(fresh)


def _pdf(timestamp: datetime | int) -> dict[str, Any]:
    return {"format": "pdf", "pdf_standards": PDF_STANDARDS, "timestamp": timestamp}
