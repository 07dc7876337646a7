"""The end of a session, of its turn or of its connection, while something of it is just under way."""

from __future__ import annotations

import logging
from contextlib import suppress
from contextvars import ContextVar
from functools import partial

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ConnectionClosed, ConnectionLost, Limits, LocalMisuse, SessionOverrun
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .opened_session import echo_agent, open_session
from .test_setting_up import NEW, serving

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P1")]

HANG = 60
S = {"sessionId": "s"}
var: ContextVar[str] = ContextVar("var", default="unset")


def prompt(number, text="hi"):
    return {"id": number, "method": "session/prompt", "params": {**S, "prompt": [{"type": "text", "text": text}]}}


def named(agent):
    @agent.on_new_session
    async def new(_request, _session):
        return v1.NewSessionResponse(session_id="s")

    return agent


@pytest.mark.parametrize("steps", [1, 2])
async def test_a_prompt_that_comes_as_its_session_ends_is_answered_and_the_connection_lives(
    autojump_clock, caplog, steps
):
    caplog.set_level(logging.CRITICAL)
    agent, fails = Agent("a"), []

    @agent.on_new_session
    async def new(_request, session):
        fail = trio.Event()
        fails.append(fail)

        async def work():
            await fail.wait()
            raise OSError("the disk is full")

        session.start_soon(work)
        return v1.NewSessionResponse(session_id="s")

    @agent.on_prompt
    async def on_prompt(_turn):
        return "end_turn"

    async with serving(agent) as (client, _):
        for _ in range(50):  # trio runs the tasks of one step in either order
            await client.send({"id": 1, "method": "session/new", "params": NEW})
            assert (await client.receive())["id"] == 1
            await trio.testing.wait_all_tasks_blocked()
            fails.pop().set()
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            await client.send(prompt(2))
            assert (await client.receive())["id"] == 2
            await trio.testing.wait_all_tasks_blocked()


async def test_no_queued_prompt_begins_in_a_session_that_has_failed(autojump_clock, caplog):
    caplog.set_level(logging.CRITICAL)
    agent, begun, fail = Agent("a"), [], trio.Event()

    @agent.on_new_session
    async def new(_request, session):
        async def work():
            await fail.wait()
            raise OSError

        session.start_soon(work)
        return v1.NewSessionResponse(session_id="s")

    @agent.on_prompt
    async def on_prompt(turn):
        begun.append(turn.text)
        await trio.sleep(1)
        return "end_turn"

    async with serving(agent) as (client, _):
        await client.send({"id": 0, "method": "session/new", "params": NEW})
        await client.receive()
        await client.send(prompt(1, "one"), prompt(2, "two"), prompt(3, "three"))
        await trio.testing.wait_all_tasks_blocked()
        fail.set()
        assert {(await client.receive())["id"] for _ in range(3)} == {1, 2, 3}
    assert begun == ["one"]


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("attempt", range(4))  # trio runs the tasks of one step in either order
async def test_a_session_that_is_opened_as_its_connection_closes_ends_with_it(autojump_clock, attempt, steps):
    async def run(pair):
        with suppress(ConnectionClosed, ConnectionLost):  # the connection may close before it is open
            await pair.agent.run_session("/")

    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery, open_pair(Client("c"), echo_agent()) as pair:
            nursery.start_soon(run, pair)
            for _ in range(steps):
                await trio.lowlevel.checkpoint()


async def test_a_session_that_is_opened_while_another_one_is_closed_with_the_connection_ends_too(
    autojump_clock, connecting
):
    async def play(agent, new):
        close = await agent.expect("session/close")
        await agent.respond(new, {"sessionId": "two"})
        await trio.testing.wait_all_tasks_blocked()
        await agent.respond(close, {})

    with trio.fail_after(HANG):
        async with (
            trio.open_nursery() as nursery,
            connecting(Client("c"), sessionCapabilities={"close": {}}) as (agent, connection),
        ):
            nursery.start_soon(agent.answer_new_session, "one")
            await nursery.start(connection.run_session, "/")
            nursery.start_soon(connection.run_session, "/")
            nursery.start_soon(play, agent, await agent.expect("session/new"))


async def test_a_cancelled_turn_takes_nothing_in(autojump_clock):
    agent, tool_done = named(Agent("a", second_prompt="steer")), trio.Event()

    @agent.on_prompt
    async def on_prompt(turn):
        if turn.text == "first":
            with trio.CancelScope(shield=True):  # a tool that must not be torn
                await tool_done.wait()
            turn.take_steering()
            await trio.sleep_forever()  # the model
        return "end_turn"

    async with serving(agent) as (client, _):
        await client.send({"id": 0, "method": "session/new", "params": NEW})
        await client.receive()
        await client.send(prompt(1, "first"))
        await trio.testing.wait_all_tasks_blocked()
        await client.send({"method": "session/cancel", "params": S}, prompt(2, "do this instead"))
        await trio.testing.wait_all_tasks_blocked()
        tool_done.set()
        lines = [await client.receive() for _ in range(2)]
        assert {line["id"]: line["result"]["stopReason"] for line in lines} == {1: "cancelled", 2: "end_turn"}


