"""The checks: what a curator can be stopped from getting wrong. One file per family.

loaded = read_records(root, base)
kb = KnowledgeBase.of(loaded.records)
found = (*loaded.found, *check(kb, partial=loaded.partial, today=today, root=base))
"""

from threatbrief.checks.explain import explain, list_checks
from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.history import compare
from threatbrief.checks.registry import CHECKS, CODES
from threatbrief.checks.run import Severities, check

__all__ = ["CHECKS", "CODES", "Check", "Finding", "Severities", "check", "compare", "explain", "list_checks"]
