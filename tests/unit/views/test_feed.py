"""The list of feeds, and what an entry says of a record."""

from __future__ import annotations

import gc
from collections import Counter
from unittest.mock import patch

import pytest
from tests.unit.outputs.feed_samples import SITE, actor, by, incident, instant, revised

from threatbrief.build.watch import ReadLog, watch
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.views import feed_entry
from threatbrief.views.feed import changed_feeds, feed_addresses, feeds_by_page, site_feeds
from threatbrief.views.feed_content import BODY_LIMIT, Brief, Content, brief_content
from threatbrief.views.feed_entry import EntryView, Form, Slot, make_entry, notice_entry
from threatbrief.views.readable import needs_defanging


def test_every_feed_has_a_key_and_addresses_of_its_own() -> None:
    kb = KnowledgeBase.of([incident(1, **by("Kimsuky")), actor(formerly=["thallium"])])
    feeds = site_feeds(kb, SITE)
    paths = [file.path for feed in feeds for file in (*feed.files, *feed.former)]
    assert len(paths) == len(set(paths))
    assert len({feed.key for feed in feeds}) == len(feeds)
    assert {
        "feeds/rss.xml",
        "feeds/atom.xml",
        "feeds/feed.json",
        "feeds/updates-rss.xml",
        "feeds/corrections-rss.xml",
        "actors/kimsuky/feed.json",
        "actors/thallium/rss.xml",
        "incidents/kind/sanction/rss.xml",
    } <= feed_addresses(kb, SITE)
    assert feed_addresses(kb, SITE) == frozenset(paths)


def test_a_feed_says_how_much_is_in_it() -> None:
    records = [
        incident(1, **by("Kimsuky"), **revised("correction")),
        incident(2),
        incident(3, status="draft"),
    ]
    feeds = {feed.key: feed for feed in site_feeds(KnowledgeBase.of([*records, actor()]), SITE)}
    counts = {key: (feed.count, feed.unit) for key, feed in feeds.items()}
    assert counts["feeds/all"] == (2, "brief")
    assert counts["feeds/updates"] == (2, "brief")
    assert counts["feeds/corrections"] == (1, "correction")
    assert counts["feeds/actor/kimsuky"] == (1, "brief")
    assert counts["feeds/kind/arrest"] == (0, "brief")
    for feed in feeds.values():
        assert len([slot for slot in feed.slots() if slot]) == feed.count


def test_the_address_of_a_name_that_another_actor_took_is_that_actors() -> None:
    kb = KnowledgeBase.of([actor("new-name", formerly=["kimsuky"]), actor("kimsuky")])
    [feed] = [feed for feed in site_feeds(kb, SITE) if feed.home == "actors/new-name/"]
    assert feed.former == ()


def test_updates_keep_a_slot_for_every_version() -> None:
    kb = KnowledgeBase.of([incident(1, **revised("update", "update")), incident(2)])
    [feed] = [feed for feed in site_feeds(kb, SITE) if feed.key == "feeds/updates"]
    assert [slot and slot.incident[-4:] for slot in feed.slots()] == [None, "0002", None, "0001"]


def test_a_page_knows_its_feeds() -> None:
    kb = KnowledgeBase.of([incident(1, **by("Kimsuky")), incident(2), actor()])
    found = feeds_by_page(kb, site_feeds(kb, SITE))
    assert [feed.name for feed in found["actors/kimsuky/"]] == ["Kimsuky"]
    assert [feed.name for feed in found["incidents/tb-2020-0001/"]] == ["Kimsuky"]
    assert "incidents/tb-2020-0002/" not in found
    assert [feed.key for feed in found[""]] == ["feeds/all"]


def test_changed_feeds_are_urls_of_feeds_and_nothing_else() -> None:
    kb = KnowledgeBase.of([incident(1)])
    changed = ["feeds/atom.xml", "feeds/archive/atom-1.xml", "index.html", "feeds/opml.xml"]
    assert changed_feeds(changed, kb, SITE) == ("https://example.org/repo/feeds/atom.xml",)


def test_likelihood_and_confidence_stand_in_sentences_apart() -> None:
    given = {
        "actor": "kimsuky",
        "confidence": "moderate",
        "likelihood": "very likely",
        "why": "Reasons.",
        "sources": ["one"],
    }
    record = incident(1, assessment=given)
    content = _content(KnowledgeBase.of([record, actor()]), record)
    [section] = [section for section in content.before if section.heading == "Our assessment"]
    [row] = section.rows
    assert row.cells == ("We assess that this was very likely Kimsuky. Our confidence is moderate. Reasons.",)
    assert row.cites == "1"


