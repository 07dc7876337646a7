"""How long modules and functions may grow, and that every module says what it is for.

Line counts prove nothing by themselves; a module that outgrows its limit either has a second subject, which moves out,
or a reason, which is written here.
"""

from __future__ import annotations

import ast
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import acp_trio

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(acp_trio.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

MODULE_LINES = 400
FUNCTION_LINES = 60

# Path below acp_trio, as a pattern; how many lines it may have; why.
LONGER_MODULES = [
    ("codec/_generated/*", None, "written by a script, read by nobody"),
    ("schema/*/*", 600, "one topic of the protocol stays in one place, however many types it has"),
]


def limit(module: str) -> int | None:
    for pattern, lines, _reason in LONGER_MODULES:
        if fnmatch(module, pattern):
            return lines
    return MODULE_LINES


def parse(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("module", MODULES)
def test_a_module_stays_within_its_limit(module: str) -> None:
    lines = (PACKAGE / module).read_text(encoding="utf-8").count("\n")
    most = limit(module)
    assert most is None or lines <= most


@pytest.mark.parametrize("module", [module for module in MODULES if limit(module) is not None])
def test_a_function_fits_on_a_screen(module: str) -> None:
    long = {
        f"{function.name} at line {function.lineno}": length
        for function in functions(module)
        if (length := (function.end_lineno or function.lineno) - function.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_opens_by_saying_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(parse(module))
