"""Where a session stands, and where it can go from there.

Owns the table. What is not in it does not happen: it raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, final

from ..jsonrpc import LocalMisuse
from ._watch import Watch

SessionPhase: TypeAlias = Literal["starting", "idle", "running", "cancelling", "closing", "closed"]
"""Where a session stands."""

SessionStep: TypeAlias = Literal["open", "prompt", "cancel", "end_turn", "close", "end"]
"""What moves it on."""

TRANSITIONS: Mapping[SessionPhase, Mapping[SessionStep, SessionPhase]] = {
    "starting": {"open": "idle", "close": "closing"},
    "idle": {"prompt": "running", "cancel": "idle", "close": "closing"},
    "running": {"cancel": "cancelling", "end_turn": "idle", "close": "closing"},
    "cancelling": {"cancel": "cancelling", "end_turn": "idle", "close": "closing"},
    "closing": {"cancel": "closing", "end_turn": "closing", "close": "closing", "end": "closed"},
    "closed": {"cancel": "closed", "end_turn": "closed", "close": "closed"},  # a clean-up may outlast the grace
}
"""By phase: what each step leads to."""


@final
class SessionStates:
    """The phase of one session. `phase` is a Watch: read it, or wait for it."""

    def __init__(self) -> None:
        self.phase: Watch[SessionPhase] = Watch("starting")

    def __repr__(self) -> str:
        return f"<SessionStates {self.phase.value}>"

    def step(self, step: SessionStep) -> SessionPhase:
        """Move on, and return where that led. Raises LocalMisuse for a step that the phase does not have."""
        now = self.phase.value
        after = TRANSITIONS[now].get(step)
        if after is None:
            raise LocalMisuse(f"a session that is {now} cannot {step.replace('_', ' ')}")
        if after != now:
            self.phase.set(after)
        return after

    @property
    def is_busy(self) -> bool:
        """Whether a turn runs, or is being cancelled."""
        return self.phase.value in ("running", "cancelling")

    @property
    def is_open(self) -> bool:
        """Whether it neither ends nor has ended."""
        return self.phase.value not in ("closing", "closed")
