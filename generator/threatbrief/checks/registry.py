"""Every rule, in the order of the codes' families."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from threatbrief.checks import (
    attribution,
    bibliography,
    dates,
    history,
    indicators,
    loading,
    markings,
    names,
    publication,
    references,
    silence,
    text,
    vocabularies,
)
from threatbrief.checks.finding import Check

_FAMILIES: Final = "FSDRVNABITMPHC"
_ALL: Final = (
    *loading.CHECKS,
    *dates.CHECKS,
    *references.CHECKS,
    *vocabularies.CHECKS,
    *names.CHECKS,
    *attribution.CHECKS,
    *bibliography.CHECKS,
    *indicators.CHECKS,
    *text.CHECKS,
    *markings.CHECKS,
    *publication.CHECKS,
    *history.CHECKS,
    *silence.CHECKS,
)
CHECKS: Final[tuple[Check, ...]] = tuple(sorted(_ALL, key=lambda c: (_FAMILIES.index(c.code[0]), c.code)))
CODES: Final[Mapping[str, Check]] = MappingProxyType({rule.code: rule for rule in CHECKS})
