"""Texts and what search makes of them, in Python and in the browser alike."""

from __future__ import annotations

from typing import Final

FOLDS: Final = {
    "Thallium": "thallium",
    "Élan Vital": "elan vital",
    "E\u0301lan": "elan",
    "Straße ẞ": "strasse ss",
    "Łódź Øresund Ægir Þór": "lodz oresund aegir thor",
    "İstanbul ISPARTA ırmak": "istanbul isparta irmak",
    "ΛΌΓΟΣ λόγος": "λογοσ λογοσ",
    "Ёж Киберпартизаны": "еж киберпартизаны",
    "김수키": "김수키",
    "朝鲜黑客组织": "朝鲜黑客组织",
    "ガンブラー": "カンフラー",
    "ＡＰＴ４３": "apt43",
    "قُراصنة إيران": "قراصنة ايران",
    "مـحمد": "محمد",
    "לַזָרוּס": "לזרוס",
    "हिन्दी": "हनद",
    "co\u00adop zero\u200bwidth": "coop zerowidth",
    "T1566\u2011002": "t1566-002",
    "ﬁn7 Ⅳ": "fin7 iv",
    "Ngọc Đức": "ngoc duc",
}

NAMES: Final = (
    *FOLDS,
    "APT43",
    "APT-C-23",
    "Fancy Bear",
    "T1566.002",
    "CVE-2023-34362",
    "TB-2019-7K3Q",
    "북한 해커",
    "海莲花APT32组织",
    "蔓",
    "a-b",
    "X-Agent/Sofacy_v2",
    "d" * 64,
)
"""Names that are found when they are asked for as they are spelt."""
