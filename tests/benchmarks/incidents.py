"""Generates one incident record of given sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

import prose
from drawing import Pick, Vocabulary, cite, instant, partial, published, sources

from threatbrief.model.names import name_slug

Sources = Mapping[str, Mapping[str, str]]

_KINDS: Final = ("takedown",) * 19 + ("intrusion",) * 12 + ("campaign",)
"""As often as among the fact sheets."""
_RESPONSES: Final = ("domain-seizure", "civil-complaint", "indictment", "sanction", "advisory", "arrest")
_RELATIONS: Final = ("same-tactic", "same-actor", "follow-up", "same-software")
_NETWORKS: Final = ("192.0.2", "198.51.100", "203.0.113")
_RESERVED: Final = {"I102": "the addresses of generated records are those set aside for documentation"}


@dataclass
class Bearer:
    """An actor as incidents need it: its id, its name, and all names it goes by.

    `disputed` is a name of another actor that somebody gives to this one, with that actor's name.
    """

    id: str
    name: str
    names: list[str] = field(default_factory=list)
    disputed: tuple[str, str] | None = None


@dataclass(frozen=True)
class IncidentMaker:
    """Makes incidents among these actors and software, given as (id, name)."""

    random: Random
    words: Vocabulary
    actors: Pick[Bearer]
    software: Pick[tuple[str, str]]

    def make(
        self, record_id: str, day: date, size: Mapping[str, int], earlier: Sequence[str]
    ) -> tuple[dict[str, Any], str]:
        """Front matter and body; `earlier` are ids that the record may be related to."""
        random, words = self.random, self.words
        actor = self.actors.one(random)
        tools = [tool for tool, _ in self.software.some(random, size["software"])]
        given = sources(random, size["sources"], day)
        moment = published(random, day)
        began = day - timedelta(random.randrange(30, 2_000))
        related = random.sample(earlier, min(size["related"], len(earlier)))
        indicators = self._indicators(size["indicators"], record_id, day, given)
        front = {
            "id": record_id,
            "title": self._title(actor),
            "tlp": "CLEAR",
            "status": "published",
            "published": instant(moment),
            "kind": random.choice(_KINDS),
            "occurred": {"from": partial(random, began), "to": partial(random, day)},
            "disclosed": partial(random, day),
            "summary": f"{prose.sentence(random)} {prose.sentence(random)}",
            "key_points": [prose.sentence(random) for _ in range(5)],
            "attribution": self._claims(size["claims"], actor, given),
            "assessment": self._assessment(actor, given) if random.random() < 0.85 else None,
            "targets": {
                "sectors": words.sectors.some(random, size["sectors"]),
                "countries": words.countries.some(random, size["countries"]),
            },
            "software": tools,
            "motivations": words.motivations.some(random, size["motivations"]),
            "techniques": self._techniques(size["techniques"], given),
            "vulnerabilities": self._vulnerabilities(day, given),
            "timeline": self._timeline(size["timeline"], began, day, given),
            "response": self._responses(day, given),
            "indicators": indicators,
            "recommendations": [
                {"text": f"{prose.sentence(random)}", "mitigation": mitigation}
                for mitigation in random.sample(words.mitigations, 4)
            ],
            "related": [
                {"id": other, "relation": random.choice(_RELATIONS), "note": prose.clause(random)}
                for other in related
            ],
            "sources": given,
            "revisions": self._revisions(moment),
            "silence": _RESERVED if any(row["type"] == "ipv4-addr" for row in indicators) else {},
        }
        mentions = [f"[[{target}]]" for target in (actor.id, *tools, *related)]
        mentions += [f"`{row['value']}`" for row in indicators[:2]]
        return front, prose.narrative(random, size["body"], list(given), mentions)

    def _title(self, actor: Bearer) -> str:
        text = prose.clause(self.random).removesuffix(".")
        return f"{text}: {actor.name}" if self.random.random() < 0.3 else text

    def _claims(self, count: int, actor: Bearer, given: Sources) -> list[dict[str, Any]]:
        """Mostly the actor under one of its names; in a third of the incidents one claimant differs."""
        random = self.random
        rival = self.actors.one(random) if random.random() < 0.33 and count > 1 else actor
        claims = []
        for number, claimant in enumerate(random.sample(prose.VENDORS, count), 1):
            bearer = rival if number == count else actor
            claim: dict[str, Any] = {"named": random.choice(bearer.names), "by": claimant}
            claim |= {"sources": cite(random, given), "credibility": random.randint(2, 4)}
            if random.random() < 0.2:
                claim["stated"] = "very likely"
            if random.random() < 0.6:
                claim["note"] = prose.clause(random)
            claims.append(claim)
        return claims

    def _assessment(self, actor: Bearer, given: Sources) -> dict[str, Any]:
        random = self.random
        view = {"actor": actor.id, "confidence": random.choice(("low", "moderate", "high"))}
        if random.random() < 0.5:
            view["likelihood"] = random.choice(("likely", "very likely"))
        why = " ".join(prose.sentence(random) for _ in range(3))
        return {**view, "why": why, "sources": cite(random, given, 3)}

    def _techniques(self, count: int, given: Sources) -> list[dict[str, Any]]:
        random = self.random
        bases = ("reported", "reported", "mapped", "mapped", "group-profile")
        rows = []
        for technique in self.words.techniques.some(random, count):
            row: dict[str, Any] = {"id": technique, "basis": random.choice(bases)}
            rows.append({**row, "note": prose.clause(random), "sources": cite(random, given)})
        return rows

    def _vulnerabilities(self, day: date, given: Sources) -> list[dict[str, Any]]:
        if self.random.random() >= 0.06:
            return []
        cve = f"CVE-{day.year}-{self.random.randint(1_000, 60_000)}"
        return [{"id": cve, "sources": cite(self.random, given)}]

    def _timeline(self, count: int, began: date, day: date, given: Sources) -> list[dict[str, Any]]:
        random = self.random
        span = (day - began).days + 1
        return [
            {"date": partial(random, when), "event": prose.clause(random), "sources": cite(random, given)}
            for when in sorted(began + timedelta(random.randrange(span)) for _ in range(count))
        ]

    def _responses(self, day: date, given: Sources) -> list[dict[str, Any]]:
        random = self.random
        rows = []
        for kind in random.sample(_RESPONSES, random.randint(1, 3)):
            row: dict[str, Any] = {"kind": kind, "by": random.choice(prose.VENDORS)}
            row |= {"date": partial(random, day), "detail": prose.clause(random)}
            rows.append({**row, "sources": cite(random, given)})
        return rows

    def _indicators(self, count: int, record_id: str, day: date, given: Sources) -> list[dict[str, Any]]:
        """Domains for the most part, as the sheets tell of; some addresses, URLs and hashes."""
        random = self.random
        found: dict[str, dict[str, Any]] = {}
        while len(found) < count:
            kind, value = self._indicator(record_id, len(found))
            row: dict[str, Any] = {"type": kind, "value": value}
            state = random.choice(("active", "seized", "sinkholed", "unknown"))
            detects = random.random() < 0.7 and state in ("active", "unknown")
            row |= {"use": "detect" if detects else "context", "state": state}
            row["first_seen"] = str(day.year)
            if random.random() < 0.3:
                row["context"] = prose.clause(random)
            found[value] = {**row, "sources": cite(random, given)}
        return list(found.values())

    def _indicator(self, record_id: str, number: int) -> tuple[str, str]:
        random = self.random
        kind = random.choices(("domain-name", "ipv4-addr", "url", "sha256"), (80, 8, 6, 6))[0]
        if kind == "ipv4-addr":
            return kind, f"{random.choice(_NETWORKS)}.{random.randrange(1, 255)}"
        if kind == "sha256":
            return kind, f"{random.randrange(16**64):064x}"
        label = name_slug(random.choice(prose.PUBLISHERS))
        host = f"{label}-{number}.{record_id[-4:].lower()}.example.com"
        return (kind, f"http://{host}/{random.randrange(16**6):06x}/") if kind == "url" else (kind, host)

    def _revisions(self, moment: datetime) -> list[dict[str, str]]:
        if self.random.random() >= 0.1:
            return []
        at = moment + timedelta(self.random.randrange(3, 90))
        kind = self.random.choice(("update", "correction"))
        return [{"at": instant(at), "kind": kind, "note": prose.clause(self.random)}]
