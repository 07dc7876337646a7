"""Who holds a dispatch loop, what that refuses, and how a hold ends. Where threads take part, the clock is real."""

from __future__ import annotations

import contextvars
import logging
from contextlib import AsyncExitStack

import pytest
import trio
import trio.testing

from acp_trio.connection import DispatchLoopHeld, Hooks, check_may_wait
from acp_trio.jsonrpc import LocalMisuse, PeerError
from acp_trio.schema import v1

from .peer import answer, call, connected, connected_pair, note, on_notification, on_request, outcome_of

pytestmark = [pytest.mark.promise("P5")]

ASK = v1.ListSessionsRequest
EMPTY = {"sessions": []}


async def refused(function, *args) -> str:
    """Whether the call is refused because the loop is held."""
    try:
        await function(*args)
    except DispatchLoopHeld:
        return "held"
    return "allowed"


async def in_a_handler(ask, *, concurrent=False, right=None):
    """What `ask(connection)` returns within a handler; the peer answers `ping`."""
    left = Hooks()

    @on_request(left, "go", concurrent=concurrent)
    async def go(_params, conn):
        return await ask(conn)

    right = right or Hooks()

    @on_request(right, "ping")
    async def ping(_params):
        return "pong"

    async with connected_pair(left, right) as (_left_conn, right_conn):
        return await right_conn.request("go")


# Rule 5


@pytest.mark.rule(5)
@pytest.mark.parametrize(
    "wait",
    [
        lambda conn: conn.request("ping"),
        lambda conn: conn.request(ASK()),
        lambda conn: conn.wait_closed(),
        lambda conn: conn.send_request(ASK()).wait(),
        lambda conn: enter(conn.send_request(ASK()).hold()),
        lambda conn: enter(conn.request_held(ASK())),
    ],
    ids=["request", "typed request", "wait_closed", "handle", "hold", "request_held"],
)
async def test_waiting_for_the_peer_while_holding_is_refused_at_once(autojump_clock, wait) -> None:
    assert await in_a_handler(lambda conn: refused(wait, conn)) == "held"


async def enter(block) -> None:
    async with block:
        pass


@pytest.mark.rule(5)
async def test_the_refusal_names_the_handler_and_the_ways_out(autojump_clock) -> None:
    async def ask(conn):
        with pytest.raises(DispatchLoopHeld) as caught:
            await conn.request("ping")
        return str(caught.value)

    message = await in_a_handler(ask)
    for words in ("go", "the answer to ping", "concurrent=True", "task_status.started()", "start_soon"):
        assert words in message


@pytest.mark.rule(5)
async def test_the_refusal_sends_nothing(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(_params, conn):
        return await refused(conn.request, "ping")

    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "go"))
        assert await peer.read() == answer(1, "held")
        assert conn.statistics().requests_waiting == 0


@pytest.mark.rule(5)
async def test_a_concurrent_handler_may_wait(autojump_clock) -> None:
    assert await in_a_handler(lambda conn: conn.request("ping"), concurrent=True) == "pong"


