"""QR codes (ISO/IEC 18004) as SVG, for the address that a printed page leads to."""

from __future__ import annotations

from typing import Final

_MASK: Final = 2
"""Any of the eight reads as well; naming one spares the library trying them all."""
_LONGEST: Final = 1000
"""Bytes: a code of more is too fine for a camera at the size of a stamp."""


def qr_svg(address: str) -> str:
    """The code of an address, an SVG whose modules touch; empty where the address is too long for one."""
    if len(address.encode()) > _LONGEST:
        return ""
    import segno

    code = segno.make_qr(address, error="m", boost_error=False, mask=_MASK)
    size = code.symbol_size(border=0)[0]
    bars = "".join(
        f"M{x} {y}h{width}v1.02h-{width}z" for y, row in enumerate(code.matrix) for x, width in _runs(row)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{bars}"/></svg>'


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    found: list[tuple[int, int]] = []
    start = -1
    for x, dark in enumerate((*row, 0)):
        if dark and start < 0:
            start = x
        elif not dark and start >= 0:
            found.append((start, x - start))
            start = -1
    return found
