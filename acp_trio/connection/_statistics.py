"""What `Connection.statistics()` returns: a snapshot of numbers, computed when asked for."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ConnectionStatistics:
    """A connection at one moment."""

    state: str
    """open, peer_done, closing or closed."""
    requests_waiting: int
    """Requests of ours without an answer."""
    requests_in_flight: int
    """Requests of the peer without an answer."""
    bytes_unwritten: int
    """Queued or being written."""
    bytes_received: int
    """Read ahead of the dispatch loop, which a handler holds, as it takes memory."""
    messages_sent: int
    messages_received: int
    malformed: int
    """Lines that were no message."""
    answers_late: int
    """Answers to requests that were given up."""
    answers_unknown: int
    """Answers to requests that were never made."""
    held_by: str | None
    """The handler that holds the dispatch loop, if any does."""
    held_seconds: float
    """How long it has held it."""
