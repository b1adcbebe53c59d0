"""The examples of docs/customise.md, built: own name, logo, colours, footer, styles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY, run_threatbrief

GUIDE = (REPOSITORY / "docs/customise.md").read_text(encoding="utf-8")
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'


def example(language: str) -> str:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(block)


def configure(folder: Path, **options: object) -> None:
    file = folder / "mkdocs.yml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    config["plugins"][0]["threatbrief"].update(options)
    file.write_text(yaml.safe_dump(config), encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    assert run_threatbrief("init", "mine", cwd=tmp_path).returncode == 0
    return tmp_path / "mine"


def test_the_examples_make_the_site_ones_own(site: Path) -> None:
    configure(site, **yaml.safe_load(example("yaml"))["plugins"][0]["threatbrief"])
    files = {
        "branding/logo.svg": LOGO,
        "templates/site/partials/footer.html": example("jinja"),
        "templates/site/assets/custom.css": "footer{letter-spacing:.1em}",
        "content/pages/about.md": "# About us",
    }
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, encoding="utf-8")
    run = run_threatbrief("build", "--no-pdf", "--strict", cwd=site)
    assert run.returncode == 0, run.stderr

    html = (site / "site/index.html").read_text(encoding="utf-8")
    footer = html.partition("<footer")[2]
    assert "Example CERT, CC BY-SA 4.0." in footer
    assert 'href="./about/"' in footer
    logo = re.findall(r'<img class="logo" src="\./(assets/logo\.[0-9a-f]{8}\.svg)"', html)
    assert (site / "site" / logo[0]).read_text(encoding="utf-8") == LOGO
    sheets = re.findall(r'<link rel="stylesheet" href="\./(assets/(\w+)\.[0-9a-f]{8}\.css)"', html)
    assert [name for _, name in sheets] == ["style", "brand", "custom"]
    brand = (site / "site" / sheets[1][0]).read_text(encoding="utf-8")
    assert "--red:#1a5276" in brand.partition("dark")[0]
    assert "--red:#8fc1e3" in brand.partition("dark")[2]


def test_a_colour_that_cannot_be_read_ends_the_build_with_what_is_needed(site: Path) -> None:
    message = example("text").strip()
    configure(site, colours={"accent": re.findall(r"#[0-9a-f]{6}", message)[0]})
    run = run_threatbrief("build", cwd=site)
    assert run.returncode != 0
    assert message in re.sub(r"\s+", " ", run.stderr)
