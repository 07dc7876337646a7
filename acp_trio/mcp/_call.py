"""What a tool is told about the call that it serves, where it asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias, final

import attrs

from ..connection import Connection

Reached: TypeAlias = Literal["acp", "http", "stdio"]
"""How whoever calls reaches a server: inside of ACP, by the bridge on this machine, or as a program of its own."""

Report: TypeAlias = Callable[[float, float | None, str | None], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Origin:
    """From where calls come: one attachment of a server, or its standard streams."""

    reached: Reached
    connection: Connection | None = None
    server_id: str | None = None
    connection_id: str | None = None


@final
@attrs.frozen(kw_only=True, eq=False)
class McpCall:
    """One call of a tool, or of a prompt: `async def tool(path: str, call: McpCall)` gets it by the annotation.

    Attributes:
      name: what was called.
      reached: "acp", "http" or "stdio".
      connection: the ACP connection that the server is attached to; None for a program of its own.
      server_id: the id by which an agent reaches the server inside of ACP; None if it reaches it otherwise.
      connection_id: the connection that it opened for that, in the older dialect that has such.
      report: see `report_progress`.
    """

    name: str
    reached: Reached
    connection: Connection | None
    server_id: str | None
    connection_id: str | None
    report: Report = attrs.field(repr=False)

    async def report_progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Tell how far it has come, out of how much. Does nothing if the caller did not ask for it. Checkpoints."""
        await self.report(progress, total, message)
