"""The reference tables as shipped: known facts, order, and that every row is fit to use."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from threatbrief.reference import (
    DOMAINS,
    AttackSoftware,
    Country,
    Domain,
    Group,
    MispActor,
    Mitigation,
    Motivation,
    Reference,
    Sector,
    Technique,
    load_reference,
)

REPOSITORY = Path(__file__).parents[3]
TABLES = ("actors", "attack", "countries", "galaxies", "motivations", "sectors")
LISTED_SECTORS = """
    government think-tanks education research ngo human-rights activists diplomacy defense military
    intelligence political-parties elections citizens news-media technology it telecoms high-tech software
    finance bank energy electric oil health pharmacy legal consulting aerospace space manufacturing shipping
    logistics transport sport entertainment gaming hospitality infrastructure multi-sector agriculture
    automotive chemical commercial communications construction emergency-services insurance mining non-profit
    retail utilities water dams nuclear police postal religion
"""
INDUSTRY_SECTOR_OV = """
    agriculture aerospace automotive chemical commercial communications construction defense education energy
    entertainment financial-services government emergency-services government-local government-national
    government-public-services government-regional healthcare hospitality-leisure infrastructure dams nuclear
    water insurance manufacturing mining non-profit pharmaceuticals retail technology telecommunications
    transportation utilities
"""
ATTACK_MOTIVATION_OV = """
    accidental coercion dominance ideology notoriety organizational-gain personal-gain personal-satisfaction
    revenge unpredictable
