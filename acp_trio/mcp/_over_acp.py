"""How an agent reaches MCP servers that the client, or a proxy, has declared to be reached inside of ACP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

from ..connection import Connection
from ._errors import McpNotInstalled

Reach: TypeAlias = Callable[[str], AbstractAsyncContextManager[tuple[Any, Any]]]
"""Makes a transport of the `mcp` package: a block that gives a stream to read and one to write."""


def over_acp(connection: Connection) -> Reach:
    """Make transports for the `mcp` package's client out of an agent's connection to its client.

    What is returned takes the id of a declared server (see `declared_id`) and gives an async context manager, to be
    entered by `mcp.Client` or by you. The provider's first answer tells whether it speaks the draft of November 2026
    or the dialect with connections. Leaving the block cancels what is asked, and disconnects where there is a
    connection, within the grace of `connection`.

    Raises McpNotInstalled.

    Example:
        reach = over_acp(turn.connection)
        async with mcp.Client(reach(server_id)) as tools:
            print(await tools.list_tools())
    """
    try:
        from ._over_acp_consumer import consumed_over_acp  # the mcp package is an extra, and slow to import
    except ImportError as exc:
        raise McpNotInstalled from exc
    return lambda server_id: consumed_over_acp(connection, server_id)
