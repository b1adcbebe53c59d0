"""The update: the committed tables come out again byte for byte, and ATT&CK bundles are understood."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from threatbrief.reference import (
    AttackSoftware,
    Group,
    Mitigation,
    Reference,
    ReferenceSourceError,
    Technique,
    load_reference,
)
from threatbrief.reference.countries import read_countries
from threatbrief.reference.galaxies import read_actor_galaxy, read_attack_galaxies, read_galaxies
from threatbrief.reference.layout import Table, encode_table
from threatbrief.reference.update import update_tables

REPOSITORY = Path(__file__).parents[3]
GALAXIES_VERSION = "1.1.1"
COUNTRIES_VERSION = "26.2.16"
MITRE_YEAR = "2031"


def require(package: str, wanted: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed; the tables come from its version {wanted}")
    if version(package) != wanted:
        pytest.skip(f"{package} {version(package)} is installed; the tables come from its version {wanted}")


@pytest.mark.parametrize(
    ("name", "package", "wanted", "read"),
    [
        ("actors.json", "pymispgalaxies", GALAXIES_VERSION, read_actor_galaxy),
        ("attack.json", "pymispgalaxies", GALAXIES_VERSION, read_attack_galaxies),
        ("countries.json", "pycountry", COUNTRIES_VERSION, read_countries),
        ("galaxies.json", "pymispgalaxies", GALAXIES_VERSION, read_galaxies),
    ],
)
def test_the_committed_table_comes_out_again(
    name: str, package: str, wanted: str, read: Callable[[], Table]
) -> None:
    require(package, wanted)
    assert encode_table(read()) == files("threatbrief.reference").joinpath(name).read_bytes()


def test_the_update_writes_four_tables_and_says_so(tmp_path: Path) -> None:
    require("pymispgalaxies", GALAXIES_VERSION)
    require("pycountry", COUNTRIES_VERSION)
    actors, attack, countries, galaxies = update_tables(tmp_path)
    assert [table.path for table in (actors, attack, countries, galaxies)] == sorted(tmp_path.iterdir())
    assert attack.rows.keys() == {"tactics", "techniques", "groups", "software", "mitigations"}
    assert countries.rows == {"countries": 250}
    assert galaxies.rows == {"galaxies": 9, "clusters": 448}
    assert GALAXIES_VERSION in actors.source
    assert Reference(tmp_path).technique("T1566.002") == load_reference().technique("T1566.002")


def test_every_misp_sector_is_spelt_as_misp_does() -> None:
    require("pymispgalaxies", GALAXIES_VERSION)
    cluster = json.loads(
        files("pymispgalaxies").joinpath("data/misp-galaxy/clusters/sector.json").read_bytes()
    )
    theirs = {entry["value"] for entry in cluster["values"]}
    reference = load_reference()
    ours = {found.misp for slug in reference.sector_slugs if (found := reference.sector(slug)) and found.misp}
    assert ours == theirs - {"Country"}


def test_an_unknown_cluster_version_makes_the_attack_version_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    require("pymispgalaxies", GALAXIES_VERSION)
    monkeypatch.setattr("threatbrief.reference.galaxies._RELEASES", {})
    assert read_attack_galaxies().versions == {"enterprise": "unknown", "mobile": "unknown", "ics": "8.0"}


@pytest.mark.parametrize("package", ["pymispgalaxies", "pycountry"])
def test_a_missing_package_is_named_and_nothing_is_written(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if package == "pycountry":
        require("pymispgalaxies", GALAXIES_VERSION)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ReferenceSourceError, match=rf"{package}.*not installed.*pip install"):
        update_tables(tmp_path)
    assert list(tmp_path.iterdir()) == []


# ATT&CK STIX bundles, made here in the shape of MITRE's.


def reference_to(attack_id: str) -> list[dict[str, str]]:
    return [
        {"source_name": "elsewhere", "external_id": "T0000"},
        {"source_name": "mitre-attack", "external_id": attack_id},
    ]


def uuid_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def make_object(kind: str, number: int, attack_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": f"{kind}--{uuid_of(number)}",
        "name": name,
        "modified": f"{MITRE_YEAR}-01-01T00:00:00.000Z",
        "external_references": reference_to(attack_id),
        **more,
    }


def make_phases(*shortnames: str, chain: str = "mitre-attack") -> list[dict[str, str]]:
    return [{"kill_chain_name": chain, "phase_name": shortname} for shortname in shortnames]


def make_revocation(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "relationship",
        "id": f"relationship--{old['id'][-36:]}",
        "relationship_type": "revoked-by",
        "source_ref": old["id"],
        "target_ref": new["id"],
    }


def make_enterprise() -> list[dict[str, Any]]:
    stealth = make_object("x-mitre-tactic", 1, "TA0201", "Stealth", x_mitre_shortname="stealth")
    access = make_object("x-mitre-tactic", 2, "TA0001", "Initial Access", x_mitre_shortname="initial-access")
    retired = make_object(
        "x-mitre-tactic", 3, "TA0202", "Old", x_mitre_shortname="old", x_mitre_deprecated=True
    )
    phishing = make_object(
        "attack-pattern", 4, "T1566", "Phishing", kill_chain_phases=make_phases("initial-access")
    )
    link = make_object(
        "attack-pattern",
        5,
        "T1566.002",
        "Spearphishing Link",
        kill_chain_phases=make_phases("old", "stealth", "initial-access"),
        x_mitre_is_subtechnique=True,
    )
    revoked = make_object("attack-pattern", 6, "T1192", "Spearphishing Link", revoked=True)
    deprecated = make_object("attack-pattern", 7, "T1064", "Scripting", x_mitre_deprecated=True)
    group = make_object("intrusion-set", 8, "G0094", "Kimsuky", aliases=["Kimsuky", "Thallium", " APT43"])
    old_group = make_object("intrusion-set", 9, "G0086", "Stolen Pencil", revoked=True)
    return [
        link,
        phishing,
        revoked,
        deprecated,
        make_revocation(revoked, link),
        stealth,
        access,
        retired,
        make_object(
            "x-mitre-matrix",
            10,
            "enterprise-attack",
            "E",
            tactic_refs=[access["id"], retired["id"], stealth["id"]],
        ),
        group,
        old_group,
        make_revocation(old_group, group),
        make_object("malware", 11, "S0414", "BabyShark", x_mitre_aliases=["BabyShark", "LATEOP"]),
        make_object("tool", 12, "S0002", "Mimikatz"),
        make_object("course-of-action", 13, "M1032", "Multi-factor Authentication"),
        make_object("course-of-action", 14, "T1060", "Registry Run Keys Mitigation"),
        {"type": "marking-definition", "id": "marking-definition--x", "created": "2017-06-01T00:00:00.000Z"},
    ]


def make_ics(**group: Any) -> list[dict[str, Any]]:
    evasion = make_object("x-mitre-tactic", 21, "TA0103", "Evasion", x_mitre_shortname="evasion-ics")
    phases = make_phases("evasion-ics", chain="mitre-ics-attack")
    return [
        evasion,
        make_object("x-mitre-matrix", 22, "ics-attack", "ATT&CK for ICS", tactic_refs=[evasion["id"]]),
        make_object("attack-pattern", 23, "T0820", "Exploitation for Evasion", kill_chain_phases=phases),
        make_object("intrusion-set", 8, "G0094", "Kimsuky", **group),
    ]


def write_bundle(path: Path, objects: list[dict[str, Any]], release: str | None = None) -> Path:
    collection = {"type": "x-mitre-collection", "id": "x-mitre-collection--x", "x_mitre_version": release}
    bundle = {
        "type": "bundle",
        "id": "bundle--x",
        "objects": [*objects, collection] if release else objects,
    }
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return path


@pytest.fixture
def read_back(tmp_path: Path) -> Callable[..., Reference]:
    """Write a table from bundles, and read it as the package's own is read."""

    def read(*bundles: Path) -> Reference:
        folder = tmp_path / "tables"
        folder.mkdir(exist_ok=True)
        (table,) = update_tables(folder, bundles)
        assert [path.name for path in folder.iterdir()] == ["attack.json"] == [table.path.name]
        return Reference(folder)

    return read


