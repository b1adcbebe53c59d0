"""The PDF compiler: same bytes from anywhere, record text inert, missing glyphs shown as tokens."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from threatbrief.errors import RenderError
from threatbrief.render.glyphs import find_clusters, find_named, replace_clusters
from threatbrief.render.typst import BriefCompiler

TEMPLATES = Path(__file__).parents[3] / "templates"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAIN = """#set document(title: "Plain")
#let doc = json(bytes(sys.inputs.document))
#for line in doc.lines { par(text(line)) }
"""
HOSTILE = (
    '#import "style.typ": *',
    '#read("/etc/passwd")',
    "$ x^2 $",
    "*bold* _em_ `raw`",
    "[content] #[more]",
    "a \\ b \\alpha",
    "// no comment /* none */",
    "@ref and <label>",
    "= Heading",
    "#set text(red); #panic()",
)


def make_templates(folder: Path, **sources: str) -> Path:
    (folder / "pdf").mkdir(parents=True)
    for name, source in sources.items():
        (folder / "pdf" / f"{name}.typ").write_text(source, encoding="utf-8")
    return folder


def read_pdf(content: bytes, folder: Path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = folder / "read.pdf"
    path.write_bytes(content)
    return subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout


def lines_document(*lines: str) -> str:
    return json.dumps({"lines": lines}, ensure_ascii=False)


def test_record_text_comes_out_as_typed(tmp_path: Path) -> None:
    compiler = BriefCompiler((make_templates(tmp_path / "t", plain=PLAIN),))
    text = read_pdf(compiler.compile("plain.typ", lines_document(*HOSTILE), timestamp=NOON), tmp_path)
    printed = [line.strip() for line in text.splitlines() if line.strip()]
    assert printed == list(HOSTILE)


def test_same_bytes_from_two_folders_and_from_a_reused_compiler(tmp_path: Path) -> None:
    here = make_templates(tmp_path / "here", plain=PLAIN)
    there = tmp_path / "some" / "where" / "else"
    shutil.copytree(here, there)
    first, second = BriefCompiler((here,)), BriefCompiler((there,))
    document = lines_document("One", "Zwei äöü")
    expected = first.compile("plain.typ", document, timestamp=NOON)
    second.compile("plain.typ", lines_document("Something else"), timestamp=NOON)
    assert second.compile("plain.typ", document, timestamp=int(NOON.timestamp())) == expected
    assert first.compile("plain.typ", document, timestamp=0) != expected


def test_a_reused_compiler_forgets_the_last_document(tmp_path: Path) -> None:
    compiler = BriefCompiler((make_templates(tmp_path / "t", plain=PLAIN),))
    compiler.compile("plain.typ", lines_document("secret"), timestamp=NOON)
    assert "secret" not in read_pdf(
        compiler.compile("plain.typ", lines_document("open"), timestamp=NOON), tmp_path
    )


def test_the_first_folder_overrides_single_files(tmp_path: Path) -> None:
    ours = make_templates(
        tmp_path / "ours",
        plain='#import "words.typ": greeting\n#set document(title: "x")\n#greeting',
        words='#let greeting = "ours"',
    )
    theirs = make_templates(tmp_path / "theirs", words='#let greeting = "theirs"')
    compiler = BriefCompiler((theirs, ours))
    assert "theirs" in read_pdf(compiler.compile("plain.typ", "{}", timestamp=NOON), tmp_path)
    assert "ours" in read_pdf(BriefCompiler((ours,)).compile("plain.typ", "{}", timestamp=NOON), tmp_path)


def test_templates_cannot_read_outside_their_folder(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("outside", encoding="utf-8")
    source = '#set document(title: "x")\n#read("../../outside.txt")'
    compiler = BriefCompiler((make_templates(tmp_path / "t", plain=source),))
    with pytest.raises(RenderError, match=r"plain\.typ cannot be compiled"):
        compiler.compile("plain.typ", "{}", timestamp=NOON)


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"pdf/other\.typ"):
        BriefCompiler((make_templates(tmp_path / "t", plain=PLAIN),)).compile(
            "other.typ", "{}", timestamp=NOON
        )


def test_characters_that_no_font_covers_become_tokens(tmp_path: Path) -> None:
    compiler = BriefCompiler((make_templates(tmp_path / "t", plain=PLAIN),))
    document = lines_document("Straße, Ελλάδα, Россия", "before\u4e2d\u6587after", "\U0001f3af")
    text = read_pdf(compiler.compile("plain.typ", document, timestamp=NOON), tmp_path)
    assert "Straße, Ελλάδα, Россия" in text
    assert "before U+4E2D U+6587 after" in text
    assert "U+1F3AF" in text


def test_missing_glyphs_are_named_and_covered_ones_are_not() -> None:
    compiler = BriefCompiler((TEMPLATES,))
    assert compiler.missing_glyphs("Türkiye – “Дракон” x\u0301 →") == ()
    assert compiler.missing_glyphs("a\u4e2db\ue000\U0001f3af") == ("\u4e2d", "\ue000", "\U0001f3af")


def test_addresses_and_metadata_keep_characters_that_are_not_printed() -> None:
    compiler = BriefCompiler((TEMPLATES,))
    given = {"text": "中", "href": "https://example.org/中", "metadata": {"title": "中"}, "rows": [["中"]]}
    shown = json.loads(compiler.coverage.replace(json.dumps(given, ensure_ascii=False)))
    assert shown == {**given, "text": "U+4E2D", "rows": [["U+4E2D"]]}


def test_letters_that_print_alone_but_not_together_do_not_fail_the_build(tmp_path: Path) -> None:
    compiler = BriefCompiler((make_templates(tmp_path / "t", plain=PLAIN),))
    fault = type(
        "Fault", (Exception,), {"diagnostic": 'error: the text `"é\u0324"` could not be displayed'}
    )()
    compiler._learn("plain.typ", lines_document("caf\u00e9\u0324"), fault)  # type: ignore[arg-type]
    assert "\u00e9\u0324" in compiler.coverage.known_missing("caf\u00e9\u0324")
    with pytest.raises(RenderError):
        compiler._learn("plain.typ", lines_document("caf\u00e9\u0324"), fault)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("plain", []),
        ("Ünï", ["Ü", "ï"]),
        ("x\u0301y", ["x\u0301"]),
        ("👩\u200d💻!", ["👩\u200d💻"]),
        ("한국", ["한", "국"]),
    ],
)
def test_clusters_keep_marks_with_their_letter(text: str, clusters: list[str]) -> None:
    assert list(find_clusters(text)) == clusters


def test_named_texts_of_a_diagnostic_are_unescaped() -> None:
    found = find_named(
        'error: the text `"\\u{fffe}"` could not be displayed with font `"Public Sans"`; `"\\""`'
    )
    assert found == {"\ufffe", "Public Sans", '"'}


def test_tokens_stand_apart_from_letters_and_each_other_only() -> None:
    assert replace_clusters("(中文)a中", ("中", "文")) == "(U+4E2D U+6587)a U+4E2D"
