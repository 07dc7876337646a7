"""What a hostile peer says is answered within bounds; it forges no line of our logs, and our secrets are in none."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, AgentSession, Client, PeerError, RequestError
from acp_trio.connection import Limits
from acp_trio.jsonrpc import UntypedMessage
from acp_trio.schema import v1
from acp_trio.testing import ScriptedPeer, scripted_peer
from acp_trio.transports import process

from .ends import DEADLINE, make_agent

EVIL = "x\n2026-11-21 ERROR root: all is lost\r\x1b[2J\x1b]0;title\x07"
ENOUGH = 5.0
"""Seconds of computing, many times what any of these needs."""


@asynccontextmanager
async def attacked(agent: Agent) -> AsyncGenerator[ScriptedPeer]:
    """The peer of an agent, initialized."""
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, transport)
            await peer.initialize()
            yield peer
            await peer.hang_up()


@asynccontextmanager
async def alive(agent: Agent | None = None) -> AsyncGenerator[ScriptedPeer]:
    """The same; at the end the connection must still answer, and have computed for no longer than enough."""
    began = time.process_time()
    async with attacked(agent or make_agent()) as peer:
        yield peer
        await peer.send({"id": "last", "method": "_echo", "params": ["alive"]})
        while (message := await peer.receive())["id"] != "last":
            pass
        assert message["result"] == ["alive"]
    assert time.process_time() - began < ENOUGH


async def code_of_next(peer: ScriptedPeer) -> tuple[Any, int]:
    message = await peer.receive()
    return message["id"], message["error"]["code"]


# Time and memory


@pytest.mark.promise("P23")
async def test_an_id_of_a_megabyte_is_refused_to_null_and_not_sent_back(autojump_clock) -> None:
    async with alive() as peer:
        await peer.send({"id": "i" * 1024 * 1024, "method": "_echo", "params": []})
        assert await code_of_next(peer) == (None, -32600)


@pytest.mark.promise("P23")
@pytest.mark.parametrize("depth", [1_000, 100_000, 3_000_000])
async def test_json_of_any_depth_is_refused(autojump_clock, depth) -> None:
    async with alive() as peer:
        deep = b"[" * depth + b"]" * depth
        await peer.send_bytes(b'{"id":1,"method":"session/new","params":{"cwd":"/","mcpServers":' + deep + b"}}\n")
        request_id, code = await code_of_next(peer)
        assert (request_id, code) in {(1, -32700), (None, -32700), (1, -32602)}


@pytest.mark.promise("P23")
@pytest.mark.parametrize("member", [b'"id"', b'"params"', b'"other"'])
async def test_a_number_of_a_million_digits_takes_no_time(autojump_clock, member) -> None:
    number = b"7" * 1_000_000
    value = b"[" + number + b"]" if member == b'"params"' else number
    async with alive() as peer:
        for _ in range(10):
            await peer.send_bytes(b'{"method":"_unknown",' + member + b":" + value + b"}\n")
        await trio.testing.wait_all_tasks_blocked()


@pytest.mark.promise("P7", "P23")
async def test_a_message_that_comes_byte_by_byte_takes_time_in_proportion(autojump_clock) -> None:
    line = b'{"id":1,"method":"_echo","params":["' + b"x" * 20_000 + b'"]}\n'
    async with alive() as peer:
        for index in range(len(line)):
            await peer.send_bytes(line[index : index + 1])
        assert (await peer.receive())["result"] == ["x" * 20_000]


@pytest.mark.promise("P23")
async def test_one_request_more_than_may_be_in_flight_is_refused_unrun(autojump_clock) -> None:
    agent = Agent("busy", limits=Limits(requests_in_flight=100))
    begun = 0

    @agent.on_request("_wait", concurrent=True)
    async def wait(_params: object) -> None:
        nonlocal begun
        begun += 1
        await trio.sleep_forever()

    async with attacked(agent) as peer:
        await peer.send(*[{"id": number, "method": "_wait", "params": []} for number in range(1000)])
        refused = [await code_of_next(peer) for _ in range(900)]
    assert refused == [(number, -32603) for number in range(100, 1000)]
    assert begun == 100


@pytest.mark.promise("P23")
async def test_an_agent_can_bound_its_sessions_by_refusing_one_more(autojump_clock) -> None:
    agent = make_agent()

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        if len(session.connection.sessions) >= 10:  # type: ignore[attr-defined]
            raise RequestError(-32603, "too many sessions")
        return v1.NewSessionResponse(session_id=session.session_id)

    async with alive(agent) as peer:
        opening = {"method": "session/new", "params": {"cwd": "/", "mcpServers": []}}
        for number in range(30):
            await peer.send({"id": number, **opening})
            assert ("result" in await peer.receive()) is (number < 10)


# Logs and errors


@pytest.mark.promise("P8", "P23")
async def test_what_a_client_says_stays_on_the_line_of_the_log_that_tells_of_it(autojump_clock, caplog) -> None:
    agent = make_agent()

    @agent.on_request("_fails")
    async def fails(_params: object) -> None:
        raise KeyError

    with caplog.at_level(logging.DEBUG):
        async with alive(agent) as peer:
            await peer.send_bytes(EVIL.encode() + b"\n")
            await peer.send(
                {"method": EVIL, "params": {}},
                {"id": 1, "method": EVIL, "params": {}},
                {"id": EVIL, "method": "_fails", "params": {}},
                {"method": "session/cancel", "params": {"sessionId": [EVIL]}},
                {"method": "session/cancel", "params": {"sessionId": EVIL, EVIL: EVIL}},
                {"id": 2, "method": "session/prompt", "params": {"sessionId": EVIL, "prompt": [{EVIL: EVIL}]}},
                {
                    "id": 3,
                    "method": "session/load",
                    "params": {"sessionId": EVIL, "cwd": "/", "mcpServers": [{EVIL: 1}]},
                },
                {"id": EVIL, "result": EVIL},
            )
    check_lines(caplog)


@pytest.mark.promise("P8", "P23")
async def test_what_an_agent_says_stays_on_the_line_of_the_log_that_tells_of_it(autojump_clock, caplog) -> None:
    client = Client("attacked", limits=Limits(session_inbox=200))

    async def play(peer: ScriptedPeer) -> None:
        await peer.answer_initialize(sessionCapabilities={"close": {}}, loadSession=True)
        await peer.send_bytes(EVIL.encode() + b"\n")
        await peer.send(
            {"method": EVIL}, {"method": "session/update", "params": {"sessionId": EVIL, "update": {EVIL: 1}}}
        )
        await peer.answer_new_session(EVIL)
        await peer.expect("session/prompt")
        update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": EVIL * 5}}
        await peer.send(*[{"method": "session/update", "params": {"sessionId": EVIL, "update": update}}] * 3)
        await peer.expect("session/cancel")
        await peer.refuse(await peer.expect("session/close"), -32603, EVIL, {EVIL: EVIL})

    with caplog.at_level(logging.DEBUG), trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
            nursery.start_soon(play, peer)
            async with client.connect(transport) as connection, connection.open_session("/") as session:
                with pytest.raises(Exception, match="not read"):
                    await session.ask("hello")
    check_lines(caplog)
    assert "could not be closed" in caplog.text


def check_lines(caplog: pytest.LogCaptureFixture) -> None:
    assert caplog.records
    for record in caplog.records:
        assert record.getMessage().isprintable(), record


SECRET = "s3cr3t-t0k3n"


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "shown",
    [
        v1.EnvVariable(name="TOKEN", value=SECRET),
        v1.McpServerStdio(name="m", command="/m", env=[v1.EnvVariable(name="TOKEN", value=SECRET)]),
        v1.McpServerHttp(name="m", url="http://m", headers=[v1.HttpHeader(name="Authorization", value=SECRET)]),
        v1.UnknownMcpServer(tag="new", extras={"headers": {"Authorization": SECRET}}),
        UntypedMessage("session/new", {"mcpServers": [{"headers": SECRET}]}),
        process(["agent"], env={"TOKEN": SECRET}),
    ],
    ids=lambda shown: type(shown).__name__,
)
def test_a_secret_is_not_in_the_repr(shown) -> None:
    assert SECRET not in repr(shown)
    assert SECRET not in repr(getattr(shown, "_program", ""))


@pytest.mark.promise("P8")
async def test_a_setup_that_is_not_valid_or_fails_tells_no_secret(autojump_clock, caplog) -> None:
    agent = make_agent()

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        raise KeyError(request)

    headers = [{"name": "Authorization", "value": SECRET}]
    broken = [{"name": "Authorization", "value": {SECRET: SECRET}}]
    with caplog.at_level(logging.DEBUG):
        async with attacked(agent) as peer:
            for number, given in enumerate([headers, broken, SECRET]):
                server = {"type": "http", "name": "m", "url": "http://m", "headers": given}
                await peer.send({"id": number, "method": "session/new", "params": {"cwd": "/", "mcpServers": [server]}})
                assert SECRET not in repr((await peer.receive())["error"])
    assert "KeyError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.promise("P8")
def test_the_words_of_a_peer_that_refused_are_for_who_asked() -> None:
    assert EVIL in str(PeerError("session/new", -32603, EVIL))
