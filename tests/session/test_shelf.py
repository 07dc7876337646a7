"""Updates of sessions that are not known yet, and the routes and sessions that get them first."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio import Client, DispatchLoopHeld, Handled, Handlers
from acp_trio.schema import Request, v1
from acp_trio.testing import scripted_peer

pytestmark = [pytest.mark.promise("P4"), pytest.mark.rule(12)]

NEW = v1.NewSessionRequest(cwd="/w", mcp_servers=[])


@asynccontextmanager
async def connected():
    """A client's connection, and the agent that the test plays."""
    with trio.fail_after(60):
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.answer_initialize)
            async with Client("c").connect(transport) as connection:
                yield connection, agent


def update(number: int, session_id: str = "s") -> dict:
    usage = {"sessionUpdate": "usage_update", "used": number, "size": 100}
    return {"method": "session/update", "params": {"sessionId": session_id, "update": usage}}


async def shelve(connection, agent, *updates: dict):
    """Have updates come while a setup request is not answered; returns it, as it was sent and as it was received."""
    sent = connection.send_request(NEW)
    request = await agent.expect("session/new")
    await agent.send(*updates)
    await trio.testing.wait_all_tasks_blocked()
    return sent, request


def updates_of(session_id: str, seen: list, *, wait: float = 0.0) -> Handlers:
    """Handlers that take the updates of one session, and leave the others."""
    routed = Handlers()

    @routed.on_notification("session/update")
    async def take(params):
        if params["sessionId"] != session_id:
            return Handled.no()
        await trio.sleep(wait)
        seen.append(params["update"]["used"])
        return None

    return routed


async def play_agent(agent) -> None:
    request = await agent.expect("session/new")
    await agent.send(update(1), update(2))
    await trio.testing.wait_all_tasks_blocked()
    await agent.send({"id": request["id"], "result": {"sessionId": "s"}}, update(3), update(4))


async def test_a_route_gets_what_came_before_the_answer_and_then_what_follows(autojump_clock) -> None:
    for wait in (0.0, 1.0):
        seen: list[int] = []
        async with connected() as (connection, agent):
            connection.start_soon(play_agent, agent)
            response = await connection.request(NEW)
            async with connection.route(updates_of(response.session_id, seen, wait=wait)):
                await trio.sleep(10)
        assert seen == [1, 2, 3, 4]


async def test_what_a_route_declines_stays_for_the_next_one(autojump_clock) -> None:
    ours: list[int] = []
    theirs: list[int] = []
    async with connected() as (connection, agent):
        sent, request = await shelve(connection, agent, update(1, "a"), update(2, "b"), update(3, "a"))
        async with connection.route(updates_of("a", ours)), connection.route(updates_of("b", theirs)):
            assert (ours, theirs) == ([1, 3], [2])
        await agent.respond(request, {"sessionId": "a"})
        await sent.wait()


async def test_a_session_gets_what_was_put_on_the_shelf_for_it(autojump_clock) -> None:
    async with connected() as (connection, agent):

        async def play() -> None:
            request = await agent.expect("session/new")
            await agent.send(update(1), update(2, "other"), update(3))
            await agent.respond(request, {"sessionId": "s"})

        connection.start_soon(play)
        async with connection.open_session("/w") as session:
            assert [each.used for each in session.replay if isinstance(each, v1.UsageUpdate)] == [1, 3]
            assert session.state.usage is not None


async def test_nothing_is_kept_while_nobody_opens_a_session(autojump_clock) -> None:
    seen: list[int] = []
    async with connected() as (connection, agent):
        await agent.send(update(1))
        await trio.testing.wait_all_tasks_blocked()
        async with connection.route(updates_of("s", seen)):
            await agent.send(update(2))
            await trio.testing.wait_all_tasks_blocked()
    assert seen == [2]


async def test_what_was_kept_for_a_session_that_came_to_nothing_is_dropped(autojump_clock) -> None:
    seen: list[int] = []
    async with connected() as (connection, agent):
        sent, request = await shelve(connection, agent, update(1))
        await agent.refuse(request, 1, "no")
        with pytest.raises(Exception, match="no"):
            await sent.wait()
        await agent.send(update(2))
        await trio.testing.wait_all_tasks_blocked()
        async with connection.route(updates_of("s", seen)):
            pass
    assert seen == []


