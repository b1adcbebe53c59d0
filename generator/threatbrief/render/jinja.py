"""Jinja2 as the site uses it: autoescape, undefined names are errors, a handful of filters.

A page template gets `site`, `page` and `view`. Filters: `at` (an address of a view, from this page),
`body` (a BodyView as HTML).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from threatbrief.render.markdown import BodyRenderer
    from threatbrief.views.body import BodyView

try:
    from markupsafe._speedups import _escape_inner as escape_text
except ImportError:  # no compiled part on this machine

    def escape_text(value: str, /) -> str:
        return str(escape(value))


_PREFORMATTED = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
_ABSOLUTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|/|#)", re.IGNORECASE)


def make_environment(templates: Sequence[Path], markdown: BodyRenderer) -> Environment:
    """The environment over `site/` and `figures/` of the template folders; the first folder wins."""
    environment = _Environment(
        loader=template_loader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
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
    """The filters of record templates; the plugin adds them to MkDocs' environment too."""

    @pass_context
    def at(context: Context, href: str) -> str:
        return link_from(context["page"].root, href)

    @pass_context
    def body(context: Context, view: BodyView) -> Markup:
        return Markup(markdown.html(view, context["page"].root))  # noqa: S704 (sanitised by nh3)

    environment.filters["at"] = at
    environment.filters["body"] = body


def link_from(root: str, href: str) -> str:
    """An address relative to the site's root, as a page whose way to the root is `root` links to it."""
    return href if _ABSOLUTE.match(href) else root + href


def render_template(environment: Environment, template: str, variables: dict[str, Any]) -> bytes:
    """A template's text as UTF-8, with one line end at its end and no blanks around line ends,
    but for preformatted text, which is as it is."""
    text = environment.get_template(template).render(variables)
    pieces = _PREFORMATTED.split(text)
    pieces[::2] = (_squeeze(piece) for piece in pieces[::2])
    return ("".join(pieces).strip() + "\n").encode()


def _squeeze(text: str) -> str:
    """No empty lines, and no blanks around line ends."""
    first, *others = text.split("\n")
    lines = (line.strip(" \t") for line in others)
    kept = [first.rstrip(" \t"), *(line for line in lines if line)]
    end = "\n" if others and not others[-1].strip(" \t") else ""
    return "\n".join(kept) + end


def _escape(value: object) -> str:
    """What markupsafe's `escape` gives, as plain text: output is joined as it is, so that a Markup object
    for each printed value (a fifth of a page's time) would be of no use."""
    if type(value) is str:
        return escape_text(value)
    return value if type(value) is Markup else str(escape(value))


class _Generator(CodeGenerator):
    """Compiles templates so that what they print goes through `_escape`."""

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escape(")


class _Environment(Environment):
    code_generator_class = _Generator
    escape = staticmethod(_escape)
