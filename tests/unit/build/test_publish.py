"""The swap into the site: whole before, whole after, finished by the next build when killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

import pytest

from threatbrief.build.publish import Published, publication
from threatbrief.errors import PublishError


def publish(site: Path, files: dict[str, bytes]) -> Published:
    with publication(site) as swap:
        for path, content in files.items():
            swap.add(PurePosixPath(path), content)
        return swap.commit()


def tree(site: Path) -> dict[str, bytes]:
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_first_build_writes_everything(site: Path) -> None:
    assert publish(site, {"index.html": b"a", "x/y.html": b"b"}) == Published(
        2, 0, 0, ("index.html", "x/y.html")
    )
    assert tree(site) == {"index.html": b"a", "x/y.html": b"b"}
    assert [p.name for p in site.parent.iterdir()] == ["site"]


def test_unchanged_files_keep_their_time(site: Path) -> None:
    publish(site, {"a": b"1", "b": b"2"})
    os.utime(site / "a", (1, 1))
    assert publish(site, {"a": b"1", "b": b"3"}) == Published(1, 1, 0, ("b",))
    assert (site / "a").stat().st_mtime == 1
    assert tree(site) == {"a": b"1", "b": b"3"}


def test_stale_files_go_and_hidden_ones_stay(site: Path) -> None:
    publish(site, {"a": b"1", "old/deep/file": b"2", ".well-known/security.txt": b"3"})
    (site / ".git").mkdir()
    (site / ".git" / "HEAD").write_bytes(b"ref")
    assert publish(site, {"a": b"1"}) == Published(0, 1, 2)
    assert tree(site) == {"a": b"1", ".git/HEAD": b"ref"}
    assert not (site / "old").exists()


def test_a_failed_build_leaves_the_site(site: Path) -> None:
    publish(site, {"a": b"1"})

    def fail() -> None:
        with publication(site) as swap:
            swap.add(PurePosixPath("a"), b"2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert tree(site) == {"a": b"1"}
    assert [p.name for p in site.parent.iterdir()] == ["site"]


def test_a_host_page_that_did_not_change_is_not_moved(site: Path) -> None:
    publish(site, {"about/index.html": b"text"})
    os.utime(site / "about/index.html", (1, 1))
    with publication(site) as swap:
        (swap.staged / "about").mkdir()
        (swap.staged / "about/index.html").write_bytes(b"text")
        (swap.staged / "new.html").write_bytes(b"new")
        assert swap.commit() == Published(1, 1, 0, ("new.html",))
    assert (site / "about/index.html").stat().st_mtime == 1


def test_a_folder_may_become_a_file_and_a_file_a_folder(site: Path) -> None:
    publish(site, {"a/b": b"1", "c": b"2"})
    publish(site, {"a": b"3", "c/d": b"4"})
    assert tree(site) == {"a": b"3", "c/d": b"4"}


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a/../../out"])
def test_no_path_leaves_the_site(site: Path, path: str) -> None:
    with publication(site) as swap, pytest.raises(PublishError, match="outside"):
        swap.add(PurePosixPath(path), b"")


def test_two_builds_at_once_are_refused(site: Path) -> None:
    with publication(site), pytest.raises(PublishError, match="another build"), publication(site):
        pass


def test_a_journal_left_behind_is_finished(site: Path) -> None:
    publish(site, {"a": b"1", "b": b"1", "c": b"1"})
    folder = site.parent / ".site.threatbrief"
    (folder / "staged").mkdir(parents=True)
    (site / "a").write_bytes(b"2")  # moved before the kill
    (folder / "staged/b").write_bytes(b"2")
    (folder / "journal.json").write_text(json.dumps({"move": ["a", "b"], "remove": ["c"]}))
    with publication(site):
        assert tree(site) == {"a": b"2", "b": b"2"}


KILLED = """
import sys
from pathlib import Path, PurePosixPath
from threatbrief.build.publish import publication
with publication(Path(sys.argv[1])) as swap:
    for number in range(3000):
        swap.add(PurePosixPath(f"{number % 50}/{number}"), sys.argv[2].encode())
    print("staged", flush=True)
    swap.commit()
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX signal")
@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.08])
def test_kill_leaves_one_whole_site(site: Path, delay: float) -> None:
    old = {f"{n % 50}/{n}": b"old" for n in range(3000)}
    new = dict.fromkeys(old, b"new")
    publish(site, old)
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(site), "new"], stdout=subprocess.PIPE)
    assert run.stdout
    assert run.stdout.readline() == b"staged\n"
    time.sleep(delay)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    with publication(site):
        found = tree(site)
        assert found in (old, new)
