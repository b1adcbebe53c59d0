"""What a view reads of the knowledge base, written down while it is made.

A view that was made from the same records, through the same questions with the same answers, is the
same view: that is how an incremental build knows what it need not make again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import Any, Final, NamedTuple, cast

from pydantic import BaseModel

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, recent
from threatbrief.model import Actor, Incident, Record, Software

Question = tuple[str | int, ...]
"""What was asked: by which route ("" or "listed"), which accessor, and with what."""

Overheard = tuple[Any, frozenset[Question]]
"""An answer, and the questions that led to it."""

_WHOLE: Final = "*"
_HAS: Final = "?"
_SMALL: Final = 4
"""A list of more parts than this is worth remembering."""
_RECORD: Final[Mapping[type[Record], str]] = {
    Incident: "incident_by_id",
    Actor: "actor_by_id",
    Software: "software_by_id",
}


class KeptValue(NamedTuple):
    """What was made of one record: of which bytes of it, and what was asked meanwhile."""

    record: str
    asked: frozenset[Question]
    value: Any


@dataclass
class ReadLog:
    """The questions asked since `asked` was set; None while nobody listens.

    `kept` is what may be kept from build to build, by its key; `held` are the keys that this one used.
    """

    asked: set[Question] | None = None
    kept: dict[str, KeptValue] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


def watch(kb: KnowledgeBase, log: ReadLog) -> KnowledgeBase:
    """The same knowledge base, but every question put to it is written to the log."""
    return cast(KnowledgeBase, _Watched(kb, log, ""))


class _Watched:
    """Stands before a knowledge base. What the knowledge base asks itself is not logged: the answer is."""

    __slots__ = ("__weakref__", "_kb", "_lately", "_log", "_memo", "_parts", "_route")

    def __init__(self, kb: KnowledgeBase, log: ReadLog, route: str) -> None:
        self._kb, self._log, self._route = kb, log, route
        self._memo: dict[Any, Overheard] = {}
        self._lately: dict[Any, Overheard] = {}
        self._parts: dict[str, _Watched] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _Watched, (self._kb, self._log, self._route)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._kb, name)
        if isinstance(value, KnowledgeBase):
            if name not in self._parts:
                self._parts[name] = _Watched(value, self._log, name)
            return self._parts[name]
        if isinstance(value, Mapping):
            return _WatchedMapping(value, self._log, (self._route, name))
        if callable(value):
            return _Asked(value, self._log, (self._route, name))
        if (asked := self._log.asked) is not None:
            asked.add((self._route, name))
        return value

    def remember(self, key: Any, make: Any, *given: Any) -> Any:
        """As the knowledge base's own; a remembered answer repeats the questions that led to it."""
        if (known := self._memo.get(key)) is None:
            known = self._memo[key] = self._overhear(make, *given)
        return self._repeat(known)

    def recall(self, room: int, key: Any, make: Any, *given: Any) -> Any:
        """The same of what is kept for a while."""
        return self._repeat(recent(self._lately, room, key, self._overhear, make, *given))

    def _overhear(self, make: Any, *given: Any) -> Overheard:
        outer, self._log.asked = self._log.asked, set()
        try:
            value = make(*given)
        finally:
            inner, self._log.asked = self._log.asked, outer
        return value, frozenset(inner or ())

    def _repeat(self, known: Overheard) -> Any:
        if (asked := self._log.asked) is not None:
            asked |= known[1]
        return known[0]

    def keep(self, name: str, record: Record, make: Any) -> Any:
        """As the knowledge base's own; what an earlier build kept is taken where it still holds."""
        key = f"{self._route}/{name}/{type(record).__name__}/{record.id}"
        file = f"{record.origin.digest}{record.origin.path}"
        known = self._log.kept.get(key)
        if known is None or known.record != file:
            value, asked = self._overhear(make, self, record)
            known = self._log.kept[key] = KeptValue(file, asked, value)
        self._log.held.add(key)
        return self._repeat((known.value, known.asked))


class _WatchedMapping(Mapping[Any, Any]):
    __slots__ = ("_log", "_of", "_question")

    def __init__(self, of: Mapping[Any, Any], log: ReadLog, question: Question) -> None:
        self._of, self._log, self._question = of, log, question

    def _ask(self, *key: Any) -> None:
        if (asked := self._log.asked) is not None:
            asked.add((*self._question, *key))

    def __getitem__(self, key: Any) -> Any:
        self._ask(key)
        return self._of[key]

    def get(self, key: Any, default: Any = None) -> Any:
        self._ask(key)
        return self._of.get(key, default)

    def __contains__(self, key: object) -> bool:
        self._ask(_HAS, key)
        return key in self._of

    def __iter__(self) -> Iterator[Any]:
        self._ask(_WHOLE)
        return iter(self._of)

    def __len__(self) -> int:
        self._ask(_WHOLE)
        return len(self._of)


