"""How names are folded."""

from __future__ import annotations

import pytest

from threatbrief.model.names import fold_name


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Kimsuky", "kimsuky"),
        ("THALLIUM", "thallium"),
        ("APT 28", "apt28"),
        ("APT-28", "apt28"),
        ("APT‑28", "apt28"),
        ("APT–28", "apt28"),
        ("UNC_2452", "unc2452"),
        ("Velvet\u00a0Chollima", "velvetchollima"),
        ("Dr. Evil\t& Sons", "drevil&sons"),
        ("Camaro Dragón", "camarodragon"),
        ("Dragón", "dragon"),
        ("STRAẞE", "strasse"),
        ("İstanbul", "istanbul"),
        ("ＡＰＴ２８", "apt28"),
        ("Σκύλος", "σκυλοσ"),
        ("Ki\u200bmsuky", "kimsuky"),
        ("김수키", "김수키"),
        ("й-Группа", "йгруппа"),
        ("ガ ード", "ガード"),
        ("海莲花", "海莲花"),
        ("ОкунÓ", "окунo"),
        ("चक्र", "चक्र"),
        ("", ""),
        (" .-_ ", ""),
    ],
)
def test_fold_name(name: str, folded: str) -> None:
    assert fold_name(name) == folded


@pytest.mark.parametrize("name", ["Ŀ", "ΐ", "ŉ", "ǰ", "한글 팀", "Ǆ-Ḋot", "℡ 1", "Ω̈"])
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


def test_unlike_letters_stay_unlike() -> None:
    assert len({fold_name(name) for name in ("и", "й", "か", "が", "o", "ø", "ı", "i")}) == 8
