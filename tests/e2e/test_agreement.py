"""One record, every format: what is read back with others' parsers is the same fact everywhere.

TLP is compared through each format's own table, instants exactly, dates that are not exact to the day as
intervals. A format that does not carry a fact (a CSV table has no observables) says None.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import stix2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymisp import MISPEvent

from tests.unit.outputs.exchange_samples import SITE, SOURCES, make_incident, make_kb
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident, Tlp
from threatbrief.model.indicators import refang
from threatbrief.outputs.citations import CitationsOutput
from threatbrief.outputs.documents import DocumentsOutput
from threatbrief.outputs.navigator import NavigatorOutput
from threatbrief.outputs.pages import PagesOutput
from threatbrief.outputs.stix import StixOutput
from threatbrief.outputs.tables import TablesOutput
from threatbrief.project import packaged_templates
from threatbrief.reference import load_reference
from threatbrief.render.engine import Engine

CSAF = shutil.which("csaf")
ENGINE = Engine((packaged_templates(),))
AMBER_SITE = SITE.model_copy(update={"tlp": Tlp.AMBER_STRICT})
FOLDER = "incidents/tb-2019-7k3q"
DETECTIONS = {
    "ipv4-addr": ["192.0.2.7", "198.51.100.200"],
    "ipv6-addr": ["2001:db8::7"],
    "domain-name": ["c2.example.net", "xn--bcher-kva.example"],
    "url": ["http://example.net/a?b='c'&d=%20", "https://example.com:8443/x#y"],
    "email-addr": ["lure@example.net"],
    "md5": ["d41d8cd98f00b204e9800998ecf8427e"],
    "sha256": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    "file-name": ["it's a file.exe", "=1+1.xls"],
    "mutex": ["Global\\O'Brien"],
    "windows-registry-key": ["HKEY_CURRENT_USER\\Software\\Run"],
    "cryptocurrency-wallet": ["bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"],
}
NETWORK = {"ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr"}
FIT = {"use": "detect", "state": "active"}
TECHNIQUES = ["T1566.002", "T1078", "T1114.003", "T1486", "T0800", "T0855"]
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Facts:
    """What every format must agree on; None is what a format does not carry."""

    actors: frozenset[str] | None = None
    techniques: frozenset[str] | None = None
    cves: frozenset[str] | None = None
    detections: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    tlp: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    occurred: tuple[date, date] | None = None


def expected(incident: Incident) -> Facts:
    assert incident.published
    assert incident.occurred
    assert incident.occurred.start
    assert incident.occurred.end
    fit = (i.value for i in incident.indicators if (i.use.value, i.state.value) == ("detect", "active"))
    return Facts(
        actors=frozenset({"Kimsuky"} if incident.assessment else {"Apt37"}),
        techniques=frozenset(t.id for t in incident.techniques if t.basis.value != "group-profile"),
        cves=frozenset(used.id for used in incident.vulnerabilities),
        detections=frozenset(fit),
        countries=frozenset(incident.targets.countries),
        tlp=incident.tlp.value,
        published=incident.published,
        updated=incident.updated,
        occurred=(incident.occurred.start.first, incident.occurred.end.last),
    )


# Readers: bytes of the files in, facts out, no model of ours between


def read_html(files: Files) -> Facts:
    page = lxml.html.fromstring(files[f"{FOLDER}/index.html"].decode())
    rows = page.xpath("//section[contains(@class,'facts')]//dl/div")
    panel = {row.findtext("dt"): row.xpath("./dd[not(@class)]/a") for row in rows}
    actors = [link.text for link in panel["Actor"]]
    countries = [link.get("href").split("/")[-2].upper() for link in panel.get("Countries", ())]
    used = page.xpath("//section[@id='techniques']//table[not(ancestor::details)]//td//a[@class='id']/text()")
    cves = page.xpath("//section[@id='vulnerabilities']//th//a/text()")
    live = page.xpath("//tr[contains(@class,'live')]//code/text()")
    labels = re.findall(r"TLP:[A-Z+]+", page.xpath("string(//body)"))
    return Facts(
        actors=frozenset(actors),
        techniques=frozenset(used),
        cves=frozenset(cves),
        detections=frozenset(refang(value) for value in live),
        countries=frozenset(countries),
        tlp=labels[0].removeprefix("TLP:") if labels else "CLEAR",
        updated=datetime.fromisoformat(page.xpath("//header//time/@datetime")[0]),
    )


def read_json(files: Files) -> Facts:
    record = json.loads(files[f"{FOLDER}/record.json"])
    last = record["revisions"][-1]["at"] if "revisions" in record else record["published"]
    fit = (i["value"] for i in record.get("indicators", []) if (i["use"], i["state"]) == ("detect", "active"))
    named = record["assessment"]["actor"] if "assessment" in record else record["attribution"][0]["named"]
    return Facts(
        actors=frozenset({named.capitalize()}),
        techniques=frozenset(t["id"] for t in record.get("techniques", []) if t["basis"] != "group-profile"),
        cves=frozenset(used["id"] for used in record.get("vulnerabilities", [])),
        detections=frozenset(fit),
        countries=frozenset(record["targets"].get("countries", [])),
        tlp=record["marking"],
        published=datetime.fromisoformat(record["published"]),
        updated=datetime.fromisoformat(last),
        occurred=(earliest(record["occurred"]["from"]), latest(record["occurred"]["to"])),
    )


def read_csv(files: Files) -> Facts:
    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(files[f"data/{name}.csv"].decode(), newline="")))

    def several(cell: str) -> frozenset[str]:
        return frozenset(cell.split("; ")) if cell else frozenset()

    (row,) = (row for row in rows("incidents") if row["id"] == "TB-2019-7K3Q")
    names = {actor["id"]: actor["name"] for actor in rows("actors")}
    mine = [ioc for ioc in rows("ioc") if ioc["incident"] == row["id"]]
    return Facts(
        actors=frozenset(names[actor] for actor in several(row["actors"])),
        techniques=several(row["techniques"]),
        cves=several(row["vulnerabilities"]),
        detections=frozenset(ioc["value"] for ioc in mine if ioc["detect"] == "true"),
        countries=several(row["countries"]),
        tlp=row["tlp"],
        published=datetime.fromisoformat(row["published"]),
        updated=datetime.fromisoformat(row["updated"]),
        occurred=(earliest(row["occurred_from"]), latest(row["occurred_to"])),
    )


STIX_LABELS = {
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "CLEAR",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "AMBER+STRICT",
}


def read_stix(files: Files) -> Facts:
    store = stix2.MemoryStore(stix2.parse(files[f"{FOLDER}/stix.json"].decode(), version="2.1"))
    (campaign,) = store.query([stix2.Filter("type", "=", "campaign")])
    (report,) = store.query([stix2.Filter("type", "=", "report")])
    related = store.relationships(campaign, source_only=True)

    def targets(kind: str, target: str) -> list[Any]:
        return [r for r in related if r.relationship_type == kind and r.target_ref.startswith(target)]

    indicators = store.query([stix2.Filter("type", "=", "indicator")])
    for indicator in indicators:
        quoted = re.search(r"= '(.*)'\]$", indicator.pattern)
        assert quoted
        assert re.sub(r"\\(.)", r"\1", quoted[1]) == indicator.name
    return Facts(
        actors=frozenset(store.get(r.target_ref).name for r in targets("attributed-to", "intrusion-set")),
        techniques=frozenset(r.external_references[0].external_id for r in targets("uses", "attack-pattern")),
        cves=frozenset(store.get(r.target_ref).name for r in targets("targets", "vulnerability")),
        detections=frozenset(indicator.name for indicator in indicators),
        countries=frozenset(store.get(r.target_ref).country for r in targets("targets", "location")),
        tlp=STIX_LABELS[report.object_marking_refs[0]],
        published=report.created,
        updated=report.modified,
        occurred=(campaign.first_seen.date(), campaign.last_seen.date()),
    )


def read_navigator(files: Files) -> Facts:
    found: set[str] = set()
    for path, content in files.items():
        if path.startswith(f"{FOLDER}/navigator-"):
            layer = json.loads(content)
            found |= {mark["techniqueID"] for mark in layer["techniques"]}
            assert layer["domain"] == f"{path.rpartition('-')[2].removesuffix('.json')}-attack"
    return Facts(techniques=frozenset(found))


def read_csl(files: Files) -> Facts:
    (entry,) = json.loads(files[f"{FOLDER}/cite.json"])
    return Facts(tlp=entry["note"].rpartition("TLP:")[2])


def read_misp(files: Files) -> Facts:
    """As PyMISP reads an event."""
    events = [MISPEvent() for path in files if is_event(path)]
    for event, content in zip(events, (c for path, c in files.items() if is_event(path)), strict=True):
        event.from_json(content.decode())
    (event,) = (e for e in events if any("tb-2019-7k3q" in a.value for a in e.attributes))
    clusters = {galaxy.type: galaxy.clusters for galaxy in event.galaxies}
    attributes = [*event.attributes, *(a for o in event.objects for a in o.attributes)]
    patterns = [c for t in ("mitre-attack-pattern", "mitre-ics-techniques") for c in clusters.get(t, [])]
    (label,) = (t.name.removeprefix("tlp:") for t in event.tags if t.name.startswith("tlp:"))
    (about,) = event.get_objects_by_name("incident")
    actors = [c.value for kind, found in clusters.items() if kind.endswith("-actor") for c in found]
    return Facts(
        actors=frozenset(actor for actor in actors if actor in ("Kimsuky", "Apt37")),
        techniques=frozenset(i for c in patterns for i in c.meta["external_id"]),
        cves=frozenset(a.value for a in event.attributes if a.type == "vulnerability"),
        detections=frozenset(a.value for a in attributes if a.to_ids),
        countries=frozenset(country_codes()[c.uuid] for c in clusters.get("country", [])),
        tlp=label.upper(),
        updated=event.timestamp.astimezone(UTC),
        occurred=(about.first_seen.date(), about.last_seen.date()),
    )


def is_event(path: str) -> bool:
    return bool(re.fullmatch(r"misp/[0-9a-f-]{36}\.json", path))


@cache
def country_codes() -> dict[str, str]:
    """UUID of MISP's country cluster → ISO code."""
    reference = load_reference()
    clusters = ((code, reference.cluster("country", code)) for code in reference.country_codes)
    return {cluster.uuid: code for code, cluster in clusters if cluster}


