"""A session's life: open, load, resume, list, close and delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .._message import MetaRecord, Request, Side, record
from .._wire import field, lenient
from ._config import SessionConfigOption
from ._ids import SessionId
from ._mcp import McpServer
from ._mode import SessionModeState


@record
class NewSessionResponse(MetaRecord):
    """The new session.

    Attributes:
      modes: None where the agent has no modes.
      config_options: None where the agent has no options.
    """

    session_id: SessionId
    modes: SessionModeState | None = lenient(default=None)
    config_options: Sequence[SessionConfigOption] | None = lenient(default=None, skip_invalid=True)


@record
class NewSessionRequest(Request[NewSessionResponse]):
    """Open a session.

    Attributes:
      cwd: an absolute path.
      additional_directories: absolute paths that belong to the session beside `cwd`.
    """

    method = "session/new"
    side: ClassVar[Side] = "agent"

    cwd: str
    additional_directories: Sequence[str] = field(default=(), on_null=True)
    mcp_servers: Sequence[McpServer] = field(default=(), required=True, on_null=True)


@record
class LoadSessionResponse(MetaRecord):
    """The session is open and its whole history has been sent as updates."""

    modes: SessionModeState | None = lenient(default=None)
    config_options: Sequence[SessionConfigOption] | None = lenient(default=None, skip_invalid=True)


@record
class LoadSessionRequest(Request[LoadSessionResponse]):
    """Open an earlier session and have its history sent again."""

    method = "session/load"
    side: ClassVar[Side] = "agent"

    mcp_servers: Sequence[McpServer] = field(default=(), required=True, on_null=True)
    cwd: str
    additional_directories: Sequence[str] = field(default=(), on_null=True)
    session_id: SessionId


@record
class ResumeSessionResponse(MetaRecord):
    """The session is open; no history was sent."""

    modes: SessionModeState | None = lenient(default=None)
    config_options: Sequence[SessionConfigOption] | None = lenient(default=None, skip_invalid=True)


@record
class ResumeSessionRequest(Request[ResumeSessionResponse]):
    """Open an earlier session without its history."""

    method = "session/resume"
    side: ClassVar[Side] = "agent"

    session_id: SessionId
    cwd: str
    additional_directories: Sequence[str] = field(default=(), on_null=True)
    mcp_servers: Sequence[McpServer] = field(default=(), on_null=True)


@record
class SessionInfo(MetaRecord):
    """A session in a listing.

    Attributes:
      updated_at: when something last happened in it, as ISO 8601.
    """

    session_id: SessionId
    cwd: str
    additional_directories: Sequence[str] = lenient(default=(), skip_invalid=True)
    title: str | None = lenient(default=None)
    updated_at: str | None = lenient(default=None)


@record
class ListSessionsResponse(MetaRecord):
    """A page of sessions.

    Attributes:
      next_cursor: what to ask the next page with; None after the last page.
    """

    sessions: Sequence[SessionInfo] = lenient(skip_invalid=True)
    next_cursor: str | None = lenient(default=None)


@record
class ListSessionsRequest(Request[ListSessionsResponse]):
    """List the sessions that the agent knows.

    Attributes:
      cwd: only sessions of this absolute path.
      cursor: the previous page's `next_cursor`.
    """

    method = "session/list"
    side: ClassVar[Side] = "agent"

    cwd: str | None = None
    cursor: str | None = None


@record
class DeleteSessionResponse(MetaRecord):
    """The session is no longer listed."""


@record
class DeleteSessionRequest(Request[DeleteSessionResponse]):
    """Take a session out of the listing."""

    method = "session/delete"
    side: ClassVar[Side] = "agent"

    session_id: SessionId


@record
class CloseSessionResponse(MetaRecord):
    """The session is closed."""


@record
class CloseSessionRequest(Request[CloseSessionResponse]):
    """Stop what the session does and free what it holds; it can be loaded again."""

    method = "session/close"
    side: ClassVar[Side] = "agent"

    session_id: SessionId
