"""What an agent asks about a session: when its handler starts, what frees it, and that it keeps nobody else waiting."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import open_pair, scripted_peer

from .opened_session import open_session

pytestmark = pytest.mark.usefixtures("nothing_leaks")

CANCELLED = {"outcome": {"outcome": "cancelled"}}
ALLOWED = {"outcome": {"outcome": "selected", "optionId": "yes"}}
ENDED = {"stopReason": "end_turn"}
OPTIONS = [{"optionId": "yes", "name": "Yes", "kind": "allow_once"}]


def tool_call(tool_call_id: str) -> dict[str, Any]:
    update = {"sessionUpdate": "tool_call", "toolCallId": tool_call_id, "title": "Delete"}
    return {"method": "session/update", "params": {"sessionId": "s", "update": update}}


def permission(request_id: Any, session_id: str = "s") -> dict[str, Any]:
    params = {"sessionId": session_id, "toolCall": {"toolCallId": "t"}, "options": OPTIONS}
    return {"id": request_id, "method": "session/request_permission", "params": params}


def elicitation(request_id: Any, session_id: str = "s") -> dict[str, Any]:
    form = {"type": "object", "properties": {}}
    params = {"sessionId": session_id, "message": "Who?", "mode": "form", "requestedSchema": form}
    return {"id": request_id, "method": "elicitation/create", "params": params}


class User:
    """The person at the client: sees dialogs, and answers when `decide` is set."""

    def __init__(self) -> None:
        self.client = Client("test")
        self.log: list[str] = []
        self.decide = trio.Event()
        self.client.on_permission(self.permit)
        self.client.on_elicitation(self.fill_in)

    async def permit(self, request: v1.RequestPermissionRequest, agent: Any) -> v1.RequestPermissionResponse:
        await self._decide("permission")
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id="yes"))

    async def fill_in(self, request: v1.CreateElicitationRequest) -> v1.CreateElicitationResponse:
        await self._decide("form")
        return v1.CreateElicitationResponse(action=v1.ElicitationDeclineAction())

    async def _decide(self, what: str) -> None:
        self.log.append(what)
        try:
            await self.decide.wait()
        except trio.Cancelled:
            self.log.append(f"{what} taken away")
            raise


@pytest.fixture
def user() -> User:
    return User()


@pytest.mark.rule(11)
async def test_a_permission_dialog_never_precedes_the_tool_call_that_it_asks_about(autojump_clock, connecting, user):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            user.decide.set()
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                await agent.send(tool_call("t"), permission(1))
                await trio.testing.wait_all_tasks_blocked()
                assert user.log == []
                assert isinstance(await anext(turn), v1.ToolCall)
                assert user.log == []  # what the reader does before its next checkpoint comes first
                assert await agent.receive() == {"jsonrpc": "2.0", "id": 1, "result": ALLOWED}
                await agent.respond(prompt, ENDED)
    assert user.log == ["permission"]


@pytest.mark.rule(11)
async def test_a_permission_starts_at_once_where_no_turn_is_open(autojump_clock, connecting, user):
    user.decide.set()
    async with connecting(user.client) as (agent, connection), open_session(agent, connection):
        with trio.fail_after(5):
            await agent.send(tool_call("t"), permission(1))
            assert (await agent.receive())["result"] == ALLOWED


async def test_a_question_about_a_session_that_is_being_opened_is_asked(autojump_clock, connecting, user):
    user.decide.set()
    async with connecting(user.client) as (agent, connection), trio.open_nursery() as nursery:
        with trio.fail_after(5):

            async def open_one() -> None:
                async with connection.open_session("/", keep=True):
                    pass

            nursery.start_soon(open_one)
            new = await agent.expect("session/new")
            await agent.send(permission(1))
            assert (await agent.receive())["result"] == ALLOWED
            await agent.respond(new, {"sessionId": "s"})


@pytest.mark.rule(11)
async def test_between_turns_a_permission_waits_for_the_readers_of_the_stream(autojump_clock, connecting, user):
    user.decide.set()
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.updates() as stream:
                await agent.send(tool_call("t"), permission(1))
                await trio.testing.wait_all_tasks_blocked()
                assert user.log == []
                assert isinstance(await anext(stream), v1.ToolCall)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(anext, stream)
                    assert (await agent.receive())["result"] == ALLOWED
                    nursery.cancel_scope.cancel()


@pytest.mark.rule(11)
async def test_in_a_turn_a_permission_does_not_wait_for_what_was_said_before_it(autojump_clock, connecting, user):
    user.decide.set()
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.updates():
                await agent.send(tool_call("nobody reads this one"))
                await trio.testing.wait_all_tasks_blocked()
                async with session.prompt("go") as turn:
                    prompt = await agent.expect("session/prompt")
                    await agent.send(permission(1))
                    assert (await agent.receive())["result"] == ALLOWED
                    await agent.respond(prompt, ENDED)
                    await turn.finish()


@pytest.mark.rule(11)
async def test_a_permission_of_a_reader_that_keeps_up_starts_at_once(autojump_clock, connecting, user):
    user.decide.set()
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn, trio.open_nursery() as nursery:
                prompt = await agent.expect("session/prompt")
                nursery.start_soon(turn.finish)
                for number in range(3):
                    await agent.send(tool_call("t"), permission(number))
                    assert (await agent.receive())["result"] == ALLOWED
                await agent.respond(prompt, ENDED)


@pytest.mark.rule(11)
@pytest.mark.promise("P3")
async def test_a_cancel_request_frees_a_permission_that_waits_for_the_reader(autojump_clock, connecting, user):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                await agent.send(tool_call("t"), permission(1))
                await trio.testing.wait_all_tasks_blocked()
                await agent.send({"method": "$/cancel_request", "params": {"requestId": 1}})
                assert (await agent.receive())["result"] == CANCELLED
                await agent.respond(prompt, ENDED)
                await turn.finish()
    assert user.log == []


@pytest.mark.rule(11)
async def test_leaving_the_turn_frees_what_waits_for_its_reader(autojump_clock, connecting, user):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go"):
                prompt = await agent.expect("session/prompt")
                await agent.send(tool_call("t"), {"id": 1, "method": "fs/read_text_file", "params": {"sessionId": "s"}})
                await agent.send(permission(2), {"id": prompt["id"], "result": ENDED})
                assert (await agent.receive())["error"]["code"] == -32601
                await trio.testing.wait_all_tasks_blocked()
                assert user.log == []
                user.decide.set()
            assert (await agent.receive())["result"] == ALLOWED


@pytest.mark.promise("P3")
@pytest.mark.parametrize("way", ["cancel()", "leaving the block"])
async def test_a_cancelled_turn_answers_its_open_questions_cancelled_by_itself(autojump_clock, connecting, user, way):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:

                async def answer() -> None:
                    received = [await agent.receive() for _ in range(3)]
                    by_id = {message["id"]: message["result"] for message in received[:2]}
                    assert by_id == {1: CANCELLED, 2: {"action": "cancel"}}
                    assert received[2]["method"] == "session/cancel"
                    await agent.respond(prompt, {"stopReason": "cancelled"})

                async with session.prompt("go") as turn:
                    prompt = await agent.expect("session/prompt")
                    await agent.send(permission(1), elicitation(2))
                    await trio.testing.wait_all_tasks_blocked()
                    assert sorted(user.log) == ["form", "permission"]
                    nursery.start_soon(answer)
                    if way == "cancel()":
                        await turn.cancel()
                        await turn.finish()
                assert turn.stop_reason == "cancelled"
    assert sorted(user.log[2:]) == ["form taken away", "permission taken away"]


@pytest.mark.promise("P3")
async def test_the_turn_after_a_cancelled_one_may_ask_again(autojump_clock, connecting, user):
    user.decide.set()
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                await turn.cancel()
                await agent.expect("session/cancel")
                await agent.respond(prompt, {"stopReason": "cancelled"})
                await turn.finish()
            async with session.prompt("again") as turn:
                prompt = await agent.expect("session/prompt")
                await agent.send(permission(1))
                assert (await agent.receive())["result"] == ALLOWED
                await agent.respond(prompt, ENDED)
                await turn.finish()
    assert user.log == ["permission"]


@pytest.mark.promise("P3")
async def test_a_cancelled_turn_leaves_the_files_alone_that_it_is_reading(autojump_clock, connecting):
    client = Client("test")
    found = trio.Event()

    @client.on_read_text_file
    async def read(_request: v1.ReadTextFileRequest) -> v1.ReadTextFileResponse:
        await found.wait()
        return v1.ReadTextFileResponse(content="notes")

    async with connecting(client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                await agent.send({"id": 1, "method": "fs/read_text_file", "params": {"sessionId": "s", "path": "/x"}})
                await trio.testing.wait_all_tasks_blocked()
                await turn.cancel()
                await agent.expect("session/cancel")
                found.set()
                assert (await agent.receive())["result"] == {"content": "notes"}
                await agent.respond(prompt, {"stopReason": "cancelled"})
                await turn.finish()


@pytest.mark.promise("P3")
async def test_a_permission_that_crosses_the_cancel_is_answered_cancelled_without_a_dialog(
    autojump_clock, connecting, user
):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn, trio.open_nursery() as nursery:
                prompt = await agent.expect("session/prompt")
                await turn.cancel()
                nursery.start_soon(turn.finish)
                await agent.send(permission(1), elicitation(2))
                await agent.expect("session/cancel")
                received = [await agent.receive() for _ in range(2)]
                assert {message["id"]: message["result"] for message in received} == {
                    1: CANCELLED,
                    2: {"action": "cancel"},
                }
                await agent.respond(prompt, {"stopReason": "cancelled"})
            assert turn.stop_reason == "cancelled"
    assert user.log == []


@pytest.mark.promise("P3")
async def test_a_cancel_request_for_an_open_dialog_takes_it_away(autojump_clock, connecting, user):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection):
        with trio.fail_after(5):
            await agent.send(permission(1))
            await trio.testing.wait_all_tasks_blocked()
            await agent.send({"method": "$/cancel_request", "params": {"requestId": 1}})
            assert (await agent.receive())["result"] == CANCELLED
    assert user.log == ["permission", "permission taken away"]


@pytest.mark.rule(12)
@pytest.mark.parametrize("ask", [permission, elicitation])
async def test_a_question_about_an_unknown_session_is_refused_with_its_id(autojump_clock, connecting, user, ask):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection):
        with trio.fail_after(5):
            await agent.send(ask(1, "nobody"))
            error = (await agent.receive())["error"]
    assert error["code"] == -32002
    assert error["data"] == {"sessionId": "nobody"}
    assert user.log == []


@pytest.mark.rule(12)
async def test_a_question_about_a_session_that_has_ended_is_refused(autojump_clock, connecting, user):
    async with connecting(user.client) as (agent, connection):
        with trio.fail_after(5):
            async with open_session(agent, connection):
                pass
            await agent.send(permission(1))
            assert (await agent.receive())["error"]["code"] == -32002


async def test_questions_that_are_open_when_the_session_is_left_are_answered_cancelled(
    autojump_clock, connecting, user
):
    async with connecting(user.client) as (agent, connection):
        with trio.fail_after(5):
            async with open_session(agent, connection):
                await agent.send(permission(1), elicitation(2))
                await trio.testing.wait_all_tasks_blocked()
            received = [await agent.receive() for _ in range(2)]
            assert {message["id"]: message["result"] for message in received} == {1: CANCELLED, 2: {"action": "cancel"}}


@pytest.mark.rule(17)
async def test_questions_that_are_open_when_the_connection_closes_are_answered_cancelled(autojump_clock, user):
    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        nursery.start_soon(agent.answer_initialize)
        with trio.fail_after(5):
            async with user.client.connect(transport), trio.open_nursery() as inner:
                form = elicitation(2)
                del form["params"]["sessionId"]
                form["params"]["requestId"] = 7
                await agent.send(form)
                await trio.testing.wait_all_tasks_blocked()
                assert user.log == ["form"]
                inner.cancel_scope.cancel()
            assert (await agent.receive())["result"] == {"action": "cancel"}


@pytest.mark.promise("P5")
async def test_one_open_permission_blocks_no_other_session(autojump_clock, user):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        if turn.text == "ask":
            async with turn.tool_call("Delete") as call:
                await turn.request_permission(call.as_update(), [])
        await turn.say("done")
        return "end_turn"

    @agent.on_list_sessions
    async def list_sessions(request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        return v1.ListSessionsResponse(sessions=[])

    with trio.fail_after(20):
        async with open_pair(user.client, agent) as pair, trio.open_nursery() as nursery:

            async def ask() -> None:
                async with pair.agent.open_session("/a") as session:
                    assert await session.ask("ask") == "done"

            nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked()
            assert user.log == ["permission"]
            async with pair.agent.open_session("/b") as session:
                assert await session.ask("hello") == "done"
            assert await pair.agent.list_sessions() == []
            user.decide.set()


@pytest.mark.promise("P5")
async def test_a_permission_handler_may_ask_the_agent_itself(autojump_clock):
    agent, client = Agent("test"), Client("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        if turn.text == "ask":
            await turn.request_permission(v1.ToolCallUpdate(tool_call_id="t"), [])
        await turn.say("done")
        return "end_turn"

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest, connection: Any) -> v1.RequestPermissionResponse:
        async with connection.open_session("/advice") as advisor:
            assert await advisor.ask("what do you think?") == "done"
        return v1.RequestPermissionResponse(outcome=v1.CancelledOutcome())

    with trio.fail_after(20):
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            assert await session.ask("ask") == "done"


@pytest.mark.promise("P17")
async def test_a_permission_handler_that_fails_or_returns_nonsense_is_an_internal_error(
    autojump_clock, connecting, caplog
):
    client = Client("test")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> Any:
        if request.tool_call.tool_call_id == "t":
            return None
        raise ValueError("secret")

    async with connecting(client) as (agent, connection), open_session(agent, connection):
        with trio.fail_after(5):
            failing = permission(2)
            failing["params"]["toolCall"]["toolCallId"] = "other"
            for request in (permission(1), failing):
                await agent.send(request)
                error = (await agent.receive())["error"]
                assert error["code"] == -32603
                assert "secret" not in str(error)
    assert "must answer with RequestPermissionResponse" in caplog.text
    assert "secret" in caplog.text


@pytest.mark.parametrize("method", ["session/update", "session/cancel"])
async def test_a_notification_that_comes_as_a_request_is_an_unknown_method(autojump_clock, connecting, user, method):
    async with connecting(user.client) as (agent, connection), open_session(agent, connection):
        with trio.fail_after(5):
            await agent.send({"id": 7, "method": method, "params": {"sessionId": "s"}})
            assert (await agent.receive())["error"]["code"] == -32601


async def test_leaving_a_session_ends_the_handlers_of_what_the_agent_asked_about_it(autojump_clock, connecting):
    log: list[str] = []
    client = Client("test")

    @client.on_read_text_file
    async def read(_request: v1.ReadTextFileRequest) -> v1.ReadTextFileResponse:
        log.append("began")
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            log.append("cleaned up")
        raise AssertionError("unreachable")

    async def ask_late(agent: Any) -> None:
        await trio.sleep(0.5)
        await agent.send({"id": 2, "method": "fs/read_text_file", "params": params})
        assert (await agent.receive())["id"] == 2
        log.append("late one refused")

    params = {"sessionId": "s", "path": "/x"}
    async with connecting(client) as (agent, connection), trio.open_nursery() as nursery:
        with trio.fail_after(10):
            async with open_session(agent, connection):
                await agent.send({"id": 1, "method": "fs/read_text_file", "params": params})
                await trio.testing.wait_all_tasks_blocked()
                began = trio.current_time()
                nursery.start_soon(ask_late, agent)
            assert trio.current_time() - began == 1  # no longer than the handler takes
            assert log == ["began", "late one refused", "cleaned up"]
            assert (await agent.receive())["error"]["code"] == -32800
