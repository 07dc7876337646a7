"""Sending to the peers of a connection: requests, notifications, and what is only forwarded.

Owns what waits before it sends, and what is sent when it did not wait. Whether anything may be sent at all, the
connection decides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Container
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, overload

import trio
from msgspec import UNSET

from ..jsonrpc import Envelope, ErrorCode, LocalMisuse, RequestError, UntypedMessage, notification_text, request_text
from ..schema import Notification, Request
from ..transports import ConnectionClosed, ConnectionLost
from ._calls import method_and_params
from ._dispatch import Dispatch, NotificationDispatch, RequestDispatch, ResponseDispatch
from ._hold import check_may_wait, current_hold
from ._outgoing import Outgoing
from ._peers import Addressing, Peer
from ._sent_request import SentRequest
from ._sent_requests import SentRequests
from ._slice import LOOK_EVERY, Slice

T = TypeVar("T")


class Messaging(ABC):
    """The sending half of a connection."""

    def __init__(self, outgoing: Outgoing, counterpart: Peer | None, addressing: Addressing | None) -> None:
        self._outgoing = outgoing
        self._counterpart = counterpart
        self._addressing = addressing
        self._sent = SentRequests(self._send_cancel)
        self._sends = 0
        self._slice = Slice()

    @abstractmethod
    def _check_open(self) -> None:
        """Raise unless the peer may still answer."""

    @abstractmethod
    def _check_sendable(self) -> None:
        """Raise unless what is sent may still arrive."""

    @property
    @abstractmethod
    def _is_over(self) -> bool:
        """Whether nobody writes any more."""

    @overload
    async def request(self, request: Request[T], /, *, to: Peer | None = ...) -> T: ...

    @overload
    async def request(self, request: UntypedMessage | str, params: Any = ..., /, *, to: Peer | None = ...) -> Any: ...

    async def request(
        self, request: Request[Any] | UntypedMessage | str, params: Any = UNSET, /, *, to: Peer | None = None
    ) -> Any:
        """Send a request and wait for its answer.

        Args:
          request: a message of the schema (or of yours), or the name of a method.
          params: what JSON can hold, for a method given by name.
          to: which peer, where the connection reaches several.

        Raises PeerError if the peer refuses, ProtocolViolation if its answer makes no sense, ConnectionLost or
        ConnectionClosed if none can come, DispatchLoopHeld if the caller holds a dispatch loop. Checkpoints. Cancelled
        before it was queued it sends nothing, afterwards `$/cancel_request`.

        Example: `response = await conn.request(v1.ListSessionsRequest())`.
        """
        if current_hold() is not None:
            check_may_wait(f"the answer to {request if isinstance(request, str) else request.method}")
        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent
        if not self._outgoing.has_room:
            await self._outgoing.wait_for_room()
        return await self._send(request, params, to).answer()

    @overload
    def send_request(self, request: Request[T], /, *, to: Peer | None = ...) -> SentRequest[T]: ...

    @overload
    def send_request(
        self, request: UntypedMessage | str, params: Any = ..., /, *, to: Peer | None = ...
    ) -> SentRequest[Any]: ...

    def send_request(
        self, request: Request[Any] | UntypedMessage | str, params: Any = UNSET, /, *, to: Peer | None = None
    ) -> SentRequest[Any]:
        """Send a request and return at once with the handle to wait for its answer, hold the loop on it, or cancel it.

        Never waits for room. Raises ConnectionLost or ConnectionClosed.
        """
        return self._send(request, params, to)

    @overload
    def request_held(self, request: Request[T], /, *, to: Peer | None = ...) -> AbstractAsyncContextManager[T]: ...

    @overload
    def request_held(
        self, request: UntypedMessage | str, params: Any = ..., /, *, to: Peer | None = ...
    ) -> AbstractAsyncContextManager[Any]: ...

    def request_held(
        self, request: Request[Any] | UntypedMessage | str, params: Any = UNSET, /, *, to: Peer | None = None
    ) -> AbstractAsyncContextManager[Any]:
        """Send a request in an `async with` whose block holds the dispatch loop from the answer to its end.

        What the peer sent after the answer is dispatched when the block has ended. Raises as `request` does.
        """
        return self._request_held(request, params, to)

    async def notify(
        self, notification: Notification | UntypedMessage | str, params: Any = UNSET, /, *, to: Peer | None = None
    ) -> None:
        """Send a notification.

        Waits while too much is queued, unless the caller holds a dispatch loop. Checks for cancellation on every call;
        cancelled, it sent nothing. Lets other tasks run on every 64th, and earlier if that takes longer than a
        millisecond. Raises ConnectionLost or ConnectionClosed.
        """
        # A full checkpoint for each update would cost more than the update.
        await trio.lowlevel.checkpoint_if_cancelled()
        self._check_sendable()
        if isinstance(notification, Request):
            raise LocalMisuse(f"{notification.method} is a request, and its answer would be lost; use request()")
        method, encoded = method_and_params(notification, params)
        text = notification_text(*self._addressed(to, method, encoded)[1:])
        if self._outgoing.has_room:
            self._outgoing.send(text)
        else:
            await self._outgoing.send_in_turn(text)
        self._sends += 1
        if not self._sends % LOOK_EVERY and self._slice.is_over():
            # The message is sent: to be cancelled now would say that it was not.
            await trio.lowlevel.cancel_shielded_checkpoint()
            self._slice.begin()

    def notify_nowait(self, notification: Notification, *, to: Peer | None = None) -> None:
        """Queue a notification from a place that cannot wait. After the peer is gone it does nothing. No checkpoint."""
        if not self._is_over:
            method, encoded = method_and_params(notification)
            self._outgoing.send(notification_text(*self._addressed(to, method, encoded)[1:]))

    async def forward(self, dispatch: Dispatch, *, to: Peer | None = None) -> None:
        """Send on what a handler got, as it is, then wait while too much is queued: the sender waits, too.

        The answer to a request goes back to whoever sent it, and a cancellation of theirs comes here under the id that
        the request has here. A `$/cancel_request` itself is not forwarded: its id means nothing here. A response goes
        to whoever waits for it. The dispatch may be one of another connection.

        A request that cannot be answered any more is answered -32603, with the reason; for a notification this raises
        ConnectionLost or ConnectionClosed. Checkpoints if it waits.
        """
        self.forward_nowait(dispatch, to=to)
        await self._outgoing.wait_for_room(relayed=True)

    def forward_nowait(self, dispatch: Dispatch, *, to: Peer | None = None) -> None:
        """As `forward`, from a place that cannot wait. No checkpoint."""
        match dispatch:
            case RequestDispatch():
                self._forward_request(dispatch, to)
            case NotificationDispatch(method="$/cancel_request"):
                return
            case NotificationDispatch(message=message):
                self._check_sendable()
                self._outgoing.send(notification_text(*self._addressed(to, message.method, message.encoded)[1:]))
            case ResponseDispatch(router=router):
                router.pass_on()
            case _:
                raise TypeError(f"there is no way to forward {dispatch!r}")

    def pass_on_at_once(self, notification: Envelope, *, to: Peer | None = None) -> bool:
        """Send a notification on as it came, if nothing has to be waited for; whether that was so. No checkpoint.

        One that cannot be sent at all is left, too: `forward`, in a handler, fails and tells why.
        """
        if self._is_over or not self._outgoing.has_room:
            return False
        try:
            text = notification_text(*self._addressed(to, str(notification.method), notification.params)[1:])
            self._outgoing.send(text)
        except Exception:  # noqa: BLE001  # too long now that it is wrapped, or too deep for the writer: see above
            return False
        return True

    def _forward_request(self, dispatch: RequestDispatch, to: Peer | None) -> None:
        try:
            sent = self._send(dispatch.message, UNSET, to)
        except (ConnectionLost, ConnectionClosed) as exc:
            reason = f"no answer to {dispatch.method}: {exc}"
            dispatch.responder.refuse(RequestError(ErrorCode.INTERNAL_ERROR, reason))
        else:
            sent.forward_to(dispatch.responder)

    def awaits_any(self, methods: Container[str]) -> bool:
        """Whether a request of one of these methods was sent and is not answered."""
        return self._sent.awaits_any(methods)

    async def wait_for_room(self, *, relayed: bool = False) -> None:
        """Wait until less than the soft mark is queued for writing. Checkpoints only if it waits.

        A handler that holds a dispatch loop does not wait, unless what it sends is `relayed`.
        """
        await self._outgoing.wait_for_room(relayed=relayed)

    async def flush(self) -> None:
        """Wait until everything that was sent is written. Checkpoints. Raises ConnectionLost or ConnectionClosed."""
        await trio.lowlevel.checkpoint()
        await self._outgoing.drained()
        self._check_sendable()

    def _send(
        self, request: Request[Any] | UntypedMessage | str, params: Any, to: Peer | None = None
    ) -> SentRequest[Any]:
        self._check_open()
        if isinstance(request, Notification):
            raise LocalMisuse(f"{request.method} is a notification: nobody answers it; use notify()")
        method, encoded = method_and_params(request, params)
        response = request.response if isinstance(request, Request) else Any
        if to is None and self._addressing is None:
            peer, wired = self._counterpart, method
        else:
            peer, wired, encoded = self._addressed(to, method, encoded)
        sent = self._sent.add(method, response, peer)
        try:
            self._outgoing.send(request_text(sent.id, wired, encoded))
        except BaseException:
            self._sent.forget(sent.id)
            raise
        return sent

    @asynccontextmanager
    async def _request_held(
        self, request: Request[Any] | UntypedMessage | str, params: Any, to: Peer | None
    ) -> AsyncGenerator[Any]:
        check_may_wait(f"the answer to {request if isinstance(request, str) else request.method}")
        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent
        await self._outgoing.wait_for_room()
        async with self._send(request, params, to).hold() as answer:
            yield answer

    def _send_cancel(self, sent: SentRequest[Any]) -> None:
        if not self._is_over:
            params = {"requestId": sent.id}
            self._outgoing.send(notification_text(*self._addressed(sent.peer, "$/cancel_request", params)[1:]))

    def _addressed(self, to: Peer | None, method: str, params: Any) -> tuple[Peer | None, str, Any]:
        """To whom a message goes, and what of it is on the wire."""
        if self._addressing is not None:
            peer = self._addressing.resolve(to, method)
            return peer, *self._addressing.wrap(peer, method, params)
        if to is not None and to is not self._counterpart:
            raise LocalMisuse(f"{self!r} does not reach {to!r}")
        return self._counterpart, method, params
