"""A message on its way along the chain of handlers, as those see it that take every kind.

Owns the three kinds and what can be done with each: look at it typed or untyped, answer it, change it for the next
handler. It decodes nothing before it is asked to, and forwards nothing itself.
"""

from __future__ import annotations

from typing import Any, TypeVar, final

from msgspec import UNSET

from ..codec import CODEC
from ..jsonrpc import Envelope, RequestId, UntypedMessage
from ..schema import Notification, Request, message_class
from ._peers import Peer
from ._responder import Responder
from ._response_router import ResponseRouter

M = TypeVar("M", bound=Request[Any] | Notification)


class Dispatch:
    """One message: a `RequestDispatch`, a `NotificationDispatch` or a `ResponseDispatch`.

    Attributes:
      method: its method; of a response, that of the request it answers.
      sender: who sent it, where a connection reaches several peers.

    Example:
        match dispatch:
            case RequestDispatch(typed=v1.PromptRequest(session_id=session_id), responder=responder):
                ...
            case NotificationDispatch(typed=v1.SessionNotification(update=v1.AgentMessageChunk())):
                ...
            case ResponseDispatch(method="session/new", result=v1.NewSessionResponse() as response):
                ...
            case _:
                return Handled.no()
    """

    __slots__ = ("method", "sender")

    def __init__(self, method: str, sender: Peer | None) -> None:
        self.method: str = method
        self.sender: Peer | None = sender

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method!r}>"

    @property
    def size(self) -> int:
        """Bytes that it keeps in memory, about."""
        return 0


class _Call(Dispatch):
    """A request or a notification.

    Attributes:
      message: it, untyped.
    """

    __slots__ = ("_typed", "message")

    def __init__(self, message: UntypedMessage, sender: Peer | None) -> None:
        super().__init__(message.method, sender)
        self.message: UntypedMessage = message
        self._typed: Any = None

    @property
    def params(self) -> Any:
        """Its params as decoded from JSON; None for none."""
        return self.message.params

    @property
    def size(self) -> int:
        """Bytes of its params as they came."""
        return self.message.size

    @property
    def session_id(self) -> str | None:
        """The session that it is about, None for none."""
        return self.message.session_id

    def has_field(self, name: str) -> bool:
        """Whether its params are an object with this member."""
        return self.message.has_field(name)

    @property
    def typed(self) -> Any:
        """It as its class of the schema; the untyped message for a method that the schema does not have.

        Raises InvalidValue if it does not fit its class; out of a handler that answers -32602, or drops a notification.
        """
        if self._typed is None:
            self._typed = self._decoded()
        return self._typed

    def into(self, message: type[M]) -> M | None:
        """It as this class, if its method is that of the class, else None. Raises as `typed` does."""
        return CODEC.decode(message, self.params) if self.method == message.method else None

    def _decoded(self) -> Any:
        try:
            cls = message_class(1, self.method)
        except KeyError:
            return self.message
        return CODEC.decode(cls, self.params)


@final
class RequestDispatch(_Call):
    """A request.

    Attributes:
      id: its id on the wire.
      responder: answers it.
    """

    __slots__ = ("id", "responder")

    def __init__(self, message: UntypedMessage, sender: Peer | None, responder: Responder[Any]) -> None:
        super().__init__(message, sender)
        self.id: RequestId = responder.id
        self.responder: Responder[Any] = responder


@final
class NotificationDispatch(_Call):
    """A notification."""

    __slots__ = ()


def _response_class(method: str) -> Any:
    try:
        return getattr(message_class(1, method), "response", Any)
    except KeyError:
        return Any


@final
class ResponseDispatch(Dispatch):
    """The answer to a request of ours, before whoever waits for it has it.

    Attributes:
      id: the id of the request.
      router: takes it on its way. A handler that returns `Handled.no()` leaves it to the next one and, behind the last,
        to whoever waits; `Handled.no(value)` leaves them another result.
    """

    __slots__ = ("_answer", "id", "router")

    def __init__(self, router: ResponseRouter[Any], answer: Envelope, sender: Peer | None) -> None:
        super().__init__(router.method, sender)
        self.id: RequestId = router.id
        self.router: ResponseRouter[Any] = router
        self._answer = answer

    @property
    def result(self) -> Any:
        """The result, typed as the request or else the schema says. Raises PeerError, ProtocolViolation."""
        sent = self.router.sent
        return sent.result_of(self._answer, _response_class(self.method) if sent.is_untyped else None)

    @property
    def is_error(self) -> bool:
        """Whether the peer refused."""
        return self._answer.error is not UNSET
