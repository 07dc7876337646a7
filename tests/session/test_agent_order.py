"""The requests about one session run in the order of the wire, one at a time; those about others beside them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, RequestError, Turn
from acp_trio.schema import v1
from acp_trio.testing import scripted_peer

pytestmark = pytest.mark.usefixtures("nothing_leaks")

ENDED = {"stopReason": "end_turn"}
CANCELLED = {"stopReason": "cancelled"}


def prompt(request_id: Any, text: str = "go", session_id: str = "s") -> dict[str, Any]:
    params = {"sessionId": session_id, "prompt": [{"type": "text", "text": text}]}
    return {"id": request_id, "method": "session/prompt", "params": params}


def load(request_id: Any, cwd: str = "/", session_id: str = "s") -> dict[str, Any]:
    return {
        "id": request_id,
        "method": "session/load",
        "params": {"sessionId": session_id, "cwd": cwd, "mcpServers": []},
    }


def set_mode(request_id: Any, mode: str) -> dict[str, Any]:
    return {"id": request_id, "method": "session/set_mode", "params": {"sessionId": "s", "modeId": mode}}


def set_option(request_id: Any, value: str) -> dict[str, Any]:
    params = {"sessionId": "s", "configId": "model", "value": value}
    return {"id": request_id, "method": "session/set_config_option", "params": params}


def close(request_id: Any) -> dict[str, Any]:
    return {"id": request_id, "method": "session/close", "params": {"sessionId": "s"}}


class Gates:
    """What the handlers of `agent` did, and what lets those go on that wait."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self._gates: dict[str, trio.Event] = {}

    def shut(self, name: str) -> None:
        self._gates[name] = trio.Event()

    def open(self, name: str) -> None:
        self._gates[name].set()

    async def pass_through(self, name: str) -> None:
        self.log.append(name)
        if (gate := self._gates.get(name)) is not None:
            await gate.wait()
            self.log.append(f"{name} done")


@pytest.fixture
def gates() -> Gates:
    return Gates()


def make_agent(gates: Gates, **options: Any) -> Agent:
    agent = Agent("test", **options)

    @agent.on_load_session
    async def load_session(request: v1.LoadSessionRequest) -> v1.LoadSessionResponse:
        await gates.pass_through(f"load {request.cwd}")
        if request.cwd == "/bad":
            raise RequestError(1001, "no such conversation")
        return v1.LoadSessionResponse()

    @agent.on_set_mode
    async def mode(request: v1.SetSessionModeRequest) -> v1.SetSessionModeResponse:
        await gates.pass_through(f"mode {request.mode_id}")
        return v1.SetSessionModeResponse()

    @agent.on_set_config_option
    async def option(request: v1.SetSessionConfigOptionRequest) -> v1.SetSessionConfigOptionResponse:
        await gates.pass_through(f"option {request.value}")
        return v1.SetSessionConfigOptionResponse(config_options=[])

    @agent.on_close_session
    async def close_session(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        await gates.pass_through("close")
        return v1.CloseSessionResponse()

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        await gates.pass_through(turn.text)
        return "end_turn"

    return agent


@pytest.fixture
def agent(gates: Gates) -> Agent:
    return make_agent(gates)


async def outcomes(client: Any, *request_ids: Any) -> dict[Any, Any]:
    """The results, or codes of the errors, of these requests, which must be answered next, in any order."""
    received = [await client.receive() for _ in request_ids]
    assert {message["id"] for message in received} == set(request_ids)
    return {
        message["id"]: message["result"] if "result" in message else message["error"]["code"] for message in received
    }


@pytest.mark.rule(7)
async def test_a_mode_a_prompt_and_an_option_run_in_the_order_of_the_wire(autojump_clock, serving, agent, gates):
    gates.shut("mode ask")
    gates.shut("go")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1))
            await outcomes(client, 1)
            await client.send(set_mode(2, "ask"), prompt(3), set_option(4, "big"))
            await trio.testing.wait_all_tasks_blocked()
            assert gates.log == ["load /", "mode ask"]
            gates.open("mode ask")
            # The turn runs on beside the option: a prompt leaves the queue once its turn is entered.
            await outcomes(client, 2, 4)
            assert set(gates.log) == {"load /", "mode ask", "mode ask done", "go", "option big"}
            gates.open("go")
            assert await outcomes(client, 3) == {3: ENDED}