CSAF_LABELS = {"WHITE": "CLEAR", "GREEN": "GREEN", "AMBER": "AMBER", "RED": "RED"}


def read_csaf(files: Files) -> Facts | None:
    """None where CSAF 2.0 has no label for the record's: AMBER+STRICT is refused."""
    paths = [path for path in files if re.fullmatch(r"csaf/[a-z]+/\d{4}/tb-2019-7k3q\.json", path)]
    if not paths:
        return None
    read = json.loads(files[paths[0]])
    document, tracking = read["document"], read["document"]["tracking"]
    notes = {note["title"]: note["text"] for note in document["notes"]}
    lines = (line.partition("] ") for line in notes.get("Indicators", "").splitlines())
    return Facts(
        techniques=frozenset(re.findall(r"^T[\d.]+", notes.get("Techniques", ""), re.MULTILINE)),
        detections=frozenset(value for head, _, value in lines if "; detect; active;" in head),
        countries=frozenset(re.findall(r"^country: ([A-Z]{2})", notes.get("Targets", ""), re.MULTILINE)),
        tlp=CSAF_LABELS[document["distribution"]["tlp"]["label"]],
        published=datetime.fromisoformat(tracking["initial_release_date"]),
        updated=datetime.fromisoformat(tracking["current_release_date"]),
    )


