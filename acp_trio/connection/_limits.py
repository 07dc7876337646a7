"""The bounds of one connection: the numbers and their defaults. Each is enforced where what it bounds lives."""

from __future__ import annotations

import attrs

KIB = 1024
MIB = 1024 * KIB


def _positive(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be positive, not {value}")


@attrs.frozen(kw_only=True)
class Limits:
    """How much one connection may hold. All sizes are bytes.

    Example: `Limits(maximum_frame=8 * 1024 * 1024)`.
    """

    maximum_frame: int = attrs.field(default=64 * MIB, validator=_positive)
    """The longest message, both ways. A longer one that arrives is dropped and answered; sending one raises."""
    outgoing_soft: int = attrs.field(default=256 * KIB, validator=_positive)
    """Queued for writing: above it senders wait, first come first served, before their message is queued. No more than
    `maximum_frame` counts."""
    requests_in_flight: int = attrs.field(default=10_000, validator=_positive)
    """Requests of the peer that are not answered; the next one is refused with -32603, unrun."""
    shelf: int = attrs.field(default=MIB, validator=_positive)
    """Updates kept for sessions whose setup request is not answered yet."""
    session_inbox: int = attrs.field(default=32 * MIB, validator=_positive)
    """Updates that one session's reader has not taken yet; above it that session ends with `SessionOverrun`."""

    @property
    def outgoing_hard(self) -> int:
        """Queued for writing: above it the peer counts as gone."""
        return 2 * self.maximum_frame

    @property
    def received(self) -> int:
        """Read ahead while a handler holds the loop, as it takes memory; above it reading stops, and the peer waits."""
        return self.maximum_frame + MIB
