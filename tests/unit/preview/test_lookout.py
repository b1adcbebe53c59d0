"""Changes are noticed however an editor makes them, and reading is none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from threatbrief.preview import lookout
from threatbrief.preview.lookout import Lookout

SOON = 10.0


class Told:
    def __init__(self) -> None:
        self.called = threading.Event()

    def on_any_event(self, event: Any) -> None:
        assert not event.is_directory
        self.called.set()

    def within(self, seconds: float) -> bool:
        called = self.called.wait(seconds)
        self.called.clear()
        return called


@pytest.fixture(params=["told by the system", "not told"])
def told(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """What is told of a folder `records` and the file `mkdocs.yml`."""
    (tmp_path / "records/2019").mkdir(parents=True)
    (tmp_path / "mkdocs.yml").write_text("one")
    (tmp_path / "records/2019/a.md").write_text("one")
    if request.param == "not told":
        monkeypatch.setattr(Lookout, "_listen", lambda self: None)
        monkeypatch.setattr(lookout, "_PAUSE", 0.05)
    else:
        monkeypatch.setattr(lookout, "_PAUSE", 3600)
    found, watching = Told(), Lookout()
    for path in ("records", "mkdocs.yml"):
        watching.schedule(found, str(tmp_path / path), recursive=True)
    watching.start()
    assert watching.is_looking.wait(SOON)
    yield found
    watching.stop()
    watching.join()


def test_changes_are_noticed(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "records/2019/a.md"
    file.write_text("one and two")
    assert told.within(SOON)
    (tmp_path / "records/2019/b.md").write_text("three")
    assert told.within(SOON)
    file.unlink()
    assert told.within(SOON)
    for word in ("another", "a third one"):
        (tmp_path / "part").write_text(word)
        (tmp_path / "part").replace(tmp_path / "mkdocs.yml")
        assert told.within(SOON)


def test_reading_and_files_beside_are_no_change(told: Told, tmp_path: Path) -> None:
    (tmp_path / "records/2019/a.md").read_text()
    (tmp_path / "other.yml").write_text("beside")
    assert not told.within(1)
