"""Terminals: real commands, run for an agent, that leave nobody behind."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, AgentSession, Client, ClientSession, LocalMisuse, PeerError, Turn
from acp_trio.jsonrpc import ErrorCode
from acp_trio.schema import v1
from acp_trio.session import RemoteTerminal
from acp_trio.transports import _command, memory_pair

SIGTERM = v1.TerminalExitStatus(signal="SIGTERM")
SIGKILL = v1.TerminalExitStatus(signal="SIGKILL")

# Says its pid and waits for a signal.
WAITS = ("sh", ["-c", "echo $$; exec sleep 1000"])
# Says its pid, ignores what it may, and so do its children.
STUBBORN = ("sh", ["-c", "trap '' TERM HUP INT; echo $$; sleep 1000; sleep 1000"])
# Says the pid of a child, which holds the output, and exits.
LEAVES_A_CHILD = ("sh", ["-c", "sleep 1000 & echo $!; exit 7"])
# The same with a child that ignores SIGTERM.
LEAVES_A_STUBBORN_CHILD = ("sh", ["-c", "trap '' TERM; sleep 1000 & echo $!; exit 7"])


def python(source: str) -> tuple[str, list[str]]:
    return sys.executable, ["-ESc", source]


def running(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


async def pid_said_by(terminal: RemoteTerminal) -> int:
    """The number that the command writes first."""
    while "\n" not in (output := (await terminal.output()).output):
        await trio.testing.wait_all_tasks_blocked()
    return int(output)


def output_of(command: str, args: list[str], **more: Any) -> Callable[[Turn], object]:
    async def run(turn: Turn) -> v1.TerminalOutputResponse:
        async with turn.terminal(command, args, **more) as terminal:
            await terminal.wait_for_exit()
            return await terminal.output()

    return run


# Running


async def test_both_outputs_are_one_in_order_and_the_exit_code_is_told(
    client: Client, tmp_path: Path, run_turn
) -> None:
    client.serve_terminals()
    output = await run_turn(
        client, tmp_path, output_of("sh", ["-c", "echo out; echo err >&2; printf 'out\\r\\n'; exit 3"])
    )
    assert output == v1.TerminalOutputResponse(
        output="out\nerr\nout\r\n", truncated=False, exit_status=v1.TerminalExitStatus(exit_code=3)
    )


async def test_output_can_be_read_while_the_command_runs(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> v1.TerminalOutputResponse:
        async with turn.terminal(*WAITS) as terminal:
            await pid_said_by(terminal)
            return await terminal.output()

    assert (await run_turn(client, tmp_path, run)).exit_status is None


async def test_a_signal_that_ended_the_command_is_named(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()
    output = await run_turn(client, tmp_path, output_of("sh", ["-c", "kill -USR1 $$"]))
    assert output.exit_status == v1.TerminalExitStatus(signal="SIGUSR1")


async def test_a_signal_without_a_name_has_its_number(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()
    output = await run_turn(client, tmp_path, output_of(*python("import os; os.kill(os.getpid(), 40)")))
    assert output.exit_status == v1.TerminalExitStatus(signal="SIG40")


async def test_there_is_no_shell_between(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()
    output = await run_turn(client, tmp_path, output_of("printf", ["<%s>", "$HOME", "a  b", "; exit 3", "*"]))
    assert output.output == "<$HOME><a  b><; exit 3><*>"


async def test_the_input_is_empty(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()
    assert (await run_turn(client, tmp_path, output_of("cat", []))).output == ""


async def test_variables_are_added_to_ours(
    client: Client, tmp_path: Path, run_turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "1")
    client.serve_terminals()
    output = await run_turn(client, tmp_path, output_of("sh", ["-c", "echo $OURS $THEIRS"], env={"THEIRS": "2"}))
    assert output.output == "1 2\n"


async def test_a_command_runs_in_the_session_s_directory_or_in_one_below(
    client: Client, tmp_path: Path, run_turn
) -> None:
    client.serve_terminals()
    (tmp_path / "inner").mkdir()
    assert (await run_turn(client, tmp_path, output_of("pwd", []))).output == f"{tmp_path}\n"
    inner = await run_turn(client, tmp_path, output_of("pwd", [], cwd=str(tmp_path / "inner")))
    assert inner.output == f"{tmp_path}/inner\n"


# Refusing


async def refused(client: Client, directory: Path, run_turn, command: str, **more: Any) -> PeerError:
    with pytest.raises(PeerError) as caught:
        await run_turn(client, directory, output_of(command, [], **more))
    return caught.value


@pytest.mark.parametrize("cwd", ["/", "{}/..", "{}/link"])
async def test_a_command_does_not_run_outside_of_the_session_s_directories(
    client: Client, tmp_path: Path, run_turn, cwd: str
) -> None:
    client.serve_terminals()
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to(tmp_path)
    error = await refused(client, work, run_turn, "pwd", cwd=cwd.format(work))
    assert error.code == ErrorCode.INVALID_PARAMS
    assert "outside of the session's directories" in error.message


@pytest.mark.parametrize(
    "command, more, message",
    [
        ("no-such-command", {}, "command not found: 'no-such-command'"),
        ("pwd", {"cwd": "inner"}, "not an absolute path: inner"),
        ("pwd", {"cwd": "{}/missing"}, "cannot use working directory '{}/missing': No such file or directory"),
        ("pwd", {"env": {"A=B": "C"}}, "cannot run 'pwd': illegal environment variable name"),
    ],
)
async def test_a_command_that_cannot_run_is_refused_and_the_agent_learns_why(
    client: Client, tmp_path: Path, run_turn, command: str, more: dict[str, Any], message: str
) -> None:
    client.serve_terminals()
    if "cwd" in more:
        more = {"cwd": more["cwd"].format(tmp_path)}
    error = await refused(client, tmp_path, run_turn, command, **more)
    assert error.code == ErrorCode.INVALID_PARAMS
    assert error.message == message.format(tmp_path)


async def test_the_application_says_what_may_run(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals(allow=lambda request: request.command == "pwd")
    assert (await run_turn(client, tmp_path, output_of("pwd", []))).output == f"{tmp_path}\n"
    error = await refused(client, tmp_path, run_turn, "ls")
    assert (error.code, error.message) == (ErrorCode.INVALID_PARAMS, "not allowed here: ls")


@pytest.mark.promise("P17")
async def test_a_permission_that_is_no_bool_is_none(
    client: Client, tmp_path: Path, run_turn, caplog: pytest.LogCaptureFixture
) -> None:
    client.serve_terminals(allow=lambda request: request.command)  # type: ignore[arg-type, return-value]
    error = await refused(client, tmp_path, run_turn, "pwd")
    assert (error.code, error.data) == (ErrorCode.INTERNAL_ERROR, {"type": LocalMisuse.__name__})
    assert "allow must return a bool, not str" in caplog.text


@pytest.mark.promise("P17")
def test_a_permission_that_would_have_to_be_awaited_is_an_error_at_once(client: Client) -> None:
    async def allow(request: v1.CreateTerminalRequest) -> bool:
        return False

    with pytest.raises(TypeError, match="must be a plain function"):
        client.serve_terminals(allow=allow)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a plain function that returns a bool, not True"):
        client.serve_terminals(allow=True)  # type: ignore[arg-type]


# Output


async def test_of_long_output_the_end_is_kept(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()
    source = r"import sys; sys.stdout.buffer.write(b'x' * 100_000 + b'\xe2\x98\x83' * 10)"
    output = await run_turn(client, tmp_path, output_of(*python(source), output_byte_limit=20))
    assert (output.output, output.truncated) == ("\N{SNOWMAN}" * 6, True)


@pytest.mark.parametrize("asked, kept", [(None, 1), (3 << 20, 3), (1 << 40, 8)])
async def test_how_much_is_kept_has_a_default_and_a_bound(
    client: Client, tmp_path: Path, run_turn, asked: int | None, kept: int
) -> None:
    client.serve_terminals()
    command = ("head", ["-c", str(9 << 20), "/dev/zero"])
    output = await run_turn(client, tmp_path, output_of(*command, output_byte_limit=asked))
    assert (len(output.output), output.truncated) == (kept << 20, True)


async def test_a_command_that_never_stops_writing_is_not_held_up(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> v1.TerminalOutputResponse:
        async with turn.terminal("yes", output_byte_limit=10) as terminal:
            while not (await terminal.output()).truncated:
                await trio.lowlevel.checkpoint()
            await terminal.kill()
            return await terminal.output()

    assert len((await run_turn(client, tmp_path, run)).output) in range(8, 11)


# Waiting


async def test_everybody_who_waits_for_the_exit_is_told(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> list[v1.WaitForTerminalExitResponse]:
        found: list[v1.WaitForTerminalExitResponse] = []

        async def wait(terminal: RemoteTerminal) -> None:
            found.append(await terminal.wait_for_exit())

        async with turn.terminal(*WAITS) as terminal:
            await pid_said_by(terminal)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait, terminal)
                nursery.start_soon(wait, terminal)
                await terminal.kill()
        return found

    assert await run_turn(client, tmp_path, run) == [v1.WaitForTerminalExitResponse(signal="SIGTERM")] * 2


@pytest.mark.promise("P3")
async def test_a_wait_that_is_cancelled_leaves_the_command_running(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> v1.WaitForTerminalExitResponse:
        async with turn.terminal(*WAITS) as terminal:
            pid = await pid_said_by(terminal)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(terminal.wait_for_exit)
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
            assert running(pid)
            assert (await terminal.output()).exit_status is None
            await terminal.kill()
            return await terminal.wait_for_exit()

    assert await run_turn(client, tmp_path, run) == v1.WaitForTerminalExitResponse(signal="SIGTERM")


async def test_an_exit_is_told_although_a_grandchild_holds_the_output(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> v1.TerminalOutputResponse:
        async with turn.terminal(*LEAVES_A_CHILD) as terminal:
            await terminal.wait_for_exit()
            output = await terminal.output()
            assert running(int(output.output))
            return output

    output = await run_turn(client, tmp_path, run)
    assert output.exit_status == v1.TerminalExitStatus(exit_code=7)
    assert not running(int(output.output))


# Ending


async def test_a_killed_command_can_still_be_read(client: Client, tmp_path: Path, run_turn) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> v1.TerminalOutputResponse:
        async with turn.terminal(*WAITS) as terminal:
            await pid_said_by(terminal)
            await terminal.kill()
            await terminal.kill()
            return await terminal.output()

    output = await run_turn(client, tmp_path, run)
    assert output.exit_status == SIGTERM
    assert not running(int(output.output))


@pytest.mark.promise("P2")
@pytest.mark.parametrize("way", ["kill", "release"])
async def test_a_command_that_ignores_sigterm_is_killed(client: Client, tmp_path: Path, run_turn, way: str) -> None:
    client.serve_terminals(grace=0.05)

    async def run(turn: Turn) -> int:
        async with turn.terminal(*STUBBORN) as terminal:
            pid = await pid_said_by(terminal)
            if way == "kill":
                await terminal.kill()
                assert (await terminal.output()).exit_status == SIGKILL
            return pid

    assert not running(await run_turn(client, tmp_path, run))


@pytest.mark.promise("P2")
async def test_killing_a_command_that_has_exited_ends_what_it_left_behind(
    client: Client, tmp_path: Path, run_turn
) -> None:
    client.serve_terminals(grace=0.05)

    async def run(turn: Turn) -> v1.TerminalExitStatus | None:
        async with turn.terminal(*LEAVES_A_STUBBORN_CHILD) as terminal:
            pid = await pid_said_by(terminal)
            await terminal.wait_for_exit()
            await terminal.kill()
            assert not running(pid)
            return (await terminal.output()).exit_status

    assert await run_turn(client, tmp_path, run) == v1.TerminalExitStatus(exit_code=7)


async def test_a_released_terminal_is_unknown_and_who_waited_for_it_is_told(
    client: Client, tmp_path: Path, run_turn
) -> None:
    client.serve_terminals()

    async def run(turn: Turn) -> int:
        found: list[v1.WaitForTerminalExitResponse] = []

        async def wait() -> None:
            found.append(await terminal.wait_for_exit())

        async with trio.open_nursery() as nursery, turn.terminal(*WAITS) as terminal:
            pid = await pid_said_by(terminal)
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
        assert found == [v1.WaitForTerminalExitResponse(signal="SIGTERM")]
        for call in (terminal.output, terminal.wait_for_exit, terminal.kill, terminal.release):
            with pytest.raises(PeerError, match="no such terminal") as caught:
                await call()
            assert caught.value.code == ErrorCode.RESOURCE_NOT_FOUND
            assert caught.value.data == {"terminalId": terminal.id}
        return pid

    assert not running(await run_turn(client, tmp_path, run))


async def test_a_terminal_belongs_to_its_session(client: Client, tmp_path: Path, connected) -> None:
    client.serve_terminals()
    agent = Agent("agent")
    terminals: list[RemoteTerminal] = []

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        if not terminals:
            request = v1.CreateTerminalRequest(session_id=turn.session_id, command="cat")
            created = await turn.connection.request(request)
            terminals.append(RemoteTerminal(turn.connection, turn.session_id, created.terminal_id))
        else:
            stranger = RemoteTerminal(turn.connection, turn.session_id, terminals[0].id)
            with pytest.raises(PeerError, match="no such terminal"):
                await stranger.output()
            await turn.say("refused")
        return "end_turn"

    async with (
        connected(client, agent) as connection,
        connection.open_session(tmp_path) as one,
        connection.open_session(tmp_path) as other,
    ):
        assert await one.ask("create") == ""
        assert await other.ask("read") == "refused"


# The session's end


def keeping_a_terminal(command: tuple[str, list[str]], agent: Agent) -> list[v1.WaitForTerminalExitResponse]:
    """Have the agent open a terminal in its first turn, say what the command says, and wait for its exit beside it."""
    exits: list[v1.WaitForTerminalExitResponse] = []

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        request = v1.CreateTerminalRequest(session_id=turn.session_id, command=command[0], args=command[1])
        created = await turn.connection.request(request)
        terminal = RemoteTerminal(turn.connection, turn.session_id, created.terminal_id)
        await turn.say(str(await pid_said_by(terminal)))

        async def wait() -> None:
            exits.append(await terminal.wait_for_exit())

        turn.connection.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        return "end_turn"

    return exits


@pytest.mark.promise("P2")
@pytest.mark.parametrize(
    "command, ending",
    [
        (WAITS, v1.WaitForTerminalExitResponse(signal="SIGTERM")),
        (STUBBORN, v1.WaitForTerminalExitResponse(signal="SIGKILL")),
        (LEAVES_A_CHILD, v1.WaitForTerminalExitResponse(exit_code=7)),
        (LEAVES_A_STUBBORN_CHILD, v1.WaitForTerminalExitResponse(exit_code=7)),
    ],
    ids=["waits", "stubborn", "leaves a child", "leaves a stubborn child"],
)
async def test_a_terminal_ends_with_its_session(client: Client, tmp_path: Path, connected, command, ending) -> None:
    client.serve_terminals(grace=0.05)
    agent = Agent("agent")
    exits = keeping_a_terminal(command, agent)
    async with connected(client, agent) as connection:
        async with connection.open_session(tmp_path) as session:
            pid = int(await session.ask("start"))
            assert running(pid)
        assert not running(pid)
        await trio.testing.wait_all_tasks_blocked()
        assert exits == [ending]


@pytest.mark.promise("P2")
@pytest.mark.parametrize("command", [WAITS, STUBBORN], ids=["waits", "stubborn"])
async def test_a_terminal_ends_when_its_client_is_cancelled(client: Client, tmp_path: Path, command) -> None:
    client.serve_terminals(grace=0.05)
    agent = Agent("agent")
    keeping_a_terminal(command, agent)
    ours, theirs = memory_pair()
    pid = 0
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, theirs)
            with trio.CancelScope() as scope:
                async with client.connect(ours) as connection, connection.open_session(tmp_path) as session:
                    pid = int(await session.ask("start"))
                    scope.cancel()
                    await trio.sleep_forever()
    assert pid
    assert not running(pid)


@pytest.mark.promise("P2")
async def test_a_terminal_ends_when_the_session_s_block_raises(client: Client, tmp_path: Path, connected) -> None:
    client.serve_terminals()
    agent = Agent("agent")
    keeping_a_terminal(WAITS, agent)
    async with connected(client, agent) as connection:
        try:
            async with connection.open_session(tmp_path) as session:
                pid = int(await session.ask("start"))
                raise ZeroDivisionError
        except ZeroDivisionError:
            assert not running(pid)


@pytest.mark.promise("P2")
@pytest.mark.promise("P24")
async def test_a_terminal_that_is_cancelled_while_it_starts_leaves_nobody(
    client: Client, tmp_path: Path, run_turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.serve_terminals()
    spawn = _command.spawn_for_output
    started = trio.Event()
    token = trio.lowlevel.current_trio_token()
    go_on = threading.Event()
    pids: list[int] = []

    def spawn_slowly(program):
        child = spawn(program)
        pids.append(child.pid)
        token.run_sync_soon(started.set)
        go_on.wait(10)
        return child

    monkeypatch.setattr(_command, "spawn_for_output", spawn_slowly)

    async def run(turn: Turn) -> None:
        async with trio.open_nursery() as nursery:
            request = v1.CreateTerminalRequest(session_id=turn.session_id, command="sleep", args=["1000"])
            nursery.start_soon(turn.connection.request, request)
            await started.wait()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
            go_on.set()

    await run_turn(client, tmp_path, run)
    assert [running(pid) for pid in pids] == [False]


# The session's beginning


async def test_a_terminal_can_be_had_with_the_answer_to_session_new(client: Client, tmp_path: Path, connected) -> None:
    client.serve_terminals()
    agent = Agent("agent")

    @agent.on_new_session
    async def new(
        request: v1.NewSessionRequest, session: AgentSession, *, task_status: trio.TaskStatus[v1.NewSessionResponse]
    ) -> None:
        task_status.started(v1.NewSessionResponse(session_id=session.session_id))
        async with session.terminal("echo", ["hello"]) as terminal:
            await terminal.wait_for_exit()
            await session.say((await terminal.output()).output)

    async with connected(client, agent) as connection, connection.open_session(tmp_path) as session:
        await expect_said(session, "hello\n")


async def test_a_terminal_can_be_had_while_a_session_is_loaded(client: Client, tmp_path: Path, connected) -> None:
    client.serve_terminals()
    agent = Agent("agent")

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: AgentSession) -> v1.LoadSessionResponse:
        async with session.terminal("echo", ["hello"]) as terminal:
            await terminal.wait_for_exit()
            await session.say((await terminal.output()).output)
        return v1.LoadSessionResponse()

    async with connected(client, agent) as connection, connection.load_session("old", tmp_path) as session:
        assert [update.content.text for update in session.replay] == ["hello\n"]


async def expect_said(session: ClientSession, text: str) -> None:
    """Wait until the agent has said this, in a turn or before one."""
    said = "".join(update.content.text for update in session.replay)
    async with session.updates() as updates:
        while said != text:
            said += (await anext(updates)).content.text


# Advertising


@pytest.mark.promise("P17")
async def test_terminals_are_advertised_when_they_are_served(client: Client, tmp_path: Path, run_turn) -> None:
    assert not client.capabilities.terminal
    with pytest.raises(LocalMisuse, match="does not offer terminal"):
        await run_turn(client, tmp_path, output_of("pwd", []))
    other = Client("other")
    other.serve_terminals()
    assert other.capabilities.terminal
