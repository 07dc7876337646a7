"""From a server's declaration to the transport that the official package speaks over.

Owns which transport that is. Each is entered and left by the task that looks after its server. None has a timeout but
for making a connection: how long an answer may take is decided by who waits for it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self, cast

import anyio
import httpx2
from mcp.client._transport import ReadStream, TransportStreams
from mcp.client.sse import sse_client
from mcp.client.streamable_http import MCP_SESSION_ID, streamable_http_client
from mcp.shared.message import SessionMessage

from ..schema import v1
from ._ending import Ending
from ._over_acp_messages import declared_id
from ._stdio_streams import stdio_streams
from ._surroundings import Surroundings

_TO_CONNECT = 30.0


@asynccontextmanager
async def transport_to(
    declaration: v1.McpServer, surroundings: Surroundings, auth: httpx2.Auth | None, ending: Ending
) -> AsyncGenerator[TransportStreams]:
    """Open the transport that a declaration asks for, and note in `ending` when it comes to its end."""
    async with _opened(declaration, surroundings, auth, ending) as (read, write):
        yield cast("ReadStream[SessionMessage | Exception]", _EndNoted(read, ending)), write


def _opened(
    declaration: v1.McpServer, surroundings: Surroundings, auth: httpx2.Auth | None, ending: Ending
) -> AbstractAsyncContextManager[TransportStreams]:
    server_id = declared_id(declaration)
    match declaration:
        case v1.McpServerStdio():
            return stdio_streams(declaration, surroundings.cwd, surroundings.grace, ending)
        case v1.McpServerHttp():
            return _streamable_http(declaration, auth, ending)
        case v1.McpServerSse():
            return _sse(declaration, auth, ending)
        case v1.UnknownMcpServer() if server_id is not None and surroundings.over_acp is not None:
            return surroundings.over_acp(server_id)
        case v1.UnknownMcpServer():
            ending.tell(f"this agent cannot reach servers of type {declaration.tag!r}", is_final=True)
            raise ConnectionError(ending.reason)


@asynccontextmanager
async def _streamable_http(
    declaration: v1.McpServerHttp, auth: httpx2.Auth | None, ending: Ending
) -> AsyncGenerator[TransportStreams]:
    async with (
        _http_client(declaration, auth, ending) as client,
        streamable_http_client(declaration.url, http_client=client) as streams,
    ):
        yield streams


@asynccontextmanager
async def _sse(
    declaration: v1.McpServerSse, auth: httpx2.Auth | None, ending: Ending
) -> AsyncGenerator[TransportStreams]:
    def client(
        headers: dict[str, str] | None = None, timeout: httpx2.Timeout | None = None, auth: httpx2.Auth | None = None
    ) -> httpx2.AsyncClient:
        del headers, timeout  # the package's own: the headers are declared, and answers may take their time
        return _http_client(declaration, auth, ending)

    async with sse_client(declaration.url, auth=auth, httpx_client_factory=client) as streams:
        yield streams


def _http_client(
    declaration: v1.McpServerHttp | v1.McpServerSse, auth: httpx2.Auth | None, ending: Ending
) -> httpx2.AsyncClient:
    async def note(response: httpx2.Response) -> None:
        if response.status_code >= 400:
            ending.hint = f"HTTP {response.status_code} {httpx2.codes.get_reason_phrase(response.status_code)}".rstrip()
        if response.status_code == 404 and MCP_SESSION_ID in response.request.headers:
            ending.tell("the server has forgotten the session")

    return httpx2.AsyncClient(
        headers=[(header.name, header.value) for header in declaration.headers],
        auth=auth,
        timeout=httpx2.Timeout(None, connect=_TO_CONNECT),
        event_hooks={"response": [note]},
    )


class _EndNoted:
    """A read stream that says when it has ended."""

    def __init__(self, stream: ReadStream[SessionMessage | Exception], ending: Ending) -> None:
        self._stream = stream
        self._ending = ending

    async def receive(self) -> SessionMessage | Exception:
        try:
            return await self._stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            self._ending.tell("the server has closed the connection")
            raise

    @property
    def last_context(self) -> Any:
        """The context of whoever sent the last message: the package's streams over HTTP have it."""
        return getattr(self._stream, "last_context", None)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def __aiter__(self) -> _EndNoted:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
