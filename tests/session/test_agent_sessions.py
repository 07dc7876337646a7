"""An agent's sessions: how they are set up and live on, and how the failure of one stays its own."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, AgentSession, LocalMisuse, RequestError, Turn
from acp_trio.schema import v1
from acp_trio.testing import scripted_peer

pytestmark = pytest.mark.usefixtures("nothing_leaks")

NEW = {"method": "session/new", "params": {"cwd": "/work", "additionalDirectories": ["/more"], "mcpServers": []}}
LOAD = {"method": "session/load", "params": {"sessionId": "s", "cwd": "/", "mcpServers": []}}
ENDED = {"stopReason": "end_turn"}


def prompt(request_id: Any, session_id: str, text: str = "go") -> dict[str, Any]:
    params = {"sessionId": session_id, "prompt": [{"type": "text", "text": text}]}
    return {"id": request_id, "method": "session/prompt", "params": params}


async def call(client: Any, request_id: Any, message: dict[str, Any]) -> Any:
    """The result, or the error's code, of one request, whose answer must be the next message."""
    await client.send({**message, "id": request_id})
    answer = await client.receive()
    assert answer["id"] == request_id
    return answer["result"] if "result" in answer else answer["error"]["code"]


def add_prompt(agent: Agent) -> None:
    @agent.on_prompt
    async def work(turn: Turn) -> str:
        return "end_turn"


async def test_without_a_handler_every_session_is_accepted_with_an_id_of_its_own(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)
    async with serving(agent) as client:
        with trio.fail_after(5):
            one = (await call(client, 1, NEW))["sessionId"]
            two = (await call(client, 2, NEW))["sessionId"]
            assert one != two
            assert await call(client, 3, prompt(3, one)) == ENDED


async def test_a_session_knows_what_it_was_opened_with(autojump_clock, serving):
    agent = Agent("test")
    seen: list[AgentSession] = []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        session.state = {"count": 0}
        return v1.NewSessionResponse(session_id="mine")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        turn.session.state["count"] += 1
        seen.append(turn.session)
        return "end_turn"

    async with serving(agent) as client:
        with trio.fail_after(5):
            assert (await call(client, 1, NEW))["sessionId"] == "mine"
            await call(client, 2, prompt(2, "mine"))
            await call(client, 3, prompt(3, "mine"))
    assert seen[0] is seen[1]
    assert seen[0].session_id == "mine"
    assert seen[0].cwd == "/work"
    assert list(seen[0].directories) == ["/work", "/more"]
    assert list(seen[0].mcp_servers) == []
    assert seen[0].state == {"count": 2}


@pytest.mark.rule(9)
async def test_a_setup_handler_that_answers_by_started_lives_on_until_the_session_ends(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)
    lives: list[str] = []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> None:
        task_status.started(v1.NewSessionResponse(session_id=session.session_id))
        lives.append("began")
        try:
            await trio.sleep_forever()
        finally:
            lives.append("ended")

    @agent.on_close_session
    async def close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        lives.append("closed")
        return v1.CloseSessionResponse()

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            assert await call(client, 2, prompt(2, session_id)) == ENDED
            assert lives == ["began"]
            close_request = {"method": "session/close", "params": {"sessionId": session_id}}
            assert await call(client, 3, close_request) == {}
            assert lives == ["began", "ended", "closed"]
            assert await call(client, 4, prompt(4, session_id)) == -32002


@pytest.mark.rule(9)
@pytest.mark.promise("P3")
async def test_a_cancel_of_an_answered_session_new_is_nothing(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)
    alive = True

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> None:
        nonlocal alive
        task_status.started(v1.NewSessionResponse(session_id="s"))
        try:
            await trio.sleep_forever()
        finally:
            alive = False

    async with serving(agent) as client:
        with trio.fail_after(5):
            await call(client, 1, NEW)
            await client.send({"method": "$/cancel_request", "params": {"requestId": 1}})
            assert await call(client, 2, prompt(2, "s")) == ENDED
            assert alive


@pytest.mark.rule(9)
async def test_a_cancel_of_an_unanswered_session_new_opens_nothing(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> None:
        await trio.sleep_forever()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": 1, **NEW})
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "$/cancel_request", "params": {"requestId": 1}})
            assert (await client.receive())["error"]["code"] == -32800


