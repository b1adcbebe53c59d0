"""Figures by themselves, for what has no style sheet of ours: a PDF, a card, a slide."""

from __future__ import annotations

import re
from typing import Any, Final

from jinja2 import Environment

_OPENING: Final = re.compile(r"<svg\b[^>]*>")
_VIEW: Final = re.compile(r'viewBox="([^"]+)"')
_MARK: Final = 7
_STYLES: Final = "figures/print.css"
_WORLD: Final = "assets/world.svg"


def figure_svg(environment: Environment, template: str, **variables: Any) -> str:
    """A figure such as `figures/map.svg` as an SVG document of its own, with the colours of print.

    `variables` are what the template prints: `drawing`, or the `row` of a bar. Nothing outside the
    document is needed to show it but the face Public Sans.
    """
    land = {"land": "#land"} if template == "figures/map.svg" else {}
    figure = environment.get_template(template).render(variables | land).strip()
    opening = _OPENING.match(figure)
    if opening is None:
        raise ValueError(f"{template} does not begin with <svg")
    within = f"<style>{_read(environment, _STYLES)}</style>"
    if land:
        world = _read(environment, _WORLD)
        shape = world[world.index(">") + 1 : world.rindex("</svg>")]
        within += f"<defs>{shape}</defs>"
    start = _VIEW.sub(_widen, opening.group().replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
    return start + within + figure[opening.end() :]


def _widen(view: re.Match[str]) -> str:
    """The box with room for a mark at its right edge: a page lets it overflow, a document would cut it."""
    left, top, width, height = view[1].split()
    return f'viewBox="{left} {top} {int(width) + _MARK} {height}"'


def _read(environment: Environment, name: str) -> str:
    """The text of a file among the templates, the site's own before ours."""
    if environment.loader is None:
        raise ValueError("figures need an environment with templates")
    return environment.loader.get_source(environment, name)[0].strip()
