"""What handlers do with a message between them: change it, claim it, decline it, refuse it, forward it."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Handled, Handlers, LocalMisuse, RequestDispatch, RequestError, ResponseDispatch
from acp_trio.schema import Notification, record, v1

from .played import answer, call, connected, heard, heard_until, note, outcome_of


@record
class Rang(Notification):
    method = "_behaviour/rung"
    bell: str


async def test_a_message_that_was_changed_is_claimed_as_it_is_then(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_notification(Rang)
    async def louder(notification: Rang) -> Handled:
        return Handled.no(Rang(bell=notification.bell.upper()))

    @handlers.on_notification(Rang)
    async def claim(notification: Rang) -> None:
        seen.append(notification.bell)

    @handlers.on_notification(Rang)
    async def too_late(_notification: Rang) -> None:
        raise AssertionError("not reached")

    async with connected(handlers) as (_conn, peer):
        await peer.send(note("_behaviour/rung", {"bell": "ding"}))
        await trio.testing.wait_all_tasks_blocked()
    assert seen == ["DING"]


async def test_one_dispatch_handler_matches_changes_and_matches_again(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def add_then_double(dispatch, _connection):
        number = 0
        match dispatch:
            case RequestDispatch(method="_double", params={"number": int(found)}):
                number = found + 1
        match number:
            case 0:
                return Handled.no()
            case changed:
                dispatch.responder.respond(changed * 2)
                return None

    async with connected(handlers) as (_conn, peer):
        await peer.send(call(1, "_double", {"number": 4}), call(2, "_double", {}))
        assert await heard(peer) == answer(1, 10)
        assert (await heard(peer))["error"]["code"] == -32601


async def test_what_a_route_refuses_is_the_answer_where_everybody_before_it_declined(autojump_clock) -> None:
    handlers, routed = Handlers(), Handlers()

    @handlers.on_dispatch
    async def decline(_dispatch, _connection):
        return Handled.no()

    @routed.on_request("_x")
    async def refuse(_params):
        raise RequestError(-32001, "closed today", {"opens": "tomorrow"})

    async with connected(handlers) as (conn, peer), conn.route(routed):
        await peer.send(call(1, "_x"))
        error = {"code": -32001, "message": "closed today", "data": {"opens": "tomorrow"}}
        assert await heard(peer) == {"id": 1, "error": error}


@pytest.mark.parametrize("method", ["_behaviour/early", "$/early"])
async def test_what_nobody_takes_is_not_kept_for_a_route_that_opens_later(autojump_clock, method) -> None:
    seen: list[Any] = []

    async def watch(dispatch, _connection):
        seen.append(dispatch.params)

    async with connected() as (conn, peer):
        await peer.send(note(method, {"number": 1}), call(1, method))
        assert (await heard(peer))["error"]["code"] == -32601
        async with conn.route(watch):
            await peer.send(note(method, {"number": 2}))
            await trio.testing.wait_all_tasks_blocked()
    assert seen == [{"number": 2}]


async def test_a_forwarded_request_is_answered_though_its_answer_was_dropped_on_the_way(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def forward_and_drop(dispatch, connection):
        if isinstance(dispatch, RequestDispatch):
            connection.send_request("_inner", {}).forward_to(dispatch.responder)
        # The answer to it is dropped.

    async with connected(handlers) as (_conn, peer):
        await peer.send(call(5, "_outer"))
        await peer.respond(await peer.expect("_inner"), {})
        refusal = await heard(peer)
        assert (refusal["id"], refusal["error"]["code"]) == (5, -32603)
        assert "no answer to _inner" in refusal["error"]["message"]


async def test_a_dropped_answer_is_not_taken_for_the_end_of_the_connection(autojump_clock) -> None:
    handlers, outcomes = Handlers(), []

    @handlers.on_dispatch
    async def drop(dispatch, _connection):
        return None if isinstance(dispatch, ResponseDispatch) else Handled.no()

    async with connected(handlers) as (conn, peer), trio.open_nursery() as nursery:
        nursery.start_soon(outcome_of, conn.request(v1.ListSessionsRequest()), outcomes)
        await peer.respond(await peer.expect("session/list"), {"sessions": []})
        await peer.hang_up()
        await conn.wait_closed()
    (outcome,) = outcomes
    assert isinstance(outcome, LocalMisuse)
    assert "dropped the answer to session/list" in str(outcome)


async def test_a_dropped_or_a_kept_answer_tells_the_peer_nothing_more(autojump_clock) -> None:
    for keeps in (False, True):
        handlers, outcomes = Handlers(), []

        @handlers.on_dispatch
        async def intercept(dispatch, _connection, keeps=keeps):
            if not isinstance(dispatch, ResponseDispatch):
                return Handled.no()
            if keeps:
                dispatch.router.keep()
            return None

        async with connected(handlers) as (conn, peer):
            sent = conn.send_request(v1.ListSessionsRequest())
            await peer.respond(await peer.expect("session/list"), {"sessions": []})
            await trio.testing.wait_all_tasks_blocked()
            sent.cancel()
            with trio.move_on_after(1):
                await outcome_of(sent.wait(), outcomes)
            await conn.notify("_end")
            assert await heard_until(peer, "_end") == []
        assert [type(outcome) for outcome in outcomes] == ([] if keeps else [LocalMisuse])
