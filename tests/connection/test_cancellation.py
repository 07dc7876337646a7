"""A conversation that is cancelled at each of its steps in turn leaves nothing behind, on either side of the wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, Limits, open_connection
from acp_trio.schema import v1
from acp_trio.testing import cancel_everywhere
from acp_trio.transports import memory_pair

from .peer import HANG, RawPeer, answer, call, maker, on_notification, on_request

pytestmark = [pytest.mark.promise("P24"), pytest.mark.promise("P22")]

Playing: TypeAlias = AsyncGenerator[Callable[[], Awaitable[object]]]

SMALL = Limits(maximum_frame=64 * 1024, outgoing_soft=16 * 1024)


def answering() -> Hooks:
    """Both sides answer `echo`, list sessions, and ask back for `ask`."""
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        await trio.lowlevel.checkpoint()
        return params

    @on_request(hooks, "ask", concurrent=True)
    async def ask(params, conn):
        return await conn.request("echo", params)

    @on_request(hooks, "session/list")
    async def sessions(_params):
        return {"sessions": []}

    @on_notification(hooks, "note")
    async def note(_params):
        await trio.lowlevel.checkpoint()

    return hooks


async def converse(conn) -> None:
    """Every way to wait for a peer once."""
    assert await conn.request("echo", [1]) == [1]
    await conn.notify("note", [2])
    for _ in range(3):
        await conn.notify("note", ["x" * 30_000])
    async with conn.request_held(v1.ListSessionsRequest()):
        await trio.lowlevel.checkpoint()
    sent = conn.send_request(v1.ListSessionsRequest())
    assert await conn.request("ask", [3]) == [3]
    assert await sent.wait() == v1.ListSessionsResponse(sessions=[])
    await conn.flush()
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(conn.request, "ask", [number])


@asynccontextmanager
async def connecting() -> Playing:
    """A connection of its own, opened and left by the operation."""
    ours, theirs = memory_pair()
    with trio.fail_after(HANG):
        async with open_connection(theirs, maker(answering(), SMALL)) as other:
            connections = [other]

            async def operation() -> None:
                async with open_connection(ours, maker(answering(), SMALL)) as conn:
                    connections.append(conn)
                    await converse(conn)

            yield operation
            if len(connections) > 1:  # the other end waits for a peer that never came, until it is left
                await other.wait_closed()
            await trio.testing.wait_all_tasks_blocked()
            for side in connections:
                numbers = side.statistics()
                assert (numbers.requests_waiting, numbers.requests_in_flight, numbers.held_by) == (0, 0, None)
                assert (numbers.malformed, numbers.answers_unknown) == (0, 0)
            assert connections[-1].statistics().bytes_unwritten == 0


async def test_a_conversation_cancelled_at_any_step_leaves_both_sides_whole(autojump_clock) -> None:
    assert (await cancel_everywhere(connecting)).all > 60


@asynccontextmanager
async def asking() -> Playing:
    """One request on a connection on which the next ones go on."""
    ours, theirs = memory_pair()
    with trio.fail_after(HANG):
        async with theirs.open() as link, open_connection(ours, maker(answering())) as conn:
            peer = RawPeer(link)
            async with trio.open_nursery() as nursery:

                async def serve() -> None:
                    while True:
                        message = await peer.read()
                        if message["method"] == "ours":
                            await trio.testing.wait_all_tasks_blocked()
                            await peer.send(answer(message["id"], "fine"))

                nursery.start_soon(serve)
                yield partial(conn.request, "ours")
                assert await conn.request("ours") == "fine"
                nursery.cancel_scope.cancel()
            assert conn.statistics().requests_waiting == 0
            await peer.send(call("last", "echo", ["alive"]))
            while (message := await peer.read()).get("id") != "last":
                pass
            assert message == answer("last", ["alive"])


async def test_a_request_cancelled_at_any_step_does_not_touch_the_next_one(autojump_clock) -> None:
    assert (await cancel_everywhere(asking)).all > 5
