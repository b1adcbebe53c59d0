"""Notice that a file has changed: at once where the system tells, at the next look where it does not."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from threatbrief.build.inputs import Listing

_PAUSE: Final = 1.0
"""Seconds between two looks at least: mounts of other machines and containers tell nothing."""
_SHARE: Final = 50
"""A look may take this part of the time."""
_READING: Final = frozenset({"opened", "closed_no_write"})


class Lookout:
    """Stands in for an observer of watchdog. What the system tells only hastens the next look: whether
    anything has changed is told from the files' sizes and time stamps, so reading them is no change."""

    def __init__(self) -> None:
        self._watched: list[tuple[Path, Callable[[Any], None]]] = []
        self._told, self._is_over = threading.Event(), False
        self.is_looking = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._observer: Any = None

    def schedule(self, handler: Any, path: str, *, recursive: bool = True) -> Path:
        """Call the handler's `on_any_event` when something changes below a folder, or a file changes."""
        watched = Path(path)
        self._watched.append((watched, handler.on_any_event))
        return watched

    def unschedule(self, watched: Path) -> None:
        self._watched = [row for row in self._watched if row[0] != watched]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over = True
        self._told.set()

    def join(self) -> None:
        self._thread.join()

    def _look(self) -> None:
        seen = [Listing.of([path]) for path, _ in self._watched]
        self._listen()
        self.is_looking.set()
        while not self._is_over:
            began = time.monotonic()
            found = [Listing.of([path]) for path, _ in self._watched]
            for (_, call), before, now in zip(self._watched, seen, found, strict=True):
                if now != before:
                    call(_CHANGED)
                    break
            seen = found
            self._told.wait(max(_PAUSE, _SHARE * (time.monotonic() - began)))
            self._told.clear()
        if self._observer:
            self._observer.stop()

    def _listen(self) -> None:
        """Have the system tell. A file's folder is watched, as editors put another file in its place."""
        with contextlib.suppress(ImportError, OSError, RuntimeError):
            from watchdog.observers import Observer

            observer: Any = Observer()
            observer.daemon = True
            for path, _ in self._watched:
                is_folder = path.is_dir()
                observer.schedule(self, str(path if is_folder else path.parent), recursive=is_folder)
            observer.start()
            self._observer = observer

    def dispatch(self, event: Any) -> None:
        """What watchdog calls."""
        if event.event_type not in _READING:
            self._told.set()


class _Change:
    is_directory = False


_CHANGED: Final = _Change()
