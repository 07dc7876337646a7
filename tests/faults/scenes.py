"""The public operations, each in the scene that it is cancelled in: in memory, on a mock clock.

`SCENES` is the table: the docs print it, the tests play it. A scene checks behind its `yield` what must hold however
far its operation came.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import trio
import trio.testing

from acp_trio import CLIENT, Agent, Client, ClientConnection, PeerError, Proxy, ProxyConnection, Turn
from acp_trio.conductor import Conductor
from acp_trio.connection import Dispatch, Handled
from acp_trio.jsonrpc import ErrorCode
from acp_trio.runtime import AgentSpec, InMemoryStore, Runtime, SessionHost
from acp_trio.schema import v1
from acp_trio.session import ClientSession
from acp_trio.testing import Scene, open_pair, scripted_peer
from acp_trio.transports import TappedFrame, Transport, byte_streams, in_process, memory_pair, tap

from .ends import DEADLINE, Turns, make_agent, make_client, settle, whole_pair

Operation: TypeAlias = Callable[[], Awaitable[object]]
Playing: TypeAlias = AsyncGenerator[Operation]


# Connections


@asynccontextmanager
async def connect() -> Playing:
    agent, client = make_agent(), make_client()

    async def operation() -> None:
        async with client.connect(agent) as connection, connection.open_session("/") as session:
            await session.ask("hello")

    with trio.fail_after(DEADLINE):
        yield operation
        await operation()


@asynccontextmanager
async def serve() -> Playing:
    agent = make_agent()
    async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:

        async def play() -> None:
            await peer.send({"id": 1, "method": "initialize", "params": {"protocolVersion": 1}})
            await peer.send({"id": 2, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            while await peer.receive() is not None:
                pass

        nursery.start_soon(play)
        with trio.fail_after(DEADLINE):

            async def operation() -> None:
                async with trio.open_nursery() as serving:
                    connection = await serving.start(agent.serve, transport)
                    await connection.wait_answered()
                    serving.cancel_scope.cancel()

            yield operation
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def leave_at_once() -> Playing:
    """Everything is left at once: a turn whose agent waits for an answer of the client, its session, the connection."""
    client = make_client()

    @client.on_request("wait", concurrent=True)
    async def wait(_params: object) -> None:
        await trio.sleep_forever()

    async def operation() -> None:
        turns = Turns()
        async with (
            client.connect(make_agent(turns)) as connection,
            connection.open_session("/") as session,
            session.prompt("hand out"),
        ):
            asked = (await turns.next()).connection.send_request("wait")
            await connection.flush()
        refusal = None
        try:
            await asked.wait()
        except PeerError as exc:
            refusal = exc.code
        assert refusal == ErrorCode.REQUEST_CANCELLED

    with trio.fail_after(DEADLINE):
        yield operation


# Requests, holds, routes


def on_pair(operate: Callable[[ClientConnection], Awaitable[object]]) -> Scene:
    """The scene of an operation that needs no more than a connection."""

    @asynccontextmanager
    async def scene() -> Playing:
        async with whole_pair() as pair:
            yield partial(operate, pair.agent)

    return scene


async def request(connection: ClientConnection) -> None:
    assert await connection.request("_echo", [1]) == [1]


async def notify_and_flush(connection: ClientConnection) -> None:
    for _ in range(3):
        await connection.notify("_note", {"filling": "x" * 300_000})
    await connection.flush()


async def hold(connection: ClientConnection) -> None:
    async with connection.request_held("_echo"):
        await trio.lowlevel.checkpoint()


async def route(connection: ClientConnection) -> None:
    async def decline(dispatch: Dispatch) -> Handled:
        await trio.lowlevel.checkpoint()
        return Handled.no(dispatch)

    async with connection.route(decline):
        assert await connection.request("_echo", [1]) == [1]


async def start_a_task(connection: ClientConnection) -> None:
    async def work(*, task_status: trio.TaskStatus[None]) -> None:
        await trio.lowlevel.checkpoint()
        task_status.started()

    await connection.start(work)


async def open_another_connection(connection: ClientConnection) -> None:
    await connection.open_connection(make_client(), make_agent())


# Sessions


async def open_new_session(connection: ClientConnection) -> None:
    async with connection.open_session("/"):
        pass


async def load_session(connection: ClientConnection) -> None:
    async with connection.load_session("s", "/"):
        pass


async def resume_session(connection: ClientConnection) -> None:
    async with connection.resume_session("s", "/"):
        pass


async def run_session_in_a_nursery(connection: ClientConnection) -> None:
    async with trio.open_nursery() as nursery:
        session: ClientSession = await nursery.start(connection.run_session, "/")
        await session.close()


def in_session(operate: Callable[[ClientSession], Awaitable[object]]) -> Scene:
    """The scene of an operation on a session that goes on afterwards."""

    @asynccontextmanager
    async def scene() -> Playing:
        async with whole_pair() as pair, pair.agent.open_session("/") as session:
            yield partial(operate, session)
            assert await session.ask("go on") == "go on"

    return scene


async def prompt(session: ClientSession) -> None:
    async with session.prompt("hello") as turn:
        await turn.finish()


async def ask_with_a_permission(session: ClientSession) -> None:
    await session.ask("ask")


async def leave_a_turn_early(session: ClientSession) -> None:
    async with session.prompt("ask"):
        await trio.lowlevel.checkpoint()


async def stream_updates(session: ClientSession) -> None:
    async with session.updates() as updates, trio.open_nursery() as nursery:
        nursery.start_soon(anext, updates)
        await session.ask("hello")
        nursery.cancel_scope.cancel()


async def set_mode(session: ClientSession) -> None:
    await session.set_mode("ask")


@asynccontextmanager
async def iterate() -> Playing:
    async with whole_pair() as pair, pair.agent.open_session("/") as session, session.prompt("ask") as turn:

        async def operation() -> None:
            async for _update in turn:
                pass

        yield operation
        assert (await turn.finish()).stop_reason == "end_turn"


# What an agent does in a turn


def in_turn(operate: Callable[[Turn], Awaitable[object]]) -> Scene:
    """The scene of an operation of the agent, in a turn that goes on afterwards."""

    @asynccontextmanager
    async def scene() -> Playing:
        turns = Turns()
        terminals: set[str] = set()
        async with (
            whole_pair(make_agent(turns), make_client_with_terminals(terminals)) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("hand out") as turn,
        ):
            agents_turn = await turns.next()
            yield partial(operate, agents_turn)
            await trio.testing.wait_all_tasks_blocked()
            assert not terminals
            turns.end()
            assert (await turn.finish()).stop_reason == "end_turn"

    return scene


def make_client_with_terminals(running: set[str]) -> Client:
    client = make_client()

    @client.on_request(v1.CreateTerminalRequest)
    async def create(request: v1.CreateTerminalRequest) -> v1.CreateTerminalResponse:
        running.add("t")
        return v1.CreateTerminalResponse(terminal_id="t")

    @client.on_request(v1.WaitForTerminalExitRequest)
    async def wait(request: v1.WaitForTerminalExitRequest) -> v1.WaitForTerminalExitResponse:
        return v1.WaitForTerminalExitResponse(exit_code=0)

    @client.on_request(v1.ReleaseTerminalRequest)
    async def release(request: v1.ReleaseTerminalRequest) -> v1.ReleaseTerminalResponse:
        running.discard(request.terminal_id)
        return v1.ReleaseTerminalResponse()

    return client


async def request_permission(turn: Turn) -> None:
    await turn.request_permission(v1.ToolCallUpdate(tool_call_id="t", title="Ask"), [])


async def tool_call(turn: Turn) -> None:
    async with turn.tool_call("Work"):
        await turn.say("working")


async def terminal(turn: Turn) -> None:
    async with turn.terminal("make") as running:
        await running.wait_for_exit()


# Proxies


@asynccontextmanager
async def relay() -> Playing:
    """The hand-over of a session in a proxy, cancelled there: the session ends, the client's connection does not."""
    opened: list[ClientSession] = []
    ready, over = trio.Event(), trio.Event()
    proxy = Proxy("relays")

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def new(request, conn: ProxyConnection, *, task_status: trio.TaskStatus[v1.NewSessionResponse]) -> None:
        if opened:
            async with conn.open_session(request) as session:
                task_status.started(session.response)
                await session.relay()
            return
        async with conn.open_session(request) as session:
            task_status.started(session.response)
            opened.append(session)
            ready.set()
            await over.wait()

    with trio.fail_after(DEADLINE):
        async with make_client().connect(Conductor([proxy], make_agent())) as connection:
            async with trio.open_nursery() as nursery:
                first: ClientSession = await nursery.start(connection.run_session, "/")
                await ready.wait()
                nursery.start_soon(first.set_mode, "ask")
                await trio.testing.wait_all_tasks_blocked()  # it waits for the relay

                async def operation() -> None:
                    async with trio.open_nursery() as relaying:
                        relaying.start_soon(opened[0].relay)
                        await first.set_mode("ask")
                        relaying.cancel_scope.cancel()

                yield operation
                over.set()
                nursery.cancel_scope.cancel()
            async with connection.open_session("/") as session:
                assert await session.ask("go on") == "go on"
            await settle(connection)


