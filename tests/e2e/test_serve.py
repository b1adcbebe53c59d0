"""`threatbrief serve`: what is edited is shown at once, and in the end the site is what a build makes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import read_tree, run_threatbrief

PATIENCE = 60.0
NONCE = re.compile(rb" 'nonce-[\w-]+'")
SCRIPT = re.compile(rb'<script nonce="[\w-]+">.*?</script>', re.DOTALL)


class Served:
    """A site's folder while `threatbrief serve` runs over it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._log = folder, folder.parent / f"{folder.name}.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/"
        command = [sys.executable, "-m", "threatbrief", "serve", "-a", f"127.0.0.1:{port}"]
        with self._log.open("w") as log:
            self.run = subprocess.Popen(
                command, cwd=folder, stdout=log, stderr=log, env=self._environment(), start_new_session=True
            )
        self.until(lambda: self.get("") is not None, "nothing is served")

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "THREATBRIEF_CACHE": str(self.folder.parent / "private")}

    def get(self, path: str) -> bytes | None:
        """What is served, without the reload script; None where nothing is."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
                content: bytes = answer.read()
        except (urllib.error.URLError, ConnectionError):
            return None
        return (
            NONCE.sub(b"", SCRIPT.sub(b"", content)) if path.endswith(("/", ".html")) or not path else content
        )

    def until(self, holds: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert self.run.poll() is None, self.log
            assert time.monotonic() < end, f"{otherwise}\n{self.log}"
            time.sleep(0.02)

    def shows(self, word: str, path: str) -> None:
        self.until(lambda: word.encode() in (self.get(path) or b""), f"{path} never shows {word}")

    def lacks(self, word: str, path: str) -> None:
        self.until(lambda: word.encode() not in (self.get(path) or b""), f"{path} goes on showing {word}")

    def is_gone(self, path: str) -> None:
        self.until(lambda: self.get(path) is None, f"{path} is still there")

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def builds(self) -> int:
        return self.log.count("files written,")

    def is_as_built(self) -> None:
        """Soon, everything that is served is what a build from nothing gives, and nothing else is there."""
        built = self.folder.parent / "built"
        shutil.rmtree(built, ignore_errors=True)
        done = run_threatbrief(
            *("build", "--no-cache", "--no-pdf", "--site-dir", str(built)),
            cwd=self.folder,
            env=self._environment(),
        )
        assert done.returncode == 0, done.stderr
        wanted = {path: SCRIPT.sub(b"", content) for path, content in read_tree(built).items()}
        self.until(
            lambda: all(self.get(path) == content for path, content in wanted.items()),
            "not what a build gives",
        )

    def processes(self) -> list[int]:
        """Those of its session that run."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                except OSError:
                    continue
                if int(session) == self.run.pid and state != "Z":
                    found.append(int(entry.name))
        return found

    def end(self) -> None:
        self.run.send_signal(signal.SIGINT)
        self.run.wait(PATIENCE)


def make_site(folder: Path) -> Path:
    """Two incidents of one actor, without PDFs."""
    assert run_threatbrief("init", folder.name, cwd=folder.parent).returncode == 0
    config = folder / "mkdocs.yml"
    config.write_text(
        config.read_text().replace("      id_prefix: TB", "      id_prefix: TB\n      pdf: false")
    )
    first = incident(folder)
    text = re.sub(r"^(id: TB-\d{4}-)\w+$", r"\g<1>1111", first.read_text(), flags=re.MULTILINE)
    first.write_text(text)
    first.with_name("second.md").write_text(
        text.replace("-1111", "-2222").replace("title: An", "title: Another")
    )
    return folder


def incident(folder: Path) -> Path:
    return next((folder / "content/records/incidents").rglob("*example.md"))


