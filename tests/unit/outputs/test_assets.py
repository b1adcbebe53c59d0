"""The site's own files and their fingerprints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.outputs.assets import AssetsOutput, find_assets
from threatbrief.render.engine import Engine

SHIPPED = Path(__file__).parents[3] / "templates"


def publish(*templates: Path) -> dict[str, bytes]:
    site = SiteConfig(site_name="Test Briefs", assets=find_assets(templates))
    output, engine = AssetsOutput(), Engine(templates)
    return {str(a.path): output.render(a, engine) for a in output.plan(KnowledgeBase(), site)}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "templates" / "site" / "assets"
    (folder / "fonts").mkdir(parents=True)
    (folder / "style.css").write_text(
        "/* note */\n@font-face { src: url('fonts/a.woff2') }\n  a { b: url(absent.png) }\n"
    )
    (folder / "fonts" / "a.woff2").write_bytes(b"one")
    (folder / "notes.md").write_text("not served")
    return tmp_path / "templates"


def test_a_style_sheet_names_its_fonts_by_their_fingerprints(own: Path) -> None:
    files = publish(own)
    [font] = [path for path in files if path.endswith(".woff2")]
    [sheet] = [path for path in files if path.endswith(".css")]
    assert re.fullmatch(r"assets/fonts/a\.[0-9a-f]{8}\.woff2", font)
    assert (
        files[sheet].decode()
        == f"@font-face {{ src: url({font.removeprefix('assets/')}) }}\na {{ b: url(absent.png) }}\n"
    )


def test_another_font_gives_the_style_sheet_another_name(own: Path) -> None:
    before = set(publish(own))
    (own / "site" / "assets" / "fonts" / "a.woff2").write_bytes(b"two")
    assert set(publish(own)) & before == {"site.webmanifest"}


def test_a_sheet_that_ours_imports_is_part_of_it(own: Path) -> None:
    assets = own / "site" / "assets"
    (assets / "style.css").write_text(
        '/* @import "no.css"; */ @import "faces/all.css";\n@import "https://x.example/y.css";\na{}'
    )
    (assets / "faces").mkdir()
    (assets / "faces" / "all.css").write_text("@font-face { src: url(../fonts/a.woff2) }")
    files = publish(own)
    [sheet] = [path for path in files if path.endswith(".css")]
    [font] = [path for path in files if path.endswith(".woff2")]
    assert files[sheet].decode() == (
        f"@font-face {{ src: url({font.removeprefix('assets/')}) }}\n"
        '@import "https://x.example/y.css";\na{}\n'
    )
    (assets / "faces" / "all.css").write_text("b{}")
    assert sheet not in publish(own)


def test_sheets_that_import_each_other_end(own: Path) -> None:
    (own / "site" / "assets" / "style.css").write_text('@import "style.css";\na{}')
    [sheet] = [content for path, content in publish(own).items() if path.endswith(".css")]
    assert sheet == b"a{}\n"


def test_only_files_for_browsers_are_served(own: Path) -> None:
    assert not [path for path in publish(own) if "notes" in path]


def test_a_file_of_the_sites_own_stands_in_for_the_shipped_one(own: Path) -> None:
    assets = dict(find_assets((own, SHIPPED)))
    assert assets["style.css"] != dict(find_assets((SHIPPED,)))["style.css"]
    assert assets["site.js"] == dict(find_assets((SHIPPED,)))["site.js"]


def test_the_shipped_style_sheets_refer_to_files_that_exist() -> None:
    files = publish(SHIPPED)
    for path, content in files.items():
        if path.endswith(".css"):
            for target in re.findall(r"url\(([^)]+)\)", content.decode()):
                assert f"assets/{target}" in files


def test_the_manifest_names_the_site_and_its_icon() -> None:
    files = publish(SHIPPED)
    manifest = json.loads(files["site.webmanifest"])
    assert manifest["name"] == "Test Briefs"
    assert manifest["icons"][0]["src"] in files
