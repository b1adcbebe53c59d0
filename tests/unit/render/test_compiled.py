"""Templates are compiled once and kept, for as long as neither they nor what compiles them changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatbrief.render.environment import PageEnvironment
from threatbrief.render.jinja import make_environment
from threatbrief.render.markdown import BodyRenderer


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates that were compiled."""
    names: list[str] = []
    generate = PageEnvironment._generate

    def noted(self: PageEnvironment, source: object, name: str, *rest: object, **more: object) -> object:
        names.append(name)
        return generate(self, source, name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(PageEnvironment, "_generate", noted)
    return names


def _render(folder: Path, stamp: str = "one") -> str:
    environment = make_environment((folder,), BodyRenderer(), (folder / "kept" / "templates.db", stamp))
    return environment.get_template("page.html").render(name="Anna")


def _write(folder: Path, source: str) -> None:
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site" / "page.html").write_text(source, encoding="utf-8")


def test_a_template_is_compiled_once(tmp_path: Path, compiled: list[str]) -> None:
    _write(tmp_path, "<p>{{ name }}")
    assert _render(tmp_path) == _render(tmp_path) == "<p>Anna"
    assert compiled == ["page.html"]


def test_an_edited_template_is_compiled_again(tmp_path: Path, compiled: list[str]) -> None:
    _write(tmp_path, "<p>{{ name }}")
    _render(tmp_path)
    _write(tmp_path, "<b>{{ name }}")
    assert _render(tmp_path) == "<b>Anna"
    assert len(compiled) == 2


def test_another_compiler_takes_nothing_of_the_old(tmp_path: Path, compiled: list[str]) -> None:
    _write(tmp_path, "<p>{{ name }}")
    _render(tmp_path)
    _render(tmp_path, stamp="two")
    assert len(compiled) == 2


def test_a_broken_file_is_made_anew(tmp_path: Path, compiled: list[str]) -> None:
    _write(tmp_path, "<p>{{ name }}")
    _render(tmp_path)
    (tmp_path / "kept" / "templates.db").write_bytes(b"no database")
    assert _render(tmp_path) == _render(tmp_path) == "<p>Anna"
    assert len(compiled) <= 3
