"""The end of a connection, or of its tasks, while something else is under way: nothing hangs, nothing is forgotten."""

from __future__ import annotations

from contextlib import suppress

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, make_dispatch_handler, open_connection
from acp_trio.transports import ConnectionClosed, ConnectionLost, memory_pair

from .peer import (
    HANG,
    RawPeer,
    answer,
    call,
    connected,
    leaving_nothing,
    maker,
    note,
    on_notification,
    on_request,
    open_to_raw_peer,
)

pytestmark = [pytest.mark.promise("P1"), pytest.mark.promise("P22")]


def keeping() -> Hooks:
    """A connection whose requests are kept by a handler that goes away."""
    hooks = Hooks()

    async def keep(dispatch):
        dispatch.responder.keep()

    hooks.handlers.add(make_dispatch_handler(keep))
    return hooks


async def outlast_the_grace() -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(7)


async def take_a_second() -> None:
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(1)


# Tasks


async def test_a_task_that_is_started_while_the_others_end_is_given_up(autojump_clock) -> None:
    closed: list[bool] = []

    async def never_started(task_status) -> None:
        await trio.sleep_forever()

    async def start_late(conn) -> None:
        await trio.sleep(0.5)
        with pytest.raises(ConnectionClosed):
            await conn.start(never_started)
        closed.append(True)

    with leaving_nothing():
        async with trio.open_nursery() as nursery, open_to_raw_peer(maker()) as (conn, _peer):
            conn.start_soon(take_a_second)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(start_late, conn)
    assert closed == [True]


@pytest.mark.parametrize("start", ["start_soon", "start"])
async def test_a_task_given_in_the_step_in_which_the_last_one_ends_is_refused(autojump_clock, start) -> None:
    async def run(task_status=trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        await trio.sleep_forever()

    async def last(gone: trio.Event) -> None:
        try:
            await trio.sleep_forever()
        finally:
            gone.set()

    async def late(gone: trio.Event, conn) -> None:
        await gone.wait()
        with suppress(ConnectionClosed):  # and nothing else, least of all what trio says of a closed nursery
            await conn.start(run) if start == "start" else conn.start_soon(run)

    with leaving_nothing():
        for _ in range(20):  # trio's order within one step is random
            gone = trio.Event()
            async with trio.open_nursery() as nursery, open_to_raw_peer(maker()) as (conn, _peer):
                conn.start_soon(last, gone)
                nursery.start_soon(late, gone, conn)
                await trio.testing.wait_all_tasks_blocked()


# Requests of the peer


async def test_a_closing_that_is_cut_off_still_lets_go_whoever_waits_for_answers(autojump_clock) -> None:
    with leaving_nothing():
        async with trio.open_nursery() as nursery, open_to_raw_peer(maker(keeping())) as (conn, peer):
            await peer.send(call(1, "x"))
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(conn.wait_answered)
            conn.start_soon(outlast_the_grace)
            await trio.testing.wait_all_tasks_blocked()


async def test_what_was_forwarded_is_cancelled_when_the_closing_of_its_connection_is_cut_off(autojump_clock) -> None:
    hooks = Hooks()

    async def forward(dispatch) -> None:
        await onward.forward(dispatch)

    hooks.handlers.add(make_dispatch_handler(forward))
    async with connected() as (onward, far):
        async with open_to_raw_peer(maker(hooks)) as (conn, peer):
            await peer.send(call(1, "x"))
            assert (await far.read())["method"] == "x"
            conn.start_soon(outlast_the_grace)
            await trio.testing.wait_all_tasks_blocked()
        assert (await far.read())["method"] == "$/cancel_request"
        await far.send(answer(1, {}))
        await trio.testing.wait_all_tasks_blocked()
        assert not onward.is_closed


@pytest.mark.parametrize("concurrent", [False, True])
async def test_a_handler_that_finishes_within_the_grace_answers_what_it_did(autojump_clock, concurrent) -> None:
    hooks = Hooks()

    @on_request(hooks, "save", concurrent=concurrent)
    async def save(_params):
        with trio.CancelScope(shield=True):
            await trio.sleep(1)
        return {"saved": True}

    ours, theirs = memory_pair()
    with trio.fail_after(HANG):
        async with theirs.open() as link:
            peer = RawPeer(link)
            async with open_connection(ours, maker(hooks)) as conn:
                await peer.send(call(1, "save"))
                await trio.testing.wait_all_tasks_blocked()
                assert conn.statistics().requests_in_flight == 1
            assert await peer.read_all() == [answer(1, {"saved": True})]


async def test_waiting_for_the_answers_does_not_wait_for_those_to_later_requests(autojump_clock) -> None:
    hooks = Hooks()
    release = {number: trio.Event() for number in (1, 2, 3)}

    @on_request(hooks, "work", concurrent=True)
    async def work(params):
        await release[params["number"]].wait()
        return {}

    async def wait(conn) -> None:
        await conn.wait_answered()
        done.append(True)

    done: list[bool] = []
    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "work", {"number": 1}), call(2, "work", {"number": 2}))
        await trio.testing.wait_all_tasks_blocked()
        conn.start_soon(wait, conn)
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(call(3, "work", {"number": 3}))
        await trio.testing.wait_all_tasks_blocked()
        release[2].set()
        await trio.testing.wait_all_tasks_blocked()
        assert done == []
        release[1].set()
        await trio.testing.wait_all_tasks_blocked()
        assert done == [True]


