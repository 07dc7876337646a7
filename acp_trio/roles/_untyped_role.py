"""A role that knows no protocol: JSON-RPC both ways, and whatever its handlers make of it."""

from __future__ import annotations

from typing import final

import trio

from ..connection import GRACE, Block, Connection, Handlers, Hooks, Limits, check_grace, hold_open, open_connection
from ..transports import Component, Link, Transport


@final
class UntypedRole(Handlers):
    """An endpoint of any JSON-RPC protocol: it initializes nothing and refuses no method.

    Args:
      name: for logs.
      answers_malformed: whether lines that are no messages are answered.
      limits: bounds of each connection.
      grace: seconds that closing a connection may take, all of it together.

    Example:
        role = UntypedRole("calculator")

        @role.on_request("add")
        async def add(params):
            return sum(params)

        async with role.connect(process(["other-calculator"])) as conn:
            print(await conn.request("add", [1, 2]))
    """

    def __init__(
        self, name: str, *, answers_malformed: bool = True, limits: Limits | None = None, grace: float = GRACE
    ) -> None:
        super().__init__()
        self.name = name
        self._answers_malformed = answers_malformed
        self._limits = limits or Limits()
        self._grace = check_grace(grace)

    def __repr__(self) -> str:
        return f"<UntypedRole {self.name!r}>"

    def connect(self, transport: Transport | Component) -> Block[Connection]:
        """Connect to a peer for the time of a block. Raises HandshakeFailed if it cannot be reached."""
        self.freeze()
        return open_connection(transport, self._make)

    async def serve(
        self, transport: Transport, *, task_status: trio.TaskStatus[Connection] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Serve one peer until it ends the connection. Cancelling it closes the connection within the grace."""
        await hold_open(self, transport, task_status=task_status)

    def _make(self, link: Link) -> Connection:
        hooks = Hooks(handlers=self, answers_malformed=self._answers_malformed)
        return Connection(link, hooks, self._limits, self._grace)