def test_a_bundle_becomes_a_table(tmp_path: Path, read_back: Callable[..., Reference]) -> None:
    reference = read_back(write_bundle(tmp_path / "enterprise-attack.json", make_enterprise(), "19.0"))
    assert reference.attack_versions == {"enterprise": "19.0"}
    assert list(reference.technique_ids) == ["T1064", "T1192", "T1566", "T1566.002"]
    assert reference.technique("T1566.002") == Technique(
        "T1566.002",
        "Phishing: Spearphishing Link",
        ("enterprise",),
        ("initial-access", "stealth", "old"),
        uuid=uuid_of(5),
    )
    assert reference.technique("T1192") == Technique(
        "T1192", "Spearphishing Link", ("enterprise",), (), True, "T1566.002", uuid=uuid_of(6)
    )
    assert reference.technique("T1064") == Technique(
        "T1064", "Scripting", ("enterprise",), (), deprecated=True, uuid=uuid_of(7)
    )
    assert reference.group("G0094") == Group("G0094", "Kimsuky", ("APT43", "Thallium"), None, uuid_of(8))
    assert reference.group("G0086") == Group("G0086", "Stolen Pencil", (), "G0094", uuid_of(9))


def test_a_bundles_own_matrix_gives_the_tactics(tmp_path: Path, read_back: Callable[..., Reference]) -> None:
    reference = read_back(write_bundle(tmp_path / "b.json", make_enterprise()))
    assert [(tactic.shortname, tactic.order, tactic.id) for tactic in reference.tactics("enterprise")] == [
        ("initial-access", 0, "TA0001"),
        ("stealth", 1, "TA0201"),
    ]
    assert reference.tactics("mobile") == ()


