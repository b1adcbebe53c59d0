"""First files: a site of one's own (`init`) and a new record (`new`)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from string import Template
from typing import Final

from threatbrief.errors import ConfigError
from threatbrief.model import PartialDate
from threatbrief.model.names import name_slug

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that an id can be read aloud."""


def mint_id(
    prefix: str, year: int, taken: Collection[str], choose: Callable[[str], str] = secrets.choice
) -> str:
    """A new incident id, `<prefix>-<year>-<four characters>`, that no record has."""
    folded = {record_id.upper() for record_id in taken}
    for _ in range(10_000):
        record_id = f"{prefix}-{year:04}-" + "".join(choose(CROCKFORD) for _ in range(4))
        if record_id not in folded:
            return record_id
    raise ConfigError(f"no free id is left for {prefix}-{year}")


def draft_incident(record_id: str, title: str, kind: str, disclosed: PartialDate) -> tuple[str, str]:
    """Path below the records folder and text of a new incident, a draft."""
    stem = "-".join(part for part in (record_id.lower(), name_slug(title)[:60].strip("-")) if part)
    text = f"""---
id: {record_id}
title: {_quote(title)}
tlp: CLEAR
status: draft
kind: {kind}
disclosed: {disclosed}
# published: set it to the moment of publication, and status to published
summary: Write one sentence, bottom line first.
# key_points: [three to five sentences]
# attribution:
#   - {{named: Name, by: Who says so, sources: [first], credibility: 3}}
# targets: {{sectors: [government], countries: [US], victims: []}}
# techniques:
#   - {{id: T1566.002, basis: reported, note: what was seen, sources: [first]}}
sources:
  first: {{publisher: Who published it, title: Title of the report, kind: primary, reliability: C}}
---
Tell what happened, each fact with its source [@first].
"""
    return f"incidents/{disclosed.year}/{stem}.md", text


def draft_actor(slug: str, name: str) -> tuple[str, str]:
    """Path below the records folder and text of a new actor, a draft."""
    text = f"""---
id: {slug}
name: {_quote(name)}
tlp: CLEAR
status: draft
summary: Write one sentence on who they are.
names:
  - {{name: {_quote(name)}, by: Who uses the name, relation: same-as, sources: [first]}}
# suspected_country:
#   - {{country: KP, by: Who says so, sources: [first]}}
sources:
  first: {{publisher: Who published it, title: Title of the report, kind: primary, reliability: C}}
---
Tell who says what about the group, each claim with its source [@first].
"""
    return f"actors/{slug}.md", text


def draft_software(slug: str, name: str, kind: str) -> tuple[str, str]:
    """Path below the records folder and text of a new software record, a draft."""
    text = f"""---
id: {slug}
name: {_quote(name)}
tlp: CLEAR
status: draft
type: {kind}
summary: Write one sentence on what it does.
sources:
  first: {{publisher: Who published it, title: Title of the report, kind: primary, reliability: C}}
---
Tell what it does and who reported it [@first].
"""
    return f"software/{slug}.md", text


def make_slug(name: str) -> str:
    """The slug of a name; ConfigError where no letter of it can be in an address."""
    slug = name_slug(name).encode("ascii", "ignore").decode().strip("-")[:64]
    if not slug:
        raise ConfigError(f"no slug can be made of {name!r}; give one with --id")
    return slug


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; ConfigError where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path} is there already; nothing was changed") from None


def init_site(folder: Path, templates: Path, name: str, prefix: str, today: date) -> list[Path]:
    """Write a working site with one example record into a folder that is empty or new."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty; name a new folder")
    source = templates / "init"
    words = {"name": _quote(name), "year": str(today.year), "prefix": prefix, "day": today.isoformat()}
    words["id"] = record_id = mint_id(prefix, today.year, ())
    targets = {
        "mkdocs.yml": "mkdocs.yml",
        "gitignore": ".gitignore",
        "content/pages/about.md": "content/pages/about.md",
        "incident.md": f"content/records/incidents/{today.year}/{record_id.lower()}-example.md",
        "actor.md": "content/records/actors/example-group.md",
    }
    plain = {**words, "name": name}
    written = []
    for origin, target in targets.items():
        text = Template((source / origin).read_text(encoding="utf-8"))
        write_new(folder / target, text.substitute(plain if origin.endswith("about.md") else words))
        written.append(folder / target)
    return written


def _quote(text: str) -> str:
    """Text as a YAML scalar: as typed where that is safe, else in double quotes."""
    safe = (
        text and all(c.isalnum() or c in " -_." for c in text) and text[0].isalnum() and text == text.strip()
    )
    if safe:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
