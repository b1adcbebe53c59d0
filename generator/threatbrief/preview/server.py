"""Fit MkDocs' server with what we need: a process that builds, a quick lookout, a script that is admitted."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from threatbrief.preview.desk import Desk
from threatbrief.preview.edits import Edits, Host
from threatbrief.preview.lookout import Lookout
from threatbrief.processes import can_fork

log = logging.getLogger("mkdocs.plugins.threatbrief")

_SETTLES: float = 0.03
"""Seconds without a change after which an editor has written all of a file."""


def fit(server: Any, host: Host) -> Callable[[], None]:
    """Have the server show what `host` builds; what is returned ends it."""
    build = _surviving(server.builder)
    server.builder, close = build, lambda: None
    _admit_reload_script(server)
    _keep_lookout(server)
    if can_fork():
        desk = Desk(Edits(host, build), lambda: _reload(server))
        server.builder, close = lambda: desk.ask() or build(), desk.close
    return close


def _surviving(build: Callable[[], None]) -> Callable[[], None]:
    """MkDocs' server hangs after a failed rebuild; let it go on with the last good site instead."""

    def build_or_keep() -> None:
        try:
            build()
        except Exception as fault:
            kind = "" if str(fault) else type(fault).__name__
            log.error(f"{kind}{fault} The last good site is still shown.")

    return build_or_keep


def _keep_lookout(server: Any) -> None:
    """Put our lookout in the place of MkDocs' own, which looks at every file twice a second."""
    watched = list(server._watched_paths)
    server.observer, server.build_delay = Lookout(), _SETTLES
    server._watched_paths, server._watch_refs = {}, {}
    for path in watched:
        server.watch(path)


def _reload(server: Any) -> None:
    """Have browsers load their page again, as after a build of MkDocs."""
    with server._epoch_cond:
        log.info("Reloading browsers")
        server._wanted_epoch = server._visible_epoch = round(time.monotonic() * 1000)
        server._epoch_cond.notify_all()


def _admit_reload_script(server: Any) -> None:
    """MkDocs' reload script is inline: give it a nonce, page by page, as it is sent, and nothing else."""
    inject = server._inject_js_into_html

    def inject_with_nonce(content: bytes, epoch: int) -> bytes:
        nonce = secrets.token_urlsafe(16).encode()
        before, _, after = inject(content, epoch).rpartition(b"<script>")
        page: bytes = before + b'<script nonce="' + nonce + b'">' + after
        return page.replace(b"script-src 'self'", b"script-src 'self' 'nonce-" + nonce + b"'", 1)

    server._inject_js_into_html = inject_with_nonce