def test_software_and_mitigations_of_a_bundle(tmp_path: Path, read_back: Callable[..., Reference]) -> None:
    reference = read_back(write_bundle(tmp_path / "b.json", make_enterprise()))
    assert reference.software("S0414") == AttackSoftware(
        "S0414", "BabyShark", "malware", ("LATEOP",), uuid=uuid_of(11)
    )
    assert reference.software("S0002") == AttackSoftware("S0002", "Mimikatz", "tool", uuid=uuid_of(12))
    assert reference.mitigation("M1032") == Mitigation("M1032", "Multi-factor Authentication", uuid_of(13))
    assert reference.mitigation("T1060") is None


@pytest.mark.parametrize(
    ("file_name", "release", "stated"),
    [
        ("enterprise-attack-18.1.json", None, "18.1"),
        ("enterprise-attack-18.1.json", "19.0", "19.0"),
        ("enterprise-attack.json", None, "unknown"),
    ],
)
def test_where_a_bundles_version_comes_from(
    tmp_path: Path, read_back: Callable[..., Reference], file_name: str, release: str | None, stated: str
) -> None:
    reference = read_back(write_bundle(tmp_path / file_name, make_enterprise(), release))
    assert reference.attack_versions == {"enterprise": stated}
    assert reference.source("attack") == f"ATT&CK STIX bundles {file_name}"
    assert f"© {MITRE_YEAR} The MITRE Corporation" in reference.attack_notice