@pytest.mark.rule(7)
async def test_settings_of_one_session_wait_for_each_other_and_other_sessions_do_not(
    autojump_clock, serving, agent, gates
):
    gates.shut("mode slow")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), load(2, session_id="other"))
            await outcomes(client, 1, 2)
            await client.send(set_mode(3, "slow"), set_mode(4, "fast"), prompt(5, session_id="other"))
            assert await outcomes(client, 5) == {5: ENDED}
            assert "mode fast" not in gates.log
            gates.open("mode slow")
            await outcomes(client, 3, 4)


@pytest.mark.rule(7)
@pytest.mark.promise("P18")
async def test_two_loads_of_one_session_at_once_run_one_after_the_other(autojump_clock, serving, agent, gates):
    gates.shut("load /one")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1, "/one"), load(2, "/two"))
            await trio.testing.wait_all_tasks_blocked()
            assert gates.log == ["load /one"]
            gates.open("load /one")
            await outcomes(client, 1, 2)
            assert gates.log == ["load /one", "load /one done", "load /two"]


@pytest.mark.rule(7)
async def test_a_prompt_behind_a_running_load_waits_for_it(autojump_clock, serving, agent, gates):
    gates.shut("load /")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), prompt(2))
            await trio.testing.wait_all_tasks_blocked()
            assert gates.log == ["load /"]
            gates.open("load /")
            assert await outcomes(client, 1, 2) == {1: {}, 2: ENDED}


@pytest.mark.rule(7)
async def test_a_prompt_behind_a_load_that_fails_is_told_that_there_is_no_session(
    autojump_clock, serving, agent, gates
):
    gates.shut("load /bad")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1, "/bad"), prompt(2), prompt(3))
            gates.open("load /bad")
            refused = [await client.receive() for _ in range(3)]
    assert {answer["id"]: answer["error"]["code"] for answer in refused} == {1: 1001, 2: -32002, 3: -32002}
    assert [answer["error"]["data"] for answer in refused if answer["id"] != 1] == [{"sessionId": "s"}] * 2


@pytest.mark.rule(7)
@pytest.mark.promise("P3")
async def test_a_prompt_behind_the_load_that_replaces_a_session_is_not_cancelled_with_the_old_one(
    autojump_clock, serving, agent, gates
):
    gates.shut("old")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), prompt(2, "old"))
            await outcomes(client, 1)
            await client.send(load(3, "/again"), prompt(4, "new"))
            assert await outcomes(client, 2, 3, 4) == {2: CANCELLED, 3: {}, 4: ENDED}
    assert gates.log == ["load /", "old", "load /again", "new"]


@pytest.mark.rule(7)
@pytest.mark.promise("P3")
async def test_a_close_cancels_the_turns_before_it_and_not_the_prompts_behind_it(autojump_clock, serving, agent, gates):
    gates.shut("running")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), prompt(2, "running"), prompt(3, "queued"), close(4), prompt(5))
            answers = await outcomes(client, 1, 2, 3, 4, 5)
    assert answers == {1: {}, 2: CANCELLED, 3: CANCELLED, 4: {}, 5: -32002}
    assert list(answers)[-2:] == [4, 5]
    assert gates.log == ["load /", "running", "close"]


@pytest.mark.rule(7)
async def test_a_session_that_was_closed_can_be_loaded_and_prompted_in_the_same_write(
    autojump_clock, serving, agent, gates
):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1))
            await outcomes(client, 1)
            await client.send(close(2), load(3), prompt(4))
            assert await outcomes(client, 2, 3, 4) == {2: {}, 3: {}, 4: ENDED}


@pytest.mark.rule(7)
@pytest.mark.promise("P24")
async def test_requests_that_wait_behind_another_are_answered_when_the_agent_closes(autojump_clock, agent, gates):
    gates.shut("mode slow")
    async with scripted_peer() as (client, transport):
        with trio.fail_after(10):
            async with agent.connect(transport):
                await client.initialize()
                await client.send(load(1))
                await outcomes(client, 1)
                await client.send(set_mode(2, "slow"), set_mode(3, "fast"), load(4, "/again"), prompt(5))
                await trio.testing.wait_all_tasks_blocked()
            assert await outcomes(client, 2, 3, 4, 5) == {2: -32800, 3: -32800, 4: -32800, 5: CANCELLED}
            assert await client.receive() is None