"""
MATRICES: dict[Domain, str] = {
    "enterprise": """
        reconnaissance resource-development initial-access execution persistence privilege-escalation
        defense-evasion credential-access discovery lateral-movement collection command-and-control
        exfiltration impact
    """,
    "mobile": """
        initial-access execution persistence privilege-escalation defense-evasion credential-access discovery
        lateral-movement collection command-and-control exfiltration impact
    """,
    "ics": """
        initial-access execution persistence privilege-escalation evasion discovery lateral-movement
        collection command-and-control inhibit-response-function impair-process-control impact
    """,
}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def read_table(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(files("threatbrief.reference").joinpath(f"{name}.json").read_bytes())
    return parsed


def test_a_sub_technique_carries_its_parents_name(reference: Reference) -> None:
    assert reference.technique("T1566.002") == Technique(
        "T1566.002",
        "Phishing: Spearphishing Link",
        ("enterprise",),
        ("initial-access",),
        uuid="2b742742-28c3-4e1b-bab7-8350d6300fa7",
    )


def test_tactics_of_a_technique_stand_in_matrix_order(reference: Reference) -> None:
    found = reference.technique("T1078")
    assert found is not None
    assert found.tactics == ("initial-access", "persistence", "privilege-escalation", "defense-evasion")


def test_defense_evasion_is_what_17_1_calls_it(reference: Reference) -> None:
    found = reference.technique("T1562.001")
    assert found is not None
    assert (found.name, found.tactics) == (
        "Impair Defenses: Disable or Modify Tools",
        ("defense-evasion",),
    )
    assert found.is_current


@pytest.mark.parametrize(
    ("revoked", "successor"),
    [("T1086", "T1059.001"), ("T1192", "T1566.002"), ("T1193", "T1566.001"), ("T1425", "T1474")],
)
def test_a_revoked_technique_names_its_successor(reference: Reference, revoked: str, successor: str) -> None:
    found = reference.technique(revoked)
    assert found is not None
    assert (found.revoked, found.revoked_by, found.is_current) == (True, successor, False)
    assert reference.technique(successor) is not None


@pytest.mark.parametrize("technique_id", ["T1064", "T1053.004", "T1399", "T1453"])
def test_a_deprecated_technique_is_not_current(reference: Reference, technique_id: str) -> None:
    found = reference.technique(technique_id)
    assert found is not None
    assert (found.revoked, found.deprecated, found.is_current) == (False, True, False)


@pytest.mark.parametrize("technique_id", ["T9999", "t1566", "T1566.2", "", "T1328", "G0094"])
def test_what_is_no_technique_is_none(reference: Reference, technique_id: str) -> None:
    assert reference.technique(technique_id) is None


def test_a_technique_without_kill_chain_is_where_its_successor_is(reference: Reference) -> None:
    found = reference.technique("T1445")
    assert found is not None
    assert (found.domains, found.tactics) == (("mobile",), ())


@pytest.mark.parametrize(
    ("technique_id", "name", "tactics"),
    [
        ("T0811", "Data from Information Repositories", ("collection",)),
        ("T0812", "Default Credentials", ("lateral-movement",)),
        ("T0832", "Manipulation of View", ("impact",)),
        ("T0839", "Module Firmware", ("persistence", "impair-process-control")),
        ("T0851", "Rootkit", ("evasion", "inhibit-response-function")),
        ("T0853", "Scripting", ("execution",)),
        ("T0883", "Internet Accessible Device", ("initial-access",)),
    ],
)
def test_misps_slips_in_ics_are_mended(
    reference: Reference, technique_id: str, name: str, tactics: tuple[str, ...]
) -> None:
    assert reference.technique(technique_id) == Technique(technique_id, name, ("ics",), tactics)


def test_ics_has_the_81_techniques_of_its_first_release(reference: Reference) -> None:
    ics = [found for found in reference.technique_ids if found.startswith("T0")]
    assert len(ics) == 81


@pytest.mark.parametrize("domain", DOMAINS)
def test_tactics_stand_in_kill_chain_order(reference: Reference, domain: Domain) -> None:
    tactics = reference.tactics(domain)
    assert [tactic.shortname for tactic in tactics] == MATRICES[domain].split()
    assert [tactic.name.lower().replace(" ", "-") for tactic in tactics] == MATRICES[domain].split()
    assert [tactic.order for tactic in tactics] == list(range(len(tactics)))


def test_every_tactic_of_a_current_technique_is_a_column_of_its_matrix(reference: Reference) -> None:
    columns = {domain: {tactic.shortname for tactic in reference.tactics(domain)} for domain in DOMAINS}
    techniques = [reference.technique(found) for found in reference.technique_ids]
    stray = [
        found.id
        for found in techniques
        if found
        and found.is_current
        and not set(found.tactics) <= set().union(*(columns[d] for d in found.domains))
    ]
    idle = [found.id for found in techniques if found and found.is_current and not found.tactics]
    assert (stray, idle) == ([], [])


def test_every_successor_exists(reference: Reference) -> None:
    rows = read_table("attack")
    for kind in ("techniques", "groups", "software"):
        ids = {row["id"] for row in rows[kind]}
        assert {row["revoked_by"] for row in rows[kind] if "revoked_by" in row} <= ids, kind


def test_a_group_and_what_replaced_one(reference: Reference) -> None:
    kimsuky = reference.group("G0094")
    assert isinstance(kimsuky, Group)
    assert kimsuky.name == "Kimsuky"
    assert {"THALLIUM", "APT43", "Velvet Chollima"} <= set(kimsuky.aliases)
    assert "Kimsuky" not in kimsuky.aliases
    revoked = reference.group("G0086")
    assert revoked is not None
    assert (revoked.name, revoked.revoked_by) == ("Stolen Pencil", "G0094")
    assert reference.group("G9999") is None


def test_software_is_malware_or_a_tool(reference: Reference) -> None:
    assert reference.software("S0414") == AttackSoftware(
        "S0414", "BabyShark", "malware", ("LATEOP",), uuid="d1b7830a-fced-4be3-a99c-f495af9d9e1b"
    )
    mimikatz = reference.software("S0002")
    assert mimikatz is not None
    assert (mimikatz.name, mimikatz.type) == ("Mimikatz", "tool")


def test_a_mitigation_has_an_id_of_its_own(reference: Reference) -> None:
    assert reference.mitigation("M1032") == Mitigation(
        "M1032", "Multi-factor Authentication", "b045d015-6bed-4490-bd38-56b41ece59a0"
    )
    assert reference.mitigation("T1060") is None


def test_the_tables_state_their_attack_versions(reference: Reference) -> None:
    assert reference.attack_versions == {"enterprise": "17.1", "mobile": "17.1", "ics": "8.0"}
    assert "pymispgalaxies" in reference.source("attack")
    assert re.fullmatch(r"© 20\d\d The MITRE Corporation\. This work is .*", reference.attack_notice)
    assert reference.attack_note is not None
    assert "MISP" in reference.attack_note


def test_a_name_leads_to_all_who_carry_it(reference: Reference) -> None:
    entries = reference.actor_names["thallium"]
    assert [type(entry) for entry in entries] == [Group, MispActor]
    assert {entry.name for entry in entries} == {"Kimsuky"}
    assert entries[1] in reference.actor_names["velvetchollima"]
    assert isinstance(entries[1], MispActor)
    assert entries[1].country == "KP"


def test_a_contested_name_has_several_misp_bearers(reference: Reference) -> None:
    bearers = [entry.name for entry in reference.actor_names["apt43"] if isinstance(entry, MispActor)]
    assert bearers == ["APT43", "Kimsuky"]


def test_no_spelling_has_blanks_at_its_ends() -> None:
    names = [
        name for row in read_table("actors")["actors"] for name in (row["name"], *row.get("synonyms", ()))
    ]
    assert "Daggerfly" in names
    assert [name for name in names if name != name.strip() or not name] == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        *(("KR", "South Korea"), ("KP", "North Korea"), ("RU", "Russia"), ("IR", "Iran"), ("TW", "Taiwan")),
        *(("VN", "Vietnam"), ("SY", "Syria"), ("VE", "Venezuela"), ("BO", "Bolivia"), ("TZ", "Tanzania")),
        *(("MD", "Moldova"), ("LA", "Laos"), ("BN", "Brunei"), ("CZ", "Czechia"), ("TR", "Türkiye")),
        *(("GB", "United Kingdom"), ("US", "United States"), ("NO", "Norway"), ("PS", "Palestine")),
        *(("XK", "Kosovo"), ("CD", "DR Congo"), ("CG", "Republic of the Congo"), ("VA", "Vatican City")),
    ],
)
def test_a_country_has_its_plain_name(reference: Reference, code: str, name: str) -> None:
    assert reference.country(code) == Country(code, name)


@pytest.mark.parametrize("code", ["UK", "EU", "AN", "CS", "SU", "YU", "TP", "ZR", "XX", "kr", "KOR", ""])
def test_what_is_no_country_is_none(reference: Reference, code: str) -> None:
    assert reference.country(code) is None


def test_country_names_are_plain_and_unique(reference: Reference) -> None:
    names = [found.name for code in reference.country_codes if (found := reference.country(code))]
    assert len(set(names)) == len(names) == 250
    assert [name for name in names if "," in name or "(" in name or " of)" in name] == []


def test_the_sectors_cover_the_list_and_stix(reference: Reference) -> None:
    assert set(LISTED_SECTORS.split()) <= reference.sector_slugs
    sectors = [found for slug in reference.sector_slugs if (found := reference.sector(slug))]
    assert {found.stix for found in sectors if found.stix} == set(INDUSTRY_SECTOR_OV.split())
    assert len({found.name for found in sectors}) == len(sectors)


def test_a_sector_has_its_word_in_each_vocabulary(reference: Reference) -> None:
    assert reference.sector("government") == Sector(
        "government", "Government", "Government, Administration", "government"
    )
    assert reference.sector("finance") == Sector("finance", "Finance", "Finance", "financial-services")
    assert reference.sector("postal") == Sector("postal", "Postal services")
    assert reference.sector("Government") is None


def test_the_motivations_cover_stix_and_name_no_other_value(reference: Reference) -> None:
    motivations = [found for slug in reference.motivation_slugs if (found := reference.motivation(slug))]
    assert {found.stix for found in motivations if found.stix} == set(ATTACK_MOTIVATION_OV.split())
    own = (
        "espionage financial sabotage credential-theft influence pre-positioning retaliation military-support"
    )
    assert {*own.split(), "ip-theft", "coercion", "unknown"} <= reference.motivation_slugs


def test_coercing_a_victim_is_not_what_stix_calls_coercion(reference: Reference) -> None:
    assert reference.motivation("coercion") == Motivation("coercion", "Coercion of the victim")
    assert reference.motivation("coerced") == Motivation("coerced", "Acting under coercion", "coercion")
    assert reference.motivation("retaliation") == Motivation("retaliation", "Retaliation", "revenge")


def test_a_galaxy_and_its_clusters_have_misps_own_uuids(reference: Reference) -> None:
    galaxy = reference.galaxy("threat-actor")
    assert galaxy is not None
    assert (galaxy.name, galaxy.uuid) == ("Threat Actor", "698774c7-8022-42c4-917f-8d6e4f06ada3")
    korea = reference.cluster("country", "KR")
    assert korea is not None
    assert korea.value == "south korea"
    firmware = reference.cluster("mitre-ics-techniques", "T0800")
    assert firmware is not None
    assert firmware.uuid == "d07be12d-39a2-448c-8e92-f40a46ed9865"
    assert reference.cluster("country", "EU") is None
    assert reference.galaxy("malpedia") is None


def test_every_country_and_every_misp_sector_has_a_cluster(reference: Reference) -> None:
    assert all(reference.cluster("country", code) for code in reference.country_codes)
    sectors = (reference.sector(slug) for slug in reference.sector_slugs)
    assert all(reference.cluster("sector", found.misp) for found in sectors if found and found.misp)


@pytest.mark.parametrize(("table", "rows"), [("attack", "techniques"), ("actors", "actors")])
def test_uuids_are_unique(table: str, rows: str) -> None:
    found = [row["uuid"] for row in read_table(table)[rows] if "uuid" in row]
    assert len(found) > 800
    assert len(set(found)) == len(found)


def test_keys_iterate_sorted(reference: Reference) -> None:
    for keys in (
        reference.technique_ids,
        reference.country_codes,
        reference.sector_slugs,
        reference.motivation_slugs,
        reference.actor_names.keys(),
    ):
        assert list(keys) == sorted(keys)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_small_unique_and_has_one_line_a_row(table: str) -> None:
    text = files("threatbrief.reference").joinpath(f"{table}.json").read_text(encoding="utf-8")
    assert len(text.encode()) < 350 * 1024
    parsed = read_table(table)
    rows = [row for rows in parsed.values() if isinstance(rows, list) for row in rows]
    assert [json.loads(line.rstrip(",")) for line in text.splitlines() if line.startswith("  ")] == rows
    for name, kind in parsed.items():
        if isinstance(kind, list):
            keys = [
                tuple(row.values())[:3] if name in ("tactics", "clusters") else next(iter(row.values()))
                for row in kind
            ]
            assert len(set(keys)) == len(keys), name


def test_the_reference_is_loaded_once() -> None:
    assert load_reference() is load_reference()


def test_a_reference_reads_a_folder_of_ones_own(tmp_path: Path) -> None:
    table = {
        "source": "made here",
        "notice": "©",
        "versions": {"ics": "99.0"},
        "note": None,
        "tactics": [{"shortname": "impact", "name": "Impact", "domain": "ics", "order": 0}],
        "techniques": [{"id": "T0001", "name": "Only", "domains": ["ics"], "tactics": ["impact"]}],
    }
    (tmp_path / "attack.json").write_text(json.dumps(table), encoding="utf-8")
    own = Reference(tmp_path)
    assert own.technique("T0001") == Technique("T0001", "Only", ("ics",), ("impact",))
    assert (own.attack_versions, own.attack_note) == ({"ics": "99.0"}, None)
    assert [tactic.id for tactic in own.tactics("ics")] == [None]
    assert own.tactics("enterprise") == ()


# Against an independent extract of ATT&CK 18.1, where it lies beside the repository.

RENAMED_IN_18 = {"T1497.003", "T1552.003"}
OTHERWISE_IN_18 = {"T1453"}
"""Deprecated in 17.1, current again in 18."""

NEW_IN_18 = """
    T1036.012 T1059.013 T1204.005 T1213.006 T1518.002 T1546.018 T1562.013 T1636.005
    T1676 T1677 T1678 T1679 T1680 T1681
