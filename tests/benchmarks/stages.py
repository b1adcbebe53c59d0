"""Times a cold build stage by stage, in a process of its own; prints JSON.

    python tests/benchmarks/stages.py FOLDER/mkdocs.yml

One worker, so that a stage's CPU is its own; each output is planned and rendered by itself. The
configuration says which outputs there are, and whether PDF briefs are among them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import Cost, measured

if TYPE_CHECKING:
    from threatbrief.build.artifact import Artifact, BuiltFile


@dataclass(frozen=True)
class Stage:
    """A stage's cost, with how many files and bytes it made."""

    name: str
    cost: Cost
    files: int = 0
    size: int = 0

    def plain(self) -> dict[str, Any]:
        return {"stage": self.name, **self.cost.plain(), "files": self.files, "bytes": self.size}


def time_stages(config_file: Path) -> list[Stage]:
    """Import, load, check, mark; plan and render of every output; the swap into a folder."""
    stages: list[Stage] = []
    with measured() as cost:
        from threatbrief.build.publish import publication
        from threatbrief.build.runner import plan, render_all
        from threatbrief.checks import check
        from threatbrief.mkdocs_plugin import open_project
        from threatbrief.records import load
        from threatbrief.records.marking import apply_marking

        project = open_project(config_file)
    stages.append(Stage("import", cost))
    with measured() as cost:
        everything, _ = load(project.records, project.root)
    stages.append(Stage("load", cost, len(everything.records)))
    with measured() as cost:
        tuple(check(everything))
    stages.append(Stage("check", cost))
    with measured() as cost:
        kb = apply_marking(everything, project.site.tlp, drafts=project.site.drafts)
    stages.append(Stage("mark", cost, len(kb.records)))

    outputs = project.outputs
    artifacts: list[Artifact] = []
    for output in outputs:
        with measured() as cost:
            planned = plan(kb, project.site, [output])
        stages.append(Stage(f"plan {output.name}", cost, len(planned)))
        artifacts.extend(planned)
    # Feeds need the size of every PDF, so they come last, together with the PDFs where there are any.
    groups = [[output.name] for output in outputs if output.name not in ("feeds", "pdf")]
    groups += [["pdf", "feeds"] if project.site.pdf else ["feeds"]]
    made: list[BuiltFile] = []
    for names in groups:
        chosen = [artifact for artifact in artifacts if artifact.output in names]
        with measured() as cost:
            files = list(render_all(chosen, outputs, project.templates, workers=1))
        stages.append(Stage(f"render {' and '.join(names)}", cost, len(files), sum(f.size for f in files)))
        made.extend(files)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "site"
        with measured() as cost, publication(target) as site:
            for file in made:
                site.add(file.path, file.content)
            site.commit()
    stages.append(Stage("write", cost, len(made), sum(file.size for file in made)))
    return stages


if __name__ == "__main__":
    print(json.dumps([stage.plain() for stage in time_stages(Path(sys.argv[1]))]))
