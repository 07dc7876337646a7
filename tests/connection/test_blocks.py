"""Exceptions are tame: what leaves the block of a connection, whatever went in."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, nullcontext

import pytest
import trio
import trio.testing

from acp_trio.connection import AcpInternalError, Hooks, open_connection
from acp_trio.jsonrpc import LocalMisuse
from acp_trio.transports import ConnectionClosed, ConnectionLost, HandshakeFailed, Transport, memory_pair

from .peer import (
    RawPeer,
    answer,
    call,
    connected,
    leaving_nothing,
    maker,
    note,
    on_request,
    open_pair,
    open_to_raw_peer,
)

pytestmark = [
    pytest.mark.promise("P12"),
    pytest.mark.promise("P22"),
    pytest.mark.filterwarnings("ignore:.*strict_exception_groups=False"),  # people still run with it
]


class Refusing(Transport):
    """A transport that cannot reach anybody."""

    @asynccontextmanager
    async def open(self):
        raise HandshakeFailed("nobody there")
        yield


def raised_in(strict, body):
    """What leaves the block of a connection whose body is `body(conn, peer)`, with its group mode."""

    async def main() -> None:
        with leaving_nothing():
            ours, theirs = memory_pair()
            async with theirs.open() as link, open_connection(ours, maker()) as conn:
                await body(conn, RawPeer(link))

    with pytest.raises(BaseException) as caught:
        trio.run(main, strict_exception_groups=strict, clock=trio.testing.MockClock(autojump_threshold=0))
    return caught.value


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "kind", [KeyError, KeyboardInterrupt, SystemExit, ConnectionLost, LocalMisuse, trio.TooSlowError]
)
def test_the_bodys_exception_leaves_as_itself_with_its_context_and_cause(strict, kind) -> None:
    raised = []

    async def body(_conn, _peer) -> None:
        try:
            raise ValueError("context")
        except ValueError as context:
            raised.append(context)
            try:
                raised.append(kind("mine"))
                raise raised[1]
            except BaseException as error:
                error.__cause__ = raised_cause
                raise

    raised_cause = RuntimeError("cause")
    error = raised_in(strict, body)
    assert error is raised[1]
    assert error.__context__ is raised[0]
    assert error.__cause__ is raised_cause


@pytest.mark.parametrize("strict", [True, False])
def test_an_exception_without_a_context_gets_none(strict) -> None:
    async def body(_conn, _peer) -> None:
        raise KeyError("mine")

    error = raised_in(strict, body)
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize("strict", [True, False])
def test_a_group_that_the_body_raises_stays_as_it_is(strict) -> None:
    group = ExceptionGroup("mine", [KeyError(1), ValueError(2)])

    async def body(_conn, _peer) -> None:
        raise group

    assert raised_in(strict, body) is group


@pytest.mark.parametrize("strict", [True, False])
def test_a_failed_task_leaves_as_a_group_and_cancels_the_body(strict) -> None:
    cancelled = []

    async def fail() -> None:
        raise KeyError("task")

    async def body(conn, _peer) -> None:
        conn.start_soon(fail)
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            cancelled.append(1)
            raise

    error = raised_in(strict, body)
    assert isinstance(error, ExceptionGroup)
    assert [repr(inner) for inner in error.exceptions] == ["KeyError('task')"]
    assert cancelled == [1]
    assert "start_soon" in error.__notes__[0]


@pytest.mark.parametrize("strict", [True, False])
def test_a_failed_task_and_a_failed_body_leave_in_one_group(strict) -> None:
    async def fail() -> None:
        raise KeyError("task")

    async def body(conn, _peer) -> None:
        conn.start_soon(fail)
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("body")

    error = raised_in(strict, body)
    assert sorted(type(inner).__name__ for inner in error.exceptions) == ["KeyError", "ValueError"]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_ctrl_c_and_exit_in_a_task_or_a_handler_leave_as_themselves(strict, kind) -> None:
    async def fail() -> None:
        raise kind("mine")

    async def in_a_task(conn, _peer) -> None:
        conn.start_soon(fail)
        await trio.sleep_forever()

    async def in_a_handler(conn, peer) -> None:
        on_request(conn.hooks, "go")(lambda_like)
        await peer.send(call(1, "go"))
        await trio.sleep_forever()

    async def lambda_like(_params) -> None:
        await fail()

    for body in (in_a_task, in_a_handler):
        assert type(raised_in(strict, body)) is kind


@pytest.mark.parametrize("strict", [True, False])
def test_a_defect_of_ours_says_so_and_keeps_its_cause(strict) -> None:
    async def body(conn, peer) -> None:
        def broken(_method: str) -> None:
            raise KeyError("a hook failed")

        conn.hooks.gate = broken
        await peer.send(call(1, "go"))
        await trio.sleep_forever()

    error = raised_in(strict, body)
    assert type(error) is AcpInternalError
    assert isinstance(error.__cause__, KeyError)


async def test_a_concurrent_request_after_a_task_failed_does_not_hide_the_failure(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=True)
    async def go(_params):
        return "never"

    async def fail() -> None:
        raise KeyError("task")

    with pytest.RaisesGroup(KeyError):
        async with connected(hooks) as (conn, peer):
            conn.start_soon(fail)
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
                await peer.send(call(1, "go"))
                assert (await peer.read())["error"]["code"] == -32800


async def test_a_body_that_is_cancelled_from_outside_raises_nothing_else(autojump_clock) -> None:
    with trio.move_on_after(1) as scope:
        async with connected() as (_conn, _peer):
            await trio.sleep_forever()
    assert scope.cancelled_caught


@pytest.mark.promise("P24")
async def test_a_connection_that_is_opened_while_cancelled_closes_at_once(autojump_clock) -> None:
    start = trio.current_time()
    with leaving_nothing(), trio.CancelScope() as scope:
        scope.cancel()
        async with open_to_raw_peer(maker()) as (conn, _peer):
            await conn.request("ours")
    assert scope.cancelled_caught
    assert conn.is_closed
    assert trio.current_time() == start


@pytest.mark.promise("P24")
async def test_a_connection_whose_handshake_is_cancelled_closes_at_once(autojump_clock) -> None:
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            with trio.move_on_after(1) as scope:
                async with open_connection(ours, maker(), lambda conn: conn.request("hello")):
                    pytest.fail("the block was entered")
            assert scope.cancelled_caught
            assert [message["method"] for message in await RawPeer(link).read_all()] == ["hello", "$/cancel_request"]


async def test_a_task_that_is_cancelled_by_the_end_of_the_block_raises_nothing(autojump_clock) -> None:
    ended = []

    async def task() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(1)

    async with connected() as (conn, _peer):
        conn.start_soon(task)
        await trio.testing.wait_all_tasks_blocked()
    assert ended == [1]


async def test_start_waits_for_started_and_returns_its_value(autojump_clock) -> None:
    async def task(value, *, task_status):
        await trio.sleep(1)
        task_status.started(value)
        await trio.sleep_forever()

    async with connected() as (conn, _peer):
        assert await conn.start(task, 5) == 5


async def test_a_lost_connection_in_the_body_is_never_a_cancelled(autojump_clock) -> None:
    async def body() -> None:
        async with connected() as (conn, peer):
            peer.end()
            await conn.request("ours")

    with pytest.raises(ConnectionLost):
        await body()


async def test_a_transport_that_cannot_be_opened_raises_as_itself(autojump_clock) -> None:
    with leaving_nothing(), pytest.raises(HandshakeFailed, match="nobody there"):
        async with open_connection(Refusing(), maker()):
            pytest.fail("the block was entered")


async def test_a_handshake_that_fails_leaves_as_itself_and_closes_the_connection(autojump_clock) -> None:
    error = HandshakeFailed("not an agent")
    seen = []

    async def ready(conn) -> None:
        seen.append(conn)
        assert await conn.request("hello") == "hi"
        raise error

    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link, trio.open_nursery() as nursery:
            peer = RawPeer(link)

            async def greet() -> None:
                await peer.read()
                await peer.send(answer(1, "hi"))

            nursery.start_soon(greet)
            with pytest.raises(HandshakeFailed) as caught:
                async with open_connection(ours, maker(), ready):
                    pytest.fail("the block was entered")
            assert caught.value is error
            assert seen[0].statistics().state == "closed"
            assert await peer.read() is None


async def test_a_handshake_runs_with_the_actors_at_work_and_before_the_body(autojump_clock) -> None:
    ours, theirs = memory_pair()
    order = []

    async def ready(conn) -> None:
        order.append(await conn.request("echo", ["ready"]))

    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    with leaving_nothing():
        async with open_connection(theirs, maker(hooks)), open_connection(ours, maker(), ready) as conn:
            order.append(await conn.request("echo", ["body"]))
    assert order == [["ready"], ["body"]]


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("fails", [True, False])
async def test_connections_in_an_exit_stack_close_in_any_nesting(count, fails, autojump_clock) -> None:
    error = KeyError("mine")
    pairs = []
    with leaving_nothing(), pytest.raises(KeyError) if fails else nullcontext() as caught:
        async with AsyncExitStack() as stack:
            for _ in range(count):
                pairs.append(await stack.enter_async_context(open_pair(maker(), maker())))
                stack.enter_context(trio.CancelScope())
            for left, _right in pairs:
                await left.notify("note")
            if fails:
                raise error
    assert not fails or caught.value is error
    assert all(conn.is_closed for pair in pairs for conn in pair)


async def test_a_connection_that_is_closed_before_others_of_its_stack_leaves_them_alone(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    with leaving_nothing():
        async with AsyncExitStack() as outer:
            kept, _ = await outer.enter_async_context(open_pair(maker(), maker(hooks)))
            async with AsyncExitStack() as inner:
                gone, _ = await inner.enter_async_context(open_pair(maker(), maker(hooks)))
                moved = inner.pop_all()
            assert await gone.request("echo", [1]) == [1]
            await moved.aclose()
            with pytest.raises((ConnectionClosed, ConnectionLost)):
                await gone.request("echo", [1])
            assert await kept.request("echo", [2]) == [2]


@pytest.mark.rule(27)
async def test_a_block_that_another_task_leaves_is_misuse_and_stays_whole(autojump_clock) -> None:
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            block = open_connection(ours, maker())
            conn = await block.__aenter__()

            async def leave() -> None:
                with pytest.raises(LocalMisuse, match="must be left by the task that entered it"):
                    await block.__aexit__(None, None, None)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(leave)
            await conn.notify("still works")
            assert await RawPeer(link).read() == note("still works")
            await block.__aexit__(None, None, None)


@pytest.mark.rule(27)
async def test_a_block_that_is_entered_twice_is_misuse(autojump_clock) -> None:
    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open():
            block = open_connection(ours, maker())
            async with block:
                with pytest.raises(LocalMisuse, match="entered already"):
                    await block.__aenter__()
            with pytest.raises(LocalMisuse, match="entered already"):
                await block.__aenter__()
