"""The direction of imports: who may import whom, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "generator" / "threatbrief"

ALLOWED = {
    "errors": {"diagnostics"},
    "diagnostics": set(),
    "model": {"diagnostics", "errors"},
    "reference": {"model", "errors"},
    "config": {"model", "errors"},
    "knowledge": {"model"},
    "build.artifact": {"model", "config", "knowledge"},
    "processes": set(),
    "store": set(),
    "records": {"knowledge", "model", "reference", "diagnostics", "errors", "processes", "store"},
    "checks": {"knowledge", "model", "reference", "diagnostics", "errors", "config", "processes", "store"},
    "views": {"knowledge", "model", "reference", "config", "render.defang", "(root)"},
    "render": {"model", "views", "build.artifact", "config", "errors", "processes", "store"},
    "outputs": {
        "views",
        "render",
        "knowledge",
        "config",
        "model",
        "build.artifact",
        "reference",
        "errors",
        "(root)",
    },
    "build": {
        "build.artifact",
        "outputs",
        "config",
        "knowledge",
        "render",
        "errors",
        "model",
        "processes",
        "store",
    },
    "preview": {
        "build",
        "checks",
        "diagnostics",
        "errors",
        "knowledge",
        "model",
        "outputs",
        "processes",
        "project",
        "records",
        "store",
    },
    "curate": {"project", "records", "model", "errors"},
    "printing": {"project", "outputs", "views", "render", "knowledge", "model", "errors"},
    "theme": set(),
    "scaffold": {"knowledge", "model", "errors"},
    "project": {
        "build",
        "checks",
        "config",
        "diagnostics",
        "errors",
        "knowledge",
        "outputs",
        "records",
        "render",
        "views",
        "model",
    },
}
"""Room → rooms it may import, the standard library and outside packages apart. The front doors
(cli, mkdocs_plugin) may import anything and are imported by nobody but each other's entry."""

FRONT_DOORS = {"cli", "cli_common", "cli_documents", "mkdocs_plugin", "__main__"}
ROOT = {"__init__"}


def room_of(module: str) -> str:
    """`threatbrief.build.runner` → `build`; `build.artifact` stands alone: outputs may import it."""
    parts = module.split(".")[1:]
    if not parts:
        return "(root)"
    return "build.artifact" if parts[:2] == ["build", "artifact"] else parts[0]


def imports_of(source: str) -> Iterator[str]:
    """The threatbrief modules that a source imports, those for type checkers alone left out."""
    tree = ast.parse(source)
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "threatbrief":
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "threatbrief")


def faults(module: str, source: str) -> list[str]:
    """The forbidden imports of one module."""
    room = room_of(module)
    if module.split(".")[-1] in FRONT_DOORS:
        return []
    found = []
    for target in imports_of(source):
        other = room_of(target)
        detail = ".".join(target.split(".")[1:])
        allowed = ALLOWED.get(room, set())
        may = other == room or bool({other, detail, other.split(".")[0]} & allowed)
        if may and not (room == "outputs" and is_sibling_output(module, target)):
            continue
        found.append(f"{module} imports {target}")
    return found


def is_sibling_output(module: str, target: str) -> bool:
    """One format importing another: they know nothing of each other. Files of one format share a prefix."""
    own, other = module.split(".")[-1], target.split(".")[-1]
    if target == "threatbrief.outputs" or own == other:
        return False
    return target.startswith("threatbrief.outputs.") and own.split("_")[0] != other.split("_")[0]


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    module = ".".join(part for part in parts if part != "__init__")
    if module == "threatbrief":
        return
    assert faults(module, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("threatbrief.model.tlp", "from threatbrief.knowledge import KnowledgeBase"),
        ("threatbrief.views.home", "from threatbrief.outputs.pages import PagesOutput"),
        ("threatbrief.outputs.feeds", "from threatbrief.outputs.pdf import PdfOutput"),
        ("threatbrief.outputs.feeds", "from threatbrief.build.runner import plan"),
        ("threatbrief.render.jinja", "import threatbrief.cli"),
        ("threatbrief.records.load", "from threatbrief.mkdocs_plugin import NAME"),
    ],
)
def test_a_forbidden_import_is_found(module: str, line: str) -> None:
    assert faults(module, f"{line}\n")


def test_every_room_has_a_rule() -> None:
    modules = (path.relative_to(PACKAGE).with_suffix("").parts for path in MODULES)
    rooms = {room_of(".".join(("threatbrief", *(p for p in parts if p != "__init__")))) for parts in modules}
    assert rooms - {"(root)"} - FRONT_DOORS <= set(ALLOWED)


def test_only_the_plugin_imports_mkdocs() -> None:
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mkdocs")
        or (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "mkdocs" for a in node.names))
    ]
    assert set(users) == {"mkdocs_plugin.py"}
