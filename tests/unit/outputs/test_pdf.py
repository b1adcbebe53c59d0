"""PDF briefs: what they say, that they are tagged as the standards ask, and that nothing runs off."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import pytest

from threatbrief.build.artifact import Artifact
from threatbrief.config import Colours, SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.outputs.pdf import PdfOutput
from threatbrief.outputs.pdf_documents import brief_document, level_headings
from threatbrief.records.load import load
from threatbrief.render.engine import Engine

TEMPLATES = Path(__file__).parents[3] / "templates"
SITE = SiteConfig.model_validate(
    {
        "site_name": "Threat Briefs",
        "site_url": "https://example.org/briefs/",
        "publisher": {"name": "Example CERT", "disclaimer": "As is."},
    }
)
HASH = "0123456789abcdef" * 4
LONG_URL = "https://evil.example.com/" + "/".join(f"{n:x}" * 9 for n in range(1, 24)) + "?q=" + "0f" * 40
FILE_NAME = "invoice_final-v2.of_the_quarter_" + "x" * 60 + ".docm"
HOSTILE = '#import "x" $y$ *z* #read("/etc/passwd") [w] \\v // u @t <s>'

RECORD = f"""---
id: TB-2019-7K3Q
title: {json.dumps("Court hands over domains " + HOSTILE)}
tlp: AMBER+STRICT
status: published
published: 2026-11-22T09:00:00Z
kind: takedown
occurred: {{from: 2010, to: 2019-12}}
disclosed: 2019-12-30
summary: A court let a company take domains.
key_points: [First point., Second point.]
attribution:
  - {{named: Thallium, by: Microsoft, sources: [ms], credibility: 2, note: Its own name.}}
  - {{named: APT37, by: press reports, sources: [press], credibility: 4}}
response: [{{kind: domain-seizure, by: Microsoft, date: 2019-12-27, detail: 50 domains, sources: [ms]}}]
targets: {{sectors: [government], countries: [US, JP]}}
techniques:
  - {{id: T1566.002, basis: reported, note: A lure with a link., sources: [ms]}}
  - {{id: T1078, basis: mapped, sources: [ms]}}
  - {{id: T1036.005, basis: group-profile, sources: [press]}}
timeline:
  - {{date: 2010, event: Activity begins., sources: [ms]}}
  - {{date: 2019-12-18, event: The complaint is filed., sources: [ms]}}
indicators:
  - {{type: url, value: {json.dumps(LONG_URL)}, use: detect, state: active, sources: [ms]}}
  - {{type: sha256, value: "{HASH}", use: context, state: unknown, sources: [ms]}}
  - {{type: file-name, value: {json.dumps(FILE_NAME)}, use: context, state: unknown, sources: [ms]}}
recommendations: [{{text: Use a second factor., mitigation: M1032}}]
revisions: [{{at: 2026-12-01T10:00:00Z, kind: correction, note: A number was wrong.}}]
sources:
  ms: {{publisher: Microsoft, title: The post, url: "https://example.com/post", date: 2019, reliability: B}}
  press: {{publisher: Tweakers, title: Een bericht, language: nl, reliability: C}}
---
#### A heading that skips levels

Text with citations [@ms] [@press] and `{HASH}`.

## {HOSTILE.replace("<", "&lt;")}

| A | B | C | D | E | F | G |
|---|---|---|---|---|---|---|
| internationalisation | {HASH} | c | d | e | f | {HASH} |

- one
    - two

