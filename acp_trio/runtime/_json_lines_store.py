"""A store in a directory: two files for each session, one of them a line of JSON for each entry.

Owns that calls for one session follow each other, and what is made of files that something went wrong with. Files are
read and written in threads; the codec works in the event loop alone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, final

import trio

from ..codec import CODEC
from ..jsonrpc import JSONInvalid, as_object, dumps, loads
from ..schema import v1
from ._conversation import Entry
from ._entry_lines import LineUnreadable, decode_entry, encode_entry
from ._session_files import SessionFiles, all_metas
from ._session_locks import SessionLocks
from ._store import SessionMeta, StoredSession, StoreFailed, page_of

logger = logging.getLogger("acp_trio.runtime")

T = TypeVar("T")

_YIELD_EVERY = 64  # lines read between two checkpoints


@final
class JsonLinesStore:
    """A `SessionStore` in a directory, for one process at a time.

    What `append` has returned from is with the operating system: it outlives the process, whatever ends it. A call that
    is under way when it is cancelled is finished first. Lines that cannot be read are skipped, which the log says, and
    stay where they are. All files are for their owner's eyes only, and named by a digest of the session's id.

    Args:
      directory: where; made when the first session is created.

    Example:
        store = JsonLinesStore("/home/me/.local/share/my-agent/sessions")
        await store.create(SessionMeta(session_id="1", cwd="/home/me/project"))
        await store.append("1", Prompted([v1.TextContent(text="Hello")]))
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory)
        self._locks = SessionLocks()

    async def create(self, meta: SessionMeta) -> None:
        """As every store."""
        files = self._files(meta.session_id)
        await self._in_order(files, "create", partial(files.create, dumps(CODEC.encode(meta))))

    async def append(self, session_id: str, *entries: Entry) -> None:
        """As every store."""
        files = self._files(session_id)
        await self._in_order(files, "append to", partial(files.append, b"".join(map(encode_entry, entries))))

    async def save(self, meta: SessionMeta) -> None:
        """As every store. What a later version has kept beside what this one knows stays."""
        files = self._files(meta.session_id)
        await self._in_order(files, "save", partial(files.save, partial(_changed, CODEC.encode(meta))))

    async def load(self, session_id: str) -> StoredSession | None:
        """As every store."""
        files = self._files(session_id)
        stored = await self._in_order(files, "load", files.load)
        if stored is None:
            return None
        meta, lines = stored
        try:
            return StoredSession(_decode_meta(meta), await _decode_entries(session_id, lines))
        except ValueError as error:
            raise StoreFailed(f"cannot load session {session_id!r}: {files.meta} is damaged: {error}") from error

    async def list(self, cwd: str | None = None, cursor: str | None = None) -> v1.ListSessionsResponse:
        """As every store. A session whose file is damaged is left out, which the log says."""
        try:
            contents = await trio.to_thread.run_sync(all_metas, self._directory)
        except OSError as error:
            raise StoreFailed(f"cannot list the sessions in {self._directory}: {error.strerror}") from error
        metas: dict[Path, SessionMeta] = {}
        for path, content in contents.items():
            try:
                metas[path] = _decode_meta(content)
            except ValueError as error:
                logger.warning("a session is not listed, %s is damaged: %s", path, error)
        return page_of(metas.values(), cwd, cursor)

    async def delete(self, session_id: str) -> None:
        """As every store."""
        files = self._files(session_id)
        await self._in_order(files, "delete", files.delete)

    def _files(self, session_id: str) -> SessionFiles:
        return SessionFiles(self._directory, session_id)

    async def _in_order(self, files: SessionFiles, doing: str, function: Callable[[], T]) -> T:
        """Call it in a thread, behind what was asked for this session before."""
        try:
            async with self._locks.of(files.session_id):
                return await trio.to_thread.run_sync(function)
        except FileNotFoundError as error:
            raise StoreFailed(f"cannot {doing} session {files.session_id!r}: there is none with this id") from error
        except OSError as error:
            why = error.strerror or str(error)
            raise StoreFailed(f"cannot {doing} session {files.session_id!r} in {files.directory}: {why}") from error


def _changed(known: dict[str, Any], before: bytes) -> bytes:
    try:
        kept = as_object(loads(before)) or {}
    except JSONInvalid:
        kept = {}  # damaged, and about to be whole again
    return dumps(kept | known)


def _decode_meta(content: bytes) -> SessionMeta:
    return CODEC.decode(SessionMeta, loads(content))


async def _decode_entries(session_id: str, lines: bytes) -> Sequence[Entry]:
    entries: list[Entry] = []
    unreadable: list[str] = []
    for number, line in enumerate(lines.split(b"\n"), 1):
        if not number % _YIELD_EVERY:
            await trio.lowlevel.checkpoint()
        if not line:
            continue
        try:
            entries.append(decode_entry(line))
        except LineUnreadable as error:
            unreadable.append(f"line {number}: {error}")
    if unreadable:
        logger.warning("session %r: lines skipped: %d, the first is %s", session_id, len(unreadable), unreadable[0])
    return entries