@pytest.mark.rule(5)
async def test_a_child_task_of_the_holder_holds_too(autojump_clock) -> None:
    async def ask(conn):
        results = []

        async def child() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(grandchild)

        async def grandchild() -> None:
            results.append(await refused(conn.request, "ping"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(child)
        return results

    assert await in_a_handler(ask) == ["held"]


@pytest.mark.rule(5)
async def test_a_task_given_to_the_connection_may_wait_while_its_starter_holds(autojump_clock) -> None:
    async def ask(conn):
        results = []
        done = trio.Event()

        async def elsewhere() -> None:
            # The answer is dispatched only when the starter lets go; asking is allowed at once.
            check_may_wait("the answer")
            results.append("allowed")
            done.set()

        conn.start_soon(elsewhere)
        await done.wait()
        return results

    assert await in_a_handler(ask) == ["allowed"]


@pytest.mark.rule(5)
async def test_what_such_a_task_asks_is_answered_when_the_starter_has_returned(autojump_clock) -> None:
    left, right = Hooks(), Hooks()
    results = []

    @on_request(left, "go")
    async def go(_params, conn):
        conn.start_soon(outcome_of, conn.request("ping"), results)

    @on_request(right, "ping")
    async def ping(_params):
        return "pong"

    async with connected_pair(left, right) as (_left_conn, right_conn):
        await right_conn.request("go")
        await trio.testing.wait_all_tasks_blocked()
        assert results == ["pong"]


@pytest.mark.rule(5)
async def test_a_task_in_the_applications_nursery_may_wait(autojump_clock) -> None:
    results = []

    async def elsewhere() -> None:
        results.append(await refused(trio.lowlevel.checkpoint))
        check_may_wait("the answer")

    async with trio.open_nursery() as nursery:

        async def ask(_conn):
            nursery.start_soon(elsewhere)
            await trio.testing.wait_all_tasks_blocked()

        await in_a_handler(ask)
    assert results == ["allowed"]


@pytest.mark.rule(5)
@pytest.mark.parametrize("with_token", [True, False])
async def test_a_call_that_comes_back_from_the_holders_thread_holds(with_token) -> None:
    token = trio.lowlevel.current_trio_token()

    async def ask(conn):
        def thread():
            return trio.from_thread.run(refused, conn.request, "ping", trio_token=token if with_token else None)

        return await trio.to_thread.run_sync(thread)

    assert await in_a_handler(ask) == "held"


@pytest.mark.rule(5)
async def test_a_call_from_a_thread_of_the_application_does_not_hold() -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:
        results = []

        async def ask() -> None:
            results.append(await trio.to_thread.run_sync(lambda: trio.from_thread.run(conn.request, "ping")))

        nursery.start_soon(ask)
        await peer.read()
        await peer.send(answer(1, "pong"))
        await trio.testing.wait_all_tasks_blocked()
    assert results == ["pong"]


@pytest.mark.rule(5)
async def test_waiting_on_another_connection_is_refused_too(autojump_clock) -> None:
    async with connected() as (other, _peer):
        assert await in_a_handler(lambda _conn: refused(other.request, "ping")) == "held"


@pytest.mark.rule(5)
async def test_a_context_copied_out_of_a_handler_does_not_hold(autojump_clock) -> None:
    copies = []

    async def ask(_conn):
        copies.append(contextvars.copy_context())
        copies[0].run(check_expecting, DispatchLoopHeld)

    await in_a_handler(ask)
    copies[0].run(check_may_wait, "the answer")


def check_expecting(kind) -> None:
    with pytest.raises(kind):
        check_may_wait("the answer")


@pytest.mark.rule(5)
async def test_a_handler_may_wait_once_it_has_called_started(autojump_clock) -> None:
    left, right = Hooks(), Hooks()

    @on_request(left, "go")
    async def go(_params, conn, *, task_status):
        before = await refused(conn.request, "ping")
        task_status.started()
        return [before, await conn.request("ping")]

    @on_request(right, "ping")
    async def ping(_params):
        return "pong"

    async with connected_pair(left, right) as (_left_conn, right_conn):
        assert await right_conn.request("go") == ["held", "pong"]


@pytest.mark.rule(5)
async def test_holding_never_refuses_to_notify_or_to_send_without_waiting(autojump_clock) -> None:
    async def ask(conn):
        await conn.notify("note", [1])
        conn.send_request(ASK()).cancel()
        return "sent"

    assert await in_a_handler(ask) == "sent"


async def test_fifty_nested_questions_between_concurrent_handlers_are_all_answered(autojump_clock) -> None:
    left, right = Hooks(), Hooks()
    for hooks in (left, right):

        @on_request(hooks, "deeper", concurrent=True)
        async def deeper(params, conn):
            (depth,) = params
            return [depth] if depth == 50 else [depth, *await conn.request("deeper", [depth + 1])]

    async with connected_pair(left, right) as (left_conn, _right_conn):
        assert await left_conn.request("deeper", [1]) == list(range(1, 51))


async def test_two_sides_that_ask_each_other_from_holding_handlers_are_refused_and_do_not_hang(autojump_clock) -> None:
    left, right = Hooks(), Hooks()
    for hooks in (left, right):

        @on_request(hooks, "go")
        async def go(_params, conn):
            return await conn.request("go")

    async with connected_pair(left, right) as (left_conn, right_conn), trio.open_nursery() as nursery:
        results = []
        for conn in (left_conn, right_conn):
            nursery.start_soon(outcome_of, conn.request("go"), results)
        await trio.testing.wait_all_tasks_blocked()
        assert [result.data for result in results] == [{"type": "DispatchLoopHeld"}] * 2


# Rule 4


@pytest.mark.rule(4)
async def test_a_hold_of_more_than_five_seconds_is_logged_once_and_seen_in_statistics(autojump_clock, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "slow")
    async def slow(_params):
        await trio.sleep(20)

    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "slow"))
        await trio.sleep(4)
        assert "slow" in conn.statistics().held_by
        assert conn.statistics().held_seconds == pytest.approx(4)
        assert caplog.records == []
        await trio.sleep(2)
        await peer.read()
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert "slow" in record.getMessage()
        assert conn.statistics().held_by is None
        assert conn.statistics().held_seconds == 0


