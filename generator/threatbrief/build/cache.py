"""Where a site's caches lie, what they hold, and how they are cleared.

What was parsed of the records holds every marking: it lies in the user's own cache folder, which no CI
service saves. What was made at TLP:CLEAR lies beside the site's mkdocs.yml, where CI may save and
restore it; what was made above CLEAR lies with the records.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threatbrief.model import Tlp

SHARED: Final = ".cache/threatbrief"
"""The folder below a project's root that may be shared: it holds nothing above TLP:CLEAR."""

VARIABLE: Final = "THREATBRIEF_CACHE"
"""The environment variable that names another folder for what may not be shared."""


@dataclass(frozen=True, slots=True)
class CacheFolders:
    """The cache folders of one project: `shared` holds CLEAR content alone, `private` every marking."""

    shared: Path
    private: Path

    @classmethod
    def of(cls, root: Path) -> CacheFolders:
        """The folders of the project whose mkdocs.yml lies in `root`."""
        named = os.environ.get(VARIABLE)
        home = os.environ.get("XDG_CACHE_HOME")
        base = Path(named) if named else (Path(home) if home else Path.home() / ".cache") / "threatbrief"
        return cls(root / SHARED, base / _mark(root))

    @property
    def compiled_file(self) -> Path:
        """Templates as they were compiled."""
        return self.private / "templates.db"

    def kept_file(self, site_dir: Path, room: str) -> Path:
        """What views keep from build to build of one site folder, in rooms that are opened separately."""
        return self.private / f"kept-{room}-{_mark(site_dir)}.db"

    def memo_file(self, site_dir: Path, ceiling: Tlp) -> Path:
        """The memo of one site folder; what is made above CLEAR is not for sharing."""
        folder = self.shared if ceiling is Tlp.CLEAR else self.private
        return folder / f"site-{_mark(site_dir)}.json"

    def latest_file(self, site_dir: Path) -> Path:
        """What the latest build of one site folder began and ended with; it quotes findings."""
        return self.private / f"latest-{_mark(site_dir)}.json"

    def forget(self, site_dir: Path) -> None:
        """Remove what is kept of one site folder, which will not be built again."""
        for folder in (self.shared, self.private):
            for file in folder.glob(f"*-{_mark(site_dir)}.*"):
                file.unlink(missing_ok=True)

    def sizes(self) -> dict[Path, tuple[int, int]]:
        """How many files each folder holds, and how many bytes they take."""
        found = {}
        for folder in (self.shared, self.private):
            sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
            found[folder] = (len(sizes), sum(sizes))
        return found

    def clear(self) -> int:
        """Remove both folders; the number of files that were in them."""
        sizes = self.sizes()
        for folder in sizes:
            shutil.rmtree(folder, ignore_errors=True)
        return sum(count for count, _ in sizes.values())


def _mark(folder: Path) -> str:
    """A name for a folder that no other has."""
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
