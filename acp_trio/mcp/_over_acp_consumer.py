"""The agent's end of a server that is reached inside of ACP: a transport for the official package's client.

Owns finding out which dialect the provider speaks, and the ids of requests, unique on the connection. A request that
the client cancels is cancelled as ACP does it. Imported where the `mcp` package is there.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import mcp_types as types
import trio
from mcp.client._transport import TransportStreams
from mcp.shared.exceptions import MCPError
from mcp.shared.memory import MessageStream, create_client_server_memory_streams
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY

from ..connection import CarriedError, Connection, Handled, Handlers, block, members, what_leaves
from ..jsonrpc import AcpError, ErrorCode, PeerError, RequestError, as_object
from ._over_acp_messages import (
    ConnectMcpRequest,
    DisconnectMcpRequest,
    MessageMcpNotification,
    MessageMcpRequest,
)
from ._stream_peer import Ask, Params, StreamPeer

logger = logging.getLogger("acp_trio.mcp")

_HANDSHAKE = "initialize"
_NOT_SPOKEN = (ErrorCode.METHOD_NOT_FOUND, ErrorCode.INVALID_PARAMS)


@block
async def consumed_over_acp(connection: Connection, server_id: str) -> AsyncGenerator[TransportStreams]:
    """The streams of a client of the server, for the time of the block."""
    carried = CarriedError()
    try:
        async with create_client_server_memory_streams() as (clients, ours):
            consumer = _Consumer(connection, server_id, ours)
            async with (
                trio.open_nursery(strict_exception_groups=True) as nursery,
                connection.route(consumer.handlers()),
            ):
                nursery.start_soon(consumer.peer.run)
                with carried:
                    yield clients
                nursery.cancel_scope.cancel("the transport is left")
            with connection.leaving(carried.error):
                await consumer.disconnect()
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    carried.release()


class _Consumer:
    def __init__(self, connection: Connection, server_id: str, streams: MessageStream) -> None:
        self._connection = connection
        self._server_id = server_id
        self._prefix = uuid4().hex
        self._client_ids: dict[str, types.RequestId] = {}
        self._connection_id: str | None = None
        self._ask: Ask | None = None
        self._finding_out = trio.Lock()
        self.peer = StreamPeer(streams, self._asked, self._told)

    def handlers(self) -> Handlers:
        """Who takes what the provider sends; each declines what is for another client."""
        handlers = Handlers()
        handlers.on_notification(MessageMcpNotification)(self._notification)
        handlers.on_request(MessageMcpRequest, concurrent=True)(self._request)
        return handlers

    async def disconnect(self) -> None:
        """Tell the provider, where there is a connection."""
        if self._connection_id is None:
            return
        try:
            await self._connection.request(DisconnectMcpRequest(connection_id=self._connection_id))
        except AcpError as exc:
            logger.debug("an MCP connection was not closed: %s", exc)

    # From the client

    async def _asked(self, request_id: types.RequestId, method: str, params: Params) -> Any:
        if self._ask is None:
            async with self._finding_out:
                if self._ask is None:
                    return await self._first(request_id, method, params)
        return await self._ask(request_id, method, params)

    async def _first(self, request_id: types.RequestId, method: str, params: Params) -> Any:
        """The answer to the first request tells the dialect. A client that shakes hands needs a connection for it."""
        if method == _HANDSHAKE:
            self._ask = self._ask_connection if await self._connects() else self._ask_server
            return await self._ask(request_id, method, params)
        try:
            answer = await self._ask_server(request_id, method, params)
        except _Refused as exc:
            if exc.error.code not in _NOT_SPOKEN:
                raise
            refused = exc
        except MCPError:
            self._ask = self._ask_server
            raise
        else:
            self._ask = self._ask_server
            return answer
        if not await self._connects():
            raise refused
        self._ask = self._ask_connection
        return await self._ask_connection(request_id, method, params)

    async def _connects(self) -> bool:
        """Open a connection; whether the provider knows such."""
        try:
            response = await self._connection.request(ConnectMcpRequest(server_id=self._server_id))
        except PeerError as exc:
            if exc.code in _NOT_SPOKEN:
                return False
            raise _refused(exc) from exc
        except AcpError as exc:
            raise _lost(exc) from exc
        self._connection_id = response.connection_id
        return True

    async def _ask_server(self, request_id: types.RequestId, method: str, params: Params) -> Any:
        own_id = f"{self._prefix}-{request_id}"
        self._client_ids[own_id] = request_id
        try:
            message = MessageMcpRequest(
                server_id=self._server_id, request_id=own_id, inner_method=method, params=params
            )
            answer = await self._send(message)
        finally:
            del self._client_ids[own_id]
        return _with_id(_outcome(answer), own_id, request_id)

    async def _ask_connection(self, _id: types.RequestId, method: str, params: Params) -> Any:
        message = MessageMcpRequest(connection_id=self._connection_id, inner_method=method, params=params)
        return await self._send(message)

    async def _send(self, message: MessageMcpRequest) -> Any:
        try:
            return await self._connection.request(message)
        except PeerError as exc:
            raise _refused(exc) from exc
        except AcpError as exc:
            raise _lost(exc) from exc

    async def _told(self, method: str, params: Params) -> None:
        if self._connection_id is None:
            logger.debug("the MCP notification %s has no way inside of ACP", method)
            return
        message = MessageMcpNotification(connection_id=self._connection_id, inner_method=method, params=params)
        try:
            await self._connection.notify(message)
        except AcpError as exc:
            logger.debug("the MCP notification %s was not sent: %s", method, exc)

    # From the provider

    async def _notification(self, notification: MessageMcpNotification) -> Handled | None:
        params = notification.params
        if notification.server_id == self._server_id and notification.request_id in self._client_ids:
            params = _with_id(params, notification.request_id, self._client_ids[notification.request_id])
        elif notification.connection_id is None or notification.connection_id != self._connection_id:
            return Handled.no()
        await self.peer.notify(notification.inner_method, params)
        return None

    async def _request(self, request: MessageMcpRequest) -> Any:
        if request.connection_id is None or request.connection_id != self._connection_id:
            return Handled.no()
        try:
            return await self.peer.request(request.inner_method, request.params)
        except MCPError as exc:
            raise RequestError(exc.error.code, exc.error.message, exc.error.data) from exc


class _Refused(MCPError):
    """The provider refused the message itself: nothing inside of it has been looked at."""


def _refused(error: PeerError) -> _Refused:
    return _Refused(code=error.code, message=error.message, data=error.data)


def _lost(error: AcpError) -> MCPError:
    return MCPError(code=types.CONNECTION_CLOSED, message=str(error))


def _outcome(answer: Any) -> Any:
    """What the answer carries. `result` counts if both are there."""
    carrier = as_object(answer) or {}
    if "result" in carrier:
        return carrier["result"]
    error = as_object(carrier.get("error")) or {}
    if isinstance(error.get("code"), int) and isinstance(error.get("message"), str):
        raise MCPError(code=error["code"], message=error["message"], data=error.get("data"))
    raise MCPError(code=types.INTERNAL_ERROR, message="the answer to mcp/message carries neither a result nor an error")


def _with_id(value: Any, own_id: str, client_id: types.RequestId) -> Any:
    """What names the request by our id, for a client that knows it by its own."""
    told = as_object(value) or {}
    meta = as_object(told.get("_meta")) or {}
    if meta.get(SUBSCRIPTION_ID_META_KEY) != own_id:
        return value
    return {**told, "_meta": {**meta, SUBSCRIPTION_ID_META_KEY: client_id}}
