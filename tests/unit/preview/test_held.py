"""What is held in memory gives what the disk gives, and reads only what has changed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import copy_site

from threatbrief.mkdocs_plugin import open_project
from threatbrief.preview.held import Held
from threatbrief.project import Project, load_checked
from threatbrief.records import read

AN_HOUR = 3600


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("THREATBRIEF_CACHE", str(tmp_path / "private"))
    root = copy_site(tmp_path / "site")
    then = time.time() - AN_HOUR
    for file in (root / "content/records").rglob("*.md"):
        os.utime(file, (then, then))  # old enough for its time stamp to be trusted
    return open_project(root / "mkdocs.yml")


def test_loads_are_those_from_the_disk(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    first, found = load_checked(project, held)
    read_again: list[str] = []
    parse = read.parse_record

    def noted(kind: str, path: str, content: bytes) -> Any:
        read_again.append(path)
        return parse(kind, path, content)

    monkeypatch.setattr(read, "parse_record", noted)
    second, again = load_checked(project, held)
    assert read_again == []
    assert again == found
    assert all(a is b for a, b in zip(first.records, second.records, strict=True))

    files = sorted((project.records / "incidents").rglob("*.md"))
    files[0].write_text(files[0].read_text(encoding="utf-8") + "\nOne word more.\n", encoding="utf-8")
    files[1].unlink()
    third, told = load_checked(project, held)
    assert read_again == [files[0].relative_to(project.root).as_posix()]
    monkeypatch.undo()
    from_disk, found_on_disk = load_checked(project)
    assert third.records == from_disk.records
    assert told == found_on_disk
