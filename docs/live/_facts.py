"""Facts of the package that pages show as tables: its states, its bounds, its loggers."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

import acp_trio
from acp_trio import Limits
from acp_trio.jsonrpc import CONNECTION, INCOMING, OUTGOING, Event

from ._markdown import Rows

PACKAGE = Path(acp_trio.__file__).parent
STATE_TABLES: dict[str, Mapping[Any, Any]] = {"INCOMING": INCOMING, "OUTGOING": OUTGOING, "CONNECTION": CONNECTION}


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


def logger_names() -> dict[str, list[str]]:
    """The loggers that the package makes, each with the modules that use it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in re.findall(r'logger = logging\.getLogger\("([^"]+)"\)', path.read_text()):
            found[name].append(path.relative_to(PACKAGE).as_posix())
    return dict(sorted(found.items()))


def logger_text() -> str:
    """The loggers, in Markdown."""
    return "\n".join(
        f"- `{name}`: {', '.join(f'`{path}`' for path in where)}" for name, where in logger_names().items()
    )
