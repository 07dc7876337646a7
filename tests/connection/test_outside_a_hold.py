"""What is started under a hold and is no part of it: tasks of a connection, and other connections."""

from __future__ import annotations

import pytest
import trio

from acp_trio.connection import Hooks
from acp_trio.schema import v1

from .peer import HANG, connected_pair, on_request

pytestmark = [pytest.mark.promise("P5"), pytest.mark.rule(5)]


def make_hooks() -> Hooks:
    hooks = Hooks()

    @on_request(hooks, "session/list")
    async def sessions(_params):
        return {"sessions": []}

    @on_request(hooks, "ping")
    async def ping(_params):
        return "pong"

    return hooks


async def test_a_task_that_a_block_on_an_answer_starts_at_the_connection_may_wait_for_the_peer(autojump_clock) -> None:
    results: list[object] = []
    asked = trio.Event()

    async with connected_pair(right=make_hooks()) as (conn, _peer):

        async def ask() -> None:
            results.append(await conn.request("ping"))
            asked.set()

        async with conn.request_held(v1.ListSessionsRequest()):
            conn.start_soon(ask)
            await trio.sleep(1)
            assert results == []  # the loop is held, its answer waits with everything else
        await asked.wait()
    assert results == ["pong"]


async def test_a_task_that_a_handler_starts_at_the_connection_may_wait_for_the_peer(autojump_clock) -> None:
    left, results = Hooks(), []
    asked = trio.Event()

    @on_request(left, "go")
    async def go(_params, conn):
        async def ask() -> None:
            results.append(await conn.request("ping"))
            asked.set()

        conn.start_soon(ask)
        await trio.sleep(1)
        return "went"

    async with connected_pair(left, make_hooks()) as (_conn, peer):
        assert await peer.request("go") == "went"
        await asked.wait()
    assert results == ["pong"]


async def test_a_connection_that_is_opened_inside_a_block_on_an_answer_works(autojump_clock) -> None:
    """Only the body is under the hold: the other connection's handlers and tasks are not, and may ask its peer."""
    inner, results = make_hooks(), []
    asked = trio.Event()

    @on_request(inner, "relay", concurrent=True)
    async def relay(_params, conn):
        results.append(await conn.request("ping"))
        asked.set()
        return {}

    async with (
        connected_pair(right=make_hooks()) as (conn, _peer),
        conn.request_held(v1.ListSessionsRequest()),
        connected_pair(inner, make_hooks()) as (one, other),
    ):

        async def ask() -> None:
            results.append(await one.request("ping"))
            await other.request("relay")

        one.start_soon(ask)
        with trio.fail_after(HANG):
            await asked.wait()
    assert results == ["pong", "pong"]
