"""Jinja2 as the site uses it: autoescape, undefined names are errors, a handful of filters.

A page template gets `site`, `page` and `view`. Filters: `at` (an address of a view, from this page),
`body` (a BodyView as HTML), `by_tone` (the shapes of a figure).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup

from threatbrief.render.compiled import CompiledTemplates
from threatbrief.render.environment import PageEnvironment, way_to_root

if TYPE_CHECKING:
    from threatbrief.render.markdown import BodyRenderer
    from threatbrief.views.body import BodyView

_PREFORMATTED = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
_LINE_START = re.compile(r"\n[ \t\n]+")
_ABSOLUTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|/|#)", re.IGNORECASE)


def make_environment(
    templates: Sequence[Path], markdown: BodyRenderer, compiled: tuple[Path, str] | None = None
) -> Environment:
    """The environment over `site/` and `figures/` of the template folders; the first folder wins.

    `compiled` is where it keeps what it compiles, and the stamp of what compiles it.
    """
    environment = PageEnvironment(
        loader=template_loader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=CompiledTemplates(*compiled) if compiled else None,
    )
    add_filters(environment, markdown)
    return environment


def template_loader(templates: Sequence[Path]) -> ChoiceLoader:
    """`incident.html` is found in site/, `figures/timeline.svg` in figures/."""
    site = FileSystemLoader([str(folder / "site") for folder in templates])
    figures = FileSystemLoader([str(folder / "figures") for folder in templates])
    return ChoiceLoader([site, PrefixLoader({"figures": figures})])


def find_included(loader: BaseLoader, template: str) -> Mapping[str, str] | None:
    """A template and all that it includes, imports or extends, each with its source; None where one
    is chosen only as the page is made."""
    environment, sources, left = Environment(loader=loader), {}, [template]  # noqa: S701 (only looks up)
    while left:
        name = left.pop()
        if name not in sources:
            sources[name] = loader.get_source(environment, name)[0]
            for expression in _INCLUDES.findall(sources[name]):
                literal = _LITERAL.fullmatch(expression.strip())
                if not literal:
                    return None
                left.append(literal[1])
    return sources


_INCLUDES = re.compile(r"\{%[-+]?\s*(?:include|import|from|extends)\s+([^%]*?)[-+]?%\}")
_LITERAL = re.compile(r"""["']([^"']+)["'](?:\s+(?:import|as|with|without|ignore)\b.*)?""", re.DOTALL)


def add_filters(environment: Environment, markdown: BodyRenderer) -> None:
    """The filters of page templates; they know the page that is being rendered.

    That they ask for the context keeps Jinja2 from working them out when it compiles a template.
    """

    @pass_context
    def at(context: Context, href: str) -> str:
        return link_from(way_to_root(context.environment), href)

    @pass_context
    def body(context: Context, view: BodyView) -> Markup:
        return Markup(markdown.html(view, way_to_root(context.environment)))  # noqa: S704 (sanitised by nh3)

    environment.filters["at"] = at
    environment.filters["by_tone"] = by_tone
    environment.filters["body"] = body


def by_tone(shapes: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Shapes of a figure by their tone, the tones in order; a tenth of what `groupby` takes."""
    found: dict[str, list[Any]] = {}
    for shape in shapes:
        found.setdefault(shape.tone, []).append(shape)
    return sorted(found.items())


def link_from(root: str, href: str) -> str:
    """An address relative to the site's root, as a page whose way to the root is `root` links to it."""
    if (":" in href or href.startswith(("/", "#"))) and _ABSOLUTE.match(href):
        return href
    return root + href


def render_template(environment: Environment, template: str, variables: dict[str, Any]) -> bytes:
    """A template's text as UTF-8, with one line end at its end and no blanks around line ends,
    but for preformatted text, which is as it is."""
    text = environment.get_template(template).render(variables)
    pieces = _PREFORMATTED.split(text)
    pieces[::2] = (_squeeze(piece) for piece in pieces[::2])
    return ("".join(pieces).strip() + "\n").encode()


def _squeeze(text: str) -> str:
    """No empty lines, and no blanks around line ends."""
    text = _LINE_START.sub("\n", text)
    while " \n" in text or "\t\n" in text:
        text = text.replace(" \n", "\n").replace("\t\n", "\n")
    return text.rstrip(" \t")
