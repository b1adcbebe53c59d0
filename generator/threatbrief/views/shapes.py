"""What drawings are made of. Every coordinate is decided in a view, so that a template only prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Protocol, TypeVar
from unicodedata import east_asian_width

BROAD: Final = 960
PRINT: Final = 720
"""As wide as a drawing may be to be read on paper: its letters are 8 points high on A4."""
NARROW: Final = 300
CHARACTER: Final = 6.1
"""About how wide a letter is in the sans face at 12.5 pixels."""
_WIDE: Final = 12.5


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    tone: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line, as the `d` of a path."""

    path: str
    tone: str


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing, in pixels. `key` tells its ids apart on a page; `tone` names a colour or a face.

    `spoken` is the key of the drawing whose title and description name this one too; it then has none.
    Strokes lie under bars, bars under dots, dots under `signs` (filled paths), signs under texts.
    """

    key: str
    width: int
    height: float
    title: str
    description: str
    bars: tuple[Bar, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    dots: tuple[Dot, ...] = ()
    signs: tuple[Stroke, ...] = ()
    texts: tuple[Text, ...] = ()
    spoken: str = ""


@dataclass
class Sketch:
    """The parts of a drawing while it is being laid out."""

    bars: list[Bar] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    signs: list[Stroke] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, tone: str) -> None:
        self.texts.append(Text(round(x, 1), round(y, 1), text, tone))

    def drawing(self, key: str, width: int, height: float, title: str, description: str) -> Drawing:
        return Drawing(
            key=key,
            width=width,
            height=round(height, 1),
            title=title,
            description=description,
            bars=tuple(self.bars),
            strokes=join_strokes(self.strokes),
            dots=tuple(self.dots),
            signs=tuple(self.signs),
            texts=tuple(self.texts),
        )


def join_strokes(strokes: Iterable[Stroke]) -> tuple[Stroke, ...]:
    """One path a tone, in the order in which the tones first come up."""
    paths: dict[str, list[str]] = {}
    for stroke in strokes:
        paths.setdefault(stroke.tone, []).append(stroke.path)
    return tuple(Stroke("".join(found), tone) for tone, found in paths.items())


class _Figure(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def key(self) -> str: ...


FigureT = TypeVar("FigureT", bound=_Figure)


def sharing_words(first: FigureT, *others: FigureT) -> tuple[FigureT, ...]:
    """Drawings of one thing, the title and description of which stand in the first alone."""
    return (first, *(replace(o, title="", description="", spoken=first.key) for o in others))


def text_length(text: str) -> float:
    """About how wide a text is in the sans face at 12.5 pixels."""
    if text.isascii():
        return len(text) * CHARACTER
    return sum(_WIDE if east_asian_width(letter) in "WF" else CHARACTER for letter in text)


def cut_text(text: str, room: float) -> str:
    """As much of a text as there is room for, cut between words."""
    if text_length(text) <= room:
        return text.removesuffix(".")
    most = max(int(room / CHARACTER) - 1, 1)
    while most > 1 and text_length(text[:most]) > room - CHARACTER:
        most -= 1
    return text[:most].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def wrap_text(text: str, room: float, most: int) -> tuple[str, ...]:
    """A text in at most so many lines of this room, cut between words where it needs more."""
    if most == 1 or text_length(text) <= room:
        return (cut_text(text, room),)
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        line = words.pop(0)
        while words and text_length(f"{line} {words[0]}") <= room:
            line += f" {words.pop(0)}"
        lines.append(line)
    return (*lines, cut_text(" ".join(words), room)) if words else (*lines[:-1], lines[-1].removesuffix("."))


def listing(counted: Sequence[tuple[str, int]], most: int = 20) -> str:
    """`South Korea 5, Japan 3 and 12 more`: names and counts in words, for a description."""
    named = ", ".join(f"{name} {count}" for name, count in counted[:most])
    left = len(counted) - most
    return f"{named} and {left} more" if left > 0 else named
