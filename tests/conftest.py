"""What every test may use: where the repository lies, and the shipped site built once a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"


def run_threatbrief(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`threatbrief …` as a user runs it; never raises, output captured as text."""
    return subprocess.run(
        [sys.executable, "-m", "threatbrief", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def read_tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder: path with slashes → bytes."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def copy_site(target: Path) -> Path:
    """The shipped site's sources (configuration and content) in a folder of their own."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY / "mkdocs.yml", target)
    shutil.copytree(REPOSITORY / "content", target / "content")
    return target


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder once for all test processes: `once(name, fill)` gives it, filled by the first caller."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder, done = base / name, base / f"{name}.done"
        try:
            folder.mkdir()
        except FileExistsError:
            for _ in range(3000):
                if done.exists():
                    return folder
                time.sleep(0.1)
            raise TimeoutError(f"{name} was not made") from None
        try:
            fill(folder)
        finally:
            done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def shipped(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The shipped site, built as `threatbrief build` builds it: a folder with site/ in it."""

    def fill(folder: Path) -> None:
        copy_site(folder)
        run = run_threatbrief("build", "--strict", cwd=folder)
        assert run.returncode == 0, run.stderr

    return once("shipped", fill)


@pytest.fixture(scope="session")
def shipped_site(shipped: Path) -> Path:
    """The folder that a web server would serve."""
    return shipped / "site"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the kept texts and golden files anew")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What builds of tests keep lies with the tests."""
    before = os.environ.get("THREATBRIEF_CACHE")
    os.environ["THREATBRIEF_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["THREATBRIEF_CACHE"]
    else:
        os.environ["THREATBRIEF_CACHE"] = before
