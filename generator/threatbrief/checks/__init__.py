"""The checks: what a curator can be stopped from getting wrong. One file per family.

loaded = read_records(root, base)
kb = KnowledgeBase.of(loaded.records)
found = (*loaded.found, *check(kb, partial=loaded.partial, today=today, root=base))
"""

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.registry import CHECKS, find_check
from threatbrief.checks.run import check

__all__ = ["CHECKS", "Check", "Finding", "check", "find_check"]
