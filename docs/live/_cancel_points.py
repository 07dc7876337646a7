"""The operations that tests/faults cancels everywhere, each played once without a cancellation, to count its points."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import trio
import trio.testing

from acp_trio.testing import count_points

from ._markdown import Rows

TESTS = Path(__file__).parents[2] / "tests"


@cache
def cancel_point_rows() -> Rows:
    """Header and rows: what is cancelled, behind how many steps of its own task, and of all tasks."""
    rows = [["operation", "its own task", "all tasks"]]
    for name, scene in _scenes("faults.scenes", "SCENES").items():
        points = trio.run(count_points, scene, clock=trio.testing.MockClock(autojump_threshold=0))
        rows.append([name, str(points.own), str(points.all)])
    for name, scene in _scenes("faults.real_scenes", "REAL_SCENES").items():
        rows.append([name, str(trio.run(count_points, scene).own), ""])
    return rows


def _scenes(module: str, name: str) -> dict[str, Any]:
    """A table of tests/faults, which is not on the path: pytest imports it in its own way."""
    sys.path.insert(0, str(TESTS))
    try:
        found: dict[str, Any] = getattr(importlib.import_module(module), name)
    finally:
        sys.path.remove(str(TESTS))
    return found
