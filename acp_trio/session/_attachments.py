"""What a session can be given besides what its setup request says, and what becomes of a session that is passed on.

Owns the two interfaces by which other packages take part in a client's sessions. It opens nothing itself.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

import trio

from ..connection import Connection
from ..schema import v1

if TYPE_CHECKING:
    from ._client_session import ClientSession


class Attachment(Protocol):
    """Something that serves a session from this side, such as an MCP server."""

    def attach(self, connection: Connection, /) -> AbstractAsyncContextManager[v1.McpServer]:
        """Serve for the time of the block, usually by a `Connection.route`; gives what the setup request declares.

        The block is entered before the request is sent and left when the session's block has been left. A route sees
        messages of the whole connection: tell yours by a name or id that the declaration made known to the agent.
        """
        ...


class Relaying(Protocol):
    """Whoever passes sessions on to a client."""

    def open(self, session: ClientSession) -> None:
        """The agent has opened it: what comes for it from now on waits."""
        ...

    def start(self, session: ClientSession) -> trio.Event:
        """Send on what waits, and let through what follows; what is returned is set when the session has ended."""
        ...

    def end(self, session: ClientSession) -> None:
        """It goes on as another one: what `start` returned is set."""
        ...

    def leave(self, session: ClientSession) -> None:
        """The session's block is left."""
        ...
