"""Handlers that only watch: what they decline goes on as if they were not there, whatever comes next."""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Handled, Handlers, PeerError, Proxy, RequestDispatch, ResponseDispatch, Turn
from acp_trio.conductor import Conductor
from acp_trio.schema import v1
from acp_trio.testing import open_pair, scripted_peer

DEADLINE = 60
kinds = pytest.mark.parametrize("concurrent", [False, True])
steps = pytest.mark.parametrize("suspends", [False, True])


def watching(handlers: Handlers, *, concurrent: bool = False, suspends: bool = False) -> None:
    """Have `handlers` begin with one that watches everything and takes nothing."""

    @handlers.on_dispatch(concurrent=concurrent)
    async def watch(_dispatch, _connection):
        if suspends:
            await trio.lowlevel.checkpoint()
        return Handled.no()


@kinds
@steps
async def test_an_agent_that_is_watched_works_as_before(autojump_clock, concurrent, suspends) -> None:
    agent, client = Agent("a"), Client("c")
    watching(agent, concurrent=concurrent, suspends=suspends)
    watching(client, concurrent=concurrent, suspends=suspends)

    @agent.on_prompt
    async def ask(turn: Turn) -> v1.StopReason:
        call = v1.ToolCallUpdate(tool_call_id="1", title="rm")
        options = [v1.PermissionOption(option_id="y", name="Yes", kind="allow_once")]
        await turn.say(type(await turn.request_permission(call, options)).__name__)
        return "end_turn"

    with trio.fail_after(DEADLINE):
        async with open_pair(client, agent) as pair:
            async with pair.agent.open_session("/w") as session:
                assert await session.ask("go") == "CancelledOutcome"
                left = trio.current_time()
            assert trio.current_time() == pytest.approx(left, abs=0.1)


@pytest.mark.promise("P3")
async def test_cancelling_a_queued_prompt_behind_a_watcher_leaves_the_loop_alone(autojump_clock) -> None:
    agent = Agent("a")
    watching(agent)

    @agent.on_prompt
    async def sleep(_turn: Turn) -> v1.StopReason:
        await trio.sleep_forever()
        raise AssertionError("unreachable")

    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, transport)
            await client.initialize()
            await client.send({"id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await client.receive())["result"]["sessionId"]
            prompt = {"method": "session/prompt", "params": {"sessionId": session_id, "prompt": []}}
            await client.send({"id": 2, **prompt})
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"id": 3, **prompt})
            await trio.testing.wait_all_tasks_blocked()
            await client.send({"method": "$/cancel_request", "params": {"requestId": 3}})
            assert (await client.receive())["result"] == {"stopReason": "cancelled"}
            await client.send({"id": 4, "method": "_unknown", "params": {}})
            assert (await client.receive())["error"]["code"] == -32601
            await client.hang_up()


@kinds
@pytest.mark.promise("P1")
async def test_an_answer_that_a_handler_looks_at_when_the_peer_ends_still_counts(autojump_clock, concurrent) -> None:
    client = Client("c")

    @client.on_dispatch(concurrent=concurrent)
    async def look(dispatch, _connection):
        if isinstance(dispatch, ResponseDispatch) and dispatch.method == "_x":
            await trio.sleep(5)
        return Handled.no()

    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:

            async def play() -> None:
                await agent.answer_initialize()
                await agent.respond(await agent.expect("_x"), {"a": 1})
                await agent.hang_up()

            nursery.start_soon(play)
            async with client.connect(transport) as connection:
                assert await connection.request("_x", {}) == {"a": 1}


@pytest.mark.rule(6)
@kinds
async def test_what_a_handler_sets_in_its_context_is_not_seen_by_the_next(autojump_clock, concurrent) -> None:
    seen: ContextVar[str | None] = ContextVar("seen", default=None)
    agent = Agent("a")

    def marking(function):
        @wraps(function)
        def mark(request):
            seen.set("by the wrapper")
            return function(request)

        return mark

    @agent.on_request("_x", concurrent=concurrent)
    @marking
    async def decline(_params):
        seen.set("by the handler")
        return Handled.no()

    @agent.on_request("_x")
    async def answer(_params):
        return {"seen": seen.get()}

    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), agent) as pair:
            assert await pair.agent.request("_x", {}) == {"seen": None}
            assert await pair.agent.request("_x", {}) == {"seen": None}


