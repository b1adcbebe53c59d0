"""The search index as small files, cut so that an edit rewrites few of them.

* A *key* of a few characters stands for each thing that can be found. It comes from the thing's own
  address and date, not from its place in a list, so that a new record leaves the other keys alone. Its
  first character tells the group, and of incidents the year; keys in descending order are newest first.
* A *card* says what is shown of it. Cards whose keys differ in the last character alone share a file.
* A *chunk* holds consecutive terms with the keys in which they stand. A chunk begins at a term whose
  checksum says so (then it does not move when others come and go), or where the one before it is full.
* The *directory* lists the first term of each chunk.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from zlib import crc32

from threatbrief.model import PartialDate
from threatbrief.views.search_terms import name_terms, text_terms

DIGITS: Final = "".join(sorted(set(map(chr, range(0x21, 0x7F))) - set("\"\\<>&'`+")))
"""The characters of a key, in ascending order: one byte each in JSON."""
MORE: Final = "+"
"""Ends a list of keys that was cut: the term stands in older things too."""
LISTED: Final = 2048
"""So many keys, the newest, are listed for a term at most."""
CHUNK_BYTES: Final = 16_000
CHUNK_TERMS: Final = 48

_BASE: Final = len(DIGITS)
_FIRST_YEAR: Final = 1985


@dataclass(frozen=True, slots=True)
class Findable:
    """Something that search can lead to.

    `names` are what it is called besides its title, `disputed` what only others call it, `ids` its
    identifiers: all compared whole too. `facets` name what it belongs to, `text` is its prose, safe to read.
    """

    group: int
    href: str
    title: str
    note: str = ""
    summary: str = ""
    names: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    text: str = ""
    date: PartialDate | None = None

    def __reduce__(self) -> tuple[type[Findable], tuple[object, ...]]:
        return Findable, tuple(getattr(self, name) for name in self.__slots__)


class Indexed(NamedTuple):
    """A thing without its prose, and the terms by which it is found, with blanks between: of its names, of
    what it belongs to, and of its prose alone."""

    thing: Findable
    names: str
    facets: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of a thing; `digit` is the last character of its key."""

    digit: str
    title: str
    href: str
    note: str
    summary: str
    names: tuple[str, ...]
    disputed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardFile:
    name: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Terms, each with lists of keys without blanks between: of names and facets, or of prose alone."""

    name: str
    terms: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """The first terms of the chunks of names and of prose; every key has `width` of the `digits`."""

    digits: str
    width: int
    groups: tuple[str, ...]
    heads: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchIndex:
    directory: Directory
    heads: tuple[Chunk, ...]
    texts: tuple[Chunk, ...]
    cards: tuple[CardFile, ...]


def indexed(thing: Findable) -> Indexed:
    """The terms of a thing, each once and in the first place that has it."""
    names = name_terms((*thing.names, *thing.ids)) | text_terms(thing.title)
    facets = (text_terms("\n".join(thing.facets)) | name_terms(thing.disputed)) - names
    text = text_terms(thing.text) - names - facets
    found = (" ".join(sorted(terms)) for terms in (names, facets, text))
    return Indexed(replace(thing, text="", facets=()), *found)


def search_index(things: Iterable[Findable | Indexed], groups: tuple[str, ...]) -> SearchIndex:
    """The index of these things; `groups` are the names of their groups, incidents last."""
    rows = [thing if isinstance(thing, Indexed) else indexed(thing) for thing in things]
    of = {id(row.thing): row for row in rows}
    keyed = sorted(assign_keys(tuple(row.thing for row in rows), len(groups)).items(), reverse=True)
    named: dict[str, list[str]] = defaultdict(list)
    faceted: dict[str, list[str]] = defaultdict(list)
    told: dict[str, list[str]] = defaultdict(list)
    for key, thing in keyed:
        row = of[id(thing)]
        for found, terms in ((named, row.names), (faceted, row.facets), (told, row.text)):
            for term in terms.split():
                found[term].append(key)
    heads = {term: (_list(named.get(term, ())), _list(faceted.get(term, ()))) for term in {*named, *faceted}}
    head_chunks = cut_chunks(heads)
    text_chunks = cut_chunks({term: (_list(keys),) for term, keys in told.items()})
    width = len(keyed[0][0]) if keyed else 0
    starts = tuple(tuple(chunk.terms[0][0] for chunk in chunks) for chunks in (head_chunks, text_chunks))
    return SearchIndex(
        Directory(DIGITS, width, groups, *starts), head_chunks, text_chunks, _card_files(keyed)
    )


def assign_keys(things: Sequence[Findable], groups: int) -> Mapping[str, Findable]:
    """A key for each thing. Keys grow longer, all of them, where a group or year fills half its places."""
    leads = [_lead(thing, groups) for thing in things]
    fullest = max(Counter(leads).values(), default=0)
    width = 2
    while fullest * 2 > _BASE**width:
        width += 1
    places = _BASE**width
    taken: dict[tuple[int, int], Findable] = {}
    for lead, thing in sorted(zip(leads, things, strict=True), key=lambda pair: (pair[0], pair[1].href)):
        place = _place(thing, places)
        while (lead, place) in taken:
            place = (place + 1) % places
        taken[lead, place] = thing
    return {DIGITS[lead] + _spell(place, width): thing for (lead, place), thing in taken.items()}


def _lead(thing: Findable, groups: int) -> int:
    """The value of the first character: the group, but each year of incidents has its own."""
    if thing.date is None:
        return thing.group
    return min(max(thing.date.year - _FIRST_YEAR, 0) + groups - 1, _BASE - 1)


def _place(thing: Findable, places: int) -> int:
    """By address, evenly; what has a date, within the days that it may mean."""
    low, high = 0, places
    if thing.date:
        first, last = thing.date.first.timetuple().tm_yday - 1, thing.date.last.timetuple().tm_yday
        low, high = first * places // 366, last * places // 366
    return low + crc32(thing.href.encode()) % (high - low)


def _spell(place: int, width: int) -> str:
    spelt = ""
    for _ in range(width):
        place, digit = divmod(place, _BASE)
        spelt = DIGITS[digit] + spelt
    return spelt


def _list(keys: Sequence[str]) -> str:
    return "".join(keys) if len(keys) <= LISTED else "".join(keys[:LISTED]) + MORE


def cut_chunks(lists: Mapping[str, tuple[str, ...]]) -> tuple[Chunk, ...]:
    """The terms in order (of UTF-16, as browsers sort), cut into chunks; a name tells the first term."""
    chunks: list[Chunk] = []
    rows: list[tuple[str, tuple[str, ...]]] = []
    size = 0
    for term in sorted(lists, key=lambda term: term if term.isascii() else _utf16(term)):
        weight = len(term) + sum(map(len, lists[term]))
        if rows and (crc32(term.encode()) % CHUNK_TERMS == 0 or size + weight > CHUNK_BYTES):
            chunks.append(Chunk(chunk_name(rows[0][0]), tuple(rows)))
            rows, size = [], 0
        rows.append((term, lists[term]))
        size += weight
    if rows:
        chunks.append(Chunk(chunk_name(rows[0][0]), tuple(rows)))
    return tuple(chunks)


def _utf16(term: str) -> str:
    """A text that sorts by code point as the term does by UTF-16 code unit."""
    units = term.encode("utf-16-be", "surrogatepass")
    return "".join(chr(units[at] << 8 | units[at + 1]) for at in range(0, len(units), 2))


def chunk_name(term: str) -> str:
    """The name of a chunk's file: its first term, or what UTF-8 makes of it in hexadecimal digits."""
    return f"-{term}" if term.isascii() else term.encode().hex()


def _card_files(keyed: Iterable[tuple[str, Findable]]) -> tuple[CardFile, ...]:
    files: dict[str, list[Card]] = defaultdict(list)
    for key, thing in keyed:
        files[key[:-1]].append(_card(key, thing))
    return tuple(CardFile(card_name(stem), tuple(cards)) for stem, cards in sorted(files.items()))


def _card(key: str, thing: Findable) -> Card:
    return Card(key[-1], thing.title, thing.href, thing.note, thing.summary, thing.names, thing.disputed)


def card_name(stem: str) -> str:
    """The name of the file of all keys that begin so: `12-45`."""
    return "-".join(str(DIGITS.index(digit)) for digit in stem)


def all_files(index: SearchIndex) -> Iterator[tuple[str, Directory | Chunk | CardFile]]:
    """Address below `search/` → what the file holds."""
    yield "index.json", index.directory
    for chunk in index.heads:
        yield f"names/{chunk.name}.json", chunk
    for chunk in index.texts:
        yield f"text/{chunk.name}.json", chunk
    for file in index.cards:
        yield f"cards/{file.name}.json", file
