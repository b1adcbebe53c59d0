"""Times PDF briefs: our whole way, bare Typst on the same documents, WeasyPrint on the same records' pages.

    python tests/benchmarks/pdfs.py FOLDER/mkdocs.yml [--documents 30] [--pages 3]

CPU milliseconds a document, each part in a process of its own, so that no compiler meets a document that it
has seen. Ours holds everything from the records: view, narrative, glyphs, drawing, PDF/UA-1 and PDF/A-2a.
Bare Typst is the compiler with the same template and the document ready made. WeasyPrint, where it is
installed, prints the page of the same record through the site's own print style sheet, tagged.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import mean
from typing import Any

WARM = 2
"""Documents that each part makes before its clock starts: templates are parsed and fonts read by then."""


def open_briefs(config_file: Path, count: int) -> tuple[Any, Any, list[Any]]:
    """The project, its knowledge base, and briefs spread over all records, after those that warm up."""
    from threatbrief.mkdocs_plugin import open_project
    from threatbrief.outputs.pdf import BRIEF, PdfOutput
    from threatbrief.records import load
    from threatbrief.records.marking import apply_marking

    project = open_project(config_file)
    kb = apply_marking(load(project.records, project.root)[0], project.site.tlp, drafts=False)
    planned = [a for a in PdfOutput().plan(kb, project.site) if a.template == f"pdf/{BRIEF}"]
    step = max(len(planned) // (count + WARM), 1)
    return project, kb, planned[::step][: count + WARM]


def time_each(make: Callable[[Any], object], given: Iterable[Any]) -> Iterator[float]:
    """CPU milliseconds of each, but of those that warm up."""
    for number, one in enumerate(given):
        start = time.process_time()
        make(one)
        if number >= WARM:
            yield (time.process_time() - start) * 1000


def time_ours(config_file: Path, count: int) -> list[float]:
    from threatbrief.outputs.pdf import PdfOutput
    from threatbrief.render.engine import Engine

    project, _, artifacts = open_briefs(config_file, count)
    output, engine = PdfOutput(), Engine(*project.sources)
    return list(time_each(lambda artifact: output.render(artifact, engine), artifacts))


def time_bare(config_file: Path, count: int) -> list[float]:
    import typst

    from threatbrief.outputs.pdf import BRIEF
    from threatbrief.outputs.pdf_documents import brief_document
    from threatbrief.render.engine import Engine

    project, _, artifacts = open_briefs(config_file, count)
    engine = Engine(*project.sources)
    views = [artifact.view for artifact in artifacts]
    documents = [(brief_document(v, engine.markdown.tree(v.incident.body)), v.timestamp) for v in views]
    folder = project.templates[-1] / "pdf"
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(folder / "fonts")])
    compiler = typst.Compiler(
        str(folder / BRIEF), root=str(folder), font_paths=fonts, ignore_system_fonts=True
    )

    def compile_one(given: tuple[str, int]) -> object:
        return compiler.compile(
            format="pdf",
            sys_inputs={"document": given[0]},
            pdf_standards=["ua-1", "a-2a"],
            timestamp=given[1],
        )

    return list(time_each(compile_one, documents))


def time_weasyprint(config_file: Path, count: int) -> list[float]:
    """Nothing where WeasyPrint, or a library that it needs of the system, is not there."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return []
    from threatbrief.build.artifact import Artifact
    from threatbrief.outputs.assets import AssetsOutput
    from threatbrief.outputs.pages import PagesOutput
    from threatbrief.render.engine import Engine

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    project, kb, artifacts = open_briefs(config_file, count)
    engine = Engine(*project.sources)
    owners = {artifact.owner for artifact in artifacts}
    pages, assets = PagesOutput(), AssetsOutput()

    def is_page(artifact: Artifact) -> bool:
        return artifact.owner in owners and artifact.template == "incident.html"

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = [(pages, a) for a in pages.plan(kb, project.site) if is_page(a)]
        for output, artifact in [*chosen, *((assets, a) for a in assets.plan(kb, project.site))]:
            file = folder / artifact.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(output.render(artifact, engine))
        files = [str(folder / artifact.path) for _, artifact in chosen]
        return list(time_each(lambda file: weasyprint.HTML(file).write_pdf(pdf_variant="pdf/ua-1"), files))


PARTS = {"ours": time_ours, "bare": time_bare, "weasyprint": time_weasyprint}


def measure(config_file: Path, documents: int = 30, pages: int = 3) -> dict[str, list[float]]:
    """Every part, each in a fresh process."""
    found: dict[str, list[float]] = {}
    for part in PARTS:
        count = pages if part == "weasyprint" else documents
        command = [sys.executable, __file__, str(config_file), "--part", part, "--documents", str(count)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[part] = json.loads(done.stdout)
    return found


def print_measured(found: dict[str, list[float]]) -> None:
    """The table, and both ratios."""
    ours, bare = mean(found["ours"]), mean(found["bare"])
    print(f"\n{'PDF briefs':28}{'CPU ms each':>12}{'documents':>11}")
    print(f"{'threatbrief':28}{ours:12.1f}{len(found['ours']):11}")
    print(f"{'bare Typst':28}{bare:12.1f}{len(found['bare']):11}")
    if not (others := found["weasyprint"]):
        print("WeasyPrint is not installed, or the system lacks Pango: not measured")
        print(f"times bare Typst: {ours / bare:.2f}")
        return
    print(f"{'WeasyPrint':28}{mean(others):12.1f}{len(others):11}")
    print(f"times bare Typst: {ours / bare:.2f}; WeasyPrint takes {mean(others) / ours:.0f} times as long")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time PDF briefs beside bare Typst and WeasyPrint.")
    parser.add_argument("config_file", type=Path)
    parser.add_argument("--documents", type=int, default=30)
    parser.add_argument("--pages", type=int, default=3, help="how many WeasyPrint makes")
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(PARTS[given.part](given.config_file, given.documents)))
    else:
        print_measured(measure(given.config_file, given.documents, given.pages))
