"""A peer that is lost at any byte of a conversation: nobody waits for ever, on either side, and nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ConnectionLost, HandshakeFailed, Turn
from acp_trio.connection import GRACE
from acp_trio.schema import v1
from acp_trio.testing import Faults, faulty, no_leaks
from acp_trio.transports import TappedFrame, Transport, memory_pair, tap

PATIENCE = 0.25
"""Seconds in which a connection that cannot write any more waits for an answer that may be on its way."""

pytestmark = [pytest.mark.promise("P1", "P22"), pytest.mark.slow]


class Conversation:
    """One of each kind of message, both ways; counts what has begun and what has ended."""

    def __init__(self) -> None:
        self.agent = Agent("lost")
        self.client = Client("lost")
        self.turns = 0
        self.sent: list[int] = []  # bytes of the agent's messages
        self.received: list[int] = []  # bytes of the client's
        self.agent.on_prompt(self._prompt)
        self.client.on_permission(self._permit)

    async def _prompt(self, turn: Turn) -> str:
        self.turns += 1
        try:
            await turn.say("let me ask")
            await turn.request_permission(v1.ToolCallUpdate(tool_call_id="t"), [])
            await turn.say("thanks")
            return "end_turn"
        finally:
            self.turns -= 1

    async def _permit(self, _request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        await trio.lowlevel.checkpoint()
        return v1.RequestPermissionResponse(outcome=v1.CancelledOutcome())

    async def run(self, *, clients_end: Callable[[Transport], Transport]) -> bool:
        """Have it over a wire whose client's end is `clients_end`; whether it came to its end."""
        ours, theirs = memory_pair()
        went_through = False
        async with no_leaks(), trio.open_nursery() as nursery:  # of which the agent's serving ends by itself
            nursery.start_soon(self.agent.serve, tap(theirs, self._count))
            try:
                async with (
                    self.client.connect(clients_end(ours)) as connection,
                    connection.open_session("/") as session,
                ):
                    assert await session.ask("hello") == "let me askthanks"
                    went_through = True
            except (ConnectionLost, HandshakeFailed):
                pass
            else:
                assert went_through
        assert self.turns == 0
        return went_through

    def _count(self, frame: TappedFrame) -> None:
        (self.sent if frame.direction == "out" else self.received).append(len(frame.data) + 1)


async def sizes_of_the_messages() -> tuple[list[int], list[int]]:
    """Of those that the agent sends, and of those that the client sends, in a conversation that nothing disturbs."""
    conversation = Conversation()
    assert await conversation.run(clients_end=lambda transport: transport)
    return conversation.sent, conversation.received


async def lost_at_every_byte(make: Callable[[int], dict[str, Faults]], total: int) -> list[bool]:
    return [
        await Conversation().run(clients_end=lambda ours, passed=passed: faulty(ours, **make(passed)))
        for passed in range(total + 1)
    ]


async def test_an_agent_that_dies_at_any_byte_of_what_it_says_is_noticed_at_once(autojump_clock) -> None:
    sent, _ = await sizes_of_the_messages()
    began = trio.current_time()
    through = await lost_at_every_byte(lambda passed: {"incoming": Faults(end_after=passed)}, sum(sent))
    assert through == [False] * (sum(sent) - 1) + [True, True]  # only the newline behind the last answer may be missing
    assert trio.current_time() == began  # no grace was used up


async def test_a_client_that_dies_at_any_byte_of_what_it_says_is_noticed_at_once(autojump_clock) -> None:
    _, received = await sizes_of_the_messages()
    began = trio.current_time()
    through = await lost_at_every_byte(lambda passed: {"outgoing": Faults(end_after=passed)}, sum(received))
    assert through == [False] * sum(received) + [True]
    assert trio.current_time() - began <= PATIENCE * sum(received)


@pytest.mark.parametrize("direction", ["incoming", "outgoing"])
@pytest.mark.parametrize("kind", ["end_after", "break_after"])
async def test_a_peer_that_dies_between_two_messages_is_noticed_at_once(autojump_clock, direction, kind) -> None:
    sizes = await sizes_of_the_messages()
    for passed in accumulate(sizes[direction == "outgoing"][:-1], initial=0):
        faults = {direction: Faults(**{kind: passed})}
        assert not await Conversation().run(clients_end=lambda ours, faults=faults: faulty(ours, **faults))


async def test_a_peer_that_stops_at_any_byte_keeps_nobody_longer_than_the_deadline_and_the_grace(
    autojump_clock,
) -> None:
    sent, received = await sizes_of_the_messages()
    for direction, total in (("incoming", sum(sent)), ("outgoing", sum(received))):
        for passed in range(0, total, 7):
            began = trio.current_time()
            faults = {direction: Faults(stall_after=passed)}
            with trio.move_on_after(10):
                await Conversation().run(clients_end=lambda ours, faults=faults: faulty(ours, **faults))
            assert trio.current_time() - began <= 10 + GRACE
