"""The promises of reference/promises.md and the tests that carry their marks, found without running anything."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ._markdown import Rows
from ._tests import TESTS, table_of_tests

DOCS = Path(__file__).parents[1]


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
    kept = [mutant for mutant in table_of_tests("faults.mutants", "MUTANTS") if mutant.promise == promise]
    if kept:
        lines += ["", "**Kept by**, among others; taken away, one of these tests fails (`nox -s mutants`):", ""]
        lines += [f"- {mutant.what}: `acp_trio/{mutant.file}`, line {mutant.line}" for mutant in kept]
    return "\n".join(lines)
