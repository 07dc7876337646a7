"""For Sphinx: a directive for each thing that is printed, and corrections to what autodoc makes of our docstrings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inspect import TypeAliasForwardRef
from sphinx.util.nodes import make_refnode

from ._cancel_points import cancel_point_rows
from ._facts import STATE_TABLES, limit_rows, logger_text, state_rows
from ._internals import is_internal
from ._markdown import markdown_table
from ._names import facade_rows, public_home, schema_text
from ._promises import promise_rows, promise_text
from ._requirements import requirement_rows

HOMES = ("connection", "session", "roles", "transports", "testing", "schema", "schema.v1", "codec", "jsonrpc")
"""Where a name that stands alone in a docstring or an annotation is looked for, in this order."""

PRINTERS: dict[str, Callable[[str], str]] = {
    "state-table": lambda name: markdown_table(state_rows(STATE_TABLES[name])),
    "limits": lambda _: markdown_table(limit_rows()),
    "loggers": lambda _: logger_text(),
    "requirements": lambda role: markdown_table(requirement_rows(role)),
    "promises": lambda _: markdown_table(promise_rows()),
    "promise-tests": promise_text,
    "cancel-points": lambda _: markdown_table(cancel_point_rows()),
    "facade": lambda name: markdown_table(facade_rows(name)),
    "schema": lambda name: f"```{{eval-rst}}\n{schema_text(name)}\n```",
}
"""What each directive prints, in Markdown, for its argument."""


class Printed(SphinxDirective):
    """A directive that is replaced by what its printer says."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(PRINTERS[self.name](" ".join(self.arguments)))


def add_to(app: Sphinx) -> dict[str, bool]:
    """Add the directives, and teach references that private modules are no place for readers."""
    # Sphinx shows the names of `autodoc_type_aliases` as they are only where they stand alone.
    TypeAliasForwardRef.__repr__ = lambda alias: str(alias.name)

    for name in PRINTERS:
        app.add_directive(name, Printed)
    app.connect("missing-reference", _find_public)
    app.connect("autodoc-process-docstring", _mark_code, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", _skip_internal)
    return {"parallel_read_safe": True}


def _mark_code(_app: Sphinx, what: str, _name: str, _value: Any, _options: Any, lines: list[str]) -> None:
    """Our docstrings indent code under a line that ends with a colon; reStructuredText wants two, and a blank line."""
    if what in {"attribute", "property"} and lines:
        lines[0] = lines[0].replace(": ", " \N{EM DASH} ")  # what stands before a colon there would be taken for a type
    for index in range(len(lines) - 2, -1, -1):
        line = lines[index]
        if line.strip() == "Example:" or (
            line.endswith(":") and not lines[index + 1] and _is_indented(lines, index + 2)
        ):
            lines[index : index + 1] = [f"{line}:", ""]


def _skip_internal(_app: Sphinx, _what: str, _name: str, member: Any, _skip: bool, _options: Any) -> bool | None:
    return True if is_internal(member) else None  # None leaves it to autodoc


def _is_indented(lines: list[str], index: int) -> bool:
    return index < len(lines) and lines[index].startswith("    ")


def _find_public(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Annotations name the module that defines a class; its page is that of the package that exports it."""
    target: str = node.get("reftarget", "")
    if node.get("refdomain") != "py":
        return None
    name = target.rpartition(".")[2]
    homes = [f"{public_home(target)}.{name}"] if "._" in target else [f"acp_trio.{home}.{name}" for home in HOMES]
    python = env.get_domain("py")
    for full in homes:
        if full in python.objects:
            entry = python.objects[full]
            return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, full)
    # Handles are made by acp_trio and not by you: what only their constructors take has no page, and needs none.
    return contnode if "._" in target else None
