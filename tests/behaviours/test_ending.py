"""How connections end: what still goes out, who is told, and what the end leaves alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from acp_trio import Agent, Connection, ConnectionLost, Handled, Handlers, Limits, LocalMisuse, ResponseDispatch
from acp_trio.jsonrpc import loads
from acp_trio.lowlevel import open_connection
from acp_trio.schema import v1
from acp_trio.testing import no_leaks, scripted_peer
from acp_trio.transports import Transport, byte_streams, tap

from .played import DEADLINE, answer, call, connected, make, note, outcome_of

ROUNDS = 30
LIST = v1.ListSessionsRequest()
EMPTY = {"sessions": []}


class OneByteAtATime(trio.abc.SendStream):
    """A stream with room for one byte."""

    def __init__(self, stream: trio.abc.SendStream) -> None:
        self.stream = stream

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        for byte in bytes(data):
            await self.stream.send_all(bytes([byte]))
            await trio.lowlevel.checkpoint()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        await self.stream.aclose()


class Buffered(OneByteAtATime):
    """A stream that sends nothing before it is closed."""

    def __init__(self, stream: trio.abc.SendStream) -> None:
        super().__init__(stream)
        self.buffer = b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.lowlevel.checkpoint()
        self.buffer += bytes(data)

    async def aclose(self) -> None:
        await self.stream.send_all(self.buffer)
        await self.stream.aclose()


@attrs.frozen
class StreamPeer:
    """The other end of two byte streams, each of which it can end by itself."""

    out: trio.abc.SendStream
    back: trio.abc.ReceiveStream

    async def rest(self) -> list[Any]:
        """Everything up to the end of the stream."""
        data = bytearray()
        while chunk := await self.back.receive_some():
            data += chunk
        return [loads(line) for line in bytes(data).splitlines()]


def streams(wrap: Any = None, *, tapped: bool = False, lockstep: bool = False) -> tuple[Transport, StreamPeer]:
    """A transport over two one-way streams, and its peer. `wrap` goes around the stream that sends.

    In lockstep that stream has no room: every write waits for the peer to read it.
    """
    theirs, ours = trio.testing.memory_stream_one_way_pair()
    pair: Any = trio.testing.lockstep_stream_one_way_pair if lockstep else trio.testing.memory_stream_one_way_pair
    sending, receiving = pair()
    transport = byte_streams(wrap(sending) if wrap else sending, ours)
    return (tap(transport, lambda _frame: None) if tapped else transport), StreamPeer(theirs, receiving)


@asynccontextmanager
async def streaming(handlers: Handlers | None = None) -> AsyncGenerator[tuple[Connection, StreamPeer]]:
    """A connection over byte streams. A test that hangs fails."""
    transport, peer = streams()
    with trio.fail_after(DEADLINE):
        async with open_connection(transport, make(handlers)) as conn:
            yield conn, peer


def echoing() -> Handlers:
    handlers = Handlers()

    @handlers.on_request("_echo")
    async def echo(params):
        return params

    return handlers


# What still goes out


@pytest.mark.parametrize("wrap", [None, OneByteAtATime, Buffered])
@pytest.mark.parametrize("tapped", [True, False])
async def test_the_answer_to_a_request_right_before_the_end_is_written_whole(autojump_clock, wrap, tapped) -> None:
    transport, peer = streams(wrap, tapped=tapped, lockstep=True)
    text = "x" * 3000
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            got: list[Any] = []
            nursery.start_soon(outcome_of, peer.rest(), got)
            async with open_connection(transport, make(echoing())) as conn:
                request = b'{"id":1,"method":"_echo","params":["' + text.encode() + b'"]}\n'
                await peer.out.send_all(request)
                await peer.out.aclose()
                await conn.wait_closed()
    assert got == [[{"jsonrpc": "2.0", **answer(1, [text])}]]


async def test_half_a_line_before_the_end_is_refused_and_the_end_is_clean(autojump_clock) -> None:
    async with trio.open_nursery() as nursery:
        got: list[Any] = []
        async with streaming() as (conn, peer):
            nursery.start_soon(outcome_of, peer.rest(), got)
            await peer.out.send_all(b'{"id":1,"method":"_ec')
            await peer.out.aclose()
            await conn.wait_closed()
    ((refusal,),) = got
    assert (refusal["id"], refusal["error"]["code"]) == (None, -32700)


async def test_a_block_is_left_at_once_though_the_peer_stays(autojump_clock) -> None:
    async with streaming() as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.out.send_all(b'{"id":1,"result":{"sessions":[]}}\n')
        await sent.wait()
        left = trio.current_time()
    assert trio.current_time() == left


async def test_what_the_peer_writes_before_it_reads_does_not_keep_a_connection_from_writing_its_last_words(
    autojump_clock,
) -> None:
    """Both pipes are full: it is read on while it is written out, or neither would ever go on."""
    count = 200
    got: list[Any] = []
    async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
        with trio.fail_after(DEADLINE):

            async def write_then_read() -> None:
                for _ in range(count):
                    await peer.send(note("_more", ["x" * 30_000]))
                while (message := await peer.receive()) is not None:
                    got.append(message["params"][0])

            async with open_connection(transport, make(limits=Limits(outgoing_soft=64 * 1024 * 1024))) as conn:
                for number in range(count):
                    await conn.notify("_last", [number, "y" * 30_000])
                nursery.start_soon(write_then_read)
                left = trio.current_time()
            assert trio.current_time() == left
    assert got == list(range(count))


class Failing(trio.abc.ReceiveStream):
    """A stream whose end is an error of reading."""

    def __init__(self, stream: trio.abc.ReceiveStream) -> None:
        self.stream = stream

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data = await self.stream.receive_some(max_bytes)
        if not data:
            raise trio.BrokenResourceError("read error")
        return data

    async def aclose(self) -> None:
        await self.stream.aclose()


@pytest.mark.parametrize("when", ["before", "during"])
async def test_an_error_of_reading_while_a_block_is_left_is_kept_for_whoever_asks_and_raised_at_nobody_else(
    autojump_clock, when
) -> None:
    theirs, ours = trio.testing.memory_stream_one_way_pair()
    sending, receiving = trio.testing.memory_stream_one_way_pair()
    transport = byte_streams(OneByteAtATime(sending), Failing(ours))
    outcomes: list[Any] = []
    got: list[Any] = []
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery, open_connection(transport, make()) as conn:
            nursery.start_soon(outcome_of, conn.request(LIST), outcomes)
            await trio.testing.wait_all_tasks_blocked()
            await conn.notify("_last", ["x" * 1000])
            if when == "before":
                await theirs.aclose()
            else:
                nursery.start_soon(theirs.aclose)
            nursery.start_soon(outcome_of, StreamPeer(theirs, receiving).rest(), got)
    assert [message["method"] for message in got[0]] == ["session/list", "_last"]
    for error in (outcomes[0], await refused(conn)):
        assert isinstance(error, ConnectionLost)
        assert isinstance(error.__cause__, trio.BrokenResourceError)


async def refused(conn: Connection) -> Exception:
    with pytest.raises(ConnectionLost) as caught:
        await conn.request(LIST)
    return caught.value


async def test_a_reference_to_a_connection_that_has_ended_keeps_nothing_open(autojump_clock) -> None:
    async with scripted_peer() as (peer, transport):
        with trio.fail_after(DEADLINE):
            async with open_connection(transport, make()) as conn:
                pass
            assert await peer.receive() is None
            assert conn.is_closed


# The peer ends it


async def test_an_agent_that_is_served_ends_with_its_client_whatever_runs_for_it(autojump_clock) -> None:
    agent, began = Agent("a"), trio.Event()

    @agent.on_request("_work", concurrent=True)
    async def work(_params):
        began.set()
        await trio.sleep_forever()

    @agent.on_start
    async def for_ever(_connection) -> None:
        await trio.sleep_forever()

    with trio.fail_after(DEADLINE):
        async with no_leaks(), scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, transport)
            await peer.initialize()
            await peer.send(call(1, "_work"))
            await began.wait()
            await peer.hang_up()


async def test_the_end_of_a_byte_stream_fails_what_is_in_flight(autojump_clock) -> None:
    outcomes: list[Any] = []
    async with streaming() as (conn, peer), trio.open_nursery() as nursery:
        nursery.start_soon(outcome_of, conn.request(LIST), outcomes)
        await trio.testing.wait_all_tasks_blocked()
        await peer.out.aclose()
        await conn.wait_closed()
    assert [type(outcome) for outcome in outcomes] == [ConnectionLost]


async def test_a_request_that_was_queued_and_never_written_fails_as_one_that_was(autojump_clock) -> None:
    handlers, seen, outcomes = Handlers(), [], []

    @handlers.on_close
    async def look(_connection) -> None:
        seen.append((written.is_answered, unwritten.is_answered))

    transport, peer = streams(Stuck)
    with trio.fail_after(DEADLINE):
        async with open_connection(transport, make(handlers, grace=1)) as conn, trio.open_nursery() as nursery:
            written = conn.send_request(LIST)
            await trio.testing.wait_all_tasks_blocked()
            unwritten = conn.send_request(LIST)
            for sent in (written, unwritten):
                nursery.start_soon(outcome_of, sent.wait(), outcomes)
            await trio.testing.wait_all_tasks_blocked()
            await peer.out.aclose()
            await conn.wait_closed()
    assert seen == [(True, True)]
    first, second = outcomes
    assert (type(first), str(first)) == (type(second), str(second)) == (ConnectionLost, str(first))


class Stuck(OneByteAtATime):
    """A stream that takes nothing."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.sleep_forever()


