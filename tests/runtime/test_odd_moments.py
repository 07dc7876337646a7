"""Hosted sessions that are begun, ended, told and asked at odd moments, by one client or by two."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ClientSession, PeerError, RequestError, Turn
from acp_trio.mcp import Elicitation
from acp_trio.runtime import InMemoryStore, Runtime, SessionHost, SessionMeta, StoreFailed, Updated, open_runtime
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, hosting, said, spec, talking_to

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P1")]

NEW = v1.NewSessionRequest(cwd="/", mcp_servers=[])


async def echo(turn: Turn, _runtime: Runtime) -> Any:
    await turn.say(turn.text)
    return "end_turn"


async def says_its_name(turn: Turn, runtime: Runtime) -> Any:
    await turn.say(runtime.spec.name)
    return "end_turn"


def host_of(*specs: Any, **more: Any) -> tuple[SessionHost, Agent]:
    host, agent = SessionHost(specs, **more), Agent("host")
    host.install(agent)
    return host, agent


@asynccontextmanager
async def two_clients(
    host: SessionHost, agent: Agent, *clients: Client
) -> AsyncGenerator[tuple[ClientSession, ClientSession]]:
    """Attached to one session."""
    one, two = clients or (None, None)
    async with (
        host.open(),
        talking_to(agent, one) as first,
        talking_to(agent, two) as second,
        first.agent.open_session("/", keep=True) as session,
        second.agent.load_session(session.id, "/", keep=True) as same,
    ):
        yield session, same


class ReadyFirst(Fakes):
    """A factory that gives an agent when it is ready: one whose work fails dies before."""

    def open(self, spec: Any, **arguments: Any) -> Any:
        self.opened.append(spec.name)
        arguments.pop("session")
        return self._ready(spec, arguments)

    @asynccontextmanager
    async def _ready(self, spec: Any, arguments: dict[str, Any]) -> AsyncGenerator[Runtime]:
        async with open_runtime(spec, **arguments) as runtime:
            await trio.sleep(0.1)
            yield runtime


async def dies(_runtime: Runtime) -> None:
    raise RuntimeError("the model is gone")


# What is being started


async def test_leaving_the_hosts_block_ends_a_session_that_starts(autojump_clock):
    fakes = Fakes()
    fakes.gates["planner"] = trio.Event()
    host, agent = host_of(spec(echo), factory=fakes, store=InMemoryStore())

    async def hold(*, task_status: Any) -> None:
        async with host.open():
            task_status.started()
            await leave.wait()

    leave = trio.Event()
    with trio.fail_after(50):
        async with talking_to(agent) as pair:
            async with trio.open_nursery() as nursery:
                await nursery.start(hold)
                sent = pair.agent.send_request(NEW)
                await trio.testing.wait_all_tasks_blocked()
                leave.set()
            with pytest.raises(PeerError, match="ended before it was started"):
                await sent.wait()


@pytest.mark.parametrize("request_class", [v1.CloseSessionRequest, v1.DeleteSessionRequest])
async def test_a_session_ends_while_the_agent_of_another_clients_mode_starts(autojump_clock, request_class):
    fakes = Fakes()
    fakes.gates["two"] = trio.Event()
    host, agent = host_of(spec(echo, "one"), spec(echo, "two"), factory=fakes, store=InMemoryStore())
    with trio.fail_after(50):
        async with two_clients(host, agent) as (one, two):
            sent = one.connection.send_request(v1.SetSessionModeRequest(session_id=one.id, mode_id="two"))
            await trio.testing.wait_all_tasks_blocked()
            await two.connection.request(request_class(session_id=two.id))
            with pytest.raises(PeerError):
                await sent.wait()


async def test_a_mode_whose_agent_dies_as_it_starts_is_refused_and_the_agent_before_stays(autojump_clock):
    agent = hosting(spec(says_its_name, "good"), spec(says_its_name, "bad", work=dies), factory=ReadyFirst())
    with trio.fail_after(50):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(PeerError):
                await session.set_mode("bad")
            assert await session.ask("who?") == "good"


async def test_a_mode_of_a_session_that_another_client_is_closing_is_refused(autojump_clock):
    async def slow_to_end(_turn: Turn, _runtime: Runtime) -> Any:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)

    host, agent = host_of(spec(slow_to_end, "one"), spec(slow_to_end, "two"), factory=Fakes(), store=InMemoryStore())
    with trio.fail_after(50):
        async with two_clients(host, agent) as (one, two):
            one.connection.send_request(v1.PromptRequest(session_id=one.id, prompt=[v1.TextContent(text="go")]))
            await trio.testing.wait_all_tasks_blocked()
            two.connection.send_request(v1.CloseSessionRequest(session_id=two.id))
            await trio.sleep(1)
            with pytest.raises(PeerError) as refused:
                await one.set_mode("two")
            assert refused.value.code == -32002


# What is kept


@pytest.mark.parametrize("how", ["refused", "cancelled"])
async def test_a_session_that_did_not_come_about_is_not_kept(autojump_clock, how):
    fakes, store = Fakes(), InMemoryStore()
    if how == "refused":
        fakes.refusals["planner"] = RuntimeError("no model")
    else:
        fakes.gates["planner"] = trio.Event()
    with trio.fail_after(50):
        async with talking_to(hosting(spec(echo), factory=fakes, store=store)) as pair:
            sent = pair.agent.send_request(NEW)
            await trio.testing.wait_all_tasks_blocked()
            sent.cancel()
            with pytest.raises(PeerError):
                await sent.wait()
            assert await pair.agent.list_sessions() == []


async def test_a_store_that_cannot_forget_does_not_hide_why_a_session_did_not_come_about(autojump_clock, caplog):
    class Keeps(InMemoryStore):
        async def delete(self, session_id: str) -> None:
            raise StoreFailed("the disk is read only")

    fakes = Fakes()
    fakes.refusals["planner"] = RequestError(-32000, "no model")
    with trio.fail_after(50):
        async with talking_to(hosting(spec(echo), factory=fakes, store=Keeps())) as pair:
            with pytest.raises(PeerError, match="no model"):
                await pair.agent.request(NEW)
    assert "the disk is read only" in caplog.text


async def test_of_one_id_there_is_one_session_also_while_it_begins(autojump_clock):
    fakes = Fakes()
    gate = fakes.gates["planner"] = trio.Event()
    host, agent = host_of(spec(echo), factory=fakes, store=InMemoryStore())
    with trio.fail_after(50):
        async with host.open(), talking_to(agent) as one, talking_to(agent) as two:
            begun = one.agent.send_request(NEW)
            await trio.testing.wait_all_tasks_blocked()
            [listed] = await two.agent.list_sessions()
            loaded = two.agent.send_request(
                v1.LoadSessionRequest(session_id=listed.session_id, cwd="/", mcp_servers=[])
            )
            await trio.testing.wait_all_tasks_blocked()
            gate.set()
            await begun.wait()
            await loaded.wait()
    assert fakes.opened == ["planner"]


async def test_a_load_that_is_refused_leaves_what_was_kept_as_it_was(autojump_clock):
    fakes, store = Fakes(), InMemoryStore()
    await store.create(SessionMeta(session_id="1", cwd="/right"))
    fakes.refusals["planner"] = RuntimeError("no such directory")
    with trio.fail_after(50):
        async with talking_to(hosting(spec(echo), factory=fakes, store=store)) as pair:
            with pytest.raises(PeerError):
                await pair.agent.request(v1.LoadSessionRequest(session_id="1", cwd="/wrong", mcp_servers=[]))
    stored = await store.load("1")
    assert stored is not None
    assert stored.meta.cwd == "/right"


# What is said, and who is asked


async def test_the_history_has_what_an_agent_said_out_of_turn(autojump_clock):
    histories = []

    async def note(_turn: Turn, runtime: Runtime) -> Any:
        histories.append(list(runtime.history))
        return "end_turn"

    async def work(runtime: Runtime) -> None:
        await runtime.send(said("built"))
        await trio.sleep_forever()

    with trio.fail_after(50):
        async with talking_to(hosting(spec(note, work=work))) as pair, pair.agent.open_session("/") as session:
            await trio.testing.wait_all_tasks_blocked()
            await session.ask("so?")
    assert histories == [[Updated(said("built"))]]


async def test_a_tool_call_of_an_agents_own_task_outlives_a_turn(autojump_clock):
    store = InMemoryStore()

    async def work(runtime: Runtime) -> None:
        await runtime.send(v1.ToolCall(tool_call_id="index", title="Index", status="in_progress"))
        await trio.sleep(10)
        await runtime.send(v1.ToolCallUpdate(tool_call_id="index", status="completed"))
        await trio.sleep_forever()

    with trio.fail_after(50):
        agent = hosting(spec(echo, work=work), store=store)
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            await trio.sleep(1)
            await session.ask("hello")
            await trio.sleep(20)
        stored = await store.load(session.id)
    assert stored is not None
    updates = [entry.update for entry in stored.entries if isinstance(entry, Updated)]
    assert [getattr(update, "status", "") for update in updates if hasattr(update, "tool_call_id")] == [
        "in_progress",
        "completed",
    ]


async def test_an_update_that_cannot_be_sent_is_lost_alone(autojump_clock, caplog):
    async def work(turn: Turn, _runtime: Runtime) -> Any:
        async with turn.tool_call("odd", raw_input={"object": object()}):
            pass
        await turn.say("fine")
        return "end_turn"

    agent = hosting(spec(work), store=InMemoryStore())
    with trio.fail_after(50):
        async with talking_to(agent) as pair, pair.agent.open_session("/", keep=True) as session:
            assert await session.ask("go") == "fine"
            assert await session.ask("again") == "fine"
    assert "an update cannot be sent" in caplog.text


async def test_a_server_asks_the_client_whose_turn_runs_and_else_one_that_can_be_asked(autojump_clock):
    asked = []
    servers = FakeServers()

    def user(name: str, *, has_forms: bool = True) -> Client:
        offered = v1.ElicitationCapabilities(form=v1.ElicitationFormCapabilities()) if has_forms else None
        client = Client(name, capabilities=v1.ClientCapabilities(elicitation=offered))

        async def answer(_request: v1.CreateElicitationRequest) -> v1.CreateElicitationResponse:
            asked.append(name)
            return v1.CreateElicitationResponse(action=v1.ElicitationCancelAction())

        if has_forms:
            client.on_elicitation(answer)
        return client

    async def ask(_turn: Turn, _runtime: Runtime) -> Any:
        form = v1.ElicitationFormMode(requested_schema=v1.ElicitationSchema())
        question = Elicitation("files", "Which?", form)
        await servers.tell.send(question)
        await question.wait()
        return "end_turn"

    for second_has_forms in (True, False):
        host, agent = host_of(spec(ask), factory=Fakes({"planner": servers}), store=InMemoryStore())
        second = user("two", has_forms=second_has_forms)
        with trio.fail_after(50):
            async with two_clients(host, agent, user("one"), second) as (one, two):
                await (one if second_has_forms else two).ask("go")
        servers = FakeServers()
    assert asked == ["one", "one"]
