"""A server for whoever uses it inside of ACP: the other end of the agent's `mcp/message`, in both dialects.

Owns which requests are active, and what ends with the block. A request runs in the task of its handler: that the agent
cancels it cancels the tool. Imported where the `mcp` package is there.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import anyio
import attrs
import mcp_types as types
import trio
from mcp.server.connection import Connection as McpConnection
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import InboundLadderRejection, classify_inbound_request
from mcp.shared.memory import MessageStream, create_client_server_memory_streams
from mcp.shared.transport_context import TransportContext

from ..connection import CarriedError, Connection, Handled, Handlers, block, members, what_leaves
from ..jsonrpc import AcpError, PeerError, RequestError, as_object
from ..roles import AGENT
from ..schema import v1
from ._call import Origin
from ._over_acp_messages import (
    ConnectMcpRequest,
    ConnectMcpResponse,
    DisconnectMcpRequest,
    MessageMcpNotification,
    MessageMcpRequest,
    declare,
    duplicate,
)
from ._serves import Offers, Serves
from ._stream_peer import Params, StreamPeer, Tell

logger = logging.getLogger("acp_trio.mcp")


@block
async def provided_over_acp(server: Offers, connection: Connection) -> AsyncGenerator[v1.McpServer]:
    """Answer the agent's `mcp/message` for the time of the block; gives the declaration."""
    server_id = f"mcp-server:{uuid4()}"
    carried = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery, AsyncExitStack() as stack:
            provider = _Provider(server, connection, server_id, nursery)
            await stack.enter_async_context(provider.ready())
            await stack.enter_async_context(connection.route(provider.handlers()))
            with carried:
                yield declare(server.name, server_id)
            nursery.cancel_scope.cancel("the server is not attached any more")
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    carried.release()


class _Provider:
    def __init__(self, server: Offers, connection: Connection, server_id: str, nursery: trio.Nursery) -> None:
        self._server = server
        self._connection = connection
        self._server_id = server_id
        self._nursery = nursery
        self._origin = Origin(reached="acp", connection=connection, server_id=server_id)
        self._serving = server.serving(self._origin)
        self._state: Any = None
        self._active: set[str] = set()
        self._tunnels: dict[str, _Tunnel] = {}

    @asynccontextmanager
    async def ready(self) -> AsyncGenerator[None]:
        """What the server itself keeps open while it is served."""
        lowlevel = self._serving.lowlevel
        async with lowlevel.lifespan(lowlevel) as self._state:
            self._nursery.start_soon(self._serving.announce)
            yield

    def handlers(self) -> Handlers:
        """Who answers; each declines what is for another server."""
        handlers = Handlers()
        handlers.on_request(MessageMcpRequest, sender=AGENT, concurrent=True)(self._message)
        handlers.on_notification(MessageMcpNotification, sender=AGENT)(self._notification)
        handlers.on_request(ConnectMcpRequest, sender=AGENT, concurrent=True)(self._connect)
        handlers.on_request(DisconnectMcpRequest, sender=AGENT, concurrent=True)(self._disconnect)
        return handlers

    async def _message(self, request: MessageMcpRequest) -> Any:
        if request.connection_id is not None:
            return await self._message_in_tunnel(request.connection_id, request)
        if request.server_id != self._server_id:
            return Handled.no()
        if request.request_id is None:
            raise RequestError.invalid_params("an mcp/message to a server has a requestId")
        if request.request_id in self._active:
            raise duplicate(request.request_id)
        self._active.add(request.request_id)
        try:
            return await self._serve(request, request.request_id)
        finally:
            self._active.discard(request.request_id)

    # The draft of November 2026: each request stands for itself

    async def _serve(self, request: MessageMcpRequest, request_id: str) -> dict[str, Any]:
        method, params = request.inner_method, request.params
        route = classify_inbound_request({"method": method, "params": params})
        if isinstance(route, InboundLadderRejection):
            return _error(types.ErrorData(code=route.code, message=route.message, data=route.data))
        connection = McpConnection.from_envelope(route.protocol_version, route.client_info, route.client_capabilities)
        exchange = _Exchange(request_id=request_id, token=_progress_token(params), tell=self._teller(request_id))
        try:
            result = await serve_one(
                self._serving.lowlevel, exchange, method, params, connection=connection, lifespan_state=self._state
            )
        except Exception as exc:  # noqa: BLE001  # the package says what each is for the client, and logs what is none
            return _error(modern_error_data(exc))
        return {"result": result}

    def _teller(self, request_id: str) -> Tell:
        async def tell(method: str, params: Params) -> None:
            await self._tell_agent(
                MessageMcpNotification(
                    server_id=self._server_id, request_id=request_id, inner_method=method, params=params
                )
            )

        return tell

    # The dialect before it: connections

    async def _connect(self, request: ConnectMcpRequest) -> ConnectMcpResponse | Handled:
        if request.server_id != self._server_id:
            return Handled.no()
        connection_id = f"mcp-over-acp-connection:{uuid4()}"
        await self._nursery.start(self._serve_connection, connection_id)
        return ConnectMcpResponse(connection_id=connection_id)

    async def _disconnect(self, request: DisconnectMcpRequest) -> dict[str, Any] | Handled:
        tunnel = self._tunnels.get(request.connection_id)
        if tunnel is None:
            return Handled.no()
        tunnel.scope.cancel("the agent has disconnected")
        await tunnel.closed.wait()
        return {}

    async def _message_in_tunnel(self, connection_id: str, request: MessageMcpRequest) -> Any:
        tunnel = self._tunnels.get(connection_id)
        if tunnel is None:
            return Handled.no()
        try:
            return await tunnel.peer.request(request.inner_method, request.params)
        except MCPError as exc:
            raise RequestError(exc.error.code, exc.error.message, exc.error.data) from exc

    async def _notification(self, notification: MessageMcpNotification) -> Handled | None:
        tunnel = self._tunnels.get(notification.connection_id or "")
        if tunnel is None:
            return Handled.no()
        await tunnel.peer.notify(notification.inner_method, notification.params)
        return None

    async def _serve_connection(self, connection_id: str, *, task_status: trio.TaskStatus[None]) -> None:
        serving = self._server.serving(attrs.evolve(self._origin, connection_id=connection_id))

        async def ask(_id: types.RequestId, method: str, params: Params) -> Any:
            message = MessageMcpRequest(connection_id=connection_id, inner_method=method, params=params)
            return await self._ask_agent(message)

        async def tell(method: str, params: Params) -> None:
            message = MessageMcpNotification(connection_id=connection_id, inner_method=method, params=params)
            await self._tell_agent(message)

        async with create_client_server_memory_streams() as (ours, theirs):
            tunnel = self._tunnels[connection_id] = _Tunnel(peer=StreamPeer(ours, ask, tell))
            try:
                with tunnel.scope:
                    await _serve_streams(serving, theirs, tunnel.peer, task_status)
            except Exception:  # one client's connection is not the attachment's end
                logger.exception("an MCP connection to %s has failed", self._server.name)
            finally:
                del self._tunnels[connection_id]
                tunnel.closed.set()

    async def _ask_agent(self, message: MessageMcpRequest) -> Any:
        try:
            return await self._connection.request(message, to=AGENT)
        except PeerError as exc:
            raise MCPError(code=exc.code, message=exc.message, data=exc.data) from exc
        except AcpError as exc:
            raise MCPError(code=types.CONNECTION_CLOSED, message=str(exc)) from exc

    async def _tell_agent(self, message: MessageMcpNotification) -> None:
        try:
            await self._connection.notify(message, to=AGENT)
        except AcpError as exc:
            logger.debug("the agent was not told %s: %s", message.inner_method, exc)


