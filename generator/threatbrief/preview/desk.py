"""Build in a process of its own, which keeps what it knows, while this one serves.

It forks each whole build that may wait: a build then inherits all that is loaded, and is given up
when a further edit comes. Every process ends when the one that started it does.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any, Final, Protocol

from threatbrief.processes import collect_new

_LOOK: Final = "look"
_END: Final = "end"
_DONE: Final = "done"
_MORE: Final = "more"
_NOTHING_NEW: Final = 3
_PATIENCE: Final = 2.0
"""Seconds that the process has to end by itself."""


class Editor(Protocol):
    """What the process does."""

    def look(self) -> bool:
        """Show what was edited; False where only a whole build can."""
        ...

    def build(self, progress: Callable[..., None]) -> None:
        """Build all; what cannot be built leaves the site as it is."""
        ...

    def build_rest(self, progress: Callable[..., None]) -> bool:
        """Build all after a look that showed its pages; whether any other page has changed."""
        ...


class Desk:
    """`ask` has the process look at what was edited; `reload` is called when, later, more has changed.

    To be made while this is the only thread.
    """

    def __init__(self, editor: Editor, reload: Callable[[], None]) -> None:
        collect_new()  # here and there: to walk all records takes seconds, and this one only serves
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(editor, theirs, self._ours))
        self._process.start()
        theirs.close()
        self._reload, self._is_asked = reload, False
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def ask(self) -> bool:
        """Wait until what was edited is shown, or found to be at fault; False where the process has ended."""
        self._is_asked = True
        try:
            self._ours.send(_LOOK)
            return self._answers.get()
        except OSError:
            return False
        finally:
            self._is_asked = False

    def close(self) -> None:
        """End the process, and what it has begun."""
        with contextlib.suppress(OSError):
            self._ours.send(_END)
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                if self._ours.recv() == _DONE:
                    self._answers.put(True)
                elif not self._is_asked:
                    self._reload()
        self._answers.put(False)


def _work(editor: Editor, conn: Connection, others: Connection) -> None:
    others.close()
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # it reaches all of a terminal's processes; the server tells us
    with contextlib.suppress(EOFError, OSError):
        _Work(editor, conn).run()


class _Work:
    def __init__(self, editor: Editor, conn: Connection) -> None:
        self._editor, self._conn = editor, conn
        self._rest: Any = None

    def run(self) -> None:
        """Until the server is gone."""
        try:
            while True:
                ready = wait([self._conn, self._rest.sentinel] if self._rest else [self._conn])
                if self._conn in ready:
                    if self._conn.recv() == _END:
                        return
                    self._stop()
                    self._look()
                else:
                    self._end()
        finally:
            self._stop()

    def _look(self) -> None:
        gc.disable()  # what a look makes stays, but for few cycles: they are collected when it is shown
        is_shown = self._editor.look()
        if not is_shown:
            self._editor.build(self._end_without_server)
        self._conn.send(_DONE)
        if is_shown:
            self._rest = multiprocessing.get_context("fork").Process(target=self._build_rest)
            self._rest.start()
        gc.collect(0)

    def _build_rest(self) -> None:
        desk = os.getppid()

        def end_without_desk(*_: object) -> None:
            if os.getppid() != desk:
                os._exit(1)

        self._conn.close()
        sys.exit(0 if self._editor.build_rest(end_without_desk) else _NOTHING_NEW)

    def _end(self) -> None:
        self._rest.join()
        if self._rest.exitcode == 0:
            self._conn.send(_MORE)
        self._rest = None

    def _stop(self) -> None:
        if self._rest:
            self._rest.terminate()
            self._rest.join()
            self._rest = None

    def _end_without_server(self, *_: object) -> None:
        """Nothing is said while a build is awaited, unless the server goes."""
        if self._conn.poll():
            os._exit(1)
