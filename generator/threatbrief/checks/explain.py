"""The checks in words, for `threatbrief explain` and `check --list`."""

from __future__ import annotations

from threatbrief.checks.registry import CHECKS, CODES
from threatbrief.checks.spelling import suggest
from threatbrief.errors import ConfigError

_WHEN = {
    "F": "while the file is read",
    "S": "while the record is validated",
    "C": "of the record's own silences",
    "H": "by `threatbrief check --against`",
}


def explain(code: str) -> str:
    """What a code means, why it exists and what to do; ConfigError if there is none, with the nearest."""
    rule = CODES.get(code.strip().upper())
    if rule is None:
        near = suggest(code.strip(), CODES)
        raise ConfigError(f"there is no check {code!r}; {near or '`threatbrief check --list` has all'}")
    lines = [f"{rule.code} {rule.name} ({rule.severity})", "", rule.why]
    if rule.hint:
        lines += ["", f"What to do: {rule.hint}."]
    if rule.code[0] in _WHEN:
        lines += ["", f"Found {_WHEN[rule.code[0]]}."]
    if rule.firm:
        lines += ["", "It can be neither silenced nor made milder."]
    else:
        lines += [
            "",
            "To accept it in one record, say why:",
            "",
            "    silence:",
            f"      {rule.code}: the reason",
        ]
    return "\n".join(lines)


def list_checks() -> str:
    """Every check on one line: code, severity, name, why."""
    width = max(len(rule.name) for rule in CHECKS)
    return "\n".join(f"{r.code}  {r.severity:7}  {r.name:{width}}  {r.why}" for r in CHECKS)
