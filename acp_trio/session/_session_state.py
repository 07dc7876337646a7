"""What a client knows of a session beside its conversation: modes, options, commands, title, usage.

Owns folding updates and responses into that state, in the order received. It keeps no messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs

from ..schema import UNSET, v1

STATE_UPDATES: Final = frozenset(
    {
        "available_commands_update",
        "config_option_update",
        "current_mode_update",
        "session_info_update",
        "usage_update",
    }
)
"""The `sessionUpdate` tags that change the state."""


@attrs.define
class SessionState:
    """The latest of everything a session says about itself; None or empty until it said so."""

    current_mode_id: str | None = None
    available_modes: Sequence[v1.SessionMode] = ()
    config_options: Sequence[v1.SessionConfigOption] = ()
    commands: Sequence[v1.AvailableCommand] = ()
    title: str | None = None
    updated_at: str | None = None
    usage: v1.UsageUpdate | None = None

    def fold_setup(self, response: Any) -> None:
        """Take what a new, loaded or resumed session starts with."""
        modes: v1.SessionModeState | None = getattr(response, "modes", None)
        if modes is not None:
            self.current_mode_id = modes.current_mode_id
            self.available_modes = modes.available_modes
        options: Sequence[v1.SessionConfigOption] | None = getattr(response, "config_options", None)
        if options is not None:
            self.config_options = options

    def fold(self, update: v1.SessionUpdate) -> None:
        """Take one update; those that say nothing about the state change nothing."""
        match update:
            case v1.AvailableCommandsUpdate(available_commands=commands):
                self.commands = commands
            case v1.ConfigOptionUpdate(config_options=options):
                self.config_options = options
            case v1.CurrentModeUpdate(current_mode_id=mode):
                self.current_mode_id = mode
            case v1.SessionInfoUpdate(title=title, updated_at=updated_at):
                self.title = self.title if title is UNSET else title
                self.updated_at = self.updated_at if updated_at is UNSET else updated_at
            case v1.UsageUpdate():
                self.usage = update
            case _:
                pass
