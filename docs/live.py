"""Directives that print what the code says: state tables, limits, loggers, and which tests prove a promise.

Owns the way from data to tables, for `conf.py` and for tests/docs. It refuses to hold facts of its own: what it prints
is read from the package and from the tests at the time of the build, so it cannot be out of date. The functions that
gather need nothing but the standard library and acp_trio; only `setup` needs Sphinx.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

import acp_trio
from acp_trio import Limits
from acp_trio.jsonrpc import CONNECTION, INCOMING, OUTGOING, Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
PACKAGE = Path(acp_trio.__file__).parent
TESTS = ROOT / "tests"

STATE_TABLES: dict[str, Mapping[Any, Any]] = {"INCOMING": INCOMING, "OUTGOING": OUTGOING, "CONNECTION": CONNECTION}

Rows = list[list[str]]


# State tables


def state_rows(table: Mapping[Any, Any]) -> Rows:
    """Header and rows: a row for each state, a column for each event that some state can take."""
    kind: type[Enum] = type(next(iter(table))[0])
    states = list(kind)
    events = [event for event in Event if any(event is taken for _, taken in table)]
    rows = [["state", *(f"`{_word(event)}`" for event in events)]]
    for state in states:
        following = [table.get((state, event)) for event in events]
        rows.append([f"`{_word(state)}`", *("" if after is None else _word(after) for after in following)])
    return rows


def _word(member: Any) -> str:
    return str(member.name).lower().replace("_", " ")


# Limits


def limit_rows() -> Rows:
    """Header and rows: the bounds of a connection, their defaults, and what their docstrings say."""
    said = attribute_docs(ast.parse((PACKAGE / "connection" / "_limits.py").read_text()), "Limits")
    limits = Limits()
    names = [attribute.name for attribute in attrs.fields(Limits)]
    names += [name for name, value in vars(Limits).items() if isinstance(value, property)]
    return [["bound", "default", "what it bounds"]] + [
        [f"`{name}`", _number(getattr(limits, name), name), said[name]] for name in names
    ]


def attribute_docs(module: ast.Module, class_name: str) -> dict[str, str]:
    """The strings behind the attributes of a class, and the docstrings of its properties."""
    (found,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    docs: dict[str, str] = {}
    for before, node in zip([None, *found.body], found.body, strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docs[ast.unparse(before.target)] = str(node.value.value)
        elif isinstance(node, ast.FunctionDef):
            docs[node.name] = ast.get_docstring(node) or ""
    return docs


def _number(value: int, name: str) -> str:
    if name == "requests_in_flight":
        return f"{value:,}"
    for unit, size in (("MiB", 1024 * 1024), ("KiB", 1024)):
        if value % size == 0:
            return f"{value // size} {unit}"
    return str(value)


# Loggers


def logger_names() -> dict[str, list[str]]:
    """The loggers that the package makes, each with the modules that use it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in re.findall(r'logger = logging\.getLogger\("([^"]+)"\)', path.read_text()):
            found[name].append(path.relative_to(PACKAGE).as_posix())
    return dict(sorted(found.items()))


# Promises


def promise_tests() -> dict[str, list[str]]:
    """The tests that carry each promise's mark, as `path::name` below tests/, in order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        where = path.relative_to(TESTS).as_posix()
        for name, promise in _marked(ast.parse(path.read_text())):
            found[promise].append(f"{where}::{name}")
    return dict(found)


def _marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    everywhere = [
        promise
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for promise in _promises(node.value)
    ]
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            of_class = [promise for mark in node.decorator_list for promise in _promises(mark)]
            inner = [(f"{node.name}::", test) for test in node.body]
        else:
            of_class, inner = [], [("", node)]
        for prefix, test in inner:
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_"):
                own = [promise for mark in test.decorator_list for promise in _promises(mark)]
                for promise in dict.fromkeys([*everywhere, *of_class, *own]):
                    yield prefix + test.name, promise


def _promises(mark: ast.expr) -> list[str]:
    """The ids in `pytest.mark.promise("P1", "P2")`, wherever that stands in an expression."""
    return [
        str(argument.value)
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.promise"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]


# For Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives `state-table`, `limits`, `loggers` and `promise-tests`."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    def text(source: str) -> list[nodes.Node]:
        parts = re.split(r"`+([^`]+)`+", source)
        return [nodes.literal(text=part) if odd % 2 else nodes.Text(part) for odd, part in enumerate(parts) if part]

    def table(rows: Rows) -> nodes.table:
        group = nodes.tgroup(cols=len(rows[0]))
        group += [nodes.colspec(colwidth=1) for _ in rows[0]]
        made = [nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *text(cell))) for cell in row)) for row in rows]
        group += nodes.thead("", made[0])
        group += nodes.tbody("", *made[1:])
        return nodes.table("", group)

    def bullets(items: list[str]) -> nodes.bullet_list:
        return nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", "", *text(item))) for item in items))

    class StateTable(SphinxDirective):
        required_arguments = 1

        def run(self) -> list[nodes.Node]:
            return [table(state_rows(STATE_TABLES[self.arguments[0]]))]

    class LimitsTable(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            return [table(limit_rows())]

    class Loggers(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            return [bullets([f"`{name}`: {', '.join(where)}" for name, where in logger_names().items()])]

    class PromiseTests(SphinxDirective):
        required_arguments = 1

        def run(self) -> list[nodes.Node]:
            tests = promise_tests().get(self.arguments[0], [])
            if not tests:
                return [nodes.paragraph("", "", nodes.emphasis(text="No test carries this mark yet."))]
            files: defaultdict[str, list[str]] = defaultdict(list)
            for test in tests:
                path, _, name = test.partition("::")
                files[path].append(name.removeprefix("test_").replace("_", " "))
            listed = nodes.bullet_list()
            for path, names in files.items():
                head = nodes.paragraph("", "", nodes.literal(text=f"tests/{path}"))
                listed += nodes.list_item("", head, bullets(names))
            title = nodes.paragraph("", "", nodes.strong(text="Proved by"), nodes.Text(f" ({len(tests)}):"))
            return [title, listed]

    app.add_directive("state-table", StateTable)
    app.add_directive("limits", LimitsTable)
    app.add_directive("loggers", Loggers)
    app.add_directive("promise-tests", PromiseTests)
    return {"parallel_read_safe": True}
