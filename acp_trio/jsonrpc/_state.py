"""Every state a request or a connection can be in, and every transition between them.

Rule 1: a transition that is not in a table here does not happen. Rule 2: nothing here knows which side it is on, so
that both sides are held to the same rules. The tables are data: the documentation prints them. (The enums are of ints
because a plain enum is hashed by Python code, and each message looks up a transition or two.)
"""

from __future__ import annotations

from enum import Enum, IntEnum, auto
from typing import Final

from ._errors import LocalMisuse


class IncomingState(IntEnum):
    """A request that the peer sent us."""

    RECEIVED = auto()  # dispatched or about to be; its handler has not begun
    DOOMED = auto()  # cancelled before its handler began: answered unrun
    RUNNING = auto()
    CANCELLING = auto()
    ANSWERED = auto()


class OutgoingState(IntEnum):
    """A request that we sent."""

    WAITING = auto()
    ABANDONED = auto()  # we sent $/cancel_request; the peer still owes an answer
    ANSWERED = auto()
    LOST = auto()


class ConnectionState(IntEnum):
    """A connection, from its opening to its end."""

    OPEN = auto()
    PEER_DONE = auto()  # the peer sends no more; what we write may still arrive
    CLOSING = auto()  # our block is being left
    CLOSED = auto()


class Event(IntEnum):
    """What can happen to any of them."""

    DISPATCH = auto()
    CANCEL = auto()
    ANSWER = auto()
    END_OF_STREAM = auto()
    CLOSE = auto()
    CLOSED = auto()


INCOMING: Final = {
    (IncomingState.RECEIVED, Event.DISPATCH): IncomingState.RUNNING,
    (IncomingState.RECEIVED, Event.CANCEL): IncomingState.DOOMED,
    (IncomingState.RECEIVED, Event.ANSWER): IncomingState.ANSWERED,  # by whoever refuses it unrun
    (IncomingState.DOOMED, Event.CANCEL): IncomingState.DOOMED,
    (IncomingState.DOOMED, Event.ANSWER): IncomingState.ANSWERED,
    (IncomingState.RUNNING, Event.CANCEL): IncomingState.CANCELLING,
    (IncomingState.RUNNING, Event.ANSWER): IncomingState.ANSWERED,
    (IncomingState.CANCELLING, Event.CANCEL): IncomingState.CANCELLING,
    (IncomingState.CANCELLING, Event.ANSWER): IncomingState.ANSWERED,
    (IncomingState.ANSWERED, Event.CANCEL): IncomingState.ANSWERED,
}

OUTGOING: Final = {
    (OutgoingState.WAITING, Event.ANSWER): OutgoingState.ANSWERED,
    (OutgoingState.WAITING, Event.CANCEL): OutgoingState.ABANDONED,
    (OutgoingState.WAITING, Event.END_OF_STREAM): OutgoingState.LOST,
    (OutgoingState.ABANDONED, Event.CANCEL): OutgoingState.ABANDONED,
    (OutgoingState.ABANDONED, Event.ANSWER): OutgoingState.ANSWERED,
    (OutgoingState.ABANDONED, Event.END_OF_STREAM): OutgoingState.LOST,
    (OutgoingState.ANSWERED, Event.CANCEL): OutgoingState.ANSWERED,
    (OutgoingState.LOST, Event.CANCEL): OutgoingState.LOST,
}

CONNECTION: Final = {
    (ConnectionState.OPEN, Event.END_OF_STREAM): ConnectionState.PEER_DONE,
    (ConnectionState.OPEN, Event.CLOSE): ConnectionState.CLOSING,
    (ConnectionState.PEER_DONE, Event.CLOSE): ConnectionState.CLOSING,
    (ConnectionState.CLOSING, Event.END_OF_STREAM): ConnectionState.CLOSING,
    (ConnectionState.CLOSING, Event.CLOSED): ConnectionState.CLOSED,
    (ConnectionState.OPEN, Event.CLOSED): ConnectionState.CLOSED,  # cut off before it began to close
    (ConnectionState.PEER_DONE, Event.CLOSED): ConnectionState.CLOSED,
    (ConnectionState.PEER_DONE, Event.END_OF_STREAM): ConnectionState.PEER_DONE,
    (ConnectionState.CLOSED, Event.END_OF_STREAM): ConnectionState.CLOSED,  # it came while the actors were stopping
}


def incoming_after(state: IncomingState, event: Event) -> IncomingState:
    """The state of an incoming request after `event`. Raises LocalMisuse where the table has none."""
    try:
        return INCOMING[state, event]
    except KeyError:
        raise LocalMisuse(_refusal("a request from the peer", state, event)) from None


def outgoing_after(state: OutgoingState, event: Event) -> OutgoingState:
    """The state of a request of ours after `event`. Raises LocalMisuse where the table has none."""
    try:
        return OUTGOING[state, event]
    except KeyError:
        raise LocalMisuse(_refusal("a request of ours", state, event)) from None


def connection_after(state: ConnectionState, event: Event) -> ConnectionState:
    """The state of a connection after `event`. Raises LocalMisuse where the table has none."""
    try:
        return CONNECTION[state, event]
    except KeyError:
        raise LocalMisuse(_refusal("a connection", state, event)) from None


def _refusal(what: str, state: Enum, event: Event) -> str:
    return f"{what} that is {state.name.lower()} cannot take {event.name.lower().replace('_', ' ')}"
