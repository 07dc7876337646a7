"""What is wrong with a host is said when it is made, and of its agents' loops at the latest when they are run."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from acp_trio import Agent, Client, PeerError
from acp_trio.runtime import AgentSpec, Choice, SessionHost
from acp_trio.testing import open_pair

pytestmark = pytest.mark.promise("P17")


async def end(_turn: Any, _runtime: Any) -> Any:
    return "end_turn"


async def alone(_turn: Any) -> Any:
    return "end_turn"


SPEC = AgentSpec(name="a", loop=end)


@pytest.mark.parametrize("loop", [alone, None, "end_turn"])
def test_a_loop_that_cannot_be_called_with_a_turn_and_its_runtime_is_refused(loop):
    with pytest.raises(TypeError, match="async def loop"):
        AgentSpec(name="a", loop=loop)


@pytest.mark.parametrize(
    "specs, more, error, said",
    [
        (SPEC, {}, TypeError, "a sequence of agents, not AgentSpec"),
        ([SPEC], {"store": "directory"}, TypeError, "'directory' is no SessionStore"),
        ([SPEC], {"relay_capacity": 0}, ValueError, "room for one event at least, not 0"),
        ([], {}, ValueError, "needs an agent"),
    ],
)
def test_a_host_that_cannot_work_is_refused(specs, more, error, said):
    with pytest.raises(error, match=said):
        SessionHost(specs, **more)


def test_the_values_of_an_option_are_a_mapping():
    with pytest.raises(TypeError, match="the option 'model' are a mapping"):
        Choice(id="model", name="Model", values=["small", "large"])  # type: ignore[arg-type]


async def forgets(_turn: Any, _runtime: Any) -> Any:
    return None


def plain(_turn: Any, _runtime: Any) -> Any:
    return "end_turn"


@pytest.mark.parametrize(
    "loop, said",
    [
        (forgets, "the loop of a must return a stop reason, not NoneType"),
        (plain, "the loop of a is not async: it returned str"),
    ],
)
async def test_a_loop_that_gives_no_stop_reason_is_told_so_in_the_log(autojump_clock, caplog, loop, said):
    agent = Agent("host")
    SessionHost([AgentSpec(name="a", loop=loop)]).install(agent)
    with trio.fail_after(5):
        async with open_pair(Client("c"), agent) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(PeerError, match="internal error"):
                await session.ask("hello")
    assert said in caplog.text
