"""Turns records into a Hugo site that shows the same content: see hugo/README.md."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from threatbrief.knowledge import KnowledgeBase, techniques_seen
from threatbrief.model import Actor, Incident, Record, Software
from threatbrief.model.markup import RECORD_LINK
from threatbrief.model.vocab import CREDIBILITY_WORDS, ICD203_BANDS, Reliability
from threatbrief.reference import DOMAINS, load_reference
from threatbrief.views.body import CITATION, find_record

THEME: Final = Path(__file__).parent / "hugo"


def write_hugo_site(kb: KnowledgeBase, folder: Path) -> None:
    """The theme and every record as Hugo content, into a folder that does not exist yet."""
    shutil.copytree(THEME, folder)
    for incident in kb.incidents:
        _write(folder / f"content/incidents/{incident.slug}.md", _incident(kb, incident), _body(kb, incident))
    for actor in kb.actors:
        _write(folder / f"content/actors/{actor.slug}/_index.md", _actor(kb, actor), _body(kb, actor))
    for software in kb.software:
        _write(
            folder / f"content/software/{software.slug}/_index.md", _software(software), _body(kb, software)
        )
    for contested in kb.contested_names:
        bearers = [
            {"actor": bearer.actor.id, "claims": [_plain(claim) for claim in bearer.claims]}
            for bearer in contested.bearers
        ]
        front: dict[str, Any] = {
            "title": contested.name,
            "url": f"/actors/{contested.slug}/",
            "outputs": ["html"],
        }
        front["params"] = {"bearers": bearers}
        _write(folder / f"content/names/{contested.slug}.md", front, "")
    _write(folder / "content/about.md", {"title": "About", "outputs": ["html"]}, "What this site is for.\n")
    _write_words(folder / "data")


def _write(file: Path, front: Mapping[str, Any], body: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    head = yaml.dump(dict(front), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=110)
    file.write_text(f"---\n{head}---\n{body}", encoding="utf-8")


def _plain(part: Any) -> dict[str, Any]:
    """A model as plain values, as they stand in the record's file."""
    plain: dict[str, Any] = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


def _params(record: Record) -> dict[str, Any]:
    """The record's own keys but those that Hugo has words of its own for; sources get their numbers."""
    params = _plain(record)
    for key in ("body", "title", "name", "id", "kind", "type", "published", "status", "formerly"):
        params.pop(key, None)
    params["sources"] = [{**row, "number": n} for n, row in enumerate(params["sources"], 1)]
    return params


def _incident(kb: KnowledgeBase, incident: Incident) -> dict[str, Any]:
    params = _params(incident)
    software, targets = params.pop("software"), params.pop("targets")
    params["uses"] = params.pop("techniques")
    params |= {"record": incident.id, "event": incident.kind.value, "year": str(incident.disclosed.year)}
    params["contested"] = kb.is_contested(incident)
    for row, claim in zip(params["attribution"], incident.attribution, strict=True):
        row["actors"] = [actor.id for actor in kb.claimed_actors(claim)]
        row["page"] = _name_page(kb, claim.named)
    return {
        "title": incident.title,
        "date": _instant(incident),
        "lastmod": incident.updated.isoformat() if incident.updated else _instant(incident),
        "actors": [actor.id for actor in kb.actors_of(incident)],
        "software": software,
        "years": [str(incident.disclosed.year)],
        "kinds": [incident.kind.value],
        "sectors": targets["sectors"],
        "countries": targets["countries"],
        "techniques": list(dict.fromkeys(techniques_seen(incident))),
        "params": params,
    }


def _actor(kb: KnowledgeBase, actor: Actor) -> dict[str, Any]:
    params = _params(actor)
    params["names"] = [{**_plain(claim), "page": _name_page(kb, claim.name)} for claim in actor.names]
    outputs = ["html", "rss", "atom", "feed", "record"]
    return {"title": actor.name, "date": _instant(actor), "outputs": outputs, "params": params}


def _software(software: Software) -> dict[str, Any]:
    params = _params(software) | {"software_type": software.type.value}
    return {
        "title": software.name,
        "date": _instant(software),
        "outputs": ["html", "rss", "record"],
        "params": params,
    }


def _instant(record: Record) -> str:
    return record.published.isoformat() if record.published else "2000-01-01T00:00:00Z"


def _name_page(kb: KnowledgeBase, name: str) -> str:
    bearers = kb.actors_named(name)
    found = (c.slug for c in kb.contested_names if c.bearers == bearers) if len(bearers) > 1 else iter(())
    slug = next(found, "")
    return f"/actors/{slug}/" if slug else ""


def _body(kb: KnowledgeBase, record: Record) -> str:
    """The narrative with citations and record links as plain Markdown links, indicators defanged."""
    numbers = {source.id: number for number, source in enumerate(record.sources, 1)}

    def link(match: re.Match[str]) -> str:
        href, name = find_record(kb, match.group(1)) or ("", match.group(1))
        return f"[{match.group(2) or name}](/{href})"

    text = CITATION.sub(lambda m: f"[{numbers[m.group(1)]}](#s{numbers[m.group(1)]})", record.body)
    text = RECORD_LINK.sub(link, text)
    for indicator in record.indicators if isinstance(record, Incident) else ():
        if indicator.value in text and indicator.type.value != "sha256":
            shown = indicator.value.replace(".", "[.]").replace("http", "hxxp")
            text = text.replace(indicator.value, shown)
    return text


def _write_words(folder: Path) -> None:
    """The names that both sides print from their reference tables."""
    reference = load_reference()
    order = {t.shortname: (n, t.name) for d in reversed(DOMAINS) for n, t in enumerate(reference.tactics(d))}
    techniques = {}
    for key in reference.technique_ids:
        technique = reference.technique(key)
        known = [order[t] for t in technique.tactics if t in order] if technique else []
        if technique and known:
            number, tactic = known[0]
            techniques[key] = {"name": technique.name, "tactic": tactic, "order": f"{number:02d} {key}"}
    words = {
        "sectors": {k: s.name for k in reference.sector_slugs if (s := reference.sector(k))},
        "countries": {k: c.name for k in reference.country_codes if (c := reference.country(k))},
        "motivations": {k: w.name for k in reference.motivation_slugs if (w := reference.motivation(k))},
        "mitigations": {f"M{n}": m.name for n in range(1000, 1100) if (m := reference.mitigation(f"M{n}"))},
        "credibility": {str(k): word for k, word in CREDIBILITY_WORDS.items()},
        "reliability": {letter.value: letter.words for letter in Reliability},
        "bands": {band.word: f"{band.low}–{band.high}" for band in ICD203_BANDS},
    }
    folder.mkdir(exist_ok=True)
    (folder / "words.json").write_text(json.dumps(words), encoding="utf-8")
    (folder / "techniques.json").write_text(json.dumps(techniques), encoding="utf-8")
