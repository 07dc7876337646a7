"""What a host is made of: what contradicts itself is refused before there is a session."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from acp_trio import Turn
from acp_trio.runtime import Choice, Mode, Runtime, SessionHost
from acp_trio.schema import v1

from .hosting import spec

MODEL = Choice(id="model", name="Model", values={"small": "Small", "large": "Large"})


async def nothing(turn: Turn, runtime: Runtime) -> v1.StopReason:
    await trio.lowlevel.checkpoint()
    return "end_turn"


def mode(**arguments: Any) -> Mode:
    return Mode(**{"id": "careful", "name": "Careful", "agent": "planner", **arguments})


@pytest.mark.parametrize(
    "agents, choices, complaint",
    [
        ([], {}, "a host needs an agent"),
        (["planner", "planner"], {}, "there are 2 agents named 'planner'"),
        (["planner"], {"modes": [mode(), mode()]}, "there are 2 modes named 'careful'"),
        (["planner"], {"options": [MODEL, MODEL]}, "there are 2 options named 'model'"),
        (["planner"], {"modes": [mode(agent="coder")]}, "'careful' wants the agent 'coder', which is not there"),
        (
            ["planner"],
            {"modes": [mode(settings={"model": "large"})]},
            "'model' to 'large', which cannot be chosen",
        ),
        (
            ["planner"],
            {"modes": [mode(settings={"model": "huge"})], "options": [MODEL]},
            "sets 'model' to 'huge', which cannot be chosen",
        ),
    ],
)
def test_a_host_that_contradicts_itself_is_refused_with_the_name_that_does(agents, choices, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        SessionHost([spec(nothing, name) for name in agents], **choices)
