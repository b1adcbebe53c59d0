"""Texts that one process of a build has finished and others, or itself later, want again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of one build alone, shared by its processes. A key decides its text."""

    folder: Path

    def find(self, key: str) -> str | None:
        """The text that lies under the key, if somebody has laid it there."""
        try:
            with open(self._place(key), "rb") as file:  # noqa: PTH123 (a Path costs as much as the reading)
                return file.read().decode("utf-8", "surrogatepass")
        except FileNotFoundError:
            return None

    def lay(self, key: str, text: str) -> None:
        """Lay a text under a key. No process ever finds half of one."""
        place = self._place(key)
        part = f"{place}.{os.getpid()}"
        with open(part, "wb") as file:  # noqa: PTH123
            file.write(text.encode("utf-8", "surrogatepass"))
        os.replace(part, place)  # noqa: PTH105

    def _place(self, key: str) -> str:
        return f"{self.folder}/{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
