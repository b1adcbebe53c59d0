"""Ways to divide the incidents: what they link to, and the index by which a browser combines them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Incident
from threatbrief.views.common import Link, plural
from threatbrief.views.cuts import PAGE, cut
from threatbrief.views.matrix import technique_name
from threatbrief.views.tallies import country_link, country_name, sector_link, sector_name, technique_link
from threatbrief.views.topic import FacetValue, count_actors, kind_address

SHORT: Final = 12
"""A facet with more values than this is folded."""
LONGEST: Final = 40
"""How many values of an open-ended facet are listed before a link leads to all of them."""
SHARD: Final = 10 * PAGE
"""How many incidents a file of the index holds; a newest one up to twice as many."""
INDEX_FOLDER: Final = "incidents/filter/"
INDEX_PATH: Final = f"{INDEX_FOLDER}index.json"
TECHNIQUES_FOLDER: Final = f"{INDEX_FOLDER}techniques/"


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to divide the incidents; `key` is its name in an address: `?country=KR`.

    `short` is empty where the values are many and start folded; `rest` leads to those not listed.
    """

    title: str
    key: str
    anchor: str
    values: tuple[FacetValue, ...]
    count: int
    short: str
    rest: Link | None


@dataclass(frozen=True, slots=True)
class FacetIndex:
    """What a browser reads first: the files of the index, newest first, and the names of values."""

    shards: tuple[str, ...]
    kinds: Mapping[str, str]
    sectors: Mapping[str, str]
    countries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TechniqueIndex:
    """The names of techniques, for a browser that filters by them."""

    techniques: Mapping[str, str]


Places = tuple[int, ...]
"""The places of values in a table of the same file."""


@dataclass(frozen=True, slots=True)
class FacetPage:
    """The incidents of a list page, in its order: kind, actors, sectors and countries of each.

    `href` is relative to the list of incidents.
    """

    href: str
    rows: tuple[tuple[int, Places, Places, Places], ...]


@dataclass(frozen=True, slots=True)
class FacetShard:
    """The facets of incidents of one year: tables of values, and what each incident has of them."""

    year: int
    kinds: tuple[str, ...]
    actors: tuple[tuple[str, str], ...]
    sectors: tuple[str, ...]
    countries: tuple[str, ...]
    pages: tuple[FacetPage, ...]


@dataclass(frozen=True, slots=True)
class TechniqueShard:
    """The techniques of the incidents of a FacetShard, in its order. Apart, since they are most of it."""

    techniques: tuple[str, ...]
    rows: tuple[Places, ...]


def facets(kb: KnowledgeBase) -> tuple[Facet, ...]:
    """The ways into the incidents, most frequent values first, years newest first."""
    years = {Link(str(y), f"years/{y}/"): len(f) for y, f in kb.by_year.items()}
    kinds = {Link(_words(k), kind_address(k)): len(f) for k, f in kb.by_kind.items()}
    actors = {value.name: value.count for value in count_actors(kb, kb.incidents)}
    sectors = {sector_link(s): len(f) for s, f in kb.by_sector.items()}
    countries = {country_link(c): len(f) for c, f in kb.by_country.items()}
    techniques = {technique_link(t): len(f) for t, f in kb.by_technique.items()}
    found = (
        _facet("Year", "year", "years", years, ""),
        _facet("Kind", "kind", "kinds", kinds, ""),
        _facet("Actor", "actor", "by-actor", actors, "actors/"),
        _facet("Sector", "sector", "sectors", sectors, "sectors/"),
        _facet("Country", "country", "countries", countries, "countries/"),
        _facet("Technique", "technique", "techniques", techniques, "techniques/"),
    )
    return tuple(facet for facet in found if facet.values)


def _facet(title: str, key: str, anchor: str, counts: Mapping[Link, int], all_of_them: str) -> Facet:
    rows = [FacetValue(link, count) for link, count in counts.items()]
    if key != "year":
        rows.sort(key=lambda row: (-row.count, row.name.text.casefold(), row.name.href))
    kept = rows[:LONGEST] if all_of_them else rows
    rest = (
        Link(f"All {plural(len(rows), title.lower(), all_of_them.rstrip('/'))}", all_of_them)
        if len(kept) < len(rows)
        else None
    )
    return Facet(title, key, anchor, tuple(kept), len(rows), "open" if len(rows) <= SHORT else "", rest)


