"""The recorded wire: every message of a conversation, in order, ready to assert on.

It only listens. What was no JSON is recorded as text.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, final

import attrs

from ..jsonrpc import JSONInvalid, as_object, dumps, loads
from ..transports import TappedFrame, Transport, tap

Side: TypeAlias = Literal["client", "agent"]

_OTHER: dict[Side, Side] = {"client": "agent", "agent": "client"}


@attrs.frozen(kw_only=True)
class WireMessage:
    """One line of the conversation."""

    sender: Side
    time: float
    """On trio's clock."""
    message: Any
    """What the line decodes to; its text, if it is no JSON."""
    complete: bool = True
    """False if the wire ended inside the line."""

    @property
    def method(self) -> str | None:
        """The method of a request or notification."""
        method = (as_object(self.message) or {}).get("method")
        return method if isinstance(method, str) else None


@final
class Wire:
    """A conversation, as the client's end of the wire saw it.

    Attributes:
      messages: everything so far, oldest first.
    """

    def __init__(self) -> None:
        self.messages: list[WireMessage] = []

    def __repr__(self) -> str:
        return f"<Wire of {len(self.messages)} messages>"

    def watch(self, transport: Transport) -> Transport:
        """The client's transport, watched."""
        return tap(transport, self._note)

    def methods(self, sender: Side | None = None) -> list[str]:
        """The methods of all requests and notifications, in order; of one side's only, if `sender` is given."""
        return [
            message.method
            for message in self.messages
            if message.method is not None and sender in (None, message.sender)
        ]

    def sent(self, method: str) -> list[Any]:
        """The params of every message with this method."""
        return [message.message.get("params") for message in self.messages if message.method == method]

    def unanswered(self, sender: Side | None = None) -> list[WireMessage]:
        """The requests that no answer followed, in order; of one side's only, if `sender` is given."""
        waiting: dict[tuple[Side, bytes], WireMessage] = {}
        for message in self.messages:
            members = as_object(message.message) or {}
            if "id" not in members:
                continue
            key = dumps(members["id"])  # which may be anything
            if message.method is not None:
                waiting[message.sender, key] = message
            else:
                waiting.pop((_OTHER[message.sender], key), None)
        return [message for message in waiting.values() if sender in (None, message.sender)]

    def _note(self, frame: TappedFrame) -> None:
        try:
            message = loads(frame.data)
        except JSONInvalid:
            message = frame.data.decode("utf-8", "replace")
        sender: Side = "client" if frame.direction == "out" else "agent"
        self.messages.append(WireMessage(sender=sender, time=frame.time, message=message, complete=frame.complete))
