"""What all servers of a block offer together, and the news about it.

Owns the order of the servers, and that names are unique: of two tools with one name the first is the tool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import trio

from ._event_queue import EventQueue
from ._events import ConnectionReady, McpEvent, StatusesChanged, ToolsChanged
from ._surface import SEPARATOR, McpSnapshot, McpTool

if TYPE_CHECKING:  # it is told of the servers that tell it
    from ._supervised import SupervisedServer


class Board:
    """What all servers offer.

    Attributes:
      servers: all of them, in the order of their declarations.
      events: what happens at them.
    """

    def __init__(self) -> None:
        self.servers: list[SupervisedServer] = []
        self.events: EventQueue = EventQueue()
        self._is_ready = False
        self._is_closed = False

    @property
    def tools(self) -> Sequence[McpTool]:
        """The tools of all connected servers."""
        unique: dict[str, McpTool] = {}
        for server in self.servers:
            for tool in server.tools:
                unique.setdefault(tool.name, tool)
        return list(unique.values())

    @property
    def snapshot(self) -> McpSnapshot:
        """Everything, as it is now."""
        return McpSnapshot(
            instructions={server.name: server.instructions for server in self.servers if server.instructions},
            tools=self.tools,
            statuses=[server.status for server in self.servers],
            is_ready=self._is_ready,
        )

    def owners(self, name: str) -> list[SupervisedServer]:
        """The servers that a qualified name may belong to: their own name is its beginning."""
        return [server for server in self.servers if name.startswith(server.name + SEPARATOR)]

    def tell(self, event: McpEvent) -> None:
        """Add to the news, until the block is left."""
        if not self._is_closed:
            self.events.tell(event)

    def tell_statuses(self) -> None:
        """A status has changed."""
        self.tell(StatusesChanged([server.status for server in self.servers]))

    def tell_tools(self) -> None:
        """A server's tools have changed."""
        self.tell(ToolsChanged(self.tools))

    async def tell_ready(self) -> None:
        """Wait until each server has been connected or has failed, and say so."""
        for server in self.servers:
            await server.settled.wait()
        await trio.lowlevel.checkpoint()  # no servers at all are ready at once, but not before the block is entered
        self._is_ready = True
        self.tell(ConnectionReady(self.snapshot))

    def close(self) -> None:
        """No more news."""
        self._is_closed = True
        self.events.close()
