"""Templates mean to our environment what they mean to Jinja2's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined, TemplateError
from markupsafe import Markup

from threatbrief.render.environment import PageEnvironment


class Awkward:
    """Its property fails with the error that says that there is none."""

    @property
    def broken(self) -> str:
        raise AttributeError("inner")

    def __getitem__(self, key: str) -> str:
        return f"item <{key}>"

    def __html__(self) -> str:
        return "<i>own</i>"


VALUES: dict[str, Any] = {
    "thing": SimpleNamespace(name="<b>&", safe=Markup("<b>"), inner=SimpleNamespace(count=3, none=None)),
    "mapping": {"key": "<i>", "items": "shadowed", "deep": {"er": [SimpleNamespace(x="'\"")]}},
    "awkward": Awkward(),
    "things": [SimpleNamespace(x=n, show=n % 2) for n in range(4)],
}
MEANINGS = (
    "{{ thing.name }} {{ thing.safe }} {{ thing.inner.count }} {{ thing.inner.none }}",
    "{{ mapping.key }} {{ mapping.items }} {{ mapping.deep.er[0].x }} {{ mapping['deep'].er.0.x }}",
    "{{ awkward.broken }} {{ awkward }} {{ awkward.anything.upper() }}",
    "{{ thing.missing is defined }} {{ thing.inner.count is defined }} {{ thing.missing|default('-') }}",
    "{% for t in things if t.show %}{{ loop.index }}{{ t.x }}{{ loop.last }}{% endfor %}",
    "{% macro m(t) %}{{ t.count }}{{ caller() }}{% endmacro %}{% call m(thing.inner) %}<{% endcall %}",
    "{% set n = namespace(sum=0) %}{% for t in things %}{% set n.sum = n.sum + t.x %}{% endfor %}{{ n.sum }}",
    "{{ things|map(attribute='x')|join(', ') }} {{ (things|first).x }}",
    "{{ things|selectattr('show')|list|length }}",
    "{% autoescape false %}{{ thing.name }}{% endautoescape %}{{ thing.name|upper }}{{ 1.5 }}{{ 'lit<' }}",
    "{% filter upper %}{{ thing.name }}{% endfilter %}{{ thing.name ~ thing.safe }}",
)
FAULTS = (
    "{{ thing.missing }}",
    "{{ thing.missing.more }}",
    "{{ gone.name }}",
    "{{ mapping.gone }}",
    "{{ thing.inner.none.x }}",
)


@pytest.mark.parametrize("text", MEANINGS)
def test_what_is_printed(text: str) -> None:
    theirs, ours = (render(kind, text) for kind in (Environment, PageEnvironment))
    assert ours == theirs


@pytest.mark.parametrize("text", FAULTS)
def test_what_is_not_there(text: str) -> None:
    told = []
    for kind in (Environment, PageEnvironment):
        with pytest.raises(TemplateError) as fault:
            render(kind, text)
        told.append(str(fault.value))
    assert told[0] == told[1]


def render(kind: type[Environment], text: str) -> str:
    return kind(autoescape=True, undefined=StrictUndefined).from_string(text).render(VALUES)
