"""The modes a session can be in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .._message import MetaRecord, Request, Side, record
from .._wire import lenient
from ._ids import SessionId, SessionModeId


@record
class SessionMode(MetaRecord):
    """A way for the agent to work, such as asking first or planning only."""

    id: SessionModeId
    name: str
    description: str | None = lenient(default=None)


@record
class SessionModeState(MetaRecord):
    """A session's modes and the one it is in."""

    current_mode_id: SessionModeId
    available_modes: Sequence[SessionMode] = lenient(skip_invalid=True)


@record
class SetSessionModeResponse(MetaRecord):
    """The session is in the mode that was asked for."""


@record
class SetSessionModeRequest(Request[SetSessionModeResponse]):
    """Change the session's mode; allowed at any time, also during a turn."""

    method = "session/set_mode"
    side: ClassVar[Side] = "agent"

    session_id: SessionId
    mode_id: SessionModeId