@pytest.mark.rule(4)
async def test_short_holds_in_a_row_are_not_logged(autojump_clock, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "slow")
    async def slow(_params):
        await trio.sleep(3)

    async with connected(hooks) as (_conn, peer):
        await peer.send(*(call(number, "slow") for number in range(5)))
        for _ in range(5):
            await peer.read()
    assert caplog.records == []


@pytest.mark.rule(4)
async def test_a_long_hold_after_a_short_one_is_logged(autojump_clock, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "slow")
    async def slow(params):
        await trio.sleep(params[0])

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "slow", [3]), call(2, "slow", [5.5]))
        for _ in range(2):
            await peer.read()
    assert len(caplog.records) == 1


@pytest.mark.rule(4)
async def test_a_block_that_holds_an_answer_is_logged_and_seen_like_a_handler(autojump_clock, caplog) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:

        async def hold() -> None:
            async with conn.request_held(ASK()):
                await trio.sleep(7)

        nursery.start_soon(hold)
        await peer.read()
        await trio.sleep(10)  # waiting for the answer is not holding
        assert conn.statistics().held_by is None
        await peer.send(answer(1, EMPTY))
        await trio.sleep(6)
        assert "session/list" in conn.statistics().held_by
        assert conn.statistics().held_seconds == pytest.approx(6)
        assert "session/list" in caplog.records[0].getMessage()
        await trio.sleep(2)
        assert conn.statistics().held_by is None


# Rule 10


@pytest.mark.rule(10)
async def test_nothing_sent_after_an_answer_is_dispatched_while_its_block_holds_the_loop(autojump_clock) -> None:
    hooks = Hooks()
    seen = []

    @on_notification(hooks, "note")
    async def on_note(_params):
        seen.append("note")

    async with connected(hooks) as (conn, peer), trio.open_nursery() as nursery:

        async def hold() -> None:
            async with conn.request_held(ASK()) as response:
                assert response == v1.ListSessionsResponse(sessions=[])
                await trio.sleep(1)
                seen.append("end of block")

        nursery.start_soon(hold)
        await peer.read()
        await peer.send(note("note"), answer(1, EMPTY), note("note"))
        await peer.send(note("note"))
        await trio.sleep(2)
    assert seen == ["note", "end of block", "note", "note"]


