"""Proxies in a row, in this process and over pipes: what arrives at either end, and how a row ends."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ConnectionLost, HandshakeFailed, PeerError, Proxy, Turn
from acp_trio.conductor import Conductor
from acp_trio.schema import v1
from acp_trio.testing import Wire, scripted_peer
from acp_trio.transports import Transport, in_process, process

from .programs.proxies import PROXIES

DEADLINE = 60.0
PROGRAMS = Path(__file__).parent / "programs"
EXAMPLE = [sys.executable, "-m", "acp_trio", "agent"]

ROWS = [["shout"], ["attach"], ["forward"], ["shout", "forward"], ["attach", "shout"], ["attach", "forward", "shout"]]


def echo_agent() -> tuple[Agent, list[v1.NewSessionRequest]]:
    """An agent that repeats its prompt and counts lines with what is attached to its sessions."""
    agent, sessions = Agent("echo"), []

    @agent.on_new_session
    async def new_session(request, session):
        sessions.append(request)
        return v1.NewSessionResponse(session_id=session.session_id)

    @agent.on_prompt
    async def echo(turn: Turn) -> v1.StopReason:
        if turn.text.lower() == "count":
            answer = await turn.connection.request("_workspace/count", {"text": "a\nb\nc"})
            await turn.say(str(answer["lines"]))
        else:
            await turn.say(turn.text)
        return "end_turn"

    return agent, sessions


@asynccontextmanager
async def connected(proxies, agent, **arguments):
    """A client behind a row of proxies."""
    with trio.fail_after(DEADLINE):
        row = [PROXIES[name]() if isinstance(name, str) else name for name in proxies]
        async with Client("test").connect(Conductor(row, agent, **arguments)) as connection:
            yield connection


# In process


@pytest.mark.promise("P20")
@pytest.mark.parametrize("row", ROWS, ids="-".join)
async def test_a_turn_goes_through_any_row(autojump_clock, row) -> None:
    agent, sessions = echo_agent()
    async with connected(row, agent) as connection, connection.open_session("/w") as session:
        assert connection.agent_info is not None
        assert connection.agent_info.name == "echo"
        assert await session.ask("hello") == ("HELLO" if "shout" in row else "hello")
        assert [server.name for server in sessions[0].mcp_servers] == (["workspace"] if "attach" in row else [])


async def test_an_attachment_serves_the_agent_while_its_session_lasts(autojump_clock) -> None:
    agent, _ = echo_agent()
    async with connected(["attach", "forward"], agent) as connection, connection.open_session("/w") as session:
        assert await session.ask("count") == "3"


async def test_two_sessions_through_a_row_do_not_meet(autojump_clock) -> None:
    agent, _ = echo_agent()
    async with (
        connected(["attach", "shout"], agent) as connection,
        connection.open_session("/a") as one,
        connection.open_session("/b") as other,
    ):
        said = {}

        async def ask(session, text) -> None:
            said[text] = await session.ask(text)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, one, "one")
            nursery.start_soon(ask, other, "other")
        assert said == {"one": "ONE", "other": "OTHER"}


@pytest.mark.promise("P3")
async def test_a_cancelled_turn_is_cancelled_through_the_row(autojump_clock) -> None:
    agent, cancelled = Agent("sleepy"), trio.Event()

    @agent.on_prompt
    async def sleep(turn: Turn) -> v1.StopReason:
        try:
            await turn.say("working")
            await trio.sleep_forever()
        finally:
            cancelled.set()

    async with connected(["attach", "forward"], agent) as connection, connection.open_session("/w") as session:
        async with session.prompt("go") as turn:
            async for _ in turn:
                break
        assert turn.stop_reason == "cancelled"
        assert cancelled.is_set()


@pytest.mark.promise("P3")
async def test_a_cancelled_request_is_cancelled_hop_by_hop(autojump_clock) -> None:
    agent, cancelled = Agent("slow"), trio.Event()

    @agent.on_request("_slow", concurrent=True)
    async def slow(_params):
        try:
            await trio.sleep_forever()
        finally:
            cancelled.set()

    async with connected(["forward", "forward"], agent) as connection:
        with trio.move_on_after(1):
            await connection.request("_slow", {})
        await cancelled.wait()


async def test_a_request_of_the_protocol_itself_is_this_hops_and_no_method(autojump_clock) -> None:
    agent, reached = Agent("a"), []

    @agent.on_request("$/whatever")
    async def whatever(params):
        reached.append(params)
        return {}

    async with connected(["forward"], agent) as connection:
        with pytest.raises(PeerError, match="whatever") as caught:
            await connection.request("$/whatever", {})
    assert caught.value.code == -32601
    assert reached == []


async def test_a_question_of_the_agent_comes_to_the_client_through_the_row(autojump_clock) -> None:
    agent, client = Agent("asks"), Client("answers")
    client.permissions("allow")

    @agent.on_prompt
    async def ask(turn: Turn) -> v1.StopReason:
        call = v1.ToolCallUpdate(tool_call_id="1", title="rm")
        options = [v1.PermissionOption(option_id="y", name="Yes", kind="allow_once")]
        outcome = await turn.request_permission(call, options)
        await turn.say(type(outcome).__name__)
        return "end_turn"

    with trio.fail_after(DEADLINE):
        row = Conductor([PROXIES["attach"](), PROXIES["forward"]()], agent)
        async with client.connect(row) as connection, connection.open_session("/w") as session:
            assert await session.ask("go") == "SelectedOutcome"


async def test_conductors_nest_as_agents(autojump_clock) -> None:
    agent, _ = echo_agent()
    inner = Conductor([PROXIES["shout"]()], agent)
    async with connected(["forward"], inner) as connection, connection.open_session("/w") as session:
        assert await session.ask("hello") == "HELLO"


async def test_errors_come_through_unchanged(autojump_clock) -> None:
    agent = Agent("refuses")

    @agent.on_new_session
    async def refuse(_request, _session):
        raise_authentication()

    async with connected(["attach", "forward"], agent) as connection:
        with pytest.raises(PeerError) as caught:
            async with connection.open_session("/w"):
                raise AssertionError("not reached")
        assert (caught.value.code, caught.value.data) == (-32000, {"how": "log in"})


def raise_authentication() -> None:
    from acp_trio import RequestError

    raise RequestError(-32000, "authenticate first", {"how": "log in"})


async def test_a_proxy_cannot_initialize_as_a_conductor_does(autojump_clock) -> None:
    cheat, seen = Proxy("cheat"), []

    @cheat.on_request("_cheat", sender=None)
    async def cheating(_params, conn):
        conn.start_soon(try_it, conn)
        return {}

    async def try_it(conn) -> None:
        from acp_trio import AGENT

        with pytest.raises(PeerError, match="only a conductor sends"):
            await conn.request("_proxy/initialize", {}, to=AGENT)
        seen.append("refused")

    agent, _ = echo_agent()
    async with connected([cheat, "forward"], agent) as connection:
        await connection.request("_cheat", {})
        await trio.testing.wait_all_tasks_blocked()
        assert seen == ["refused"]


@pytest.mark.promise("P1")
async def test_a_component_that_fails_ends_the_row_with_its_name(autojump_clock, caplog) -> None:
    fails = Proxy("fails")

    @fails.on_request("_fail")
    async def fail(_params, conn):
        conn.start_soon(raise_it)
        return {}

    async def raise_it() -> None:
        raise KeyError("a defect")

    agent, _ = echo_agent()
    async with connected(["forward", fails], agent) as connection:
        await connection.request("_fail", {})
        await connection.wait_closed()
        with pytest.raises(ConnectionLost) as caught:
            await connection.request("_x", {})
        assert "<Proxy 'fails'>: the peer closed the connection" in caught.value.last_words.stderr.decode()


@pytest.mark.promise("P8")
async def test_a_component_that_cannot_be_started_is_named() -> None:
    agent, _ = echo_agent()
    with trio.fail_after(DEADLINE), pytest.raises(HandshakeFailed) as caught:
        async with Client("c").connect(Conductor([process(["/no/such/proxy"])], agent)):
            raise AssertionError("not reached")
    assert "/no/such/proxy" in str(caught.value) + caught.value.last_words.stderr.decode()


async def test_a_request_that_a_lost_component_owes_is_answered(autojump_clock) -> None:
    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:

        async def play() -> None:
            await agent.answer_initialize()
            await agent.expect("_x")
            await agent.hang_up()

        nursery.start_soon(play)
        # The answer has a longer way than the news that ends the row, and says what happened where it happened.
        async with connected(["forward"] * 5, transport) as connection:
            with pytest.raises(PeerError, match="no answer to _x: the peer closed the connection"):
                await connection.request("_x", {})


class Later(Transport):
    """A transport that opens when the test says so."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.may_open = trio.Event()

    @asynccontextmanager
    async def open(self):
        await self.may_open.wait()
        async with self._transport.open() as link:
            yield link


