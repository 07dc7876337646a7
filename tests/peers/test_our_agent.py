"""`acp-trio agent`, driven by other projects' clients."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from .conftest import Commands, Peers

NEW = {"do": "new"}


def prompt(text: str, **how: Any) -> dict[str, Any]:
    return {"do": "prompt", "text": text, **how}


@pytest.fixture
def drive(commands: Commands, sdk_client: list[str], acp_trio: list[str]) -> Any:
    """Let an SDK's client take these steps with our agent, and return what came of each, `initialize` first."""

    async def drive(*steps: dict[str, Any]) -> list[dict[str, Any]]:
        done = await commands.run([*sdk_client, json.dumps(steps), "--", *acp_trio, "agent"])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return drive


async def test_an_sdk_client_learns_what_our_agent_can_do(drive: Any) -> None:
    (initialized,) = await drive()
    assert initialized["protocolVersion"] == 1
    assert initialized["agentCapabilities"]["loadSession"] is True
    assert initialized["agentCapabilities"]["sessionCapabilities"]["list"] == {}
    assert initialized["agentInfo"]["name"]


@pytest.mark.promise("P4")
async def test_an_sdk_client_has_all_of_a_stream_before_the_turn_ends(drive: Any) -> None:
    _, _, said, streamed = await drive(NEW, prompt("echo hello"), prompt("stream 50 8"))
    assert said == {"stopReason": "end_turn", "text": "hello", "events": ["agent_message_chunk"]}
    assert streamed["stopReason"] == "end_turn"
    assert streamed["events"] == ["agent_message_chunk"] * 50
    assert len(streamed["text"]) == 50 * 8


@pytest.mark.promise("P4")
@pytest.mark.parametrize("answer", ["allow_once", "reject_once"])
async def test_our_agent_announces_its_tool_call_before_it_asks_about_it(drive: Any, answer: str) -> None:
    _, _, turn = await drive(NEW, prompt("permission", answer=answer))
    assert turn["stopReason"] == "end_turn"
    kinds = [event.split()[0] for event in turn["events"]]
    assert kinds[:2] == ["tool_call", "request_permission"]
    announced, asked = (event.split()[1] for event in turn["events"][:2])
    assert announced == asked


async def test_our_agent_says_which_option_was_chosen(drive: Any) -> None:
    _, _, allowed, rejected, cancelled = await drive(
        NEW,
        prompt("permission", answer="allow_once"),
        prompt("permission", answer="reject_once"),
        prompt("permission", answer=None),
    )
    assert cancelled["text"] == "cancelled"
    assert len({allowed["text"], rejected["text"], "cancelled", ""}) == 4


@pytest.mark.promise("P3")
async def test_an_sdk_client_cancels_a_turn_that_it_has_just_sent_and_goes_on(drive: Any) -> None:
    _, _, cancelled, after = await drive(NEW, prompt("sleep 60", cancel=True), prompt("echo still here"))
    assert cancelled["stopReason"] == "cancelled"
    assert "slept" not in cancelled["text"]
    assert after["text"] == "still here"


async def test_an_sdk_client_lists_our_sessions(drive: Any) -> None:
    _, first, second, listed = await drive(NEW, NEW, {"do": "list"})
    assert {entry["sessionId"] for entry in listed["sessions"]} == {first["sessionId"], second["sessionId"]}
    assert {entry["cwd"] for entry in listed["sessions"]} == {"/"}


@pytest.mark.promise("P18")
async def test_an_sdk_client_has_the_whole_replay_when_load_returns(drive: Any) -> None:
    _, _, _, _, loaded = await drive(NEW, prompt("echo one"), prompt("echo two"), {"do": "load"})
    spoken = [event for event in loaded["events"] if event.endswith("_message_chunk")]
    assert spoken == ["user_message_chunk", "agent_message_chunk"] * 2
    assert loaded["text"] == "onetwo"


async def test_an_unknown_session_is_refused_in_words_that_an_sdk_understands(drive: Any) -> None:
    _, refused = await drive(prompt("echo hello"))
    assert refused["error"]["code"] == -32002


@pytest.fixture
def acpx(commands: Commands, peers: Peers, acp_trio: list[str]) -> list[str]:
    return [
        *peers.acpx(),
        "--approve-all",
        "--ttl",
        "5",
        "--format",
        "json",
        "--agent",
        shlex.join([*acp_trio, "agent"]),
    ]


def frames(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def spoken(messages: list[dict[str, Any]]) -> str:
    updates = [message["params"]["update"] for message in messages if message.get("method") == "session/update"]
    return "".join(each["content"]["text"] for each in updates if each["sessionUpdate"] == "agent_message_chunk")


@pytest.mark.peer("acpx")
async def test_acpx_runs_one_prompt(commands: Commands, acpx: list[str]) -> None:
    done = await commands.run([*acpx, "exec", "echo hi"])
    assert done.returncode == 0, done.stderr
    messages = frames(done.stdout)
    assert spoken(messages) == "hi"
    assert messages[-1]["result"]["stopReason"] == "end_turn"


@pytest.mark.peer("acpx")
async def test_acpx_approves_what_our_agent_asks(commands: Commands, acpx: list[str]) -> None:
    done = await commands.run([*acpx, "exec", "permission"])
    assert done.returncode == 0, done.stderr
    messages = frames(done.stdout)
    (asked,) = (message for message in messages if message.get("method") == "session/request_permission")
    (allowed,) = (each["optionId"] for each in asked["params"]["options"] if each["kind"] == "allow_once")
    (answer,) = (each["result"] for each in messages if "outcome" in each.get("result", {}))
    assert answer["outcome"] == {"outcome": "selected", "optionId": allowed}
    assert messages[-1]["result"]["stopReason"] == "end_turn"


@pytest.mark.peer("acpx")
async def test_acpx_has_our_agent_use_its_files_and_terminals(commands: Commands, acpx: list[str]) -> None:
    path = commands.home / "note.txt"
    for text in (f"write {path} remember", f"read {path}", "run echo from a terminal"):
        done = await commands.run([*acpx, "exec", text])
        assert done.returncode == 0, done.stderr
        assert frames(done.stdout)[-1]["result"]["stopReason"] == "end_turn"
    assert path.read_text() == "remember"
    assert "from a terminal" in spoken(frames(done.stdout))


@pytest.mark.peer("acpx")
async def test_acpx_cancels_a_prompt_from_another_process(commands: Commands, acpx: list[str]) -> None:
    made = await commands.run([*acpx, "sessions", "new"])
    assert made.returncode == 0, made.stderr
    async with commands.start([*acpx, "prompt", "sleep 60"]) as prompting:
        await prompting.says('"session/prompt"')
        cancelled = await commands.run([*acpx, "cancel"])
        assert json.loads(cancelled.stdout)["cancelled"] is True
        done = await prompting.finish()
    assert frames(done.stdout)[-1]["result"] == {"stopReason": "cancelled"}
    closed = await commands.run([*acpx, "sessions", "close"])
    assert closed.returncode == 0, closed.stderr


@pytest.mark.peer("acpx")
async def test_acpx_lists_the_sessions_of_our_agent(commands: Commands, acpx: list[str]) -> None:
    done = await commands.run([*acpx, "sessions", "list"])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"source": "agent", "sessions": []}
