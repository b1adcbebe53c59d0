"""A build that does only what has changed gives the bytes of one that does everything.

Random edits of a generated corpus, each followed by an incremental build and one from nothing.
THREATBRIEF_EDITS and THREATBRIEF_KILLS say how many (the defaults keep the suite short),
THREATBRIEF_SEED which.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, read_tree
from threatbrief.errors import ContentError
from threatbrief.mkdocs_plugin import build_site

EDITS = int(os.environ.get("THREATBRIEF_EDITS", "25"))
KILLS = int(os.environ.get("THREATBRIEF_KILLS", "4"))
SEED = int(os.environ.get("THREATBRIEF_SEED", "7"))
CONFIG = """site_name: Edits
site_url: https://briefs.example.org/
site_description: {words}
docs_dir: content/pages
theme: threatbrief
plugins:
  - threatbrief: {{authority: "briefs.example.org,2026", pdf: false}}
"""


def make_corpus(folder: Path, count: int) -> None:
    script = REPOSITORY / "tests/benchmarks/corpus.py"
    subprocess.run([sys.executable, str(script), str(count), str(folder)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("edits")
    make_corpus(root / "content/records", 24)
    (root / "content/pages").mkdir(parents=True)
    (root / "content/pages/about.md").write_text("# About\n\nSee [all](incidents/index.html).\n")
    (root / "mkdocs.yml").write_text(CONFIG.format(words="A site"))
    return root


def build(root: Path, site: str, *, cache: bool) -> dict[str, bytes]:
    options = {"cache": cache, "workers": 2 if cache else 1}
    build_site(root / "mkdocs.yml", options, lambda *_: None, site_dir=str(root / site))
    return read_tree(root / site)


class Editor:
    """Edits records as curators do: one random change of one random file at a time."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.random, self.count = root, random.Random(seed), 0
        self.kinds: list[Callable[[], None]] = [
            *(self.reword, self.reword, self.retitle, self.withdraw, self.mark, self.untarget, self.unname),
            *(self.add, self.delete, self.move, self.republish, self.reassess),
            *(self.own_template, self.configure),
        ]

    def pick(self, kind: str) -> Path:
        return self.random.choice(sorted((self.root / "content/records" / kind).rglob("*.md")))

    def change(
        self, file: Path, pattern: str, to: str | Callable[[re.Match[str]], str], count: int = 1
    ) -> None:
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(pattern, to, text, count=count, flags=re.MULTILINE), encoding="utf-8")

    def any_record(self) -> Path:
        return self.pick(self.random.choice(["incidents", "incidents", "actors", "software"]))

    def reword(self) -> None:
        file = self.any_record()
        file.write_text(
            file.read_text(encoding="utf-8") + f"\nA word more, {self.count}.\n", encoding="utf-8"
        )

    def retitle(self) -> None:
        self.change(self.any_record(), r"^(title|name): .*$", rf"\1: A new name {self.count}")

    def withdraw(self) -> None:
        self.change(self.any_record(), r"^status: published$", "status: withdrawn\nreason: It was wrong.")

    def republish(self) -> None:
        self.change(self.any_record(), r"^status: (withdrawn|draft)\n(reason: .*\n)?", "status: published\n")

    def mark(self) -> None:
        self.change(self.any_record(), r"^tlp: .*$", f"tlp: {self.random.choice(['CLEAR', 'AMBER'])}")

    def untarget(self) -> None:
        sectors = self.random.choice(["[health]", "[finance, health]", "[]"])
        countries = self.random.choice(["[KR]", "[NO, KR]", "[]"])
        to = f"targets: {{sectors: {sectors}, countries: {countries}}}"
        self.change(self.pick("incidents"), r"^targets: \{.*\}$", to)

    def unname(self) -> None:
        self.change(self.pick("actors"), r"^  - name: .*$", f"  - name: Alias {self.count}")

    def add(self) -> None:
        file = self.pick("incidents")
        new = file.with_name(f"added-{self.count}.md")
        shutil.copy(file, new)
        self.change(new, r"^id: TB-(\d{4})-.*$", rf"id: TB-\1-N{self.count:03d}")

    def delete(self) -> None:
        self.pick("incidents").unlink()

    def move(self) -> None:
        file = self.any_record()
        file.rename(file.with_name(f"moved-{self.count}.md"))

    def reassess(self) -> None:
        self.change(self.pick("incidents"), r"^  confidence: .*$", "  confidence: low")

    def own_template(self) -> None:
        own = self.root / "templates/site/partials/footer.html"
        own.parent.mkdir(parents=True, exist_ok=True)
        text = (REPOSITORY / "templates/site/partials/footer.html").read_text(encoding="utf-8")
        own.write_text(f"{text}<!-- {self.count} -->\n" if self.random.random() < 0.6 else text)

    def configure(self) -> None:
        (self.root / "mkdocs.yml").write_text(CONFIG.format(words=f"A site {self.count % 3}"))

    def edit(self) -> str:
        self.count += 1
        kind = self.random.choice(self.kinds)
        kind()
        return kind.__name__


def test_edits_give_what_a_build_from_nothing_gives(project: Path) -> None:
    editor, done = Editor(project, SEED), 0
    build(project, "site", cache=True)
    while done < EDITS:
        kept = project.parent / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(project / "content", kept)
        kind = editor.edit()
        try:
            ours = build(project, "site", cache=True)
        except ContentError:  # an edit that the checks refuse: take it back
            shutil.rmtree(project / "content")
            shutil.copytree(kept, project / "content")
            continue
        cold = build(project, "cold", cache=False)
        differ = [path for path in sorted({*ours, *cold}) if ours.get(path) != cold.get(path)]
        assert differ == [], f"after edit {editor.count}, {kind}"
        done += 1


def test_a_build_killed_at_any_point_leaves_a_whole_site(project: Path) -> None:
    """Each file is the old or the new one, never a part; the next build is right."""
    chance = random.Random(SEED)
    root = project.parent / "killed"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("site", "cold", ".cache"))
    command = [sys.executable, "-m", "threatbrief", "build"]
    began = time.perf_counter()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    lasts = time.perf_counter() - began
    for number in range(KILLS):
        before = read_tree(root / "site")
        (root / "mkdocs.yml").write_text(CONFIG.format(words=f"Killed {number}"))
        running = subprocess.Popen(
            command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(chance.uniform(0, lasts * 1.1))
        with contextlib.suppress(ProcessLookupError):
            if number % 2:
                os.kill(running.pid, signal.SIGKILL)  # as a system out of memory does: the others must follow
            else:
                os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        left = read_tree(root / "site")
        again = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        after = build(root, "cold", cache=False)
        assert read_tree(root / "site") == after
        parts = [p for p, content in left.items() if content not in (before.get(p), after.get(p))]
        assert parts == []