async def test_a_component_that_ends_before_the_client_connects_ends_the_row(autojump_clock) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            scripted_peer() as (_, to_client),
            scripted_peer() as (agent, to_agent),
            trio.open_nursery() as nursery,
        ):

            async def serve() -> None:
                with pytest.raises(ConnectionLost, match="the peer closed the connection"):
                    await Conductor([PROXIES["forward"]()], to_agent).serve(Later(to_client))
                assert trio.current_time() == 0.0  # nobody is there to get bad news first

            nursery.start_soon(serve)
            await trio.testing.wait_all_tasks_blocked()
            await agent.hang_up()


async def test_what_a_component_says_before_the_client_connects_waits_for_it(autojump_clock) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            scripted_peer() as (client, to_client),
            scripted_peer() as (agent, to_agent),
            trio.open_nursery() as nursery,
        ):
            transport = Later(to_client)
            nursery.start_soon(Conductor([], to_agent).serve, transport)
            await agent.send({"method": "_early", "params": {"n": 1}}, {"method": "_early", "params": {"n": 2}})
            await trio.testing.wait_all_tasks_blocked()
            transport.may_open.set()
            assert [(await client.expect("_early"))["params"] for _ in range(2)] == [{"n": 1}, {"n": 2}]
            nursery.cancel_scope.cancel()


