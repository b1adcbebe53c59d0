"""What a reader downloads: no page of an incident over 30 KB, styles and scripts together no more."""

from __future__ import annotations

import gzip
from pathlib import Path

LIMIT = 30_000


def _size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6, mtime=0))


def test_the_page_of_an_incident_is_light(shipped_site: Path) -> None:
    sizes = {path.parent.name: _size(path) for path in shipped_site.glob("incidents/*-*-*/index.html")}
    assert len(sizes) >= 32
    assert {name: size for name, size in sizes.items() if size > LIMIT} == {}


def test_all_styles_and_scripts_together_are_light(shipped_site: Path) -> None:
    files = [path for kind in ("css", "js") for path in shipped_site.glob(f"assets/**/*.{kind}")]
    assert len(files) >= 4
    assert sum(map(_size, files)) <= LIMIT
