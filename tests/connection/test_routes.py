"""Handlers for the time of a block: their order, their end, and what they do not miss."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from msgspec import Raw

from acp_trio.connection import Handled, Handlers, Hooks, ResponseDispatch, Shelf
from acp_trio.jsonrpc import Envelope, LocalMisuse
from acp_trio.schema import v1

from .peer import answer, call, connected, note

LIST = v1.ListSessionsRequest()


def noting(seen, name, result=None):
    async def handle(dispatch, _connection):
        seen.append((name, dispatch.method))
        return result

    return handle


async def test_a_route_has_messages_for_the_time_of_its_block(autojump_clock) -> None:
    seen = []
    async with connected() as (conn, peer):
        await peer.send(note("_test/before"))
        await trio.testing.wait_all_tasks_blocked()
        async with conn.route(noting(seen, "route")):
            await peer.send(note("_test/during"))
            await trio.testing.wait_all_tasks_blocked()
        await peer.send(note("_test/after"))
        await trio.testing.wait_all_tasks_blocked()
    assert seen == [("route", "_test/during")]


async def test_routes_are_tried_behind_the_handlers_and_in_the_order_of_their_opening(autojump_clock) -> None:
    seen, handlers = [], Handlers()
    handlers.on_dispatch(noting(seen, "handler", Handled.no()))
    async with (
        connected(Hooks(handlers=handlers)) as (conn, peer),
        conn.route(noting(seen, "first", Handled.no())),
        conn.route(noting(seen, "second")),
        conn.route(noting(seen, "third")),
    ):
        await peer.send(note("_test/x"))
        await trio.testing.wait_all_tasks_blocked()
    assert [name for name, _ in seen] == ["handler", "first", "second"]


async def test_a_registry_is_routed_with_all_its_typed_handlers(autojump_clock) -> None:
    routed = Handlers()

    @routed.on_request("_test/double")
    async def double(params):
        return {"doubled": params["number"] * 2}

    async with connected() as (conn, peer):
        async with conn.route(routed):
            await peer.send(call(1, "_test/double", {"number": 4}))
            assert await peer.read() == answer(1, {"doubled": 8})
        await peer.send(call(2, "_test/double", {"number": 4}))
        assert (await peer.read())["error"]["code"] == -32601


async def test_a_handler_object_is_routed(autojump_clock) -> None:
    class Echo:
        async def handle(self, dispatch, _connection):
            dispatch.responder.respond(dispatch.params)

    async with connected() as (conn, peer), conn.route(Echo()):
        await peer.send(call(1, "_test/x", [1]))
        assert await peer.read() == answer(1, [1])


@pytest.mark.promise("P4")
@pytest.mark.rule(10)
async def test_a_route_opened_while_an_answer_holds_the_loop_misses_nothing_behind_that_answer(autojump_clock) -> None:
    seen = []
    async with connected() as (conn, peer):
        conn.start_soon(peer.send, answer(1, {"sessions": []}), note("_test/next"))
        async with conn.request_held(LIST):
            await trio.sleep(1)
            route = conn.route(noting(seen, "route"))
            await route.__aenter__()
        await trio.testing.wait_all_tasks_blocked()
        await route.__aexit__(None, None, None)
    assert seen == [("route", "_test/next")]


@pytest.mark.promise("P4")
async def test_a_route_opened_in_the_step_behind_an_answer_misses_nothing_either(autojump_clock) -> None:
    for _ in range(30):
        seen = []
        async with connected() as (conn, peer):
            conn.start_soon(peer.send, answer(1, {"sessions": []}), note("_test/next"))
            await conn.request(LIST)
            async with conn.route(noting(seen, "route")):
                await trio.testing.wait_all_tasks_blocked()
        assert seen == [("route", "_test/next")]


async def test_leaving_a_route_cancels_its_handlers_and_waits_for_them(autojump_clock) -> None:
    routed, ended = Handlers(), []

    @routed.on_request("_test/slow", concurrent=True)
    async def slow(_params):
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            ended.append(trio.current_time())

    async with connected() as (conn, peer):
        async with conn.route(routed):
            await peer.send(call(1, "_test/slow"))
            await trio.testing.wait_all_tasks_blocked()
            left = trio.current_time()
        assert ended == [left + 2]
        assert (await peer.read())["error"]["code"] == -32800


async def test_a_route_is_left_within_the_grace_whatever_its_handlers_do(autojump_clock) -> None:
    routed = Handlers()

    @routed.on_request("_test/stubborn", concurrent=True)
    async def stubborn(_params):
        with trio.CancelScope(shield=True):
            await trio.sleep(100)

    async with connected(grace=3) as (conn, peer):
        async with conn.route(routed):
            await peer.send(call(1, "_test/stubborn"))
            await trio.testing.wait_all_tasks_blocked()
            left = trio.current_time()
        assert trio.current_time() == left + 3


async def test_the_bodys_exception_leaves_a_route_as_itself(autojump_clock) -> None:
    async with connected() as (conn, _peer):
        with pytest.raises(KeyError, match="mine"):
            async with conn.route(noting([], "route")):
                raise KeyError("mine")


@pytest.mark.promise("P17")
async def test_a_routed_function_with_wrong_parameters_fails_when_the_block_is_entered(autojump_clock) -> None:
    async def none() -> None: ...

    async with connected() as (conn, _peer):
        with pytest.raises(TypeError, match="must take"):
            async with conn.route(none):
                raise AssertionError("not reached")


async def test_a_routed_registry_is_as_it_was_when_the_block_was_entered(autojump_clock) -> None:
    routed = Handlers()
    async with connected() as (conn, peer), conn.route(routed):

        @routed.on_request("_test/late")
        async def late(_params):
            raise AssertionError("not reached")

        await peer.send(call(1, "_test/late"))
        assert (await peer.read())["error"]["code"] == -32601


@pytest.mark.promise("P12")
async def test_a_route_is_left_by_the_task_that_entered_it(autojump_clock) -> None:
    async with connected() as (conn, _peer):
        route = conn.route(noting([], "route"))
        await route.__aenter__()

        async def leave() -> None:
            with pytest.raises(LocalMisuse, match="left by the task"):
                await route.__aexit__(None, None, None)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(leave)
        await route.__aexit__(None, None, None)


async def test_an_answer_that_a_route_has_when_it_is_left_goes_on_its_way(autojump_clock) -> None:
    async def look(dispatch, _connection):
        if isinstance(dispatch, ResponseDispatch):
            await trio.sleep_forever()
        return Handled.no()

    async with connected() as (conn, peer):
        async with conn.route(look):
            sent = conn.send_request(LIST)
            await peer.read()
            await peer.send(answer(1, {"sessions": []}))
            await trio.testing.wait_all_tasks_blocked()
        assert await sent.wait() == v1.ListSessionsResponse(sessions=[])


async def test_a_handler_of_a_route_that_was_left_meanwhile_is_not_called(autojump_clock) -> None:
    seen, handlers = [], Handlers()

    @handlers.on_notification("_test/x")
    async def slow(_params):
        await trio.sleep(5)
        return Handled.no()

    async with connected(Hooks(handlers=handlers)) as (conn, peer):
        async with conn.route(noting(seen, "route")):
            await peer.send(note("_test/x"))
            await trio.testing.wait_all_tasks_blocked()
        await trio.sleep(10)
    assert seen == []


async def test_what_a_route_has_forwarded_is_answered_by_the_next_hop_though_its_block_is_left(autojump_clock) -> None:
    async with connected() as (onward, far):

        async def forward(dispatch, _connection):
            await onward.forward(dispatch)
            await trio.sleep_forever()

        async with connected() as (conn, peer):
            async with conn.route(forward):
                await peer.send(call(1, "_test/x"))
                assert (await far.read())["method"] == "_test/x"
                await trio.testing.wait_all_tasks_blocked()
            await far.send(answer(1, {"a": 1}))
            assert await peer.read() == answer(1, {"a": 1})


@pytest.mark.promise("P4")
async def test_what_a_concurrent_handler_declines_from_the_shelf_goes_to_the_next_one(autojump_clock) -> None:
    shelf, handlers, seen = Shelf(10_000), Handlers(), []

    @handlers.on_notification("_test/x", concurrent=True)
    async def decline(_params):
        return Handled.no()

    @handlers.on_notification("_test/x")
    async def take(_params):
        seen.append(True)

    async with connected(Hooks(shelf=shelf)) as (conn, _peer):
        shelf.add(Envelope(method="_test/x", params=Raw(b"{}")), "s")
        async with conn.route(handlers):
            await trio.testing.wait_all_tasks_blocked()
            assert seen == [True]
        assert len(shelf) == 0
