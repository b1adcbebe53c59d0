"""What a question to the site's search downloads, seen by Chromium, and what the index costs to make.

    python tests/benchmarks/searching.py 1000 10000

Every question is asked of a fresh browser with an empty cache: the page, its styles and faces are told
apart from what search itself takes (script, directory, terms, cards). Each is asked twice, of a server
that sends files as they are and of one that compresses them, as hosts of static files do.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpus import Corpus

from threatbrief.build.runner import build
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.assets import AssetsOutput, find_assets
from threatbrief.outputs.pages import PagesOutput
from threatbrief.outputs.search import SearchOutput
from threatbrief.project import packaged_templates
from threatbrief.records import load
from threatbrief.records.marking import apply_marking
from threatbrief.render.engine import Engine, Sources

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OWN: Final = ("/search/index.json", "/search/names/", "/search/text/", "/search/cards/", "/assets/search.")
"""What search itself asks for; the rest of the page any page has."""


class _Files(http.server.SimpleHTTPRequestHandler):
    """The files of a folder, as they are."""

    def log_message(self, *arguments: object) -> None: ...


class _Compressed(_Files):
    """The files of a folder, what is text compressed with gzip."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if file.suffix != ".woff2":
            content = gzip.compress(content, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@dataclass(frozen=True)
class Download:
    """Bytes of bodies and headers that a question took."""

    question: str
    search: int
    all: int
    requests: int
    answer: str


@contextmanager
def serving(folder: Path, *, compressed: bool) -> Iterator[str]:
    """The address of a folder on loopback, ending with a slash."""
    handler = functools.partial(_Compressed if compressed else _Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def write_search(kb: KnowledgeBase, folder: Path) -> tuple[float, int, int]:
    """The page, its assets and the index as a build writes them; CPU, files and bytes of the index."""
    sources = Sources((packaged_templates(),))
    site = SiteConfig(assets=find_assets(sources.templates))
    start = time.process_time()
    files = list(build(kb, site, [SearchOutput()], sources, workers=1))
    cost = time.process_time() - start
    pages, engine = PagesOutput(), Engine(*sources)
    frame = [artifact for artifact in pages.plan(kb, site) if artifact.owner == "search"]
    made = {artifact.path: pages.render(artifact, engine) for artifact in frame}
    made |= {file.path: file.content for file in build(kb, site, [AssetsOutput()], sources, workers=1)}
    for path, content in {**{file.path: file.content for file in files}, **made}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return cost, len(files), sum(file.size for file in files)


def ask(browser: Browser, address: str, question: str) -> Download:
    """Open the page of results for a question with an empty cache, and count."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network.on("Network.requestWillBeSent", lambda e: addresses.update({e["requestId"]: e["request"]["url"]}))
    network.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(f"{address}search/?q={question}")
    page.locator("#found:not(:empty)").wait_for()
    page.wait_for_load_state("networkidle")
    own = {id_: size for id_, size in sizes.items() if any(part in addresses[id_] for part in OWN)}
    answer = page.locator("#found").inner_text()
    context.close()
    return Download(question, int(sum(own.values())), int(sum(sizes.values())), len(own), answer)


def questions(kb: KnowledgeBase) -> tuple[str, ...]:
    """Names, ids and words, rare and frequent ones."""
    actor, software, incident = kb.actors[len(kb.actors) // 2], kb.software[0], kb.incidents[7]
    alias = next((name.name for actor in kb.actors for name in actor.names if name.name != actor.name), "")
    technique = max(kb.by_technique, key=lambda id_: (len(kb.by_technique[id_]), id_))
    return (
        alias,
        actor.name,
        software.name,
        incident.id,
        technique,
        "phishing",
        "united states",
        "energy",
        "the group",
        "in",
    )


def generated(count: int, folder: Path) -> KnowledgeBase:
    """A corpus of so many incidents, as a build sees it."""
    Corpus(count).write(folder)
    return apply_marking(load(folder)[0], Tlp.CLEAR, drafts=False)


def report(browser: Browser, count: int, folder: Path) -> None:
    """One table: what the index of so many incidents costs, and what each question downloads."""
    kb = generated(count, folder / "records")
    cost, files, size = write_search(kb, folder / "site")
    print(f"\n{count} incidents: {cost:.2f} s CPU, {files} files, {size / 1e6:.1f} MB")
    for compressed in (False, True):
        with serving(folder / "site", compressed=compressed) as address:
            for question in questions(kb):
                got = ask(browser, address, question)
                sent = "gzip" if compressed else "as is"
                sizes = f"{got.search / 1000:8.1f} KB{got.all / 1000:8.1f} KB with the page"
                print(f"{sent:8}{question:24}{sizes}{got.requests:4} requests  {got.answer}")


def main(counts: Sequence[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for count in map(int, counts):
            with tempfile.TemporaryDirectory(prefix="searching-") as folder:
                report(browser, count, Path(folder))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:] or ["1000"])