async def test_an_answer_that_a_handler_keeps_is_lost_with_the_connection_and_enters_no_block(autojump_clock) -> None:
    handlers, kept = Handlers(), []

    @handlers.on_dispatch
    async def keep(dispatch, _connection):
        if not isinstance(dispatch, ResponseDispatch):
            return Handled.no()
        dispatch.router.keep()
        kept.append(dispatch.router)
        return None

    async def enter(conn: Connection) -> None:
        async with conn.request_held(LIST):
            raise AssertionError("not reached")

    outcomes: list[Any] = []
    async with connected(handlers) as (conn, peer), trio.open_nursery() as nursery:
        nursery.start_soon(outcome_of, enter(conn), outcomes)
        await peer.respond(await peer.expect("session/list"), EMPTY)
        await trio.testing.wait_all_tasks_blocked()
        await peer.hang_up()
        await conn.wait_closed()
        with pytest.raises(LocalMisuse, match="delivered already"):
            kept[0].pass_on()
    assert [type(outcome) for outcome in outcomes] == [ConnectionLost]


# on_close


async def test_a_body_goes_on_after_the_end_and_after_what_was_done_for_it(autojump_clock) -> None:
    handlers, order = Handlers(), []

    @handlers.on_close
    async def closed(_connection) -> None:
        order.append("on_close")

    async with connected(handlers) as (conn, peer):
        await peer.hang_up()
        await conn.wait_closed()
        await trio.sleep(10)
        order.append("body")
    assert order == ["on_close", "body"]


