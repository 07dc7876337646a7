"""A wire that changes, repeats and loses bytes: whatever it does, blocks end, and with errors that are documented."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio import ClientSession, ConnectionLost, HandshakeFailed, PeerError, ProtocolViolation
from acp_trio.connection import GRACE
from acp_trio.testing import Faults, faulty, no_leaks
from acp_trio.transports import memory_pair

from .ends import make_agent, make_client

pytestmark = pytest.mark.promise("P23", "P1", "P22")

PATIENCE = 100.0
"""Seconds, on a mock clock, that the user waits: an answer that was lost on the wire never comes."""

noise = st.builds(
    Faults,
    split=st.floats(0, 1),
    duplicate=st.floats(0, 0.5),
    truncate=st.floats(0, 0.3),
    corrupt=st.floats(0, 0.3),
    delay=st.sampled_from([0.0, 1.0]),
)

DOCUMENTED = (ConnectionLost, HandshakeFailed, PeerError, ProtocolViolation)


async def converse(session: ClientSession) -> None:
    for _ in range(4):
        try:
            await session.ask("ask")
            await session.set_mode("ask")
        except (PeerError, ProtocolViolation):
            continue  # of this request; the connection lives


@given(seed=st.integers(0, 2**32), incoming=noise, outgoing=noise)
@settings(max_examples=100)
def test_a_conversation_over_a_noisy_wire_ends_in_order(seed, incoming, outgoing) -> None:
    async def main() -> None:
        ours, theirs = memory_pair()
        async with no_leaks(), trio.open_nursery() as nursery:
            nursery.start_soon(make_agent().serve, theirs)
            with trio.move_on_after(PATIENCE):
                try:
                    wire = faulty(ours, seed=seed, incoming=incoming, outgoing=outgoing)
                    async with make_client().connect(wire) as connection, connection.open_session("/") as session:
                        await converse(session)
                except DOCUMENTED:
                    pass
        assert trio.current_time() < PATIENCE + 2 * GRACE

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
