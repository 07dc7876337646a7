"""What an agent asks of its client: files, terminals, forms, permission; and the tool calls that it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, LocalMisuse, PeerError, RequestError, Turn
from acp_trio.schema import v1
from acp_trio.testing import Pair, open_pair, scripted_peer

pytestmark = pytest.mark.usefixtures("nothing_leaks")

Work = Callable[[Turn], Awaitable[Any]]
Run = Callable[[Client, Work], Awaitable[Pair]]


@pytest.fixture
def run() -> Run:
    """`await run(client, work)`: one turn in which the agent does `work`; returns the pair, for its wire."""

    async def run_one_turn(client: Client, work: Work) -> Pair:
        agent = Agent("test")

        @agent.on_prompt
        async def prompt(turn: Turn) -> str:
            await work(turn)
            return "end_turn"

        with trio.fail_after(20):
            async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
                await session.ask("go")
        return pair

    return run_one_turn


def statuses(pair: Pair) -> list[str]:
    """The statuses of the tool calls on the wire, in order."""
    return [params["update"]["status"] for params in pair.wire.sent("session/update") if "status" in params["update"]]


@pytest.fixture
def client() -> Client:
    return Client("test")


# Tool calls


async def test_a_tool_call_is_pending_in_progress_and_completed(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        async with turn.tool_call("Read notes", name="read_file", kind="read") as call:
            await call.progress()
            call.complete([v1.Content(content=v1.TextContent(text="notes"))], raw_output={"bytes": 5})

    pair = await run(client, work)
    assert statuses(pair) == ["pending", "in_progress", "completed"]
    shown, _, done = [params["update"] for params in pair.wire.sent("session/update")]
    assert (shown["title"], shown["name"]) == ("Read notes", "read_file")
    assert shown["kind"] == "read"
    assert shown["sessionUpdate"] == "tool_call"
    assert done["sessionUpdate"] == "tool_call_update"
    assert done["toolCallId"] == shown["toolCallId"]
    assert done["content"] == [{"type": "content", "content": {"type": "text", "text": "notes"}}]
    assert done["rawOutput"] == {"bytes": 5}


async def test_a_tool_call_shows_what_it_was_given_and_its_progress_replaces_that(autojump_clock, client, run):
    first, second = (v1.Content(content=v1.TextContent(text=text)) for text in ("first", "second"))

    async def work(turn: Turn) -> None:
        where = [v1.ToolCallLocation(path="/notes", line=3)]
        async with turn.tool_call(
            "Read", tool_call_id="t1", content=[first], locations=where, raw_input={"path": "/notes"}
        ) as call:
            await call.progress([second])
        with pytest.raises(ValueError):
            async with turn.tool_call("Read", tool_call_id="t2"):
                raise ValueError
        async with turn.tool_call("Read", tool_call_id="t3") as call:
            call.fail("no such file")

    pair = await run(client, work)
    shown, progress, done, *others = [params["update"] for params in pair.wire.sent("session/update")]
    assert shown["content"] == [{"type": "content", "content": {"type": "text", "text": "first"}}]
    assert shown["locations"] == [{"path": "/notes", "line": 3}]
    assert shown["rawInput"] == {"path": "/notes"}
    assert progress["content"] == [{"type": "content", "content": {"type": "text", "text": "second"}}]
    assert {update["toolCallId"] for update in (shown, progress, done)} == {"t1"}
    assert [update["toolCallId"] for update in others] == ["t2", "t2", "t3", "t3"]
    assert statuses(pair) == ["pending", "in_progress", "completed", "pending", "failed", "pending", "failed"]


async def test_a_tool_call_that_has_ended_is_not_begun_again(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        async with turn.tool_call("read") as call:
            pass
        with pytest.raises(LocalMisuse, match="the block of the tool call 'read' has been left"):
            await call.progress()

    assert statuses(await run(client, work)) == ["pending", "completed"]


async def test_a_tool_call_may_end_failed_without_an_exception(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        async with turn.tool_call("Build") as call:
            call.fail("no compiler")

    pair = await run(client, work)
    assert statuses(pair) == ["pending", "failed"]
    assert pair.wire.sent("session/update")[-1]["update"]["content"][0]["content"]["text"] == "no compiler"


@pytest.mark.promise("P12")
async def test_an_exception_marks_the_tool_call_failed_and_passes_on_as_itself(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        error = ValueError("boom")
        with pytest.raises(ValueError) as caught:
            async with turn.tool_call("Build"):
                raise error
        assert caught.value is error

    assert statuses(await run(client, work)) == ["pending", "failed"]


async def test_a_cancellation_marks_the_tool_call_failed_before_the_turn_is_answered(autojump_clock, client):
    agent = Agent("test")

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        async with turn.tool_call("Build"):
            await trio.sleep_forever()
        return "end_turn"

    with trio.fail_after(20):
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("go") as turn:
                async for _ in turn:
                    break
            assert turn.stop_reason == "cancelled"
    assert statuses(pair) == ["pending", "failed"]
    agents = [message.message for message in pair.wire.messages if message.sender == "agent"]
    assert agents[-1]["result"] == {"stopReason": "cancelled"}


async def test_what_is_thought_is_told_from_what_is_said(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        await turn.think("hm")
        await turn.say("yes")

    pair = await run(client, work)
    said = [(p["update"]["sessionUpdate"], p["update"]["content"]["text"]) for p in pair.wire.sent("session/update")]
    assert said == [("agent_thought_chunk", "hm"), ("agent_message_chunk", "yes")]


# Permission


@pytest.mark.parametrize(
    "outcome", [v1.SelectedOutcome(option_id="yes"), v1.CancelledOutcome()], ids=["selected", "cancelled"]
)
async def test_a_permission_returns_what_the_user_decided(autojump_clock, client, run, outcome):
    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest, agent: Any) -> v1.RequestPermissionResponse:
        assert request.tool_call.title == "Delete"
        assert [option.option_id for option in request.options] == ["yes"]
        return v1.RequestPermissionResponse(outcome=outcome)

    async def work(turn: Turn) -> None:
        option = v1.PermissionOption(option_id="yes", name="Yes", kind="allow_once")
        async with turn.tool_call("Delete") as call:
            assert await turn.request_permission(call.as_update(), [option]) == outcome

    await run(client, work)


async def test_a_client_without_a_permission_handler_answers_cancelled(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        async with turn.tool_call("Delete") as call:
            assert await turn.request_permission(call.as_update(), []) == v1.CancelledOutcome()

    await run(client, work)


# Forms


@pytest.mark.parametrize(
    "action",
    [
        v1.ElicitationAcceptAction(content={"name": "Ada", "age": 36}),
        v1.ElicitationDeclineAction(),
        v1.ElicitationCancelAction(),
    ],
    ids=["accept", "decline", "cancel"],
)
async def test_a_form_is_accepted_declined_or_cancelled(autojump_clock, client, run, action):
    @client.on_elicitation
    async def fill_in(request: v1.CreateElicitationRequest, agent: Any) -> v1.CreateElicitationResponse:
        assert request.message == "Who are you?"
        assert isinstance(request.mode, v1.ElicitationFormMode)
        assert set(request.mode.requested_schema.properties) == {"name", "age"}
        assert isinstance(request.scope, v1.ElicitationSessionScope)
        assert request.scope.tool_call_id == "t1"
        return v1.CreateElicitationResponse(action=action)

    async def work(turn: Turn) -> None:
        schema = v1.ElicitationSchema(
            properties={"name": v1.StringPropertySchema(), "age": v1.IntegerPropertySchema(minimum=0)}
        )
        assert await turn.elicit("Who are you?", schema, tool_call_id="t1") == action

    await run(client, work)


async def test_a_form_for_a_client_without_forms_is_misuse(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        with pytest.raises(LocalMisuse, match="elicitation"):
            await turn.elicit("Who are you?", v1.ElicitationSchema())

    pair = await run(client, work)
    assert pair.wire.sent("elicitation/create") == []


async def test_a_url_is_visited_and_what_it_was_for_is_said_to_be_done(autojump_clock, run):
    offered = v1.ElicitationCapabilities(url=v1.ElicitationUrlCapabilities())
    client = Client("test", capabilities=v1.ClientCapabilities(elicitation=offered))

    @client.on_elicitation
    async def visit(request: v1.CreateElicitationRequest, agent: Any) -> v1.CreateElicitationResponse:
        assert request.message == "Sign in"
        assert request.mode == v1.ElicitationUrlMode(url="https://example.com/", elicitation_id="e1")
        assert isinstance(request.scope, v1.ElicitationSessionScope)
        assert request.scope.tool_call_id == "t1"
        return v1.CreateElicitationResponse(action=v1.ElicitationAcceptAction())

    async def work(turn: Turn) -> None:
        assert turn.can_elicit(v1.ElicitationUrlMode(url="https://example.com/", elicitation_id="e1"))
        action = await turn.elicit_url("Sign in", "https://example.com/", "e1", tool_call_id="t1")
        assert action == v1.ElicitationAcceptAction()
        await turn.elicitation_completed("e1")

    pair = await run(client, work)
    assert pair.wire.sent("elicitation/complete") == [{"elicitationId": "e1"}]


@pytest.mark.parametrize("offered", ["form", "url"])
async def test_a_client_that_offers_one_way_to_ask_is_not_asked_in_the_other(autojump_clock, offered):
    agent = Agent("test")

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        form = v1.ElicitationFormMode(requested_schema=v1.ElicitationSchema())
        url = v1.ElicitationUrlMode(url="https://example.com/", elicitation_id="e1")
        asked = [name for name, mode in (("form", form), ("url", url)) if turn.can_elicit(mode)]
        await turn.say(" ".join(asked))
        return "end_turn"

    async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
        with trio.fail_after(20):
            nursery.start_soon(agent.serve, transport)
            await peer.initialize(elicitation={offered: {}})
            await peer.send({"id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await peer.receive())["result"]["sessionId"]
            await peer.send({"id": 2, "method": "session/prompt", "params": {"sessionId": session_id, "prompt": []}})
            said = await peer.expect("session/update")
            assert said["params"]["update"]["content"]["text"] == offered
            await peer.hang_up()


# Files


async def test_files_are_read_and_written_through_the_client(autojump_clock, client, run):
    files = {"/notes": "one\ntwo\nthree\n"}

    @client.on_read_text_file
    async def read(request: v1.ReadTextFileRequest) -> v1.ReadTextFileResponse:
        if request.path not in files:
            raise RequestError(-32002, "no such file")
        assert (request.line, request.limit) in {(None, None), (2, 1)}
        text = files[request.path]
        return v1.ReadTextFileResponse(content=text if request.line is None else text.splitlines()[request.line - 1])

    @client.on_write_text_file
    async def write(request: v1.WriteTextFileRequest) -> v1.WriteTextFileResponse:
        files[request.path] = request.content
        return v1.WriteTextFileResponse()

    async def work(turn: Turn) -> None:
        assert await turn.read_text_file("/notes") == "one\ntwo\nthree\n"
        assert await turn.read_text_file("/notes", line=2, limit=1) == "two"
        await turn.write_text_file("/new", "text")
        with pytest.raises(PeerError, match="no such file") as caught:
            await turn.read_text_file("/nothing")
        assert caught.value.code == -32002

    await run(client, work)
    assert files["/new"] == "text"


async def test_files_that_the_client_does_not_offer_are_misuse_before_anything_is_sent(autojump_clock, client, run):
    async def work(turn: Turn) -> None:
        with pytest.raises(LocalMisuse, match="readTextFile"):
            await turn.read_text_file("/notes")
        with pytest.raises(LocalMisuse, match="writeTextFile"):
            await turn.write_text_file("/notes", "")
        with pytest.raises(LocalMisuse, match="terminal"):
            turn.terminal("ls")

    pair = await run(client, work)
    assert pair.wire.methods("agent") == []


# Terminals


class Terminals:
    """A client's terminals, which run nothing."""

    def __init__(self, client: Client) -> None:
        self.log: list[str] = []
        self.exited = trio.Event()
        client.on_request(v1.CreateTerminalRequest, concurrent=True)(self.create)
        client.on_request(v1.TerminalOutputRequest, concurrent=True)(self.output)
        client.on_request(v1.WaitForTerminalExitRequest, concurrent=True)(self.wait)
        client.on_request(v1.KillTerminalRequest, concurrent=True)(self.kill)
        client.on_request(v1.ReleaseTerminalRequest, concurrent=True)(self.release)

    async def create(self, request: v1.CreateTerminalRequest) -> v1.CreateTerminalResponse:
        self.log.append(f"create {request.command} {' '.join(request.args)}")
        assert [(variable.name, variable.value) for variable in request.env] == [("CI", "1")]
        return v1.CreateTerminalResponse(terminal_id="t1")

    async def output(self, request: v1.TerminalOutputRequest) -> v1.TerminalOutputResponse:
        return v1.TerminalOutputResponse(output="hello", truncated=False)

    async def wait(self, request: v1.WaitForTerminalExitRequest) -> v1.WaitForTerminalExitResponse:
        try:
            await self.exited.wait()
        except trio.Cancelled:
            self.log.append("wait given up")
            raise
        return v1.WaitForTerminalExitResponse(exit_code=0)

    async def kill(self, request: v1.KillTerminalRequest) -> v1.KillTerminalResponse:
        self.log.append("kill")
        self.exited.set()
        return v1.KillTerminalResponse()

    async def release(self, request: v1.ReleaseTerminalRequest) -> v1.ReleaseTerminalResponse:
        self.log.append(f"release {request.terminal_id}")
        return v1.ReleaseTerminalResponse()


