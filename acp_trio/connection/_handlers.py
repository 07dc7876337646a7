"""Handlers and how each one meets the dispatch loop.

Owns the registration record, the check of a handler's signature (at registration, naming what is wrong) and `Handled`,
by which a handler leaves a message to the next one. It runs nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any, final

import attrs

from ..jsonrpc import Envelope, UntypedMessage
from ..schema import Notification, Request
from ._peers import Peer
from ._responder import Responder


class Kind(Enum):
    """What a handler takes."""

    REQUEST = auto()
    NOTIFICATION = auto()
    DISPATCH = auto()  # both, and responses


class Meeting(Enum):
    """When the loop goes on to the next message."""

    RETURNS = auto()  # when the handler has returned
    STARTED = auto()  # when the handler has called task_status.started()
    AT_ONCE = auto()  # as soon as the handler's task exists


Function = Callable[..., Coroutine[Any, Any, Any]]
Message = type[Request[Any] | Notification | UntypedMessage]

Taker = Callable[[Envelope, Responder[Any] | None], bool]
"""A plain function of a layer above: called in the loop, in order, it takes a message or leaves it. It never waits."""


@final
@attrs.frozen(eq=False)
class Handled:
    """What a handler returns that leaves the message to the next one: `return Handled.no()`, or `Handled.no(changed)`.

    A handler that returns anything else has handled it.

    Attributes:
      message: what the next handler gets; None for the same that this one got.
    """

    message: Any = None

    @classmethod
    def no(cls, message: Any = None) -> Handled:
        """Decline; with a message of any kind, the next handlers get that one in place of what arrived."""
        return cls(message)


def _name(handler: Handler) -> str:
    return f"the handler {_qualname(handler.function)!r} for {handler.method or 'every message'}"


def _takes_dispatch(handler: Handler) -> bool:
    return handler.kind is Kind.DISPATCH


@attrs.frozen(kw_only=True, eq=False)
class Handler:
    """One registered handler."""

    kind: Kind
    method: str | None
    """The method it takes; None for all of them."""
    message: Message | None
    """The class its message is decoded to; None leaves it as the JSON parser made it."""
    response: Any
    """The class of the result; Any if it is not checked, None where nothing is answered."""
    function: Function
    meeting: Meeting
    sender: Peer | None
    """From whom alone it takes messages; None for anybody."""
    takes_connection: bool
    takes_task_status: bool

    takes_dispatch: bool = attrs.field(init=False, default=attrs.Factory(_takes_dispatch, takes_self=True))
    """Whether it gets messages as dispatches."""
    name: str = attrs.field(init=False, default=attrs.Factory(_name, takes_self=True))
    """How errors and logs call it."""


def make_handler(
    message: Message | str,
    function: Function,
    *,
    is_request: bool,
    concurrent: bool,
    sender: Peer | None = None,
) -> Handler:
    """Check `function` and make its record. `UntypedMessage` stands for every method.

    Raises TypeError if its parameters are not (message), (message, connection) and, keyword-only or named so,
    `task_status`.
    """
    method = message if isinstance(message, str) else getattr(message, "method", "?")
    if message is UntypedMessage:
        method = None
    return _make(
        function,
        kind=Kind.REQUEST if is_request else Kind.NOTIFICATION,
        method=method,
        message=None if isinstance(message, str) else message,
        response=_response_of(message) if is_request else None,
        concurrent=concurrent,
        sender=sender,
    )


def make_dispatch_handler(function: Function, *, concurrent: bool = False, sender: Peer | None = None) -> Handler:
    """Check a function that takes dispatches of every kind, and make its record. Raises as `make_handler` does."""
    return _make(
        function,
        kind=Kind.DISPATCH,
        method=None,
        message=None,
        response=None,
        concurrent=concurrent,
        sender=sender,
    )


def _make(
    function: Function,
    *,
    kind: Kind,
    method: str | None,
    message: Message | None,
    response: Any,
    concurrent: bool,
    sender: Peer | None,
) -> Handler:
    what = method or "every message"
    if not is_async(function):
        raise TypeError(f"the handler for {what} must be an async function, not {function!r}")
    positional, takes_task_status = _parameters(function, what)
    if kind is Kind.NOTIFICATION and takes_task_status and concurrent:
        raise TypeError(f"the handler for {what} needs no task_status: it is concurrent, and nothing is answered")
    return Handler(
        kind=kind,
        method=method,
        message=message,
        response=response,
        function=function,
        meeting=Meeting.AT_ONCE if concurrent else Meeting.STARTED if takes_task_status else Meeting.RETURNS,
        sender=sender,
        takes_connection=positional == 2,
        takes_task_status=takes_task_status,
    )


def _response_of(message: Message | str) -> Any:
    if isinstance(message, str) or message is UntypedMessage:
        return Any
    if not issubclass(message, Request):
        raise TypeError(f"{message.__name__} is a notification, not a request")
    return message.response


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine, as far as one can see."""
    call = getattr(function, "__call__", None)  # noqa: B004  # an object with an async __call__ is fine
    return inspect.iscoroutinefunction(inspect.unwrap(function)) or inspect.iscoroutinefunction(call)


def _qualname(function: Function) -> str:
    return getattr(function, "__qualname__", repr(function))


def _parameters(function: Function, what: str) -> tuple[int, bool]:
    """How many messages-and-connections it takes (1 or 2), and whether it takes a task_status."""
    positional = 0
    takes_task_status = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "task_status":
            takes_task_status = True
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            # A second one with a default is the handler's own.
            positional += positional == 0 or parameter.default is parameter.empty
        elif parameter.kind is parameter.VAR_POSITIONAL:
            positional = 2
        elif parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            raise TypeError(f"the handler for {what} has a parameter {parameter.name!r} that nobody fills")
    if positional not in (1, 2):
        raise TypeError(
            f"the handler for {what}, {_qualname(function)}, must take (message) or (message, connection), "
            f"not {positional}"
        )
    return positional, takes_task_status
