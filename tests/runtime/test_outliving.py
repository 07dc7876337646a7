"""Sessions that outlive their connection: clients come and go, and nothing is missing and nothing comes twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, LocalMisuse, PeerError, Turn
from acp_trio.mcp import Elicitation
from acp_trio.runtime import AgentSpec, InMemoryStore, Prompted, Runtime, SessionHost, TurnEnded
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, talking_to, texts

pytestmark = pytest.mark.usefixtures("nothing_leaks")


class Told:
    """An agent whose loop says what a test tells it to, until it is told to end."""

    def __init__(self, servers: FakeServers | None = None) -> None:
        self.store = InMemoryStore()
        self.begun = trio.Event()
        self.asks = False
        self.outcomes: list[Any] = []
        self.ended: list[str] = []
        self.tell, self._words = trio.open_memory_channel[str](0)
        factory = Fakes({"told": servers} if servers is not None else {})
        spec = AgentSpec(name="told", loop=self.loop, work=self.work)
        self.host = SessionHost([spec], store=self.store, factory=factory)
        self.agent = Agent("told")
        self.host.install(self.agent)

    async def loop(self, turn: Turn, runtime: Runtime) -> v1.StopReason:
        self.begun.set()
        if self.asks:
            option = v1.PermissionOption(option_id="yes", name="Yes", kind="allow_once")
            tool_call = v1.ToolCallUpdate(tool_call_id="1", title="Look")
            self.outcomes.append(await turn.request_permission(tool_call, [option]))
        while (word := await self._words.receive()) != "end":
            await turn.say(word)
        return "end_turn"

    async def work(self, runtime: Runtime) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.ended.append("agent")

    async def says(self, *words: str) -> None:
        for word in words:
            await self.tell.send(word)
        await trio.testing.wait_all_tasks_blocked()


@asynccontextmanager
async def left_in_the_middle(told: Told, *words: str) -> AsyncGenerator[str]:
    """A session whose client has gone while its turn runs; gives its id."""
    async with talking_to(told.agent) as pair, pair.agent.open_session("/", keep=True) as session:
        prompt = v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="go")])
        pair.agent.send_request(prompt)
        await told.begun.wait()
        await told.says(*words)
        session_id = session.id
    yield session_id


async def test_a_turn_goes_on_without_its_client_and_who_comes_back_misses_nothing(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), left_in_the_middle(told, "one ", "two ") as session_id:
            await told.says("three ")
            async with talking_to(told.agent) as pair, pair.agent.load_session(session_id, "/") as session:
                assert texts(session.replay) == ["go", "one two three "]
                async with session.updates() as updates:
                    await told.says("four", "end")
                    assert (await anext(updates)).content.text == "four"
                assert told.ended == []
            kept = await told.store.load(session_id)
            assert texts([entry.update for entry in kept.entries if hasattr(entry, "update")]) == ["one two three four"]
            assert kept.entries[-1] == TurnEnded("end_turn")
    assert told.ended == ["agent"]


async def test_resuming_attaches_without_what_was_said_and_the_next_prompt_is_answered(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), left_in_the_middle(told, "one") as session_id:
            await told.says("end")
            async with talking_to(told.agent) as pair, pair.agent.resume_session(session_id, "/") as session:
                assert session.replay == ()
                async with session.prompt("again") as turn:
                    await told.says("two", "end")
                    assert texts([update async for update in turn]) == ["two"]


async def test_two_clients_see_the_same_and_each_what_the_other_asked(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), talking_to(told.agent) as one, talking_to(told.agent) as two:  # noqa: SIM117
            async with (
                one.agent.open_session("/", keep=True) as first,
                two.agent.load_session(first.id, "/") as second,
                second.updates() as seen,
            ):
                async with first.prompt("what?") as turn:
                    await told.says("that", "end")
                    assert texts([update async for update in turn]) == ["that"]
                assert texts([await anext(seen), await anext(seen)]) == ["what?", "that"]


async def test_a_question_of_a_turn_whose_client_left_is_cancelled_and_the_turn_goes_on(autojump_clock):
    told = Told()
    told.asks = True
    asked = trio.Event()
    client = Client("test")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        asked.set()
        await trio.sleep_forever()

    with trio.fail_after(5):
        async with told.host.open():
            async with talking_to(told.agent, client) as pair, pair.agent.open_session("/", keep=True) as session:
                pair.agent.send_request(v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="go")]))
                await asked.wait()
            await trio.testing.wait_all_tasks_blocked()
            assert told.outcomes == [v1.CancelledOutcome()]
            await told.says("end")
            kept = await told.store.load(session.id)
            assert kept.entries[-1] == TurnEnded("end_turn")


async def test_what_a_turn_wants_of_its_client_is_asked_there_though_another_came_later(autojump_clock):
    offered = v1.ClientCapabilities(fs=v1.FileSystemCapabilities(read_text_file=True))
    client = Client("with files", capabilities=offered)

    @client.on_request(v1.ReadTextFileRequest)
    async def read(request: v1.ReadTextFileRequest) -> v1.ReadTextFileResponse:
        return v1.ReadTextFileResponse(content="what is in it")

    async def loop(turn: Turn, runtime: Runtime) -> v1.StopReason:
        await turn.say(await turn.read_text_file("/notes"))
        return "end_turn"

    agent = Agent("reader")
    host = SessionHost([AgentSpec(name="reader", loop=loop)], store=InMemoryStore())
    host.install(agent)
    with trio.fail_after(5):
        async with host.open(), talking_to(agent, client) as one, talking_to(agent) as two:  # noqa: SIM117
            async with one.agent.open_session("/") as first, two.agent.load_session(first.id, "/", keep=True):
                assert await first.ask("go") == "what is in it"


async def test_what_a_turn_wants_when_its_client_has_gone_is_asked_of_the_one_that_came_with_what_that_offers(
    autojump_clock,
):
    made: list[str] = []
    released: list[str] = []
    client = Client("with a terminal", capabilities=v1.ClientCapabilities(terminal=True))

    @client.on_request(v1.CreateTerminalRequest)
    async def create(request: v1.CreateTerminalRequest) -> v1.CreateTerminalResponse:
        made.append(request.command)
        return v1.CreateTerminalResponse(terminal_id="t1")

    @client.on_request(v1.ReleaseTerminalRequest)
    async def release(request: v1.ReleaseTerminalRequest) -> v1.ReleaseTerminalResponse:
        released.append(request.terminal_id)
        return v1.ReleaseTerminalResponse()

    begun, goes_on = trio.Event(), trio.Event()

    async def loop(turn: Turn, runtime: Runtime) -> v1.StopReason:
        with pytest.raises(LocalMisuse, match="does not offer terminal"):
            turn.terminal("make")
        begun.set()
        await goes_on.wait()
        async with turn.terminal("make"):
            await turn.say("made")
        return "end_turn"

    store = InMemoryStore()
    agent = Agent("builder")
    host = SessionHost([AgentSpec(name="builder", loop=loop)], store=store)
    host.install(agent)
    with trio.fail_after(5):
        async with host.open():
            async with talking_to(agent) as pair, pair.agent.open_session("/", keep=True) as session:
                pair.agent.send_request(v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="go")]))
                await begun.wait()
            async with talking_to(agent, client) as pair, pair.agent.load_session(session.id, "/", keep=True):
                goes_on.set()
                await trio.testing.wait_all_tasks_blocked()
            kept = await store.load(session.id)
            assert kept.entries[-1] == TurnEnded("end_turn")
    assert made == ["make"]
    assert released == ["t1"]


async def test_a_question_of_a_server_that_nobody_can_be_asked_is_a_cancel_and_ends_nothing(autojump_clock):
    servers = FakeServers()
    told = Told(servers)
    mode = v1.ElicitationFormMode(requested_schema=v1.ElicitationSchema())
    question = Elicitation("files", "Which?", mode)
    with trio.fail_after(5):
        async with told.host.open(), left_in_the_middle(told) as session_id:
            await servers.tell.send(question)
            assert await question.wait() == v1.ElicitationCancelAction()
            await told.says("still here", "end")
            kept = await told.store.load(session_id)
            assert isinstance(kept.entries[0], Prompted)
            assert kept.entries[-1] == TurnEnded("end_turn")


@pytest.mark.promise("P3")
async def test_a_cancel_by_a_client_still_cancels_the_turn(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), talking_to(told.agent) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("go") as turn:
                await told.says("one")
                await turn.cancel()
                assert (await turn.finish()).stop_reason == "cancelled"
            async with session.prompt("again") as turn:
                await told.says("end")
                assert (await turn.finish()).stop_reason == "end_turn"


@pytest.mark.promise("P3")
async def test_a_client_that_comes_back_can_cancel_the_turn_that_went_on(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), left_in_the_middle(told, "one") as session_id:  # noqa: SIM117
            async with talking_to(told.agent) as pair, pair.agent.load_session(session_id, "/") as session:
                await pair.agent.notify(v1.CancelNotification(session_id=session_id))
                await trio.testing.wait_all_tasks_blocked()
                kept = await told.store.load(session_id)
                assert kept.entries[-1] == TurnEnded("cancelled")
                async with session.prompt("again") as turn:
                    await told.says("two", "end")
                    assert texts([update async for update in turn]) == ["two"]


@pytest.mark.promise("P3")
async def test_one_client_can_cancel_the_turn_of_another(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), talking_to(told.agent) as one, talking_to(told.agent) as two:  # noqa: SIM117
            async with (
                one.agent.open_session("/", keep=True) as first,
                two.agent.load_session(first.id, "/", keep=True),
                first.prompt("go") as turn,
            ):
                await told.says("one")
                await two.agent.notify(v1.CancelNotification(session_id=first.id))
                assert (await turn.finish()).stop_reason == "cancelled"


async def test_a_prompt_whose_client_left_while_it_waited_is_shown_to_the_one_that_is_there(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), talking_to(told.agent) as one:
            session = await one.agent.request(v1.NewSessionRequest(cwd="/", mcp_servers=[]))
            mine, theirs = (
                v1.PromptRequest(session_id=session.session_id, prompt=[v1.TextContent(text=text)])
                for text in ("mine", "theirs")
            )
            one.agent.send_request(mine)
            await told.begun.wait()
            async with talking_to(told.agent) as two:
                await two.agent.request(v1.LoadSessionRequest(session_id=session.session_id, cwd="/", mcp_servers=[]))
                two.agent.send_request(theirs)
                await trio.testing.wait_all_tasks_blocked()
            await told.says("end")
            assert one.wire.methods("agent").count("session/update") == 1


async def test_a_load_is_refused_whose_session_is_closed_while_it_is_replayed(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), talking_to(told.agent) as one, talking_to(told.agent) as two:
            session = await one.agent.request(v1.NewSessionRequest(cwd="/", mcp_servers=[]))
            one.agent.send_request(
                v1.PromptRequest(session_id=session.session_id, prompt=[v1.TextContent(text="word")] * 5000)
            )
            await told.begun.wait()
            load = two.agent.send_request(v1.LoadSessionRequest(session_id=session.session_id, cwd="/", mcp_servers=[]))
            while not two.wire.methods("agent").count("session/update"):
                await trio.lowlevel.checkpoint()
            await one.agent.request(v1.CloseSessionRequest(session_id=session.session_id))
            with pytest.raises(PeerError, match=session.session_id):
                await load.wait()
            assert len(two.client.sessions) == 0


async def test_closing_and_deleting_end_a_session_though_it_would_outlive_its_client(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with told.host.open(), talking_to(told.agent) as pair:
            async with pair.agent.open_session("/"):
                await trio.testing.wait_all_tasks_blocked()
            assert told.ended == ["agent"]
            async with pair.agent.open_session("/", keep=True) as session:
                await trio.testing.wait_all_tasks_blocked()
            await pair.agent.delete_session(session.id)
            assert told.ended == ["agent", "agent"]
            with pytest.raises(PeerError, match=session.id):
                async with pair.agent.load_session(session.id, "/"):
                    pass


@pytest.mark.promise("P3")
async def test_leaving_the_hosts_block_answers_the_turn_that_runs(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with talking_to(told.agent) as pair:
            async with told.host.open():
                session = await pair.agent.request(v1.NewSessionRequest(cwd="/", mcp_servers=[]))
                words = [v1.TextContent(text="go")]
                sent = pair.agent.send_request(v1.PromptRequest(session_id=session.session_id, prompt=words))
                await told.begun.wait()
            assert (await sent.wait()).stop_reason == "cancelled"


async def test_leaving_the_hosts_block_ends_every_session_and_a_second_block_at_once_is_refused(autojump_clock):
    told = Told()
    with trio.fail_after(5):
        async with talking_to(told.agent) as pair:
            async with told.host.open():
                with pytest.raises(LocalMisuse, match="open already"):
                    told.host.open()
                async with pair.agent.open_session("/", keep=True) as session:
                    await trio.testing.wait_all_tasks_blocked()
            assert told.ended == ["agent"]
            async with pair.agent.resume_session(session.id, "/"):
                await trio.testing.wait_all_tasks_blocked()
            assert told.ended == ["agent", "agent"]