def test_bundles_of_several_domains_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    newer = write_bundle(
        tmp_path / "ics-attack-8.0.json",
        make_ics(modified="2032-01-01T00:00:00.000Z", aliases=["Emerald Sleet"]),
    )
    older = write_bundle(tmp_path / "enterprise-attack-18.1.json", make_enterprise())
    written = []
    for name, bundles in (("a", (newer, older)), ("b", (older, newer))):
        (tmp_path / name).mkdir()
        update_tables(tmp_path / name, bundles)
        written.append((tmp_path / name / "attack.json").read_bytes())
    assert written[0] == written[1]
    assert str(tmp_path).encode() not in written[0]
    reference = Reference(tmp_path / "a")
    assert reference.attack_versions == {"enterprise": "18.1", "ics": "8.0"}
    assert reference.technique("T0820") == Technique(
        "T0820", "Exploitation for Evasion", ("ics",), ("evasion",), uuid=uuid_of(23)
    )
    assert reference.group("G0094") == Group("G0094", "Kimsuky", ("Emerald Sleet",), None, uuid_of(8))


def test_a_technique_of_two_domains_is_one_row(tmp_path: Path, read_back: Callable[..., Reference]) -> None:
    shared = make_object(
        "attack-pattern",
        4,
        "T1566",
        "Phishing",
        kill_chain_phases=make_phases("evasion-ics", chain="mitre-ics-attack"),
    )
    reference = read_back(
        write_bundle(tmp_path / "ics.json", [*make_ics(), shared]),
        write_bundle(tmp_path / "enterprise.json", make_enterprise()),
    )
    assert reference.technique("T1566") == Technique(
        "T1566", "Phishing", ("enterprise", "ics"), ("evasion", "initial-access"), uuid=uuid_of(4)
    )


def test_two_bundles_of_one_domain_are_refused(tmp_path: Path) -> None:
    bundles = [write_bundle(tmp_path / name, make_enterprise()) for name in ("one.json", "two.json")]
    with pytest.raises(
        ReferenceSourceError, match=r"one\.json and two\.json both hold the enterprise domain"
    ):
        update_tables(tmp_path, bundles)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", " is not JSON"),
        ("\xff", " is not JSON"),
        ("[]", " is not a STIX bundle"),
        ('{"type": "report"}', " is not a STIX bundle"),
        ('{"type": "bundle"}', " is not the ATT&CK bundle of one domain"),
        (
            json.dumps({"type": "bundle", "objects": [{"type": "tool", "id": "tool--x"}]}),
            ": tool--x has no name",
        ),
        (
            json.dumps({"type": "bundle", "objects": [*make_enterprise(), *make_ics()]}),
            " is not the ATT&CK bundle of one domain",
        ),
    ],
)
def test_what_is_no_attack_bundle_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(text.encode("latin-1", "replace"))
    with pytest.raises(ReferenceSourceError, match=rf"given\.json{complaint}"):
        update_tables(tmp_path, [path])
    assert not (tmp_path / "attack.json").exists()


def test_an_absent_bundle_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReferenceSourceError, match=r"absent\.json: No such file"):
        update_tables(tmp_path, [tmp_path / "absent.json"])


def test_an_official_bundle_is_understood(tmp_path: Path) -> None:
    path = REPOSITORY.parent / "shared" / "corpora" / "attack-bundles" / "ics-attack-10.0.json"
    if not path.exists():
        pytest.skip("no official ATT&CK bundle beside the repository to read")
    (table,) = update_tables(tmp_path, [path])
    reference = Reference(tmp_path)
    assert reference.attack_versions == {"ics": "10.0"}
    assert "© 2021 The MITRE Corporation" in reference.attack_notice
    assert [tactic.name for tactic in reference.tactics("ics")] == [
        tactic.name for tactic in load_reference().tactics("ics")
    ]
    assert table.rows["techniques"] == 90
    assert reference.technique("T0886") == Technique(
        "T0886",
        "Remote Services",
        ("ics",),
        ("initial-access", "lateral-movement"),
        uuid="e1f9cdd2-9511-4fca-90d7-f3e92cfdd0bf",
    )
