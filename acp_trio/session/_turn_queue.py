"""The turns of an agent's sessions: which one runs, which ones wait, and what a cancel reaches.

Owns one turn at a time per session and the policy for a second prompt. A turn is entered here in the dispatch loop, in
the step that takes its prompt: whatever is dispatched later finds it, though its task has not begun.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal, TypeAlias

from ..jsonrpc import ErrorCode, RequestError
from ._turn import Turn

SecondPrompt: TypeAlias = Literal["queue", "reject", "steer"]
"""What a prompt meets whose session has an unfinished turn: it waits, is refused, or waits and may be taken in."""

_CANCEL = "the client sent session/cancel"


class TurnQueue:
    """The unfinished turns, by session id, in the order of their prompts."""

    def __init__(self, start: Callable[[Turn], None], second_prompt: SecondPrompt) -> None:
        self._start = start
        self._second_prompt = second_prompt
        self._turns: dict[str, deque[Turn]] = {}

    def enter(self, turn: Turn) -> None:
        """Add a turn behind the others of its session."""
        turns = self._turns.setdefault(turn.session_id, deque())
        turns.append(turn)
        turn.responder.on_cancel = lambda: self._note_cancel(turn)
        if self._second_prompt == "steer":
            turn.waiting_behind = lambda: self._take_waiting(turn)

    def let_begin(self, turn: Turn) -> None:
        """Nothing but earlier turns stands before it any more, where the policy lets it wait for them."""
        if self._second_prompt == "reject" and self._turns[turn.session_id][0] is not turn:
            self.leave(turn)
            turn.responder.refuse(
                RequestError(ErrorCode.INVALID_REQUEST, f"session {turn.session_id} has an unfinished turn")
            )
            return
        turn.entered = True
        self._start_next(turn.session_id)

    def leave(self, turn: Turn) -> None:
        """It is over, or will never begin; the next one starts."""
        turns = self._turns.get(turn.session_id)
        if turns is None or turn not in turns:
            return
        turns.remove(turn)
        turn.responder.on_cancel = None
        _answer_taken_in(turn)
        if turns:
            self._start_next(turn.session_id)
        else:
            del self._turns[turn.session_id]

    def cancel_running(self, session_id: str) -> None:
        """Ahead of its turn: cancel the turn that runs. That is the first: a flood of cancels searches no queue."""
        turns = self._turns.get(session_id)
        if turns and turns[0].running:
            turns[0].responder.cancel(_CANCEL)

    def cancel_all(self, session_id: str, reason: str = _CANCEL) -> None:
        """In its turn: cancel every turn that was prompted before, running or waiting."""
        for turn in list(self._turns.get(session_id, ())):
            turn.responder.cancel(reason)

    def cancel_entered(self, session_id: str, reason: str) -> None:
        """The session ends: cancel its turns. Prompts behind the request that ends it belong to what comes after it."""
        for turn in list(self._turns.get(session_id, ())):
            if turn.entered:
                turn.responder.cancel(reason)

    def session_ids(self) -> list[str]:
        """Where there are unfinished turns."""
        return list(self._turns)

    def _start_next(self, session_id: str) -> None:
        turns = self._turns.get(session_id)
        if turns and turns[0].entered and not turns[0].running:
            self._start(turns[0])

    def _note_cancel(self, turn: Turn) -> None:
        if not turn.running:
            turn.responder.refuse_cancelled()
            self.leave(turn)
        elif turn.on_cancel is not None:
            turn.on_cancel()

    def _take_waiting(self, turn: Turn) -> list[Turn]:
        """Those behind a running turn, out of the queue: they are part of it from here on. None, if it ends."""
        turns = self._turns.get(turn.session_id)
        if turns is None or turn not in turns or turn.responder.cancelled:
            return []
        taken = [waiting for waiting in turns if waiting.entered and not waiting.running]
        for waiting in taken:
            turns.remove(waiting)
            waiting.responder.on_cancel = waiting.responder.refuse_cancelled
        return taken


def _answer_taken_in(turn: Turn) -> None:
    """The turn is over: what became part of it and was not answered with it ends as it did."""
    for taken in turn.taken_in:
        if turn.responder.cancelled:
            taken.responder.refuse_cancelled()
        elif not taken.responder.answered:
            taken.responder.refuse(RequestError(ErrorCode.INTERNAL_ERROR, "the turn that took this prompt in failed"))
