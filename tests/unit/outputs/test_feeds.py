"""Feeds as files: what each format says of a record, and what it never says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import PurePosixPath

import pytest
from lxml import etree
from tests.unit.outputs.feed_samples import (
    BRIEF_SIZE,
    SITE,
    actor,
    by,
    entries,
    feeds,
    guids,
    incident,
    instant,
    revised,
)

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Software, Tlp
from threatbrief.outputs.feeds import FeedsOutput

ATOM = "{http://www.w3.org/2005/Atom}"


def test_an_rss_item_says_what_the_record_says() -> None:
    record = incident(1, body="See [[kimsuky]] [@one] and [a page](https://other.example/).", **by("Kimsuky"))
    [entry] = entries(feeds([record, actor()])["feeds/rss.xml"])
    assert entry.id == "tag:example.org,2026:TB-2020-0001"
    assert not entry.guidislink
    assert entry.link == "https://example.org/repo/incidents/tb-2020-0001/"
    assert entry.title == "Incident 1"
    assert entry.summary == "Summary of 1."
    assert entry.author == "Example CERT"
    assert entry.published_parsed[:4] == (2020, 1, 2, 9)
    assert entry.updated == instant(1)
    [enclosure] = entry.enclosures
    assert (enclosure.href, enclosure.length, enclosure.type) == (
        "https://example.org/repo/incidents/tb-2020-0001/brief.pdf",
        str(BRIEF_SIZE),
        "application/pdf",
    )
    assert (
        '<a href="https://example.org/repo/actors/kimsuky/">Kimsuky</a> <sup>[1]</sup>'
        in entry.content[0].value
    )


def test_categories_carry_their_scheme() -> None:
    techniques = [
        {"id": "T1566.002", "basis": "reported", "sources": ["one"]},
        {"id": "T1078", "basis": "group-profile", "sources": ["one"]},
    ]
    targets = {"sectors": ["government"], "countries": ["NO"]}
    record = incident(1, techniques=techniques, targets=targets, **by("Kimsuky"))
    files = feeds([record, actor()])
    tags = {(tag.scheme, tag.term, tag.label) for tag in entries(files["feeds/atom.xml"])[0].tags}
    assert tags == {
        ("tag:example.org,2026:kinds", "intrusion", "intrusion"),
        ("https://www.first.org/tlp/", "TLP:CLEAR", None),
        ("tag:example.org,2026:actors", "kimsuky", "Kimsuky"),
        ("tag:example.org,2026:sectors", "government", "Government"),
        ("urn:iso:std:iso:3166:-1", "NO", "Norway"),
        ("https://attack.mitre.org/techniques/", "T1566.002", None),
    }
    shown = {(tag.scheme, tag.term) for tag in entries(files["feeds/rss.xml"])[0].tags}
    assert ("https://attack.mitre.org/techniques/", "T1566.002") in shown
    assert ("tag:example.org,2026:actors", "Kimsuky") in shown


def test_atom_links_keep_rel_type_and_length() -> None:
    root = etree.fromstring(feeds([incident(1)])["feeds/atom.xml"])
    links = {link.get("rel"): dict(link.attrib) for link in root.find(f"{ATOM}entry").findall(f"{ATOM}link")}
    assert links == {
        "alternate": {
            "rel": "alternate",
            "href": "https://example.org/repo/incidents/tb-2020-0001/",
            "type": "text/html",
        },
        "enclosure": {
            "rel": "enclosure",
            "href": "https://example.org/repo/incidents/tb-2020-0001/brief.pdf",
            "type": "application/pdf",
            "length": str(BRIEF_SIZE),
        },
        "via": {"rel": "via", "href": "https://news.example/a", "title": "A title"},
    }
    assert root.find(f"{ATOM}id").text == "tag:example.org,2026:feeds/all"
    assert root.find(f"{ATOM}author/{ATOM}name").text == "Example CERT"
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"self", "alternate"}


def test_json_feed_1_1() -> None:
    document = json.loads(feeds([incident(1, **revised("update"))])["feeds/feed.json"])
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == "https://example.org/repo/feeds/feed.json"
    assert document["home_page_url"] == "https://example.org/repo/"
    assert document["authors"] == [{"name": "Example CERT", "url": "https://example.org/repo/"}]
    [shown] = document["items"]
    assert shown["id"] == "tag:example.org,2026:TB-2020-0001"
    assert (shown["date_published"], shown["date_modified"]) == (instant(1), instant(100))
    assert shown["attachments"] == [
        {
            "url": "https://example.org/repo/incidents/tb-2020-0001/brief.pdf",
            "mime_type": "application/pdf",
            "size_in_bytes": BRIEF_SIZE,
        }
    ]
    assert shown["_threatbrief"]["sources"] == [{"title": "A title", "url": "https://news.example/a"}]


def test_every_date_is_a_records_own() -> None:
    files = feeds([incident(1, **revised("correction")), incident(2), actor()])
    known = {instant(day) for day in (1, 2, 100)} | {"2026-01-01T00:00:00Z"}
    found = 0
    for path, content in files.items():
        if not path.endswith(".xml") or path.endswith("opml.xml"):
            continue
        for node in etree.fromstring(content).iter():
            if etree.QName(node).localname in ("updated", "published"):
                moment = datetime.fromisoformat(node.text)
            elif node.tag in ("pubDate", "lastBuildDate"):
                moment = datetime.strptime(node.text, "%a, %d %b %Y %H:%M:%S %z")
            else:
                continue
            assert moment.strftime("%Y-%m-%dT%H:%M:%SZ") in known, (path, node.tag)
            found += 1
    assert found > 50


def test_an_actor_without_incidents_has_a_feed_that_says_so() -> None:
    files = feeds([actor()])
    for path in ("actors/kimsuky/rss.xml", "actors/kimsuky/atom.xml"):
        [entry] = entries(files[path])
        assert entry.id == "tag:example.org,2026:feeds/actor/kimsuky/start"
        assert entry.title == "Kimsuky: nothing yet"
        assert entry.link == "https://example.org/repo/actors/kimsuky/"


def test_an_actors_feed_carries_what_is_claimed_of_it() -> None:
    ours = {"actor": "kimsuky", "confidence": "high", "why": "W.", "sources": ["one"]}
    records = [incident(1, assessment=ours, **by("Apt37")), incident(2, **by("Kimsuky")), incident(3)]
    files = feeds([*records, actor(), actor("apt37")])
    assert guids(files["actors/kimsuky/rss.xml"]) == ["TB-2020-0002", "TB-2020-0001"]
    assert guids(files["actors/apt37/rss.xml"]) == ["TB-2020-0001"]


def test_facets_have_summaries_of_their_own() -> None:
    record = incident(
        1,
        software=["babyshark"],
        kind="takedown",
        targets={"sectors": ["government"], "countries": ["KR"]},
        techniques=[{"id": "T1566.002", "basis": "mapped", "sources": ["one"]}],
    )
    tool = {"id": "babyshark", "name": "BabyShark", "type": "malware", "tlp": "CLEAR", "summary": "A family."}
    files = feeds([record, incident(2), Software.model_validate(tool)])
    for path in (
        "software/babyshark/rss.xml",
        "sectors/government/rss.xml",
        "countries/kr/rss.xml",
        "techniques/t1566.002/rss.xml",
        "incidents/kind/takedown/rss.xml",
    ):
        [entry] = entries(files[path])
        assert entry.id == "tag:example.org,2026:TB-2020-0001"
        assert entry.summary == "Summary of 1."
        assert "content" not in entry
        assert not entry.enclosures


def test_a_feed_of_summaries_holds_the_newest_fifty() -> None:
    files = feeds(incident(number) for number in range(1, 61))
    shown = guids(files["incidents/kind/intrusion/rss.xml"])
    assert shown == [f"TB-2020-{number:04}" for number in range(60, 10, -1)]


def test_updates_bring_a_revised_brief_up_again_under_its_guid() -> None:
    files = feeds([incident(1, **revised("correction")), incident(2)])
    first, second = entries(files["feeds/updates-rss.xml"])
    assert (first.id, second.id) == ("tag:example.org,2026:TB-2020-0001", "tag:example.org,2026:TB-2020-0002")
    assert first.published_parsed == first.updated_parsed
    assert first.updated == instant(100)
    assert first.summary == "Correction of 10 April 2020: Note 0. Summary of 1."
    assert first.content[0].value.startswith("<p>Correction of 10 April 2020: Note 0.</p>")
    assert guids(files["feeds/rss.xml"]) == ["TB-2020-0002", "TB-2020-0001"]


def test_each_correction_has_a_guid_of_its_own() -> None:
    records = [
        incident(1, **revised("update", "correction", "retraction")),
        actor(**revised("correction", day=99)),
    ]
    shown = entries(feeds(records)["feeds/corrections-rss.xml"])
    assert [(entry.id.rsplit(":", 1)[1], entry.title) for entry in shown] == [
        ("TB-2020-0001/revision/4", "Retraction: Incident 1"),
        ("TB-2020-0001/revision/3", "Correction: Incident 1"),
        ("actor/kimsuky/revision/2", "Correction: Kimsuky"),
    ]
    assert shown[0].link == "https://example.org/repo/incidents/tb-2020-0001/#revision-4"
    assert shown[1].published_parsed[:3] == (2020, 4, 11)


def test_a_withdrawn_brief_leaves_a_notice_in_its_place() -> None:
    gone = incident(
        1,
        title="A false headline",
        status="withdrawn",
        reason="Its main source was forged.",
        **revised("correction", "retraction"),
        **by("Kimsuky"),
    )
    files = feeds([gone, incident(2), actor()])
    assert guids(files["feeds/rss.xml"]) == ["TB-2020-0002", "TB-2020-0001"]
    for path in ("feeds/rss.xml", "feeds/atom.xml", "actors/kimsuky/rss.xml", "feeds/updates-rss.xml"):
        [notice] = [entry for entry in entries(files[path]) if entry.id.endswith("0001")]
        assert notice.title == "Withdrawn: TB-2020-0001"
        assert "Its main source was forged." in notice.content[0].value
        assert not notice.enclosures
    shown = [(e.id.rsplit(":", 1)[1], e.title) for e in entries(files["feeds/corrections-rss.xml"])]
    assert shown == [
        ("TB-2020-0001/revision/3", "Withdrawn: TB-2020-0001"),
        ("TB-2020-0001/revision/2", "Correction: TB-2020-0001"),
    ]
    assert not [
        path for path, content in files.items() if b"false headline" in content or b"Text of 1" in content
    ]


def test_a_withdrawal_without_a_revision_is_told_too() -> None:
    shown = guids(feeds([incident(1, status="withdrawn", reason="R.")])["feeds/corrections-rss.xml"])
    assert shown == ["TB-2020-0001/withdrawal"]


def test_drafts_and_unpublished_records_are_in_no_feed() -> None:
    files = feeds(
        [incident(1, status="draft", title="Not yet"), incident(2, published=None, title="Not yet")]
    )
    assert not [path for path, content in files.items() if b"Not yet" in content]


def test_the_same_records_give_the_same_bytes() -> None:
    records = [incident(number, **by("Kimsuky")) for number in range(1, 20)] + [actor()]
    assert feeds(records) == feeds(reversed(records))


@pytest.mark.parametrize("packed", [1, 5, 1000])
def test_what_is_kept_decides_no_byte(monkeypatch: pytest.MonkeyPatch, packed: int) -> None:
    """Whether all that is made is kept, hardly anything is, or briefs are packed and unpacked."""
    records = [incident(number, **by("Kimsuky"), **revised("correction")) for number in range(1, 70)]
    at_hand = feeds([*records, actor()])
    monkeypatch.setattr("threatbrief.outputs.feeds._AT_HAND", 3)
    monkeypatch.setattr("threatbrief.outputs.feeds._PACKED", packed)
    monkeypatch.setattr("threatbrief.outputs.feeds._FRAMES", 3)
    monkeypatch.setattr("threatbrief.views.feed_entry._ROOM", 2)
    assert feeds([*records, actor()]) == at_hand


def test_the_hub_is_named_in_first_documents_only() -> None:
    site = SITE.model_copy(update={"websub_hub": "https://hub.example/"})
    files = feeds([incident(number) for number in range(1, 10)], site)
    for path, content in files.items():
        named = b"https://hub.example/" in content
        assert named == ("/archive/" not in path and not path.endswith("opml.xml")), path
    assert json.loads(files["feeds/feed.json"])["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


def test_above_clear_no_opml_and_no_hub_and_at_red_nothing() -> None:
    site = SITE.model_copy(update={"tlp": Tlp.GREEN, "websub_hub": "https://hub.example/"})
    files = feeds([incident(1, tlp="GREEN")], site)
    assert "feeds/opml.xml" not in files
    assert not [path for path, content in files.items() if b"hub.example" in content]
    assert b"TLP:GREEN" in files["feeds/rss.xml"]
    assert feeds([incident(1)], SITE.model_copy(update={"tlp": Tlp.RED})) == {}


def test_without_pdf_there_is_no_enclosure() -> None:
    site = SITE.model_copy(update={"pdf": False})
    artifacts = list(FeedsOutput().plan(KnowledgeBase.of([incident(1)]), site))
    assert not [artifact for artifact in artifacts if artifact.needs]
    assert not entries(feeds([incident(1)], site)["feeds/rss.xml"])[0].enclosures


def test_enclosures_are_what_the_render_needs() -> None:
    [first] = [
        artifact
        for artifact in FeedsOutput().plan(KnowledgeBase.of([incident(1), incident(2)]), SITE)
        if str(artifact.path) == "feeds/rss.xml"
    ]
    assert first.needs == (
        PurePosixPath("incidents/tb-2020-0002/brief.pdf"),
        PurePosixPath("incidents/tb-2020-0001/brief.pdf"),
    )


def test_opml_lists_every_feed_once() -> None:
    files = feeds([incident(1, **by("Kimsuky")), actor()])
    root = etree.fromstring(files["feeds/opml.xml"])
    listed = [node.get("xmlUrl") for node in root.iter("outline") if node.get("xmlUrl")]
    published = {SITE.url(path) for path in files if path.endswith("rss.xml")}
    assert len(listed) == len(set(listed))
    assert set(listed) == published
    assert root.find("head/dateCreated") is None


def test_indicators_are_defanged_wherever_an_entry_shows_text() -> None:
    evil = "login.evil.example"
    record = incident(
        1,
        title=f"Seizure of {evil}",
        summary=f"They took {evil}.",
        key_points=[f"{evil} is gone."],
        body=f"The host {evil} was used.\n\n- {evil}",
        timeline=[{"date": "2019", "event": f"{evil} is set up.", "sources": ["one"]}],
        indicators=[{"type": "domain-name", "value": evil, "context": f"{evil} again", "sources": ["one"]}],
        recommendations=[{"text": f"Block {evil}."}],
        **revised("correction"),
    )
    for path, content in feeds([record]).items():
        assert evil.encode() not in content, path
    assert b"login[.]evil[.]example" in feeds([record])["feeds/rss.xml"]
