"""What a narrative writes besides Markdown: the one definition of a link to another record."""

from __future__ import annotations

import re
from typing import Final

_TEXT: Final = r"\|((?!\])[^\]\n]*(?:\n(?![ \t\r]*(?:\n|\Z))[^\]\n]*)*)"
RECORD_LINK: Final = re.compile(rf"\[\[([A-Za-z0-9-]+)(?:{_TEXT})?\]\]")
"""`[[kimsuky]]` or `[[TB-2018-9Q4M|the text]]`; the text may run on over lines, not over paragraphs."""
LIKE_RECORD_LINK: Final = re.compile(rf"\[\[([^\[\]|\n]*)(?:{_TEXT}|\|)?\]\]")
"""Whatever was meant as one; what `RECORD_LINK` does not accept would be printed as typed."""
LINK_STOP: Final = re.compile(r"\]|\n(?=[ \t\r]*(?:\n|\Z))")
"""Where the text of a link ends, if only because its paragraph does."""
