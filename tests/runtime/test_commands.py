"""Slash commands: what a client is shown, and what an agent gets of what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Turn
from acp_trio.mcp import McpPrompt, McpPromptArgument, PromptsChanged
from acp_trio.runtime import Command, InMemoryStore, Runtime
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, hosting, spec, talking_to

pytestmark = pytest.mark.usefixtures("nothing_leaks")


def prompt(name: str, *arguments: str, server: str = "net") -> McpPrompt:
    declared = [McpPromptArgument(name=argument) for argument in arguments]
    return McpPrompt(name=f"{server}__{name}", server=server, prompt=name, description=name, arguments=declared)


async def echo(turn: Turn, runtime: Runtime) -> str:
    await turn.say(turn.text)
    return "end_turn"


async def review(typed: str) -> Sequence[v1.ContentBlock]:
    if typed == "nothing":
        raise RuntimeError("there is nothing to review")
    if typed in {"text", "numbers"}:
        return {"text": "a text", "numbers": [5]}[typed]  # type: ignore[return-value]
    return [v1.TextContent(text=f"Review {typed}!")]


REVIEW = Command(name="review", description="Review it", expand=review, hint="what")


def serving(servers: FakeServers, **options: Any) -> Any:
    return hosting(spec(echo), factory=Fakes({"planner": servers}), commands=[REVIEW], **options)


async def test_the_client_is_shown_own_commands_first_and_each_name_once_behind_the_answer(autojump_clock):
    servers = FakeServers([prompt("web", "query"), prompt("review"), prompt("web", server="other"), prompt("help")])
    with trio.fail_after(5):
        async with talking_to(serving(servers)) as pair, pair.agent.open_session("/") as session:
            await trio.testing.wait_all_tasks_blocked()
            shown = [(command.name, command.input and command.input.hint) for command in session.state.commands]
            assert shown == [("review", "what"), ("web", "query"), ("help", None)]
        answers = [message for message in pair.wire.messages if message.sender == "agent"]
    assert [message.method for message in answers[:3]] == [None, None, "session/update"]  # initialize, session/new


async def test_the_client_is_shown_the_commands_again_when_they_change_and_only_then(autojump_clock):
    servers = FakeServers([prompt("web")])
    with trio.fail_after(5):
        async with talking_to(serving(servers)) as pair, pair.agent.open_session("/") as session:
            await trio.testing.wait_all_tasks_blocked()
            await servers.tell.send(PromptsChanged())
            await trio.testing.wait_all_tasks_blocked()
            servers.prompts = []
            await servers.tell.send(PromptsChanged())
            await trio.testing.wait_all_tasks_blocked()
            assert [command.name for command in session.state.commands] == ["review"]
        assert pair.wire.methods("agent").count("session/update") == 2


@pytest.mark.parametrize(
    "typed, wanted",
    [
        ("/review the code", "Review the code!"),
        ("/web cats and dogs", "search cats and dogs"),
        ("/words one two three", "one, then two"),
        ("/named one two three", "one in two three"),
        ("/unknown thing", "/unknown thing"),
        ("/review nothing", "/review nothing"),  # it failed
        ("/broken", "/broken"),  # the server refuses
        ("/review text", "/review text"),  # no list of blocks
        ("/review numbers", "/review numbers"),
        ("/web\ncats", "search cats"),
        ("/web\tcats\nand dogs ", "search cats\nand dogs"),
        ("/", "/"),
        ("web cats", "web cats"),
        (" /web cats", " /web cats"),
    ],
)
async def test_what_was_typed_is_expanded_or_arrives_as_it_is(autojump_clock, caplog, typed, wanted):
    servers = FakeServers(
        [prompt("web", "ARGUMENTS"), prompt("words", "1", "2"), prompt("named", "what", "where"), prompt("broken")]
    )
    servers.messages = {
        "net__web": "search $_ARGUMENTS",
        "net__words": "$_1, then $_2",
        "net__named": "$_what in $_where",
    }
    with trio.fail_after(5):
        async with talking_to(serving(servers)) as pair, pair.agent.open_session("/") as session:
            assert await session.ask(typed) == wanted
    if typed in ("/review nothing", "/review text", "/review numbers", "/broken"):
        assert "the agent gets the text" in caplog.text


async def test_what_is_behind_the_command_in_a_prompt_stays_and_the_expanded_prompt_is_kept(autojump_clock):
    store = InMemoryStore()
    blocks = [v1.TextContent(text="/review this"), v1.ResourceLink(name="a", uri="file:///a")]
    with trio.fail_after(5):
        async with talking_to(serving(FakeServers(), store=store)) as pair, pair.agent.open_session("/") as session:
            assert await session.ask(blocks) == "Review this!\nfile:///a"
            kept = await store.load(session.id)
    assert kept.entries[0].blocks == (v1.TextContent(text="Review this!"), blocks[1])


async def test_a_command_in_a_later_block_is_text(autojump_clock):
    with trio.fail_after(5):
        async with talking_to(serving(FakeServers())) as pair, pair.agent.open_session("/") as session:
            assert await session.ask(["look:", "/review this"]) == "look:\n/review this"