@attrs.frozen(eq=False)
class _Tunnel:
    peer: StreamPeer
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    closed: trio.Event = attrs.field(factory=trio.Event)


async def _serve_streams(
    serving: Serves, streams: MessageStream, peer: StreamPeer, task_status: trio.TaskStatus[None]
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serving.announce)
        nursery.start_soon(peer.run)
        task_status.started()
        await serving.lowlevel.run(*streams, serving.lowlevel.create_initialization_options())
        nursery.cancel_scope.cancel("the server has ended the connection")


@attrs.define(kw_only=True, eq=False)
class _Exchange:
    """One request as the package sees it: what belongs to it goes to whoever asked, and nothing can be asked back."""

    request_id: types.RequestId | None
    token: types.ProgressToken | None
    tell: Tell
    transport: TransportContext = attrs.field(
        factory=lambda: TransportContext(kind="acp", can_send_request=False, headers=None)
    )
    message_metadata: None = None
    can_send_request: bool = False
    cancel_requested: anyio.Event = attrs.field(factory=anyio.Event)

    async def send_raw_request(self, method: str, params: Params, opts: Any = None) -> dict[str, Any]:
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Params, opts: Any = None) -> None:
        await self.tell(method, params)

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        if self.token is None:
            return
        told = {"progressToken": self.token, "progress": progress, "total": total, "message": message}
        await self.tell("notifications/progress", {key: value for key, value in told.items() if value is not None})


def _progress_token(params: Params) -> types.ProgressToken | None:
    token = (as_object((params or {}).get("_meta")) or {}).get("progressToken")
    return token if isinstance(token, str | int) else None


def _error(error: types.ErrorData) -> dict[str, Any]:
    return {"error": error.model_dump(mode="json", by_alias=True, exclude_none=True)}
