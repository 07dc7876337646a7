"""A server for an agent that reaches MCP servers by HTTP alone: on this machine, for one attachment, behind a secret.

Owns who is let in: the path and the bearer token are secrets of the declaration, `Host` must be this
listener, and a request with an `Origin` comes from a web page and is refused. Imported where the extra is installed.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any

import trio
from mcp.server.transport_security import TransportSecuritySettings

from ..connection import CarriedError, Connection, block, members, what_leaves
from ..schema import v1
from ._call import Origin
from ._local_http import App, serve_locally
from ._serves import Offers

logger = logging.getLogger("acp_trio.mcp")


@block
async def bridged(server: Offers, connection: Connection) -> AsyncGenerator[v1.McpServer]:
    """Serve by HTTP on the loopback interface for the time of the block; gives the declaration."""
    serving = server.serving(Origin(reached="http", connection=connection))
    path, token = f"/{token_urlsafe(16)}", token_urlsafe(32)
    security = TransportSecuritySettings(allowed_origins=[])
    app = serving.lowlevel.streamable_http_app(streamable_http_path=path, transport_security=security)
    carried = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            nursery.start_soon(serving.announce)
            url = await nursery.start(serve_locally, _behind(token, app), logger)
            security.allowed_hosts = [url.removeprefix("http://")]
            with carried:
                header = v1.HttpHeader(name="Authorization", value=f"Bearer {token}")
                yield v1.McpServerHttp(name=server.name, url=url + path, headers=[header])
            nursery.cancel_scope.cancel("the server is not attached any more")
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    carried.release()


def _behind(token: str, app: App) -> App:
    """The application for those alone who know the token."""
    expected = f"Bearer {token}".encode()

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or compare_digest(dict(scope["headers"]).get(b"authorization", b""), expected):
            await app(scope, receive, send)
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return guarded
