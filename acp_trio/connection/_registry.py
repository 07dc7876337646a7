"""The handlers of one endpoint, and of the routes behind it, in the order in which they are tried.

Owns registering them, and finding those for a message without asking each: by kind, method and sender. It runs none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from inspect import signature
from types import UnionType
from typing import Any, ClassVar, Protocol, TypeVar, Union, cast, get_args, get_origin, overload, runtime_checkable

from ..jsonrpc import LocalMisuse, UntypedMessage
from ..schema import Notification, Request
from ._dispatch import Dispatch
from ._handlers import Handled, Handler, Kind, Message, is_async, make_dispatch_handler, make_handler
from ._peers import Peer

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])
W = TypeVar("W", bound=Callable[[Any], Awaitable[None]])


@runtime_checkable
class DispatchHandler(Protocol):
    """An object that handles messages of every kind."""

    async def handle(self, dispatch: Dispatch, connection: Any, /) -> Handled | None:
        """Handle it and return None, or `Handled.no()` for the next handler."""
        ...


class Handlers:
    """A registry of handlers, tried in the order of their registration.

    `Agent`, `Client` and `Proxy` are such registries; one of its own is for `include` and `Connection.route`.

    Example:
        mathematics = Handlers()

        @mathematics.on_request("_example.com/add")
        async def add(params):
            return {"sum": params["a"] + params["b"]}

        agent.include(mathematics)
    """

    owned: ClassVar[Mapping[str, str]] = {}
    """Of a role: methods that it handles itself, and what to use in place of a handler."""

    def __init__(self) -> None:
        self._handlers: list[Handler] = []
        self.starters: list[Callable[[Any], Awaitable[None]]] = []
        self.closers: list[Callable[[Any], Awaitable[None]]] = []
        self._frozen = False

    def on_request(
        self,
        request: type[Request[Any] | UntypedMessage] | UnionType | str,
        *,
        sender: Peer | None = None,
        concurrent: bool = False,
    ) -> Callable[[F], F]:
        """Register a handler for a request: `async def handler(request, connection) -> response`.

        It holds the dispatch loop until it returns, or, if it has a `task_status` parameter, until it calls
        `task_status.started()`; `started(response)` answers and lives on. With `concurrent=True` it does not hold it,
        and may wait for the peer from its first line. The connection may be left out of the parameters. Returning
        `Handled.no()` leaves the request to the next handler for it, `Handled.no(changed)` with another message.

        Args:
          request: the message class, a union of several, a class that several derive from, `UntypedMessage` for every
            request that the role does not handle itself, or the name of a method, whose params are handed over as
            decoded from JSON.
          sender: take it from this peer alone, where a connection reaches several.
          concurrent: run it in a task of its own, beside the loop. Such handlers start in no particular order, and so
            do those that are tried after one that declines.

        Raises TypeError for a function whose parameters do not fit, LocalMisuse for a method that the role handles
        itself, and after the first connection.

        Example:
            @agent.on_request("_example.com/add")
            async def add(params):
                return {"sum": params["a"] + params["b"]}
        """
        return self._registering(request, is_request=True, concurrent=concurrent, sender=sender)

    def on_notification(
        self,
        notification: type[Notification | UntypedMessage] | UnionType | str,
        *,
        sender: Peer | None = None,
        concurrent: bool = False,
    ) -> Callable[[F], F]:
        """Register a handler for a notification: `async def handler(notification, connection)`.

        It meets the dispatch loop as a request's handler does. Raises as `on_request` does.
        """
        return self._registering(notification, is_request=False, concurrent=concurrent, sender=sender)

    @overload
    def on_dispatch(self, function: F, /) -> F: ...
    @overload
    def on_dispatch(self, /, *, sender: Peer | None = ..., concurrent: bool = ...) -> Callable[[F], F]: ...

    def on_dispatch(
        self, function: F | None = None, /, *, sender: Peer | None = None, concurrent: bool = False
    ) -> F | Callable[[F], F]:
        """Register a handler for messages of every kind: `async def handler(dispatch, connection)`.

        It gets a `RequestDispatch`, a `NotificationDispatch` or, for the answer to a request of ours, a
        `ResponseDispatch`, and meets the loop as other handlers do. What it does not return as `Handled.no()` it must
        have seen to: a request that it neither answered nor forwarded is answered -32603, and whoever waits for a
        response that it dropped gets LocalMisuse. It sees what the role handles itself, too: without `initialize` no
        agent is one. Raises as `on_request` does.

        Example:
            @proxy.on_dispatch
            async def watch(dispatch, connection):
                print(dispatch.sender, dispatch.method)
                return Handled.no()
        """

        def register(function: F) -> F:
            self.add(make_dispatch_handler(function, concurrent=concurrent, sender=sender))
            return function

        return register if function is None else register(function)

    def with_handler(self, handler: DispatchHandler, *, sender: Peer | None = None, concurrent: bool = False) -> None:
        """Register an object whose `async def handle(dispatch, connection)` is an `on_dispatch` handler."""
        if not isinstance(handler, DispatchHandler):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers err
            raise TypeError(f"a handler object has `async def handle(dispatch, connection)`, and {handler!r} has not")
        self.add(make_dispatch_handler(handler.handle, concurrent=concurrent, sender=sender))

    def on_start(self, function: W) -> W:
        """Register `async def work(connection)`, a task of every connection from its start to its end.

        An ACP connection starts when the agent is initialized. The task may wait for the peer; if it fails, the
        connection ends, as with `Connection.start_soon`.
        """
        self._check_work("on_start", function)
        self.starters.append(function)
        return function

    def on_close(self, function: W) -> W:
        """Register `async def closed(connection)`, called when the peer has ended the connection.

        By then everything it sent was dispatched, and all requests to it have failed. These functions run one after the
        other in the order of their registration, all of them, before `wait_closed` returns; the first that fails ends
        the connection, as a failed task does. None runs for a connection that this side ends.
        """
        self._check_work("on_close", function)
        self.closers.append(function)
        return function

    def include(self, other: Handlers) -> None:
        """Register everything of `other` behind what is here, in its order. Raises as `on_request` does."""
        self.check_not_frozen(f"what {other!r} brings")
        handlers = list(other)
        for handler in handlers:
            if handler.method is not None:
                self.check_may_register(handler.method)
        for handler in handlers:
            self.add(handler)
        self.starters += other.starters
        self.closers += other.closers

    def add(self, handler: Handler) -> None:
        """Register a record. Raises LocalMisuse once the endpoint has connected."""
        self.check_not_frozen(handler.name)
        self.check_sender(handler.sender)
        self._handlers.append(handler)

    def check_not_frozen(self, what: str) -> None:
        """Raise LocalMisuse if a connection uses this."""
        if self._frozen:
            raise LocalMisuse(f"{what} comes too late: handlers are registered before the first connection")

    def __iter__(self) -> Iterator[Handler]:
        return iter(self._handlers)

    def handles(self, method: str) -> bool:
        """Whether a handler was registered for this method alone."""
        return any(handler.method == method for handler in self._handlers)

    def freeze(self) -> None:
        """Nothing is registered any more: a connection uses it."""
        self._frozen = True

    def _registering(
        self, message: Any, *, is_request: bool, concurrent: bool, sender: Peer | None
    ) -> Callable[[F], F]:
        classes = _classes_of(message, Request if is_request else Notification)
        for one in classes:
            if one is not UntypedMessage:
                self.check_may_register(one if isinstance(one, str) else one.method)

        def register(function: F) -> F:
            for one in classes:
                self.add(
                    make_handler(one, function, is_request=is_request, concurrent=concurrent, sender=sender),
                )
            return function

        return register

    def _check_work(self, what: str, function: Callable[..., Any]) -> None:
        self.check_not_frozen(f"{what}({function!r})")
        if not is_async(function):
            raise TypeError(f"{what} takes an async function, not {function!r}")
        try:
            signature(function).bind("connection")
        except TypeError as exc:
            raise TypeError(f"{what} takes `async def function(connection)`: {function!r} has {exc}") from exc

    def check_sender(self, sender: Peer | None) -> None:
        """For roles: raise LocalMisuse for a peer that no message comes from."""

    def check_may_register(self, method: str) -> None:
        """For roles: raise LocalMisuse for a method that is not for handlers."""


Chain = tuple[Handler, ...]


class Chains:
    """Which of some handlers are tried for the messages of one sender, in order, by kind and method."""

    def __init__(self, handlers: Iterable[Handler], sender: Peer | None, owned: Iterable[str] = ()) -> None:
        handlers = [handler for handler in handlers if handler.sender in (None, sender)]
        self._requests, self._any_request = _by_method(handlers, Kind.REQUEST, owned)
        self._notifications, self._any_notification = _by_method(handlers, Kind.NOTIFICATION, owned)
        self.for_responses = tuple(handler for handler in handlers if handler.kind is Kind.DISPATCH)

    def for_request(self, method: str) -> Chain:
        """Who is tried for a request."""
        return self._requests.get(method, self._any_request)

    def for_notification(self, method: str) -> Chain:
        """Who is tried for a notification."""
        return self._notifications.get(method, self._any_notification)


class ChainsBySender(dict[Peer | None, Chains]):
    """Who is tried for the messages of each sender: the endpoint's handlers, then those of the routes."""

    def __init__(self, endpoint: Handlers) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._routes: list[Handlers] = []

    def __missing__(self, sender: Peer | None) -> Chains:
        handlers = [handler for each in (self._endpoint, *self._routes) for handler in each]
        chains = self[sender] = Chains(handlers, sender, self._endpoint.owned)
        return chains

    def add_route(self, route: Handlers) -> None:
        """From the next message on, try these handlers behind all others."""
        self._routes.append(route)
        self.clear()

    def remove_route(self, route: Handlers) -> None:
        """Try them no more."""
        self._routes.remove(route)
        self.clear()


