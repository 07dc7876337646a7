"""Handlers and how each one meets the dispatch loop.

Owns the registration record, the check of a handler's signature (at registration, naming what is wrong) and the
table of an endpoint's handlers. It runs nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any

import attrs

from ..jsonrpc import Envelope, LocalMisuse
from ..schema import Notification, Request
from ._responder import Responder


class Meeting(Enum):
    """When the loop goes on to the next message."""

    RETURNS = auto()  # when the handler has returned
    STARTED = auto()  # when the handler has called task_status.started()
    AT_ONCE = auto()  # as soon as the handler's task exists


Function = Callable[..., Coroutine[Any, Any, Any]]

Taker = Callable[[Envelope, Responder | None], bool]
"""A plain function of a layer above: called in the loop, in order, it takes a message or leaves it. It never waits."""


def _name(handler: Handler) -> str:
    return f"the handler {getattr(handler.function, '__qualname__', repr(handler.function))!r} for {handler.method}"


@attrs.frozen(kw_only=True, eq=False)
class Handler:
    """One registered handler."""

    method: str
    message: type[Request[Any] | Notification] | None
    """The class its message is decoded to; None leaves it untyped."""
    response: Any
    """The class of the result; Any if it is not checked, None for a notification."""
    function: Function
    meeting: Meeting
    takes_connection: bool
    takes_task_status: bool

    name: str = attrs.field(init=False, default=attrs.Factory(_name, takes_self=True))
    """How errors and logs call it."""


def make_handler(
    message: type[Request[Any] | Notification] | str,
    function: Function,
    *,
    is_request: bool,
    concurrent: bool,
) -> Handler:
    """Check `function` and make its record.

    Raises TypeError if its parameters are not (message), (message, connection) and, keyword-only or named so,
    `task_status`.
    """
    method = message if isinstance(message, str) else message.method
    if not inspect.iscoroutinefunction(inspect.unwrap(function)) and not _is_async_callable(function):
        raise TypeError(f"the handler for {method} must be an async function, not {function!r}")
    positional, takes_task_status = _parameters(function, method)
    if not is_request and takes_task_status and concurrent:
        raise TypeError(f"the handler for {method} needs no task_status: it is concurrent, and nothing is answered")
    return Handler(
        method=method,
        message=None if isinstance(message, str) else message,
        response=_response_of(message) if is_request else None,
        function=function,
        meeting=Meeting.AT_ONCE if concurrent else Meeting.STARTED if takes_task_status else Meeting.RETURNS,
        takes_connection=positional == 2,
        takes_task_status=takes_task_status,
    )


class HandlerTable:
    """What one endpoint handles: one handler for each method."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self.frozen = False

    def add(self, handler: Handler) -> None:
        """Register one.

        Raises LocalMisuse for a second handler of one method, and once the endpoint has connected.
        """
        if self.frozen:
            raise LocalMisuse(f"{handler.name} comes too late: handlers are registered before the first connection")
        if handler.method in self._handlers:
            raise LocalMisuse(f"{handler.name} would never run: {self._handlers[handler.method].name} takes them all")
        self._handlers[handler.method] = handler

    def get(self, method: str) -> Handler | None:
        """The handler of `method`."""
        return self._handlers.get(method)

    def __contains__(self, method: str) -> bool:
        return method in self._handlers


def _response_of(message: type[Request[Any] | Notification] | str) -> Any:
    if isinstance(message, str):
        return Any
    if not issubclass(message, Request):
        raise TypeError(f"{message.__name__} is a notification, not a request")
    return message.response


def _is_async_callable(function: Function) -> bool:
    call = getattr(function, "__call__", None)  # noqa: B004  # an object with an async __call__ is fine
    return inspect.iscoroutinefunction(call)


def _parameters(function: Function, method: str) -> tuple[int, bool]:
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
            raise TypeError(f"the handler for {method} has a parameter {parameter.name!r} that nobody fills")
    if positional not in (1, 2):
        name = getattr(function, "__qualname__", repr(function))
        raise TypeError(
            f"the handler for {method}, {name}, must take (message) or (message, connection), not {positional}"
        )
    return positional, takes_task_status
