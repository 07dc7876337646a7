"""What goes on to somebody else: requests with their answers and cancellations, notifications, and mapped results."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio.connection import Handled, Handlers, Hooks, Limits, RequestDispatch
from acp_trio.jsonrpc import LocalMisuse, PeerError, RequestError, UntypedMessage
from acp_trio.schema import v1

from .peer import answer, call, cancel, connected, note

LIST = v1.ListSessionsRequest()
ODD = b'{"jsonrpc":"2.0","id":9,"method":"_test/x","params":{"b" : 1.50,"a":"\\u00e9"}}'


@asynccontextmanager
async def relayed(limits=None):
    """Two raw peers and the connections between them: what the first sends is forwarded to the second."""
    handlers = Handlers()
    async with connected(limits=limits) as (onward, far):

        @handlers.on_dispatch
        async def forward(dispatch, _connection):
            await onward.forward(dispatch)

        async with connected(Hooks(handlers=handlers)) as (_conn, near):
            yield near, far, onward


async def test_a_request_is_forwarded_under_an_id_of_its_own_and_its_answer_comes_back(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(call("theirs", "_test/x", {"a": 1}))
        assert await far.read() == call(1, "_test/x", {"a": 1})
        await far.send(answer(1, {"b": 2}))
        assert await near.read() == answer("theirs", {"b": 2})


@pytest.mark.promise("P9")
@pytest.mark.rule(26)
async def test_params_and_results_are_forwarded_byte_for_byte(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(ODD)
        assert b'"params":{"b" : 1.50,"a":"\\u00e9"}}\n' in await far.read_bytes()
        await far.send(b'{"id":1,"result": {"z": 2.0, "y":[ ] }}')
        assert b'"result":{"z": 2.0, "y":[ ] }}\n' in await near.read_bytes()


async def test_errors_come_back_as_they_are(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(call(5, "_test/x"))
        await far.read()
        error = {"code": -1, "message": "no", "data": [1, {"x": None}], "more": True}
        await far.send({"id": 1, "error": error})
        assert await near.read() == {"jsonrpc": "2.0", "id": 5, "error": error}


async def test_a_cancellation_follows_under_the_next_hops_id_and_the_answer_is_passed_on(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(call(5, "_test/x"))
        await far.read()
        await near.send(cancel(5))
        assert await far.read() == cancel(1)
        await far.send(answer(1, {"late": "but good"}))
        assert await near.read() == answer(5, {"late": "but good"})


async def test_a_cancel_is_not_forwarded_itself(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(cancel(5), note("_test/end"))
        assert await far.read() == note("_test/end")


async def test_a_request_that_was_cancelled_before_it_is_forwarded_is_not_forwarded(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(call(5, "_test/x"), cancel(5), note("_test/end"))
        assert (await near.read())["error"]["code"] == -32800
        assert await far.read() == note("_test/end")


async def test_a_request_whose_next_hop_is_lost_is_answered(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(call(5, "_test/x"))
        await far.read()
        far.vanish()
        error = (await near.read())["error"]
        assert error["code"] == -32603
        assert "no answer to _test/x" in error["message"]
        await near.send(call(6, "_test/x"))
        assert "no answer to _test/x" in (await near.read())["error"]["message"]


@pytest.mark.rule(15)
async def test_a_relay_whose_far_side_does_not_read_stops_taking_from_the_near_side(autojump_clock) -> None:
    async with relayed(Limits(outgoing_soft=1000)) as (near, far, onward):
        big = note("_test/big", {"text": "x" * 60_000})
        taken = 0
        with trio.move_on_after(1):
            while True:
                await near.send(big)
                taken += 1
        assert onward.statistics().bytes_unwritten < 200_000
        assert taken < 2000
        for _ in range(taken):
            assert (await far.read()) == big


async def test_a_forwarded_request_keeps_its_place_among_notifications(autojump_clock) -> None:
    async with relayed() as (near, far, _onward):
        await near.send(note("_test/1"), call(1, "_test/2"), note("_test/3"))
        assert [(await far.read())["method"] for _ in range(3)] == ["_test/1", "_test/2", "_test/3"]


# Handles


async def answered(conn, peer, reply, sent):
    await peer.read()
    await peer.send(reply)
    return await sent.wait()


async def test_map_makes_another_value_of_the_result(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST).map(lambda response: len(response.sessions)).map(str)
        assert await answered(conn, peer, answer(1, {"sessions": []}), sent) == "0"


async def test_map_is_not_asked_about_an_error(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST).map(lambda _response: 1 / 0)
        with pytest.raises(PeerError, match="no"):
            await answered(conn, peer, {"id": 1, "error": {"code": 1, "message": "no"}}, sent)


async def test_an_untyped_answer_is_decoded_to_the_class_that_it_is_cast_to(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(UntypedMessage("session/list", {})).cast(v1.ListSessionsResponse)
        assert await answered(conn, peer, answer(1, {"sessions": []}), sent) == v1.ListSessionsResponse(sessions=[])


async def test_a_detached_request_is_not_cancelled_and_its_answer_is_late(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST)
        sent.detach()
        sent.cancel()
        with pytest.raises(LocalMisuse, match="given up"):
            await sent.wait()
        await peer.read()
        await peer.send(answer(1, {"sessions": []}))
        await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().answers_late == 1
        await conn.notify("_test/end", {})
        assert (await peer.read())["method"] == "_test/end"


async def test_a_request_that_a_task_waits_for_cannot_be_detached(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(LIST)
        conn.start_soon(sent.wait)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(LocalMisuse, match="a task waits"):
            sent.detach()
        await peer.read()
        await peer.send(answer(1, {"sessions": []}))


@pytest.mark.parametrize("first", ["answered", "forwarded"])
async def test_an_answer_is_forwarded_whichever_comes_first(autojump_clock, first) -> None:
    handlers, kept = Handlers(), []

    @handlers.on_dispatch
    async def keep(dispatch, connection):
        if not isinstance(dispatch, RequestDispatch):
            return Handled.no()
        kept.append((dispatch.responder, connection.send_request("_test/inner", {})))
        dispatch.responder.keep()
        if first == "forwarded":
            kept[0][1].forward_to(dispatch.responder)
        return None

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(5, "_test/outer"))
        assert (await peer.read())["method"] == "_test/inner"
        await peer.send(answer(1, [1]))
        await trio.testing.wait_all_tasks_blocked()
        if first == "answered":
            kept[0][1].forward_to(kept[0][0])
        assert await peer.read() == answer(5, [1])


async def test_a_forwarded_answer_passes_the_maps_of_both_ends(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def forward(dispatch, connection):
        if not isinstance(dispatch, RequestDispatch):
            return Handled.no()
        sent = connection.send_request("_test/inner", {}).map(lambda result: [*result, "sent"])
        sent.forward_to(dispatch.responder.map(lambda result: [*result, "responder"]))
        return None

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(5, "_test/outer"))
        await peer.read()
        await peer.send(answer(1, ["peer"]))
        assert await peer.read() == answer(5, ["peer", "sent", "responder"])


async def test_an_error_passes_the_maps_of_both_ends_as_it_is(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def forward(dispatch, connection):
        if not isinstance(dispatch, RequestDispatch):
            return Handled.no()
        sent = connection.send_request("_test/inner", {}).map(lambda result: [*result, "sent"])
        sent.forward_to(dispatch.responder.map(lambda result: [*result, "responder"]))
        return None

    error = {"code": 7, "message": "no", "data": {"why": "because"}}
    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(5, "_test/outer"))
        await peer.read()
        await peer.send({"jsonrpc": "2.0", "id": 1, "error": error})
        assert (await peer.read())["error"] == error


async def test_what_is_wrapped_last_sees_an_answer_first(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def wrap(dispatch, _connection):
        responder = dispatch.responder.map(lambda result: [*result, "inner"]).map(lambda result: [*result, "outer"])
        if dispatch.has_field("refuse"):
            responder.refuse(RequestError(1, "refused"))
        else:
            responder.respond(["result"])

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(1, "_test/x", {}), call(2, "_test/x", {"refuse": True}))
        assert await peer.read() == answer(1, ["result", "outer", "inner"])
        assert (await peer.read())["error"] == {"code": 1, "message": "refused"}


async def test_a_wrapped_responder_sees_results_and_errors_and_may_turn_one_into_the_other(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def wrap(dispatch, _connection):
        responder = dispatch.responder.wrap(turn, method="_test/wrapped")
        assert responder.method == "_test/wrapped"
        if dispatch.has_field("refuse"):
            responder.refuse(RequestError(1, "refused"))
        else:
            responder.cast(dict).respond({"fine": True})

    def turn(outcome):
        if isinstance(outcome, RequestError):
            return {"was": outcome.message}
        raise RequestError(2, "was fine")

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(1, "_test/x", {"refuse": True}), call(2, "_test/x", {}))
        assert await peer.read() == answer(1, {"was": "refused"})
        assert (await peer.read())["error"] == {"code": 2, "message": "was fine"}
