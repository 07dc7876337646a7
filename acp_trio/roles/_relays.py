"""The sessions that a proxy has opened for its client, on their way from its hands into the stream.

Owns the hand-over: from the answer to the setup request until `relay()`, whatever nobody here takes waits, from both
sides, in the order of the wire; then it goes on, and everything behind it goes straight through. Nothing is lost in
between, and nothing overtakes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from ..connection import Dispatch, RequestDispatch
from ..jsonrpc import RequestError
from ..session import ClientSession, SessionOverrun
from ._peers import AGENT

logger = logging.getLogger("acp_trio.session")

_ENDING = ("session/close", "session/delete")
_MESSAGE = 1500  # bytes that a message which waits takes besides its text: its params were decoded to find its session


class Relays:
    """The relayed sessions of one proxy's connection.

    Args:
      send_on: forwards a dispatch without waiting.
      limit: bytes that may wait for one session, as they take memory.
    """

    def __init__(self, send_on: Callable[[Dispatch], None], limit: int) -> None:
        self._send_on = send_on
        self._limit = limit
        self._waiting: dict[str, _Backlog] = {}
        self._relayed: dict[str, trio.Event] = {}

    def open(self, session: ClientSession) -> None:
        """The session is open: what comes for it waits."""
        self._waiting[session.id] = _Backlog(session)

    def take(self, dispatch: Dispatch, session_id: str | None) -> bool:
        """Let a message wait, if its session is not relayed yet; whether it does."""
        backlog = self._waiting.get(session_id or "")
        if backlog is None or (backlog.session.has_open_turn and dispatch.sender is AGENT):
            return False  # a question of a turn of ours would wait for a relay that waits for the turn
        backlog.add(dispatch)
        if backlog.size > self._limit:
            if not backlog.overrun:
                logger.error("session %r ends: more than %d bytes wait for its relay", session_id, self._limit)
                backlog.session.lose(SessionOverrun(f"session {session_id} ended: too much waited for its relay()"))
            backlog.overrun = True
            backlog.refuse()
        return True

    def concerns(self, method: str) -> bool:
        """Whether a message may be one that has to wait, or that ends a session: then its session must be known."""
        return bool(self._waiting) or (bool(self._relayed) and method in _ENDING)

    def start(self, session: ClientSession) -> trio.Event:
        """Send on what waits and let the rest go straight through; returns what is set when the session has ended."""
        ended = self._relayed[session.id] = trio.Event()
        for dispatch in self._waiting.pop(session.id).dispatches:
            try:
                self._send_on(dispatch)
            except Exception as exc:  # noqa: BLE001  # too long to be wrapped, or too late: the others go on
                logger.warning("%r of session %r was not passed on: %s", dispatch, session.id, exc)
                _refuse(dispatch, session.id)
        return ended

    def note_answer(self, dispatch: RequestDispatch, session_id: str | None, *, succeeded: bool) -> None:
        """The agent has answered a request of the client: it may be the end of a session."""
        if succeeded and dispatch.method in _ENDING and (ended := self._relayed.get(session_id or "")) is not None:
            ended.set()

    def end(self, session: ClientSession) -> None:
        """The client opens it anew."""
        if (ended := self._relayed.get(session.id)) is not None:
            ended.set()

    def leave(self, session: ClientSession) -> None:
        """The session's block is left."""
        if (backlog := self._waiting.pop(session.id, None)) is not None:
            backlog.refuse()
        self._relayed.pop(session.id, None)

    def end_all(self) -> None:
        """The connection has ended."""
        for ended in self._relayed.values():
            ended.set()


class _Backlog:
    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.dispatches: list[Dispatch] = []
        self.size = 0
        self.overrun = False

    def add(self, dispatch: Dispatch) -> None:
        if isinstance(dispatch, RequestDispatch):
            dispatch.responder.keep()
        self.dispatches.append(dispatch)
        self.size += dispatch.size + _MESSAGE

    def refuse(self) -> None:
        """Nobody will see to them: answer the requests."""
        for dispatch in self.dispatches:
            _refuse(dispatch, self.session.id)
        self.dispatches.clear()


def _refuse(dispatch: Dispatch, session_id: str) -> None:
    if isinstance(dispatch, RequestDispatch) and not dispatch.responder.answered:
        dispatch.responder.refuse(RequestError.session_not_found(session_id))
