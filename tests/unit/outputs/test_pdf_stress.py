"""What must hold of any PDF, on a record that tries everything at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.outputs.pdf_stress import SCRIPTS, long_url, record
from tests.unit.outputs.test_pdf import SITE, TEMPLATES, knowledge, read_boxes, run_poppler, squeezed

from threatbrief.outputs.pdf import PdfOutput
from threatbrief.render.engine import Engine

pytestmark = pytest.mark.slow
NOTO = tuple(
    path
    for path in (
        Path("/usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf"),
        Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    )
    if path.is_file()
)


def make(paper: str = "a4", fonts: tuple[Path, ...] = ()) -> bytes:
    site = SITE.model_copy(update={"paper": paper, "digests": ()})
    (artifact,) = PdfOutput().plan(knowledge(record()), site)
    return PdfOutput().render(artifact, Engine((TEMPLATES,), fonts))


@pytest.fixture(scope="module")
def brief() -> bytes:
    return make()


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_nothing_runs_off_and_no_page_is_blank(paper: str) -> None:
    pages = list(read_boxes(run_poppler(make(paper), "-bbox")))
    assert len(pages) > 20
    for width, words in pages:
        assert len(words) > 40
        assert [word for word in words if word[0] < 61.3 or word[1] > width - 61.3] == []


def test_every_indicator_can_be_copied_as_shown(brief: bytes) -> None:
    text = squeezed(run_poppler(brief, "-raw"))
    for n in range(100):
        shown = long_url(n).replace("https", "hxxps", 1).replace(".example.net", "[.]example[.]net")
        assert shown in text
        assert f"{n + 1:064x}" in text
    assert not re.search("[\u200b\u00ad\u2060\ufeff]", run_poppler(brief))


def test_what_no_font_has_is_a_visible_token(brief: bytes) -> None:
    text = run_poppler(brief)
    assert "U+1F642" in text
    assert "U+5317" in text
    assert "министерства" in text
    assert "υπουργεία" in text


@pytest.mark.skipif(len(NOTO) < 2, reason="fonts-noto-core and fonts-noto-cjk are not installed")
def test_fonts_that_the_site_names_print_further_scripts() -> None:
    content = make(fonts=NOTO)
    text = squeezed(run_poppler(content))
    for part in (*SCRIPTS.split(". ")[:2], "北朝鮮の攻撃者", "공격자"):
        assert squeezed(part) in text
    assert "U+5317" not in text
    assert "U+1F642" in text
    assert "هجوم" in text or "موجه" in text
    assert make(fonts=NOTO) == content
