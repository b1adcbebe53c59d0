"""Chromium over a real HTTP server on loopback."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.conftest import REPOSITORY, run_threatbrief

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """The Chromium of this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


expect.set_options(timeout=30_000)  # a rebuild shares the machine with the other tests


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site, its 404.html for what is not there, and no log."""

    def log_message(self, *arguments: object) -> None: ...

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """A folder's address on loopback, ending with a slash, while it is served."""
    handler = functools.partial(_Handler, directory=str(site))
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="session")
def address(shipped_site: Path) -> Iterator[str]:
    """The shipped site's address on loopback."""
    with serving(shipped_site) as served:
        yield served


@pytest.fixture(scope="session")
def golden_address(once: Callable[[str, Callable[[Path], None]], Path]) -> Iterator[str]:
    """The address of the small site of tests/golden, which has something of everything."""

    def fill(folder: Path) -> None:
        shutil.copy(REPOSITORY / "tests/golden/mkdocs.yml", folder)
        shutil.copytree(REPOSITORY / "tests/golden/content", folder / "content")
        assert run_threatbrief("build", "--no-pdf", cwd=folder).returncode == 0

    with serving(once("golden-site", fill) / "site") as served:
        yield served


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