YEAR = datetime.now(UTC).year
FIRST, SECOND, THIRD = (f"incidents/tb-{YEAR}-{number}/" for number in (1111, 2222, 3333))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(make_site(tmp_path / "mine"))
    try:
        yield running
    finally:
        running.end()


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_an_edit_is_shown_before_the_site_is_built(served: Served) -> None:
    record, before = incident(served.folder), served.builds
    change(record, "## What happened", "## What came to pass")
    served.shows("What came to pass", FIRST)
    at_once, built = served.get(FIRST), served.builds
    assert built == before
    served.until(lambda: served.builds > before, "the rest is never built")
    assert served.get(FIRST) == at_once
    served.is_as_built()


def test_every_kind_of_edit_ends_in_what_a_build_gives(served: Served) -> None:
    records = served.folder / "content/records"
    first, actor = incident(served.folder), records / "actors/example-group.md"
    third = first.with_name("third.md")
    third.write_text(first.read_text().replace("-1111", "-3333").replace("title: An", "title: A third"))
    served.shows("A third example", THIRD)
    served.shows("A third example", "")
    third.unlink()
    served.is_gone(THIRD)
    served.lacks("A third example", "")
    change(actor, "name: Example Group\n", "name: Sample Group\n")
    served.shows("Sample Group", "actors/example-group/")
    served.shows("Sample Group", FIRST)
    served.is_as_built()
    assert run_threatbrief("rename", "example-group", "sample-group", cwd=served.folder).returncode == 0
    served.shows("Sample Group", "actors/sample-group/")
    served.is_as_built()
    (served.folder / "templates/site").mkdir(parents=True, exist_ok=True)
    change(served.folder / "mkdocs.yml", "site_name: Threat Briefs", "site_name: Other Briefs")
    served.shows("Other Briefs", FIRST)
    served.shows("Other Briefs", "about/")
    change(served.folder / "content/pages/about.md", "About these briefs", "About all briefs")
    served.shows("About all briefs", "about/")
    served.shows("About all briefs", SECOND)
    served.is_as_built()


def test_a_fault_is_told_and_the_page_stays(served: Served) -> None:
    record = incident(served.folder)
    change(record, "tlp: CLEAR", "tpl: CLEAR")
    served.until(lambda: "last good site is still shown" in served.log, "the fault is not told")
    assert "-example.md:" in served.log
    assert "tpl" in served.log
    assert b"An example record" in (served.get(FIRST) or b"")
    change(record, "tpl: CLEAR", "tlp: CLEAR")
    change(record, "title: An example", "title: A mended example")
    served.shows("A mended example", FIRST)
    served.shows("A mended example", "")
    served.is_as_built()


def test_what_is_marked_higher_is_gone_when_the_page_comes(served: Served) -> None:
    record, before = incident(served.folder), served.builds
    assert b"false sign-in page" in (served.get(f"{FIRST}index.html") or b"")
    change(record, "state: seized,", "state: seized, tlp: AMBER,")
    served.lacks("sign-in[.]example", FIRST)
    assert served.builds > before
    before = served.builds
    change(record, "tlp: CLEAR", "tlp: AMBER")
    served.is_gone(FIRST)
    assert served.builds > before
    assert b"-1111/" not in (served.get("") or b"")
    served.is_as_built()


def test_edits_in_a_row_end_in_what_a_build_gives(served: Served) -> None:
    first = incident(served.folder)
    second = first.with_name("second.md")
    for count in range(8):
        change(first if count % 2 else second, "## What happened", f"## What happened\n\nMore, {count}.\n")
        time.sleep(0.15 * count)
    served.shows("More, 7.", FIRST)
    served.shows("More, 6.", SECOND)
    served.is_as_built()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_all_processes_end_with_the_server(tmp_path: Path, how: signal.Signals) -> None:
    served = Served(make_site(tmp_path / "mine"))
    change(incident(served.folder), "## What happened", "## What came to pass")
    served.shows("What came to pass", FIRST)
    assert len(served.processes()) > 1
    os.kill(served.run.pid, how)
    served.run.wait(PATIENCE)
    if how == signal.SIGINT:
        assert not list((served.folder / ".cache/threatbrief").glob("site-*"))
    for _ in range(200):
        if not (left := served.processes()):
            return
        time.sleep(0.05)
    pytest.fail(f"{left} go on")
