"""Wherever a wire cuts the bytes, late or at once: order is kept, and a send is a whole message or none."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio import Agent, Client, ClientSession, Limits, Turn
from acp_trio.schema import v1
from acp_trio.testing import Faults, faulty, no_leaks
from acp_trio.transports import TappedFrame, memory_pair, tap

from .ends import DEADLINE

COUNT = 30

pieces = st.builds(Faults, split=st.floats(0, 1), join=st.floats(0, 1), delay=st.sampled_from([0.0, 0.001, 1.0]))


def make_agent() -> Agent:
    agent = Agent("counts", limits=Limits(maximum_frame=1024 * 1024, outgoing_soft=2000))

    @agent.on_prompt
    async def count(turn: Turn) -> str:
        for number in range(COUNT):
            await turn.say(f"{turn.session_id} {number} {'x' * (number * 20)}")
            if number % 10 == 5:
                await turn.request_permission(v1.ToolCallUpdate(tool_call_id=str(number)), [])
        return "end_turn"

    return agent


async def said_in(session: ClientSession, found: dict[str, list[int]], asked: dict[str, list[int]]) -> None:
    async with session.prompt("count") as turn:
        async for update in turn:
            assert isinstance(update, v1.AgentMessageChunk)
            assert isinstance(update.content, v1.TextContent)
            session_id, number, filling = update.content.text.split(" ")
            assert (session_id, filling) == (session.id, "x" * (int(number) * 20))
            found[session.id].append(int(number))
        assert turn.stop_reason == "end_turn"


@pytest.mark.promise("P4")
@given(seed=st.integers(0, 2**32), incoming=pieces, outgoing=pieces)
@settings(max_examples=40)
def test_updates_questions_and_the_end_of_a_turn_keep_their_order(seed, incoming, outgoing) -> None:
    async def main() -> None:
        client = Client("reads")
        found: dict[str, list[int]] = {}
        asked: dict[str, list[int]] = {}

        @client.on_permission
        async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
            number = int(request.tool_call.tool_call_id)
            assert found[request.session_id][-1] >= number  # it was shown what it is asked about
            asked[request.session_id].append(number)
            return v1.RequestPermissionResponse(outcome=v1.CancelledOutcome())

        ours, theirs = memory_pair()
        transport = faulty(ours, seed=seed, incoming=incoming, outgoing=outgoing)
        with trio.fail_after(DEADLINE * COUNT):
            async with no_leaks(), trio.open_nursery() as nursery:
                nursery.start_soon(make_agent().serve, theirs)
                async with (
                    client.connect(transport) as connection,
                    connection.open_session("/") as one,
                    connection.open_session("/") as other,
                    trio.open_nursery() as turns,
                ):
                    for session in (one, other):
                        found[session.id], asked[session.id] = [], []
                        turns.start_soon(said_in, session, found, asked)
        assert list(found.values()) == [list(range(COUNT))] * 2
        assert list(asked.values()) == [[5, 15, 25]] * 2

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.promise("P21")
@given(seed=st.integers(0, 2**32), faults=pieces, deadlines=st.lists(st.floats(0, 0.1), min_size=1, max_size=20))
@settings(max_examples=40)
def test_a_send_that_is_cancelled_sent_nothing_or_a_whole_message(seed, faults, deadlines) -> None:
    async def main() -> None:
        agent = Agent("listens")
        heard: list[int] = []
        frames: list[TappedFrame] = []

        @agent.on_notification("_note")
        async def note(params: dict[str, object]) -> None:
            assert params["filling"] == "x" * 1000
            heard.append(int(str(params["number"])))

        ours, theirs = memory_pair()
        limits = Limits(maximum_frame=1024 * 1024, outgoing_soft=2000)
        sent: list[int] = []
        with trio.fail_after(DEADLINE * COUNT):
            async with no_leaks(), trio.open_nursery() as nursery:
                nursery.start_soon(agent.serve, tap(theirs, frames.append))
                client = Client("sends", limits=limits)
                async with client.connect(faulty(ours, seed=seed, outgoing=faults)) as connection:
                    for number, seconds in enumerate(deadlines):
                        with trio.move_on_after(seconds) as scope:
                            await connection.notify("_note", {"number": number, "filling": "x" * 1000})
                        if not scope.cancelled_caught:
                            sent.append(number)
                    await connection.flush()  # however slow the wire is: closing does not wait for ever
        assert heard == sent
        assert all(frame.complete for frame in frames)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
