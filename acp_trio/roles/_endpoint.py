"""What the roles have in common: a name, and a registry of handlers that is complete at the first connection.

It runs nothing, and refuses handlers for what a role sees to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, TypeVar

from ..connection import Handlers, Peer, make_handler
from ..jsonrpc import LocalMisuse
from ..schema import Request, v1

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])


class Endpoint(Handlers):
    """Base of the roles."""

    peers: ClassVar[Sequence[Peer]] = ()
    """From whom its messages come."""

    def __init__(self, name: str, *, version: str = "0", title: str | None = None) -> None:
        super().__init__()
        self.name = name
        self.info: v1.Implementation = v1.Implementation(name=name, version=version, title=title)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def include(self, other: Handlers) -> None:
        """Register everything of `other` behind what is here, in its order.

        Raises LocalMisuse for an endpoint of another role, and as `on_request` does.
        """
        if isinstance(other, Endpoint) and type(other) is not type(self):
            raise LocalMisuse(f"{self!r} cannot do what {other!r} is there for; include a Handlers, or the same role")
        super().include(other)

    def check_sender(self, sender: Peer | None) -> None:
        """Raise LocalMisuse for a peer that this role hears nothing from."""
        if sender is not None and sender not in self.peers:
            raise LocalMisuse(f"{type(self).__name__} hears from {' and '.join(map(repr, self.peers))}, not {sender!r}")

    def check_may_register(self, method: str) -> None:
        """Raise LocalMisuse for a method that the role handles itself."""
        if method in self.owned:
            raise LocalMisuse(f"{type(self).__name__} handles {method} itself: {self.owned[method]}")

    def _register(self, request: type[Request[Any]], function: F) -> F:
        """A named convenience: concurrent, so it may wait for the peer."""
        self.add(make_handler(request, function, is_request=True, concurrent=True))
        return function