async def test_a_setup_that_is_cancelled_opens_no_session_whose_handler_is_dead(autojump_clock):
    agent, ready, log = Agent("a"), trio.Event(), []

    @agent.on_new_session
    async def new(_request, _session, *, task_status):
        with trio.CancelScope(shield=True):
            await ready.wait()
        task_status.started(v1.NewSessionResponse(session_id="s"))
        try:
            await trio.sleep_forever()  # a task of the session, until that ends
        finally:
            log.append("ended")

    async with serving(agent) as (client, connection):
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        await trio.testing.wait_all_tasks_blocked()
        await client.send({"method": "$/cancel_request", "params": {"requestId": 1}})
        await trio.testing.wait_all_tasks_blocked()
        ready.set()
        answer = await client.receive()
        await trio.testing.wait_all_tasks_blocked()
        lives = log == []
        assert ("result" in answer, connection.sessions.get("s") is not None) == (lives, lives)


async def test_a_failure_of_a_session_is_its_own_also_while_its_connection_closes(autojump_clock, caplog):
    caplog.set_level(logging.CRITICAL)
    agent = Agent("a")

    @agent.on_new_session
    async def new(_request, session):
        async def fail():
            raise OSError("the disk is full")

        async def clean_up():
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(1)

        session.start_soon(clean_up)
        await trio.testing.wait_all_tasks_blocked()
        session.start_soon(fail)
        return v1.NewSessionResponse(session_id="s")

    async with serving(agent) as (client, _):
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        await client.receive()
        await trio.testing.wait_all_tasks_blocked()


async def test_what_a_turn_sets_in_its_context_is_not_for_the_one_that_waited_behind_it(autojump_clock):
    agent, seen = named(Agent("a")), []

    @agent.on_prompt
    async def on_prompt(turn):
        seen.append(var.get())
        var.set("of the first turn")
        await trio.sleep(1)
        return "end_turn"

    async with serving(agent) as (client, _):
        await client.send({"id": 0, "method": "session/new", "params": NEW})
        await client.receive()
        await client.send(prompt(1), prompt(2))
        for _ in range(2):
            assert (await client.receive())["result"] == {"stopReason": "end_turn"}
    assert seen == ["unset", "unset"]


async def test_a_handler_that_lives_on_after_its_answer_ends_with_the_session(autojump_clock, connecting):
    client, log = Client("c", grace=5), []

    @client.on_request(v1.CreateTerminalRequest)
    async def create(_request, *, task_status):
        task_status.started(v1.CreateTerminalResponse(terminal_id="t"))
        try:
            await trio.sleep_forever()
        finally:
            log.append("ended")

    with trio.fail_after(HANG):
        async with connecting(client) as (agent, connection):
            async with open_session(agent, connection):
                await agent.send({"id": 7, "method": "terminal/create", "params": {**S, "command": "x"}})
                assert (await agent.receive())["result"] == {"terminalId": "t"}
            assert (log, trio.current_time()) == (["ended"], 0.0)


async def test_a_prompt_that_waits_for_the_one_before_raises_when_its_session_is_overrun(
    autojump_clock, connecting, text_update, caplog
):
    caplog.set_level(logging.CRITICAL)
    errors = []

    async def ask(session):
        try:
            async with session.prompt("second"):
                pass
        except SessionOverrun as error:
            errors.append(error)

    with trio.fail_after(HANG):
        client = Client("c", limits=Limits(session_inbox=500), grace=1)
        async with connecting(client) as (agent, connection), open_session(agent, connection) as session:
            async with session.prompt("first"):
                pass  # left early, and never answered
            async with session.updates(), trio.open_nursery() as nursery:
                nursery.start_soon(ask, session)
                await trio.testing.wait_all_tasks_blocked()
                for _ in range(20):
                    await agent.send(text_update("s", "x" * 100))
                await trio.testing.wait_all_tasks_blocked()
                assert len(errors) == 1


