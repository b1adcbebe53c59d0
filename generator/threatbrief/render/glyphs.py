"""What the fonts at hand can print: a character without a glyph becomes a visible `U+XXXX` token.

Under PDF/UA and PDF/A the compiler refuses a document with one missing glyph. Which characters it can
print is asked of the compiler itself, in a document of a line per character: it alone knows the fonts
in its wheel, the order of fallback and what the standards forbid besides (private use, for one). One
such question costs a few milliseconds and each character is asked about once in a process.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

import typst

from threatbrief.errors import RenderError
from threatbrief.processes import never_fork

PDF_STANDARDS: Final[list[typst.PDFStandard]] = ["ua-1", "a-2a"]
"""PDF/UA-1 (ISO 14289-1) and PDF/A-2a (ISO 19005-2), both at once."""

NOT_PRINTED: Final = frozenset({"href", "metadata", "qr"})
"""Keys of a document whose values are never set in type: addresses, drawings, what the PDF says of itself."""

_PROBE: Final = b"""#set document(title: "Probe")
#for cluster in json(bytes(sys.inputs.clusters)) { par(text(cluster)) }
"""
_BEYOND_ASCII: Final = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_NAMED: Final = re.compile(r'`"((?:\\.|[^"\\])*)"`')
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_JOINER: Final = "\u200d"


class GlyphCoverage:
    """Tells, for one set of fonts, which characters they print; one per process."""

    def __init__(self, fonts: typst.Fonts) -> None:
        never_fork()  # the compiler keeps threads of its own from its first document on
        self._compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
        self._covered: set[str] = set()
        self._missing: set[str] = set()
        if fault := self._fault(["a"]):
            raise RenderError(f"the PDF compiler cannot set a letter: {fault.strip()}")

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters of a text that no font prints, sorted: a letter with its marks counts as one."""
        if text.isascii():
            return ()
        clusters = set(find_clusters(text))
        self._ask(sorted(clusters - self._covered - self._missing))
        return tuple(sorted(clusters & self._missing))

    def add_missing(self, clusters: Iterable[str]) -> None:
        """Take note of characters that turned out not to print in their context."""
        self._missing.update(clusters)

    def known_missing(self, text: str) -> tuple[str, ...]:
        """Every character or sequence known to be missing that occurs in a text; the longest first."""
        return tuple(sorted((c for c in self._missing if c in text), key=lambda c: (-len(c), c)))

    def replace(self, document: str) -> str:
        """A JSON document whose printed texts hold a token for every character that no font prints."""
        if not self.missing(document) and not self.known_missing(document):
            return document
        shown = _replace_strings(json.loads(document), self.known_missing(document))
        return json.dumps(shown, ensure_ascii=False)

    def _ask(self, clusters: list[str]) -> None:
        """Sort unknown clusters into covered and missing."""
        if not clusters:
            return
        fault = self._fault(clusters)
        if fault is None:
            self._covered.update(clusters)
            return
        named = find_named(fault) & set(clusters)
        if named:
            self._missing.update(named)
            self._ask([cluster for cluster in clusters if cluster not in named])
        elif len(clusters) == 1:
            self._missing.update(clusters)
        else:
            middle = len(clusters) // 2
            self._ask(clusters[:middle])
            self._ask(clusters[middle:])

    def _fault(self, clusters: list[str]) -> str | None:
        """What the compiler says to these clusters; None if it prints them all."""
        try:
            self._compiler.compile(
                _PROBE,  # a source that was given to Compiler is lost after one compilation
                format="pdf",
                sys_inputs={"clusters": json.dumps(clusters)},
                pdf_standards=PDF_STANDARDS,
                timestamp=0,
            )
        except typst.TypstError as fault:
            return fault.diagnostic
        return None


def find_clusters(text: str) -> Iterator[str]:
    """Each character beyond ASCII with the marks and joined characters that follow it."""
    for run in _BEYOND_ASCII.finditer(text):
        cluster = ""
        for char in run.group():
            joined = cluster.endswith(_JOINER) or char == _JOINER or unicodedata.category(char)[0] == "M"
            if cluster and joined:
                cluster += char
                continue
            if not cluster.isascii():
                yield cluster
            cluster = char
        if not cluster.isascii():
            yield cluster


def find_named(diagnostic: str) -> set[str]:
    """The texts that a Typst diagnostic quotes, their escapes undone."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match.group(1), 16)) if match.group(1) else match.group(2)

    return {_ESCAPE.sub(plain, match.group(1)) for match in _NAMED.finditer(diagnostic)}


def token(cluster: str) -> str:
    """`U+4E2D`, or several with blanks between them, for a character that cannot be printed."""
    return " ".join(f"U+{ord(char):04X}" for char in cluster)


def replace_clusters(text: str, missing: Iterable[str]) -> str:
    """The text with tokens for the missing characters; blanks part tokens from letters and each other."""
    if text.isascii():
        return text
    wanted = "|".join(re.escape(cluster) for cluster in missing)
    pattern = re.compile(rf"(?:{wanted})+")
    single = re.compile(wanted)

    def spell(match: re.Match[str]) -> str:
        tokens = " ".join(token(found) for found in single.findall(match.group()))
        before = " " if text[match.start() - 1 : match.start()].isalnum() else ""
        after = " " if text[match.end() : match.end() + 1].isalnum() else ""
        return before + tokens + after

    return pattern.sub(spell, text)


def _replace_strings(node: Any, missing: tuple[str, ...]) -> Any:
    """The JSON value with tokens in all its texts but those under a key of NOT_PRINTED."""
    if isinstance(node, str):
        return replace_clusters(node, missing)
    if isinstance(node, list):
        return [*map(partial(_replace_strings, missing=missing), node)]
    if isinstance(node, dict):
        return {
            key: value if key in NOT_PRINTED else _replace_strings(value, missing)
            for key, value in node.items()
        }
    return node
