"""Cancelling requests: what is told to the peer and how often, and what a cancellation of the peer reaches."""

from __future__ import annotations

import gc
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import AGENT, CLIENT, Handled, Handlers, Proxy, RequestDispatch
from acp_trio.jsonrpc import ErrorCode
from acp_trio.schema import v1

from .played import answer, call, cancel, conducted, connected, connected_pair, heard, heard_until, note

LIST = v1.ListSessionsRequest()
EMPTY = {"sessions": []}

# Ours


async def test_a_cancel_is_sent_once_however_often_and_by_whatever_the_request_is_given_up(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST)
        sent.cancel()
        sent.cancel()
        with trio.move_on_after(1):
            await sent.wait()
        await conn.notify("_end")
        assert await heard_until(peer, "_end") == [call(sent.id, "session/list", {}), cancel(sent.id)]


async def test_an_answer_that_comes_in_spite_of_the_cancel_counts(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST)
        sent.cancel()
        await peer.respond(await peer.expect("session/list"), EMPTY)
        assert await sent.wait() == v1.ListSessionsResponse(sessions=[])


async def test_a_handle_that_nobody_keeps_cancels_nothing(autojump_clock) -> None:
    async with connected() as (conn, peer):
        conn.send_request(LIST)
        gc.collect()
        await conn.notify("_end")
        assert await heard_until(peer, "_end") == [call(1, "session/list", {})]
        assert conn.statistics().requests_waiting == 1
        await peer.send(answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().requests_waiting == 0


@pytest.mark.parametrize("taken", [True, False])
async def test_a_request_is_settled_when_its_answer_was_dispatched_whether_it_was_taken_or_not(
    autojump_clock, taken
) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.respond(await peer.expect("session/list"), EMPTY)
        await trio.testing.wait_all_tasks_blocked()
        if taken:
            await sent.wait()
        sent.cancel()
        with trio.CancelScope() as scope:
            scope.cancel()
            await sent.wait()
        assert scope.cancelled_caught
        await conn.notify("_end")
        assert await heard_until(peer, "_end") == []


async def test_a_cancel_of_a_request_to_the_agent_is_wrapped_and_sent_once(autojump_clock) -> None:
    async with conducted(Proxy("p")) as (conductor, conn):
        sent = conn.send_request("_x", {}, to=AGENT)
        assert (await conductor.heard())[0] == "agent"
        sent.cancel()
        with trio.move_on_after(1):
            await sent.wait()
        await conn.notify("_end", {}, to=CLIENT)
        assert await conductor.heard() == ("agent", cancel(sent.id))
        assert (await conductor.heard())[1]["method"] == "_end"


async def test_a_cancel_can_be_sent_by_itself_and_reaches_a_typed_handler(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_notification(v1.CancelRequestNotification)
    async def cancelled(notification: v1.CancelRequestNotification) -> None:
        seen.append(notification.request_id)

    async with connected_pair(right=handlers) as (conn, _):
        await conn.notify(v1.CancelRequestNotification(request_id="of somebody"))
        await conn.notify(v1.CancelRequestNotification(request_id=7))
        await trio.testing.wait_all_tasks_blocked()
    assert seen == ["of somebody", 7]
    assert ErrorCode.REQUEST_CANCELLED == -32800


# The peer's


async def test_a_handler_that_waits_for_another_peer_gives_that_up_with_its_own_request(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request("_outer", concurrent=True)
    async def outer(_params, connection):
        return await connection.request("_inner", {})

    async with connected(handlers) as (_conn, peer):
        await peer.send(call("theirs", "_outer"))
        inner = await peer.expect("_inner")
        await peer.send(cancel("theirs"))
        told = [await heard(peer), await heard(peer)]
        assert cancel(inner["id"]) in told
        (refusal,) = [message for message in told if message != cancel(inner["id"])]
        assert (refusal["id"], refusal["error"]["code"]) == ("theirs", -32800)


@pytest.mark.parametrize("passes_on", [True, False])
async def test_a_kept_responder_passes_a_cancel_on_only_if_it_is_told_to(autojump_clock, passes_on) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def outer(dispatch, connection):
        if not isinstance(dispatch, RequestDispatch):
            return Handled.no()
        sent = connection.send_request("_inner", {})
        dispatch.responder.keep()
        if passes_on:
            dispatch.responder.on_cancel = sent.cancel
        sent.call_on_answer(lambda answered: dispatch.responder.respond(answered.result()))
        return None

    async with connected(handlers) as (conn, peer):
        await peer.send(call("theirs", "_outer"))
        inner = await peer.expect("_inner")
        await peer.send(cancel("theirs"))
        await trio.testing.wait_all_tasks_blocked()
        await conn.notify("_end")
        assert await heard_until(peer, "_end") == ([cancel(inner["id"])] if passes_on else [])
        await peer.respond(inner, {"all": "the same"})
        assert await heard(peer) == answer("theirs", {"all": "the same"})


@pytest.mark.parametrize("then", ["work", "forward"])
async def test_what_begins_with_a_request_after_its_cancel_is_cancelled_at_once(autojump_clock, then) -> None:
    handlers, kept, ended = Handlers(), [], []

    @handlers.on_dispatch
    async def keep(dispatch, _connection):
        if not isinstance(dispatch, RequestDispatch):
            return Handled.no()
        dispatch.responder.keep()
        kept.append(dispatch.responder)
        return None

    async def work(responder: Any) -> None:
        with responder.scope:
            try:
                await trio.sleep_forever()
            finally:
                ended.append(trio.current_time())
        responder.refuse_cancelled()

    async with connected(handlers) as (conn, peer):
        await peer.send(call("theirs", "_outer"), note("_between"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(cancel("theirs"))
        await trio.testing.wait_all_tasks_blocked()
        (responder,) = kept
        assert responder.cancelled
        if then == "work":
            began = trio.current_time()
            await work(responder)
            assert ended == [began]
            assert (await heard(peer))["error"]["code"] == -32800
        else:
            sent = conn.send_request("_inner", {})
            sent.forward_to(responder)
            assert [await heard(peer), await heard(peer)] == [call(sent.id, "_inner", {}), cancel(sent.id)]
            await peer.send(answer(sent.id, {}))
            assert await heard(peer) == answer("theirs", {})