def earliest(text: str) -> date:
    return date(*[*map(int, text.split("-")), 1, 1][:3])


def latest(text: str) -> date:
    year, month, day = [*map(int, text.split("-")), 0, 0][:3]
    if day:
        return date(year, month, day)
    after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


READERS: dict[str, Callable[[Files], Facts | None]] = {
    "html": read_html,
    "json": read_json,
    "csv": read_csv,
    "stix": read_stix,
    "navigator": read_navigator,
    "csl": read_csl,
}
OUTPUTS: list[Any] = [
    PagesOutput(),
    DocumentsOutput(),
    TablesOutput(),
    StixOutput(),
    NavigatorOutput(),
    CitationsOutput(),
]
if importlib.util.find_spec("threatbrief.outputs.misp"):
    from threatbrief.outputs.misp import MispOutput

    OUTPUTS.append(MispOutput())
    READERS["misp"] = read_misp
if importlib.util.find_spec("threatbrief.outputs.csaf"):
    from threatbrief.outputs.csaf import CsafOutput

    OUTPUTS.append(CsafOutput())
    READERS["csaf"] = read_csaf


def build(kb: KnowledgeBase) -> dict[str, bytes]:
    """The files of the incident and the tables; what needs other files is not rendered."""
    wanted = re.compile(rf"{FOLDER}/|data/.*\.csv|misp/[0-9a-f-]+\.json|csaf/.*7k3q\.json")
    return {
        str(artifact.path): output.render(artifact, ENGINE)
        for output in OUTPUTS
        for artifact in output.plan(kb, AMBER_SITE)
        if wanted.match(str(artifact.path)) and not artifact.needs
    }