@pytest.mark.rule(10)
async def test_hold_after_the_answer_was_dispatched_is_misuse(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(ASK())
        await peer.read()
        await peer.send(answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        assert sent.is_answered
        with pytest.raises(LocalMisuse, match="right after sending"):
            async with sent.hold():
                pytest.fail("the block was entered")
        assert await sent.wait() == v1.ListSessionsResponse(sessions=[])


@pytest.mark.rule(10)
async def test_two_waiters_for_one_answer_are_misuse(autojump_clock) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:
        sent = conn.send_request(ASK())
        results = []
        nursery.start_soon(outcome_of, sent.wait(), results)
        await peer.read()
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(LocalMisuse, match="two tasks"):
            await sent.wait()
        with pytest.raises(LocalMisuse):
            async with sent.hold():
                pytest.fail("the block was entered")
        await peer.send(answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        assert results == [v1.ListSessionsResponse(sessions=[])]


@pytest.mark.rule(10)
@pytest.mark.parametrize("when", ["waiting", "in the block", "as the answer comes"])
async def test_a_holder_that_is_cancelled_lets_the_loop_go(autojump_clock, when) -> None:
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    async with connected(hooks) as (conn, peer), trio.open_nursery() as nursery:
        scope = trio.CancelScope()

        async def hold() -> None:
            with scope:
                async with conn.request_held(ASK()):
                    await trio.sleep_forever()

        nursery.start_soon(hold)
        await peer.read()
        if when == "waiting":
            scope.cancel()
            assert await peer.read() == note("$/cancel_request", {"requestId": 1})
        await peer.send(answer(1, EMPTY), call(1, "echo", [when]))
        if when == "in the block":
            await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        assert await peer.read() == answer(1, [when])


@pytest.mark.rule(10)
async def test_the_error_of_a_held_answer_is_raised_at_the_block_and_lets_the_loop_go(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    async with connected(hooks) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, enter(conn.request_held(ASK())), results)
        await peer.read()
        await peer.send({"id": 1, "error": {"code": 5, "message": "no"}}, call(1, "echo"))
        assert await peer.read() == answer(1, None)
        assert isinstance(results[0], PeerError)


@pytest.mark.rule(10)
async def test_an_exception_in_a_holding_block_leaves_as_itself_and_lets_the_loop_go(autojump_clock) -> None:
    async with connected() as (conn, peer):
        error = KeyError("mine")
        async with trio.open_nursery() as nursery:

            async def hold() -> None:
                with pytest.raises(KeyError) as caught:
                    async with conn.request_held(ASK()):
                        raise error
                assert caught.value is error

            nursery.start_soon(hold)
            await peer.read()
            await peer.send(answer(1, EMPTY), answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().answers_late == 1


@pytest.mark.rule(5)
@pytest.mark.rule(10)
async def test_a_block_that_holds_an_answer_may_not_wait_and_may_again_afterwards(autojump_clock) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:
        results = []

        async def hold() -> None:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(conn.request_held(ASK()))
                results.append(await refused(conn.request, "ping"))
                await stack.aclose()
                results.append(await conn.request("ping"))

        nursery.start_soon(hold)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        assert (await peer.read())["id"] == 2
        await peer.send(answer(2, "pong"))
        await trio.testing.wait_all_tasks_blocked()
        assert results == ["held", "pong"]


@pytest.mark.rule(5)
@pytest.mark.rule(10)
async def test_a_task_that_a_block_started_may_wait_when_the_block_has_ended(autojump_clock) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as outer:
        results: list[object] = []
        ended = trio.Event()

        async def ask() -> None:
            results.append(await refused(conn.request, "too early"))
            await ended.wait()
            results.append(await conn.request("ping"))

        async def hold() -> None:
            async with trio.open_nursery() as nursery:
                async with conn.request_held(ASK()):
                    nursery.start_soon(ask)
                    await trio.testing.wait_all_tasks_blocked()
                ended.set()

        outer.start_soon(hold)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        assert (await peer.read())["method"] == "ping"
        await peer.send(answer(2, "pong"))
        await trio.testing.wait_all_tasks_blocked()
        assert results == ["held", "pong"]


async def test_a_block_that_holds_the_loop_is_told_to_be_left_and_takes_methods_by_name(autojump_clock) -> None:
    async with connected() as (conn, peer):
        conn.start_soon(peer.send, answer(1, {"a": 1}))
        async with conn.request_held("_test/x", {}) as result:
            assert result == {"a": 1}
            with pytest.raises(DispatchLoopHeld, match="Leave the block before waiting"):
                await conn.request("_test/y", {})
