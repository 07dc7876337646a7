"""Closing: its order, its one deadline, and what still goes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio.connection import Handlers, Hooks, Limits, open_connection
from acp_trio.connection._grace import GracePeriod
from acp_trio.schema import v1
from acp_trio.transports import ConnectionClosed, ConnectionLost, Link, Transport, memory_pair

from .peer import (
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

pytestmark = [pytest.mark.rule(17)]


class Noting(Transport):
    """A transport that notes when it is closed, and what deadline it was given."""

    def __init__(self, transport: Transport, events: list[str]) -> None:
        self._transport = transport
        self._events = events
        self.deadline = 0.0

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        async with self._transport.open() as link:
            link.close_by = self._close_by
            yield link
            self._events.append("transport")

    def _close_by(self, deadline: float) -> None:
        self.deadline = deadline


def noting_handlers(events: list[str], seconds: float) -> Hooks:
    """A handler in the loop and one beside it, which take their time to end."""
    hooks = Hooks()

    async def serve(name) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(seconds)
            events.append(name)

    @on_request(hooks, "beside", concurrent=True)
    async def beside(_params):
        await serve("handler task")

    @on_request(hooks, "held")
    async def held(_params):
        await serve("held handler")

    return hooks


async def test_body_handlers_answers_and_transport_end_in_this_order(autojump_clock) -> None:
    events: list[str] = []
    ours, theirs = memory_pair()
    transport = Noting(ours, events)
    with leaving_nothing():
        async with theirs.open() as link:
            peer = RawPeer(link)
            async with open_connection(transport, maker(noting_handlers(events, 1))) as conn:

                async def end_sessions():
                    events.append("sessions")

                conn.call_on_closing(end_sessions)
                await peer.send(call(1, "beside"), call(2, "held"), call(3, "held"))
                await trio.testing.wait_all_tasks_blocked()
                await conn.notify("last words")
                events.append("body")
            assert events[:2] == ["body", "sessions"]
            assert sorted(events[2:4]) == ["handler task", "held handler"]
            assert events[4:] == ["transport"]
            messages = await peer.read_all()
            assert messages[0] == note("last words")
            assert {message["id"]: message["error"]["code"] for message in messages[1:]} == dict.fromkeys(
                (1, 2, 3), -32800
            )


async def test_what_was_sent_before_the_end_of_the_body_arrives(autojump_clock) -> None:
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link, trio.open_nursery() as nursery:
            got = []

            async def read() -> None:
                got.extend(await RawPeer(link).read_all())

            nursery.start_soon(read)
            async with open_connection(ours, maker(limits=Limits(maximum_frame=10 * 1024 * 1024))) as conn:
                for number in range(50):
                    conn._outgoing.send(b'{"method":"note","params":["%s"]}' % (b"x" * 65_000))
                    assert number < 50
        assert len(got) == 50


@pytest.mark.parametrize("way", ["normal", "exception", "cancelled"])
async def test_whatever_ends_the_body_what_it_sent_arrives(autojump_clock, way) -> None:
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            try:
                with trio.CancelScope() as scope:
                    async with open_connection(ours, maker()) as conn:
                        await conn.notify("last")
                        if way == "exception":
                            raise KeyError(way)
                        if way == "cancelled":
                            scope.cancel()
                            await trio.lowlevel.checkpoint()
            except KeyError:
                assert way == "exception"
            assert await RawPeer(link).read_all() == [note("last")]


@pytest.mark.parametrize("grace", [0.5, 5.0])
async def test_a_peer_that_reads_nothing_delays_closing_by_the_grace_and_no_more(autojump_clock, grace, caplog) -> None:
    events: list[str] = []
    ours, theirs = memory_pair()
    transport = Noting(ours, events)
    with leaving_nothing():
        async with theirs.open():
            async with open_connection(transport, maker(grace=grace)) as conn:
                with trio.move_on_after(1):
                    while True:
                        await conn.notify("note", ["x" * 60_000])
                start = trio.current_time()
            assert trio.current_time() - start == pytest.approx(grace, abs=0.1)
            assert transport.deadline == pytest.approx(start + grace, abs=0.1)
    assert "did not close" in caplog.text


async def test_handlers_that_take_their_time_and_a_peer_that_does_not_read_share_one_deadline(
    autojump_clock, caplog
) -> None:
    hooks = noting_handlers([], 3)
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            async with open_connection(ours, maker(hooks, grace=5)) as conn:
                await RawPeer(link).send(call(1, "beside"), call(2, "held"))
                with trio.move_on_after(1):
                    while True:
                        await conn.notify("note", ["x" * 60_000])
                start = trio.current_time()
            assert trio.current_time() - start == pytest.approx(5, abs=0.1)


async def test_a_request_that_arrives_while_closing_is_answered_cancelled_and_unrun(autojump_clock) -> None:
    events: list[str] = []
    hooks = noting_handlers(events, 1)
    hooks.cancelled_results["ask"] = {"outcome": "cancelled"}

    @on_request(hooks, "ask")
    async def ask(_params):
        events.append("ran")

    @on_notification(hooks, "note")
    async def on_note(_params):
        events.append("ran")

    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link, trio.open_nursery() as nursery:
            peer = RawPeer(link)

            async def send_late() -> None:
                await trio.sleep(0.5)
                await peer.send(call(2, "beside"), call(3, "ask"), note("note"), call(4, "nobody"))

            async with open_connection(ours, maker(hooks)):
                await peer.send(call(1, "beside"))
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(send_late)
            messages = {message["id"]: message for message in await peer.read_all()}
            assert messages[2]["error"]["code"] == -32800
            assert messages[3] == answer(3, {"outcome": "cancelled"})
            assert messages[4]["error"]["code"] == -32800
            assert events == ["handler task"]


@pytest.mark.rule(23)
async def test_after_the_end_of_the_stream_what_the_peer_asked_is_answered_before_closing(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "slow", concurrent=True)
    async def slow(params):
        await trio.sleep(params[0])
        return "in time"

    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            peer = RawPeer(link)
            async with open_connection(ours, maker(hooks, grace=5)) as conn:
                await peer.send(call(1, "slow", [2]), call(2, "slow", [60]))
                peer.end()
                await conn.wait_closed()
                start = trio.current_time()
            assert trio.current_time() - start <= 5
            assert await peer.read() == answer(1, "in time")
            assert (await peer.read())["error"]["code"] == -32800


@pytest.mark.rule(23)
async def test_the_answer_to_a_request_right_before_the_end_arrives(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            peer = RawPeer(link)
            async with open_connection(ours, maker(hooks)) as conn:
                await peer.write(b'{"jsonrpc":"2.0","id":1,"method":"echo","params":{}}')  # no newline
                peer.end()
                await conn.wait_closed()
            assert await peer.read_all() == [answer(1, {})]


async def test_a_connection_that_is_closing_and_has_ended_its_tasks_takes_no_new_ones(autojump_clock, caplog) -> None:
    ours, theirs = memory_pair()
    refused = []

    async def start_late(conn) -> None:
        await trio.sleep(1)
        assert conn.statistics().state == "closing"
        with pytest.raises(ConnectionClosed):
            conn.start_soon(trio.sleep_forever)
        with pytest.raises(ConnectionClosed):
            await conn.start(trio.sleep_forever)
        refused.append(2)

    with leaving_nothing():
        async with theirs.open(), trio.open_nursery() as nursery, open_connection(ours, maker()) as conn:
            with trio.move_on_after(1):
                while True:  # the peer reads nothing, which keeps the connection closing
                    await conn.notify("note", ["x" * 60_000])
            nursery.start_soon(start_late, conn)
    assert refused == [2]


async def test_a_held_handler_is_cancelled_when_the_body_leaves(autojump_clock) -> None:
    hooks = Hooks()
    seen = []

    @on_request(hooks, "held")
    async def held(_params, *, task_status):
        try:
            await trio.sleep_forever()
        finally:
            seen.append(trio.current_time())

    start = trio.current_time()
    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "held"))
        await trio.testing.wait_all_tasks_blocked()
    assert seen[0] - start < 0.1


async def test_a_block_that_holds_an_answer_elsewhere_does_not_keep_the_connection_open(autojump_clock) -> None:
    with leaving_nothing():
        async with trio.open_nursery() as nursery:
            release = trio.Event()

            async def hold(conn) -> None:
                async with conn.request_held(v1.ListSessionsRequest()):
                    await release.wait()

            start = trio.current_time()
            async with open_to_raw_peer(maker()) as (conn, peer):
                nursery.start_soon(hold, conn)
                await peer.read()
                await peer.send(answer(1, {"sessions": []}))
                await trio.testing.wait_all_tasks_blocked()
            assert trio.current_time() - start < 0.1
            release.set()


async def test_statistics_tell_the_state(autojump_clock) -> None:
    ours, theirs = memory_pair()
    states = []
    async with theirs.open() as link, open_connection(ours, maker()) as conn:
        states.append(conn.statistics().state)

        async def tell_state():
            states.append(conn.statistics().state)

        conn.call_on_closing(tell_state)
        RawPeer(link).end()
        await conn.wait_closed()
        states.append(conn.statistics().state)
    states.append(conn.statistics().state)
    assert states == ["open", "peer_done", "closing", "closed"]


async def test_blocks_left_by_one_exception_share_one_grace_and_others_get_their_own(autojump_clock) -> None:
    async with connected(grace=4) as (conn, _peer):
        error = KeyError()
        start = trio.current_time()
        for _ in range(3):
            with conn.leaving(error):
                await trio.sleep(3)
        assert trio.current_time() - start == pytest.approx(4, abs=0.1)


async def test_a_peer_that_used_up_a_grace_gets_a_tenth_until_it_answers_something(autojump_clock) -> None:
    async with connected(grace=10) as (conn, peer):

        async def patience() -> float:
            start = trio.current_time()
            with conn.leaving(None):
                await trio.sleep_forever()
            return trio.current_time() - start

        assert await patience() == pytest.approx(10, abs=0.1)
        await peer.send(note("hello"))
        await trio.testing.wait_all_tasks_blocked()
        assert await patience() == pytest.approx(1, abs=0.1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(conn.request, "ours")
            await peer.send({"id": (await peer.read())["id"], "result": None})
        assert await patience() == pytest.approx(10, abs=0.1)


@pytest.mark.promise("P22")
async def test_nothing_is_pending_in_any_table_after_a_busy_connection(autojump_clock) -> None:
    hooks = noting_handlers([], 0)
    async with connected(hooks) as (conn, peer), trio.open_nursery() as nursery:
        nursery.start_soon(peer.read_all)
        for number in range(20):
            nursery.start_soon(cancelled_request, conn, number / 10)
            await peer.send(call(number, "beside"))
        await trio.sleep(5)
        peer.end()
        nursery.cancel_scope.cancel()
    numbers = conn.statistics()
    assert (numbers.requests_waiting, numbers.requests_in_flight) == (0, 0)
    assert (numbers.bytes_unwritten, numbers.bytes_received) == (0, 0)


async def cancelled_request(conn, seconds) -> None:
    with trio.move_on_after(seconds):
        await conn.request("ours")


async def test_a_defect_in_closing_is_raised_and_leaves_no_actor_behind(autojump_clock, monkeypatch) -> None:
    def broken(_self, _error):
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        async with connected():
            monkeypatch.setattr(GracePeriod, "deadline", broken)
    assert caught.group_contains(ZeroDivisionError)


# on_start and on_close


def recording(*functions):
    """A connection whose endpoint has these functions for the end."""
    handlers = Handlers()
    for function in functions:
        handlers.on_close(function)
    return Hooks(handlers=handlers)


async def test_on_close_functions_run_in_order_when_the_peer_ends_and_find_every_request_failed(autojump_clock) -> None:
    order = []

    async def first(conn) -> None:
        with pytest.raises(ConnectionLost):
            await conn.request("_test/x", {})
        assert sent.is_answered
        await trio.sleep(1)
        order.append("first")

    async def second(_conn) -> None:
        order.append("second")

    async with connected(recording(first, second)) as (conn, peer):
        sent = conn.send_request("_test/y", {})
        peer.end()
        await conn.wait_closed()
        assert order == ["first", "second"]
        with pytest.raises(ConnectionLost):
            await sent.wait()


async def test_all_on_close_functions_run_and_the_first_failure_ends_the_connection(autojump_clock, caplog) -> None:
    order = []

    async def fail(_conn) -> None:
        order.append("one")
        raise KeyError("one")

    async def fail_too(_conn) -> None:
        order.append("two")
        raise KeyError("two")

    async def lose_the_peer() -> None:
        async with connected(recording(fail, fail_too)) as (_conn, peer):
            peer.end()
            await trio.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        await lose_the_peer()
    assert order == ["one", "two"]
    assert [str(error) for error in caught.value.exceptions] == ["'one'"]
    assert "after another one had" in caplog.text


async def test_closing_waits_for_on_close_functions_that_have_begun(autojump_clock) -> None:
    done = []

    async def slow(_conn) -> None:
        await trio.sleep(2)
        done.append(trio.current_time())

    async with connected(recording(slow)) as (_conn, peer):
        peer.end()
        await trio.testing.wait_all_tasks_blocked()
        left = trio.current_time()
    assert done == [left + 2]


async def test_on_close_functions_are_not_called_for_a_connection_that_this_side_ends(autojump_clock) -> None:
    async def closed(_conn) -> None:
        raise AssertionError("not reached")

    async with connected(recording(closed)):
        pass


async def test_on_start_work_runs_from_the_start_to_the_end_and_may_ask_the_peer(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_start
    async def work(conn) -> None:
        seen.append(await conn.request("_test/x", {}))
        try:
            await trio.sleep_forever()
        finally:
            seen.append("ended")

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        assert (await peer.read())["method"] == "_test/x"
        await peer.send(answer(1, "here"))
        await trio.testing.wait_all_tasks_blocked()
        assert seen == ["here"]
    assert seen == ["here", "ended"]


async def test_on_start_work_that_fails_ends_the_connection(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_start
    async def work(_conn) -> None:
        raise KeyError("work")

    with pytest.raises(ExceptionGroup):
        async with connected(Hooks(handlers=handlers)):
            await trio.sleep_forever()