@pytest.mark.rule(9)
async def test_a_failure_after_the_answer_ends_that_session_alone(autojump_clock, serving, caplog):
    agent = Agent("test")
    add_prompt(agent)
    fail = trio.Event()

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> None:
        task_status.started(v1.NewSessionResponse(session_id=session.session_id))
        await fail.wait()
        if request.additional_directories:
            raise ValueError("the database is gone")

    async with serving(agent) as client:
        with trio.fail_after(5):
            failing = (await call(client, 1, NEW))["sessionId"]
            other = (await call(client, 2, {"method": "session/new", "params": {"cwd": "/", "mcpServers": []}}))[
                "sessionId"
            ]
            fail.set()
            await trio.testing.wait_all_tasks_blocked()
            assert await call(client, 3, prompt(3, failing)) == -32002
            assert await call(client, 4, prompt(4, other)) == ENDED
    assert "the database is gone" in caplog.text


@pytest.mark.rule(9)
@pytest.mark.promise("P11")
async def test_a_failed_task_of_a_session_ends_its_turns_with_an_error_and_no_other_session(
    autojump_clock, serving, caplog
):
    agent = Agent("test")

    async def fail() -> None:
        raise ValueError("a background task broke")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        if turn.text == "fail":
            turn.session.start_soon(fail)
            await trio.sleep_forever()
        return "end_turn"

    async with serving(agent) as client:
        with trio.fail_after(5):
            failing = (await call(client, 1, NEW))["sessionId"]
            other = (await call(client, 2, NEW))["sessionId"]
            assert await call(client, 3, prompt(3, failing, "fail")) == -32603
            assert await call(client, 4, prompt(4, other)) == ENDED
            assert await call(client, 5, prompt(5, failing)) == -32002
    assert "a background task broke" in caplog.text


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_a_handler_that_ends_its_process_does_not_say_that_the_turn_was_cancelled(autojump_clock, when):
    agent, answers = Agent("test"), []

    @agent.on_prompt
    async def work(_turn: Turn) -> str:
        if when == "later":
            await trio.sleep(1)
        raise SystemExit(3)

    async def prompt_once() -> None:
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, transport)
            await client.initialize()
            session_id = (await call(client, 1, NEW))["sessionId"]
            answers.append(await call(client, 2, prompt(2, session_id)))
            await trio.sleep_forever()

    with trio.fail_after(5), pytest.raises(BaseExceptionGroup) as caught:
        await prompt_once()
    assert caught.value.subgroup(SystemExit) is not None
    assert answers == [-32603]


@pytest.mark.rule(9)
async def test_started_twice_is_misuse_and_a_value_after_it_is_logged(autojump_clock, serving, caplog):
    agent = Agent("test")
    add_prompt(agent)

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> Any:
        response = v1.NewSessionResponse(session_id="s")
        task_status.started(response)
        with pytest.raises(LocalMisuse, match="twice"):
            task_status.started(response)
        return response

    async with serving(agent) as client:
        with trio.fail_after(5):
            await call(client, 1, NEW)
            assert await call(client, 2, prompt(2, "s")) == ENDED
    assert "returned a value after its answer was given" in caplog.text


@pytest.mark.rule(9)
@pytest.mark.promise("P17")
@pytest.mark.parametrize("answer", [None, "s", v1.LoadSessionResponse()])
async def test_started_with_anything_but_the_response_is_an_internal_error_and_opens_nothing(
    autojump_clock, serving, answer, caplog
):
    agent = Agent("test")
    add_prompt(agent)

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> None:
        task_status.started(answer)

    async with serving(agent) as client:
        with trio.fail_after(5):
            assert await call(client, 1, NEW) == -32603
            await trio.testing.wait_all_tasks_blocked()
    assert "must answer with NewSessionResponse" in caplog.text


@pytest.mark.promise("P17")
@pytest.mark.parametrize("answer", [None, 7, v1.LoadSessionResponse()])
async def test_a_prompt_handler_that_returns_no_stop_reason_is_an_internal_error(
    autojump_clock, serving, answer, caplog
):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> Any:
        return answer

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            assert await call(client, 2, prompt(2, session_id)) == -32603
    assert "must return a stop reason" in caplog.text