async def test_no_turn_begins_in_a_session_whose_block_is_being_left(autojump_clock, connecting):
    log = []

    async def ask_again_and_again(session):
        try:
            while True:
                async with session.prompt("go") as turn:
                    log.append((await turn.finish()).stop_reason)
        except LocalMisuse:
            log.append("left")

    async def answer_cancel(agent, first):
        await agent.expect("session/cancel")
        await agent.respond(first, {"stopReason": "cancelled"})

    with trio.fail_after(HANG):
        async with connecting(Client("c", grace=1)) as (agent, connection), trio.open_nursery() as nursery:
            async with open_session(agent, connection) as session:  # keep=True
                nursery.start_soon(ask_again_and_again, session)
                nursery.start_soon(partial(answer_cancel, agent, await agent.expect("session/prompt")))
            await trio.testing.wait_all_tasks_blocked()
            assert not session.has_open_turn
            assert log == ["cancelled", "left"]


async def test_a_permission_behind_a_cancel_is_cancelled_whoever_handles_it(autojump_clock, connecting):
    client = Client("c")

    @client.on_request(v1.RequestPermissionRequest)  # holds the loop
    async def permit(_request):
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id="yes"))

    options = [{"optionId": "yes", "name": "Y", "kind": "allow_once"}]
    params = {**S, "toolCall": {"toolCallId": "t"}, "options": options}
    with trio.fail_after(HANG):
        async with connecting(client) as (agent, connection), open_session(agent, connection) as session:
            async with session.prompt("x") as turn:
                asked = await agent.expect("session/prompt")
                await turn.cancel()
                await agent.expect("session/cancel")
                await agent.send({"id": 9, "method": "session/request_permission", "params": params})
                answer = await agent.receive()
                await agent.respond(asked, {"stopReason": "cancelled"})
                await turn.finish()
            assert answer["result"] == {"outcome": {"outcome": "cancelled"}}


async def test_a_close_waits_for_a_session_that_does_not_end_no_longer_than_the_grace(autojump_clock):
    agent = Agent("a", grace=5)

    @agent.on_new_session
    async def new(_request, session):
        async def stuck():
            with trio.CancelScope(shield=True):
                await trio.sleep(30)

        session.start_soon(stuck)
        return v1.NewSessionResponse(session_id="s")

    @agent.on_close_session
    async def close(_request):
        return v1.CloseSessionResponse()

    async with serving(agent) as (client, _):
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        await client.receive()
        await client.send({"id": 2, "method": "session/close", "params": S})
        await client.receive()
        assert trio.current_time() <= 5.0


async def test_one_slow_session_does_not_shorten_the_grace_of_the_others(autojump_clock):
    agent, log = Agent("a", grace=5), []
    takes = {"slow": 6, "s": 2}

    @agent.on_load_session
    async def load(request, session):
        log.append(f"load {request.session_id}")

        async def work():
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(takes[request.session_id])
                log.append(f"ended {request.session_id}")

        session.start_soon(work)
        return v1.LoadSessionResponse()

    async with serving(agent) as (client, _):
        for number, session_id in enumerate(["slow", "slow", "s", "s"]):
            params = {**NEW, "sessionId": session_id}
            await client.send({"id": number, "method": "session/load", "params": params})
            await client.receive()
            await trio.testing.wait_all_tasks_blocked()
        assert log[-2:] == ["ended s", "load s"]


async def test_a_prompt_for_a_session_that_is_opened_anew_is_not_rejected_for_the_turn_of_the_old_one(autojump_clock):
    agent = Agent("a", second_prompt="reject")

    @agent.on_load_session
    async def load(_request, _session):
        return v1.LoadSessionResponse()

    @agent.on_close_session
    async def close(_request):
        return v1.CloseSessionResponse()

    @agent.on_prompt
    async def on_prompt(turn):
        if turn.text == "stay":
            await trio.sleep_forever()
        return "end_turn"

    async with serving(agent) as (client, _):
        await client.send({"id": 0, "method": "session/load", "params": {**NEW, **S}})
        await client.receive()
        await client.send(prompt(1, "stay"))
        await trio.testing.wait_all_tasks_blocked()
        await client.send(
            {"id": 2, "method": "session/close", "params": S},
            {"id": 3, "method": "session/load", "params": {**NEW, **S}},
            prompt(4, "go"),
        )
        lines = [await client.receive() for _ in range(4)]
        assert {line["id"]: line for line in lines}[4].get("result") == {"stopReason": "end_turn"}


async def test_a_task_that_starts_as_its_session_is_closed_has_ended_before_the_closes_handler(autojump_clock):
    agent, log, sessions = named(Agent("a")), [], []

    @agent.on_load_session
    async def load(_request, session):
        sessions.append(session)
        return v1.LoadSessionResponse()

    @agent.on_notification("_start")
    async def start(_params):
        sessions[0].start_soon(work)

    async def work():
        try:
            log.append("begins")
            await trio.sleep_forever()
        finally:
            log.append("ends")

    @agent.on_close_session
    async def close(_request, session):
        log.append(f"close, {len(session.nursery.child_tasks)} tasks")
        return v1.CloseSessionResponse()

    async with serving(agent) as (client, _):
        for _ in range(20):  # trio runs the tasks of one step in either order
            await client.send({"id": 1, "method": "session/load", "params": {**S, "cwd": "/", "mcpServers": []}})
            assert "result" in await client.receive()
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"id": 2, "method": "session/close", "params": S}, {"method": "_start"})
            assert (await client.receive())["result"] == {}
            await trio.testing.wait_all_tasks_blocked()
            assert sessions.pop().ended.is_set()
            assert log == ["begins", "ends", "close, 0 tasks"]
            log.clear()


