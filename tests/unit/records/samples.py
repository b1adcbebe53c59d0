"""Record files for the tests of reading and marking."""

from __future__ import annotations

from pathlib import Path
from typing import Final

INCIDENT: Final = """---
id: TB-2024-0001
title: A takedown
tlp: CLEAR
status: published
kind: takedown
disclosed: 2024-03-02
summary: One sentence.
sources:
  one: {publisher: P, title: T, url: "https://one.example/", date: 2024}
---
Text [@one].
"""


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