async def test_a_component_that_ends_because_the_client_has_gone_is_no_failure(autojump_clock) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            scripted_peer() as (client, to_client),
            scripted_peer() as (agent, to_agent),
            trio.open_nursery() as nursery,
        ):

            async def play() -> None:
                await agent.expect("_x")
                await agent.expect("$/cancel_request")
                await agent.hang_up()

            nursery.start_soon(Conductor([], to_agent).serve, to_client)  # and it raises nothing
            nursery.start_soon(play)
            await client.send({"id": 1, "method": "_x"})
            await trio.testing.wait_all_tasks_blocked()
            await client.hang_up()


@pytest.mark.rule(15)
@pytest.mark.promise("P10")
async def test_a_client_that_stops_reading_stops_the_agent_and_loses_nothing(autojump_clock) -> None:
    count, sent = 5000, []
    agent = Agent("chatty")

    @agent.on_prompt
    async def chat(turn: Turn) -> v1.StopReason:
        for number in range(count):
            await turn.say(f"{number} " + "x" * 1000)
            sent.append(number)
        return "end_turn"

    wire = Wire()
    with trio.fail_after(DEADLINE):
        row = Conductor([PROXIES["forward"](), PROXIES["attach"]()], agent)
        async with (
            Client("c").connect(wire.watch(in_process(row))) as connection,
            connection.open_session("/w") as session,
            session.prompt("go") as turn,
        ):
            numbers = [number_in(update) async for update in turn]
    assert numbers == list(range(count))


def number_in(update: v1.SessionUpdate) -> int:
    match update:
        case v1.AgentMessageChunk(content=v1.TextContent(text=text)):
            return int(text.split()[0])
        case _:
            raise AssertionError(update)


# Over pipes


def row_command(*proxies: str) -> list[str]:
    return [sys.executable, str(PROGRAMS / "row.py"), *proxies, "--", *EXAMPLE]


async def prompt(text: str, command: list[str]) -> tuple[int, str, str]:
    """What `acp-trio prompt` says."""
    asked = [sys.executable, "-m", "acp_trio", "prompt", text, "--", *command]
    with trio.fail_after(DEADLINE):
        done = await trio.run_process(asked, check=False, capture_stdout=True, capture_stderr=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.slow
@pytest.mark.promise("P20")
@pytest.mark.parametrize(
    "row", [["shout"], ["attach", "shout"], ["in:forward", "shout"], ["in:shout", "in:attach"]], ids="-".join
)
async def test_the_command_line_prompts_an_agent_through_a_row_of_processes(row) -> None:
    status, said, complaints = await prompt("echo hello", row_command(*row))
    assert (status, said.strip()) == (0, "ECHO HELLO" if any("shout" in name for name in row) else "hello"), complaints


@pytest.mark.slow
@pytest.mark.promise("P8")
async def test_a_proxy_that_dies_ends_the_row_and_the_cause_is_shown() -> None:
    status, _, complaints = await prompt("die", row_command("forward", "shout"))
    assert status == 1
    assert "exit status 7; stderr: the proxy was told to die" in complaints


@pytest.mark.slow
@pytest.mark.promise("P2")
@pytest.mark.parametrize("victim", ["proxies.py", "acp_trio agent"])
async def test_whichever_part_is_killed_the_others_end(victim) -> None:
    with trio.fail_after(DEADLINE):
        async with Client("c").connect(process(row_command("forward", "shout"))) as connection:
            children = descendants(connection._link.pid)
            (pid, *_) = [child for child, command in children.items() if victim in command]
            assert len(children) == 3
            os.kill(pid, signal.SIGKILL)
            await connection.wait_closed()
            with pytest.raises(ConnectionLost, match="exit status"):
                await connection.request("_x", {})
    for child in children:
        assert has_ended(child)


def has_ended(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def descendants(pid: int) -> dict[int, str]:
    """The processes below one, with their command lines."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= descendants(child)
    return found


@pytest.mark.slow
@pytest.mark.rule(20)
@pytest.mark.promise("P12")
async def test_ctrl_c_ends_a_row_and_everything_in_it() -> None:
    with trio.fail_after(DEADLINE):
        async with Client("c").connect(process(row_command("forward", "in:shout"))) as connection:
            children = descendants(connection._link.pid)
            assert len(children) == 2
            os.kill(connection._link.pid, signal.SIGINT)
            await connection.wait_closed()
            with pytest.raises(ConnectionLost) as lost:
                await connection.request("_x", {})
    assert lost.value.last_words.exit_status == -signal.SIGINT
    # As itself, in no group.
    assert lost.value.last_words.stderr.decode().splitlines()[-1] == "KeyboardInterrupt"
    for child in children:
        assert has_ended(child)
