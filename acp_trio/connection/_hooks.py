"""What the layers above tell a connection to do with messages.

Owns the points at which sessions and roles take part in dispatch. Each is a plain function that the dispatch loop calls
in the order of the wire, or a plain value; none of them waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from ..jsonrpc import Envelope, Malformed, RequestError
from ._handlers import Handler, Taker
from ._laggards import Laggards
from ._peers import Addressing, Peer
from ._registry import Handlers
from ._responder import Responder
from ._shelf import Shelf

Urgent = Callable[[Any], None]
Admission = Callable[[], Awaitable[None]]
Entering = Callable[[Envelope, Responder[Any]], Admission | None]


def _ignore(_line: Malformed) -> None:
    return None


@attrs.define(eq=False)
class Hooks:
    """How one connection treats what arrives."""

    handlers: Handlers = attrs.field(factory=Handlers)
    takers: dict[str, Taker] = attrs.field(factory=dict[str, Taker])
    """By method: tried after the handlers."""
    urgent: dict[str, Urgent] = attrs.field(factory=dict[str, Urgent])
    """By method: called with the decoded params when such a notification is received, ahead of its turn.

    The name must have the word `cancel` in it: only what has is looked at before its turn."""
    gate: Callable[[str], RequestError | None] | None = None
    """Refuses a request before anybody sees it; a notification that it refuses is ignored."""
    cancelled_results: dict[str, Any] = attrs.field(factory=dict[str, Any])
    """By method: what a cancelled request is answered with; -32800 where there is nothing."""
    entering: dict[str, Entering] = attrs.field(factory=dict[str, Entering])
    """By method: told of a request before its handlers are tried; what it returns, a handler in a task waits for."""
    shelf: Shelf | None = None
    """Notifications that wait for a route to open, or for a session."""
    laggards: Laggards = attrs.field(factory=Laggards)
    """Readers above that are far behind."""
    through: Callable[[Envelope, Peer | None], bool] | None = None
    """Takes a notification that nobody above took, if it can do so at once: then no handler has to be called for it."""
    otherwise: Handler | None = None
    """Takes what no handler, route or taker took."""
    work_waits: bool = False
    """Whether the tasks of `on_start` wait for the role to start them."""
    counterpart: Peer | None = None
    """Who the one peer is."""
    addressing: Addressing | None = None
    """How several peers share the connection; None for a connection that reaches one."""
    on_malformed: Callable[[Malformed], None] = _ignore
    """Told of every line that is no message."""
    answers_malformed: bool = True
    """Whether such lines are answered: agents do, clients do not."""


def raw_params(envelope: Envelope) -> bytes:
    """The params of a message as JSON text of their own, an empty object for none."""
    return b"{}" if not envelope.params else bytes(envelope.params)
