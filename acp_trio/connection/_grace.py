"""How long leaving may take: one grace for all blocks that one exception leaves.

Owns the rule that graces never add up. Nested blocks (a turn, its session, its connection) that are left by the same
exception share the deadline that the innermost of them set, and a peer that used up one grace gets a tenth of it
until it answers something.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager

import trio


def check_grace(seconds: float) -> float:
    """Return `seconds` if it can be a grace. Raises TypeError for what is no number, ValueError for no bound."""
    if not isinstance(seconds, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers err
        raise TypeError(f"grace is a number of seconds, not {seconds!r}")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"grace is a finite number of seconds, not {seconds!r}")
    return seconds


class GracePeriod:
    """The deadlines of one connection's blocks."""

    def __init__(self, seconds: float, answers: Callable[[], int]) -> None:
        self._seconds = seconds
        self._answers = answers  # how many the peer has given
        self._unanswered_since: int | None = None
        self._error: BaseException | None = None
        self._deadline = 0.0

    def deadline(self, error: BaseException | None) -> float:
        """When the clean-up of a block that is left with `error` (None: at its end) must be over, on trio's clock."""
        if error is None or error is not self._error:
            patience = 0.1 if self._unanswered_since == self._answers() else 1.0
            self._deadline = trio.current_time() + self._seconds * patience
            self._error = error
        return self._deadline

    def forget(self) -> None:
        """The last block has been left: let go of the exception and all its frames."""
        self._error = None

    @contextmanager
    def leaving(self, error: BaseException | None) -> Generator[trio.CancelScope]:
        """Shield the clean-up of a block that is left with `error`, up to its deadline."""
        with trio.CancelScope(shield=True, deadline=self.deadline(error)) as scope:
            yield scope
        if scope.cancelled_caught:
            self._unanswered_since = self._answers()