@pytest.mark.promise("P12")
async def test_what_a_handler_sets_in_its_context_is_not_for_the_next_one(autojump_clock, serving):
    agent = Agent("test")
    set_by: ContextVar[str] = ContextVar("set_by", default="nobody")
    seen: list[tuple[str, str]] = []

    async def note(name: str) -> None:
        seen.append((name, set_by.get()))
        set_by.set(name)
        await trio.lowlevel.checkpoint()
        assert set_by.get() == name

    @agent.on_load_session
    async def on_load(_request: v1.LoadSessionRequest) -> v1.LoadSessionResponse:
        await note("load")
        return v1.LoadSessionResponse()

    @agent.on_set_mode
    async def on_set_mode(request: v1.SetSessionModeRequest) -> v1.SetSessionModeResponse:
        await note(f"mode {request.mode_id}")
        return v1.SetSessionModeResponse()

    @agent.on_prompt
    async def work(_turn: Turn) -> str:
        await note("prompt")
        return "end_turn"

    @agent.on_close_session
    async def on_close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        await note("close")
        return v1.CloseSessionResponse()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), set_mode(2, "a"), set_mode(3, "b"), prompt(4))
            await outcomes(client, 1, 2, 3, 4)
            await client.send(close(5), load(6))
            await outcomes(client, 5, 6)
    assert seen == [(name, "nobody") for name in ("load", "mode a", "mode b", "prompt", "close", "load")]


@pytest.mark.promise("P11")
async def test_second_prompts_are_queued_and_run_in_order(autojump_clock, serving, agent, gates):
    gates.shut("first")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), prompt(2, "first"), prompt(3, "second"), prompt(4, "third"))
            await outcomes(client, 1)
            await trio.testing.wait_all_tasks_blocked()
            assert gates.log == ["load /", "first"]
            gates.open("first")
            assert list(await outcomes(client, 2, 3, 4)) == [2, 3, 4]
    assert gates.log == ["load /", "first", "first done", "second", "third"]


@pytest.mark.promise("P11")
async def test_second_prompts_are_refused_where_that_is_the_policy(autojump_clock, serving, gates):
    gates.shut("first")
    async with serving(make_agent(gates, second_prompt="reject")) as client:
        with trio.fail_after(5):
            await client.send(load(1), load(2, session_id="other"))
            await outcomes(client, 1, 2)
            await client.send(prompt(3, "first"), prompt(4, "second"), prompt(5, session_id="other"))
            assert await outcomes(client, 4, 5) == {4: -32600, 5: ENDED}
            gates.open("first")
            assert await outcomes(client, 3) == {3: ENDED}
            await client.send(prompt(6))
            assert await outcomes(client, 6) == {6: ENDED}


@pytest.mark.promise("P11")
async def test_turns_of_different_sessions_run_at_once(autojump_clock, serving, agent, gates):
    gates.shut("one")
    gates.shut("two")
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1), load(2, session_id="other"))
            await outcomes(client, 1, 2)
            await client.send(prompt(3, "one"), prompt(4, "two", "other"))
            await trio.testing.wait_all_tasks_blocked()
            assert gates.log[-2:] == ["one", "two"] or gates.log[-2:] == ["two", "one"]
            gates.open("two")
            await outcomes(client, 4)
            gates.open("one")
            await outcomes(client, 3)


@pytest.mark.promise("P18")
@pytest.mark.promise("P4")
async def test_what_a_load_replays_is_on_the_wire_before_its_answer(autojump_clock, serving):
    agent = Agent("test")

    @agent.on_load_session
    async def load_session(request: v1.LoadSessionRequest, session: Any) -> v1.LoadSessionResponse:
        for number in range(200):
            await session.say(str(number))
        return v1.LoadSessionResponse()

    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send(load(1))
            for number in range(200):
                update = await client.expect("session/update")
                assert update["params"]["update"]["content"]["text"] == str(number)
            await outcomes(client, 1)


@pytest.mark.rule(12)
@pytest.mark.parametrize(
    "method, params",
    [
        ("session/prompt", {"prompt": []}),
        ("session/set_mode", {"modeId": "ask"}),
        ("session/set_config_option", {"configId": "model", "value": "big"}),
        ("session/close", {}),
    ],
)
async def test_an_unknown_session_is_answered_at_once_with_its_id(autojump_clock, serving, agent, method, params):
    async with serving(agent) as client:
        with trio.fail_after(5):
            await client.send({"id": 1, "method": method, "params": {"sessionId": "nobody", **params}})
            error = (await client.receive())["error"]
    assert error["code"] == -32002
    assert error["data"] == {"sessionId": "nobody"}
