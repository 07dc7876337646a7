"""Requests that somebody stopped waiting for, and requests that were never sent because they were cancelled before."""

from __future__ import annotations

import pytest
import trio

from acp_trio.jsonrpc import LocalMisuse
from acp_trio.schema import v1
from acp_trio.transports import ConnectionLost

from .peer import answer, connected

ASK = v1.ListSessionsRequest


@pytest.mark.promise("P1")
@pytest.mark.parametrize("then", ["nothing", "an answer", "the end"])
async def test_waiting_again_for_a_request_that_was_given_up_is_misuse(autojump_clock, then) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(ASK())
        with trio.move_on_after(1):
            await sent.wait()
        assert [(await peer.read())["method"] for _ in range(2)] == ["session/list", "$/cancel_request"]
        if then == "an answer":
            await peer.send(answer(sent.id, {"sessions": []}))
        elif then == "the end":
            peer.vanish()
        await trio.sleep(1)
        with pytest.raises(LocalMisuse, match="session/list was given up"):
            await sent.wait()


@pytest.mark.promise("P21")
async def test_in_a_cancelled_scope_a_request_sends_nothing_and_neither_does_a_notification(autojump_clock) -> None:
    async with connected() as (conn, peer):

        async def hold() -> None:
            async with conn.request_held(ASK()):
                pass

        for send in (lambda: conn.request("delete", {}), lambda: conn.request(ASK()), hold, lambda: conn.notify("n")):
            with trio.CancelScope() as scope:
                scope.cancel()
                await send()
            assert scope.cancelled_caught
        assert conn.statistics().requests_waiting == 0
        await conn.notify("after")
        assert (await peer.read())["method"] == "after"


async def test_the_error_of_a_request_does_not_grow_however_often_it_is_raised(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(ASK())
        peer.vanish()
        await conn.wait_closed()
        assert {await frames(sent.wait) for _ in range(20)} == {await frames(sent.wait)}


async def frames(ask) -> int:
    """How many frames the error that `ask` raises has passed, as its traceback says."""
    with pytest.raises(ConnectionLost) as caught:
        await ask()
    return len(caught.traceback)
