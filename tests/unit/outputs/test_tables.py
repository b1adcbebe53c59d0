"""Tables, read back with the standard library's readers."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from tests.unit.outputs.exchange_samples import SITE, VALUES, make_actor, make_kb

from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.tables import TABLES, TablesOutput, neutralise
from threatbrief.render.engine import Engine


def files(kb: KnowledgeBase, **site: Any) -> dict[str, str]:
    output = TablesOutput()
    planned = output.plan(kb, SITE.model_copy(update=site))
    return {a.path.name: output.render(a, Engine(())).decode() for a in planned}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_table_comes_as_csv_and_json_lines_with_the_same_rows() -> None:
    found = files(make_kb())
    for name, columns, _, _ in TABLES:
        as_csv, as_json = rows(found[f"{name}.csv"]), lines(found[f"{name}.jsonl"])
        assert len(as_csv) == len(as_json) > 0
        assert all(tuple(line) == columns for line in as_json)
        assert all(tuple(row) == columns for row in as_csv)
    assert len(found) == 2 * len(TABLES)


def test_indicators_are_exact_in_both_formats() -> None:
    found = files(make_kb())
    expected = [*VALUES.values(), "seized.example.net", "context.example.net"]
    assert [row["value"] for row in rows(found["ioc.csv"])] == expected
    assert [line["value"] for line in lines(found["ioc.jsonl"])] == expected
    assert [row["detect"] for row in rows(found["ioc.csv"])] == ["true"] * len(VALUES) + ["false", "false"]
    first = lines(found["ioc.jsonl"])[0]
    assert first["sources"] == ["https://example.com/ms"]
    assert first["url"] == "https://briefs.example.org/repo/incidents/tb-2019-7k3q/"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_what_a_spreadsheet_would_run_is_kept_from_it(sign: str) -> None:
    assert neutralise(f"{sign}1+1") == f"'{sign}1+1"


def test_a_formula_in_a_title_is_neutralised_in_csv_alone() -> None:
    found = files(make_kb(title='=HYPERLINK("x")'))
    assert rows(found["incidents.csv"])[0]["title"] == '\'=HYPERLINK("x")'
    assert lines(found["incidents.jsonl"])[0]["title"] == '=HYPERLINK("x")'
    named = KnowledgeBase.of([make_actor(names=[{"name": "+1", "by": "A vendor"}])])
    assert [row["name"] for row in rows(files(named)["names.csv"])] == ["Kimsuky", "'+1"]


def test_an_incident_is_told_in_one_row() -> None:
    row = rows(files(make_kb())["incidents.csv"])[0]
    assert row["id"] == "TB-2019-7K3Q"
    assert (row["occurred_from"], row["occurred_to"]) == ("2010", "2019-12")
    assert (row["published"], row["updated"]) == ("2026-01-02T03:04:05Z", "2026-02-03T04:05:06Z")
    assert row["actors"] == "kimsuky"
    assert row["claims"] == "Thallium (Microsoft); APT37 (Press); APT37 (Press)"
    assert (row["contested"], row["version"], row["indicators"]) == ("true", "2", "14")
    assert row["techniques"] == "T1566.002; T1078; T0800"


def test_no_address_is_live_in_a_text_for_people() -> None:
    kb = make_kb(title="The case of c2.example.net")
    assert rows(files(kb)["incidents.csv"])[0]["title"] == "The case of c2[.]example[.]net"


def test_a_group_profile_is_no_technique_of_the_incident() -> None:
    found = lines(files(make_kb())["techniques.jsonl"])
    assert [(line["technique"], line["basis"]) for line in found] == [
        ("T1566.002", "reported"),
        ("T1078", "mapped"),
        ("T0800", "reported"),
    ]


def test_names_say_who_means_whom() -> None:
    found = [line for line in lines(files(make_kb())["names.jsonl"]) if line["name"].lower() == "thallium"]
    assert [(line["actor"], line["by"], line["relation"], line["contested"]) for line in found] == [
        ("apt37", "Press", "disputed", True),
        ("kimsuky", "Microsoft", "same-as", True),
        ("kimsuky", "MITRE ATT&CK", "same-as", True),
    ]


def test_withdrawn_records_and_red_builds_leave_nothing() -> None:
    assert rows(files(make_kb(status="withdrawn", reason="Wrong."))["ioc.csv"]) == []
    assert files(make_kb(), tlp=Tlp.RED) == {}
