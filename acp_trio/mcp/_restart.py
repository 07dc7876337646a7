"""When a server that is not there any more is tried again.

Owns the counting. Whether an ending is worth another try is decided where its cause is known.
"""

from __future__ import annotations

import math
from typing import final

import attrs


@final
@attrs.frozen(kw_only=True)
class RestartPolicy:
    """How often, and after how long, a server that failed is tried again.

    What cannot change by waiting is not tried again: a command that does not exist, a server that needs a user.

    Attributes:
      attempts: how many times in a row; 0 for never.
      delay: seconds before the first of them.
      factor: how much longer each further one waits.
      stable: seconds after which a connection counts as good, and the attempts are counted from the start.

    Example: `RestartPolicy(attempts=1, delay=5)`.
    """

    attempts: int = 3
    delay: float = 0.5
    factor: float = 2.0
    stable: float = 60.0

    def __attrs_post_init__(self) -> None:
        for name in ("attempts", "delay", "factor", "stable"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} is a finite number, at least 0, not {value!r}")


class Attempts:
    """Counts the failures of one server."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._failures = 0

    def delay_after(self, seconds_up: float) -> float | None:
        """Seconds to wait after a connection that lasted so long; None if it was the last attempt."""
        if seconds_up >= self._policy.stable:
            self._failures = 0
        if self._failures >= self._policy.attempts:
            return None
        delay = self._policy.delay * self._policy.factor**self._failures
        self._failures += 1
        return delay
