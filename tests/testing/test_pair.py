"""The pair in memory: what it hands out, how it ends, and the wire that it records."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import Wire, no_leaks, open_pair
from acp_trio.transports import memory_pair

pytestmark = pytest.mark.promise("P16")


@pytest.fixture
def agent() -> Agent:
    agent = Agent("test")

    @agent.on_prompt
    async def echo(turn: Turn) -> str:
        await turn.say(turn.text)
        return "end_turn"

    return agent


async def test_the_wire_has_every_message_of_both_sides_in_order(autojump_clock, agent):
    with trio.fail_after(5):
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/") as session:
            await trio.sleep(1)
            await session.ask("hello")
    assert pair.wire.methods() == ["initialize", "session/new", "session/prompt", "session/update"]
    assert pair.wire.methods("client") == ["initialize", "session/new", "session/prompt"]
    assert pair.wire.methods("agent") == ["session/update"]
    assert pair.wire.sent("session/prompt")[0]["prompt"] == [{"type": "text", "text": "hello"}]
    assert [message.sender for message in pair.wire.messages] == ["client", "agent"] * 2 + ["client", "agent", "agent"]
    assert [message.method for message in pair.wire.messages][-1] is None
    assert pair.wire.messages[-1].time == pair.wire.messages[0].time + 1
    assert repr(pair.wire) == "<Wire of 7 messages>"


async def test_lines_that_are_no_json_are_recorded_as_text(autojump_clock):
    left, right = memory_pair()
    wire = Wire()
    with trio.fail_after(5):
        async with wire.watch(left).open() as link, right.open() as other:
            await other.write(b'hello\n{"method": 7}\n[1]\n')
            await link.receive()
    assert [message.message for message in wire.messages] == ["hello", {"method": 7}, [1]]
    assert [message.sender for message in wire.messages] == ["agent"] * 3
    assert wire.methods() == []


async def test_requests_without_an_answer_and_a_line_without_its_end_are_seen(autojump_clock):
    left, right = memory_pair()
    wire = Wire()
    with trio.fail_after(5):
        async with wire.watch(left).open() as link, right.open() as other:
            await link.write(b'{"id":1,"method":"a"}\n{"id":2,"method":"b"}\n{"method":"c"}\n')
            await other.write(b'{"id":1,"method":"d"}\n{"id":2,"result":7}\n{"id":')
            await link.receive()
    assert [message.method for message in wire.unanswered()] == ["a", "d"]
    assert [message.method for message in wire.unanswered("agent")] == ["d"]
    assert [message.complete for message in wire.messages] == [True] * 5 + [False]


@pytest.mark.promise("P12")
async def test_an_exception_leaves_the_pair_as_itself_and_nothing_is_left(autojump_clock, agent):
    error = ValueError("mine")

    async def use() -> None:
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/"):
            raise error

    with trio.fail_after(5):
        async with no_leaks():
            with pytest.raises(ValueError) as caught:
                await use()
    assert caught.value is error


@pytest.mark.rule(17)
async def test_a_deadline_around_a_pair_is_the_clients_and_the_agent_answers_what_it_sends(autojump_clock):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)

    with trio.fail_after(100), no_time_lost(2):
        with trio.move_on_after(1) as scope:
            async with (
                open_pair(Client("test"), agent) as pair,
                pair.agent.open_session("/") as session,
                session.prompt("go") as turn,
            ):
                await turn.finish()
        assert scope.cancelled_caught
        assert turn.stop_reason == "cancelled"


class no_time_lost:  # noqa: N801  # reads as what it checks
    """The block takes exactly so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._began = trio.current_time()

    def __exit__(self, *_: object) -> None:
        assert trio.current_time() - self._began == pytest.approx(self._seconds)


async def test_a_client_that_cannot_connect_leaves_no_agent_behind(autojump_clock, agent):
    client = Client("test")

    @client.on_notification("_unused")
    async def unused(params: Any) -> None:
        raise AssertionError

    with trio.fail_after(100):
        async with no_leaks():
            with trio.CancelScope() as scope:
                scope.cancel()
                async with open_pair(client, agent):
                    raise AssertionError("the block must not run")
            assert scope.cancelled_caught


async def test_both_ends_see_the_same_connection(autojump_clock, agent):
    with trio.fail_after(5):
        async with open_pair(Client("the-client"), agent) as pair:
            assert pair.client.client_info == v1.Implementation(name="the-client", version="0")
            assert pair.agent.agent_info == agent.info
            await pair.agent.notify("_hello")
            await pair.client.notify("_hello")
            await trio.testing.wait_all_tasks_blocked()
    assert pair.wire.methods() == ["initialize", "_hello", "_hello"]
