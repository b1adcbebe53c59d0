"""How feeds hold together over time: archives, addresses, and what an edit changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from lxml import etree
from tests.unit.outputs.feed_samples import SITE, actor, by, entries, feeds, guids, incident, revised

from threatbrief.knowledge import KnowledgeBase, facet_feeds
from threatbrief.model import Incident, Record, Tlp
from threatbrief.outputs.feeds import FIRST_LIMIT
from threatbrief.records.marking import apply_marking
from threatbrief.views.feed import feed_addresses

ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_renamed_actors_feed_answers_at_its_old_address() -> None:
    records = [incident(number, **by("Kimsuky")) for number in range(1, 20)]
    before = feeds([*records, actor()])
    after = feeds([*records, actor("emerald-sleet", name="Kimsuky", formerly=["kimsuky"])])
    old = {path for path in before if path.startswith("actors/kimsuky/")}
    assert old <= set(after)
    for path in old:
        assert after[path] == after[path.replace("kimsuky", "emerald-sleet")]
    assert guids(before["actors/kimsuky/rss.xml"]) == guids(after["actors/kimsuky/rss.xml"])
    ids = {
        etree.fromstring(files["actors/kimsuky/atom.xml"]).find(f"{ATOM}id").text for files in (before, after)
    }
    assert ids == {"tag:example.org,2026:feeds/actor/kimsuky"}


def test_archives_are_counted_from_the_oldest() -> None:
    records = [incident(number) for number in range(1, 21)]
    files = feeds(records)
    assert guids(files["feeds/archive/rss-1.xml"]) == [f"TB-2020-{n:04}" for n in range(8, 0, -1)]
    assert guids(files["feeds/archive/atom-2.xml"]) == [f"TB-2020-{n:04}" for n in range(16, 8, -1)]
    assert "feeds/archive/rss-3.xml" not in files
    later = feeds([*records, *(incident(number) for number in range(21, 40))])
    for path in [path for path in files if "/archive/" in path]:
        assert later[path] == files[path], path


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_archives_lead_from_the_first_document_to_the_oldest(name: str) -> None:
    files = feeds([incident(number) for number in range(1, 21)])
    seen: list[str] = []
    path: str | None = f"feeds/{name}.xml"
    while path:
        root = etree.fromstring(files[path])
        own = (
            link for link in root.iter(f"{ATOM}link") if link.getparent().tag in ("channel", f"{ATOM}feed")
        )
        links = {link.get("rel"): link.get("href") for link in own}
        assert links["self"] == SITE.url(path)
        marked = root.find(".//{http://purl.org/syndication/history/1.0}archive") is not None
        assert marked == ("/archive/" in path)
        assert links.get("current") == (SITE.url(f"feeds/{name}.xml") if marked else None)
        seen += guids(files[path])
        older = links.get("prev-archive")
        path = older.removeprefix(SITE.site_url) if older else None
    assert set(seen) == {f"TB-2020-{number:04}" for number in range(1, 21)}


def test_an_entry_is_the_same_in_every_document() -> None:
    files = feeds([incident(number, **by("Kimsuky")) for number in range(1, 21)] + [actor()])
    seen: dict[str, str] = {}
    for path, content in files.items():
        if "rss" not in path or "updates" in path or "kind/" in path or "corrections" in path:
            continue
        if path.startswith("actors/kimsuky/archive/"):
            continue
        for text in re.findall(r"<item>.*?</item>", content.decode(), re.DOTALL):
            guid = re.search(r"<guid[^>]*>([^<]+)", text)
            assert guid
            assert seen.setdefault(guid[1], text) == text
    assert len(seen) == 20


def test_archives_of_updates_and_actors_are_in_short() -> None:
    """In full, what is in them stands in the archive of all briefs, under the same GUID."""
    files = feeds([incident(number, **by("Kimsuky")) for number in range(1, 21)] + [actor()])
    in_full = {e.id: e for n in (1, 2) for e in entries(files[f"feeds/archive/rss-{n}.xml"])}
    for folder, name in (("feeds", "updates-rss"), ("actors/kimsuky", "rss"), ("actors/kimsuky", "atom")):
        found = [e for n in (1, 2) for e in entries(files[f"{folder}/archive/{name}-{n}.xml"])]
        assert [e.id for e in found] == [e.id for e in in_full.values()]
        for entry in found:
            whole = in_full[entry.id]
            assert "content" not in entry
            assert "Text of" in whole.content[0].value
            assert (entry.title, entry.summary, entry.link) == (whole.title, whole.summary, whole.link)
            assert entry.published_parsed == whole.published_parsed


def test_updates_keep_full_archives_when_something_is_revised() -> None:
    records = [incident(number) for number in range(1, 30)]
    before = feeds(records)
    after = feeds([incident(20, **revised("update")), *(r for r in records if r.id != "TB-2020-0020")])
    changed = {path for path in before if "updates" in path and before[path] != after[path]}
    assert changed == {"feeds/updates-rss.xml", "feeds/archive/updates-rss-3.xml"}
    everywhere = [
        guid for path in after if "updates" in path and "archive" in path for guid in guids(after[path])
    ]
    assert len(everywhere) == len(set(everywhere))
    assert "TB-2020-0020" not in everywhere


def test_one_correction_changes_only_the_feeds_that_carry_the_record() -> None:
    groups = [actor("kimsuky"), actor("apt37")]
    records = [incident(n, **by("Kimsuky" if n % 2 else "Apt37"), kind="arrest") for n in range(1, 30)]
    before = feeds([*records, *groups])
    corrected = incident(9, **by("Kimsuky"), kind="arrest", **revised("correction"))
    after = feeds([corrected, *(r for r in records if r.id != corrected.id), *groups])
    assert set(before) == set(after)
    changed = {path for path in before if before[path] != after[path]}
    carrying = {path for path in before if b"TB-2020-0009" in before[path] or b"TB-2020-0009" in after[path]}
    assert changed <= carrying
    assert "feeds/corrections-rss.xml" in changed
    assert "actors/apt37/rss.xml" not in changed


def test_the_first_document_stays_under_200_kb() -> None:
    body = "\n\n".join(f"Paragraph {n} with *emphasis* & an ampersand. " * 5 for n in range(80))
    files = feeds([incident(number, body=body, **by("Kimsuky")) for number in range(1, 41)] + [actor()])
    for path, content in files.items():
        if "/archive/" not in path and not path.endswith("opml.xml"):
            assert len(content) <= FIRST_LIMIT, path
    assert 7 <= len(guids(files["feeds/rss.xml"])) < 40
    assert guids(files["feeds/rss.xml"])[0] == "TB-2020-0040"


def published(records: Iterable[Record], ceiling: Tlp = Tlp.CLEAR) -> dict[str, bytes]:
    """The feeds of records as a build makes them: cut to the ceiling first."""
    return feeds(apply_marking(KnowledgeBase.of(records), ceiling))


WHOLE = {"targets": {"sectors": ["energy"], "countries": ["BT"]}, "software": ["rat"]}


def whole(number: int, **changes: Any) -> Incident:
    techniques = [{"id": "T1566", "basis": "reported", "sources": ["one"]}]
    return incident(number, **by("Kimsuky"), **WHOLE, techniques=techniques, **changes)


def test_a_withdrawn_brief_keeps_its_place_in_every_archive() -> None:
    records = [whole(number) for number in range(1, 30)]
    before = published([*records, actor()])
    withdrawn = whole(3, status="withdrawn", reason="Forged.", **revised("retraction"))
    after = published([withdrawn, *(r for r in records if r.id != withdrawn.id), actor()])
    assert set(before) == set(after)
    changed = {path for path in before if "/archive/" in path and before[path] != after[path]}
    assert changed == {
        "feeds/archive/rss-1.xml",
        "feeds/archive/atom-1.xml",
        "feeds/archive/updates-rss-1.xml",
        "actors/kimsuky/archive/rss-1.xml",
        "actors/kimsuky/archive/atom-1.xml",
    }
    was, now = (guids(files["actors/kimsuky/archive/rss-1.xml"]) for files in (before, after))
    assert was == now


def test_who_read_a_brief_reads_that_it_was_withdrawn() -> None:
    files = published([whole(1, status="withdrawn", reason="Forged.", **revised("retraction")), actor()])
    for path in (
        "actors/kimsuky/rss.xml",
        "sectors/energy/rss.xml",
        "countries/bt/rss.xml",
        "techniques/t1566/rss.xml",
    ):
        [entry] = entries(files[path])
        assert entry.title == "Withdrawn: TB-2020-0001"
        assert "Forged." in entry.summary
    assert b"<link>https://example.org/repo/countries/</link>" in files["countries/bt/rss.xml"]


def test_a_remarked_brief_leaves_nothing_but_its_place() -> None:
    records = [whole(number) for number in range(1, 30)]
    before = published([*records, actor()])
    secret = whole(3).model_copy(update={"tlp": Tlp.RED, "released": Tlp.CLEAR})
    after = published([secret, *(r for r in records if r.id != secret.id), actor()])
    for path in ("feeds/archive/rss-2.xml", "feeds/archive/atom-3.xml", "feeds/archive/updates-rss-3.xml"):
        assert before[path] == after[path]
    assert guids(after["feeds/archive/rss-1.xml"]) == guids(before["feeds/archive/rss-1.xml"])
    carrying = {path for path, content in after.items() if b"TB-2020-0003" in content}
    assert not [
        path for path in carrying if path.startswith(("actors/", "sectors/", "countries/", "feeds/corr"))
    ]


def test_the_check_of_history_knows_the_addresses_of_facets() -> None:
    record = whole(1)
    feeds_of_facets = {"sectors/energy/rss.xml", "countries/bt/rss.xml", "techniques/t1566/rss.xml"}
    assert set(facet_feeds(record)) == feeds_of_facets
    assert feeds_of_facets <= feed_addresses(KnowledgeBase.of([record]), SITE)
    assert facet_feeds(whole(1, status="draft")) == ()
