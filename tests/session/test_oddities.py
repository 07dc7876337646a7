"""What real agents do on the wire though they should not, all of which a client takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Client, PeerError, ProtocolViolation
from acp_trio.schema import v1

from .opened_session import open_session

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P9")]

ENDED = {"stopReason": "end_turn"}
EVERYTHING = {"loadSession": True, "sessionCapabilities": {"close": {}, "list": {}, "delete": {}, "resume": {}}}


@asynccontextmanager
async def answering(agent: Any, method: str, *messages: Any, result: Any) -> AsyncIterator[None]:
    """While the block runs, the scripted agent answers one request, in one write with `messages` behind the answer."""

    async def answer() -> None:
        request = await agent.expect(method)
        await agent.send({"id": request["id"], "result": result}, *messages)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        yield


async def test_updates_behind_a_cancelled_response_are_taken(autojump_clock, connecting, text_update):
    async def cancelled(agent: Any) -> None:
        prompt = await agent.expect("session/prompt")
        await agent.expect("session/cancel")
        answer = {"id": prompt["id"], "result": {"stopReason": "cancelled"}}
        await agent.send(answer, text_update("s", "late"), text_update("s", "later"))

    async with (
        connecting(Client("test")) as (agent, connection),
        open_session(agent, connection) as session,
        trio.open_nursery() as nursery,
    ):
        with trio.fail_after(5):
            nursery.start_soon(cancelled, agent)
            async with session.prompt("go") as turn:
                pass
            assert turn.stop_reason == "cancelled"
            await trio.testing.wait_all_tasks_blocked()
            async with answering(agent, "session/prompt", result=ENDED):
                assert await session.ask("again") == ""


async def test_updates_behind_the_answer_to_a_load_are_taken(autojump_clock, connecting, text_update):
    mode = {"sessionUpdate": "current_mode_update", "currentModeId": "code"}
    late = {"method": "session/update", "params": {"sessionId": "s", "update": mode}}
    async with connecting(Client("test"), loadSession=True) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/load", text_update("s", "late"), late, result={}),
                connection.load_session("s", "/", keep=True) as session,
            ):
                assert session.replay == ()
                await trio.testing.wait_all_tasks_blocked()
                assert session.state.current_mode_id == "code"


async def test_null_stands_for_a_response_that_may_be_empty(autojump_clock, connecting):
    async with connecting(Client("test"), auth={"logout": {}}, **EVERYTHING) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/load", result=None),
                connection.load_session("s", "/", keep=True) as session,
                answering(agent, "session/set_mode", result=None),
            ):
                await session.set_mode("ask")
            async with (
                answering(agent, "session/resume", result=None),
                connection.resume_session("s", "/", keep=True),
            ):
                pass
            async with answering(agent, "session/delete", result=None):
                await connection.delete_session("s")
            async with answering(agent, "logout", result=None):
                await connection.logout()
            async with answering(agent, "session/close", result=None):
                await connection.request(v1.CloseSessionRequest(session_id="s"))


async def test_the_agents_request_ids_may_be_our_own(autojump_clock, connecting):
    client = Client("test")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id=request.tool_call.tool_call_id))

    async with connecting(client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                for request_id in (prompt["id"], 0, 1, prompt["id"]):
                    params = {"sessionId": "s", "toolCall": {"toolCallId": f"t{request_id}"}, "options": []}
                    await agent.send({"id": request_id, "method": "session/request_permission", "params": params})
                    answer = await agent.receive()
                    assert answer["id"] == request_id
                    assert answer["result"]["outcome"]["optionId"] == f"t{request_id}"
                assert not turn.is_over
                await agent.respond(prompt, ENDED)
                assert (await turn.finish()).stop_reason == "end_turn"


@pytest.mark.parametrize("code", [1001, 0, -1, 404])
async def test_any_number_is_an_error_code(autojump_clock, connecting, code):
    async def refuse(agent: Any) -> None:
        await agent.refuse(await agent.expect("session/new"), code, "my own code", {"detail": 1})

    async with connecting(Client("test")) as (agent, connection), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(refuse, agent)
            with pytest.raises(PeerError) as caught:
                async with connection.open_session("/"):
                    raise AssertionError("the block must not run")
    assert (caught.value.code, caught.value.message, caught.value.data) == (code, "my own code", {"detail": 1})


async def test_an_unknown_stop_reason_and_unknown_fields_are_kept(autojump_clock, connecting):
    result = {"stopReason": "tired", "usage": {"totalTokens": 5}, "_meta": {"a": 1}}
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with answering(agent, "session/prompt", result=result), session.prompt("go") as turn:
                response = await turn.finish()
    assert response.stop_reason == "tired"
    assert response.meta == {"a": 1}


async def test_legacy_keys_in_the_answer_to_session_new_harm_nothing(autojump_clock, connecting):
    result = {"sessionId": "s", "models": {"currentModelId": "m", "availableModels": []}, "usage": 7}
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/new", result=result),
                connection.open_session("/", keep=True) as session,
            ):
                assert session.id == "s"


async def test_unknown_requests_are_answered_and_unknown_notifications_ignored(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection):
        with trio.fail_after(5):
            await agent.send({"method": "_craft/telemetry", "params": {}}, {"id": 0, "method": "craft/drainQueue"})
            answer = await agent.receive()
            assert (answer["id"], answer["error"]["code"]) == (0, -32601)
            assert not connection.is_closed


@pytest.mark.parametrize("result", [None, {}, {"stopReason": 7}, "end_turn", []])
async def test_a_prompt_that_is_answered_with_nonsense_fails_that_turn_alone(autojump_clock, connecting, result):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with answering(agent, "session/prompt", result=result):
                with pytest.raises(ProtocolViolation, match="session/prompt"):
                    await session.ask("go")
            async with answering(agent, "session/prompt", result=ENDED):
                await session.ask("again")


async def test_leaving_a_turn_that_is_answered_with_nonsense_raises_nothing_of_its_own(autojump_clock, connecting):
    async def answer(agent: Any) -> None:
        prompt = await agent.expect("session/prompt")
        await agent.expect("session/cancel")
        await agent.respond(prompt, {"stopReason": 7})

    error = ValueError("mine")
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(answer, agent)
                with pytest.raises(ValueError) as caught:
                    async with session.prompt("go"):
                        raise error
            assert caught.value is error


@pytest.mark.parametrize("text", ["\ud83d", "\udc00 and more"], ids=["high", "low"])
async def test_half_of_a_surrogate_pair_in_an_update_reaches_its_session(autojump_clock, connecting, text_update, text):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                await agent.send(text_update("other", "not here"), text_update("s", text))
                await agent.respond(prompt, ENDED)
                said = [update async for update in turn]
    assert said == [v1.AgentMessageChunk(content=v1.TextContent(text=text))]
