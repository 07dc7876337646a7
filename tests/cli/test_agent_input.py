"""`acp-trio agent` as a process, fed what no client should send: each line gets exactly the answer it deserves, and the
next prompt still works."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import trio

from acp_trio.testing import ScriptedPeer
from acp_trio.transports import process

DEADLINE = 30  # seconds
MEBIBYTE = 1024 * 1024


@pytest.fixture
async def client() -> AsyncIterator[ScriptedPeer]:
    """A client that has initialized and opened `session-1`, and sends what it is told."""
    with trio.fail_after(DEADLINE):
        async with AsyncExitStack() as stack:
            agent = process([sys.executable, "-m", "acp_trio", "agent"])
            peer = ScriptedPeer(await stack.enter_async_context(agent.open()), stack)
            await peer.initialize()
            await peer.send({"id": "new", "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            assert (await peer.receive())["result"]["sessionId"] == "session-1"
            yield peer


def prompt(request_id: int, text: str) -> dict[str, Any]:
    params = {"sessionId": "session-1", "prompt": [{"type": "text", "text": text}]}
    return {"id": request_id, "method": "session/prompt", "params": params}


DEEP = b'{"jsonrpc":"2.0","id":5,"method":"_bench/echo","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
CANCEL = {"method": "session/cancel", "params": {"sessionId": "session-1"}}


async def answers_as_ever(client: ScriptedPeer) -> None:
    await client.send(prompt(1000, "still here"))
    assert (await client.receive())["params"]["update"]["content"]["text"] == "still here"
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1000, "result": {"stopReason": "end_turn"}}


async def error_for(client: ScriptedPeer, line: bytes) -> tuple[int, Any]:
    await client.send_bytes(line + b"\n")
    answer = await client.receive()
    return answer["error"]["code"], answer["id"]


@pytest.mark.rule(24)
@pytest.mark.promise("P23")
@pytest.mark.parametrize(
    "line, code, request_id",
    [
        (b'{"jsonrpc":"2.0", bad', -32700, None),
        (b"rubbish", -32700, None),
        (b"42", -32600, None),
        (b"null", -32600, None),
        (b'"text"', -32600, None),
        (b'[{"jsonrpc":"2.0","id":1,"method":"_bench/echo"}]', -32600, None),
        (b"[]", -32600, None),
        (b'{"jsonrpc":"2.0","id":5,"method":"\xff"}', -32700, None),
        (b'{"jsonrpc":"2.0","id":5,"method":"_bench/echo","params":{"a":"\xff"}}', -32700, None),
        (b'{"jsonrpc":"2.0","id":5,"method":"_bench/echo","params":{"a":NaN}}', -32700, None),
        (b'{"jsonrpc":"2.0","id":5,"method":"_bench/echo","params":{"a":-Infinity}}', -32700, None),
        (DEEP, -32700, None),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"_bench/echo"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":null,"method":"_bench/echo"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"_bench/echo"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":{},"method":"_bench/echo"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":5,"method":"_bench/echo","params":3}', -32600, 5),
        (b'{"jsonrpc":"2.0","id":5,"method":"_nobody/knows"}', -32601, 5),
        (b'{"jsonrpc":"2.0","id":5,"method":"session/prompt","params":{}}', -32602, 5),
        (b'{"jsonrpc":"2.0","id":5,"method":"initialize","params":{"protocolVersion":1}}', -32600, 5),
    ],
    ids=lambda value: value[:60].decode("latin-1") if isinstance(value, bytes) else None,
)
async def test_a_bad_line_gets_its_one_answer(
    client: ScriptedPeer, line: bytes, code: int, request_id: int | None
) -> None:
    assert await error_for(client, line) == (code, request_id)
    await answers_as_ever(client)


@pytest.mark.rule(24)
async def test_what_looks_like_a_response_is_never_answered(client: ScriptedPeer) -> None:
    await client.send_bytes(b'{"jsonrpc":"2.0","id":999,"result":{}}\n{"id":null,"error":{}}\n{"result":1,"error":2}\n')
    await answers_as_ever(client)


@pytest.mark.rule(24)
async def test_blank_lines_and_carriage_returns_are_ignored(client: ScriptedPeer) -> None:
    await client.send_bytes(b"\n\r\n  \r\n" + json.dumps({"jsonrpc": "2.0", "id": 1, "method": "_bench/echo"}).encode())
    await client.send_bytes(b"\r\n")
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": None}
    await answers_as_ever(client)


@pytest.mark.promise("P4")
async def test_a_message_may_arrive_byte_by_byte(client: ScriptedPeer) -> None:
    for byte in json.dumps({"jsonrpc": "2.0", "id": 1, "method": "_bench/echo", "params": ["slowly"]}).encode():
        await client.send_bytes(bytes([byte]))
    await client.send_bytes(b"\n")
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": ["slowly"]}


async def test_a_lone_surrogate_survives(client: ScriptedPeer) -> None:
    await client.send_bytes(b'{"jsonrpc":"2.0","id":1,"method":"_bench/echo","params":{"a":"\\ud800"}}\n')
    assert (await client.receive())["result"] == {"a": "\ud800"}


@pytest.mark.rule(25)
async def test_two_requests_with_one_id_are_both_answered(client: ScriptedPeer) -> None:
    request = {"id": 7, "method": "_bench/echo"}
    await client.send({**request, "params": [1]}, {**request, "params": [2]})
    assert [(await client.receive())["result"] for _ in range(2)] == [[1], [2]]


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_an_oversize_request_is_refused_by_its_id(client: ScriptedPeer) -> None:
    head = b'{"jsonrpc":"2.0","id":10,"method":"_bench/echo","params":{"a":"'
    assert await error_for(client, head + b"x" * (70 * MEBIBYTE) + b'"}}') == (-32600, 10)
    await answers_as_ever(client)


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_oversize_rubbish_is_refused_without_an_id(client: ScriptedPeer) -> None:
    assert await error_for(client, b"x" * (70 * MEBIBYTE)) == (-32600, None)
    await answers_as_ever(client)


@pytest.mark.rule(3)
@pytest.mark.promise("P3")
async def test_a_prompt_and_its_cancel_in_one_write(client: ScriptedPeer) -> None:
    await client.send(prompt(1, "sleep 60"), CANCEL)
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": {"stopReason": "cancelled"}}
    await answers_as_ever(client)


@pytest.mark.rule(3)
@pytest.mark.promise("P3")
async def test_a_cancel_between_two_prompts_reaches_the_first_alone(client: ScriptedPeer) -> None:
    await client.send(prompt(1, "sleep 60"), CANCEL, prompt(2, "spared"))
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": {"stopReason": "cancelled"}}
    assert (await client.receive())["params"]["update"]["content"]["text"] == "spared"
    assert await client.receive() == {"jsonrpc": "2.0", "id": 2, "result": {"stopReason": "end_turn"}}


@pytest.mark.rule(9)
async def test_a_cancel_of_an_answered_session_new_is_nothing(client: ScriptedPeer) -> None:
    await client.send({"method": "$/cancel_request", "params": {"requestId": "new"}})
    await answers_as_ever(client)


@pytest.mark.rule(19)
@pytest.mark.promise("P3")
async def test_a_cancel_with_a_permission_open_ends_both(client: ScriptedPeer) -> None:
    await client.send(prompt(1, "permission"))
    shown, asked = await client.receive(), await client.receive()
    assert shown["params"]["update"]["sessionUpdate"] == "tool_call"
    assert asked["method"] == "session/request_permission"
    await client.send(CANCEL)
    assert await client.receive() == {
        "jsonrpc": "2.0",
        "method": "$/cancel_request",
        "params": {"requestId": asked["id"]},
    }
    assert (await client.receive())["params"]["update"]["status"] == "failed"
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": {"stopReason": "cancelled"}}
    await client.respond(asked, {"outcome": {"outcome": "cancelled"}})
    await answers_as_ever(client)


@pytest.mark.rule(19)
async def test_cancelling_the_prompt_request_itself_is_a_result(client: ScriptedPeer) -> None:
    await client.send(prompt(1, "sleep 60"), {"method": "$/cancel_request", "params": {"requestId": 1}})
    assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": {"stopReason": "cancelled"}}
    await answers_as_ever(client)


@pytest.mark.rule(25)
async def test_nothing_is_answered_before_initialize() -> None:
    with trio.fail_after(DEADLINE):
        async with AsyncExitStack() as stack:
            agent = process([sys.executable, "-m", "acp_trio", "agent"])
            peer = ScriptedPeer(await stack.enter_async_context(agent.open()), stack)
            assert await error_for(peer, b'{"id":1,"method":"session/new","params":{"cwd":"/","mcpServers":[]}}') == (
                -32600,
                1,
            )
            await peer.send({"method": "session/cancel", "params": {"sessionId": "s"}})
            assert (await peer.initialize())["result"]["protocolVersion"] == 1


@pytest.mark.rule(23)
@pytest.mark.promise("P2")
async def test_requests_before_the_end_of_input_are_answered_and_the_agent_exits_with_0() -> None:
    lines = [
        {"id": 1, "method": "initialize", "params": {"protocolVersion": 1}},
        {"id": 2, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}},
        {"id": 3, "method": "_bench/echo", "params": ["last"]},
    ]
    text = b"".join(json.dumps({"jsonrpc": "2.0", **line}).encode() + b"\n" for line in lines)
    with trio.fail_after(DEADLINE):
        ended = await trio.run_process(
            [sys.executable, "-m", "acp_trio", "agent"], stdin=text, capture_stdout=True, capture_stderr=True
        )
    answers = {answer["id"]: answer for answer in map(json.loads, ended.stdout.splitlines())}
    assert answers.keys() == {1, 2, 3}
    assert answers[2]["result"]["sessionId"] == "session-1"
    assert answers[3]["result"] == ["last"]


@pytest.mark.promise("P6")
async def test_noise_on_standard_output_does_not_reach_the_wire(client: ScriptedPeer) -> None:
    await client.send(prompt(1, "noise"))
    assert (await client.receive())["params"]["update"]["content"]["text"] == "made noise"
    assert (await client.receive())["result"] == {"stopReason": "end_turn"}