@asynccontextmanager
async def conduct() -> Playing:
    """A row of a proxy and an agent is started, used and ended."""
    proxy = Proxy("in the row")

    async def operation() -> None:
        row = Conductor([proxy], make_agent())
        async with make_client().connect(row) as connection, connection.open_session("/") as session:
            await session.ask("hello")

    with trio.fail_after(DEADLINE):
        yield operation


# Agents that a host runs


@asynccontextmanager
async def hosted_session() -> Playing:
    """A kept session of a host with two agents: opened, asked, switched, asked again, closed, loaded."""

    async def answer(turn: Turn, runtime: Runtime) -> v1.StopReason:
        await turn.say(runtime.spec.name)
        return "end_turn"

    agent = Agent("host")
    host = SessionHost(
        [AgentSpec(name="one", loop=answer), AgentSpec(name="other", loop=answer)], store=InMemoryStore()
    )
    host.install(agent)

    async def use(connection: ClientConnection) -> None:
        async with connection.open_session("/") as session:
            assert await session.ask("hello") == "one"
            await session.set_mode("other")
            assert await session.ask("hello") == "other"
        async with connection.load_session(session.id, "/") as session:
            await session.ask("hello")

    with trio.fail_after(DEADLINE):
        async with open_pair(make_client(), agent) as pair:
            yield partial(use, pair.agent)
            await settle(pair.agent, pair.client)
            await use(pair.agent)
            assert (len(pair.agent.sessions), len(pair.client.sessions)) == (0, 0)


