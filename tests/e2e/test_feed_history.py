"""A subscriber over a history of thirty edits: each brief once, each correction once, nothing lost.

The records lie on disk as a curator writes them. After every edit the feeds are built anew and read by
feedparser, whose entries are kept by GUID as a feed reader keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest

from threatbrief.build.artifact import Sized
from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.feeds import FIRST_LIMIT, FeedsOutput
from threatbrief.records import load
from threatbrief.records.marking import apply_marking
from threatbrief.render.engine import Engine

SITE = SiteConfig(site_name="Briefs", site_url="https://briefs.example/", authority="briefs.example,2026")
CORRECTING = ("correction", "retraction")


@dataclass
class Brief:
    """A record as its curator keeps it."""

    number: int
    published: str
    title: str
    status: str = "published"
    reason: str = ""
    body: str = "What happened is told here [@one]."
    named: str = "Thallium"
    folder: str = "2020"
    revisions: list[tuple[str, str, str]] = field(default_factory=list)
    turned: bool = False

    @property
    def id(self) -> str:
        return f"TB-2020-{self.number:04}"

    def text(self) -> str:
        lines = [
            f"id: {self.id}",
            f"title: {self.title}",
            "tlp: CLEAR",
            f"status: {self.status}",
            f"published: {self.published}",
            "kind: intrusion",
            "disclosed: 2020-02",
            f"summary: Summary of {self.number}.",
            f"attribution: [{{named: {self.named}, by: Somebody, sources: [one]}}]",
            'sources: {one: {publisher: P, title: T, url: "https://news.example/"}}',
        ]
        if self.reason:
            lines.append(f"reason: {self.reason}")
        if self.revisions:
            rows = (f"{{at: {at}, kind: {kind}, note: {note}}}" for at, kind, note in self.revisions)
            lines.append(f"revisions: [{', '.join(rows)}]")
        if self.turned:
            lines.reverse()
        return "\n".join(["---", *lines, "---", self.body, ""])


class Newsroom:
    """The records and their clock: each edit happens a day after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.briefs: dict[int, Brief] = {}
        self.actor = "thallium"
        self.former: list[str] = []
        self.day = 0

    def now(self) -> str:
        return f"2026-{1 + self.day // 28:02}-{1 + self.day % 28:02}T12:00:00Z"

    def new(self, count: int = 1) -> None:
        for _ in range(count):
            number = len(self.briefs) + 1
            self.briefs[number] = Brief(number, self.now(), f"Brief {number}")

    def revise(self, number: int, kind: str) -> None:
        self.briefs[number].revisions.append((self.now(), kind, f"Edit {self.day}"))

    def correct(self, number: int) -> None:
        self.briefs[number].body += f" Put right on day {self.day}."
        self.revise(number, "correction")

    def update(self, number: int) -> None:
        self.briefs[number].body += f" Added on day {self.day}."
        self.revise(number, "update")

    def retitle(self, number: int) -> None:
        self.briefs[number].title = f"Brief {number} under a new title of day {self.day}"
        self.revise(number, "correction")

    def withdraw(self, number: int) -> None:
        self.briefs[number].status, self.briefs[number].reason = "withdrawn", "Its source was forged."
        self.revise(number, "retraction")

    def publish_again(self, number: int) -> None:
        self.briefs[number].status, self.briefs[number].reason = "published", ""
        self.revise(number, "update")

    def attribute(self, number: int, name: str) -> None:
        self.briefs[number].named = name
        self.revise(number, "correction")

    def rename_actor(self, slug: str) -> None:
        self.former.append(self.actor)
        self.actor = slug

    def turn_keys(self) -> None:
        for brief in self.briefs.values():
            brief.turned = not brief.turned

    def move_files(self) -> None:
        for brief in self.briefs.values():
            brief.folder = f"moved-{self.day}/{brief.number % 3}"

    def knowledge(self) -> KnowledgeBase:
        """Write everything to disk and load it as the build does."""
        records = self.folder / f"day-{self.day}"
        for brief in self.briefs.values():
            file = records / "incidents" / brief.folder / f"{brief.id.lower()}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(brief.text(), encoding="utf-8")
        (records / "actors").mkdir()
        former = f"formerly: [{', '.join(self.former)}]\n" if self.former else ""
        (records / "actors" / f"{self.actor}.md").write_text(
            f"---\nid: {self.actor}\nname: Thallium\ntlp: CLEAR\nstatus: published\n"
            f"published: 2026-01-01\nsummary: A group.\n{former}---\n",
            encoding="utf-8",
        )
        kb, found = load(records)
        assert not [diagnostic for diagnostic in found if diagnostic.severity.value == "error"], found
        return apply_marking(kb, Tlp.CLEAR)

    def members(self) -> dict[str, bool]:
        """Which briefs are in the actor's feed; of one that is withdrawn, the notice."""
        return {b.id: b.named == "Thallium" for b in self.briefs.values()}

    def corrections(self) -> set[str]:
        return {
            SITE.guid(brief.id, f"revision/{version}")
            for brief in self.briefs.values()
            for version, (_, kind, _) in enumerate(brief.revisions, 2)
            if kind in CORRECTING
        }


