"""Characters that hide or deceive, Markdown out of bounds, sentences, addresses in prose."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatbrief.checks.characters import find_invisible, find_lookalikes
from threatbrief.checks.indicators import find_live
from threatbrief.checks.markdown import MAX_BODY, find_faults
from threatbrief.checks.prose import blank_code, sentences_with
from threatbrief.render.markdown import BodyRenderer
from threatbrief.views.body import BodyView

SOUND_TEXTS = [
    "针对能源行业的网络攻击",
    "การโจมตี साइबर हमला",
    "Łódź Çağrı Straße ế αβγ",
    "می‌خواهم",  # Persian, joined by U+200C
    "क्‍ष",  # Devanagari, with U+200D
    "هجوم إلكتروني على قطاع الطاقة",
    "מתקפת סייבר על מגזר האנרגיה",
    "Кибератака на энергетику, APT28",
    "サイバー攻撃とＡＰＴ１０の関係",
    "사이버 공격",
    "👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️",
    "cafe\u0301 nai\u0308ve",
    "1ª, 2º, x², 10 µs, €5, “so” – it… is ½",
    "Ⅳ",
]


@pytest.mark.parametrize("text", SOUND_TEXTS)
def test_sound_text_of_any_script_is_left_alone(text: str) -> None:
    assert not find_invisible(text)
    assert not list(find_lookalikes(text))


@pytest.mark.parametrize(
    "text",
    [
        "Kim\u200bsuky",
        "Kim\u200dsuky",
        "Kim\u00adsuky",
        "\ufeffKimsuky",
        "Kim\u2060suky",
        "a\u200eb",
        "x\U000e0041",
        "\ue000",
        "a\u3164b",
        "e\u0301\u0302\u0303\u0304\u0305",
        "a\u2028b",
        "a\U000e0100",
    ],
)
def test_invisible_characters_are_found(text: str) -> None:
    assert find_invisible(text)


@pytest.mark.parametrize(
    "text",
    [
        "K\u0456msuky",
        "\u0410PT28",
        "La\u03b6arus",
        "The group \u0430\u0440\u0440\u04cf\u0435 is named here, among Latin words",
        "\U0001d40aimsuky",
        "\uff2bimsuky",
        "\u24c0imsuky",
        "k\u0269msuky",
    ],
)
def test_lookalikes_are_found(text: str) -> None:
    assert list(find_lookalikes(text))


HOSTILE = {
    "quotes": ">" * 5000 + " x",
    "spaced quotes": "> " * 300 + "x",
    "lists": "\n".join("    " * i + "- x" for i in range(300)),
    "tabs": "\n".join("\t" * i + "- x" for i in range(300)),
    "brackets": "[" * 20_000,
    "balanced brackets": "[" * 5000 + "]" * 5000,
    "links": "[a](b" * 5000,
    "record links": "[[a|" * 5000,
    "titles": "[a](<" * 5000,
    "headings": "# x\n" * 20_000,
    "rules": "***\n" * 20_000,
    "fences": "```a\n" * 20_000,
    "tildes": "~~~~\n" + "```a\n" * 20_000,
    "stars": "*a **b " * 12_000,
    "underscores": "*_" * 45_000,
    "ticks": "`" + "`x" * 40_000,
    "growing ticks": "".join("`" * i + "x" for i in range(1, 420)),
    "entities": "&#x41;" * 15_000,
    "escapes": "\\*" * 45_000,
    "paragraphs": "x\n\n" * 30_000,
    "references": "".join(f"[r{i}]: http://x/{i}\n" for i in range(4000)),
    "table": "|a" * 1000 + "|\n" + "|-" * 1000 + "|\n" + ("|x" * 1000 + "|\n") * 20,
    "long line": "word " * 200_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_markdown_is_refused_or_renders_in_seconds(name: str) -> None:
    body = HOSTILE[name]
    start = time.process_time()
    refused = list(find_faults(body, blank_code(body)))
    assert time.process_time() - start < 2
    if not refused:
        assert len(body) <= MAX_BODY
        BodyRenderer().html(BodyView(body), "")
    assert time.process_time() - start < 10


def test_an_ordinary_body_is_within_bounds() -> None:
    paragraph = "It [happened](https://one.example/) (so) [@one] and [[x|y]]. " * 12
    body = (
        f"## Head\n\n{paragraph}\n\n* a\n    * b\n        * c\n\n> q\n> > r\n\n```\n{'[' * 100}\n```\n" * 10
    )
    assert not list(find_faults(body, blank_code(body)))


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("a `[@b]` c [@d]", "a        c [@d]"),
        ("```\n[@a]\n```\n[@b]", "   \n    \n   \n[@b]"),
        ("~~~ x\n[@a]\n~~~\n[@b]", "     \n    \n   \n[@b]"),
        ("``a ` [@b]`` [@c]", "             [@c]"),
        ("lone ` tick [@a]\n\nand ` another [@b]", "lone ` tick [@a]\n\nand ` another [@b]"),
        ("```\nnever closed [@a]", "```\nnever closed [@a]"),
    ],
)
def test_code_is_blanked_and_nothing_else(body: str, left: str) -> None:
    assert blank_code(body) == left


@given(st.text(alphabet="`~ \na[@]", max_size=120))
def test_blanking_moves_nothing(body: str) -> None:
    blanked = blank_code(body)
    assert len(blanked) == len(body)
    assert all(new in (old, " ") for old, new in zip(body, blanked, strict=True))
    assert [i for i, c in enumerate(body) if c == "\n"] == [i for i, c in enumerate(blanked) if c == "\n"]


def test_sentences_with_a_word() -> None:
    text = "First. We say so with confidence [@a]. And\nagain, Confidence!\n\nNo more."
    assert [sentence.strip() for _, sentence in sentences_with("confidence", text)] == [
        "We say so with confidence [@a].",
        "And\nagain, Confidence!",
    ]
    assert [text[start:].split()[0] for start, _ in sentences_with("confidence", text)] == ["We", "And"]


@pytest.mark.parametrize(
    ("text", "live"),
    [
        ("see http://evil.example/x.", ["http://evil.example/x."]),
        ("a@evil.example and 198.51.100.7", ["a@evil.example", "198.51.100.7"]),
        ("[a page](https://one.example/) and <https://two.example/>", []),
        ("[a]: https://one.example/\n", []),
        ("hxxp://evil[.]example, 198[.]51.100.7, a[@]evil[.]example", []),
        ("version 1.2.3.4567, 10.0.19041.1415 and section 4.3.2.1.5", []),
        ("evil.example is ours, notevil.example and evil.example.org are not", ["evil.example"]),
        ("a citation [@one.two] is none", []),
    ],
)
def test_live_addresses_in_prose(text: str, live: list[str]) -> None:
    assert [shown for _, shown in find_live(text, ("evil.example",))] == live
