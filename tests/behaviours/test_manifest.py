"""The manifest is whole: every behaviour is proven by tests that exist, or diverged from with a reason."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BEHAVIOURS: list[dict[str, Any]] = tomllib.loads((HERE / "manifest.toml").read_text())["behaviours"]

each = pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour["id"])


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the test functions of a file."""
    tree = ast.parse((ROOT / file).read_text())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def test_every_behaviour_is_there_once() -> None:
    ids = [behaviour["id"] for behaviour in BEHAVIOURS]
    assert len(ids) == len(set(ids))
    assert all(group and name for group, _, name in (one.partition("/") for one in ids))


@each
def test_a_behaviour_says_what_must_hold_and_what_becomes_of_it(behaviour: dict[str, Any]) -> None:
    assert behaviour["behaviour"].endswith(".")
    assert {"id", "behaviour"} < behaviour.keys() <= {"id", "behaviour", "tests", "divergence"}


@each
def test_a_named_test_exists(behaviour: dict[str, Any]) -> None:
    named = behaviour.get("tests", [])
    assert len(named) == len(set(named))
    assert named or "divergence" in behaviour
    missing = [test for test in named if test.partition("::")[2] not in names_in(test.partition("::")[0])]
    assert missing == []


@each
def test_a_divergence_has_its_reason(behaviour: dict[str, Any]) -> None:
    assert len(behaviour.get("divergence", "enough where there is none")) >= 20
