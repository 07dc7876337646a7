"""A dead peer never hangs an await: however it goes, whoever waits learns it, and answers received count."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio.connection import Connection, Hooks, Limits, open_connection
from acp_trio.jsonrpc import PeerError
from acp_trio.schema import v1
from acp_trio.transports import ConnectionClosed, ConnectionLost, LastWords, Link, Transport, memory_pair

from .peer import (
    RawPeer,
    answer,
    call,
    chunk,
    connected,
    leaving_nothing,
    maker,
    note,
    on_request,
    open_to_raw_peer,
    outcome_of,
)

pytestmark = [pytest.mark.promise("P1")]

ASK = v1.ListSessionsRequest
EMPTY = {"sessions": []}


class FailingLink(Link):
    """A memory link that fails when told to, and has something to say about the end."""

    name = "failing"

    def __init__(self, link: Link) -> None:
        self._link = link
        self.reading_fails = trio.Event()
        self.writing_fails = False

    async def receive(self) -> bytes:
        received = []

        async with trio.open_nursery() as nursery:

            async def fail() -> None:
                await self.reading_fails.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(fail)
            received.append(await self._link.receive())
            nursery.cancel_scope.cancel()
        if not received:
            raise trio.BrokenResourceError("read error")
        return received[0]

    def write_nowait(self, data: bytes | memoryview) -> int:
        if self.writing_fails:
            raise trio.BrokenResourceError("broken pipe")
        return self._link.write_nowait(data)

    async def write(self, data: bytes | memoryview) -> None:
        self.write_nowait(b"")
        await self._link.write(data)

    async def last_words(self) -> LastWords:
        return LastWords(command=("agent", "--acp"), exit_status=3, stderr=b"Loading...\nno API key\n")


class FailingTransport(Transport):
    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.link: FailingLink

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        async with self._transport.open() as link:
            self.link = FailingLink(link)
            yield self.link


@asynccontextmanager
async def failing(hooks: Hooks | None = None) -> AsyncGenerator[tuple[Connection, RawPeer, FailingLink]]:
    ours, theirs = memory_pair()
    transport = FailingTransport(ours)
    with leaving_nothing():
        async with theirs.open() as link, open_connection(transport, maker(hooks)) as conn:
            yield conn, RawPeer(link), transport.link


WAYS = {
    "end of stream": lambda peer, _link: peer.end(),
    "both closed": lambda peer, _link: peer.vanish(),
    "read error": lambda _peer, link: link.reading_fails.set(),
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_pending_request_fails_at_once_with_reason_status_and_stderr(autojump_clock, way) -> None:
    async with failing() as (conn, peer, link), trio.open_nursery() as nursery:
        results = []
        for _ in range(5):
            nursery.start_soon(outcome_of, conn.request("ours"), results)
        nursery.start_soon(outcome_of, conn.send_request(ASK()).wait(), results)
        nursery.start_soon(outcome_of, entering(conn.request_held(ASK())), results)
        await trio.testing.wait_all_tasks_blocked()
        before = trio.current_time()
        WAYS[way](peer, link)
        await trio.testing.wait_all_tasks_blocked()
        assert trio.current_time() - before < 0.1
        assert [type(result) for result in results] == [ConnectionLost] * 7
        assert len(set(map(id, results))) == 7, "an exception is raised at one place only"
        for error in results:
            assert error.last_words.exit_status == 3
            assert str(error).endswith("; exit status 3; stderr: no API key")
        assert conn.statistics().requests_waiting == 0


async def entering(block) -> None:
    async with block:
        pytest.fail("the block was entered")


@pytest.mark.parametrize("way", WAYS)
async def test_later_requests_raise_at_once(autojump_clock, way) -> None:
    async with failing() as (conn, peer, link):
        WAYS[way](peer, link)
        await conn.wait_closed()
        assert conn.is_closed
        with pytest.raises(ConnectionLost):
            await conn.request("later")
        with pytest.raises(ConnectionLost):
            conn.send_request(ASK())
        with pytest.raises(ConnectionLost):
            async with conn.request_held(ASK()):
                pytest.fail("the block was entered")
        assert conn.statistics().requests_waiting == 0


async def test_a_read_error_is_the_cause_and_not_taken_for_a_proper_end(autojump_clock) -> None:
    async with failing() as (conn, _peer, link):
        link.reading_fails.set()
        await conn.wait_closed()
        with pytest.raises(ConnectionLost, match="read error") as caught:
            await conn.request("later")
        assert isinstance(caught.value.__cause__, trio.BrokenResourceError)


async def test_a_read_error_is_the_cause_though_a_handler_holds_the_loop(autojump_clock) -> None:
    hooks, release = Hooks(), trio.Event()

    @on_request(hooks, "hold")
    async def hold(_params):
        await release.wait()

    async with failing(hooks) as (conn, peer, link), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.send(call(1, "hold"))
        await trio.testing.wait_all_tasks_blocked()
        link.reading_fails.set()
        await trio.testing.wait_all_tasks_blocked()
        (error,) = results
        assert "read error" in str(error)
        assert isinstance(error.__cause__, trio.BrokenResourceError)
        release.set()


async def test_a_broken_pipe_fails_what_waits_even_if_the_stream_never_ends(autojump_clock) -> None:
    async with failing() as (conn, _peer, link), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await trio.testing.wait_all_tasks_blocked()
        link.writing_fails = True
        nursery.start_soon(outcome_of, conn.request("second"), results)
        await trio.sleep(1)
        assert [type(result) for result in results] == [ConnectionLost] * 2
        assert "broken pipe" in str(results[0].__cause__)
        for send in (conn.request, conn.notify):
            with pytest.raises(ConnectionLost):
                await send("later")


async def test_an_answer_on_its_way_wins_over_a_broken_pipe(autojump_clock) -> None:
    async with failing() as (conn, peer, link), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        link.writing_fails = True
        await peer.send(answer(1, "fine"))
        await conn.notify("breaks")
        await trio.sleep(1)
        with pytest.raises(ConnectionLost):
            await conn.notify("is refused")
        assert results == ["fine"]


async def test_a_broken_pipe_within_a_handlers_answer_does_not_end_the_block(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    async with failing(hooks) as (conn, peer, link):
        link.writing_fails = True
        await peer.send(call(1, "echo"), call(2, "echo"))
        await trio.sleep(1)
        assert conn.is_closed
        assert conn.statistics().requests_in_flight == 0


async def test_leaving_the_block_fails_what_waits_with_connection_closed(autojump_clock) -> None:
    results = []
    async with trio.open_nursery() as nursery, connected() as (conn, _peer):
        for _ in range(3):
            nursery.start_soon(outcome_of, conn.request("ours"), results)
        nursery.start_soon(outcome_of, entering(conn.request_held(ASK())), results)
        await trio.testing.wait_all_tasks_blocked()
    assert [type(result) for result in results] == [ConnectionClosed] * 4


WAITS = {
    "notify": lambda conn: conn.notify("note"),
    "request": lambda conn: conn.request("ours"),
    "request_held": lambda conn: entering(conn.request_held(ASK())),
    "wait_for_room": lambda conn: conn.wait_for_room(),
    "flush": lambda conn: conn.flush(),
    "start": lambda conn: conn.start(never_started),
}


async def never_started(*, task_status) -> None:
    await trio.sleep_forever()


@pytest.mark.parametrize("wait", WAITS)
async def test_closing_lets_go_whoever_waits_in_a_task_of_the_application(wait, autojump_clock, caplog) -> None:
    results = []
    limits = Limits(maximum_frame=64 * 1024, outgoing_soft=16 * 1024)
    with leaving_nothing():
        async with trio.open_nursery() as nursery, open_to_raw_peer(maker(limits=limits)) as (conn, _peer):
            with trio.move_on_after(1):
                while True:  # the peer reads nothing
                    await conn.notify("filler", ["x" * 30_000])
            for _ in range(3):
                nursery.start_soon(outcome_of, WAITS[wait](conn), results)
            await trio.testing.wait_all_tasks_blocked()
            assert results == []
    assert [type(result) for result in results] == [ConnectionClosed] * 3


async def test_closing_lets_go_whoever_waits_for_the_end(autojump_clock) -> None:
    with leaving_nothing():
        async with trio.open_nursery() as nursery, open_to_raw_peer(maker()) as (conn, _peer):
            nursery.start_soon(conn.wait_closed)
            await trio.testing.wait_all_tasks_blocked()


async def test_a_closed_connection_refuses_everything_at_once(autojump_clock) -> None:
    async with connected() as (conn, _peer):
        pass
    for send in (conn.request, conn.notify):
        with pytest.raises(ConnectionClosed):
            await send("later")
    with pytest.raises(ConnectionClosed):
        conn.send_request(ASK())
    with pytest.raises(ConnectionClosed):
        conn.start_soon(trio.sleep_forever)
    conn.notify_nowait(v1.CancelNotification(session_id="s"))
    assert conn.is_closed
    assert conn.statistics().state == "closed"


async def test_a_lost_connection_is_trios_broken_resource_and_a_closed_one_its_closed_resource(autojump_clock) -> None:
    async with connected() as (lost, peer):
        peer.end()
        await lost.wait_closed()
        with pytest.raises(trio.BrokenResourceError):
            await lost.request("later")
    async with connected() as (conn, peer):
        pass
    with pytest.raises(trio.ClosedResourceError):
        await conn.request("later")


async def test_after_the_end_of_the_stream_notifications_and_answers_may_still_arrive(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=True)
    async def go(_params):
        await trio.sleep(1)
        return "late"

    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "go"))
        peer.end()
        await conn.wait_closed()
        await conn.notify("still here")
        assert await peer.read() == note("still here")
        assert await peer.read() == answer(1, "late")


async def test_who_waits_for_the_end_is_told_after_everything_received_was_dispatched(autojump_clock) -> None:
    hooks = Hooks()
    told = []

    @on_request(hooks, "go")
    async def go(_params):
        await trio.sleep(1)
        told.append("dispatched")

    async with connected(hooks) as (conn, peer):
        conn.call_on_end(lambda error: told.append(type(error)))
        await peer.send(call(1, "go"), call(2, "go"))
        peer.end()
        await conn.wait_closed()
        assert told == ["dispatched", "dispatched", ConnectionLost]
        assert conn.statistics().state == "peer_done"


async def test_the_end_leaves_the_body_alone(autojump_clock) -> None:
    async with connected() as (conn, peer):
        peer.vanish()
        await conn.wait_closed()
        await trio.sleep(1)


async def test_the_handle_of_a_request_shows_what_became_of_it(autojump_clock) -> None:
    async with failing() as (conn, peer, _link):
        answered, lost = conn.send_request(ASK()), conn.send_request(ASK())
        assert repr(lost) == "<SentRequest 2 session/list waiting>"
        await peer.read()
        await peer.send(answer(1, EMPTY))
        await answered.wait()
        peer.end()
        await conn.wait_closed()
        assert repr(answered) == "<SentRequest 1 session/list answered>"
        assert repr(lost) == "<SentRequest 2 session/list lost>"


async def test_the_handle_of_a_request_can_be_waited_for_after_the_end(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(ASK())
        peer.end()
        await conn.wait_closed()
        for _ in range(2):
            with pytest.raises(ConnectionLost):
                await sent.wait()
        sent.cancel()
        assert sent.is_answered
        assert not sent.succeeded


# A conversation that is cut at every byte.

SCRIPT = [
    answer(1, {"a": 1}),
    note("note", [1]),
    call(1, "echo", ["x"]),
    {"jsonrpc": "2.0", "id": 2, "error": {"code": 5, "message": "no"}},
    call(2, "spawned", ["y"]),
    answer(3, "last"),
]
ENDS = [len(chunk(*SCRIPT[: count + 1])) for count in range(len(SCRIPT))]


def conversing() -> Hooks:
    hooks = Hooks(answers_malformed=False)

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    @on_request(hooks, "spawned", concurrent=True)
    async def spawned(params):
        await trio.lowlevel.checkpoint()
        return params

    return hooks


async def outcomes_when_killed(cut: int, way: str) -> list[object]:
    """What three requests come to if the peer sends that many bytes of the script and goes."""
    async with connected(conversing()) as (conn, peer):
        sent = [conn.send_request(ASK()) for _ in range(3)]
        for request in sent:
            request._response = object
        await peer.answers(3)
        if cut:
            await peer.write(chunk(*SCRIPT)[:cut])
        peer.end() if way == "end" else peer.vanish()
        await conn.wait_closed()
        await trio.testing.wait_all_tasks_blocked()
        outcomes = []
        for request in sent:
            with trio.fail_after(1):
                await outcome_of(request.wait(), outcomes)
        return outcomes


@pytest.mark.parametrize("way", ["end", "vanish"])
async def test_a_peer_that_goes_at_any_byte_leaves_every_request_answered_or_lost(autojump_clock, way, caplog) -> None:
    for cut in range(ENDS[-1] + 1):
        first, second, third = await outcomes_when_killed(cut, way)
        # The end of the stream ends a line as a newline does.
        assert first == {"a": 1} if cut >= ENDS[0] - 1 else isinstance(first, ConnectionLost)
        assert isinstance(second, PeerError if cut >= ENDS[3] - 1 else ConnectionLost)
        assert third == "last" if cut >= ENDS[5] - 1 else isinstance(third, ConnectionLost)
