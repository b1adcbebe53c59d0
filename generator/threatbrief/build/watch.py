"""What a view reads of the knowledge base, written down while it is made.

A view that was made from the same records, through the same questions with the same answers, is the
same view: that is how an incremental build knows what it need not make again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cached_property, partial
from pathlib import PurePath
from typing import Any, Final, NamedTuple, cast

from pydantic import BaseModel

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase, recent
from threatbrief.model import Actor, Incident, Record, Software
from threatbrief.processes import map_forked

Question = tuple[str | int, ...]
"""What was asked: by which route ("" or "listed"), which accessor, and with what."""

Overheard = tuple[Any, frozenset[Question]]
"""An answer, and the questions that led to it."""

_WHOLE: Final = "*"
_HAS: Final = "?"
_SMALL: Final = 4
"""A list of more parts than this is worth remembering."""
_PARALLEL_FROM: Final = 200
_CHUNK: Final = 50
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

    `load` gives what was kept from earlier builds, by its key, and is called once, when it is wanted; `held`
    are the keys that this one used; `workers` says in how many processes it may be made.
    """

    load: Callable[[], dict[str, KeptValue]] = dict
    workers: int = 1
    asked: set[Question] | None = None
    held: set[str] = field(default_factory=set)

    @cached_property
    def kept(self) -> dict[str, KeptValue]:
        """What may be kept from build to build, by its key."""
        return self.load()

    @property
    def used(self) -> dict[str, KeptValue]:
        """What of it this build has used or made."""
        return {key: self.kept[key] for key in self.held}


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
        return self.keep_each(name, (record,), make)[0]

    def keep_each(self, name: str, records: Sequence[Record], make: Any) -> Any:
        """As the knowledge base's own; many that nobody has kept are made in several processes."""
        kept = self._log.kept
        keys = [f"{self._route}/{name}/{type(record).__name__}/{record.id}" for record in records]
        missing = [
            index
            for index, (key, record) in enumerate(zip(keys, records, strict=True))
            if key not in kept or kept[key].record != _file_of(record)
        ]
        made = map_forked(
            lambda index: self._overhear(make, self, records[index]),
            missing,
            self._log.workers,
            fewest=_PARALLEL_FROM,
            chunk=_CHUNK,
        )
        for index, (value, asked) in zip(missing, made, strict=True):
            kept[keys[index]] = KeptValue(_file_of(records[index]), asked, value)
        self._log.held.update(keys)
        return tuple(self._repeat((kept[key].value, kept[key].asked)) for key in keys)


def _file_of(record: Record) -> str:
    return f"{record.origin.digest}{record.origin.path}"


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

    def take(self, answers: Iterable[tuple[Question, str]]) -> None:
        """Take over answers that another process has worked out."""
        self._known.update(answers)

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
        self._words: dict[Enum, str] = {}
        self._writers: dict[type, _Writer] = {str: lambda value, out: out.append(value)}

    def __call__(self, value: object) -> str:
        pieces: list[str] = []
        self._write(value, pieces)
        return _digest(pieces)

    def _write(self, value: Any, out: list[str]) -> None:
        kind = type(value)
        if (write := self._writers.get(kind)) is None:
            write = self._writers[kind] = self._choose(kind)
        write(value, out)

    def _choose(self, kind: type) -> _Writer:
        for kinds, write in self._BY_KIND:
            if issubclass(kind, kinds):
                return partial(write, self)
        if hasattr(kind, "stamp_parts"):
            return partial(Stamps._once, self, lambda value, out: self._write(value.stamp_parts(), out))
        if is_dataclass(kind):
            names = tuple(part.name for part in fields(kind))
            return partial(Stamps._once, self, partial(self._write_fields, kind.__name__, names))
        if issubclass(kind, BaseModel):
            return partial(Stamps._once, self, lambda value, out: out.append(value.model_dump_json()))
        raise TypeError(f"{kind.__name__} cannot decide a view; put what matters of it in `besides`")

    def _once(self, write: _Writer, value: object, out: list[str]) -> None:
        """The digest of a part that may be met again."""
        if (known := self._known.get(id(value))) is None:
            pieces: list[str] = []
            write(value, pieces)
            known = self._known[id(value)] = (value, _digest(pieces))
        out.append(known[1])

    def _write_record(self, value: Record, out: list[str]) -> None:
        out.append(value.origin.digest)
        out.append(value.origin.path)

    def _write_plain(self, value: object, out: list[str]) -> None:
        out.append(f"{type(value).__name__}:{value}")

    def _write_word(self, value: Enum, out: list[str]) -> None:
        if (word := self._words.get(value)) is None:
            word = self._words[value] = f"{type(value).__name__}:{value}"
        out.append(word)

    def _write_list(self, value: Sequence[Any], out: list[str]) -> None:
        if len(value) > _SMALL:
            self._once(self._write_each, value, out)
        else:
            self._write_each(value, out)

    def _write_set(self, value: Iterable[Any], out: list[str]) -> None:
        self._write_each(sorted(value, key=str), out)

    def _write_mapping(self, value: Mapping[Any, Any], out: list[str]) -> None:
        self._once(lambda mapping, pieces: self._write_each(mapping.items(), pieces), value, out)

    def _write_nothing(self, value: object, out: list[str]) -> None:
        """What is read under watch, or is part of every key."""

    def _write_each(self, values: Iterable[Any], out: list[str]) -> None:
        out.append("(")
        for value in values:
            self._write(value, out)
        out.append(")")

    def _write_fields(self, name: str, names: Sequence[str], value: object, out: list[str]) -> None:
        out.append(name)
        for part in names:
            self._write(getattr(value, part), out)

    _BY_KIND: Final[Sequence[tuple[tuple[type, ...], Any]]] = (
        ((Record,), _write_record),
        ((Enum,), _write_word),
        ((type(None), str, int, float, date, PurePath), _write_plain),
        ((tuple, list), _write_list),
        ((frozenset, set), _write_set),
        ((Mapping,), _write_mapping),
        ((KnowledgeBase, _Watched, SiteConfig), _write_nothing),
    )


_Writer = Callable[[Any, list[str]], None]


def _digest(pieces: list[str]) -> str:
    text = "\0".join(pieces)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
