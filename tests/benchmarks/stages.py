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
from typing import Any

from measure import Cost, measured


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
        from threatbrief.build.runner import Build, plan
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
    for output in outputs:
        with measured() as cost:
            planned = plan(kb, project.site, [output])
        stages.append(Stage(f"plan {output.name}", cost, len(planned)))
    # The folders of records are the pages', which come first for that; feeds need the size of every PDF,
    # so they come together with the PDFs where there are any.
    alone = [[o] for o in sorted(outputs, key=lambda o: o.name != "pages") if o.name not in ("feeds", "pdf")]
    groups = [*alone, [o for o in outputs if o.name in ("feeds", "pdf")]]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "site"
        with publication(target) as site:
            for group in groups:
                names = " and ".join(output.name for output in group)
                count = size = 0
                with measured() as cost:
                    sources = project.sources._replace(shelf=site.shelf)
                    run = Build(kb, project.site, group, sources, workers=1, delivery=site.delivery)
                    for outcome in run.run():
                        site.take(outcome.path, changed=True)
                        count, size = count + 1, size + outcome.size
                stages.append(Stage(f"render {names}", cost, count, size))
            with measured() as cost:
                site.commit()
        stages.append(Stage("swap in", cost))
    return stages


if __name__ == "__main__":
    print(json.dumps([stage.plain() for stage in time_stages(Path(sys.argv[1]))]))