@pytest.mark.promise("P8")
async def test_a_prompt_handler_that_fails_answers_its_type_and_logs_the_rest(autojump_clock, serving, caplog):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        raise ValueError("secret path")

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            await client.send(prompt(2, session_id))
            error = (await client.receive())["error"]
    assert error["code"] == -32603
    assert error["data"] == {"type": "ValueError"}
    assert "secret path" not in str(error)
    assert "secret path" in caplog.text


@pytest.mark.promise("P17")
async def test_a_prompt_handler_may_return_a_whole_response(autojump_clock, serving):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> v1.PromptResponse:
        return v1.PromptResponse(stop_reason="refusal", meta={"why": "tired"})

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            answer = await call(client, 2, prompt(2, session_id))
            assert answer == {"stopReason": "refusal", "_meta": {"why": "tired"}}


@pytest.mark.promise("P4")
async def test_what_a_handler_awaited_is_on_the_wire_before_its_answer(autojump_clock, serving):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        await turn.think("hm")
        await turn.say("yes")
        await turn.plan([v1.PlanEntry(content="rest", priority="low", status="pending")])
        return "end_turn"

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            await client.send(prompt(2, session_id))
            tags = [(await client.expect("session/update"))["params"]["update"]["sessionUpdate"] for _ in range(3)]
            assert tags == ["agent_thought_chunk", "agent_message_chunk", "plan"]
            assert (await client.receive())["result"] == ENDED


@pytest.mark.promise("P18")
async def test_loading_an_open_session_ends_the_old_one_first(autojump_clock, serving):
    agent = Agent("test")
    log: list[str] = []

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: AgentSession) -> v1.LoadSessionResponse:
        log.append("load")

        async def live() -> None:
            try:
                await trio.sleep_forever()
            finally:
                log.append("old one ended")

        session.start_soon(live)
        await trio.testing.wait_all_tasks_blocked()
        return v1.LoadSessionResponse()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await call(client, 1, LOAD)
            await call(client, 2, LOAD)
            assert log == ["load", "old one ended", "load"]


@pytest.mark.promise("P18")
async def test_a_load_that_fails_leaves_no_session(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: AgentSession) -> v1.LoadSessionResponse:
        session.start_soon(trio.sleep_forever)
        raise RequestError(1001, "no such conversation")

    async with serving(agent) as client:
        with trio.fail_after(5):
            assert await call(client, 1, LOAD) == 1001
            assert await call(client, 2, prompt(2, "s")) == -32002


async def test_a_new_session_that_takes_an_open_ones_id_ends_that_one(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)
    ended = trio.Event()

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        async def live() -> None:
            try:
                await trio.sleep_forever()
            finally:
                ended.set()

        session.start_soon(live)
        return v1.NewSessionResponse(session_id="the same")

    async with serving(agent) as client:
        with trio.fail_after(5):
            await call(client, 1, NEW)
            await call(client, 2, NEW)
            await ended.wait()
            assert await call(client, 3, prompt(3, "the same")) == ENDED


async def test_a_new_session_that_takes_an_open_ones_id_by_started_ends_that_one(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)
    log: list[str] = []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession, *, task_status: Any) -> None:
        task_status.started(v1.NewSessionResponse(session_id="the same"))
        log.append(f"{request.cwd} began")
        try:
            await trio.sleep_forever()
        finally:
            log.append(f"{request.cwd} ended")

    async with serving(agent) as client:
        with trio.fail_after(5):
            for number, cwd in enumerate(("/one", "/two")):
                await call(client, number, {"method": "session/new", "params": {"cwd": cwd, "mcpServers": []}})
            await trio.testing.wait_all_tasks_blocked()
            assert sorted(log) == ["/one began", "/one ended", "/two began"]
            assert await call(client, 3, prompt(3, "the same")) == ENDED


async def test_a_task_of_a_session_gets_its_arguments_and_its_name(autojump_clock, serving):
    agent = Agent("test")
    seen: list[Any] = []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        async def work(*arguments: Any) -> None:
            seen.append((arguments, trio.lowlevel.current_task().name))

        session.start_soon(work, 1, "two", name="a task of mine")
        return v1.NewSessionResponse(session_id=session.session_id)

    async with serving(agent) as client:
        with trio.fail_after(5):
            await call(client, 1, NEW)
            await trio.testing.wait_all_tasks_blocked()
    assert seen == [((1, "two"), "a task of mine")]


