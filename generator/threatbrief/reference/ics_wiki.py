"""ATT&CK for ICS as MISP holds it: the wiki of 2020, with its three-digit ids and its slips.

Checked against the official ATT&CK for ICS 8.0: the same 81 techniques, names and tactics. Where
MISP's two clusters disagree, its tactic cluster is right; what both lack stands here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from threatbrief.reference.matrices import TACTICS, sort_tactics
from threatbrief.reference.model import Technique

_LISTED_IN_TACTIC: Final = "Techniques in this Tactics Category"
_WRONG_IDS: Final = {"Default Credentials": "T0812"}
"""MISP gives it the id of Data from Information Repositories."""

_MISSING_TACTICS: Final = {"Module Firmware": "Persistence"}

_ICS_TACTICS: Final = {tactic.name: tactic.shortname for tactic in TACTICS if tactic.domain == "ics"}


def read_ics_techniques(
    techniques: list[dict[str, Any]], tactics: list[dict[str, Any]]
) -> Iterator[Technique]:
    """The techniques of MISP's clusters mitre-ics-techniques and mitre-ics-tactics, under four-digit ids."""
    ids, columns = _read_columns(tactics)
    unlisted = _ICS_TACTICS.keys() - {tactic["value"] for tactic in tactics}
    for entry in techniques:
        name = entry["value"]
        ids.setdefault(name, _WRONG_IDS.get(name) or _widen_id(entry["meta"]["Technique ID"][0]))
        # The cluster separates tactics by commas, blanks or nothing.
        claimed = " ".join(entry["meta"]["Tactic"])
        columns[name] |= {tactic for tactic in unlisted if tactic in claimed}
        columns[name] |= {_MISSING_TACTICS[name]} if name in _MISSING_TACTICS else set()
    for name, attack_id in ids.items():
        shortnames = (_ICS_TACTICS[tactic] for tactic in columns[name])
        yield Technique(attack_id, name, ("ics",), sort_tactics(shortnames, ("ics",), TACTICS))


def _read_columns(tactics: list[dict[str, Any]]) -> tuple[dict[str, str], defaultdict[str, set[str]]]:
    """Technique name → id, and technique name → names of the tactics that list it."""
    ids: dict[str, str] = {}
    columns: defaultdict[str, set[str]] = defaultdict(set)
    for tactic in tactics:
        for line in tactic["meta"][_LISTED_IN_TACTIC]:
            name, address = line.rsplit(" ", 1)
            ids[name] = _widen_id(address.rpartition("/")[2])
            columns[name].add(tactic["value"])
    return ids, columns


def _widen_id(attack_id: str) -> str:
    """`T802`, as ATT&CK for ICS first wrote it, is `T0802` today."""
    return f"T{attack_id.removeprefix('T').zfill(4)}"
