"""Malware and tools by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Software
from threatbrief.views.common import Link, plural
from threatbrief.views.directory import WHOLE, Group, GroupPage, by_letter, group_pages
from threatbrief.views.frame import PageView, Press

FOLDER: Final = "software/"
LETTERS: Final = f"{FOLDER}a-z/"
USERS: Final = 3
"""How many of its users a line names."""
NEWEST: Final = 40
"""How much of what is too much for one page the index shows: what the newest briefs name."""


@dataclass(frozen=True, slots=True)
class SoftwareLine:
    name: Link
    type: str
    attack_id: str
    summary: str
    actors: tuple[Link, ...]
    more_actors: str
    count: str


@dataclass(frozen=True, slots=True)
class SoftwareIndex:
    """All software, or a page of it: those under a letter. `letters` lead to all others."""

    title: str
    lead: str
    letters: tuple[Link, ...]
    software: tuple[SoftwareLine, ...]
    before: Link | None
    after: Link | None


def software_index(press: Press, kb: KnowledgeBase) -> PageView[SoftwareIndex]:
    """All software by name; where it is much, what was seen last, and the letters."""
    count = plural(len(kb.software), "entry", "entries")
    whole = len(kb.software) <= WHOLE
    shown = kb.software if whole else _newly_seen(kb)
    lead = f"Malware and tools that the briefs name: {count}."
    view = SoftwareIndex(
        title="Software",
        lead=lead if whole else f"{lead} Those in the newest briefs stand here.",
        letters=() if whole else tuple(group.link for group in _letters(kb)),
        software=tuple(_line(kb, software) for software in shown),
        before=None,
        after=None,
    )
    description = "The malware and tools that the briefs name, and who used them."
    return press.page(FOLDER, "Software", description, view, section="software")


def software_parts(kb: KnowledgeBase) -> Iterator[GroupPage[Software]]:
    """The pages of letters, where the software is too much for one page."""
    if len(kb.software) > WHOLE:
        yield from group_pages(_letters(kb))


def software_part_page(press: Press, kb: KnowledgeBase, part: GroupPage[Software]) -> PageView[SoftwareIndex]:
    """A page of the software under a letter."""
    title = f"Software: {part.title}"
    view = SoftwareIndex(
        title=title,
        lead="Malware and tools that the briefs name.",
        letters=(),
        software=tuple(_line(kb, software) for software in part.rows),
        before=part.before,
        after=part.after,
    )
    description = f"{title}. Malware and tools that the briefs name."
    return press.page(part.address, title, description, view, section="software")


def _letters(kb: KnowledgeBase) -> tuple[Group[Software], ...]:
    return by_letter(kb.software, lambda software: software.name, LETTERS)


def _newly_seen(kb: KnowledgeBase) -> list[Software]:
    """What the newest incidents used, newest first."""
    found = dict.fromkeys(id_ for incident in kb.incidents[: 4 * NEWEST] for id_ in incident.software)
    known = (kb.software_by_id.get(id_) for id_ in found)
    return [software for software in known if software][:NEWEST]


def _line(kb: KnowledgeBase, software: Software) -> SoftwareLine:
    users = kb.actors_using(software)
    return SoftwareLine(
        name=Link(software.name, f"{FOLDER}{software.slug}/"),
        type=software.type.value.capitalize(),
        attack_id=software.attack_id or "",
        summary=software.summary,
        actors=tuple(Link(a.name, f"actors/{a.slug}/") for a in users[:USERS]),
        more_actors=f" and {len(users) - USERS} more" if len(users) > USERS else "",
        count=plural(len(kb.incidents_with(software)), "brief"),
    )
