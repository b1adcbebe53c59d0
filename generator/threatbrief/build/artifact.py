"""What an output declares: one file to be, and the view it will be rendered from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from threatbrief.config import SiteConfig
    from threatbrief.knowledge import KnowledgeBase


class Later:
    """A view that is made when it is needed: by the worker that renders it, and not at all when neither
    what it is given nor what it reads of the knowledge base has changed since the last build.

    `make` is called with `given`. What decides the view and is neither a record, a plain value or a
    dataclass of such among `given`, nor read from a knowledge base, stands in `besides`.
    """

    __slots__ = ("besides", "given", "make")

    def __init__(self, make: Callable[..., Any], *given: Any, besides: object = None) -> None:
        self.make, self.given, self.besides = make, given, besides

    def __call__(self) -> Any:
        return self.make(*self.given)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of the site, declared and not yet rendered.

    `source` is a frozen dataclass that JSON can hold, or a Later that makes one: with the template it
    decides the bytes. `owner` names the record (or page) that the file speaks of; two artifacts with
    one path are an error that names both owners. `needs` are the paths of artifacts whose size and
    digest the render receives.
    """

    path: PurePosixPath
    source: Any
    template: str | None = None
    needs: tuple[PurePosixPath, ...] = ()
    owner: str = ""
    output: str = ""

    def of(self, view: Any) -> Artifact:
        """The same with its view made; a third of what `replace` takes."""
        return Artifact(self.path, view, self.template, self.needs, self.owner, self.output)

    @property
    def view(self) -> Any:
        """The view; a Later makes it anew each time."""
        return self.source() if isinstance(self.source, Later) else self.source


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One rendered file. `size` is in bytes, `sha256` in lower-case hex."""

    path: PurePosixPath
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Sized:
    """What a render may know of another artifact: its size in bytes and its digest."""

    size: int
    sha256: str


def defuse_json(content: bytes) -> bytes:
    """JSON of the same meaning without a raw `<`: what takes the file for HTML finds no tag in it."""
    return content.replace(b"<", b"\\u003c") if b"<" in content else content


@runtime_checkable
class Output(Protocol):
    """A format of the site. Built-ins and third parties register in `threatbrief.outputs`.

    `version` goes up when the same view gives other bytes. `plan` reads the knowledge base and yields
    artifacts in a stable order; `render` is pure: artifact and engine in, bytes out.

    One that takes long to plan may say `plans_apart = True`: it is planned in a process of its own beside the
    others, so its artifacts hold views that can be pickled, and nothing Later.
    """

    name: str
    version: int

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]: ...

    def render(self, artifact: Artifact, engine: Any) -> bytes: ...