Edit = Callable[[Newsroom], None]
HISTORY: tuple[Edit, ...] = (
    lambda room: room.new(6),
    lambda room: room.correct(2),
    lambda room: room.new(),
    lambda room: room.retitle(1),
    lambda room: room.new(4),
    lambda room: room.turn_keys(),
    lambda room: room.withdraw(3),
    lambda room: room.new(),
    lambda room: room.update(2),
    lambda room: room.rename_actor("emerald-sleet"),
    lambda room: room.correct(2),
    lambda room: room.new(5),
    lambda room: room.publish_again(3),
    lambda room: room.move_files(),
    lambda room: room.retitle(11),
    lambda room: room.new(),
    lambda room: room.withdraw(1),
    lambda room: room.correct(18),
    lambda room: room.update(12),
    lambda room: room.new(3),
    lambda room: room.attribute(5, "Kimsuky"),
    lambda room: room.rename_actor("velvet-chollima"),
    lambda room: room.correct(3),
    lambda room: room.new(2),
    lambda room: room.turn_keys(),
    lambda room: room.withdraw(20),
    lambda room: room.retitle(23),
    lambda room: room.publish_again(20),
    lambda room: room.correct(20),
    lambda room: room.new(8),
)


def build(kb: KnowledgeBase) -> dict[str, bytes]:
    output, engine = FeedsOutput(), Engine(())
    files = {}
    for artifact in output.plan(kb, SITE):
        engine.needed = {path: Sized(1000, "0" * 64) for path in artifact.needs}
        files[str(artifact.path)] = output.render(artifact, engine)
    return files


