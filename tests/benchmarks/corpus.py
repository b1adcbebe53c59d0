"""A deterministic corpus of incident, actor and software records, as large as asked for.

    python tests/benchmarks/corpus.py 1000 FOLDER

writes FOLDER/incidents/<year>/, FOLDER/actors/ and FOLDER/software/ in the record format. The same
number gives the same bytes: one seeded generator, no clock. Sizes follow the fact sheets (targets.py);
names are invented, hosts are example.*, addresses those of RFC 5737.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import prose
import targets
from drawing import Pick, Vocabulary, cite, instant, published, sources
from incidents import Bearer, IncidentMaker, Sources
from recordfile import record_text

from threatbrief.model.names import name_slug

SEED: Final = 20191230
INCIDENTS_PER_ACTOR: Final = 8
INCIDENTS_PER_SOFTWARE: Final = 6
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_DAY: Final = date(2014, 1, 1)
_LAST_DAY: Final = date(2025, 7, 1)
_CURVES: Final[Mapping[str, targets.Curve]] = {
    **targets.MEASURED,
    "software": targets.SOFTWARE,
    "motivations": targets.MOTIVATIONS,
    "related": targets.RELATED,
}


class Corpus:
    """`count` incidents, and actors and software to go with them."""

    def __init__(self, count: int, seed: int = SEED) -> None:
        self.count = count
        self._random = Random(seed)
        self._words = Vocabulary(self._random)
        self._namer = prose.Namer(self._random)
        self._actors = self._make_bearers(max(2, count // INCIDENTS_PER_ACTOR))
        names = [self._namer.software() for _ in range(max(2, count // INCIDENTS_PER_SOFTWARE))]
        self._software = [(name_slug(name), name) for name in names]

    def write(self, folder: Path) -> None:
        """Write every record below `folder`, which may exist and should be empty."""
        for path, text in self.files().items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def files(self) -> dict[str, str]:
        """Path below the records folder → text, of every record. Once for each corpus."""
        found = self._incident_files()
        for actor in self._actors:
            found[f"actors/{actor.id}.md"] = record_text(*self._actor(actor))
        for slug, name in self._software:
            found[f"software/{slug}.md"] = record_text(*self._software_record(slug, name))
        return found

    def _incident_files(self) -> dict[str, str]:
        maker = IncidentMaker(self._random, self._words, Pick.of(self._actors), Pick.of(self._software))
        sizes = {name: targets.spread(curve, self.count, self._random) for name, curve in _CURVES.items()}
        span = (_LAST_DAY - _FIRST_DAY).days
        found: dict[str, str] = {}
        ids: list[str] = []
        for index in range(self.count):
            day = _FIRST_DAY + timedelta(index * span // self.count)
            record_id = _mint(day.year, index)
            size = {name: numbers[index] for name, numbers in sizes.items()}
            front, body = maker.make(record_id, day, size, ids[-200:])
            stem = f"{record_id.lower()}-{name_slug(front['title'])[:40].rstrip('-')}"
            found[f"incidents/{day.year}/{stem}.md"] = record_text(front, body)
            ids.append(record_id)
        return found

    def _make_bearers(self, count: int) -> list[Bearer]:
        """Actors with their names; somebody gives every twentieth a name of the one before it."""
        actors: list[Bearer] = []
        for number, aliases in enumerate(targets.spread(targets.ALIASES, count, self._random)):
            name = self._namer.actor()
            actor = Bearer(name_slug(name), name, [name, *(self._namer.alias() for _ in range(aliases))])
            if number % 20 == 1:
                before = actors[number - 1]
                actor.disputed = (before.names[-1], before.name)
            actors.append(actor)
        return actors

    def _actor(self, actor: Bearer) -> tuple[dict[str, Any], str]:
        random, words = self._random, self._words
        day = date(random.randint(2008, 2020), random.randint(1, 12), 1)
        given = sources(random, 6, day)
        names = [self._name(name, "same-as", given) for name in actor.names]
        if actor.disputed:
            name, owner = actor.disputed
            note = f"We hold the name to be {owner}'s."
            names.append({**self._name(name, "disputed", given), "note": note})
        front = {
            "id": actor.id,
            "name": actor.name,
            "tlp": "CLEAR",
            "status": "published",
            "published": instant(published(random, day)),
            "names": names,
            "suspected_country": [
                {"country": code, "by": random.choice(prose.VENDORS), "sources": cite(random, given)}
                for code in words.countries.some(random, random.randint(0, 2))
            ],
            "motivations": words.motivations.some(random, 2),
            "active": {"from": str(day.year)},
            "summary": f"{prose.sentence(random)} {prose.sentence(random)}",
            "sources": given,
        }
        return front, prose.narrative(random, 1250, list(given), [])

    def _name(self, name: str, relation: str, given: Sources) -> dict[str, Any]:
        claim: dict[str, Any] = {"name": name, "by": self._random.choice(prose.VENDORS)}
        if self._random.random() < 0.3:
            claim["since"] = str(self._random.randint(2008, 2020))
        return {**claim, "relation": relation, "credibility": 2, "sources": cite(self._random, given)}

    def _software_record(self, slug: str, name: str) -> tuple[dict[str, Any], str]:
        random = self._random
        day = date(random.randint(2008, 2020), random.randint(1, 12), 1)
        given = sources(random, 3, day)
        front = {
            "id": slug,
            "name": name,
            "tlp": "CLEAR",
            "status": "published",
            "published": instant(published(random, day)),
            "type": random.choice(("malware", "malware", "tool")),
            "names": [self._name(name, "same-as", given)],
            "summary": f"{prose.sentence(random)} {prose.sentence(random)}",
            "sources": given,
        }
        return front, prose.narrative(random, 600, list(given), [])


def _mint(year: int, index: int) -> str:
    """A record id; the factor is odd, so no number below 32**4 comes twice."""
    number = index * 104_729 % 32**4
    return f"TB-{year}-" + "".join(_CROCKFORD[number >> shift & 31] for shift in (15, 10, 5, 0))


if __name__ == "__main__":
    Corpus(int(sys.argv[1])).write(Path(sys.argv[2]))
