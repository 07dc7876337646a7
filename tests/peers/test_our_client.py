"""`acp-trio prompt`, with other projects' agents."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio

from .conftest import Commands, Finished, Peers
from .terminal import Terminal


@dataclass(frozen=True)
class Prompting:
    """Our command, and one agent for it; the agent keeps a journal of what it is told."""

    commands: Commands
    acp_trio: list[str]
    agent: list[str]

    @property
    def _journal(self) -> Path:
        return self.commands.home / "journal"

    def command(self, *arguments: str, agent_flags: tuple[str, ...] = ()) -> list[str]:
        agent = [*self.agent, "--journal", str(self._journal), *agent_flags]
        return [*self.acp_trio, "prompt", *arguments, "--", *agent]

    async def run(self, *arguments: str, agent_flags: tuple[str, ...] = (), stdin: str = "") -> Finished:
        return await self.commands.run(self.command(*arguments, agent_flags=agent_flags), stdin=stdin)

    async def answer(self, *arguments: str, agent_flags: tuple[str, ...] = (), stdin: str = "") -> str:
        """Return what a turn that went well left on stdout, less the end of its last line."""
        done = await self.run(*arguments, agent_flags=agent_flags, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout.removesuffix("\n")

    def assert_told(self, line: str) -> None:
        assert line in self._journal.read_text().splitlines()

    def assert_gone(self) -> None:
        word, pid = self._journal.read_text().splitlines()[0].split()
        assert word == "pid"
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


@pytest.fixture
def prompt(commands: Commands, acp_trio: list[str], sdk_agent: list[str]) -> Prompting:
    return Prompting(commands, acp_trio, sdk_agent)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


async def test_the_answer_and_nothing_else_is_on_stdout(prompt: Prompting) -> None:
    assert await prompt.answer("hello") == "hello"
    prompt.assert_gone()


async def test_a_streamed_answer_arrives_whole_and_in_order(prompt: Prompting) -> None:
    assert (await prompt.answer("stream 500")).split() == [str(number) for number in range(500)]


async def test_the_prompt_comes_from_standard_input(prompt: Prompting) -> None:
    assert await prompt.answer("-", stdin="from a pipe") == "from a pipe"


# The second agent asks before it announces what it asks about: rude, common, and no reason to fail.
@pytest.mark.parametrize("text", ["permission", "permission-first"])
@pytest.mark.parametrize(
    "flags,chosen", [(["--allow"], "yes"), (["--deny"], "no"), ([], "cancelled")], ids=["allow", "deny", "nobody"]
)
async def test_a_permission_is_answered_as_the_flags_say(
    prompt: Prompting, text: str, flags: list[str], chosen: str
) -> None:
    assert await prompt.answer(*flags, text) == chosen


@pytest.mark.rule(11)
@pytest.mark.parametrize("choice,chosen", [("1", "yes"), ("2", "no"), ("", "cancelled")])
async def test_a_person_is_asked_about_a_tool_call_that_they_have_seen(
    prompt: Prompting, choice: str, chosen: str
) -> None:
    with Terminal() as terminal:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(choose, terminal, choice)
            done = await prompt.commands.run_at(terminal, prompt.command("permission"))
    assert (done.returncode, done.stdout.removesuffix("\n")) == (0, chosen), terminal.seen
    # Pending, and then a question: the person knows what it is about.
    assert terminal.seen.count("Delete everything", 0, terminal.seen.index("1)")) == 2


async def choose(terminal: Terminal, choice: str) -> None:
    await terminal.sees("1-2")
    terminal.types(choice)


async def test_json_output_has_every_update_and_then_the_stop_reason(prompt: Prompting) -> None:
    *updates, last = lines(await prompt.answer("--json", "--deny", "permission"))
    assert last == {"stopReason": "end_turn"}
    assert all(set(line) == {"sessionId", "update"} for line in updates)
    kinds = [line["update"]["sessionUpdate"] for line in updates]
    assert kinds == ["tool_call", "tool_call_update", "agent_message_chunk"]


@pytest.mark.promise("P3")
async def test_ctrl_c_cancels_the_turn_and_the_agent_is_told(prompt: Prompting) -> None:
    async with prompt.commands.start(prompt.command("wait")) as running:
        await running.says("waiting")
        running.interrupt()
        done = await running.finish()
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    prompt.assert_told("cancel session-0")
    prompt.assert_gone()


@pytest.mark.promise("P8")
async def test_the_refusal_of_an_agent_that_wants_authentication_names_its_methods(prompt: Prompting) -> None:
    done = await prompt.run("hello", agent_flags=("--auth",))
    assert (done.returncode, done.stdout) == (1, "")
    line = done.error_line()
    assert "auth" in line.lower()
    assert "token" in line
    assert "browser" in line
    prompt.assert_gone()


async def test_a_named_authentication_method_is_used(prompt: Prompting) -> None:
    assert await prompt.answer("--auth", "token", "hello", agent_flags=("--auth",)) == "hello"
    prompt.assert_told("authenticate token")


@pytest.mark.peer("fast-agent")
async def test_fast_agent_answers(commands: Commands, acp_trio: list[str], peers: Peers) -> None:
    done = await commands.run([*acp_trio, "prompt", "hello", "--", *peers.fast_agent()])
    assert (done.returncode, done.stdout.removesuffix("\n")) == (0, "hello"), done.stderr


@pytest.mark.peer("fast-agent")
async def test_what_fast_agent_sends_beside_its_answer_is_shown_in_json(
    commands: Commands, acp_trio: list[str], peers: Peers
) -> None:
    done = await commands.run([*acp_trio, "prompt", "--json", "hello", "--", *peers.fast_agent()])
    assert done.returncode == 0, done.stderr
    *updates, last = lines(done.stdout)
    assert last == {"stopReason": "end_turn"}
    assert {"session_info_update", "agent_message_chunk"} <= {line["update"]["sessionUpdate"] for line in updates}


@pytest.mark.promise("P18")
@pytest.mark.peer("fast-agent")
async def test_a_session_that_fast_agent_kept_is_taken_up_again(
    commands: Commands, acp_trio: list[str], peers: Peers
) -> None:
    first = await commands.run([*acp_trio, "prompt", "--json", "hello", "--", *peers.fast_agent()])
    session_id = lines(first.stdout)[0]["sessionId"]
    again = await commands.run([*acp_trio, "prompt", "--session", session_id, "once more", "--", *peers.fast_agent()])
    assert (again.returncode, again.stdout.removesuffix("\n")) == (0, "once more"), again.stderr