class Subscriber:
    """A feed reader: what it knows by GUID, and every GUID in the order in which it first saw it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.known: dict[str, Any] = {}
        self.news: list[str] = []

    def poll(self, files: dict[str, bytes]) -> None:
        self._read(files[self.path])

    def catch_up(self, files: dict[str, bytes]) -> None:
        """Read the archives too (RFC 5005, section 4.2), oldest last; what is newer wins."""
        path: str | None = self.path
        documents = []
        while path:
            documents.append(files[path])
            parsed = feedparser.parse(files[path])
            older = [link.href for link in parsed.feed.links if link.rel == "prev-archive"]
            path = older[0].removeprefix(SITE.site_url) if older else None
        for content in reversed(documents):
            self._read(content)

    def _read(self, content: bytes) -> None:
        parsed = feedparser.parse(content)
        assert not parsed.bozo, parsed.get("bozo_exception")
        ids = [entry.id for entry in parsed.entries]
        assert len(ids) == len(set(ids))
        for entry in reversed(parsed.entries):
            if entry.id.endswith("/start"):
                continue
            if entry.id not in self.known:
                self.news.append(entry.id)
            self.known[entry.id] = entry


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Newsroom, dict[str, bytes]]]:
    """What stood on the server after each edit, and what the newsroom knew then."""
    room = Newsroom(tmp_path_factory.mktemp("history"))
    states = []
    for edit in HISTORY:
        room.day += 1
        edit(room)
        files = build(room.knowledge())
        seen = Newsroom(room.folder)
        seen.day, seen.actor, seen.former = room.day, room.actor, list(room.former)
        seen.briefs = {
            number: Brief(**{**vars(brief), "revisions": list(brief.revisions)})
            for number, brief in room.briefs.items()
        }
        states.append((seen, files))
    return states


History = list[tuple[Newsroom, dict[str, bytes]]]


def test_the_history_has_thirty_edits(history: History) -> None:
    assert len(history) == 30
    assert len(history[-1][0].briefs) == 31


@pytest.mark.parametrize("path", ["feeds/rss.xml", "feeds/atom.xml", "feeds/updates-rss.xml"])
def test_each_brief_comes_once_and_stays_itself(history: History, path: str) -> None:
    reader = Subscriber(path)
    for room, files in history:
        reader.poll(files)
        assert set(reader.known) == {SITE.guid(brief.id) for brief in room.briefs.values()}
        for brief in room.briefs.values():
            entry = reader.known[SITE.guid(brief.id)]
            assert entry.title == (f"Withdrawn: {brief.id}" if brief.status == "withdrawn" else brief.title)
            assert entry.updated_parsed
    assert len(reader.news) == len(set(reader.news)) == 31


def test_the_actors_first_address_serves_through_every_rename(history: History) -> None:
    reader = Subscriber("actors/thallium/rss.xml")
    for room, files in history:
        reader.poll(files)
        expected = {SITE.guid(brief_id) for brief_id, is_member in room.members().items() if is_member}
        assert expected <= set(reader.known)
        for brief in room.briefs.values():
            if brief.status == "withdrawn" and room.members()[brief.id]:
                assert reader.known[SITE.guid(brief.id)].title == f"Withdrawn: {brief.id}"
        assert files["actors/thallium/rss.xml"] == files[f"actors/{room.actor}/rss.xml"]
    assert len(reader.news) == 31


def test_each_correction_comes_once(history: History) -> None:
    reader = Subscriber("feeds/corrections-rss.xml")
    for room, files in history:
        before = set(reader.known)
        reader.poll(files)
        assert set(reader.known) == room.corrections()
        assert len(set(reader.known) - before) <= 1
    assert len(reader.news) == len(set(reader.news)) == 12


def test_a_revision_comes_up_first_in_the_updates(history: History) -> None:
    told = 0
    for room, files in history:
        revised = [b for b in room.briefs.values() if b.revisions and b.revisions[-1][0] == room.now()]
        if not revised:
            continue
        first = feedparser.parse(files["feeds/updates-rss.xml"]).entries[0]
        assert first.id == SITE.guid(revised[0].id)
        assert first.updated == room.now()
        if revised[0].status == "published":
            assert f"Edit {room.day}" in first.summary
        told += 1
    assert told == 16


@pytest.mark.parametrize("path", ["feeds/rss.xml", "feeds/atom.xml", "feeds/updates-rss.xml"])
def test_who_reads_seldom_loses_nothing(history: History, path: str) -> None:
    reader = Subscriber(path)
    for number in (7, 18, 29):
        room, files = history[number]
        reader.catch_up(files)
        assert set(reader.known) == {SITE.guid(brief.id) for brief in room.briefs.values()}


def test_json_feed_tells_the_same(history: History) -> None:
    known: dict[str, str] = {}
    for room, files in history:
        shown = json.loads(files["feeds/feed.json"])["items"]
        known.update((entry["id"], entry["title"]) for entry in shown)
        assert set(known) == {SITE.guid(brief.id) for brief in room.briefs.values()}
        assert len({entry["id"] for entry in shown}) == len(shown)
    reader = Subscriber("feeds/rss.xml")
    for _, files in history:
        reader.poll(files)
    assert known == {guid: entry.title for guid, entry in reader.known.items()}


def test_no_feed_ever_vanishes(history: History) -> None:
    for (_, before), (_, after) in pairwise(history):
        assert set(before) <= set(after)


def test_full_archives_change_only_with_their_own_briefs(history: History) -> None:
    compared = 0
    for (old, before), (new, after) in pairwise(history):
        same_members = old.members().items() <= new.members().items() and old.actor == new.actor
        edited = {b.id for n, b in new.briefs.items() if n not in old.briefs or b != _same_place(old, b)}
        for path in (path for path in before if "/archive/" in path):
            if path.startswith("actors/") and not same_members:
                continue  # it is another list then
            ids = {brief_id for brief_id in edited if brief_id.encode() in before[path] + after[path]}
            assert ids or before[path] == after[path], path
            compared += 1
    assert compared > 300


def _same_place(room: Newsroom, brief: Brief) -> Brief:
    """The brief as it was, with today's folder and order of keys: neither may matter."""
    was = room.briefs[brief.number]
    return Brief(**{**vars(was), "folder": brief.folder, "turned": brief.turned})


def test_moving_files_and_turning_keys_changes_nothing(history: History) -> None:
    for number in (5, 13, 24):
        assert history[number][1] == history[number - 1][1]


def test_first_documents_stay_small(history: History) -> None:
    for _, files in history:
        for path, content in files.items():
            assert len(content) <= FIRST_LIMIT, path
