"""Jinja2's environment, with less ado for each printed value, macro call and include.

Templates mean what they mean to Jinja2. A macro that needs nothing of the page but the way to its root is
imported without context, so that Jinja2 makes its module once for all pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any, Final

from jinja2 import Environment, Template, UndefinedError
from jinja2.compiler import CodeGenerator
from jinja2.nodes import EvalContext, Getattr
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner as escape_text
except ImportError:  # no compiled part on this machine

    def escape_text(value: str, /) -> str:
        return str(escape(value))


_NUMBERS: Final = frozenset({int, float})
_safe: Final = partial(str.__new__, Markup)

_Blocks = dict[str, Callable[[Context], Iterator[str]]]


def _escape(value: object) -> str:
    """What markupsafe's `escape` gives, as plain text: output is joined as it is, so that a Markup object
    for each printed value (a fifth of a page's time) would be of no use."""
    if type(value) is str:
        return escape_text(value)
    if type(value) is Markup:
        return value
    return str(value) if type(value) in _NUMBERS else str(escape(value))


class _Generator(CodeGenerator):
    """Compiles templates so that what they print goes through `_escape`, and that an attribute and a text,
    which nearly everything is, take no call of a function in Python."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._printed: list[str] = []

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("escape_text = environment.escape_text")

    def visit_Getattr(self, node: Getattr, frame: Any) -> None:  # noqa: N802 (as Jinja2 calls it)
        of, value, name = self.temporary_identifier(), self.temporary_identifier(), repr(node.attr)
        self.write(f"({value} if ({value} := getattr({of} := ")
        self.visit(node.node, frame)
        self.write(f", {name}, missing)) is not missing else environment.getattr({of}, {name}))")

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
            self._printed.append("")
        else:
            value = self.temporary_identifier()
            self.write(f"(escape_text({value}) if type({value} := ")
            self._printed.append(value)

    def _output_child_post(self, node: Any, frame: Any, finalize: Any) -> None:
        if value := self._printed.pop():
            self.write(f") is str else environment.escape({value}))")
        else:
            super()._output_child_post(node, frame, finalize)


class _Context(Context):
    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: _Blocks,
        globals: MutableMapping[str, Any] | None = None,
    ) -> None:
        self.parent, self.vars, self.name = parent, {}, name
        self.environment, self.eval_ctx = environment, EvalContext(environment, name)
        self.exported_vars = set()
        self.blocks = {key: [block] for key, block in blocks.items()}
        self._globals = globals

    @property
    def globals_keys(self) -> set[str]:  # type: ignore[override]
        """The names that the template has from its environment; few ask, and to gather them is slow."""
        return set(self._globals or ())

    def call(
        self, target: Any, /, *args: Any, _loop_vars: Any = None, _block_vars: Any = None, **kwargs: Any
    ) -> Any:
        """As Jinja2's own; a macro that is given exactly its arguments is called at once."""
        if type(target) is Macro and len(args) == target._argument_count and not kwargs:
            plain = not (target.caller or target.catch_kwargs or target.catch_varargs)
            if plain and self.eval_ctx.autoescape:
                return _safe(target._func(*args))
        return super().call(target, *args, _loop_vars=_loop_vars, _block_vars=_block_vars, **kwargs)


class _Template(Template):
    environment: PageEnvironment

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """The context of a page, or (`shared`) of what it includes or imports with context."""
        given = vars or {}
        if not shared:
            if "page" in given:
                self.environment.root = getattr(given["page"], "root", None)
            given = {**self.globals, **given}
        if locals:
            given = {**given, **{key: value for key, value in locals.items() if value is not missing}}
        return _Context(self.environment, given, self.name, self.blocks, self.globals)


class PageEnvironment(Environment):
    """`root` is the way to the site's root from the page that is being rendered; None where it has none."""

    code_generator_class = _Generator
    template_class = _Template
    context_class = _Context
    escape = staticmethod(_escape)
    escape_text = staticmethod(escape_text)
    root: str | None = None

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """As Jinja2's own, for templates that do not change while the environment lives."""
        if globals is not None:
            return super().get_template(name, parent, globals)
        if (found := self._found.get(name)) is None:
            found = self._found[name] = super().get_template(name, parent)
        return found

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found: dict[str | Template, Template] = {}


def way_to_root(environment: Environment) -> str:
    """The way from the page that is being rendered to the site's root; UndefinedError outside of pages."""
    root: str | None = getattr(environment, "root", None)
    if root is None:
        raise UndefinedError("'page.root' is undefined")
    return root


__all__ = ["PageEnvironment", "escape_text", "way_to_root"]