```
#import "code" {HASH}
```
"""
SMALLEST = """---
id: TB-2020-0001
title: The least that is valid
tlp: CLEAR
kind: takedown
status: published
published: 2020-01-02
disclosed: 2020
summary: One sentence.
---
"""
WITHDRAWN = SMALLEST.replace("0001", "0002").replace(
    "status: published", "status: withdrawn\nreason: It was wrong."
)


def knowledge(*records: str) -> KnowledgeBase:
    with TemporaryDirectory() as folder:
        (Path(folder) / "incidents").mkdir()
        for number, text in enumerate(records):
            (Path(folder) / "incidents" / f"{number}.md").write_text(text, encoding="utf-8")
        kb, found = load(Path(folder))
    assert found == ()
    return kb


def plan(kb: KnowledgeBase, **changes: Any) -> list[Artifact]:
    return list(PdfOutput().plan(kb, SITE.model_copy(update=changes)))


def render(artifact: Artifact) -> bytes:
    return PdfOutput().render(artifact, Engine((TEMPLATES,)))


@pytest.fixture(scope="module")
def brief() -> bytes:
    return render(plan(knowledge(RECORD))[0])


def run_poppler(content: bytes, *options: str) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(
        ["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode(errors="replace")  # poppler halves an emoji of the metadata


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_plans_one_brief_an_incident_where_the_site_wants_them() -> None:
    kb = knowledge(RECORD, SMALLEST)
    briefs = ["incidents/tb-2020-0001/brief.pdf", "incidents/tb-2019-7k3q/brief.pdf"]
    assert [str(a.path) for a in plan(kb, digests=())] == briefs
    assert [str(a.path) for a in plan(kb)] == [
        *briefs,
        *(f"digests/{name}.pdf" for name in ("2026-11", "2020-01", "2026-Q4", "2020-Q1", "2026", "2020")),
    ]
    assert plan(kb, pdf=False) == []


def test_prints_the_record_in_reading_order_and_as_typed(brief: bytes) -> None:
    text = squeezed(run_poppler(brief, "-raw"))
    expected = (
        HOSTILE,
        "A court let a company take domains.",
        "First point.",
        "Thallium or APT37?",
        "A heading that skips levels",
        "The complaint is filed.",
        "T1566.002",
        "A lure with a link.",
        "Use a second factor.",
        "Een bericht",
        "A number was wrong.",
        "https://example.org/briefs/incidents/tb-2019-7k3q/",
    )
    at = 0
    for part in expected:
        at = text.find(squeezed(part), at)
        assert at >= 0, part


def test_likelihood_and_confidence_stand_in_sentences_apart() -> None:
    record = RECORD.replace(
        "response:",
        "assessment: {actor: kimsuky, confidence: low, likelihood: very likely, why: So.}\nresponse:",
    )
    view = plan(knowledge(record))[0].view
    assert "very likely" in view.assessed
    assert "low" not in view.assessed.split()
    assert view.confidence == "Our confidence in this is low."


def test_indicators_are_defanged_and_gain_no_character(brief: bytes) -> None:
    text = squeezed(run_poppler(brief, "-raw"))
    shown = LONG_URL.replace("https", "hxxps", 1).replace("evil.example.com", "evil[.]example[.]com")
    assert shown in text
    assert HASH in text
    assert FILE_NAME in text
    assert LONG_URL not in text
    assert not re.search("[\u200b\u00ad\u2060\ufeff]", run_poppler(brief))


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_every_word_lies_within_the_margins_and_no_page_is_blank(paper: str) -> None:
    content = render(plan(knowledge(RECORD), paper=paper)[0])
    pages = list(read_boxes(run_poppler(content, "-bbox")))
    assert len(pages) > 1
    for width, words in pages:
        assert len(words) > 20
        outside = [word for word in words if word[0] < 61.3 or word[1] > width - 61.3]
        assert outside == []
    assert pages[0][0] == pytest.approx(595.3 if paper == "a4" else 612, abs=0.5)


def read_boxes(boxes: str) -> Iterator[tuple[float, list[tuple[float, float, str]]]]:
    """The width of each page, and the left and right edges of its words."""
    for page in boxes.split("<page ")[1:]:
        width = float(re.match(r'width="([\d.]+)"', page).group(1))  # type: ignore[union-attr]
        found = re.findall(r'xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)" yMax="[-\d.]+">([^<]*)<', page)
        yield width, [(float(left), float(right), word) for left, right, word in found]


def test_is_tagged_and_says_what_it_is(brief: bytes) -> None:
    with pikepdf.open(io.BytesIO(brief)) as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
            assert HOSTILE in str(metadata["dc:title"])
            assert "TLP:AMBER+STRICT" in str(metadata["pdf:Keywords"])
        with pdf.open_outline() as outline:
            heads = [entry.title for entry in outline.root[0].children]
        expected = "Narrative|Timeline|Techniques|Indicators|Response|What to do|Sources|Revision log"
        assert "|".join(heads[1:]) == expected
        tags = list(structure_tags(root.StructTreeRoot))
    assert {"H1", "H2", "H3", "Table", "TH", "TD", "L", "LI", "Figure", "Link"} <= {tag for tag, _ in tags}
    assert all(alt for tag, alt in tags if tag == "Figure")
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"H\d", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def structure_tags(node: Any) -> Iterator[tuple[str, str]]:
    """Every structure element's type and alternative text, in order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from structure_tags(child)
    elif isinstance(node, pikepdf.Dictionary) and ("/S" in node or "/K" in node):
        if "/S" in node:
            yield str(node.S)[1:], str(node.get("/Alt", ""))
        yield from structure_tags(node.get("/K"))


