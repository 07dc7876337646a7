"""Stopping work: a whole turn by its session, or one request by its id."""

from __future__ import annotations

from typing import ClassVar

from .._message import Notification, Side, record
from ._ids import RequestId, SessionId


@record
class CancelNotification(Notification):
    """Stop the session's turn; its prompt is still answered."""

    method = "session/cancel"
    side: ClassVar[Side] = "agent"

    session_id: SessionId


@record
class CancelRequestNotification(Notification):
    """The sender no longer needs the answer to its request; it is answered all the same."""

    method = "$/cancel_request"
    side: ClassVar[Side] = "protocol"

    request_id: RequestId
