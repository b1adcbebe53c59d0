"""What a file depends on is the same whatever was made before it in the process."""

from __future__ import annotations

from tests.unit.outputs.exchange_samples import SITE, make_kb

from threatbrief.build.runner import plan
from threatbrief.build.watch import Question, ReadLog, watch
from threatbrief.build.worker import Worker
from threatbrief.knowledge import KnowledgeBase
from threatbrief.outputs import find_outputs
from threatbrief.project import packaged_templates
from threatbrief.render.engine import Sources

OUTPUTS = [output for output in find_outputs() if output.name not in ("pdf", "cards")]
"""Those that read no other file's size, and need no compiler."""


def asked(kb: KnowledgeBase, *, backwards: bool) -> dict[str, frozenset[Question]]:
    log = ReadLog()
    artifacts = [a for a in plan(watch(kb, log), SITE, OUTPUTS) if not a.needs]
    worker = Worker(OUTPUTS, Sources((packaged_templates(),)), artifacts, log)
    ordered = reversed(artifacts) if backwards else artifacts
    return {str(a.path): frozenset(worker.render(a).asked) for a in ordered}


def test_a_file_asks_the_same_whatever_was_made_before_it() -> None:
    kb = make_kb()
    forwards, backwards = asked(kb, backwards=False), asked(kb, backwards=True)
    assert len(forwards) > 100
    differ = [path for path in forwards if forwards[path] != backwards[path]]
    assert differ == []