async def test_a_load_behind_a_close_opens_a_session_that_lives(autojump_clock):
    agent = named(Agent("a"))

    @agent.on_load_session
    async def load(_request, _session):
        return v1.LoadSessionResponse()

    @agent.on_close_session
    async def close(_request, _session):
        return v1.CloseSessionResponse()

    @agent.on_prompt
    async def on_prompt(_turn):
        return "end_turn"

    again = {"id": 3, "method": "session/load", "params": {**S, "cwd": "/", "mcpServers": []}}
    async with serving(agent) as (client, _):
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        await client.receive()
        await client.send({"id": 2, "method": "session/close", "params": S}, again, prompt(4))
        answers = [await client.receive() for _ in range(3)]
        assert [(answer["id"], "result" in answer) for answer in answers] == [(2, True), (3, True), (4, True)]
        await client.send(prompt(5))
        assert (await client.receive())["result"] == {"stopReason": "end_turn"}


async def test_a_task_that_somebody_is_starting_in_a_clients_session_does_not_keep_its_block_open(
    autojump_clock, connecting
):
    with trio.fail_after(HANG):
        async with connecting(Client("c")) as (agent, connection), trio.open_nursery() as outside:
            async with open_session(agent, connection) as session:
                outside.start_soon(session.nursery.start, _starts_late)
                await trio.testing.wait_all_tasks_blocked()
            outside.cancel_scope.cancel()


async def _starts_late(*, task_status=trio.TASK_STATUS_IGNORED):
    await trio.sleep(1)
    task_status.started()
    await trio.sleep_forever()


async def test_a_task_that_somebody_is_starting_in_an_agents_session_ends_with_it(autojump_clock):
    agent, sessions, ended = Agent("a"), [], trio.Event()

    @agent.on_new_session
    async def new(_request, session):
        sessions.append(session)
        return v1.NewSessionResponse(session_id="s")

    @agent.on_close_session
    async def close(_request):
        return v1.CloseSessionResponse()

    async def start_late(*, task_status):
        try:
            await _starts_late(task_status=task_status)
        finally:
            ended.set()

    async with serving(agent) as (client, _), trio.open_nursery() as outside:
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        await client.receive()
        outside.start_soon(sessions[0].nursery.start, start_late)
        await trio.testing.wait_all_tasks_blocked()
        await client.send({"id": 2, "method": "session/close", "params": S})
        assert (await client.receive())["result"] == {}
        await ended.wait()
        outside.cancel_scope.cancel()


async def test_a_new_session_with_the_id_of_one_that_is_being_closed_does_not_cut_off_the_close(autojump_clock):
    agent, closed = named(Agent("a")), []

    @agent.on_close_session
    async def close(_request):
        await trio.sleep(0.1)
        closed.append("closed")
        return v1.CloseSessionResponse()

    async with serving(agent) as (client, _):
        for _ in range(20):  # trio runs the tasks of one step in either order
            await client.send({"id": 1, "method": "session/new", "params": NEW})
            await client.receive()
            await client.send(
                {"id": 2, "method": "session/close", "params": S}, {"id": 3, "method": "session/new", "params": NEW}
            )
            answers = [await client.receive() for _ in range(2)]
            assert all("result" in answer for answer in answers)
            assert closed.pop() == "closed"


@pytest.mark.parametrize("scope", ["session", "its nursery"])
async def test_what_a_closes_handler_cancels_is_not_the_load_behind_it(autojump_clock, scope):
    agent = named(Agent("a"))

    @agent.on_load_session
    async def load(_request, _session):
        await trio.sleep(1)
        return v1.LoadSessionResponse()

    @agent.on_close_session
    async def close(_request, session):
        if scope == "session":
            session.end("closed")
        else:
            session.nursery.cancel_scope.cancel()
        await trio.sleep(1)
        return v1.CloseSessionResponse()

    again = {"id": 3, "method": "session/load", "params": {**S, "cwd": "/", "mcpServers": []}}
    async with serving(agent) as (client, _):
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        await client.receive()
        await client.send({"id": 2, "method": "session/close", "params": S}, again)
        answers = [await client.receive() for _ in range(2)]
        assert [(answer["id"], "result" in answer) for answer in answers] == [(2, True), (3, True)]
