"""A small corpus whose whole output tree is kept: `pytest tests/golden --update` writes it anew.

Text is kept as it is, so that a diff shows what changed; binary files are kept as their digests.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.conftest import read_tree, run_threatbrief

HERE = Path(__file__).parent
KEPT = HERE / "site"
DIGESTS = HERE / "digests.txt"
TEXT = {".html", ".xml", ".json", ".txt", ".csv", ".jsonl", ".bib", ".svg", ".webmanifest", ".opml"}


def split(tree: dict[str, bytes]) -> tuple[dict[str, bytes], str]:
    """Text files without our own assets, and the digests of the rest."""
    text = {p: c for p, c in tree.items() if Path(p).suffix in TEXT and not p.startswith("assets/")}
    rest = (f"{hashlib.sha256(c).hexdigest()}  {p}\n" for p, c in tree.items() if p not in text)
    return text, "".join(rest)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("golden")
    shutil.copy(HERE / "mkdocs.yml", folder)
    shutil.copytree(HERE / "content", folder / "content")
    run = run_threatbrief("build", cwd=folder)
    assert run.returncode == 0, run.stderr
    return read_tree(folder / "site")


def test_every_file_is_as_kept(built: dict[str, bytes], request: pytest.FixtureRequest) -> None:
    text, digests = split(built)
    if request.config.getoption("--update"):
        shutil.rmtree(KEPT, ignore_errors=True)
        for path, content in text.items():
            (KEPT / path).parent.mkdir(parents=True, exist_ok=True)
            (KEPT / path).write_bytes(content)
        DIGESTS.write_text(digests, encoding="utf-8")
    kept = read_tree(KEPT)
    assert sorted(text) == sorted(kept)
    assert [path for path in text if text[path] != kept[path]] == []
    assert digests == DIGESTS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "secret",
    ["Only partners", "partners.example", "Amber title", "Amber summary", "Amber text", "DDDD", "Withdrawn title"],
)
def test_nothing_above_the_ceiling_or_withdrawn_leaks(built: dict[str, bytes], secret: str) -> None:
    for path, content in built.items():
        if len(secret) > 4 or not path.endswith((".png", ".pdf")):  # compressed bytes hold any four letters
            assert secret.lower().encode() not in content.lower(), path
        assert secret.lower() not in path.lower()