async def test_a_terminal_is_released_at_the_end_of_its_block(autojump_clock, client, run):
    terminals = Terminals(client)

    async def work(turn: Turn) -> None:
        async with turn.terminal("make", ["test"], env={"CI": "1"}) as terminal:
            assert (await terminal.output()).output == "hello"
            await terminal.kill()
            assert (await terminal.wait_for_exit()).exit_code == 0

    await run(client, work)
    assert terminals.log == ["create make test", "kill", "release t1"]


async def test_a_terminal_is_made_where_and_as_large_as_it_was_asked_for(autojump_clock, client, run):
    Terminals(client)

    async def work(turn: Turn) -> None:
        async with turn.terminal("make", env={"CI": "1"}, cwd="/src", output_byte_limit=1000):
            pass

    pair = await run(client, work)
    (created,) = pair.wire.sent("terminal/create")
    assert (created["cwd"], created["outputByteLimit"]) == ("/src", 1000)


async def test_a_terminal_is_released_when_its_block_raises(autojump_clock, client, run):
    terminals = Terminals(client)

    async def work(turn: Turn) -> None:
        with pytest.raises(ValueError):
            async with turn.terminal("make", env={"CI": "1"}):
                raise ValueError

    await run(client, work)
    assert terminals.log == ["create make ", "release t1"]


