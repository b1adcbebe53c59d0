"""What the last run found in each record, so that only records which changed are judged again.

It quotes every marking and is read with pickle: like the cache of records it lies in a folder that only
its user may read.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from threatbrief.diagnostics import Diagnostic
from threatbrief.model import Actor, Incident, Record
from threatbrief.store import unpickle, write_whole


class Findings(NamedTuple):
    """What was found in one record, and the codes of its silences that were of use."""

    found: tuple[Diagnostic, ...] = ()
    used: tuple[str, ...] = ()


NONE = Findings()


@dataclass
class FindingsMemo:
    """The findings of the last run under the same stamp (one line): code, severities, the day, fonts."""

    file: Path
    stamp: str
    _old: dict[str, tuple[str, Findings]] = field(default_factory=dict)
    _new: dict[str, tuple[str, Findings]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with contextlib.suppress(OSError):
            stamp, _, known = self.file.read_bytes().partition(b"\n")
            if stamp == self.stamp.encode():  # other code may have pickled what this one cannot read
                self._old = unpickle(known) or {}

    def recall(self, record: Record, roster: str) -> Findings | None:
        """What was found in the same bytes beside the same roster."""
        key, found = self._old.get(record.origin.path, ("", NONE))
        return found if key == _key(record, roster) else None

    def learn(self, record: Record, roster: str, found: Findings) -> None:
        """Note what was found; nothing of a record whose check looks at other files than its own."""
        if not (isinstance(record, Incident) and record.figures):
            self._new[record.origin.path] = (_key(record, roster), NONE if found == NONE else found)

    def save(self) -> None:
        """Write what this run found. What cannot be written is left: the next run judges all anew."""
        if self._new != self._old:
            write_whole(self.file, self.stamp.encode() + b"\n" + pickle.dumps(self._new, 5))


def roster_of(records: Iterable[Record]) -> str:
    """A digest of all that a check of one record may know of others: ids, markings, states; and the whole
    of every actor, for their names are claims of many."""
    found = hashlib.sha256()
    for record in records:
        origin = record.origin
        parts = [type(record).__name__, record.id, record.tlp.value, record.status.value]
        parts += [str(origin.is_sound(name)) for name in ("id", "tlp", "status")]
        if isinstance(record, Actor):
            parts.append(origin.digest)
        found.update("\0".join(parts).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _key(record: Record, roster: str) -> str:
    return f"{record.origin.digest}{roster}"
