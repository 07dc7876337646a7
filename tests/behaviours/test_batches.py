"""Arrays of messages, which are no messages here: one refusal, and nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Handled, Handlers, Proxy, ResponseDispatch
from acp_trio.conductor import Conductor
from acp_trio.schema import v1
from acp_trio.transports import in_process

from .played import DEADLINE, answer, call, connected, heard, note, outcome_of

ARRAYS: dict[str, list[Any]] = {
    "empty": [],
    "mixed": [call("a", "_x"), note("_x"), 3, call("b", "_nobody"), {"result": 1}],
    "all invalid": [1, "two", None],
    "a scalar beside a malformed response": [1, {"id": [], "result": 1}],
    "requests with one id": [call("a", "_x", {"n": 1}), call("a", "_x", {"n": 2})],
    "notifications": [note("_x"), note("_x")],
    "a notification behind a request": [call("a", "_x"), note("_x")],
    "responses": [answer(1, {"sessions": []}), answer(2, {"sessions": []}), 3],
    "nested": [[call("a", "_x")]],
}


def line(array: list[Any]) -> bytes:
    return json.dumps(array).encode() + b"\n"


@pytest.mark.rule(24)
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
async def test_an_array_gets_one_refusal_and_none_of_its_entries_runs(autojump_clock, array) -> None:
    handlers, ran = Handlers(), []

    @handlers.on_dispatch
    async def run(dispatch, _connection):
        if isinstance(dispatch, ResponseDispatch):
            return Handled.no()
        ran.append(dispatch.method)
        dispatch.responder.respond({})
        return None

    async with connected(handlers) as (conn, peer), trio.open_nursery() as nursery:
        outcomes: list[Any] = []
        for _ in range(2):
            nursery.start_soon(outcome_of, conn.request(v1.ListSessionsRequest()), outcomes)
        requests = [await peer.expect("session/list") for _ in range(2)]
        await peer.send_bytes(line(array))
        refusal = await heard(peer)
        assert (refusal["id"], refusal["error"]["code"]) == (None, -32600)
        assert (ran, outcomes) == ([], [])
        await peer.send(call(7, "_after"))
        assert (await heard(peer))["id"] == 7
        assert ran == ["_after"]
        for request in requests:
            await peer.respond(request, {"sessions": []})
    assert outcomes == [v1.ListSessionsResponse(sessions=[])] * 2


@pytest.mark.rule(24)
@pytest.mark.parametrize("behind", ["itself", "a conductor"])
async def test_an_array_is_refused_to_whoever_sends_it_to_a_component(autojump_clock, behind) -> None:
    agent = Agent("a")
    component = agent if behind == "itself" else Conductor([Proxy("p")], agent)
    initialize = call(0, "initialize", {"protocolVersion": 1})
    with trio.fail_after(DEADLINE):
        async with in_process(component).open() as link:
            await link.write(line([initialize, call(1, "session/new", {"cwd": "/", "mcpServers": []})]))
            refusal = json.loads(await link.receive())
            assert (refusal["id"], refusal["error"]["code"]) == (None, -32600)
            await link.write(json.dumps(initialize).encode() + b"\n")
            assert json.loads(await link.receive())["result"]["protocolVersion"] == 1
