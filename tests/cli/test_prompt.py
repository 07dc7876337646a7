"""What `acp-trio prompt` sends, and how it reports to programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .trial import OUR_AGENT, Trial

SHOWS_ATTACHMENTS = """
capabilities = {"promptCapabilities": {"embeddedContext": EMBEDDED}}
write(id=expect("initialize"), result={"protocolVersion": 1, "agentCapabilities": capabilities})
write(id=expect("session/new"), result={"sessionId": "s"})
message = read()
say(json.dumps(message["params"]["prompt"][1:]))
end_turn(message["id"])
stay()
"""


async def attachment(trial: Trial, content: bytes, *, embedded: bool) -> dict[str, Any]:
    path = trial.directory / "notes.txt"
    path.write_bytes(content)
    agent = trial.agent(SHOWS_ATTACHMENTS.replace("EMBEDDED", str(embedded)))
    done = await trial.run("prompt", "--file", "notes.txt", "hello", "--", *agent)
    assert done.returncode == 0, done.stderr
    blocks: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(blocks) == 1
    return blocks[0]


async def test_a_text_file_is_embedded_for_an_agent_that_takes_it(trial: Trial) -> None:
    block = await attachment(trial, "naïve\r\n".encode(), embedded=True)
    uri = (trial.directory / "notes.txt").as_uri()
    assert block == {"type": "resource", "resource": {"uri": uri, "text": "naïve\r\n"}}


@pytest.mark.parametrize(
    "content, embedded",
    [(b"text", False), (b"\xff", True), (b"x" * (256 * 1024 + 1), True)],
    ids=["the agent takes none", "no text", "too long"],
)
async def test_any_other_file_is_a_link(trial: Trial, content: bytes, embedded: bool) -> None:
    block = await attachment(trial, content, embedded=embedded)
    uri = (trial.directory / "notes.txt").as_uri()
    assert block == {"type": "resource_link", "name": "notes.txt", "uri": uri, "size": len(content)}


async def test_the_last_line_of_json_has_the_error_of_the_agent(trial: Trial) -> None:
    error = {"code": 1001, "message": "the model is overloaded", "data": {"retryAfter": 3}}
    agent = trial.agent(f"write(id=set_up(), error={error!r}); stay()")
    done = await trial.run("prompt", "--json", "hello", "--", *agent)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"error": error}
    assert "the model is overloaded" in done.error_line()


async def test_the_last_line_of_json_has_the_refusal_of_initialize(trial: Trial) -> None:
    error = {"code": -32603, "message": "no licence"}
    agent = trial.agent(f"write(id=expect('initialize'), error={error!r}); stay()")
    done = await trial.run("prompt", "--json", "hello", "--", *agent)
    assert json.loads(done.stdout) == {"error": {**error, "data": None}}


async def test_the_last_line_of_json_says_what_else_went_wrong(trial: Trial) -> None:
    done = await trial.run("prompt", "--json", "hello", "--", "no-such-agent")
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["data"]) == (None, None)
    assert f"acp-trio: {error['message']}\n" == done.error_line()


async def test_an_agent_that_wants_authentication_has_its_methods_named(trial: Trial) -> None:
    script = """
methods = [{"id": "key", "name": "An API key"}]
write(id=expect("initialize"), result={"protocolVersion": 1, "authMethods": methods})
write(id=expect("session/new"), error={"code": -32000, "message": "sign in"})
stay()
"""
    assert "use --auth with one of: key (An API key)" in await trial.failure(trial.agent(script))


async def test_a_trace_has_every_message(trial: Trial) -> None:
    done = await trial.run("prompt", "--trace", "trace.jsonl", "hello", "--", *OUR_AGENT)
    assert done.returncode == 0, done.stderr
    frames = [json.loads(line) for line in (trial.directory / "trace.jsonl").read_text().splitlines()]
    assert "session/prompt" in [frame["msg"].get("method") for frame in frames]