class _Asked:
    __slots__ = ("_log", "_method", "_question")

    def __init__(self, method: Any, log: ReadLog, question: Question) -> None:
        self._method, self._log, self._question = method, log, question

    def __call__(self, *given: Any) -> Any:
        if (asked := self._log.asked) is not None:
            route, name = self._question
            if name == "claimed_actors":
                asked.add((route, "actors_named", given[0].named))
            elif all(isinstance(part, str | int | Record) for part in given):
                asked.add((route, name, *(_told(part) for part in given)))
            else:
                asked.add((route, "records"))
        return self._method(*given)


def _told(part: Any) -> str | int:
    return f"{_RECORD[type(part)]}:{part.id}" if isinstance(part, Record) else cast(str, part)


class Answers:
    """What a knowledge base answers to questions of earlier builds, each as a digest."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb
        self._known: dict[Question, str] = {}
        self.stamps = Stamps()

    def __call__(self, question: Question) -> str:
        """The answer's digest; another word where the question can no longer be put, and one that never
        comes again where the answer has no digest: what depends on it is made in every build."""
        if (answer := self._known.get(question)) is None:
            self._known[question] = answer = self._digest(question)
        return answer

    def _digest(self, question: Question) -> str:
        try:
            answer = self._ask(question)
        except (AttributeError, KeyError, TypeError):
            return "none"
        try:
            return self.stamps(answer)
        except TypeError:
            return secrets.token_hex(12)

    def _ask(self, question: Question) -> Any:
        route, name, *given = question
        kb = getattr(self._kb, str(route)) if route else self._kb
        value = getattr(kb, str(name))
        if isinstance(value, Mapping):
            if given[0] == _HAS:
                return given[1] in value
            return value if given == [_WHOLE] else value.get(given[0])
        return value(*(self._record(kb, part) for part in given)) if callable(value) else value

    def _record(self, kb: KnowledgeBase, part: str | int) -> Any:
        if isinstance(part, str) and ":" in part:
            kind, _, record_id = part.partition(":")
            if kind in _RECORD.values():
                return getattr(self._kb, kind)[record_id]
        return part


class Stamps:
    """Digests of plain values, records and dataclasses of such; each part of many is worked out once.

    A record is its file's bytes and place: what the marking filter leaves of it follows from them and
    from the site's configuration, which is part of every key. TypeError for what is none of these.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, str]] = {}  # the object is kept: its number stays its own

    def __call__(self, value: object) -> str:
        return _digest(self._pieces(value))

    def _shared(self, value: object, pieces: Iterator[str]) -> str:
        """The digest of a part that may be met again."""
        if (known := self._known.get(id(value))) is None:
            known = self._known[id(value)] = (value, _digest(pieces))
        return known[1]

    def _pieces(self, value: Any) -> Iterator[str]:
        kind = type(value)
        if kind is str:
            yield value
        elif isinstance(value, Record):
            yield f"{value.origin.digest}{value.origin.path}"
        elif value is None or isinstance(value, str | int | float | Enum | date | PurePath):
            yield f"{kind.__name__}:{value}"
        elif isinstance(value, tuple | list):
            if len(value) > _SMALL:
                yield self._shared(value, self._each(value))
            else:
                yield from self._each(value)
        elif isinstance(value, frozenset | set):
            yield from self._pieces(sorted(value, key=str))
        elif isinstance(value, Mapping):
            yield from self._pieces(tuple(value.items()))
        elif isinstance(value, KnowledgeBase | _Watched | SiteConfig):
            yield ""  # read under watch, or part of every key
        elif callable(own := getattr(value, "stamp_parts", None)):
            yield self._shared(value, self._pieces_of(own))
        elif is_dataclass(value) and not isinstance(value, type):
            yield self._shared(value, self._fields(value))
        elif isinstance(value, BaseModel):
            yield value.model_dump_json()
        else:
            raise TypeError(f"{kind.__name__} cannot decide a view; put what matters of it in `besides`")

    def _each(self, values: Iterable[Any]) -> Iterator[str]:
        yield "("
        for part in values:
            yield from self._pieces(part)
        yield ")"

    def _fields(self, value: Any) -> Iterator[str]:
        yield type(value).__name__
        for name in _names_of(type(value)):  # type: ignore[arg-type]
            yield from self._pieces(getattr(value, name))

    def _pieces_of(self, own: Callable[[], object]) -> Iterator[str]:
        yield from self._pieces(own())


@cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(part.name for part in fields(kind))


def _digest(pieces: Iterable[str]) -> str:
    found = hashlib.blake2b(digest_size=12)
    for piece in pieces:
        found.update(piece.encode("utf-8", "surrogatepass"))
        found.update(b"\0")
    return found.hexdigest()
