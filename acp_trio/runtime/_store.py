"""Where an agent keeps its sessions: what every store can do, how sessions are listed, and a store that forgets.

Owns the order and the pages of a listing. Stores take whole entries: what is still being streamed is not theirs.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol, final, runtime_checkable

import attrs
import trio

from ..jsonrpc import AcpError, RequestError
from ..schema import v1
from ._conversation import Entry

PAGE = 50
"""Sessions in one answer to `session/list`."""


class StoreFailed(AcpError):
    """A store could not do what it was asked; the message says which session, what and why."""


def timestamp() -> str:
    """The time now as ISO 8601 in UTC, as a `SessionMeta` wants it."""
    return datetime.now(UTC).isoformat()


def _check_time(_meta: SessionMeta, attribute: attrs.Attribute[str], value: str) -> None:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(f"{attribute.name}: a time with its zone, such as {timestamp()}, not {value!r}")


@final
@attrs.frozen(kw_only=True)
class SessionMeta:
    """What is kept of a session beside its conversation.

    Attributes:
      cwd: an absolute path.
      created_at: as ISO 8601 with a zone.
      updated_at: likewise; the latest is listed first.
      title: for people; None before the first prompt.
      mode: the id of the mode that was chosen; None for the first one.
      config: what the user has chosen, by option.
      additional_directories: absolute paths that belong to the session beside `cwd`.
    """

    session_id: str
    cwd: str
    created_at: str = attrs.field(factory=timestamp, validator=_check_time)
    updated_at: str = attrs.field(factory=timestamp, validator=_check_time)
    title: str | None = None
    mode: str | None = None
    config: Mapping[str, str] = attrs.field(factory=dict[str, str])
    additional_directories: Sequence[str] = attrs.field(default=(), converter=tuple[str, ...])

    def info(self) -> v1.SessionInfo:
        """What a listing says of it."""
        return v1.SessionInfo(
            session_id=self.session_id,
            cwd=self.cwd,
            additional_directories=self.additional_directories,
            title=self.title,
            updated_at=self.updated_at,
        )


@final
@attrs.frozen
class StoredSession:
    """A session as it was kept."""

    meta: SessionMeta
    entries: Sequence[Entry]


@runtime_checkable
class SessionStore(Protocol):
    """Keeps sessions. Each call checkpoints; what was cancelled before it began was not done, never half.

    All raise StoreFailed where the store itself fails. Calls for one session take effect in the order they are made.
    """

    async def create(self, meta: SessionMeta) -> None:
        """Begin a session. Raises StoreFailed if there is one with its id."""
        ...

    async def append(self, session_id: str, *entries: Entry) -> None:
        """Add to the end of a conversation: all of the entries or, when it raises, none.

        Raises StoreFailed if there is no such session.
        """
        ...

    async def save(self, meta: SessionMeta) -> None:
        """Replace what is kept beside the conversation, at once or not at all.

        Raises StoreFailed if there is no such session.
        """
        ...

    async def load(self, session_id: str) -> StoredSession | None:
        """Return a session, or None if there is none with this id."""
        ...

    async def list(self, cwd: str | None = None, cursor: str | None = None) -> v1.ListSessionsResponse:
        """Return a page of the sessions, the one updated last first.

        Args:
          cwd: only sessions of this directory.
          cursor: the previous page's `next_cursor`.

        Raises:
          RequestError: invalid params, for the client: no page ends there, or none does any more.
        """
        ...

    async def delete(self, session_id: str) -> None:
        """Forget a session; one that does not exist is forgotten already."""
        ...


def page_of(metas: Iterable[SessionMeta], cwd: str | None, cursor: str | None) -> v1.ListSessionsResponse:
    """The page that `SessionStore.list` returns, for stores that have read all there is.

    A cursor names the session that ended the page before it. When that session has changed or is gone, nobody can tell
    where the next page begins, and the client must list anew.
    """
    wanted = [meta for meta in metas if cwd in (None, meta.cwd)]
    wanted.sort(key=lambda meta: (datetime.fromisoformat(meta.updated_at), meta.session_id), reverse=True)
    start = 0 if cursor is None else _end_of_page(wanted, cursor)
    page = wanted[start : start + PAGE]
    return v1.ListSessionsResponse(
        sessions=[meta.info() for meta in page],
        next_cursor=_cursor_behind(page[-1]) if len(wanted) > start + PAGE else None,
    )


def _end_of_page(metas: Iterable[SessionMeta], cursor: str) -> int:
    for number, meta in enumerate(metas, 1):
        if _cursor_behind(meta) == cursor:
            return number
    raise RequestError.invalid_params("no page ends at this cursor, or none does any more: list anew")


def _cursor_behind(meta: SessionMeta) -> str:
    return sha256(f"{meta.updated_at} {meta.session_id}".encode("utf-8", "surrogatepass")).hexdigest()


@final
class InMemoryStore:
    """A `SessionStore` that forgets with the process."""

    def __init__(self) -> None:
        self._sessions: dict[str, SessionMeta] = {}
        self._entries: defaultdict[str, deque[Entry]] = defaultdict(deque)
        self._order = trio.Lock()

    async def create(self, meta: SessionMeta) -> None:
        """As every store."""
        async with self._order:
            if meta.session_id in self._sessions:
                raise StoreFailed(f"cannot create session {meta.session_id!r}: it exists")
            self._sessions[meta.session_id] = meta

    async def append(self, session_id: str, *entries: Entry) -> None:
        """As every store."""
        async with self._order:
            self._check_known(session_id, "append to")
            self._entries[session_id].extend(entries)

    async def save(self, meta: SessionMeta) -> None:
        """As every store."""
        async with self._order:
            self._check_known(meta.session_id, "save")
            self._sessions[meta.session_id] = meta

    async def load(self, session_id: str) -> StoredSession | None:
        """As every store."""
        async with self._order:
            meta = self._sessions.get(session_id)
            return None if meta is None else StoredSession(meta, tuple(self._entries[session_id]))

    async def list(self, cwd: str | None = None, cursor: str | None = None) -> v1.ListSessionsResponse:
        """As every store."""
        async with self._order:
            return page_of(self._sessions.values(), cwd, cursor)

    async def delete(self, session_id: str) -> None:
        """As every store."""
        async with self._order:
            self._sessions.pop(session_id, None)
            self._entries.pop(session_id, None)

    def _check_known(self, session_id: str, doing: str) -> None:
        if session_id not in self._sessions:
            raise StoreFailed(f"cannot {doing} session {session_id!r}: there is none with this id")
