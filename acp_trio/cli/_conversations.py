"""The example agent's memory: every conversation it had, for as long as the process runs."""

from __future__ import annotations

import attrs

from ..jsonrpc import RequestError
from ..schema import v1

_PAGE = 50  # sessions in one answer to session/list


@attrs.define
class Conversation:
    """One session, open or not."""

    session_id: str
    cwd: str
    mode: str = "normal"
    voice: str = "plain"
    updates: list[v1.SessionUpdate] = attrs.field(factory=list["v1.SessionUpdate"])


class Conversations:
    """All of them, oldest first."""

    def __init__(self) -> None:
        self._conversations: dict[str, Conversation] = {}
        self._count = 0

    def begin(self, cwd: str) -> Conversation:
        """A new one."""
        self._count += 1
        conversation = Conversation(f"session-{self._count}", cwd)
        self._conversations[conversation.session_id] = conversation
        return conversation

    def get(self, session_id: str) -> Conversation:
        """The one with this id. Raises RequestError, for the client, if there is none."""
        try:
            return self._conversations[session_id]
        except KeyError:
            raise RequestError.session_not_found(session_id) from None

    def forget(self, session_id: str) -> None:
        """Delete it; one that does not exist is deleted already."""
        self._conversations.pop(session_id, None)

    def page(self, request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        """One page of those in the directory asked for."""
        try:
            start = int(request.cursor or 0)
        except ValueError:
            raise RequestError.invalid_params(f"there is no page {request.cursor!r}") from None
        wanted = [item for item in self._conversations.values() if request.cwd in (None, item.cwd)]
        page = wanted[start : start + _PAGE]
        return v1.ListSessionsResponse(
            sessions=[v1.SessionInfo(session_id=item.session_id, cwd=item.cwd) for item in page],
            next_cursor=str(start + _PAGE) if len(wanted) > start + _PAGE else None,
        )
