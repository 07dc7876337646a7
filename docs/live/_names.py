"""Public names: what a façade offers and where it lives, and every message of a schema package, topic by topic."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import attrs

import acp_trio
from acp_trio.schema import Record

from ._markdown import Rows


def facade_rows(module_name: str) -> Rows:
    """Header and rows: what a façade offers, each name with the package that owns it."""
    module = importlib.import_module(module_name)
    rows = [["name", "home", "what it is"]]
    for name in module.__all__:
        value = getattr(module, name)
        if callable(value):
            home = public_home(value.__module__)
            first = (inspect.getdoc(value) or "").partition("\n")[0]
            rows.append([f"{{py:obj}}`{name} <{home}.{name}>`", f"`{home}`", first])
        else:
            rows.append([f"`{name}`", f"`{home_of_constant(name)}`", f"a `{type(value).__name__}`"])
    return rows


def home_of_constant(name: str) -> str:
    """The package that exports a value which does not know where it was defined."""
    packages = [info.name for info in pkgutil.iter_modules(acp_trio.__path__, "acp_trio.") if info.ispkg]
    return next(package for package in packages if hasattr(importlib.import_module(package), name))


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
