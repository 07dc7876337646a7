"""Servers that are real programs: how they are started, fail, come back, and end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.mcp import (
    Elicitation,
    McpError,
    McpServers,
    RestartPolicy,
    StatusesChanged,
    ToolsChanged,
    connect_servers,
)
from acp_trio.schema import v1

from .served import DEADLINE, heard, in_state, program, ready, text

pytestmark = pytest.mark.slow

SOON = RestartPolicy(attempts=2, delay=0.01)
NEVER = RestartPolicy(attempts=0)


def runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"  # an orphan waits for init to take note


async def pid_of(servers: McpServers) -> int:
    return int(text(await servers.call_tool("everything__pid", {})))


async def test_a_broken_server_leaves_the_others_alone() -> None:
    broken = v1.McpServerStdio(name="broken", command="no-such-program", args=[], env=[])
    with trio.fail_after(DEADLINE):
        async with connect_servers([broken, program("everything")], restart=SOON) as servers:
            await ready(servers)
            first, second = servers.snapshot.statuses
            assert (first.state, first.reason) == ("failed", "command not found: 'no-such-program'")
            assert second.state == "connected"
            assert servers.snapshot.instructions == {"everything": "Be kind."}
            assert await pid_of(servers) != os.getpid()
            with pytest.raises(McpError, match="'broken' is not connected, but failed: command not found"):
                await servers.call_tool("broken__tool", {})


async def test_a_program_gets_its_directory_and_environment(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers([program("everything", COLOUR="blue")], cwd=tmp_path) as servers:
            await ready(servers)
            assert text(await servers.call_tool("everything__where", {})) == str(tmp_path)
            assert text(await servers.call_tool("everything__variable", {"name": "COLOUR"})) == "blue"
            assert text(await servers.call_tool("everything__variable", {"name": "PATH"})) == os.environ["PATH"]


async def test_a_program_may_ask_and_answer_at_length() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers([program("everything")]) as servers, trio.open_nursery() as nursery:
            await ready(servers)
            answers: list[str] = []

            async def ask() -> None:
                answers.append(text(await servers.call_tool("everything__ask", {})))

            nursery.start_soon(ask)
            elicitation = await heard(servers, Elicitation)
            assert len(text(await servers.call_tool("everything__long", {"characters": 1_000_000}))) == 1_000_000
            elicitation.answer(v1.ElicitationAcceptAction(content={"name": "blue"}))
    assert answers == ["blue"]


async def test_the_reason_holds_last_words_and_no_secrets() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers([program("refuses_to_start", KEY="sesame-open")], restart=NEVER) as servers:
            await ready(servers)
            (status,) = servers.snapshot.statuses
            assert status.state == "failed"
            assert status.reason == "the server has ended; exit status 1; stderr: no access with the key ***"


async def test_a_server_that_does_not_start_is_tried_again_so_often() -> None:
    states: list[str] = []
    with trio.fail_after(DEADLINE):
        async with connect_servers([program("refuses_to_start", KEY="sesame-open")], restart=SOON) as servers:
            while states.count("failed") < 3:
                states.append((await heard(servers, StatusesChanged)).statuses[0].state)
    assert states == ["failed", "connecting", "failed", "connecting", "failed"]


async def test_a_server_that_crashes_is_started_again() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers([program("everything", TOKEN="very-secret")], restart=SOON) as servers:
            await ready(servers)
            before = await pid_of(servers)
            with pytest.raises(McpError) as caught:
                await servers.call_tool("everything__crash", {"last_words": "out of very-secret memory"})
            why = "the server has ended; exit status 3; stderr: out of *** memory"
            assert str(caught.value) == f"the MCP server 'everything' is gone: {why}"
            assert (await heard(servers, ToolsChanged)).tools == []
            assert (await in_state(servers, "failed", "everything")).reason == why
            await in_state(servers, "connecting", "everything")
            await in_state(servers, "connected", "everything")
            assert (await heard(servers, ToolsChanged)).tools
            assert await pid_of(servers) != before


async def test_calls_to_a_killed_server_fail_at_once() -> None:
    failures: list[str] = []

    async def call(servers: McpServers) -> None:
        with pytest.raises(McpError) as caught:
            await servers.call_tool("everything__hang", {})
        failures.append(str(caught.value))

    with trio.fail_after(DEADLINE):
        async with connect_servers([program("everything")], restart=NEVER) as servers:
            await ready(servers)
            pid = await pid_of(servers)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(call, servers)
                nursery.start_soon(call, servers)
                await trio.testing.wait_all_tasks_blocked()
                os.kill(pid, signal.SIGKILL)
            assert len(failures) == 2
            assert all(
                "'everything' is gone: the server has ended; killed by SIGKILL" in failure for failure in failures
            )
            await in_state(servers, "failed", "everything")
            with pytest.raises(McpError, match=r"not connected, but failed: .*SIGKILL"):
                await pid_of(servers)


@pytest.mark.parametrize("way", ["return", "exception", "cancellation"])
async def test_leaving_while_a_tool_runs_leaves_nothing(way: str) -> None:
    async def call(servers: McpServers) -> None:
        with pytest.raises(McpError, match="left"):
            await servers.call_tool("everything__hang", {})

    pids: list[int] = []
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as calls:
            with trio.CancelScope() as scope:
                try:
                    async with connect_servers([program("everything")], grace=1) as servers:
                        await ready(servers)
                        pids = [await pid_of(servers), int(text(await servers.call_tool("everything__spawn", {})))]
                        assert all(runs(pid) for pid in pids)
                        calls.start_soon(call, servers)  # noqa: ASYNC111  # the servers are left before the call
                        await trio.testing.wait_all_tasks_blocked()
                        if way == "exception":
                            raise KeyError
                        if way == "cancellation":
                            scope.cancel()
                            await trio.lowlevel.checkpoint()
                except KeyError:
                    assert way == "exception"
            assert not any(runs(pid) for pid in pids)


async def test_leaving_waits_for_no_server_that_is_still_connecting() -> None:
    silent = v1.McpServerStdio(name="silent", command="sleep", args=["1000"], env=[])
    with trio.fail_after(DEADLINE):
        async with connect_servers([silent], grace=1):
            await trio.lowlevel.checkpoint()
