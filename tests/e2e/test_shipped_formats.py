"""The machine formats of the shipped records, read with the libraries of those who use them.

What is not installed is skipped: mitreattack-python (layers), misp-stix (events and bundles), and the
command `csaf` of the package csaf (documents).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import stix2

from tests.conftest import REPOSITORY
from threatbrief.build.runner import Build
from threatbrief.mkdocs_plugin import open_project
from threatbrief.records import load
from threatbrief.records.marking import apply_marking

FORMATS = ("csaf", "misp", "navigator", "stix")
INDUSTRIAL = ("Industroyer", "NotPetya", "WannaCry")
Files = Mapping[str, bytes]


@pytest.fixture(scope="module")
def shipped() -> dict[str, bytes]:
    project = open_project(REPOSITORY / "mkdocs.yml")
    records, _ = load(project.records, project.root)
    kb = apply_marking(records, project.site.tlp, drafts=project.site.drafts)
    outputs = [output for output in project.outputs if output.name in FORMATS]
    outcomes = Build(kb, project.site, outputs, project.sources, workers=1).run()
    return {str(found.path): found.content or b"" for found in outcomes}


def matching(files: Files, pattern: str) -> dict[str, bytes]:
    found = {path: content for path, content in files.items() if re.fullmatch(pattern, path)}
    assert found, pattern
    return found


def bundles(files: Files) -> dict[str, bytes]:
    return matching(files, r"(incidents|actors)/[^/]+/stix\.json|data/stix/\d+\.json|data/stix-bundle\.json")


def write(folder: Path, files: Files) -> list[str]:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return [str(folder / path) for path in files]


# STIX


def test_stix2_parses_every_object_strictly(shipped: Files) -> None:
    """Each object once: the bundle of all is made of the same lines."""
    seen: dict[str, str] = {}
    for path, content in bundles(shipped).items():
        bundle = json.loads(content)
        assert (bundle["type"], bundle["id"][:8]) == ("bundle", "bundle--"), path
        seen |= {json.dumps(found, sort_keys=True): path for found in bundle["objects"]}
    for text, path in seen.items():
        assert stix2.parse(text, version="2.1", allow_custom=False).id, path


def test_no_reference_leads_out_of_its_bundle_but_to_mitre(shipped: Files) -> None:
    mitre = load_mitre_ids()
    for path, content in bundles(shipped).items():
        objects = json.loads(content)["objects"]
        held = {found["id"] for found in objects}
        assert len(held) == len(objects), path
        outside = {ref for found in objects for ref in references(found)} - held
        assert {ref.partition("--")[2] for ref in outside} <= mitre, path


def references(found: Any) -> list[str]:
    kinds = ((key, value) for key, value in found.items() if key.endswith(("_ref", "_refs")))
    return [ref for _, value in kinds for ref in (value if isinstance(value, list) else [value])]


def load_mitre_ids() -> set[str]:
    """The UUIDs of the objects that MITRE publishes, as far as the tables have them."""
    folder = REPOSITORY / "generator/threatbrief/reference"
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.json")))
    return set(re.findall(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", text))


def test_misp_stix_makes_an_event_of_every_bundle(shipped: Files, tmp_path: Path) -> None:
    converter = pytest.importorskip("misp_stix_converter")
    for path in write(tmp_path, matching(shipped, r"incidents/[^/]+/stix\.json")):
        parser = converter.ExternalSTIX2toMISPParser()
        parser.load_stix_bundle(stix2.parse(Path(path).read_text(encoding="utf-8"), allow_custom=True))
        parser.parse_stix_bundle()
        assert parser.misp_event.info, path


# MISP


def test_misp_stix_makes_a_bundle_of_every_event(shipped: Files) -> None:
    converter = pytest.importorskip("misp_stix_converter")
    for path, content in matching(shipped, r"misp/[0-9a-f-]{36}\.json").items():
        parser = converter.MISPtoSTIX21Parser()
        parser.parse_misp_event(json.loads(content))
        assert parser.stix_objects, path


# ATT&CK Navigator


@pytest.mark.parametrize("name", INDUSTRIAL)
def test_what_struck_offices_and_plants_has_a_layer_of_each(shipped: Files, name: str) -> None:
    (record,) = (REPOSITORY / "content/records/incidents").rglob(f"*-{name.lower()}.md")
    slug = "-".join(record.stem.split("-")[:3])
    for domain, form in (("enterprise", r"T1\d{3}(\.\d{3})?"), ("ics", r"T0\d{3}")):
        layer = json.loads(shipped[f"incidents/{slug}/navigator-{domain}.json"])
        assert layer["domain"] == f"{domain}-attack"
        assert layer["techniques"]
        assert all(re.fullmatch(form, mark["techniqueID"]) for mark in layer["techniques"])


def test_mitres_library_takes_every_layer(shipped: Files) -> None:
    navlayers = pytest.importorskip("mitreattack.navlayers")
    for path, content in matching(shipped, r".*/navigator-[a-z]+\.json").items():
        layer = navlayers.Layer(strict=True)
        layer.from_dict(json.loads(content))
        assert layer.to_dict(), path


# CSAF


def test_a_validator_of_others_takes_every_document(shipped: Files, tmp_path: Path) -> None:
    command = shutil.which("csaf")
    if command is None:
        pytest.skip("needs the command csaf: pip install csaf")
    paths = write(tmp_path, matching(shipped, r"csaf/[a-z]+/\d{4}/[^/]+\.json"))
    options = ("validate", "--spec-version", "v20", "--preset", "mandatory", "--no-network")
    judged = subprocess.run([command, *options, *paths], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-2000:]
    assert f"{len(paths)}/{len(paths)} files valid" in judged.stdout
