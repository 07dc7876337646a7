"""A conversation that is cancelled at each of its steps in turn leaves nothing behind, on either side of the wire."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, Limits, open_connection
from acp_trio.schema import v1
from acp_trio.transports import memory_pair

from .peer import RawPeer, answer, call, leaving_nothing, maker, on_notification, on_request

pytestmark = [pytest.mark.promise("P24"), pytest.mark.promise("P22")]

SMALL = Limits(maximum_frame=64 * 1024, outgoing_soft=16 * 1024)


class Canceller(trio.abc.Instrument):
    """Cancels a scope before the n-th step that any task takes from now on."""

    def __init__(self, scope: trio.CancelScope, step: int) -> None:
        self._scope = scope
        self.left = step

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.left -= 1
        if self.left == 0:
            self._scope.cancel()


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


async def cancelled_at(step: int) -> bool:
    """Whether the conversation was over before that step came."""
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with open_connection(theirs, maker(answering(), SMALL)) as other:
            with trio.CancelScope() as scope:
                canceller = Canceller(scope, step)
                trio.lowlevel.add_instrument(canceller)
                async with open_connection(ours, maker(answering(), SMALL)) as conn:
                    await converse(conn)
            trio.lowlevel.remove_instrument(canceller)
            await other.wait_closed()
            await trio.testing.wait_all_tasks_blocked()
            for side in (conn, other):
                numbers = side.statistics()
                assert (numbers.requests_waiting, numbers.requests_in_flight, numbers.held_by) == (0, 0, None)
                assert (numbers.malformed, numbers.answers_unknown) == (0, 0)
            assert conn.statistics().bytes_unwritten == 0
            return canceller.left > 0


async def test_a_conversation_cancelled_at_any_step_leaves_both_sides_whole(autojump_clock) -> None:
    step = 1
    while not await cancelled_at(step):
        step += 1
    assert step > 60


async def asked_until(step: int) -> bool:
    """Cancel one request at that step; whether it was answered before."""
    ours, theirs = memory_pair()
    with leaving_nothing():
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
                with trio.CancelScope() as scope:
                    canceller = Canceller(scope, step)
                    trio.lowlevel.add_instrument(canceller)
                    await conn.request("ours")
                trio.lowlevel.remove_instrument(canceller)
                assert await conn.request("ours") == "fine"
                nursery.cancel_scope.cancel()
            assert conn.statistics().requests_waiting == 0
            await peer.send(call("last", "echo", ["alive"]))
            while (message := await peer.read()).get("id") != "last":
                pass
            assert message == answer("last", ["alive"])
            return canceller.left > 0


async def test_a_request_cancelled_at_any_step_does_not_touch_the_next_one(autojump_clock) -> None:
    step = 1
    while not await asked_until(step):
        step += 1
    assert step > 5