def test_citations_lead_to_the_source_and_back(brief: bytes) -> None:
    with pikepdf.open(io.BytesIO(brief)) as pdf:
        links = [
            annotation
            for page in pdf.pages
            for annotation in page.get("/Annots", [])
            if annotation.Subtype == "/Link"
        ]
        inner = [link for link in links if "/Dest" in link or "/D" in link.get("/A", {})]
        uris = {str(link.A.URI) for link in links if "/URI" in link.get("/A", {})}
    assert len(inner) > 10
    assert "https://example.com/post" in uris
    assert not any("evil" in uri for uri in uris)
    assert "citedonp.1" in squeezed(run_poppler(brief, "-raw"))


def test_the_label_stands_at_the_right_of_head_and_foot_in_12_points(brief: bytes) -> None:
    pages = run_poppler(brief, "-bbox").split("<page ")[1:]
    for page in pages:
        found = re.findall(
            r'xMin="[-\d.]+" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">TLP:AMBER\+STRICT<', page
        )
        at_right = [(float(top), float(bottom)) for top, right, bottom in found if float(right) > 520]
        assert any(top < 60 for top, _ in at_right)
        assert any(bottom > 770 for _, bottom in at_right)
        assert all(bottom - top >= 12 for top, bottom in at_right)


def test_the_same_bytes_twice_and_from_another_folder(brief: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "another" / "checkout" / "templates"
    shutil.copytree(TEMPLATES / "pdf", copy / "pdf")
    artifact = plan(knowledge(RECORD))[0]
    assert PdfOutput().render(artifact, Engine((copy,))) == brief


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10"/></svg>'


def test_bears_the_logo_and_the_accent_of_the_publisher(brief: bytes, tmp_path: Path) -> None:
    (tmp_path / "own.svg").write_text(LOGO, encoding="utf-8")
    accent = Colours(accent="#1a5276")
    artifact = plan(knowledge(RECORD), logo="logo.12345678.svg", colours=accent)[0]
    engine = Engine((TEMPLATES,), images=(("logo.12345678.svg", tmp_path / "own.svg"),))
    content = PdfOutput().render(artifact, engine)
    assert content != brief
    with pikepdf.open(io.BytesIO(content)) as pdf:
        alts = {alt for tag, alt in structure_tags(pdf.Root.StructTreeRoot) if tag == "Figure"}
        colours = {page.Contents.read_bytes().count(b"0.1019") > 0 for page in pdf.pages}
    assert "QR code of https://example.org/briefs/incidents/tb-2019-7k3q/" in alts
    assert True in colours


def test_the_least_record_has_no_empty_section() -> None:
    text = run_poppler(render(plan(knowledge(SMALLEST))[0]))
    for head in ("Timeline", "Techniques", "Indicators", "Sources", "Narrative", "What to do", "Response"):
        assert head not in text


def test_a_withdrawn_brief_is_a_notice_without_its_content() -> None:
    content = render(plan(knowledge(WITHDRAWN))[0])
    text = run_poppler(content)
    assert "It was wrong." in text
    assert "One sentence" not in text
    with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_metadata() as metadata:
        assert "least" not in str(metadata)
        assert metadata["dc:title"] == "TB-2020-0002: withdrawn"


def test_nodes_of_an_unknown_type_give_their_text() -> None:
    artifact = plan(knowledge(SMALLEST))[0]
    tree = (
        {"t": "aside", "c": ({"t": "text", "text": "Unknown block"},)},
        {"t": "p", "c": ({"t": "sparkle", "c": ({"t": "text", "text": "unknown inline"},)}, {"t": "void"})},
        {"t": "deflist", "items": (({"t": "p", "c": ({"t": "text", "text": "nested"},)},),)},
    )
    document = brief_document(artifact.view, tree)
    text = run_poppler(Engine((TEMPLATES,)).typst.compile("brief.typ", document, timestamp=0))
    assert "Unknown block" in text
    assert "unknown inline" in text
    assert "nested" in text


def test_heading_levels_skip_none_and_empty_headings_go() -> None:
    def head(level: int, text: str = "x") -> dict[str, Any]:
        return {"t": "h", "level": level, "c": ({"t": "text", "text": text},)}

    levelled = level_headings((head(3), head(5), head(5, " "), {"t": "quote", "c": (head(6),)}, head(1)))
    flat = [*levelled[:2], levelled[2]["c"][0], levelled[3]]
    assert [node["level"] for node in flat] == [1, 2, 3, 1]


def test_addresses_with_more_than_ascii_are_encoded() -> None:
    record = RECORD.replace("https://example.com/post", "https://example.com/한국")
    artifact = plan(knowledge(record))[0]
    source = json.loads(brief_document(artifact.view, ()))["incident"]["sources"][0]
    assert source["href"] == "https://example.com/%ED%95%9C%EA%B5%AD"
