"""`threatbrief pdf …` and `threatbrief markdown` on the shipped records."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path

import markdown as python_markdown
import pikepdf
import pytest

from tests.conftest import copy_site, run_threatbrief

BRIEF = "TB-2019-7K3Q"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_site(tmp_path_factory.mktemp("documents") / "site")


def title_of(content: bytes) -> str:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return str(pdf.docinfo["/Title"])


@pytest.mark.parametrize(
    ("arguments", "name", "title"),
    [
        (["brief", BRIEF.lower()], r"TB-2019-7K3Q_\d{4}-\d\d-\d\d_TLP-CLEAR", "Microsoft takes control"),
        (["dossier", "Velvet Chollima"], r"kimsuky_\d{4}-\d\d-\d\d_TLP-CLEAR", "Kimsuky: dossier"),
        (["digest", "--month", "2026-11"], "digest_2026-11_TLP-CLEAR", "November 2026 in threat briefs"),
        (["digest", "--quarter", "2026-Q4"], "digest_2026-Q4_TLP-CLEAR", "Quarter 4 of 2026 in"),
        (["digest", "--week", "2026-W47"], "digest_2026-W47_TLP-CLEAR", "Week 47 of 2026 in"),
        (["digest", "--year", "2026"], "digest_2026_TLP-CLEAR", "2026 in threat briefs"),
        (
            ["digest", "--from", "2026", "--to", "2026-11", "--actor", "kimsuky", "--country", "kr"],
            "digest_2026-01-01_2026-11-30_kimsuky_south-korea_TLP-CLEAR",
            "1 January 2026 to 30 November 2026 in threat briefs: Kimsuky, South Korea",
        ),
        (["digest", "--sector", "government"], "digest_government_TLP-CLEAR", "Briefs: Government"),
    ],
)
def test_each_is_written_under_a_name_that_says_what_it_is(
    folder: Path, arguments: list[str], name: str, title: str
) -> None:
    run = run_threatbrief("pdf", *arguments, cwd=folder)
    assert run.returncode == 0, run.stderr
    (path,) = run.stdout.split()
    assert re.fullmatch(f"{name}\\.pdf", path)
    assert title_of((folder / path).read_bytes()).startswith(title)


def test_a_digest_holds_what_was_asked_for_and_says_by_which_date(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "digest.pdf"
    run = run_threatbrief("pdf", "digest", "--actor", "kimsuky", "-o", str(file), cwd=folder)
    assert run.stdout.strip() == str(file)
    with pikepdf.open(file) as pdf:
        assert BRIEF in [str(word) for word in str(pdf.docinfo["/Keywords"]).split(", ")]
        assert "by date of publication" in str(pdf.docinfo["/Subject"])


def test_the_site_has_the_same_bytes_as_the_command_line(folder: Path, shipped_site: Path) -> None:
    for arguments, path in (
        (["brief", BRIEF], f"incidents/{BRIEF.lower()}/brief.pdf"),
        (["dossier", "kimsuky"], "actors/kimsuky/dossier.pdf"),
        (["digest", "--month", "2026-11"], "digests/2026-11.pdf"),
    ):
        run = run_threatbrief("pdf", *arguments, "-o", "one.pdf", cwd=folder)
        assert run.returncode == 0, run.stderr
        assert (folder / "one.pdf").read_bytes() == (shipped_site / path).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pdf", "brief", "TB-1999-0000"], "there is no incident TB-1999-0000"),
        (["pdf", "dossier", "Thallium"], "several actors"),
        (["pdf", "dossier", "nobody"], "there is no actor nobody"),
        (["pdf", "digest"], "say what the digest is to hold"),
        (["pdf", "digest", "--month", "2026"], "write 2026-11"),
        (["pdf", "digest", "--month", "2026-13"], "write 2026-11"),
        (["pdf", "digest", "--year", "2026", "--week", "2026-W01"], "name one range"),
        (["pdf", "digest", "--from", "2026"], "two ends"),
        (["pdf", "digest", "--from", "2026", "--to", "2025"], "lies before"),
        (["pdf", "digest", "--year", "1999"], "nothing was published"),
        (["markdown", "TB-1999-0000"], "there is no incident"),
    ],
)
def test_what_cannot_be_made_says_why(folder: Path, arguments: list[str], said: str) -> None:
    run = run_threatbrief(*arguments, cwd=folder)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr


def test_markdown_is_one_clean_file(folder: Path) -> None:
    text = run_threatbrief("markdown", BRIEF, cwd=folder).stdout
    assert text.startswith("# Microsoft takes control")
    assert text.endswith("\n")
    assert "[@" not in text
    assert "[[" not in text
    assert "\n\n\n" not in text
    assert set(re.findall(r"\[\^(\d+)\](?!:)", text)) <= set(re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    html = python_markdown.markdown(text, extensions=["tables", "footnotes"])
    assert html.count("<table>") == 2
    assert html.count("<h1>") == 1
