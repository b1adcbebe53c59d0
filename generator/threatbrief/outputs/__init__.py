"""The formats of the site, one file each, registered in the entry-point group `threatbrief.outputs`."""

from __future__ import annotations

from importlib.metadata import entry_points

from threatbrief.build.artifact import Output

GROUP = "threatbrief.outputs"


def find_outputs() -> tuple[Output, ...]:
    """Every registered output, ours and third parties', by name."""
    found = {point.name: point.load() for point in entry_points(group=GROUP)}
    return tuple(found[name]() for name in sorted(found))
