"""Directives that print what the code says: state tables, limits, loggers, names, and which tests prove a promise.

Owns the way from data to tables, for `conf.py` and for tests/docs. It refuses to hold facts of its own: what it prints
is read from the package and from the tests at the time of the build, so it cannot be out of date. The functions that
gather need nothing but the standard library and acp_trio; only `setup` needs Sphinx.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs

import acp_trio
from acp_trio import Limits
from acp_trio.jsonrpc import CONNECTION, INCOMING, OUTGOING, Event
from acp_trio.schema import Record

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
PACKAGE = Path(acp_trio.__file__).parent
TESTS = DOCS.parent / "tests"

STATE_TABLES: dict[str, Mapping[Any, Any]] = {"INCOMING": INCOMING, "OUTGOING": OUTGOING, "CONNECTION": CONNECTION}

Rows = list[list[str]]

HOMES = ("connection", "session", "roles", "transports", "testing", "schema", "schema.v1", "codec", "jsonrpc")
"""Where a name that stands alone in a docstring or an annotation is looked for, in this order."""


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


# API


def facade_rows(module_name: str) -> Rows:
    """Header and rows: what a façade offers, each name with the package that owns it."""
    module = importlib.import_module(module_name)
    rows = [["name", "home", "what it is"]]
    for name in module.__all__:
        value = getattr(module, name)
        home = public_home(value.__module__)
        first = (inspect.getdoc(value) or "").partition("\n")[0]
        rows.append([f"{{py:obj}}`{name} <{home}.{name}>`", f"`{home}`", first])
    return rows


def public_home(module_name: str) -> str:
    """The package that exports what a private module defines."""
    return module_name.partition("._")[0]


def topics(package: ModuleType) -> dict[str, list[str]]:
    """The names of a schema package by the module that defines them, and those modules in the order of the package."""
    source = ast.parse(Path(str(package.__file__)).read_text())
    found: dict[str, list[str]] = {}
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and str(node.module).startswith("_"):
            found.setdefault(str(node.module), []).extend(alias.asname or alias.name for alias in node.names)
    return {topic: [name for name in names if not name.startswith("_")] for topic, names in found.items()}


def schema_text(package_name: str) -> str:
    """A page's worth of reStructuredText: every class and alias of a schema package, topic by topic."""
    package = importlib.import_module(package_name)
    known = {name for names in topics(package).values() for name in names}
    parts = [f".. py:currentmodule:: {package_name}", ""]
    for topic, names in topics(package).items():
        module = importlib.import_module(f"{package_name}.{topic}")
        said, sources = _aliases(Path(str(module.__file__)))
        parts += [f".. rubric:: {_sentence(module.__doc__ or topic)}", "   :heading-level: 2", ""]
        for name in names:
            value = getattr(package, name)
            is_message = isinstance(value, type) and issubclass(value, Record)
            alias = [f".. py:data:: {name}", f"   :value: {sources.get(name, '')}", "", f"   {said.get(name, '')}"]
            parts += [*(_message(name, value, known) if is_message else alias), ""]
    return "\n".join(parts)


def _message(name: str, message: type[Record], known: set[str]) -> list[str]:
    """One message class: what it is, and its fields but for `meta` and `extras`, which are the same everywhere."""
    fields = [field for field in attrs.fields(message) if field.name not in {"meta", "extras"}]
    signature = ", ".join(field.name if field.default is attrs.NOTHING else f"{field.name}=..." for field in fields)
    summary, said = _split_docstring(inspect.getdoc(message) or "")
    lines = [
        f".. py:class:: {name}({f'*, {signature}' if signature else ''})",
        "",
        *(f"   {line}" for line in summary),
        "",
    ]
    method = getattr(message, "method", None)
    if method is not None:
        answer = getattr(message, "response", None)
        tail = f", answered by :py:class:`{answer.__name__}`" if answer is not None else ""
        lines += [f"   Method ``{method}``{tail}.", ""]
    for field in fields:
        optional = "" if field.default is attrs.NOTHING else ", optional"
        lines += [f"   :param {field.name}: {said.get(field.name, '')} ({_linked(str(field.type), known)}{optional})"]
    return lines


