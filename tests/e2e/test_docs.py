"""The guide is true: its commands run, its examples work, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, run_threatbrief

DOCS = sorted((REPOSITORY / "docs").glob("*.md"))
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *DOCS]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("page", DOCS, ids=lambda p: p.name)
def test_commands_run(page: Path, tmp_path: Path) -> None:
    commands = [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]
    if not commands:
        pytest.skip("no commands on this page")
    assert run_threatbrief("init", "site", cwd=tmp_path).returncode == 0
    for command in commands:
        program, *arguments = shlex.split(command, comments=True)
        assert program == "threatbrief", f"{command}: write it as console, or make it testable"
        run = run_threatbrief(*arguments, cwd=tmp_path / "site")
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"


def test_the_example_output_of_extend_works() -> None:
    (example,) = blocks(REPOSITORY / "docs/extend.md", "python")
    names: dict[str, object] = {"__name__": "example"}
    import sys
    import types

    module = types.ModuleType("example")
    sys.modules["example"] = module
    exec(compile(example, "extend.md", "exec"), module.__dict__)
    names = module.__dict__
    from threatbrief.config import SiteConfig
    from threatbrief.knowledge import KnowledgeBase

    output = names["TitlesOutput"]()  # type: ignore[operator]
    (artifact,) = output.plan(KnowledgeBase(), SiteConfig())
    assert output.render(artifact, None) == b""


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target.split("#")[0]).exists(), f"{page.name} links to {target}"


def test_every_option_is_documented() -> None:
    from threatbrief.mkdocs_plugin import Options

    page = (REPOSITORY / "docs/publish.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert documented == {name for name, _ in Options._schema}
