"""Where a session stands: the table is the whole truth."""

from __future__ import annotations

from typing import get_args

import pytest
import trio

from acp_trio import LocalMisuse
from acp_trio.runtime import TRANSITIONS, SessionPhase, SessionStates, SessionStep

STEPS = {
    "starting": [],
    "idle": ["open"],
    "running": ["open", "prompt"],
    "cancelling": ["open", "prompt", "cancel"],
    "closing": ["open", "close"],
    "closed": ["open", "close", "end"],
}


def states_in(phase: str) -> SessionStates:
    states = SessionStates()
    for step in STEPS[phase]:
        states.step(step)
    assert states.phase.value == phase
    return states


def test_the_table_has_each_phase_and_leads_nowhere_else():
    assert set(TRANSITIONS) == set(get_args(SessionPhase))
    for steps in TRANSITIONS.values():
        assert steps.keys() <= set(get_args(SessionStep))
        assert set(steps.values()) <= set(get_args(SessionPhase))


@pytest.mark.parametrize("phase", get_args(SessionPhase))
@pytest.mark.parametrize("step", get_args(SessionStep))
def test_a_step_leads_where_the_table_says_and_one_that_is_not_there_raises(phase, step):
    states = states_in(phase)
    wanted = TRANSITIONS[phase].get(step)
    if wanted is None:
        with pytest.raises(LocalMisuse, match=phase):
            states.step(step)
        assert states.phase.value == phase
    else:
        assert states.step(step) == wanted
        assert states.is_busy == (wanted in ("running", "cancelling"))


async def test_whoever_watches_sees_each_change_and_is_not_woken_for_none(autojump_clock):
    states = states_in("running")
    states.step("cancel")
    with trio.fail_after(1):
        assert await states.phase.wait_value(lambda phase: phase == "cancelling") == "cancelling"
    with trio.move_on_after(1) as waited:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(states.phase.wait_change)
            states.step("cancel")
    assert waited.cancelled_caught