FilterFile = tuple[str, Callable[..., object], tuple[object, ...]]
"""A file of the index: its address, what makes its view, and of what."""


def filter_files(kb: KnowledgeBase) -> Iterator[FilterFile]:
    """The files of the index. A file ends where a list page ends, for both count from the oldest."""
    shards = tuple(_shards(kb))
    yield INDEX_PATH, facet_index, (kb, tuple(name for name, _, _, _ in shards))
    yield f"{TECHNIQUES_FOLDER}index.json", technique_index, (kb,)
    for name, year, pages, incidents in shards:
        yield f"{INDEX_FOLDER}{name}", facet_shard, (kb, year, pages, incidents)
        yield f"{TECHNIQUES_FOLDER}{name}", technique_shard, (incidents,)


def facet_index(kb: KnowledgeBase, shards: tuple[str, ...]) -> FacetIndex:
    """The head of the index. It changes when a file, or a value that nobody had before, is added."""
    return FacetIndex(
        shards=shards,
        kinds={kind: _words(kind) for kind in kb.by_kind},
        sectors={slug: sector_name(slug) for slug in kb.by_sector},
        countries={code: country_name(code) for code in kb.by_country},
    )


def technique_index(kb: KnowledgeBase) -> TechniqueIndex:
    return TechniqueIndex({id_: technique_name(id_) for id_ in kb.by_technique})


PageLengths = tuple[tuple[str, int], ...]
"""List pages in their order: the address below the list of incidents, and how many incidents stand there."""


def _shards(kb: KnowledgeBase) -> Iterator[tuple[str, int, PageLengths, tuple[Incident, ...]]]:
    for year, found in kb.by_year.items():
        pages = iter(cut(found, f"{year}/"))
        for piece in cut(found, "", SHARD):
            held: list[tuple[str, int]] = []
            while sum(length for _, length in held) < len(piece.rows):
                page = next(pages)
                held.append((page.address, len(page.rows)))
            name = f"{year}-{piece.number}.json" if piece.number else f"{year}.json"
            yield name, year, tuple(held), piece.rows


def facet_shard(
    kb: KnowledgeBase, year: int, pages: PageLengths, incidents: Sequence[Incident]
) -> FacetShard:
    """The facets of the incidents of some list pages."""
    names = {actor.id: actor.name for incident in incidents for actor in kb.actors_of(incident)}
    kinds = _table([incident.kind.value] for incident in incidents)
    actors = _table([names])
    sectors = _table(incident.targets.sectors for incident in incidents)
    countries = _table(incident.targets.countries for incident in incidents)
    rows = (
        (
            kinds[incident.kind.value],
            _places(actors, (actor.id for actor in kb.actors_of(incident))),
            _places(sectors, incident.targets.sectors),
            _places(countries, incident.targets.countries),
        )
        for incident in incidents
    )
    return FacetShard(
        year=year,
        kinds=tuple(kinds),
        actors=tuple((id_, names[id_]) for id_ in actors),
        sectors=tuple(sectors),
        countries=tuple(countries),
        pages=tuple(FacetPage(href, tuple(islice(rows, length))) for href, length in pages),
    )


def technique_shard(incidents: Sequence[Incident]) -> TechniqueShard:
    """The techniques of the incidents of a FacetShard."""
    table = _table(techniques_seen(incident) for incident in incidents)
    rows = tuple(_places(table, techniques_seen(incident)) for incident in incidents)
    return TechniqueShard(tuple(table), rows)


def _table(values: Iterable[Iterable[str]]) -> dict[str, int]:
    """Every value and its place in the sorted table of all."""
    return {value: place for place, value in enumerate(sorted({v for some in values for v in some}))}


def _places(table: Mapping[str, int], values: Iterable[str]) -> Places:
    return tuple(sorted({table[value] for value in values}))


def _words(kind: str) -> str:
    return kind.replace("-", " ").capitalize()