async def test_a_sessions_own_task_may_ask_the_client_for_what_it_offers(autojump_clock, serving):
    agent = Agent("test")
    problems: list[str] = []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        try:
            await session.read_text_file("/notes")
        except LocalMisuse as exc:
            problems.append(str(exc))
        return v1.NewSessionResponse(session_id=session.session_id)

    async with serving(agent) as client:
        with trio.fail_after(5):
            await call(client, 1, NEW)
    assert problems == ["the client does not offer fs.readTextFile"]


async def test_a_cancel_is_told_to_a_session_that_does_work_besides_its_turns(autojump_clock, serving):
    agent = Agent("test")
    cancels: list[str] = []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        session.on_cancel = lambda: cancels.append(session.session_id)
        return v1.NewSessionResponse(session_id=session.session_id)

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            await call(client, 2, NEW)
            await client.send({"method": "session/cancel", "params": {"sessionId": session_id}})
            await trio.testing.wait_all_tasks_blocked()
    assert cancels == [session_id]


async def test_deleting_works_for_sessions_that_are_not_open_and_ends_those_that_are(autojump_clock, serving):
    agent = Agent("test")
    add_prompt(agent)
    deleted: list[tuple[str, bool]] = []

    @agent.on_delete_session
    async def delete(request: v1.DeleteSessionRequest, session: AgentSession | None) -> v1.DeleteSessionResponse:
        deleted.append((request.session_id, session is not None and session.ended.is_set()))
        return v1.DeleteSessionResponse()

    async with serving(agent) as client:
        with trio.fail_after(5):
            session_id = (await call(client, 1, NEW))["sessionId"]
            for number, name in enumerate(("stranger", session_id), 2):
                assert await call(client, number, {"method": "session/delete", "params": {"sessionId": name}}) == {}
            assert await call(client, 9, prompt(9, session_id)) == -32002
    assert deleted == [("stranger", False), (session_id, True)]


@pytest.mark.parametrize(
    "method, params",
    [
        ("session/new", {"mcpServers": []}),
        ("session/new", {"cwd": 7, "mcpServers": []}),
        ("session/prompt", {"sessionId": "s"}),
        ("session/prompt", {"sessionId": "s", "prompt": [{"type": "text"}]}),
        ("session/prompt", None),
        ("session/prompt", ...),
    ],
)
async def test_params_that_do_not_fit_are_refused_with_what_is_wrong(autojump_clock, serving, method, params, caplog):
    agent = Agent("test")
    add_prompt(agent)
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": 1, "method": method} | ({} if params is ... else {"params": params}))
            error = (await client.receive())["error"]
    assert error["code"] == -32602
    assert method in error["message"]
    assert error["data"]["problems"]


async def test_methods_without_a_handler_are_not_found(autojump_clock, serving):
    async with serving(Agent("test")) as client:
        with trio.fail_after(5):
            for method in ("session/prompt", "session/load", "session/resume", "session/close", "session/set_mode"):
                assert await call(client, method, {"method": method, "params": {"sessionId": "s"}}) == -32601


async def test_a_session_that_ends_while_the_connection_closes_is_not_logged_as_an_error(
    autojump_clock, serving, caplog
):
    agent = Agent("test")
    add_prompt(agent)
    with caplog.at_level(logging.WARNING):
        async with serving(agent) as client:
            with trio.fail_after(5):
                await call(client, 1, NEW)
    assert not caplog.records


async def test_a_setup_handler_with_a_task_status_may_simply_return_its_response(autojump_clock, serving):
    agent = Agent("test")

    @agent.on_new_session
    async def new(_request: v1.NewSessionRequest, session, *, task_status) -> v1.NewSessionResponse:
        return v1.NewSessionResponse(session_id="returned")

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            assert (await client.receive())["result"] == {"sessionId": "returned"}


async def test_a_cancel_that_comes_as_a_request_is_an_unknown_method(autojump_clock, serving):
    async with serving(Agent("test")) as client:
        with trio.fail_after(5):
            await client.send({"id": 1, "method": "session/cancel", "params": {"sessionId": "s"}})
            assert (await client.receive())["error"]["code"] == -32601
