"""Every rule, in the order of the codes' families."""

from __future__ import annotations

from typing import Final

from threatbrief.checks import attribution, dates, loading, names, references, vocabularies
from threatbrief.checks.finding import Check

CHECKS: Final[tuple[Check, ...]] = (
    *loading.CHECKS,
    *dates.CHECKS,
    *references.CHECKS,
    *vocabularies.CHECKS,
    *names.CHECKS,
    *attribution.CHECKS,
)


def find_check(code: str) -> Check | None:
    """The rule of a code, however it is capitalised."""
    return next((rule for rule in CHECKS if rule.code == code.upper()), None)