async def test_a_terminal_is_released_when_the_turn_is_cancelled(autojump_clock, client):
    terminals = Terminals(client)
    agent = Agent("test")

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        async with turn.terminal("make", env={"CI": "1"}) as terminal:
            await turn.say("running")
            await terminal.wait_for_exit()
        return "end_turn"

    with trio.fail_after(20):
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("go") as turn:
                async for _ in turn:
                    break
            assert turn.stop_reason == "cancelled"
    assert terminals.log[0] == "create make "
    assert terminals.log[-1] == "release t1"


async def test_a_terminal_that_cannot_be_released_raises_at_the_end_of_its_block(autojump_clock, client, run):
    @client.on_request(v1.CreateTerminalRequest)
    async def create(request: v1.CreateTerminalRequest) -> v1.CreateTerminalResponse:
        return v1.CreateTerminalResponse(terminal_id="t1")

    async def work(turn: Turn) -> None:
        with pytest.raises(PeerError) as caught:
            async with turn.terminal("make"):
                pass
        assert caught.value.code == -32601
        with pytest.raises(ValueError):
            async with turn.terminal("make"):
                raise ValueError

    await run(client, work)


@pytest.mark.promise("P24")
@pytest.mark.parametrize("answer", [{"terminalId": "t1"}, {"terminalId": 7}, None])
async def test_a_terminal_that_is_created_when_nobody_wants_it_any_more_is_released(autojump_clock, answer):
    agent = Agent("test")

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        with trio.move_on_after(1):
            async with turn.terminal("make"):
                raise AssertionError("the block must not run")
        await turn.say("given up")
        return "end_turn"

    async with scripted_peer() as (peer, transport), trio.open_nursery() as nursery:
        with trio.fail_after(20):
            nursery.start_soon(agent.serve, transport)
            await peer.initialize(terminal=True)
            await peer.send({"id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await peer.receive())["result"]["sessionId"]
            await peer.send({"id": 2, "method": "session/prompt", "params": {"sessionId": session_id, "prompt": []}})
            create = await peer.expect("terminal/create")
            await peer.expect("$/cancel_request")
            await peer.expect("session/update")
            assert (await peer.receive())["id"] == 2
            await peer.respond(create, answer)
            if answer == {"terminalId": "t1"}:
                release = await peer.expect("terminal/release")
                assert release["params"] == {"sessionId": session_id, "terminalId": "t1"}
                await peer.respond(release, {})
            await peer.hang_up()


# Content


@pytest.mark.parametrize(
    "block",
    [
        v1.TextContent(text="hi", annotations=v1.Annotations(audience=["user"], priority=0.5)),
        v1.ImageContent(data="aGk=", mime_type="image/png", uri="file:///a.png"),
        v1.AudioContent(data="aGk=", mime_type="audio/wav"),
        v1.ResourceLink(name="notes", uri="file:///notes", size=3),
        v1.EmbeddedResource(resource=v1.TextResourceContents(text="hi", uri="file:///notes")),
        v1.EmbeddedResource(resource=v1.BlobResourceContents(blob="aGk=", uri="file:///notes")),
    ],
    ids=lambda block: type(getattr(block, "resource", block)).__name__,
)
async def test_every_kind_of_content_passes_through_a_prompt_and_back(autojump_clock, client, block):
    agent = Agent("test")
    asked: list[Any] = []

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        asked.extend(turn.prompt)
        await turn.update(v1.AgentMessageChunk(content=turn.prompt[0]))
        return "end_turn"

    with trio.fail_after(20):
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            turn_block = session.prompt([block])
            async with turn_block as turn:
                said = [update async for update in turn]
    assert asked == [block]
    assert said == [v1.AgentMessageChunk(content=block)]


async def test_the_text_of_a_prompt_names_what_is_no_text(autojump_clock, client):
    agent = Agent("test")

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        await turn.say(turn.text)
        return "end_turn"

    blocks = [
        v1.TextContent(text="look:"),
        v1.ImageContent(data="aGk=", mime_type="image/png"),
        v1.AudioContent(data="aGk=", mime_type="audio/wav"),
        v1.ResourceLink(name="notes", uri="file:///notes"),
        v1.EmbeddedResource(resource=v1.TextResourceContents(text="hi", uri="file:///more")),
    ]
    with trio.fail_after(20):
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            assert (
                await session.ask(blocks)
                == "look:\n[image: image/png]\n[audio: audio/wav]\nfile:///notes\nfile:///more"
            )
