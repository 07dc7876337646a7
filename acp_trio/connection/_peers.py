"""Who can be at the other end of a connection, or behind it.

A connection reaches one counterpart; through a conductor, a proxy reaches two peers over one connection, and an
`Addressing` says how. It is made by the role: nothing here knows an envelope by its name.
"""

from __future__ import annotations

from typing import Any, Protocol, final

import attrs

from ..jsonrpc import Envelope


@final
@attrs.frozen(eq=False)  # every message looks one up
class Peer:
    """A place that messages come from and go to; there is one object for each.

    Attributes:
      name: what it is called in errors: "client", "agent".
    """

    name: str

    def __repr__(self) -> str:
        return self.name.upper()


class Addressing(Protocol):
    """How the messages of several peers share one connection."""

    def unwrap(self, envelope: Envelope) -> Peer:
        """Take a request or notification out of its wrapping, in place; returns who sent it."""
        ...

    def resolve(self, to: Peer | None, method: str) -> Peer:
        """To whom a message goes. Raises LocalMisuse for a peer that is not reached, or if None does not tell."""
        ...

    def wrap(self, to: Peer, method: str, params: Any) -> tuple[str, Any]:
        """Method and params on the wire of what goes to a peer."""
        ...
