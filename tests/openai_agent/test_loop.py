"""The OpenAI agent's loop: what the model is sent, what the client is shown, and how a turn ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import openai
import pytest
import trio
import trio.testing

from acp_trio import Client, PeerError
from acp_trio.mcp import McpServer, ToolError
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .endpoint import BREAK, HOLD, Endpoint, call, say, think

DEADLINE = 30.0
"""Seconds: more than anything here takes on a busy machine."""

# The HTTP library leaves the end of its generators to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")

Talking = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def talking(endpoint: Endpoint, example: ModuleType, tmp_path: Path) -> Talking:
    """Connects a client to the agent, in memory; conversations stay in one directory."""

    @asynccontextmanager
    async def connect(client: Client | None = None) -> AsyncGenerator[Any]:
        with trio.fail_after(DEADLINE):
            async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="secret", max_retries=0) as model:
                agent = example.make_agent(model, "m", tmp_path)
                async with open_pair(client or permitting("once"), agent) as pair:
                    yield pair.agent

    return connect


def permitting(option: str, asked: list[str] | None = None) -> Client:
    client = Client("test")

    @client.on_permission
    async def decide(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        if asked is not None:
            asked.append(str(request.tool_call.title))
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id=option))

    return client


def desk() -> McpServer:
    """A server with a tool that works, and one that fails."""
    server = McpServer("my desk", instructions="Mind the cat.")

    @server.tool
    async def add(first: int, second: int) -> str:
        """Add two numbers."""
        return str(first + second)

    @server.tool
    async def scratch() -> str:
        raise ToolError("the cat is asleep")

    return server


async def shown(turn: Any) -> list[Any]:
    """The updates of a turn, each as what counts of it here."""
    return [
        (update.tool_call_id, update.status) if hasattr(update, "tool_call_id") else update.content.text
        async for update in turn
        if not isinstance(update, v1.AvailableCommandsUpdate)
    ]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_text_and_thoughts_are_streamed(endpoint: Endpoint, talking: Talking, key: str) -> None:
    endpoint.answer(think("Hm.", key=key), say("Hel"), say("lo."))
    async with talking() as agent, agent.open_session("/work") as session, session.prompt("Hi!") as turn:
        updates = [update async for update in turn]
    assert [type(update) for update in updates] == [v1.AgentThoughtChunk, v1.AgentMessageChunk, v1.AgentMessageChunk]
    assert [update.content.text for update in updates] == ["Hm.", "Hel", "lo."]
    assert turn.stop_reason == "end_turn"
    system, user = endpoint.requests[0]["messages"]
    assert "in the directory /work" in system["content"]
    assert user == {"role": "user", "content": "Hi!"}
    assert "tools" not in endpoint.requests[0]
    assert endpoint.keys == ["Bearer secret"]


async def test_tools_are_declared_called_and_answered(endpoint: Endpoint, talking: Talking) -> None:
    endpoint.answer(say("Let me add."), call("my_desk__add", first=1, second=2), finish="tool_calls")
    endpoint.answer(say("3."))
    async with (
        talking() as agent,
        agent.open_session("/", attachments=[desk()]) as session,
        session.prompt("1 + 2?") as turn,
    ):
        updates = await shown(turn)
    call_id = "call-my_desk__add-0"
    assert updates == ["Let me add.", (call_id, "pending"), (call_id, "in_progress"), (call_id, "completed"), "3."]
    declared = endpoint.requests[0]["tools"][0]["function"]
    assert (declared["name"], declared["description"]) == ("my_desk__add", "Add two numbers.")
    assert declared["parameters"]["required"] == ["first", "second"]
    assert "About the tools of my desk:\nMind the cat." in endpoint.messages("system")[0]["content"]
    assistant, tool = endpoint.requests[1]["messages"][-2:]
    assert assistant["content"] == "Let me add."
    assert assistant["tool_calls"][0]["function"] == {"name": "my_desk__add", "arguments": '{"first": 1, "second": 2}'}
    assert tool == {"role": "tool", "tool_call_id": call_id, "content": "3"}


@pytest.mark.parametrize(
    "wanted, told",
    [
        (call("my_desk__scratch"), "the cat is asleep"),
        (call("my_desk__add", first=1), "second"),
        (call("my_desk__purr"), "There is no tool my_desk__purr."),
        (
            [{"tool_calls": [{"index": 0, "function": {"name": "my_desk__add", "arguments": "[1, 2"}}]}],
            "not a JSON object",
        ),
    ],
    ids=["fails", "misses an argument", "does not exist", "gets no object"],
)
async def test_a_call_that_fails_is_told_to_the_model(
    endpoint: Endpoint, talking: Talking, wanted: list[dict[str, Any]], told: str
) -> None:
    endpoint.answer(wanted, finish="tool_calls")
    endpoint.answer(say("Oh."))
    async with (
        talking() as agent,
        agent.open_session("/", attachments=[desk()]) as session,
        session.prompt("Go.") as turn,
    ):
        updates = await shown(turn)
    assert updates[-1] == "Oh."
    assert updates[-2][1] == "failed"
    assert told in endpoint.messages("tool")[0]["content"]


async def test_a_call_that_the_user_rejects_is_not_made_and_the_model_is_told(
    endpoint: Endpoint, talking: Talking
) -> None:
    endpoint.answer(call("my_desk__add", first=1, second=2), finish="tool_calls")
    endpoint.answer(say("Then not."))
    async with (
        talking(permitting("no")) as agent,
        agent.open_session("/", attachments=[desk()]) as session,
        session.prompt("1 + 2?") as turn,
    ):
        updates = await shown(turn)
    assert [update[1] for update in updates[:-1]] == ["pending", "failed"]
    assert endpoint.messages("tool")[0]["content"] == "The user does not permit this call."


async def test_always_is_remembered_for_a_tool_of_a_session(endpoint: Endpoint, talking: Talking) -> None:
    asked: list[str] = []
    async with talking(permitting("always", asked)) as agent, agent.attach(desk()):
        for times in (2, 1):
            async with agent.open_session("/") as session:
                for _ in range(times):
                    endpoint.answer(call("my_desk__add", first=1, second=2), finish="tool_calls")
                    endpoint.answer(say("3."))
                    await session.ask("1 + 2?")
    assert asked == ["my desk__add", "my desk__add"]


async def test_a_loaded_session_goes_on_with_the_conversation(endpoint: Endpoint, talking: Talking) -> None:
    endpoint.answer(say("Let me add."), call("my_desk__add", first=1, second=2), finish="tool_calls")
    endpoint.answer(say("3."))
    endpoint.answer(say("Yes"), HOLD)
    endpoint.answer(say("Still 3."))
    async with talking() as agent, agent.open_session("/", attachments=[desk()], keep=True) as session:
        await session.ask("1 + 2?")
        async with session.prompt("Really?") as turn:
            await endpoint.held.wait()
            await turn.cancel()
    async with talking() as agent, agent.load_session(session.id, "/") as loaded:
        assert await loaded.ask("Sure?") == "Still 3."
    function = {"name": "my_desk__add", "arguments": '{"first": 1, "second": 2}'}
    wanted = {"id": "call-my_desk__add-0", "type": "function", "function": function}
    assert endpoint.requests[-1]["messages"][1:] == [
        {"role": "user", "content": "1 + 2?"},
        {"role": "assistant", "content": "Let me add."},
        {"role": "assistant", "content": "", "tool_calls": [wanted]},
        {"role": "tool", "tool_call_id": "call-my_desk__add-0", "content": "3"},
        {"role": "assistant", "content": "3."},
        {"role": "user", "content": "Really?"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "Sure?"},
    ]


async def test_a_prompt_meanwhile_steers_the_turn(endpoint: Endpoint, talking: Talking) -> None:
    asked, typed = trio.Event(), trio.Event()
    client = Client("test")

    @client.on_permission
    async def decide(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        asked.set()
        await typed.wait()
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id="once"))

    endpoint.answer(call("my_desk__add", first=1, second=2), finish="tool_calls")
    endpoint.answer(say("Drei."))
    async with (
        talking(client) as agent,
        agent.open_session("/", attachments=[desk()]) as session,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(session.ask, "1 + 2?")
        await asked.wait()
        meanwhile = v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="In German, please.")])
        nursery.start_soon(agent.request, meanwhile)
        await trio.testing.wait_all_tasks_blocked()
        typed.set()
    assert [message["content"] for message in endpoint.messages("user")] == ["1 + 2?", "In German, please."]
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    "finish, stop_reason", [("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "refusal")]
)
async def test_why_the_model_stopped_is_why_the_turn_stopped(
    endpoint: Endpoint, talking: Talking, finish: str, stop_reason: str
) -> None:
    endpoint.answer(say("So"), finish=finish)
    async with talking() as agent, agent.open_session("/") as session, session.prompt("Go.") as turn:
        assert (await turn.finish()).stop_reason == stop_reason


async def test_a_turn_asks_the_model_so_often_and_no_more(
    endpoint: Endpoint, talking: Talking, example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "MOST_REQUESTS", 3)
    for number in range(3):
        endpoint.answer(call("my_desk__add", number, first=1, second=2), finish="tool_calls")
    async with (
        talking() as agent,
        agent.open_session("/", attachments=[desk()]) as session,
        session.prompt("Go.") as turn,
    ):
        assert (await turn.finish()).stop_reason == "max_turn_requests"


@pytest.mark.parametrize(
    "script, words",
    [
        (lambda it: it.refuse(401, "Incorrect: sec***"), "the endpoint does not take the key in OPENAI_API_KEY"),
        (
            lambda it: it.refuse(404, "No such model."),
            "the endpoint has no model 'm', or OPENAI_BASE_URL is wrong: .*No such",
        ),
        (
            lambda it: it.refuse(400, "maximum context length", "context_length_exceeded"),
            "the conversation is too long for 'm': .*maximum context length",
        ),
        (lambda it: it.refuse(500, "Out of order."), "the endpoint failed: .*Out of order."),
        (lambda it: it.answer(say("Half"), BREAK), "the endpoint broke off in the middle of its answer"),
    ],
    ids=["wrong key", "unknown model", "too long", "server error", "broken stream"],
)
async def test_what_goes_wrong_at_the_endpoint_is_said_in_a_sentence(
    endpoint: Endpoint, talking: Talking, script: Callable[[Endpoint], None], words: str
) -> None:
    script(endpoint)
    async with talking() as agent, agent.open_session("/") as session:
        with pytest.raises(PeerError, match=words) as raised:
            await session.ask("Go.")
        assert "sec" not in raised.value.message
        endpoint.answer(say("Better."))
        assert await session.ask("Again.") == "Better."


async def test_an_endpoint_that_is_not_there_is_named(endpoint: Endpoint, talking: Talking) -> None:
    endpoint.url = "http://127.0.0.1:1/v1"  # nobody listens on that port
    async with talking() as agent, agent.open_session("/") as session:
        with pytest.raises(PeerError, match=r"cannot reach 127\.0\.0\.1: "):
            await session.ask("Go.")


async def test_links_and_files_reach_the_model_as_text(endpoint: Endpoint, talking: Talking) -> None:
    endpoint.answer(say("Seen."))
    resource = v1.TextResourceContents(uri="file:///notes", text="milk")
    blocks = [
        v1.TextContent(text="See"),
        v1.ResourceLink(name="plan", uri="file:///plan"),
        v1.EmbeddedResource(resource=resource),
    ]
    async with talking() as agent, agent.open_session("/") as session:
        assert await session.ask(blocks) == "Seen."
    assert endpoint.messages("user")[0]["content"] == "See\n[plan](file:///plan)\nfile:///notes:\nmilk"
