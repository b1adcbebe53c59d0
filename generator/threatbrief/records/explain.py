"""What validation found wrong with a record, as diagnostics in the curator's words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from threatbrief.diagnostics import Diagnostic
from threatbrief.model import Origin, Record

_FUNCTION: Final = re.compile(r"function-|tagged-|nullable")
_LONGEST: Final = 60
_MISSING_HINTS: Final = {
    "tlp": "state the label: tlp: CLEAR (or GREEN, AMBER, AMBER+STRICT, RED); none is assumed",
    "id": "mint one with `threatbrief new`",
    "why": "give the reasons, so that a reader can weigh them",
    "basis": "write basis: reported (a source says it), mapped (your reading) or group-profile",
    "by": "name who says so",
}
_KEY_HINTS: Final = {
    (
        "attribution",
        "likelihood",
    ): "a claimant's likelihood is quoted: stated: very likely, if they stated one",
    ("attribution", "confidence"): "confidence belongs to our own assessment; a claim has credibility 1 to 6",
    ("attribution", "actor"): "write named: the name that the claimant uses",
    ("assessment", "credibility"): "credibility belongs to claims; an assessment has a confidence",
    ("sources", "grade"): "write reliability: A to F here, and credibility: 1 to 6 on the claim",
    ("sources", "credibility"): "credibility belongs to the claim, not to the source",
}
_TYPE_HINTS: Final = {
    "string_type": "write text",
    "tuple_type": "write a list: [a, b]",
    "model_type": "write keys and values",
    "dict_type": "write keys and values",
    "int_parsing": "write a whole number",
    "string_pattern_mismatch": "write the identifier as its standard spells it",
    "greater_than_equal": "write a number of the scale",
    "less_than_equal": "write a number of the scale",
}
_NOT_TECHNIQUES: Final = {
    "TA": "a tactic",
    "G": "a group",
    "S": "software",
    "M": "a mitigation",
    "C": "a campaign",
}


def explain_fault(
    model: type[Record], row: ErrorDetails, origin: Origin, front: Mapping[str, Any]
) -> Diagnostic:
    """One of pydantic's errors as a diagnostic."""
    location = tuple(p for p in row["loc"] if isinstance(p, int) or not _FUNCTION.match(p))
    if location[:1] == ("occurred",) and isinstance(front.get("occurred"), str):
        location = ("occurred",)
    span = origin.span(*location)
    name = _name_key(location, front)
    kind, given = row["type"], row.get("input")
    if kind == "extra_forbidden":
        hint = _of_unknown_key(model, location)
        return Diagnostic("S101", "error", span, f"unknown key {name}", hint)
    if kind == "missing":
        hint = _MISSING_HINTS.get(str(location[-1]), f"add {location[-1]}: …")
        return Diagnostic("S102", "error", origin.span(*location[:-1]), f"{name} is missing", hint)
    if kind in ("enum", "literal_error"):
        words = str(row.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        return Diagnostic(
            "S103", "error", span, f"{name}: {quote(given)} is not known here", _nearest(given, words)
        )
    if kind == "value_error":
        message, _, hint = str(row["msg"]).removeprefix("Value error, ").partition("; ")
        code = "D101" if re.search(r"\b(?:date|instant)\b", message.rpartition("'")[2]) else "S104"
        return Diagnostic(code, "error", span, f"{name}: {_shorten(message)}", hint)
    hint = _of_identifier(location, given) or _TYPE_HINTS.get(kind, "see the record format")
    return Diagnostic("S104", "error", span, f"{name}: {quote(given)}: {_rule(row)}", hint)


def _rule(row: ErrorDetails) -> str:
    """What pydantic demanded, without patterns that nobody reads."""
    if row["type"] == "string_pattern_mismatch":
        return "is not of the form that is meant here"
    return str(row["msg"]).lower().replace("input should be", "this is to be").replace("a valid ", "a ")


def _of_unknown_key(model: type[Record], location: tuple[Any, ...]) -> str:
    known = _known_keys(model, location[:-1])
    given = str(location[-1])
    if (location[0], given) in _KEY_HINTS:
        return _KEY_HINTS[str(location[0]), given]
    close = difflib.get_close_matches(given.casefold(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"


def _nearest(given: object, words: list[str]) -> str:
    """The word that is meant, however it is capitalised or prefixed; else all of them."""
    folded = {word.casefold(): word for word in words}
    sought = str(given).casefold().removeprefix("tlp:").replace("_", "-").replace(" ", "-")[:100]
    close = difflib.get_close_matches(sought, folded, n=1, cutoff=0.6)
    return f"did you mean {folded[close[0]]}?" if close else f"write one of: {', '.join(words)}"


def _of_identifier(location: tuple[Any, ...], given: object) -> str:
    """What an ATT&CK id in the place of a technique's is."""
    if len(location) != 3 or (location[0], location[2]) != ("techniques", "id") or not isinstance(given, str):
        return ""
    match = re.fullmatch(r"(TA|[GSMC])\d{4}", given)
    if match:
        return f"{given} is {_NOT_TECHNIQUES[match.group(1)]}; write a technique such as T1566.002"
    return "write an ATT&CK technique such as T1566 or T1566.002"


def quote(given: object) -> str:
    """A value as a message shows it, however long it is."""
    if given is None:
        return "nothing"
    if not isinstance(given, str):
        return {"list": "a list", "tuple": "a list", "dict": "a mapping"}.get(
            type(given).__name__, type(given).__name__
        )
    return repr(given[:_LONGEST] + "…") if len(given) > _LONGEST else repr(given)


def _shorten(message: str) -> str:
    """A message that quotes a long value, with the middle left out."""
    return message if len(message) < 300 else f"{message[:_LONGEST]}…{message[-100:]}"


def _name_key(location: tuple[Any, ...], front: Mapping[str, Any]) -> str:
    """`sources.ms.url`, `techniques[2].id`: a key as a curator would point to it."""
    name = ""
    for index, part in enumerate(location):
        if isinstance(part, int):
            identity = {"sources": "id", "silence": "code"}.get(str(location[0])) if index == 1 else None
            rows = front.get(str(location[0]))
            row = rows[part] if identity and isinstance(rows, list) and part < len(rows) else None
            name += f".{row[identity]}" if isinstance(row, dict) and identity in row else f"[{part + 1}]"
        else:
            name += f".{part}" if name else str(part)
    return _shorten(name)


def _known_keys(model: type[Any], location: tuple[Any, ...]) -> list[str]:
    """The keys that the model at a location knows, aliases as a curator writes them."""
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        inner = _find_model(annotation)
        if inner is None:
            return []
        model = inner
    hidden = {"body", "origin"} | ({"id"} if model.__name__ == "Source" else set())
    return [f.alias or name for name, f in model.model_fields.items() if name not in hidden]


def _find_model(annotation: Any) -> type[Any] | None:
    if hasattr(annotation, "model_fields"):
        return annotation  # type: ignore[no-any-return]
    for argument in getattr(annotation, "__args__", ()):
        if found := _find_model(argument):
            return found
    return None