# Requests of ours


async def test_a_function_called_on_one_answer_may_let_go_of_another_request(autojump_clock) -> None:
    async with connected() as (conn, peer):
        first = conn.send_request("a")
        second = conn.send_request("b")
        first.call_on_answer(lambda _: second.detach())
        peer.vanish()
        with pytest.raises(ConnectionLost):
            await first.wait()
        await conn.wait_closed()


async def test_a_function_called_on_an_answer_that_fails_takes_nobody_with_it(autojump_clock, caplog) -> None:
    def fail(_sent) -> None:
        raise KeyError("mine")

    async with connected() as (conn, peer):
        first, second = conn.send_request("a"), conn.send_request("b")
        first.call_on_answer(fail)
        await peer.send(answer(1, {"a": 1}), answer(2, {"b": 2}))
        assert await second.wait() == {"b": 2}
        assert await first.wait() == {"a": 1}
    assert "KeyError: 'mine'" in caplog.text


async def test_an_answer_that_is_kept_after_the_end_of_the_connection_fails(autojump_clock) -> None:
    hooks = Hooks()

    async def keep(dispatch) -> None:
        await trio.sleep(1)
        dispatch.router.keep()

    hooks.handlers.add(make_dispatch_handler(keep))
    async with connected(hooks) as (conn, peer):
        sent = conn.send_request("x")
        await peer.send(answer(1, {}))
        await trio.testing.wait_all_tasks_blocked()
        peer.end()
        with pytest.raises(ConnectionLost):
            await sent.wait()


# on_close


async def test_on_close_runs_before_wait_closed_though_nothing_can_be_written_any_more(autojump_clock) -> None:
    hooks, done = Hooks(), []

    async def closed(_conn) -> None:
        await trio.sleep(0.1)
        done.append(True)

    hooks.handlers.on_close(closed)

    @on_notification(hooks, "hold")
    async def hold(_params) -> None:
        await trio.sleep(2)

    async with connected(hooks) as (conn, peer):
        await peer.send(note("hold"))
        await trio.testing.wait_all_tasks_blocked()
        peer.vanish()
        await conn.notify("x")
        await conn.wait_closed()
        assert done == [True]


async def test_on_close_does_not_run_for_a_peer_that_ends_while_this_side_closes(autojump_clock) -> None:
    hooks, called = Hooks(), []

    async def closed(conn) -> None:
        called.append(conn.statistics().state)

    hooks.handlers.on_close(closed)

    async def end_later(peer) -> None:
        await trio.sleep(0.5)
        peer.end()

    with leaving_nothing():
        async with trio.open_nursery() as nursery, open_to_raw_peer(maker(hooks)) as (conn, peer):
            conn.start_soon(take_a_second)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(end_later, peer)
    assert called == []
