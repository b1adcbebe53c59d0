"""Identifiers made of identifiers: the same on every machine, for ever, and of no random source."""

from __future__ import annotations

from hashlib import sha256


def derive_uuid(authority: str, record_id: str, role: str) -> str:
    """A UUID of the shape of version 4 (RFC 9562, section 5.4) hashed from what it stands for.

    `authority` is the site's (`example.org,2026`), `role` what part of the record the object is
    (`report`, `indicator/ipv4-addr/192.0.2.1`). Equal input gives an equal id; no two roles share one.
    """
    digest = sha256(f"{authority}\x1f{record_id}\x1f{role}".encode()).hexdigest()
    variant = _VARIANTS[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
