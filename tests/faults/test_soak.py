"""A short round of what `nox -s soak` does for minutes."""

from __future__ import annotations

import pytest
import trio

from .soak import Soak


@pytest.mark.slow
@pytest.mark.promise("P11", "P22", "P1", "P3")
async def test_many_sessions_with_agents_that_are_asked_cancelled_and_killed_leave_nothing_unanswered() -> None:
    soak = Soak(seconds=2, agents=2, sessions=20, seed=4)
    with trio.fail_after(100):
        await soak.run()
    assert soak.problems == []
    assert soak.opened > 40
    assert soak.killed > 0
    assert soak.connections > soak.killed
    assert min(soak.turns[kind] for kind in ("stream", "ask", "cancel", "leave")) > 10
