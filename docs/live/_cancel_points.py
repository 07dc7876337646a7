"""The operations that tests/faults cancels everywhere, each played once without a cancellation, to count its points."""

from __future__ import annotations

from functools import cache

import trio
import trio.testing

from acp_trio.testing import count_points

from ._markdown import Rows
from ._tests import table_of_tests


@cache
def cancel_point_rows() -> Rows:
    """Header and rows: what is cancelled, behind how many steps of its own task, and of all tasks."""
    rows = [["operation", "its own task", "all tasks"]]
    for name, scene in table_of_tests("faults.scenes", "SCENES").items():
        points = trio.run(count_points, scene, clock=trio.testing.MockClock(autojump_threshold=0))
        rows.append([name, str(points.own), str(points.all)])
    for name, scene in table_of_tests("faults.real_scenes", "REAL_SCENES").items():
        rows.append([name, str(trio.run(count_points, scene).own), ""])
    return rows
