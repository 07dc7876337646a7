"""What a role handles by itself is not to be handled twice; and who holds a dispatch loop opens no connection."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from acp_trio import Agent, Client, DispatchLoopHeld, LocalMisuse
from acp_trio.schema import Request, message_class
from acp_trio.testing import scripted_peer

HANG = 60
"""Seconds of the mock clock, more than every grace."""


async def handler(message: Any) -> Any:
    return None


def register(role: Agent | Client, method: str, *, by_name: bool) -> None:
    message = message_class(1, method)
    add = role.on_request if issubclass(message, Request) else role.on_notification
    add(method if by_name else message)(handler)


@pytest.mark.promise("P17")
@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize(
    "role, method",
    [(Agent, method) for method in sorted(Agent.owned)] + [(Client, method) for method in sorted(Client.owned)],
)
def test_a_handler_for_what_the_role_handles_is_refused_and_says_what_to_use(role, method, by_name) -> None:
    with pytest.raises(LocalMisuse) as caught:
        register(role("r"), method, by_name=by_name)
    assert str(caught.value) == f"{role.__name__} handles {method} itself: {role.owned[method]}"


@pytest.mark.promise("P17")
def test_what_is_to_be_used_instead_exists() -> None:
    advised = [advice.removeprefix("use ") for advice in Agent.owned.values() if advice.startswith("use ")]
    assert len(advised) == 8
    for name in advised:
        assert callable(getattr(Agent, name))


@pytest.mark.promise("P17")
def test_every_request_about_a_session_belongs_to_the_agent() -> None:
    assert {"session/new", "session/load", "session/prompt", "session/cancel", "initialize"} <= Agent.owned.keys()
    assert Client.owned.keys() == {"session/update"}


@pytest.mark.promise("P5")
@pytest.mark.rule(5)
@pytest.mark.parametrize("concurrent", [True, False])
async def test_a_holder_of_a_dispatch_loop_that_connects_is_refused_before_anything_is_sent(
    autojump_clock, concurrent
) -> None:
    agent = Agent("a")
    errors: list[type[Exception]] = []

    @agent.on_request("_go", concurrent=concurrent)
    async def go(_params):
        async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
            if concurrent:
                nursery.start_soon(peer.answer_initialize)
            try:
                async with Client("inner").connect(transport):
                    pass
            except DispatchLoopHeld as error:
                errors.append(type(error))
            if not concurrent:
                with trio.move_on_after(1):
                    raise AssertionError(await peer.receive())
        return {}

    with trio.fail_after(HANG):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, transport)
            await client.initialize()
            await client.send({"id": 1, "method": "_go"})
            assert (await client.receive())["result"] == {}
            await client.hang_up()
    assert errors == ([] if concurrent else [DispatchLoopHeld])