# Transports


def of_transport(make: Callable[[], tuple[Transport, Transport]]) -> Scene:
    """The scene of a transport: open, write, read, leave; the other end then reads whole bytes and the end."""

    @asynccontextmanager
    async def scene() -> Playing:
        ours, theirs = make()
        heard: list[TappedFrame] = []

        async def operation() -> None:
            async with ours.open() as link:
                await link.write(b"hello\n")
                assert await link.receive() == b"hello\n"

        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_echo, tap(theirs, heard.append))
                yield operation
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
        assert all(frame.complete and frame.data == b"hello" for frame in heard)

    return scene


def in_memory() -> tuple[Transport, Transport]:
    return memory_pair()


def over_streams() -> tuple[Transport, Transport]:
    left, right = trio.testing.memory_stream_pair()
    return byte_streams(left, left), byte_streams(right, right)


def watched() -> tuple[Transport, Transport]:
    left, right = memory_pair()
    return tap(left, lambda _frame: None), right


async def _echo(transport: Transport) -> None:
    async with transport.open() as link:
        while data := await link.receive():
            try:
                await link.write(data)
            except trio.BrokenResourceError:
                return


class _Echo:
    async def serve(self, transport: Transport) -> None:
        await _echo(transport)


@asynccontextmanager
async def component_in_process() -> Playing:
    async def operation() -> None:
        async with in_process(_Echo()).open() as link:
            await link.write(b"hello\n")
            assert await link.receive() == b"hello\n"

    with trio.fail_after(DEADLINE):
        yield operation


@asynccontextmanager
async def open_and_leave_a_pair() -> Playing:
    async def operation() -> None:
        async with open_pair(make_client(), make_agent()) as pair:
            await pair.agent.request("_echo")

    with trio.fail_after(DEADLINE):
        yield operation


SCENES: dict[str, Scene] = {
    "`client.connect`, its handshake, a session, its end": connect,
    "`agent.serve`, with requests under way": serve,
    "leaving a connection with an open session, turn and request": leave_at_once,
    "`request`": on_pair(request),
    "`notify` past the mark, `flush`": on_pair(notify_and_flush),
    "`request_held`": on_pair(hold),
    "`route`": on_pair(route),
    "`start`": on_pair(start_a_task),
    "`open_connection`": on_pair(open_another_connection),
    "`open_session`": on_pair(open_new_session),
    "`load_session`": on_pair(load_session),
    "`resume_session`": on_pair(resume_session),
    "`run_session`, `close`": on_pair(run_session_in_a_nursery),
    "`prompt`, `finish`": in_session(prompt),
    "a turn that asks for permission": in_session(ask_with_a_permission),
    "leaving a turn before its end": in_session(leave_a_turn_early),
    "`updates`": in_session(stream_updates),
    "`set_mode`": in_session(set_mode),
    "iterating a turn": iterate,
    "`turn.request_permission`": in_turn(request_permission),
    "`turn.tool_call`": in_turn(tool_call),
    "`turn.terminal`": in_turn(terminal),
    "`session.relay`": relay,
    "a conductor's row": conduct,
    "a session of a `SessionHost`": hosted_session,
    "`memory_pair`": of_transport(in_memory),
    "`byte_streams`": of_transport(over_streams),
    "`tap`": of_transport(watched),
    "`in_process`": component_in_process,
    "`open_pair`": open_and_leave_a_pair,
}
