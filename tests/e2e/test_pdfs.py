"""Every PDF of the shipped site, read by others: whole, tagged, titled, with bookmarks and its label."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest


def pdfs(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.pdf"))
    kinds = {path.relative_to(site).parts[0] for path in found}
    assert kinds == {"incidents", "actors", "digests"}
    return found


def test_each_says_what_it_is_and_can_be_navigated(shipped_site: Path) -> None:
    for path in pdfs(shipped_site):
        with pikepdf.open(path) as pdf:
            assert len(str(pdf.docinfo["/Title"])) > 3, path
            assert str(pdf.docinfo["/Author"]) == "Example CERT"
            assert str(pdf.docinfo["/Keywords"]).count("TLP:CLEAR") == 1
            assert str(pdf.Root.Lang) == "en"
            assert bool(pdf.Root.MarkInfo.Marked)
            with pdf.open_outline() as outline:
                (top,) = outline.root
                assert top.children, path
            with pdf.open_metadata() as metadata:
                assert metadata["pdfuaid:part"] == "1"
                assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
            assert "/JavaScript" not in pdf.Root.get("/Names", {})
            for page in pdf.pages:
                for font in page.resources.get("/Font", {}).values():
                    described = font.get("/DescendantFonts", [font])[0].FontDescriptor
                    assert "/FontFile2" in described or "/FontFile3" in described, path


def test_each_page_bears_its_label_twice_and_its_number(shipped_site: Path) -> None:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    for path in pdfs(shipped_site):
        run = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
        pages = run.stdout.decode().split("\f")[:-1]
        for number, text in enumerate(pages, 1):
            assert text.count("TLP:CLEAR") >= 2, path
            assert f"{number} of {len(pages)} · " in text, path


def test_each_is_whole(shipped_site: Path) -> None:
    if not shutil.which("qpdf"):
        pytest.skip("qpdf is not installed")
    for path in pdfs(shipped_site):
        run = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


def test_pages_lead_to_them(shipped_site: Path) -> None:
    assert 'href="./digests/2026-11.pdf"' in (shipped_site / "index.html").read_text(encoding="utf-8")
    assert 'href="../digests/2026.pdf"' in (shipped_site / "data/index.html").read_text(encoding="utf-8")
    actor = (shipped_site / "actors/kimsuky/index.html").read_text(encoding="utf-8")
    assert 'href="../../actors/kimsuky/dossier.pdf" download="kimsuky_' in actor
