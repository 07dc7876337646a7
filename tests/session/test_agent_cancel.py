"""What a cancel reaches at an agent and what a cancelled turn answers, by a client that writes just what it wants."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, RequestError, Turn
from acp_trio.schema import v1

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P3")]

CANCELLED = {"stopReason": "cancelled"}
ENDED = {"stopReason": "end_turn"}
CANCEL = {"method": "session/cancel", "params": {"sessionId": "s"}}


def prompt(request_id: Any, text: str = "go", session_id: str = "s") -> dict[str, Any]:
    params = {"sessionId": session_id, "prompt": [{"type": "text", "text": text}]}
    return {"id": request_id, "method": "session/prompt", "params": params}


@pytest.fixture
def runs() -> list[str]:
    """The text of every prompt whose handler began."""
    return []


@pytest.fixture
def agent(runs: list[str]) -> Agent:
    """Its session is "s"; it works for ever on prompts that say "wait", and raises on being cancelled for "raise"."""
    agent = Agent("test")

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest) -> v1.NewSessionResponse:
        return v1.NewSessionResponse(session_id=request.cwd.removeprefix("/"))

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        runs.append(turn.text)
        if turn.text.startswith("wait"):
            await trio.sleep_forever()
        if turn.text == "raise":
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("clean-up went wrong")
        return "end_turn"

    return agent


async def open_session(client: Any, session_id: str = "s") -> None:
    await client.send({"id": "new", "method": "session/new", "params": {"cwd": f"/{session_id}", "mcpServers": []}})
    assert (await client.receive())["result"]["sessionId"] == session_id


async def answers(client: Any, *request_ids: Any) -> dict[Any, Any]:
    """The answers to these requests, which must be the next messages, in any order."""
    received = [await client.receive() for _ in request_ids]
    assert {message["id"] for message in received} == set(request_ids)
    return {message["id"]: message.get("result", message.get("error")) for message in received}


@pytest.mark.rule(3)
async def test_a_cancel_in_the_same_write_as_its_prompt_cancels_it_before_it_starts(
    autojump_clock, serving, agent, runs
):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1), CANCEL)
            assert await answers(client, 1) == {1: CANCELLED}
    assert runs == []


@pytest.mark.rule(3)
async def test_a_cancel_between_two_prompts_cancels_the_first_and_not_the_second(autojump_clock, serving, agent, runs):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "wait"), CANCEL, prompt(2, "second"))
            assert await answers(client, 1, 2) == {1: CANCELLED, 2: ENDED}
    assert runs == ["second"]


@pytest.mark.rule(3)
async def test_a_cancel_reaches_the_running_turn_and_those_queued_behind_it(autojump_clock, serving, agent, runs):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "wait"))
            await trio.testing.wait_all_tasks_blocked()
            await client.send(prompt(2, "queued"), CANCEL)
            assert await answers(client, 1, 2) == {1: CANCELLED, 2: CANCELLED}
    assert runs == ["wait"]


@pytest.mark.rule(3)
async def test_a_queued_turn_is_cancelled_alone_by_its_request_id(autojump_clock, serving, agent, runs):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "wait"), prompt(2, "queued"))
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "$/cancel_request", "params": {"requestId": 2}})
            assert await answers(client, 2) == {2: CANCELLED}
            await client.send(CANCEL)
            assert await answers(client, 1) == {1: CANCELLED}
    assert runs == ["wait"]


@pytest.mark.rule(3)
async def test_a_cancel_that_comes_late_does_not_touch_the_next_turn(autojump_clock, serving, agent, runs):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1))
            assert await answers(client, 1) == {1: ENDED}
            await client.send(CANCEL, prompt(2), {"method": "$/cancel_request", "params": {"requestId": 1}})
            assert await answers(client, 2) == {2: ENDED}
    assert runs == ["go", "go"]


@pytest.mark.rule(3)
async def test_a_cancel_passes_a_handler_that_holds_the_dispatch_loop(autojump_clock, serving, agent):
    held, let_go = trio.Event(), trio.Event()

    @agent.on_notification("_hold")
    async def hold(params: Any) -> None:
        held.set()
        await let_go.wait()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "wait"), {"method": "_hold"})
            await held.wait()
            await client.send(CANCEL, prompt(2))
            assert await answers(client, 1) == {1: CANCELLED}
            assert not let_go.is_set()
            let_go.set()
            assert await answers(client, 2) == {2: ENDED}


@pytest.mark.rule(3)
async def test_a_cancel_behind_a_held_loop_cancels_the_prompt_before_it_and_not_the_one_after_it(
    autojump_clock, serving, agent, runs
):
    let_go = trio.Event()

    @agent.on_notification("_hold")
    async def hold(params: Any) -> None:
        await let_go.wait()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send({"method": "_hold"})
            await client.send(prompt(1, "before"))
            await client.send(CANCEL)
            await client.send(prompt(2, "after"))
            await trio.testing.wait_all_tasks_blocked()
            let_go.set()
            assert await answers(client, 1, 2) == {1: CANCELLED, 2: ENDED}
    assert runs == ["after"]


async def test_cancelling_twice_is_cancelling_once(autojump_clock, serving, agent):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "wait"))
            await client.send(CANCEL)
            await client.send(CANCEL)
            assert await answers(client, 1) == {1: CANCELLED}
            await client.send(prompt(2))
            assert await answers(client, 2) == {2: ENDED}


async def test_cancelling_an_idle_or_unknown_session_is_nothing(autojump_clock, serving, agent):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            nobody = {"method": "session/cancel", "params": {"sessionId": "nobody"}}
            nonsense = {"method": "session/cancel", "params": {"sessionId": 7}}
            await client.send(CANCEL, nobody, nonsense, prompt(1))
            assert await answers(client, 1) == {1: ENDED}


async def test_a_cancel_of_one_session_leaves_the_others_alone(autojump_clock, serving, agent):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await open_session(client, "other")
            await client.send(prompt(1, "wait", "other"), prompt(2, "wait"), CANCEL)
            assert await answers(client, 2) == {2: CANCELLED}
            await client.send({"method": "session/cancel", "params": {"sessionId": "other"}})
            assert await answers(client, 1) == {1: CANCELLED}


@pytest.mark.rule(19)
async def test_a_cancel_request_for_a_running_prompt_answers_the_result_cancelled(autojump_clock, serving, agent):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "wait"))
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "$/cancel_request", "params": {"requestId": 1}})
            assert await answers(client, 1) == {1: CANCELLED}


@pytest.mark.rule(19)
async def test_a_cancel_request_in_the_write_of_its_prompt_answers_the_result_cancelled(
    autojump_clock, serving, agent, runs
):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1), {"method": "$/cancel_request", "params": {"requestId": 1}}, prompt(2))
            assert await answers(client, 1, 2) == {1: CANCELLED, 2: ENDED}
    assert runs == ["go"]


@pytest.mark.rule(19)
async def test_a_cancelled_request_that_is_no_prompt_answers_an_error(autojump_clock, serving, agent):
    @agent.on_set_mode
    async def set_mode(request: v1.SetSessionModeRequest) -> v1.SetSessionModeResponse:
        await trio.sleep_forever()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            set_mode_request = {"method": "session/set_mode", "params": {"sessionId": "s", "modeId": "ask"}}
            await client.send({"id": 1, **set_mode_request})
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "$/cancel_request", "params": {"requestId": 1}})
            assert (await answers(client, 1))[1]["code"] == -32800


async def test_a_handler_that_raises_on_being_cancelled_answers_cancelled(autojump_clock, serving, agent, caplog):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await open_session(client)
            await client.send(prompt(1, "raise"))
            await trio.testing.wait_all_tasks_blocked()
            await client.send(CANCEL, prompt(2))
            assert await answers(client, 1, 2) == {1: CANCELLED, 2: ENDED}
    assert "clean-up went wrong" in caplog.text


async def test_a_handler_that_refuses_on_being_cancelled_answers_cancelled(autojump_clock, serving):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            raise RequestError(1, "no") from None

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": "new", "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await client.receive())["result"]["sessionId"]
            await client.send(prompt(1, session_id=session_id))
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "session/cancel", "params": {"sessionId": session_id}})
            assert await answers(client, 1) == {1: CANCELLED}


async def test_a_handler_that_takes_no_notice_of_the_cancel_still_answers_cancelled_after_what_it_said(
    autojump_clock, serving
):
    agent = Agent("test")
    go_on = trio.Event()

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        with trio.CancelScope(shield=True):
            await go_on.wait()
            await turn.say("one more thing")
        return "max_tokens"

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": "new", "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await client.receive())["result"]["sessionId"]
            await client.send(prompt(1, session_id=session_id))
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "session/cancel", "params": {"sessionId": session_id}})
            await trio.testing.wait_all_tasks_blocked()
            go_on.set()
            update = await client.expect("session/update")
            assert update["params"]["update"]["content"]["text"] == "one more thing"
            assert await answers(client, 1) == {1: CANCELLED}


async def test_a_cancel_during_a_permission_gives_the_permission_up_and_answers_cancelled(autojump_clock, serving):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        async with turn.tool_call("Delete it") as call:
            await turn.request_permission(call.as_update(), [])
        return "end_turn"

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": "new", "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await client.receive())["result"]["sessionId"]
            await client.send(prompt(1, session_id=session_id))
            await client.expect("session/update")
            permission = await client.expect("session/request_permission")
            await client.send({"method": "session/cancel", "params": {"sessionId": session_id}})
            given_up = await client.expect("$/cancel_request")
            assert given_up["params"] == {"requestId": permission["id"]}
            failed = await client.expect("session/update")
            assert failed["params"]["update"]["status"] == "failed"
            assert await answers(client, 1) == {1: CANCELLED}
            # The late answer is swallowed.
            await client.respond(permission, {"outcome": {"outcome": "cancelled"}})
            await client.send({"id": 2, "method": "nothing"})
            assert (await answers(client, 2))[2]["code"] == -32601


async def test_a_cancel_during_a_load_cancels_the_prompt_behind_it_and_not_the_load(autojump_clock, serving, agent):
    loaded = trio.Event()

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest) -> v1.LoadSessionResponse:
        await loaded.wait()
        return v1.LoadSessionResponse()

    async with serving(agent) as client:
        with trio.fail_after(5):
            load_request = {"method": "session/load", "params": {"sessionId": "s", "cwd": "/", "mcpServers": []}}
            await client.send({"id": 0, **load_request}, prompt(1), CANCEL, prompt(2))
            assert await answers(client, 1) == {1: CANCELLED}
            loaded.set()
            assert await answers(client, 0, 2) == {0: {}, 2: ENDED}


async def test_a_client_that_hangs_up_cancels_every_turn(autojump_clock, serving):
    agent = Agent("test")
    ended: list[str] = []

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(turn.text)

    with trio.fail_after(10):
        async with serving(agent) as client:
            await client.send({"id": "new", "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await client.receive())["result"]["sessionId"]
            await client.send(prompt(1, "one", session_id))
            await trio.testing.wait_all_tasks_blocked()
    assert ended == ["one"]