def agree(found: Facts, truth: Facts, where: str) -> None:
    for field in fields(Facts):
        value = getattr(found, field.name)
        if value is not None:
            assert value == getattr(truth, field.name), f"{field.name} in {where}"


# Generated records

_NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - the strategy adds no zone, the text does
days = st.dates(date(1990, 1, 1), date(2025, 12, 31))
fuzzy_days = st.builds(lambda day, cut: day.isoformat()[:cut], days, st.sampled_from([4, 7, 10]))
instants = st.datetimes(_NEW_YEAR, _NEW_YEAR.replace(year=2030)).map(
    lambda moment: f"{moment.isoformat(timespec='seconds')}Z"
)
hostile_text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1, max_size=40
).filter(str.strip)


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    first, last = sorted((draw(fuzzy_days), draw(fuzzy_days)), key=latest)
    first = min(first, last, key=earliest)
    moments = sorted(draw(st.sets(instants, min_size=1, max_size=3)))
    techniques = draw(st.lists(st.sampled_from(TECHNIQUES), unique=True))
    kinds = draw(st.lists(st.sampled_from(sorted(DETECTIONS)), max_size=6))
    states = st.sampled_from(["active", "seized", "unknown"])
    given_indicators = [
        {
            "type": kind,
            "value": draw(st.sampled_from(DETECTIONS[kind])),
            "use": draw(st.sampled_from(["detect", "context"])),
            "state": draw(states),
        }
        for kind in kinds
    ]
    unique = {(given["type"], given["value"]): given for given in given_indicators}
    assessed = {
        "actor": "kimsuky",
        "confidence": draw(st.sampled_from(["low", "moderate", "high"])),
        "why": "W.",
    }
    number = st.integers(1000, 99999)
    return make_incident(
        title=draw(hostile_text),
        summary=draw(hostile_text),
        key_points=[],
        tlp=draw(st.sampled_from(["CLEAR", "GREEN", "AMBER", "AMBER+STRICT"])),
        published=moments[0],
        revisions=[{"at": at, "kind": "update", "note": draw(hostile_text)} for at in moments[1:]],
        occurred={"from": first, "to": last},
        disclosed="2025-12-31",
        attribution=[{"named": "Apt37", "by": draw(hostile_text), "sources": ["ms"]}],
        assessment=draw(st.sampled_from([None, assessed])),
        targets={"countries": sorted(draw(st.sets(st.sampled_from(["KR", "US", "NO", "GB", "UA", "TW"]))))},
        techniques=[
            {"id": technique, "basis": draw(st.sampled_from(["reported", "mapped", "group-profile"]))}
            for technique in techniques
        ],
        vulnerabilities=[{"id": f"CVE-2023-{n}"} for n in sorted(draw(st.sets(number, max_size=3)))],
        indicators=list(unique.values()),
        sources=SOURCES,
    )


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(incidents())
def test_every_format_tells_the_same_facts(incident: Incident) -> None:
    files = build(make_kb(incident))
    truth = expected(incident)
    for name, read in READERS.items():
        found = read(files)
        if found is None:
            assert (name, incident.tlp) == ("csaf", Tlp.AMBER_STRICT)
            continue
        agree(found, truth, name)