def _by_method(handlers: Sequence[Handler], kind: Kind, owned: Iterable[str]) -> tuple[dict[str, Chain], Chain]:
    """Those for each method that one of them names or the role owns, and those for all other methods."""
    fitting = [handler for handler in handlers if handler.kind in (kind, Kind.DISPATCH)]
    named = {handler.method for handler in fitting if handler.method is not None}
    chains = {method: tuple(each for each in fitting if each.method in (None, method)) for method in named}
    for method in owned:  # a catch-all is for what nobody else handles: an agent's `initialize` is not that
        chains[method] = tuple(each for each in fitting if each.method == method or each.takes_dispatch)
    return chains, tuple(handler for handler in fitting if handler.method is None)


def _classes_of(message: Any, base: type[Any]) -> Sequence[Message | str]:
    """The message classes, or the method, that a registration names."""
    if isinstance(message, str) or message is UntypedMessage:
        return [message]
    if isinstance(message, UnionType) or get_origin(message) is Union:
        return [one for member in get_args(message) for one in _classes_of(member, base)]
    if not isinstance(message, type) or not issubclass(message, Request | Notification):
        raise TypeError(f"say which message: @agent.on_request(v1.ListSessionsRequest), not {message!r}")
    found = cast("type[Any]", message)
    if not issubclass(found, base):
        kind, other = ("request", "notification") if base is Request else ("notification", "request")
        raise TypeError(f"{found.__name__} is a {other}, not a {kind}")
    if hasattr(found, "method"):
        return [found]
    derived = [one for child in found.__subclasses__() for one in _classes_of(child, base)]
    if not derived or found is base:
        raise TypeError(f"{found.__name__} has no method, and no classes derived from it that have one")
    return derived
