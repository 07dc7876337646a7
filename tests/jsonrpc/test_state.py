"""The tables of states: complete, and closed to everything that they do not list."""

from __future__ import annotations

from itertools import product

import pytest

from acp_trio.jsonrpc import (
    CONNECTION,
    INCOMING,
    OUTGOING,
    ConnectionState,
    Event,
    IncomingState,
    LocalMisuse,
    OutgoingState,
    connection_after,
    incoming_after,
    outgoing_after,
)

TABLES = [
    (IncomingState, INCOMING, incoming_after),
    (OutgoingState, OUTGOING, outgoing_after),
    (ConnectionState, CONNECTION, connection_after),
]
PAIRS = [
    pytest.param(table, after, state, event, id=f"{states.__name__}-{state.name}-{event.name}")
    for states, table, after in TABLES
    for state, event in product(states, Event)
]


@pytest.mark.parametrize("table, after, state, event", PAIRS)
def test_each_event_in_each_state_is_in_the_table_or_misuse(table, after, state, event) -> None:
    if (state, event) in table:
        assert after(state, event) is table[state, event]
    else:
        what = {IncomingState: "a request from the peer", OutgoingState: "a request of ours"}.get(
            type(state), "a connection"
        )
        with pytest.raises(LocalMisuse, match=f"^{what} that is {state.name.lower()} cannot take ") as caught:
            after(state, event)
        assert event.name.lower().replace("_", " ") in str(caught.value)
        assert caught.value.__suppress_context__


@pytest.mark.parametrize("states, table, after", TABLES)
def test_every_state_but_the_first_is_reached(states, table, after) -> None:
    assert {next(iter(states)), *table.values()} == set(states)


@pytest.mark.promise("P3")
@pytest.mark.parametrize("state", IncomingState)
def test_a_cancel_is_never_misuse_whatever_became_of_the_request(state) -> None:
    incoming_after(state, Event.CANCEL)


@pytest.mark.promise("P3")
@pytest.mark.parametrize("state", OutgoingState)
def test_giving_up_is_never_misuse_whatever_became_of_the_request(state) -> None:
    outgoing_after(state, Event.CANCEL)


@pytest.mark.promise("P3")
def test_an_answer_ends_a_request_once() -> None:
    for after, answered in [(incoming_after, IncomingState.ANSWERED), (outgoing_after, OutgoingState.ANSWERED)]:
        assert after(answered, Event.CANCEL) is answered
        with pytest.raises(LocalMisuse):
            after(answered, Event.ANSWER)


def test_a_closed_connection_takes_nothing_but_the_end_of_the_stream() -> None:
    assert connection_after(ConnectionState.CLOSED, Event.END_OF_STREAM) is ConnectionState.CLOSED
    for event in set(Event) - {Event.END_OF_STREAM}:
        with pytest.raises(LocalMisuse):
            connection_after(ConnectionState.CLOSED, event)
