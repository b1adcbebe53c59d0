"""A record that is far too large, in many scripts, for what must hold of any PDF."""

from __future__ import annotations

import json
from typing import Any, Final

from threatbrief.reference import load_reference

SCRIPTS: Final = (
    "Группа атаковала министерства. Η ομάδα επιτέθηκε σε υπουργεία. 北朝鮮の攻撃者。 공격자. هجوم إلكتروني."
)
EMOJI: Final = "Signs: 🙂 👩🏽‍💻 🏴‍☠️."
WORDS: Final = tuple(
    "the intruders kept to the mail servers and left the controllers alone for weeks".split()
)


def long_url(number: int) -> str:
    """A URL of 300 characters, unlike any other."""
    start = f"https://host-{number}.example.net/"
    parts = "/".join(f"{number * 7919 + n:09x}" for n in range(40))
    return (start + parts)[:300]


def indicators() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"type": "url", "value": long_url(n), "use": "detect", "state": "active", "sources": ["s1"]}
        for n in range(100)
    ]
    rows += [
        {"type": "sha256", "value": f"{n:064x}", "use": "context", "state": "unknown", "sources": ["s2"]}
        for n in range(1, 101)
    ]
    return rows


def record() -> str:
    """200 indicators, 60 techniques, 40 sources, a narrative of 5,000 words with all that Markdown has."""
    known = load_reference().technique
    techniques = [id_ for n in range(1001, 1700) if known(id_ := f"T{n}")][:60]
    front = {
        "id": "TB-2024-0001",
        "title": "A record that tries everything at once",
        "tlp": "CLEAR",
        "status": "published",
        "kind": "campaign",
        "published": "2024-06-01T00:00:00Z",
        "disclosed": "2024-05",
        "summary": f"{SCRIPTS} {EMOJI}",
        "key_points": [f"Point {n}: {' '.join(WORDS)}." for n in range(5)],
        "techniques": [
            {"id": id_, "basis": "reported", "note": " ".join(WORDS), "sources": [f"s{n % 40 + 1}"]}
            for n, id_ in enumerate(techniques)
        ],
        "indicators": indicators(),
        "timeline": [
            {"date": f"20{n:02d}-0{n % 9 + 1}", "event": " ".join(WORDS), "sources": ["s3"]}
            for n in range(10, 24)
        ],
        "sources": {
            f"s{n}": {"publisher": f"Publisher {n}", "title": SCRIPTS, "url": long_url(n), "reliability": "B"}
            for n in range(1, 41)
        },
    }
    return f"---\n{json.dumps(front, ensure_ascii=False, indent=1)}\n---\n{body()}"


def body() -> str:
    """About 5,000 words."""
    parts = []
    for n in range(20):
        text = " ".join(WORDS[(n + k) % len(WORDS)] for k in range(230))
        parts.append(f"## Section {n}\n\n{text} [@s{n + 1}] [@s{n + 2}].")
    parts.append("- one\n    - two\n        - three\n            - four\n\n1. first\n    1. second\n")
    head = "|".join(f"Column {n}" for n in range(9))
    row = "|".join(f"internationalisation-{n}" for n in range(9))
    parts.append(f"|{head}|\n|{'---|' * 9}\n|{row}|\n|{row}|")
    parts.append(f"> {SCRIPTS}\n\n```\n{'0123456789abcdef' * 20}\n```\n\n{EMOJI}")
    return "\n\n".join(parts) + "\n"
