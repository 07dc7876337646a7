"""The end of a hosted session, or of a request of its client, while something of it is just under way."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
import trio
import trio.testing

from acp_trio import Agent, PeerError
from acp_trio.runtime import Choice, InMemoryStore, SessionHost, TurnEnded
from acp_trio.schema import v1
from acp_trio.testing import scripted_peer

from .hosting import Fakes, spec, talking_to

pytestmark = pytest.mark.usefixtures("nothing_leaks")

NEW = {"cwd": "/", "mcpServers": []}
GO = [{"type": "text", "text": "go"}]


@asynccontextmanager
async def two_clients(host, agent):
    """One session of the host, as two clients have it open."""
    async with (
        host.open(),
        talking_to(agent) as one,
        talking_to(agent) as two,
        one.agent.open_session("/", keep=True) as first,
        two.agent.load_session(first.id, "/", keep=True) as second,
    ):
        yield first, second


@pytest.mark.parametrize("outlives", [False, True])
@pytest.mark.parametrize("how", ["close", "leave"])
async def test_a_session_that_ends_during_a_tool_call_cancels_its_turn_and_fails_nothing(
    autojump_clock, caplog, outlives, how
):
    store, agent, begun, failures = InMemoryStore(), Agent("host"), trio.Event(), []

    async def loop(turn, _runtime):
        try:
            async with turn.tool_call("Work"):
                begun.set()
                try:
                    await trio.sleep_forever()
                finally:
                    with trio.CancelScope(shield=True):  # the tool cleans up; nobody takes from the relay by then
                        await trio.sleep(1)
        except Exception as error:
            failures.append(error)
            raise

    host = SessionHost([spec(loop)], store=store, factory=Fakes())
    host.install(agent)
    with trio.fail_after(30):
        async with AsyncExitStack() as stack:
            if outlives:
                await stack.enter_async_context(host.open())
            async with talking_to(agent) as pair:
                session_id = (await pair.agent.request(v1.NewSessionRequest(cwd="/", mcp_servers=[]))).session_id
                pair.agent.send_request(v1.PromptRequest(session_id=session_id, prompt=[v1.TextContent(text="go")]))
                await begun.wait()
                await trio.testing.wait_all_tasks_blocked()
                if how == "close":
                    await pair.agent.request(v1.CloseSessionRequest(session_id=session_id))
    kept = await store.load(session_id)
    errors = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert (failures, kept.entries[-1], errors) == ([], TurnEnded("cancelled"), [])


@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("attempt", range(4))  # trio runs the tasks of one step in either order
async def test_a_new_session_whose_request_is_cancelled_is_refused_or_tells_its_client_what_is_said(
    autojump_clock, attempt, steps
):
    fakes, agent = Fakes(), Agent("host")
    gate = fakes.gates["planner"] = trio.Event()

    async def loop(turn, _runtime):
        await turn.say("hello")
        return "end_turn"

    SessionHost([spec(loop)], store=InMemoryStore(), factory=fakes).install(agent)
    with trio.fail_after(30):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            await nursery.start(agent.serve, transport)
            await client.initialize()
            await client.send({"id": 1, "method": "session/new", "params": NEW})
            await trio.testing.wait_all_tasks_blocked()
            gate.set()
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            await client.send({"method": "$/cancel_request", "params": {"requestId": 1}})
            answer = await client.receive()
            if "result" in answer:
                params = {"sessionId": answer["result"]["sessionId"], "prompt": GO}
                await client.send({"id": 2, "method": "session/prompt", "params": params})
                heard = [await client.receive() for _ in range(2)]
                assert [line.get("method", line.get("id")) for line in heard] == ["session/update", 2]
            await client.hang_up()


@pytest.mark.parametrize("attempt", range(12))  # trio runs the tasks of one step in either order
async def test_no_turn_begins_when_an_agent_has_crashed_and_its_session_ends(autojump_clock, attempt, caplog):
    caplog.set_level(logging.CRITICAL)
    agent, crash, begun, started = Agent("host"), trio.Event(), [], []

    async def loop(turn, _runtime):
        begun.append(turn.text)
        await trio.sleep_forever()

    async def work(_runtime):
        started.append(1)
        await crash.wait()
        if len(started) == 1:
            raise OSError("gone")

    async def ask(session, text):
        with trio.move_on_after(5):
            with suppress(PeerError):
                await session.ask(text)

    host = SessionHost([spec(loop, work=work)], store=InMemoryStore(), factory=Fakes())
    host.install(agent)
    with trio.fail_after(30):
        async with two_clients(host, agent) as (first, second), trio.open_nursery() as nursery:
            nursery.start_soon(ask, first, "one")
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(ask, second, "two")
            await trio.testing.wait_all_tasks_blocked()
            crash.set()
    assert (begun, len(started)) == (["one"], 1)


async def test_a_refused_mode_is_not_chosen_though_another_client_has_chosen_something_since(autojump_clock, caplog):
    caplog.set_level(logging.CRITICAL)
    fakes, agent, gate, results = Fakes(), Agent("host"), trio.Event(), []
    really_open = fakes.open

    async def loop(turn, runtime):
        await turn.say(runtime.spec.name)
        return "end_turn"

    @asynccontextmanager
    async def refuse():
        await gate.wait()
        raise RuntimeError("it cannot start")
        yield

    fakes.open = lambda spec, **more: refuse() if spec.name == "bad" else really_open(spec, **more)
    options = [Choice(id="o", name="O", values={"a": "A", "b": "B"})]
    specs = [spec(loop, "good"), spec(loop, "bad")]
    host = SessionHost(specs, store=InMemoryStore(), factory=fakes, options=options)
    host.install(agent)

    async def choose_mode(session):
        try:
            await session.set_mode("bad")
        except PeerError:
            results.append("mode refused")

    async def choose_option(session):
        try:
            await session.set_config_option("o", "b")
        except PeerError:
            results.append("option refused")

    with trio.fail_after(30):
        async with two_clients(host, agent) as (first, second):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(choose_mode, first)
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(choose_option, second)
                await trio.testing.wait_all_tasks_blocked()
                gate.set()
            assert results == ["mode refused"]
            assert await first.ask("x") == "good"