@pytest.mark.promise("P5")
async def test_a_route_that_is_being_filled_cannot_wait_for_the_peer(autojump_clock) -> None:
    seen: list[str] = []
    async with connected() as (connection, agent):

        async def ask(_dispatch, conn):
            with pytest.raises(DispatchLoopHeld):
                await conn.request("_x", {})
            seen.append("refused")

        await shelve(connection, agent, update(1))
        async with connection.route(ask):
            assert seen == ["refused"]


async def test_a_malformed_update_on_the_shelf_is_dropped_by_a_typed_route(autojump_clock, caplog) -> None:
    typed = Handlers()

    @typed.on_notification(v1.SessionNotification)
    async def take(_notification):
        raise AssertionError("not reached")

    async with connected() as (connection, agent):
        broken = update(1)
        broken["params"]["update"]["used"] = "many"
        await shelve(connection, agent, broken)
        async with connection.route(typed):
            assert "'session/update' is not valid and was dropped" in caplog.text


class Fork(Request[v1.NewSessionResponse], method="_test.shelf/fork"):
    session_id: str


async def test_a_setup_request_of_ones_own_loses_no_early_update_either(autojump_clock) -> None:
    async with connected() as (connection, agent):

        async def play() -> None:
            request = await agent.expect("_test.shelf/fork")
            await agent.send(update(1, "new"), {"id": request["id"], "result": {"sessionId": "new"}})

        connection.start_soon(play)
        async with connection.open_session_with(Fork(session_id="old"), keep=True) as session:
            assert [each.used for each in session.replay if isinstance(each, v1.UsageUpdate)] == [1]


async def test_a_route_is_entered_when_a_handler_of_it_lets_go_of_what_was_kept_or_did_not_hold_it(
    autojump_clock,
) -> None:
    seen: list[str] = []
    routed = Handlers()

    @routed.on_notification("session/update")
    async def live_on(_params, *, task_status):
        seen.append("started")
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            seen.append("ended")

    async with connected() as (connection, agent):
        await shelve(connection, agent, update(1))
        async with connection.route(routed):
            assert seen == ["started"]
        assert seen == ["started", "ended"]


async def test_a_concurrent_handler_may_ask_the_peer_about_what_was_kept(autojump_clock) -> None:
    seen: list[object] = []
    routed = Handlers()

    @routed.on_notification("session/update", concurrent=True)
    async def ask(_params, conn):
        seen.append(await conn.request("_x", {}))

    async with connected() as (connection, agent):
        await shelve(connection, agent, update(1))
        async with connection.route(routed):
            await agent.respond(await agent.expect("_x"), {"a": 1})
            await trio.testing.wait_all_tasks_blocked()
    assert seen == [{"a": 1}]


@pytest.mark.promise("P24")
async def test_a_route_that_is_cancelled_while_it_is_filled_waits_for_its_handler(autojump_clock) -> None:
    seen: list[str] = []

    async def slow(_dispatch, _connection):
        try:
            await trio.sleep_forever()
        finally:
            seen.append("ended")

    async with connected() as (connection, agent):
        await shelve(connection, agent, update(1))
        with trio.move_on_after(1):
            async with connection.route(slow):
                raise AssertionError("not reached")
        assert seen == ["ended"]
        await agent.send(update(2))
        await trio.testing.wait_all_tasks_blocked()
        assert seen == ["ended"]


@pytest.mark.promise("P24")
async def test_what_a_route_had_not_begun_when_its_block_was_left_goes_to_the_next_one(autojump_clock) -> None:
    async def slow(_dispatch, _connection):
        await trio.sleep_forever()

    async def open_for_a_second(connection) -> None:
        with trio.move_on_after(1):
            async with connection.route(slow):
                raise AssertionError("not reached")

    behind = Handlers()

    @behind.on_request("_x")
    async def answer(_params):
        return {"by": "the next one"}

    async with connected() as (connection, agent):
        await shelve(connection, agent, update(1))
        connection.start_soon(open_for_a_second, connection)
        await trio.testing.wait_all_tasks_blocked()
        async with connection.route(behind):
            await agent.send({"id": 1, "method": "_x", "params": {}})
            assert (await agent.receive())["result"] == {"by": "the next one"}
