"""What Agent and Client have in common: a name, and a registry of handlers that is complete at the first connection.

It registers and runs nothing. Registration checks what it is given; a wrong handler is an error there, with the
handler's name, and not at the first message.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, TypeVar

from ..connection import HandlerTable, make_handler
from ..jsonrpc import LocalMisuse
from ..schema import Notification, Request, v1

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])


class Endpoint:
    """Base of `Agent` and `Client`."""

    owned: ClassVar[Mapping[str, str]] = {}
    """Methods that the role handles itself, and what to use in place of a handler."""

    def __init__(self, name: str, *, version: str = "0", title: str | None = None) -> None:
        self.name = name
        self.info: v1.Implementation = v1.Implementation(name=name, version=version, title=title)
        self.handlers: HandlerTable = HandlerTable()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def on_request(self, request: type[Request[Any]] | str, *, concurrent: bool = False) -> Callable[[F], F]:
        """Register a handler for a request: `async def handler(request, connection) -> response`.

        It holds the dispatch loop until it returns, or, if it has a `task_status` parameter, until it calls
        `task_status.started()`; `started(response)` answers and lives on. With `concurrent=True` it does not hold it,
        and may wait for the peer from its first line. The connection may be left out of the parameters.

        Args:
          request: the message class, or the name of a method, whose params are handed over as decoded from JSON.
          concurrent: run it in a task of its own, beside the loop. Such handlers start in no particular order.

        Raises TypeError for a function whose parameters do not fit, LocalMisuse for a method that has a handler, or
        that the role handles itself, and after the first connection.

        Example:
            @agent.on_request("_example.com/add")
            async def add(params):
                return {"sum": params["a"] + params["b"]}
        """
        self._check_not_owned(request)

        def register(function: F) -> F:
            self.handlers.add(make_handler(request, function, is_request=True, concurrent=concurrent))
            return function

        return register

    def on_notification(self, notification: type[Notification] | str, *, concurrent: bool = False) -> Callable[[F], F]:
        """Register a handler for a notification: `async def handler(notification, connection)`.

        It meets the dispatch loop as a request's handler does. Raises as `on_request` does.
        """
        self._check_not_owned(notification)

        def register(function: F) -> F:
            self.handlers.add(make_handler(notification, function, is_request=False, concurrent=concurrent))
            return function

        return register

    def _check_not_owned(self, message: type[Request[Any] | Notification] | str) -> None:
        if not isinstance(message, str) and not hasattr(message, "method"):
            raise TypeError(f"say which message: @agent.on_request(v1.ListSessionsRequest), not {message!r}")
        method = message if isinstance(message, str) else message.method
        if method in self.owned:
            raise LocalMisuse(f"{type(self).__name__} handles {method} itself: {self.owned[method]}")

    def _register(self, request: type[Request[Any]], function: F) -> F:
        """A named convenience: concurrent, so it may wait for the peer."""
        self.handlers.add(make_handler(request, function, is_request=True, concurrent=True))
        return function