def _split_docstring(docstring: str) -> tuple[list[str], dict[str, str]]:
    """The text before `Attributes:`, and what stands there about each attribute."""
    text, _, rest = docstring.partition("\nAttributes:\n")
    said: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if found := re.match(r"  (\w+): (.*)", line):
            name = found[1]
            said[name] = found[2]
        elif name and line.strip():
            said[name] += " " + line.strip()
    return text.splitlines(), said


def _linked(annotation: str, known: set[str]) -> str:
    """An annotation with references to the names of its page."""
    parts = re.split(r"(\w+)", annotation)
    return "".join(f"\\ :py:obj:`{part}`\\ " if part in known else part.replace("|", "\\|") for part in parts)


def _sentence(docstring: str) -> str:
    return docstring.strip().partition("\n")[0].rstrip(".")


def _aliases(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The module's type aliases: the strings behind them, and what they are made of."""
    docs: dict[str, str] = {}
    sources: dict[str, str] = {}
    body = ast.parse(path.read_text()).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            name, value = ast.unparse(node.target), node.value
            if isinstance(value, ast.Subscript) and ast.unparse(value.value) == "Annotated":
                assert isinstance(value.slice, ast.Tuple)
                value = value.slice.elts[0]
            sources[name] = ast.unparse(value)
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            docs[name] = str(ast.literal_eval(after.value)) if is_text else ""
    return docs, sources


# For Sphinx


def markdown_table(rows: Rows) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def promise_titles() -> dict[str, str]:
    """The promises of the page, by id."""
    page = (DOCS / "reference" / "promises.md").read_text()
    return dict(re.findall(r"^## (P\d+): (.+)$", page, re.MULTILINE))


def promise_rows() -> Rows:
    """Header and rows: every promise, and how many tests prove it."""
    tests = promise_tests()
    return [["promise", "", "tests"]] + [
        [promise, title, str(len(tests[promise])) if promise in tests else "not claimed yet"]
        for promise, title in promise_titles().items()
    ]


def promise_text(promise: str) -> str:
    """The tests that prove a promise, in Markdown."""
    tests = promise_tests().get(promise, [])
    if not tests:
        return "**Not claimed yet**: no test carries this mark."
    files: defaultdict[str, list[str]] = defaultdict(list)
    for test in tests:
        path, _, name = test.partition("::")
        files[path].append(name.removeprefix("test_").replace("_", " "))
    lines = [f"**Proved by** ({len(tests)}):", ""]
    for path, names in files.items():
        lines += [f"- `tests/{path}`", *(f"  - {name}" for name in names)]
    return "\n".join(lines)


def logger_text() -> str:
    """The loggers, in Markdown."""
    return "\n".join(
        f"- `{name}`: {', '.join(f'`{path}`' for path in where)}" for name, where in logger_names().items()
    )


PRINTERS: dict[str, Callable[[str], str]] = {
    "state-table": lambda name: markdown_table(state_rows(STATE_TABLES[name])),
    "limits": lambda _: markdown_table(limit_rows()),
    "loggers": lambda _: logger_text(),
    "promises": lambda _: markdown_table(promise_rows()),
    "promise-tests": promise_text,
    "facade": lambda name: markdown_table(facade_rows(name)),
    "schema": lambda name: f"```{{eval-rst}}\n{schema_text(name)}\n```",
}
"""What each directive prints, in Markdown, for its argument."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives, and teach references that private modules are no place for readers."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective
    from sphinx.util.inspect import TypeAliasForwardRef

    # Sphinx shows the names of `autodoc_type_aliases` as they are only where they stand alone.
    TypeAliasForwardRef.__repr__ = lambda alias: str(alias.name)

    class Printed(SphinxDirective):
        optional_arguments = 1

        def run(self) -> list[nodes.Node]:
            return self.parse_text_to_nodes(PRINTERS[self.name](" ".join(self.arguments)))

    for name in PRINTERS:
        app.add_directive(name, Printed)
    app.connect("missing-reference", _find_public)
    app.connect("autodoc-process-docstring", _mark_code, priority=400)  # before napoleon
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


def _is_indented(lines: list[str], index: int) -> bool:
    return index < len(lines) and lines[index].startswith("    ")


def _find_public(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Annotations name the module that defines a class; its page is that of the package that exports it."""
    from sphinx.util.nodes import make_refnode

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
