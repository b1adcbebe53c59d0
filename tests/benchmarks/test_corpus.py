"""The generated corpus is as large as the fact sheets say, whole, and the same every time."""

from __future__ import annotations

from pathlib import Path

import pytest
import targets
from corpus import Corpus

from threatbrief.diagnostics import Diagnostic
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Incident
from threatbrief.records import load

COUNT = 300


def sizes(incident: Incident) -> dict[str, int]:
    """The measures of one record, named as in targets.MEASURED."""
    return {
        "body": len(incident.body),
        "sources": len(incident.sources),
        "techniques": len(incident.techniques),
        "claims": len(incident.attribution),
        "countries": len(incident.targets.countries),
        "sectors": len(incident.targets.sectors),
        "timeline": len(incident.timeline),
        "indicators": len(incident.indicators),
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[KnowledgeBase, tuple[Diagnostic, ...]]:
    folder = tmp_path_factory.mktemp("records")
    Corpus(COUNT).write(folder)
    return load(folder)


@pytest.mark.parametrize("level", [0.5, 0.95])
@pytest.mark.parametrize("measure", sorted(targets.MEASURED))
def test_sizes_follow_the_fact_sheets(
    loaded: tuple[KnowledgeBase, tuple[Diagnostic, ...]], measure: str, level: float
) -> None:
    wanted = targets.at_level(targets.MEASURED[measure], level)
    made = targets.quantile([sizes(incident)[measure] for incident in loaded[0].incidents], level)
    assert made == pytest.approx(wanted, rel=0.05, abs=0.5)


def test_every_record_loads(loaded: tuple[KnowledgeBase, tuple[Diagnostic, ...]]) -> None:
    kb, found = loaded
    assert found == ()
    assert (len(kb.incidents), len(kb.actors), len(kb.software)) == (COUNT, COUNT // 8, COUNT // 6)


def test_every_record_passes_the_checks(loaded: tuple[KnowledgeBase, tuple[Diagnostic, ...]]) -> None:
    check = pytest.importorskip("threatbrief.checks").check
    assert [d for d in check(loaded[0]) if d.severity == "error"] == []


def test_records_are_joined(loaded: tuple[KnowledgeBase, tuple[Diagnostic, ...]]) -> None:
    kb, _ = loaded
    assert kb.contested_names
    assert all(kb.actors_of(incident) for incident in kb.incidents)
    assert sum(len(kb.incidents_of(actor)) for actor in kb.actors) >= COUNT
    assert sum("[[" in incident.body and "[@" in incident.body for incident in kb.incidents) > COUNT * 0.9


def test_the_same_number_gives_the_same_bytes(tmp_path: Path) -> None:
    assert Corpus(40).files() == Corpus(40).files()
