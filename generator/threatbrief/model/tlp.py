"""TLP 2.0 labels (FIRST, Traffic Light Protocol version 2.0, August 2022)."""

from __future__ import annotations

from threatbrief.model.base import Word


class Tlp(Word):
    """A TLP 2.0 label. Labels compare by how far they restrict sharing: CLEAR is the lowest."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"

    @property
    def rank(self) -> int:
        """0 for CLEAR up to 4 for RED."""
        return _ORDER.index(self)

    @property
    def label(self) -> str:
        """The label as the standard prints it: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.value}"


_ORDER = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED)


def highest(*labels: Tlp | None) -> Tlp:
    """The most restrictive of the labels; CLEAR where none is given."""
    found = Tlp.CLEAR
    for label in labels:
        if label and label is not found and label.rank > found.rank:
            found = label
    return found
