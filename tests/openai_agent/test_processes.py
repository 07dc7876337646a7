"""The OpenAI agent as a process, with MCP servers over stdio and HTTP: from the command line, and cancelled."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import trio
from mcp.server.mcpserver import MCPServer

from acp_trio import Client, ClientSession
from acp_trio.schema import v1
from acp_trio.testing import ScriptedPeer
from acp_trio.transports import process

from .conftest import EXAMPLE
from .endpoint import FLOOD, HOLD, Endpoint, call, over_http, say, think

DEADLINE = 60.0
"""Seconds: more than anything here takes on a busy machine."""
AT_ONCE = 5.0
"""Seconds: what a cancelled turn takes on a busy machine. Whatever it waited for would never come."""
AGENT = [sys.executable, str(EXAMPLE)]
NOTES = Path(__file__).with_name("programs") / "notes.py"

# The HTTP library leaves the end of its generators to the garbage collector, the package's SSE server its streams.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]


class Clock:
    """A server over HTTP, in this process: what its tools do is seen."""

    def __init__(self) -> None:
        self.started = trio.Event()
        self.cancelled = trio.Event()
        self.server = MCPServer("clock")
        self.server.tool()(self.now)
        self.server.tool()(self.wait)

    async def now(self) -> str:
        return "noon"

    async def wait(self) -> None:
        self.started.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cancelled.set()


class Surroundings:
    """What the agent is started with."""

    def __init__(self, endpoint: Endpoint, directory: Path, clock_url: str) -> None:
        self.lock = directory / "lock"
        self.env = {
            **os.environ,
            "OPENAI_BASE_URL": endpoint.url,
            "OPENAI_API_KEY": "secret",
            "OPENAI_MODEL": "m",
            "OPENAI_AGENT_SESSIONS": str(directory / "sessions"),
        }
        self.clock_url = f"{clock_url}/mcp"

    @property
    def servers(self) -> list[v1.McpServer]:
        notes = v1.McpServerStdio(name="notes", command=sys.executable, args=[str(NOTES), str(self.lock)])
        return [notes, v1.McpServerHttp(name="clock", url=self.clock_url)]

    @property
    def file(self) -> dict[str, Any]:
        notes = {"command": sys.executable, "args": [str(NOTES), str(self.lock)]}
        return {"mcpServers": {"notes": notes, "clock": {"type": "http", "url": self.clock_url}}}

    def assert_no_server_is_left(self) -> None:
        with self.lock.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while a server lives


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def surroundings(endpoint: Endpoint, clock: Clock, tmp_path: Path) -> AsyncGenerator[Surroundings]:
    async with over_http(clock.server.streamable_http_app()) as url:
        yield Surroundings(endpoint, tmp_path, url)


async def test_a_prompt_from_the_command_line_calls_a_tool_of_each_server_with_permission(
    endpoint: Endpoint, surroundings: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "mcp.json").write_text(json.dumps(surroundings.file))
    endpoint.answer(
        think("Two tools."), call("notes__remember", 0, text="milk"), call("clock__now", 1), finish="tool_calls"
    )
    endpoint.answer(say("It is "), say("noon."))
    command = [sys.executable, "-m", "acp_trio", "prompt", "--mcp", "mcp.json", "--allow", "--trace", "trace", "Go."]
    with trio.fail_after(DEADLINE):
        done = await trio.run_process(
            [*command, "--", *AGENT],
            cwd=tmp_path,
            env=surroundings.env,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, b"It is noon.\n"), done.stderr.decode()
    assert [message["content"] for message in endpoint.messages("tool")] == ["remembered: milk", "noon"]
    assert "About the tools of notes:\nKeep notes short." in endpoint.messages("system")[0]["content"]
    trace = [json.loads(line)["msg"] for line in (tmp_path / "trace").read_text().splitlines()]
    assert [frame.get("method") for frame in trace].count("session/request_permission") == 2
    surroundings.assert_no_server_is_left()


@pytest.mark.promise("P3")
async def test_a_turn_is_cancelled_at_once_whatever_it_waits_for(
    endpoint: Endpoint, surroundings: Surroundings, clock: Clock
) -> None:
    client = Client("test")
    asked = trio.Event()

    @client.on_permission
    async def decide(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        if request.tool_call.title == "clock__now":
            asked.set()
            await trio.sleep_forever()
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id="once"))

    endpoint.answer(say("Let me"), HOLD)
    endpoint.answer(call("clock__wait"))
    endpoint.answer(call("clock__now"))
    with trio.fail_after(DEADLINE):
        async with client.connect(process(AGENT, env=surroundings.env)) as agent:
            async with agent.open_session("/", mcp_servers=surroundings.servers) as session:
                await cancelled_at_once(session, endpoint.held)
                await endpoint.left.wait()
                await cancelled_at_once(session, clock.started)
                await clock.cancelled.wait()
                await cancelled_at_once(session, asked)
            surroundings.assert_no_server_is_left()


async def cancelled_at_once(session: ClientSession, reached: trio.Event) -> None:
    """Prompt, cancel when something is reached, and see it answered."""

    async def cancel_when_reached(answered: trio.CancelScope) -> None:
        await reached.wait()
        answered.deadline = trio.current_time() + AT_ONCE
        await turn.cancel()

    async with session.prompt("Go.") as turn:
        with trio.fail_after(DEADLINE) as answered:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel_when_reached, answered)
                assert (await turn.finish()).stop_reason == "cancelled"


@pytest.mark.promise("P3")
async def test_a_turn_is_cancelled_at_once_while_nobody_reads_what_it_says(
    endpoint: Endpoint, surroundings: Surroundings
) -> None:
    endpoint.answer(FLOOD)
    with trio.fail_after(DEADLINE):
        async with AsyncExitStack() as stack:
            link = await stack.enter_async_context(process(AGENT, env=surroundings.env).open())
            client = ScriptedPeer(link, stack)
            await client.initialize()
            await client.send({"id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session = (await client.receive())["result"]["sessionId"]
            prompt = [{"type": "text", "text": "Go."}]
            await client.send({"id": 2, "method": "session/prompt", "params": {"sessionId": session, "prompt": prompt}})
            await stalled(endpoint)
            with trio.fail_after(AT_ONCE):
                await client.send({"method": "session/cancel", "params": {"sessionId": session}})
                while (message := await client.receive()).get("id") != 2:
                    pass
            assert message["result"]["stopReason"] == "cancelled"


async def stalled(endpoint: Endpoint) -> None:
    """Wait until everything between the model and the client is full: for a while, no piece is taken any more."""
    sent = -1
    while not sent == endpoint.sent > 0:
        sent = endpoint.sent
        await trio.sleep(0.3)


async def test_a_wrong_key_is_one_line(endpoint: Endpoint, surroundings: Surroundings) -> None:
    endpoint.refuse(401, "Incorrect API key provided: sec***et", "invalid_api_key")
    command = [sys.executable, "-m", "acp_trio", "prompt", "Go.", "--", *AGENT]
    with trio.fail_after(DEADLINE):
        done = await trio.run_process(
            command, env=surroundings.env, capture_stdout=True, capture_stderr=True, check=False
        )
    said = [line for line in done.stderr.decode().splitlines() if not line.startswith("waiting for ")]  # a slow start
    line = "the agent refused session/prompt: the endpoint does not take the key in OPENAI_API_KEY (-32603)"
    assert (done.returncode, done.stdout, said) == (1, b"", [f"acp-trio: {line}"])
