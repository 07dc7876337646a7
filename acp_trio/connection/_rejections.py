"""What becomes of lines that are no messages, and of messages that do not fit.

Owns the answers of rule and protocol to bad input: whom they may be told, and which request of ours they fail. It
dispatches nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..codec import InvalidValue
from ..jsonrpc import (
    Envelope,
    ErrorCode,
    Frame,
    JSONInvalid,
    Junk,
    LocalMisuse,
    Malformed,
    Oversize,
    ProtocolViolation,
    RequestError,
    RequestId,
    error_text,
)
from ._answers import invalid_params
from ._hooks import Hooks
from ._outgoing import Outgoing
from ._responder import Responder
from ._sent_requests import SentRequests

logger = logging.getLogger("acp_trio.connection")

_SHOWN = 10  # lines that are no message, before the log has seen enough of them


class Rejections:
    """Answers, logs and counts the bad input of one connection.

    Attributes:
      malformed: how many lines were no message.
    """

    def __init__(
        self, outgoing: Outgoing, sent: SentRequests, hooks: Hooks, on_broken: Callable[[Exception], None]
    ) -> None:
        self._outgoing = outgoing
        self._sent = sent
        self._hooks = hooks
        self._on_broken = on_broken
        self.malformed = 0

    def reject(self, frame: Frame) -> None:
        """See to a frame that is no message."""
        match frame:
            case Junk(request_id=request_id, reason=reason) if request_id is not None:
                self._break(request_id, f"the peer's answer is {reason}")
            case Malformed():
                self._reject_malformed(frame)
            case Oversize():
                self._reject_oversize(frame)
            case _:
                logger.debug("ignored %r", frame)

    def refuse(self, request_id: RequestId | None, error: RequestError) -> None:
        """Answer a request that has no responder."""
        try:
            self._outgoing.send(error_text(request_id, error.code, error.message, error.data))
        except LocalMisuse as exc:
            logger.error("the refusal is not sent: %s", exc)  # noqa: TRY400  # it says it all

    def _reject_malformed(self, frame: Malformed) -> None:
        self.malformed += 1
        level = logging.WARNING if self.malformed <= _SHOWN else logging.DEBUG
        logger.log(level, "not a message (%s): %r", frame.reason, frame.line)
        self._hooks.on_malformed(frame)
        if frame.request_id is not None and not frame.is_call and self._break(frame.request_id, frame.reason):
            return
        if frame.request_id is not None or self._hooks.answers_malformed:
            self.refuse(frame.request_id, RequestError(frame.code, frame.reason))

    def _reject_oversize(self, frame: Oversize) -> None:
        self.malformed += 1
        reason = f"a message of {frame.size} bytes is longer than the maximum"
        logger.warning("%s and was dropped", reason)
        if frame.is_request is not True and frame.request_id is not None and self._break(frame.request_id, reason):
            return
        if frame.is_request is not True and frame.request_id is None and len(self._sent):
            self._on_broken(ProtocolViolation(f"{reason}, and it may have been an answer"))
        elif frame.is_request is False:
            return  # an answer that nobody waits for
        elif frame.is_request is not None or self._hooks.answers_malformed:
            self.refuse(frame.request_id, RequestError(ErrorCode.INVALID_REQUEST, reason))

    def _break(self, request_id: RequestId, reason: str) -> bool:
        """Fail the request of ours that this was meant to answer; whether there was one."""
        sent = self._sent.take(request_id)
        if sent is None:
            return False
        sent.deliver(ProtocolViolation(f"{sent.method}: {reason}"))
        return True


def reject_params(envelope: Envelope, responder: Responder[Any] | None, error: InvalidValue | JSONInvalid) -> None:
    """The params of a message do not fit the handler whose turn it was: nobody else gets it."""
    method = str(envelope.method)
    if responder is None:
        logger.warning("the notification %r is not valid and was dropped: %s", method, error)
        return
    if isinstance(error, InvalidValue):
        responder.refuse(invalid_params(method, error))
    else:
        responder.refuse(RequestError(ErrorCode.PARSE_ERROR, str(error)))
    responder.done()
