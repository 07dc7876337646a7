"""The tool calls that a client was told of and that have not ended: what a cancelled turn leaves, somebody must end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from ..schema import v1

ENDED = ("completed", "failed")


@final
class OpenToolCalls:
    """Tool calls from the first update to the one that ends them."""

    def __init__(self) -> None:
        self._open: dict[str, None] = {}  # in order

    def note(self, update: v1.SessionUpdate) -> None:
        """The client was told something."""
        if isinstance(update, v1.ToolCall | v1.ToolCallUpdate):
            if update.status in ENDED:
                self._open.pop(update.tool_call_id, None)
            elif isinstance(update, v1.ToolCall):
                self._open[update.tool_call_id] = None

    def failed(self) -> Sequence[v1.ToolCallUpdate]:
        """The updates that end all of them as failed; then none is open."""
        updates = [v1.ToolCallUpdate(tool_call_id=call, status="failed") for call in self._open]
        self._open.clear()
        return updates