@pytest.mark.parametrize("value", ["evil.example", 'http://evil.example/a"b\\c', "http://пример.example/é"])
def test_prose_that_names_an_indicator_is_defanged(value: str) -> None:
    kind = "url" if "/" in value else "domain-name"
    rows = [{"type": kind, "value": value, "context": f"Seen at {value} once.", "sources": ["one"]}]
    named = incident(1, indicators=rows)
    untouched = incident(2, indicators=[{**rows[0], "context": "Elsewhere."}])
    assert needs_defanging(named)
    assert not needs_defanging(untouched)
    kb = KnowledgeBase.of([named, untouched])
    content = _content(kb, named)
    said = [cell for section in content.after for row in section.rows for cell in row.cells]
    assert not [cell for cell in said if value in cell]
    assert any("once." in cell for cell in said)


def test_a_worker_keeps_a_bounded_number_of_entries_and_no_copies_of_records() -> None:
    rows = [{"type": "domain-name", "value": "evil.example", "context": "evil.example.", "sources": ["one"]}]
    records = [incident(n, indicators=rows) for n in range(1, 40)]
    kb = watch(KnowledgeBase.of(records), ReadLog())
    before = _alive()
    with patch.object(feed_entry, "_ROOM", 10):
        for record in records:
            make_entry(kb, SITE, Slot(record.id, Form.FULL, "2026-11-22T00:00:00Z"))
    after = _alive()
    assert 0 < after[EntryView] - before[EntryView] <= 10
    assert after[Incident] == before[Incident]


def _content(kb: KnowledgeBase, record: Incident) -> Content:
    brief = make_entry(kb, SITE, Slot(record.id, Form.FULL, instant(1))).content
    assert isinstance(brief, Brief)
    return brief_content(brief)


def _alive() -> Counter[type]:
    gc.collect()
    return Counter(type(found) for found in gc.get_objects())


def _short(record: Incident) -> Slot:
    return Slot(record.id, Form.SHORT, "2026-11-22T00:00:00Z")


def test_an_entry_tells_what_it_read_however_often_it_is_made() -> None:
    log = ReadLog()
    kb = watch(KnowledgeBase.of([incident(1, software=["babyshark"]), actor()]), log)
    asked = []
    for _ in range(2):
        log.asked = set()
        make_entry(kb, SITE, _short(incident(1)))
        asked.append(log.asked)
    assert asked[0] == asked[1]
    assert any("babyshark" in question for question in asked[0])


def test_group_profile_is_not_of_the_incident() -> None:
    record = incident(
        1,
        techniques=[
            {"id": "T1078", "basis": "group-profile", "sources": ["one"]},
            {"id": "T1566.002", "basis": "mapped", "sources": ["one"]},
        ],
    )
    kb = KnowledgeBase.of([record])
    entry = make_entry(kb, SITE, Slot(record.id, Form.FULL, ""))
    [section] = [section for section in _content(kb, record).after if section.heading == "Techniques"]
    assert [row.cells[:3] for row in section.rows] == [
        ("T1566.002", "Phishing: Spearphishing Link", "mapped")
    ]
    assert "T1078" not in {category.term for category in entry.categories}


def test_a_long_narrative_ends_with_a_paragraph() -> None:
    record = incident(1, body="A paragraph of words.\n\n" * 10_000)
    content = _content(KnowledgeBase.of([record]), record)
    assert content.is_cut
    assert content.body
    assert len(content.body.markdown) <= BODY_LIMIT
    assert content.body.markdown.endswith("A paragraph of words.")


def test_an_entry_is_marked_as_high_as_what_is_left_in_it() -> None:
    record = incident(1, timeline=[{"date": "2019", "event": "E.", "sources": ["one"], "tlp": "AMBER"}])
    entry = make_entry(KnowledgeBase.of([record]), SITE, Slot(record.id, Form.FULL, ""))
    assert entry.tlp == "TLP:AMBER"


def test_a_notice_is_dated_by_the_authority() -> None:
    site = SITE.model_copy(update={"authority": "example.org,2026-03"})
    entry = notice_entry(site, "feeds/all", "T", "X", "")
    assert entry.published == entry.updated == "2026-03-01T00:00:00Z"
    assert entry.guid == "tag:example.org,2026-03:feeds/all/start"


def test_title_and_summary_are_cut_between_words() -> None:
    record = incident(1, title="word " * 100, summary="word " * 1000)
    entry = make_entry(KnowledgeBase.of([record]), SITE, Slot(record.id, Form.FULL, ""))
    assert len(entry.title) <= 300
    assert entry.title.endswith("word…")
    assert len(entry.summary) <= 1500
    assert entry.published == instant(1)
