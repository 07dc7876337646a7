"""Taking the answer to a request of ours to whoever waits for it, when a handler stands in between.

Owns that it arrives once: as it came, as another result, as an error; and that an answer which was dropped on the way
fails whoever waits for it, instead of leaving them there.
"""

from __future__ import annotations

from typing import Generic, TypeVar, cast, final

from msgspec import Raw

from ..codec import CODEC
from ..jsonrpc import AcpError, Envelope, LocalMisuse, RequestError, RequestId, dumps
from ._sent_request import Held, SentRequest

T = TypeVar("T")
U = TypeVar("U")


@final
class ResponseRouter(Generic[T]):
    """Delivers one answer, exactly once.

    Attributes:
      sent: the request it answers.
      kept: whether it outlives the handler that got it.
      held: what the dispatch loop has to wait for once it was delivered.
    """

    __slots__ = ("_answer", "held", "kept", "routed", "sent")

    def __init__(self, sent: SentRequest[T], answer: Envelope) -> None:
        self.sent: SentRequest[T] = sent
        self.kept: bool = False
        self.held: Held | None = None
        self.routed: bool = False
        self._answer = answer

    def __repr__(self) -> str:
        return f"<ResponseRouter {self.id!r} {self.method}>"

    @property
    def id(self) -> RequestId:
        """The id of the request."""
        return self.sent.id

    @property
    def method(self) -> str:
        """Its method."""
        return self.sent.method

    @property
    def is_done(self) -> bool:
        """Whether whoever waits has an answer: this one, or that there will be none."""
        return self.routed or self.sent.is_answered

    def cast(self, _result: type[U]) -> ResponseRouter[U]:
        """The same router, for type checkers one of another result; `Any` erases its type."""
        return cast("ResponseRouter[U]", self)

    def keep(self) -> None:
        """Let the handler end before this is delivered; who keeps it delivers it, or the end of the connection does."""
        self.kept = self.sent.kept = True

    def fail_if_lost(self) -> None:
        """It was kept when the connection had ended already: nobody else will fail it."""
        loss = self.sent.loss
        if loss is not None and not self.is_done:
            self.fail(loss)

    def replace(self, answer: Envelope) -> None:
        """A handler left another answer to those behind it."""
        self._answer = answer

    def pass_on(self) -> None:
        """Deliver the answer as it came. Raises LocalMisuse if one was delivered."""
        self._deliver(self._answer)

    def pass_on_undelivered(self) -> None:
        """Deliver the answer as it came, if none was delivered: whoever waited may have lost it to the end."""
        if not self.is_done:
            self.pass_on()

    def respond(self, result: T) -> None:
        """Deliver another result. Raises LocalMisuse if one was delivered."""
        self._deliver(Envelope(id=self.id, result=Raw(dumps(CODEC.encode(result)))))

    def refuse(self, error: RequestError) -> None:
        """Deliver an error: whoever waits gets PeerError. Raises LocalMisuse if one was delivered."""
        members = {"code": error.code, "message": error.message}
        if error.data is not None:
            members["data"] = error.data
        self._deliver(Envelope(id=self.id, error=Raw(dumps(members))))

    def fail(self, error: AcpError) -> None:
        """Deliver an exception of this side."""
        self._deliver(error)

    def _deliver(self, answer: Envelope | AcpError) -> None:
        if self.is_done:
            raise LocalMisuse(f"the answer to {self.method} was delivered already")
        self.routed = True
        self.held = self.sent.deliver(answer)
