"""The conversation of one session, kept as it happens.

Owns what becomes an entry (complete messages, never pieces of one) and its way to the store: nobody waits for a disk to
deliver an update, the order is kept, and what a store cannot take is said in the log and ends no turn.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import final

import trio

from ..schema import v1
from ._conversation import Entry, Transcriber
from ._store import SessionMeta, SessionStore
from ._watch import Watch

logger = logging.getLogger("acp_trio.runtime")


WRITE_GRACE = 5.0
"""Seconds that a store may take for one write."""


@final
class Record:
    """The entries so far, and those on their way to the store.

    Attributes:
      meta: what is said about the session.
      entries: the conversation.
    """

    def __init__(self, meta: SessionMeta, store: SessionStore | None, entries: Sequence[Entry] = ()) -> None:
        self.meta: SessionMeta = meta
        self.entries: list[Entry] = list(entries)
        self._store = store
        self._transcriber = Transcriber()
        self._waiting: deque[Entry | SessionMeta] = deque()
        self._unwritten: Watch[int] = Watch(0)

    def add(self, entry: Entry) -> None:
        """Something other than an update happened; what was said before it is complete. No checkpoint."""
        self._keep([*self._transcriber.finish(), entry])

    def add_update(self, update: v1.SessionUpdate) -> None:
        """The client was told something. No checkpoint."""
        self._keep(self._transcriber.take(update))

    def complete(self) -> None:
        """The message that is being said ends here: what follows is another one. No checkpoint."""
        self._keep(self._transcriber.finish())

    def save(self, meta: SessionMeta) -> None:
        """What is said about the session has changed. No checkpoint."""
        self.meta = meta
        self._queue([meta])

    @property
    def begun(self) -> Sequence[v1.SessionUpdate]:
        """The message that is not complete yet, as far as it was told."""
        return [entry.update for entry in self._transcriber.peek()]

    async def written(self) -> None:
        """Wait until the store has everything, or has failed to take it. Checkpoints."""
        await self._unwritten.wait_value(lambda count: count == 0)

    async def write(self) -> None:
        """Write to the store what is added, until cancelled. One task does."""
        while True:
            await self._unwritten.wait_value(lambda count: count > 0)
            await self._write_waiting()

    async def write_rest(self) -> None:
        """Write what is left, once nobody calls `write` any more, also when cancelled. Checkpoints."""
        self._keep(self._transcriber.finish())
        with trio.CancelScope(shield=True):  # bounded write by write, as far as a store can be cancelled
            await self._write_waiting()

    def _keep(self, entries: Sequence[Entry]) -> None:
        self.entries.extend(entries)
        self._queue(entries)

    def _queue(self, what: Sequence[Entry | SessionMeta]) -> None:
        if self._store is not None and what:
            self._waiting.extend(what)
            self._unwritten.update(lambda count: count + len(what))

    async def _write_waiting(self) -> None:
        await trio.lowlevel.checkpoint()
        while self._waiting:
            # Once begun it is finished, so that nothing is written twice or in part.
            with trio.move_on_after(WRITE_GRACE, shield=True) as patience:
                await self._write(self._waiting.popleft())
            if patience.cancelled_caught:
                logger.error("session %s: its store does not answer; nothing more is kept", self.meta.session_id)
                self._store = None  # rather than a record with gaps, and turns that wait again and again
                self._waiting.clear()
            self._unwritten.set(len(self._waiting))

    async def _write(self, what: Entry | SessionMeta) -> None:
        assert self._store is not None
        try:
            if isinstance(what, SessionMeta):
                await self._store.save(what)
            else:
                await self._store.append(self.meta.session_id, what)
        except Exception:  # a store that fails ends no turn
            logger.warning("session %s: not everything could be kept", self.meta.session_id, exc_info=True)
