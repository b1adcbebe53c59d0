"""Which characters of a text the PDF's fonts lack, asked in a process of its own.

The compiler starts threads when it is first used, and a process that has such threads must not fork
workers: so a check that runs before a build asks a child, and only where a text has anything unusual.
"""

from __future__ import annotations

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from threatbrief.processes import can_fork
from threatbrief.render.glyphs import find_clusters

_UNUSUAL: Final = re.compile("[^\x00-\x7e\xa0-\xac\xae-\xff–—‘’“”…•€™→·]")
"""What the package's own faces are not known to have without a look."""


class CoverageProbe:
    """Tells what of a text would be printed as `U+XXXX`; made with the folders of a BriefCompiler."""

    def __init__(self, templates: tuple[Path, ...], fonts: tuple[Path, ...] = ()) -> None:
        self._folders = (templates, fonts)
        self._known: dict[str, bool] = {}

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters without a glyph, sorted: a letter with its marks counts as one."""
        if not _UNUSUAL.search(text):
            return ()
        clusters = sorted({cluster for cluster in find_clusters(text) if _UNUSUAL.search(cluster)})
        if unknown := [cluster for cluster in clusters if cluster not in self._known]:
            lacking = set(self._ask(unknown))
            self._known.update((cluster, cluster in lacking) for cluster in unknown)
        return tuple(cluster for cluster in clusters if self._known[cluster])

    def _ask(self, clusters: list[str]) -> tuple[str, ...]:
        context = multiprocessing.get_context("fork" if can_fork() else "spawn")
        with ProcessPoolExecutor(1, context) as child:
            return child.submit(_missing, *self._folders, "\n".join(clusters)).result()


def _missing(templates: tuple[Path, ...], fonts: tuple[Path, ...], text: str) -> tuple[str, ...]:
    from threatbrief.render.typst import BriefCompiler

    return BriefCompiler(templates, fonts).missing_glyphs(text)
