"""A record as its file's text: YAML front matter as a curator would type it, then the narrative."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,.'+/@_-]|:(?=[^ ])|\((?=.)|\))*\Z")
_WIDTH: Final = 110


def record_text(front: Mapping[str, Any], body: str) -> str:
    """The file of one record. Keys with nothing behind them are left out."""
    lines = ["---"]
    for key, value in front.items():
        if value not in (None, [], {}, ""):
            lines.extend(_entry(key, value, ""))
    return "\n".join([*lines, "---", body])


def _entry(key: str, value: Any, indent: str) -> list[str]:
    """One key with its value, on one line where it fits."""
    flow = _flow(value)
    if flow is not None and len(indent) + len(key) + len(flow) + 2 <= _WIDTH:
        return [f"{indent}{key}: {flow}"]
    if isinstance(value, str):
        return [f"{indent}{key}: >-", *_fold(value, indent + "  ")]
    if isinstance(value, Mapping):
        return [f"{indent}{key}:", *_mapping(value, indent + "  ")]
    return [f"{indent}{key}:", *(line for row in value for line in _row(row, indent + "  "))]


def _mapping(value: Mapping[str, Any], indent: str) -> list[str]:
    return [line for key, entry in value.items() for line in _entry(key, entry, indent)]


def _row(row: Any, indent: str) -> list[str]:
    """One row of a list: `- text`, or its keys below each other behind the dash."""
    if not isinstance(row, Mapping):
        return [f"{indent}- {_scalar(str(row))}"]
    first, *rest = _mapping(row, indent + "  ")
    return [f"{indent}- {first.removeprefix(indent + '  ')}", *rest]


def _fold(text: str, indent: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(indent) + len(lines[-1]) + len(word) >= _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [indent + line for line in lines]


def _flow(value: Any) -> str | None:
    """A value on one line: scalars, lists of scalars, small mappings of scalars. None for the rest."""
    if isinstance(value, str | int):
        return _scalar(str(value))
    if isinstance(value, Mapping):
        entries = {key: _flow(entry) for key, entry in value.items()}
        if len(entries) > 2 or None in entries.values():
            return None
        return "{" + ", ".join(f"{key}: {entry}" for key, entry in entries.items()) + "}"
    if all(isinstance(entry, str) and "," not in entry for entry in value):
        return "[" + ", ".join(_scalar(entry) for entry in value) + "]"
    return None


def _scalar(text: str) -> str:
    is_plain = _PLAIN.match(text) and text.lower() != "null"
    return text if is_plain else json.dumps(text, ensure_ascii=False)