async def test_on_close_functions_of_included_handlers_run_behind_those_that_were_there(autojump_clock) -> None:
    outer, inner, order = Handlers(), Handlers(), []

    def register(handlers: Handlers, name: str) -> None:
        @handlers.on_close
        async def closed(_connection) -> None:
            await trio.lowlevel.checkpoint()
            order.append(name)

    register(inner, "included")
    register(outer, "first")
    outer.include(inner)
    register(outer, "last")
    async with connected(outer) as (conn, peer):
        await peer.hang_up()
        await conn.wait_closed()
    assert order == ["first", "included", "last"]


async def test_a_failure_of_on_close_wins_over_a_body_that_only_waits_for_the_end(autojump_clock) -> None:
    for _ in range(ROUNDS):
        handlers = Handlers()

        @handlers.on_close
        async def fail(_connection) -> None:
            raise KeyError("on_close")

        with pytest.RaisesGroup(KeyError):
            async with connected(handlers) as (conn, peer):
                await peer.hang_up()
                await conn.wait_closed()


async def test_a_task_that_fails_on_the_end_does_not_cut_on_close_short(autojump_clock) -> None:
    for _ in range(ROUNDS):
        handlers, done = Handlers(), []

        def register(handlers: Handlers, done: list[int], number: int) -> None:
            @handlers.on_close
            async def clean_up(_connection) -> None:
                await trio.sleep(1)
                done.append(number)

        register(handlers, done, 1)
        register(handlers, done, 2)
        with pytest.RaisesGroup(ConnectionLost):
            async with connected(handlers) as (conn, peer):
                conn.start_soon(conn.request, LIST)
                await peer.expect("session/list")
                await peer.hang_up()
                await trio.sleep_forever()
        assert done == [1, 2]


async def test_after_the_end_a_message_can_still_be_sent_to_a_peer_that_reads_on(autojump_clock) -> None:
    got: list[Any] = []
    async with trio.open_nursery() as nursery, streaming() as (conn, peer):
        nursery.start_soon(outcome_of, peer.rest(), got)
        await peer.out.aclose()
        await conn.wait_closed()
        await conn.notify("_still", {"here": True})
        with pytest.raises(ConnectionLost):
            await conn.request(LIST)
    assert got == [[{"jsonrpc": "2.0", **note("_still", {"here": True})}]]
