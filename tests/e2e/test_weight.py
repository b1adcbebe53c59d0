"""What a reader downloads: light pages, styles and scripts, and no page that grows with the records."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pytest

from tests.unit.views.page_samples import SITE, TEMPLATES, actor, claim, incident, software
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Record
from threatbrief.outputs.pages import PagesOutput
from threatbrief.reference import load_reference
from threatbrief.render.engine import Engine

LIMIT = 30_000
FEW, MANY = 1_000, 5_000
MOST_GROWTH = {"list of software": 1.08}
"""What else than 1.05 is allowed: the users in a list of names differ more where there are more of them."""
WORDS = ("router", "mailbox", "court", "loader", "ministry", "archive", "order", "beacon", "wallet", "port")
COUNTRIES = [code for code in sorted(load_reference().country_codes) if load_reference().place(code)][:160]
SECTORS = sorted(load_reference().sector_slugs)[:60]
TECHNIQUES = [id_ for id_ in sorted(load_reference().technique_ids) if id_.startswith("T1")][:120]
PAGES = {
    "home": "index.html",
    "incident": "incidents/tb-2019-0000/index.html",
    "actor": "actors/hub/index.html",
    "actor's counts": "actors/hub/counts/index.html",
    "actor's techniques": "actors/hub/techniques/index.html",
    "contested name": "actors/both/index.html",
    "software": "software/hub/index.html",
    "software's counts": "software/hub/counts/index.html",
    "sector": f"sectors/{SECTORS[0]}/index.html",
    "sector's counts": f"sectors/{SECTORS[0]}/counts/index.html",
    "country": f"countries/{COUNTRIES[0].lower()}/index.html",
    "country's year": f"countries/{COUNTRIES[0].lower()}/2015/1/index.html",
    "technique": f"techniques/{TECHNIQUES[0].lower()}/index.html",
    "year": "years/2015/index.html",
    "kind": "incidents/kind/takedown/index.html",
    "list of incidents": "incidents/index.html",
    "list of a year": "incidents/2015/1/index.html",
    "list of contested incidents": "incidents/contested/index.html",
    "list of actors": "actors/index.html",
    "list of software": "software/index.html",
    "list of techniques": "techniques/index.html",
    "list of sectors": "sectors/index.html",
    "list of countries": "countries/index.html",
    "list of years": "years/index.html",
    "timeline": "timeline/index.html",
    "corrections": "corrections/index.html",
    "corrections of a year": "corrections/2026/1/index.html",
    "data": "data/index.html",
}


def _size(path: Path) -> int:
    return _weight(path.read_bytes())


def _weight(content: bytes) -> int:
    return len(gzip.compress(content, 6, mtime=0))


def test_the_page_of_an_incident_is_light(shipped_site: Path) -> None:
    sizes = {path.parent.name: _size(path) for path in shipped_site.glob("incidents/*-*-*/index.html")}
    assert len(sizes) >= 32
    assert {name: size for name, size in sizes.items() if size > LIMIT} == {}


def test_all_styles_and_scripts_together_are_light(shipped_site: Path) -> None:
    files = [path for kind in ("css", "js") for path in shipped_site.glob(f"assets/**/*.{kind}")]
    assert len(files) >= 4
    assert sum(map(_size, files)) <= LIMIT


def _records(count: int) -> Iterator[Record]:
    """So many incidents, of which each concerns one actor, one tool, one sector, country and technique, and
    others besides: pages about those have all that the site has."""
    random = Random(count)
    for n in range(count):
        yield _incident(n, count, random)
    names = [{"name": "Both", "by": "X", "relation": "same-as"}]
    yield actor("hub", "Hub", names=names)
    yield actor("other", "Other", names=names)
    for n in range(count // 8):
        yield actor(
            f"actor-{_word(n)}",
            f"Actor {_word(n)}",
            summary=_text(random, 12),
            suspected_country=[{"country": COUNTRIES[n % 40], "by": "X"}],
        )
    for slug, name in (
        ("hub", "Hub"),
        *((f"tool-{_word(n)}", f"Tool {_word(n)}") for n in range(count // 6)),
    ):
        yield software(slug, name, summary=_text(random, 12))


def _incident(n: int, count: int, random: Random) -> Record:
    claimed = [claim("Hub"), claim(f"Actor {_word(_skewed(random, count // 8))}")]
    year = 2014 + n % 6
    return incident(
        f"TB-{year if n else 2019}-{n:04d}",
        title=_text(random, 7),
        summary=_text(random, 16),
        disclosed=f"{year}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
        targets={
            "countries": _some(random, COUNTRIES, 5),
            "sectors": _some(random, SECTORS, 4),
        },
        techniques=[{"id": id_, "basis": "mapped"} for id_ in _some(random, TECHNIQUES, 6)],
        software=["hub", *dict.fromkeys(f"tool-{_word(_skewed(random, count // 6))}" for _ in range(2))],
        attribution=claimed if n % 3 else [claim("Both")],
        assessment=None
        if n % 5
        else {"actor": "other", "likelihood": "likely", "confidence": "low", "why": "So."},
        revisions=[{"at": "2026-11-23T09:00:00Z", "kind": "correction", "note": _text(random, 9)}],
    )


def _skewed(random: Random, count: int) -> int:
    """A number below the count, low ones more often."""
    return int(count * random.random() ** 2)


def _some(random: Random, given: list[str], most: int) -> list[str]:
    """The first, and others of which the early ones come more often."""
    return [given[0], *dict.fromkeys(given[1 + _skewed(random, len(given) - 1)] for _ in range(most))]


def _word(number: int) -> str:
    """As long and as random for a low number as for a high one."""
    return "".join(Random(number).choices(ascii_lowercase, k=6))


def _text(random: Random, words: int) -> str:
    return " ".join(f"{random.choice(WORDS)}{random.randint(0, 99)}" for _ in range(words)) + "."


def _weigh(count: int) -> dict[str, int]:
    output, engine = PagesOutput(), Engine(TEMPLATES)
    wanted = {path: kind for kind, path in PAGES.items()}
    return {
        wanted[str(artifact.path)]: _weight(output.render(artifact, engine))
        for artifact in output.plan(KnowledgeBase.of(_records(count)), SITE)
        if str(artifact.path) in wanted
    }


@pytest.fixture(scope="module")
def weights() -> tuple[dict[str, int], dict[str, int]]:
    return _weigh(FEW), _weigh(MANY)


def test_no_page_grows_with_the_number_of_records(weights: tuple[dict[str, int], dict[str, int]]) -> None:
    few, many = weights
    assert few.keys() == many.keys() == PAGES.keys()
    grown = {kind: f"{many[kind] / few[kind] - 1:.1%}" for kind in PAGES}
    assert {k: v for k, v in grown.items() if many[k] > MOST_GROWTH.get(k, 1.05) * few[k]} == {}
