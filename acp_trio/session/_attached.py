"""What all sessions of one connection have, besides what each was opened with.

Owns the declarations in setup requests: of those that are made here, and of those that pass through. What is attached,
and how it serves, each attachment says.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import trio

from ..codec import CODEC
from ..connection import Connection, block
from ..jsonrpc import JSONInvalid, UntypedMessage, as_object
from ..schema import evolve, v1
from ._attachments import Attachment

SETUP: Final = frozenset(("session/new", "session/load", "session/resume", "session/fork"))
"""Requests that open a session, and name the MCP servers that it has."""


class Attached:
    """What is attached to a connection.

    Args:
      connection: whose sessions have it.
      ready: waits until it is known what the agent takes; raises if that is never known.
    """

    def __init__(self, connection: Connection, ready: Callable[[], Awaitable[None]]) -> None:
        self._connection = connection
        self._ready = ready
        self._all: list[_Entry] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being attached just now."""
        return all(entry.settled.is_set() for entry in self._all)

    @block
    async def attach(self, attachment: Attachment) -> AsyncGenerator[None]:
        """Attach it in an `async with`. A session that is opened while it is being attached waits for that."""
        entry = _Entry()
        self._all.append(entry)
        try:
            await self._ready()
            async with attachment.attach(self._connection) as declaration:
                entry.declare(declaration)
                yield
        finally:
            self._all.remove(entry)
            entry.settled.set()

    async def added_to(self, request: Any) -> Any:
        """A setup request that declares it, too. Checkpoints if it waits."""
        if not self._all or not hasattr(request, "mcp_servers"):
            return request
        return evolve(request, mcp_servers=[*request.mcp_servers, *await self._declarations()])

    async def added_to_message(self, message: UntypedMessage) -> UntypedMessage:
        """The same for one that passes through: everything else that it holds stays. Checkpoints if it waits."""
        declarations = await self._declarations()
        try:
            params = as_object(message.params)
        except JSONInvalid:
            params = None
        servers: Any = None if params is None else params.get("mcpServers") or []
        if not declarations or params is None or not isinstance(servers, list):
            return message  # what is wrong with it the agent says
        added = [CODEC.encode(declaration, v1.McpServer) for declaration in declarations]
        return UntypedMessage(message.method, {**params, "mcpServers": [*servers, *added]})

    async def _declarations(self) -> list[v1.McpServer]:
        entries = list(self._all)
        for entry in entries:
            await entry.settled.wait()
        return [entry.declaration for entry in entries if entry.declaration is not None and entry in self._all]


class _Entry:
    def __init__(self) -> None:
        self.declaration: v1.McpServer | None = None
        self.settled = trio.Event()

    def declare(self, declaration: v1.McpServer) -> None:
        self.declaration = declaration
        self.settled.set()