@kinds
async def test_a_message_that_is_declined_while_the_connection_fails_is_answered_and_the_cause_leaves(
    autojump_clock, concurrent
) -> None:
    agent, failing = Agent("a"), trio.Event()

    @agent.on_request("_x")
    async def decline(_params):
        with trio.CancelScope(shield=True):
            failing.set()
            await trio.sleep(1)
        return Handled.no()

    @agent.on_request("_x", concurrent=concurrent)
    async def answer(_params):
        raise AssertionError("not reached")

    @agent.on_start
    async def fail(_connection) -> None:
        await failing.wait()
        raise KeyError("the cause")

    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            causes = []

            async def serve() -> None:
                try:
                    await agent.serve(transport)
                except* KeyError as group:
                    causes.append(group)

            nursery.start_soon(serve)
            await client.initialize()
            await client.send({"id": 7, "method": "_x", "params": {}})
            assert (await client.receive())["error"]["code"] == -32800
            await client.hang_up()
        assert len(causes) == 1


@pytest.mark.parametrize("place", ["wrap", "map of the answer", "result"])
async def test_a_users_function_that_fails_on_an_answer_costs_that_answer_alone(autojump_clock, place) -> None:
    proxy_like, other = Agent("a"), Agent("b")

    @other.on_request("_x")
    async def x(_params):
        return {"a": 1}

    def fail(_value):
        raise ValueError("a defect")

    with trio.fail_after(DEADLINE):
        async with open_pair(Client("onward"), other) as onward:

            @proxy_like.on_dispatch
            async def forward(dispatch, _connection):
                if not isinstance(dispatch, RequestDispatch) or dispatch.method != "_x":
                    return Handled.no()
                sent = onward.agent.send_request("_x", {})
                if place == "wrap":
                    sent.forward_to(dispatch.responder.wrap(fail))
                elif place == "result":
                    sent.map(lambda _result: object()).forward_to(dispatch.responder)
                else:
                    sent.map(fail).forward_to(dispatch.responder)
                return None

            async with open_pair(Client("c"), proxy_like) as pair:
                for _ in range(2):
                    with pytest.raises(PeerError, match="-32603"):
                        await pair.agent.request("_x", {})


async def test_a_connection_that_closes_cancels_what_it_has_sent_on(autojump_clock) -> None:
    agent = Agent("a")
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (far, transport), trio.open_nursery() as nursery:
            nursery.start_soon(far.answer_initialize)
            async with Client("onward").connect(transport) as onward:

                @agent.on_dispatch
                async def forward(dispatch, _connection):
                    if dispatch.method != "_x":
                        return Handled.no()
                    await onward.forward(dispatch)
                    return None

                async with open_pair(Client("c"), agent) as pair:
                    pair.agent.send_request("_x", {})
                    sent = await far.expect("_x")
                cancel = await far.expect("$/cancel_request")
                assert cancel["params"] == {"requestId": sent["id"]}


@pytest.mark.rule(19)
async def test_a_prompt_that_is_cancelled_before_a_row_has_passed_it_on_answers_cancelled(autojump_clock) -> None:
    agent = Agent("a")

    @agent.on_prompt
    async def sleep(_turn: Turn) -> v1.StopReason:
        await trio.sleep_forever()
        raise AssertionError("unreachable")

    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            nursery.start_soon(Conductor([Proxy("p")], agent).serve, transport)
            await client.initialize()
            await client.send({"id": 1, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}})
            session_id = (await client.receive())["result"]["sessionId"]
            await client.send(
                {"id": 2, "method": "session/prompt", "params": {"sessionId": session_id, "prompt": []}},
                {"method": "$/cancel_request", "params": {"requestId": 2}},
            )
            assert (await client.receive())["result"] == {"stopReason": "cancelled"}
            await client.send({"id": 3, "method": "_proxy/successor", "params": {"method": "_x"}})
            refused = await client.receive()
            assert "only a conductor sends" in refused["error"]["message"]
            await client.hang_up()
