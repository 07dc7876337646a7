"""Messages as the schema allows them, and spoilt ones, through a whole connection.

Each request gets one answer: its handler's where it fits the schema, a refusal where it does not. No other is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio import Agent, Client, RequestError, Turn
from acp_trio.codec._explain import explain
from acp_trio.codec._shapes import shape_of
from acp_trio.schema import message_class, v1
from acp_trio.schema._methods import V1_METHODS
from acp_trio.testing import ScriptedPeer, scripted_peer

from .schema_values import definition, spoilt

pytestmark = pytest.mark.promise("P23")

HEARD = 4711
"""The code with which our handlers refuse everything."""
NOT_FOUND = -32002
CANCELLED = {"stopReason": "cancelled"}
"""The answer to a prompt that a `session/cancel` behind it has reached first."""
REFUSED = (-32602, -32600)
"""Params that do not fit, and params that are neither an object nor an array."""


def methods_of(side: str) -> list[str]:
    return [name for name, method in V1_METHODS.items() if method.side == side and name != "initialize"]


@st.composite
def messages_to(draw: Any, side: str) -> list[tuple[str, Any]]:
    """Methods with params, some of them spoilt."""
    names = draw(st.lists(st.sampled_from(methods_of(side)), min_size=1, max_size=8))
    return [(name, draw(params_of(name))) for name in names]


@st.composite
def params_of(draw: Any, name: str) -> Any:
    params = draw(definition(V1_METHODS[name].name))
    made = spoilt(draw, params) if draw(st.booleans()) else params
    # With other params it would be no notification but a line that is no message, and that is answered.
    is_message = V1_METHODS[name].kind == "request" or isinstance(made, dict | list | None)
    return made if is_message else params


def fits(method: str, params: Any) -> bool:
    cls = message_class(1, method)
    return not explain(shape_of(cls), {} if params is None else params, "$", lambda *_: [])


async def hear(*_: Any) -> Any:
    raise RequestError(HEARD, "heard")


def agent_for_everything() -> Agent:
    agent = Agent("everything")

    @agent.on_prompt
    async def hear_prompt(turn: Turn) -> v1.StopReason:
        return await hear(turn)

    for register in (
        agent.on_new_session,
        agent.on_load_session,
        agent.on_resume_session,
        agent.on_close_session,
        agent.on_delete_session,
        agent.on_list_sessions,
        agent.on_set_mode,
        agent.on_set_config_option,
        agent.on_authenticate,
        agent.on_logout,
    ):
        register(hear)
    return agent


def client_for_everything() -> Client:
    client = Client("everything")
    for name in methods_of("client"):
        if V1_METHODS[name].kind == "request":
            client.on_request(message_class(1, name))(hear)
    return client


async def answers_to(peer: ScriptedPeer, messages: list[tuple[str, Any]]) -> Mapping[int, int]:
    """Send all, and say which code each id was answered with, once."""
    requests = [number for number, (name, _) in enumerate(messages) if V1_METHODS[name].kind == "request"]
    await peer.send(
        *(
            {"method": name, "params": params} | ({"id": number} if number in requests else {})
            for number, (name, params) in enumerate(messages)
        )
    )
    codes: dict[int, int] = {}
    while len(codes) < len(requests):
        answer = await peer.receive()
        assert answer["id"] not in codes
        codes[answer["id"]] = HEARD if answer.get("result") == CANCELLED else answer["error"]["code"]
    await peer.send({"id": "still there", "method": "_test/ping"})
    assert (await peer.receive())["id"] == "still there"  # and no answer to anything comes before it
    assert sorted(codes) == requests
    return codes


def check(messages: list[tuple[str, Any]], codes: Mapping[int, int]) -> None:
    for number, code in codes.items():
        method, params = messages[number]
        assert code in ((HEARD, NOT_FOUND) if fits(method, params) else REFUSED), (method, params)


@settings(max_examples=200)
@given(messages=messages_to("agent"))
def test_an_agent_answers_each_request_once_and_as_its_params_deserve(messages) -> None:
    async def main() -> None:
        with trio.fail_after(60):
            async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
                nursery.start_soon(agent_for_everything().serve, transport)
                await peer.initialize()
                check(messages, await answers_to(peer, messages))
                await peer.hang_up()

    trio.run(main)


@settings(max_examples=200)
@given(messages=messages_to("client"))
def test_a_client_answers_each_request_once_and_as_its_params_deserve(messages) -> None:
    async def main() -> None:
        with trio.fail_after(60):
            async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:

                async def script() -> None:
                    await peer.answer_initialize()
                    check(messages, await answers_to(peer, messages))
                    done.set()

                done = trio.Event()
                nursery.start_soon(script)
                async with client_for_everything().connect(transport):
                    await done.wait()

    trio.run(main)
