"""One message's way along the chain of handlers.

Owns where it stands, what a handler that declined has changed, and the shape in which the next one gets it. The
dispatch loop moves it on; nothing is run here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from msgspec import UNSET, Raw, UnsetType

from ..codec import CODEC
from ..jsonrpc import Envelope, LocalMisuse, UntypedMessage, dumps, loads
from ._calls import method_and_params
from ._dispatch import Dispatch, NotificationDispatch, RequestDispatch, ResponseDispatch
from ._handlers import Handled, Handler
from ._peers import Peer
from ._responder import Responder
from ._response_router import ResponseRouter


class Passage:
    """A message, and the handlers that are tried for it and were not yet.

    Attributes:
      admission: what must have happened before a handler in a task of its own starts.
      offered: whether the layer above was asked, and left it.
      unclaimed: whether no handler of the endpoint and no route took it.
    """

    __slots__ = ("admission", "envelope", "offered", "responder", "rest", "router", "sender", "unclaimed")

    def __init__(  # by hand: one is made for every message that a handler gets
        self,
        envelope: Envelope,
        rest: Iterator[Handler],
        responder: Responder[Any] | None = None,
        router: ResponseRouter[Any] | None = None,
        sender: Peer | None = None,
        *,
        offered: bool = False,
    ) -> None:
        self.envelope: Envelope = envelope
        self.rest: Iterator[Handler] = rest
        self.responder: Responder[Any] | None = responder
        self.router: ResponseRouter[Any] | None = router
        self.sender: Peer | None = sender
        self.admission: Callable[[], Awaitable[None]] | None = None
        self.offered: bool = offered
        self.unclaimed: bool = False

    def message_for(self, handler: Handler) -> Any:
        """The message as this handler takes it. Raises InvalidValue or JSONInvalid if it does not fit."""
        if handler.takes_dispatch:
            return self._dispatch()
        message, params = handler.message, self.envelope.params
        if message is UntypedMessage:
            return UntypedMessage.of(self.envelope)
        decoded = None if isinstance(params, UnsetType) else loads(params)
        return decoded if message is None else CODEC.decode(message, decoded)

    def pass_on(self, declined: Handled) -> None:
        """A handler declined: the next ones get what it left them. Raises LocalMisuse for what cannot be handed on."""
        changed = declined.message
        if changed is None or isinstance(changed, Dispatch):
            return
        if self.router is not None:
            self.envelope = Envelope(id=self.envelope.id, result=_raw(CODEC.encode(changed)))
            self.router.replace(self.envelope)
            return
        method, params = method_and_params(changed) if _is_message(changed) else (self.envelope.method, changed)
        if method != self.envelope.method:
            raise LocalMisuse(f"a handler passed on {method} in place of {self.envelope.method}")
        self.envelope = Envelope(id=self.envelope.id, method=method, params=_raw(params))

    def abandon(self) -> None:
        """The connection ends before the next handler could have it."""
        if self.router is not None:
            self.router.pass_on_undelivered()
        if self.responder is not None:
            self.responder.refuse_cancelled()
            self.responder.done()

    def _dispatch(self) -> Dispatch:
        if self.router is not None:
            return ResponseDispatch(self.router, self.envelope, self.sender)
        message = UntypedMessage.of(self.envelope)
        if self.responder is not None:
            return RequestDispatch(message, self.sender, self.responder)
        return NotificationDispatch(message, self.sender)


def _is_message(value: Any) -> bool:
    return hasattr(value, "method")


def _raw(value: Any) -> Raw | UnsetType:
    if value is UNSET or isinstance(value, Raw):
        return value
    return Raw(dumps(value))
