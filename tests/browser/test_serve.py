"""`threatbrief serve`: an edit shows up in the browser, under a strict policy."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import REPOSITORY, run_threatbrief

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A fresh site's folder, and its address while `threatbrief serve` runs over it."""
    assert run_threatbrief("init", "mine", cwd=tmp_path).returncode == 0
    folder = tmp_path / "mine"
    (folder / "templates/site/assets").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "threatbrief", "serve", "-a", f"127.0.0.1:{port}"]
    log = (tmp_path / "log").open("w")
    run = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert run.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
        yield folder, f"http://127.0.0.1:{port}/"
    finally:
        run.terminate()
        run.wait(20)
        log.close()


def test_edits_show_up(served: tuple[Path, str], page: Page) -> None:
    folder, address = served
    blocked: list[str] = []
    page.on("console", lambda m: blocked.append(m.text) if "Content Security Policy" in m.text else None)
    page.goto(address)
    record = next((folder / "content/records/incidents").rglob("*.md"))
    record.write_text(record.read_text().replace("title: An example record", "title: A new headline"))
    expect(page.locator("body")).to_contain_text("A new headline")
    base = (REPOSITORY / "templates/site/base.html").read_text(encoding="utf-8")
    (folder / "templates/site/base.html").write_text(
        base.replace("</main>", "<p>From my template</p></main>")
    )
    expect(page.locator("body")).to_contain_text("From my template")
    style = (REPOSITORY / "templates/site/assets/style.css").read_text(encoding="utf-8")
    (folder / "templates/site/assets/style.css").write_text(
        style + "\nbody{border-top:7px solid rgb(1,2,3)}\n"
    )
    expect(page.locator("body")).to_have_css("border-top-width", "7px")
    assert blocked == []


def test_only_the_reload_script_is_admitted(served: tuple[Path, str], page: Page) -> None:
    folder, address = served
    sent = urllib.request.urlopen(address, timeout=5).read().decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', sent)
    assert policy
    (nonce,) = re.findall(r"script-src 'self' 'nonce-([\w-]+)'", policy.group(1))
    assert sent.count(f'<script nonce="{nonce}">') == 1
    assert "unsafe" not in policy.group(1)
    assert run_threatbrief("build", cwd=folder).returncode == 0
    built = (folder / "site/index.html").read_text(encoding="utf-8")
    assert "nonce" not in built
    assert "livereload" not in built
    assert sent.replace(f" 'nonce-{nonce}'", "").split("<script nonce=")[0] == built.split("</body>")[0]


def test_a_fault_keeps_the_page_and_mending_it_goes_on(served: tuple[Path, str], page: Page) -> None:
    folder, address = served
    page.goto(address)
    record = next((folder / "content/records/incidents").rglob("*.md"))
    good = record.read_text()
    record.write_text(good.replace("tlp: CLEAR", "tpl: CLEAR"))
    time.sleep(2)
    page.reload()
    expect(page.locator("body")).to_contain_text("An example record")
    record.write_text(good.replace("title: An example record", "title: Mended"))
    expect(page.locator("body")).to_contain_text("Mended")
    shutil.rmtree(folder / "templates")
