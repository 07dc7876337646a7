"""How a client leaves a turn early: one cancel, a bounded wait for the answer, and a session that goes on."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import no_leaks, open_pair, scripted_peer

from .opened_session import open_session

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P3")]

CANCELLED = {"stopReason": "cancelled"}
ENDED = {"stopReason": "end_turn"}


async def answer_cancel(agent: Any, *messages: Any) -> None:
    """Take a prompt and a cancel, say `messages`, and answer that the turn was cancelled."""
    prompt = await agent.expect("session/prompt")
    cancel = await agent.expect("session/cancel")
    assert cancel["params"] == {"sessionId": "s"}
    await agent.send(*messages, {"id": prompt["id"], "result": CANCELLED})


async def end_turn(agent: Any) -> None:
    await agent.respond(await agent.expect("session/prompt"), ENDED)


@pytest.mark.parametrize("way", ["break", "exception", "deadline", "cancel()"])
async def test_every_way_out_of_a_turn_cancels_it_once_and_waits_for_the_answer(
    autojump_clock, connecting, text_update, way
):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(answer_cancel, agent, text_update("s", "trailing"))
                if way == "break":
                    async with session.prompt("go") as turn:
                        pass
                elif way == "exception":
                    error = ValueError("mine")
                    with pytest.raises(ValueError) as caught:
                        async with session.prompt("go") as turn:
                            raise error
                    assert caught.value is error
                elif way == "deadline":
                    with trio.move_on_after(1) as scope:
                        async with session.prompt("go") as turn:
                            await turn.finish()
                    assert scope.cancelled_caught
                else:
                    async with session.prompt("go") as turn:
                        await turn.cancel()
                        await turn.cancel()
                        said = [update async for update in turn]
                        assert [update.content.text for update in said] == ["trailing"]
                        await turn.cancel()
                assert turn.stop_reason == "cancelled"
            async with trio.open_nursery() as nursery:
                nursery.start_soon(end_turn, agent)
                assert await session.ask("again") == ""


async def test_a_turn_that_is_over_is_not_cancelled(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            for _ in range(2):
                async with session.prompt("go") as turn:
                    await end_turn(agent)
                    await turn.finish()
                    await turn.cancel()


async def test_a_turn_whose_answer_is_there_but_was_not_read_ends_with_that_answer(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                await end_turn(agent)
                await trio.testing.wait_all_tasks_blocked()
            assert turn.stop_reason == "end_turn"
            async with session.prompt("go") as turn:
                await end_turn(agent)
                await turn.finish()


@pytest.mark.promise("P24")
async def test_a_cancel_that_was_itself_cancelled_is_still_sent_when_the_block_is_left(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(answer_cancel, agent)
                with trio.CancelScope() as scope:
                    async with session.prompt("go") as turn:
                        scope.cancel()
                        await turn.cancel()
                assert turn.stop_reason == "cancelled"


@pytest.mark.rule(18)
async def test_a_session_drains_when_the_answer_does_not_come_within_the_grace(
    autojump_clock, connecting, text_update, caplog
):
    async with connecting(Client("test", grace=5)) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(100):
            began = trio.current_time()
            async with session.prompt("go") as turn:
                pass
            assert trio.current_time() - began == pytest.approx(5)
            assert not turn.is_over
            assert "did not answer the cancelled turn" in caplog.text
            prompt = await agent.expect("session/prompt")
            await agent.expect("session/cancel")

            # The next prompt waits for the old answer, by the caller's deadline, and sends nothing.
            with trio.move_on_after(30) as scope:
                await session.ask("impatient")
            assert scope.cancelled_caught
            assert trio.current_time() - began == pytest.approx(35)

            async with session.updates() as stream, trio.open_nursery() as nursery:
                said: list[str] = []

                async def ask() -> None:
                    said.append(await session.ask("patient"))

                nursery.start_soon(ask)
                await agent.send(text_update("s", "belongs to no turn"))
                assert (await anext(stream)).content.text == "belongs to no turn"
                await agent.respond(prompt, CANCELLED)
                patient = await agent.expect("session/prompt")
                assert patient["params"]["prompt"][0]["text"] == "patient"
                await agent.send(text_update("s", "yes"), {"id": patient["id"], "result": ENDED})
            assert said == ["yes"]


@pytest.mark.rule(17)
@pytest.mark.parametrize("with_task", [False, True])
async def test_one_deadline_around_everything_and_a_dead_silent_agent_cost_one_grace(autojump_clock, with_task):
    async def play(agent: Any) -> None:
        await agent.answer_initialize(sessionCapabilities={"close": {}})
        await agent.answer_new_session("s")
        await agent.expect("session/prompt")

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        nursery.start_soon(play, agent)
        with trio.fail_after(100):
            began = trio.current_time()
            with trio.move_on_after(10) as scope:
                async with (
                    Client("test", grace=5).connect(transport) as connection,
                    connection.open_session("/") as session,
                    session.prompt("go") as turn,
                ):
                    if with_task:
                        session.start_soon(trio.sleep_forever)
                    await turn.finish()
            assert scope.cancelled_caught
            assert trio.current_time() - began <= 15.001


@pytest.mark.rule(17)
async def test_graces_of_nested_blocks_that_end_by_themselves_do_not_add_up(autojump_clock):
    async def play(agent: Any) -> None:
        await agent.answer_initialize(sessionCapabilities={"close": {}})
        await agent.answer_new_session("s")

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        nursery.start_soon(play, agent)
        with trio.fail_after(100):
            began = trio.current_time()
            async with (
                Client("test", grace=5).connect(transport) as connection,
                connection.open_session("/") as session,
                session.prompt("go"),
            ):
                pass
            # One grace, and a tenth of it for every block after the one that used it up.
            assert trio.current_time() - began <= 6.001


@pytest.mark.rule(17)
async def test_a_cancelled_turn_is_answered_before_the_session_and_the_connection_close(autojump_clock):
    agent = Agent("test")

    @agent.on_close_session
    async def close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        return v1.CloseSessionResponse()

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
                await turn.say("trailing")

    with trio.fail_after(60):
        with trio.move_on_after(10):
            async with (
                open_pair(Client("test"), agent) as pair,
                pair.agent.open_session("/") as session,
                session.prompt("go") as turn,
            ):
                await turn.finish()
    assert turn.stop_reason == "cancelled"
    began = next(message.time for message in pair.wire.messages if message.method == "session/cancel")
    messages = [message for message in pair.wire.messages if message.time >= began]
    conversation = [message.method or message.message.get("result") for message in messages]
    assert conversation == ["session/cancel", "session/update", CANCELLED, "session/close", {}]


async def test_an_agent_that_dies_instead_of_answering_a_cancel_keeps_nobody_waiting(autojump_clock, connecting):
    async def die(agent: Any) -> None:
        await agent.expect("session/prompt")
        await agent.expect("session/cancel")
        await agent.hang_up()

    with trio.fail_after(100):
        async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
            began = trio.current_time()
            async with trio.open_nursery() as nursery, session.prompt("go"):
                nursery.start_soon(die, agent)
            assert trio.current_time() == began


async def test_an_agent_that_refuses_the_cancelled_prompt_ends_the_turn_all_the_same(autojump_clock, connecting):
    async def refuse(agent: Any) -> None:
        prompt = await agent.expect("session/prompt")
        await agent.expect("session/cancel")
        await agent.refuse(prompt, -32800, "aborted")

    with trio.fail_after(100):
        async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(refuse, agent)
                async with session.prompt("go") as turn:
                    pass
                assert turn.is_over
            async with trio.open_nursery() as nursery:
                nursery.start_soon(end_turn, agent)
                await session.ask("again")


@pytest.mark.promise("P22")
async def test_a_hundred_cancelled_turns_leave_nothing_behind(autojump_clock):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        await turn.say("working")
        await trio.sleep_forever()

    with trio.fail_after(60):
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/") as session, no_leaks():
            for _ in range(100):
                async with session.prompt("go") as turn:
                    await anext(turn)
                assert turn.stop_reason == "cancelled"
            assert pair.agent.statistics().requests_waiting == 0
            assert pair.client.statistics().requests_in_flight == 0


async def test_a_late_answer_to_an_abandoned_request_is_swallowed(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(60):
            with trio.move_on_after(1):
                await connection.request("_slow")
            slow = await agent.expect("_slow")
            cancel = await agent.expect("$/cancel_request")
            assert cancel["params"] == {"requestId": slow["id"]}
            await agent.respond(slow, {})
            await trio.testing.wait_all_tasks_blocked()
            statistics = connection.statistics()
            assert (statistics.answers_late, statistics.answers_unknown) == (1, 0)
            assert not connection.is_closed