@pytest.mark.skipif(CSAF is None, reason="needs the command csaf: pip install csaf")
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(incidents())
def test_the_csaf_document_that_is_read_is_one_to_others(incident: Incident) -> None:
    built = build(make_kb(incident))
    files = {path: built[path] for path in built if re.fullmatch(r"csaf/.*\.json", path)}
    assert bool(files) is (incident.tlp is not Tlp.AMBER_STRICT)
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            file = Path(folder, path.rpartition("/")[2])
            file.write_bytes(content)
            options = ("validate", "--spec-version", "v20", "--preset", "mandatory", "--no-network")
            judged = subprocess.run(
                [str(CSAF), *options, str(file)], capture_output=True, text=True, check=False
            )
            assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"assessment": None, "attribution": [{"named": "Apt37", "by": "A vendor"}]}, "actors"),
        ({"techniques": [{"id": "T1486", "basis": "reported"}]}, "techniques"),
        ({"vulnerabilities": [{"id": "CVE-2024-12345"}]}, "cves"),
        (
            {"indicators": [{"type": "md5", "value": "a" * 32, "use": "detect", "state": "active"}]},
            "detections",
        ),
        ({"targets": {"countries": ["NO"]}}, "countries"),
        ({"tlp": "GREEN"}, "tlp"),
        ({"published": "2025-05-05T05:05:05Z"}, "published"),
        ({"revisions": [{"at": "2027-07-07T07:07:07Z", "kind": "update", "note": "N."}]}, "updated"),
        ({"occurred": {"from": "2011-02", "to": "2012-02"}}, "occurred"),
    ],
)
def test_a_fact_changed_in_the_record_changes_in_every_format_that_has_it(
    change: dict[str, Any], field: str
) -> None:
    before, after = build(make_kb(make_incident())), build(make_kb(make_incident(**change)))
    truth = expected(make_incident(**change))
    told = 0
    for name, read in READERS.items():
        old, new = read(before), read(after)
        assert old is not None
        assert new is not None
        if getattr(new, field) is not None:
            told += 1
            assert getattr(old, field) != getattr(new, field), name
            assert getattr(new, field) == getattr(truth, field), name
    assert told >= 3


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(incidents())
def test_what_people_read_has_no_live_address(incident: Incident) -> None:
    network = [i for i in incident.indicators if i.type.value in NETWORK and i.type.value != "ipv6-addr"]
    prose = "Seen: " + ", ".join(i.value for i in network) + "."
    told = incident.model_copy(update={"title": prose, "summary": prose, "key_points": (prose,)})
    files = build(make_kb(told))
    page = lxml.html.fromstring(files[f"{FOLDER}/index.html"].decode())
    for path in (
        f"{FOLDER}/cite.bib",
        f"{FOLDER}/cite.json",
        "data/incidents.csv",
        f"{FOLDER}/navigator-enterprise.json",
    ):
        for indicator in network:
            assert indicator.value.encode() not in files.get(path, b""), path
    for indicator in network:
        assert indicator.value not in page.text_content()