"""
SUCCESSOR_SINCE_18 = {"T1415", "T1419"}


@pytest.fixture(scope="module")
def attack18() -> dict[str, dict[str, Any]]:
    path = REPOSITORY.parent / "shared" / "reference" / "attack-techniques-18.1.json"
    if not path.exists():
        pytest.skip("no extract of ATT&CK 18.1 beside the repository to compare with")
    techniques: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["items"]
    return techniques


def test_enterprise_and_mobile_agree_with_18_1(
    reference: Reference, attack18: dict[str, dict[str, Any]]
) -> None:
    ours = {
        found.id: found
        for technique_id in reference.technique_ids
        if (found := reference.technique(technique_id)) and found.domains != ("ics",)
    }
    assert ours.keys() <= attack18.keys()
    differing = {
        technique_id
        for technique_id, found in ours.items()
        if (
            found.name,
            set(found.tactics),
            list(found.domains),
            found.revoked,
            found.revoked_by,
            found.deprecated,
        )
        != (
            attack18[technique_id].get("full_name", attack18[technique_id]["name"]),
            set(attack18[technique_id]["tactics"]),
            attack18[technique_id]["domains"],
            attack18[technique_id].get("revoked", False),
            attack18[technique_id].get("revoked_by"),
            attack18[technique_id].get("deprecated", False),
        )
    }
    assert differing == RENAMED_IN_18 | OTHERWISE_IN_18 | SUCCESSOR_SINCE_18


def test_only_techniques_new_in_18_are_missing(
    reference: Reference, attack18: dict[str, dict[str, Any]]
) -> None:
    missing = {
        technique_id
        for technique_id, found in attack18.items()
        if found["domains"] != ["ics"] and technique_id not in reference.technique_ids
    }
    assert missing == set(NEW_IN_18.split())
