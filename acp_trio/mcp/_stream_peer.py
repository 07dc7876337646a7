"""One end of an MCP connection over the official package's streams, as requests and answers.

Owns the JSON-RPC between: ids, answers, and that a cancelled request is cancelled at the other end. What the other end
asks for is passed to two functions; whatever runs for it ends with the connection. Imported where the `mcp` package is.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any, TypeAlias, final

import anyio
import mcp_types as types
import trio
from mcp.client._transport import ReadStream, TransportStreams, WriteStream
from mcp.shared.exceptions import MCPError
from mcp.shared.memory import MessageStream
from mcp.shared.message import SessionMessage

logger = logging.getLogger("acp_trio.mcp")

Params: TypeAlias = "Mapping[str, Any] | None"
Ask: TypeAlias = "Callable[[types.RequestId, str, Params], Awaitable[Any]]"
Tell: TypeAlias = "Callable[[str, Params], Awaitable[None]]"

_CANCELLED = "notifications/cancelled"


@final
class StreamPeer:
    """Whoever is at the other end of a pair of streams.

    Args:
      streams: to read and to write.
      ask: gives the result of a request of theirs; raises MCPError to refuse it. Cancelled when they cancel it.
      tell: takes a notification of theirs.
    """

    def __init__(self, streams: TransportStreams | MessageStream, ask: Ask, tell: Tell) -> None:
        self._read: ReadStream[SessionMessage | Exception] = streams[0]
        self._write: WriteStream[SessionMessage] = streams[1]
        self._ask = ask
        self._tell = tell
        self._ids = count(1)
        self._waiting: dict[types.RequestId, _Answer] = {}
        self._asked: dict[types.RequestId, trio.CancelScope] = {}

    async def run(self) -> None:
        """Pass on what comes until the other end closes; then what it asked for is cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                async for item in self._read:
                    if isinstance(item, SessionMessage):
                        await self._take(item.message, nursery)
                    else:
                        logger.warning("what is no MCP message was dropped: %r", item)
                nursery.cancel_scope.cancel("the MCP connection is closed")
        finally:
            for answer in self._waiting.values():
                answer.settle(_closed())

    async def request(self, method: str, params: Params) -> Any:
        """Ask, and wait for the result. Raises MCPError. Cancelling it cancels it there. Checkpoints."""
        request_id = next(self._ids)
        answer = self._waiting[request_id] = _Answer()
        try:
            await self._send(types.JSONRPCRequest(jsonrpc="2.0", id=request_id, method=method, params=_plain(params)))
            return await answer.wait()
        except trio.Cancelled:
            with trio.move_on_after(1, shield=True):  # the other end is in this process and reads at once
                await self.notify(_CANCELLED, {"requestId": request_id})
            raise
        finally:
            del self._waiting[request_id]

    async def notify(self, method: str, params: Params) -> None:
        """Tell; waits until it is taken. To an end that has closed it is nothing. Checkpoints."""
        try:
            await self._send(types.JSONRPCNotification(jsonrpc="2.0", method=method, params=_plain(params)))
        except MCPError:
            logger.debug("the MCP notification %s came too late", method)

    async def _send(self, message: types.JSONRPCMessage) -> None:
        try:
            await self._write.send(SessionMessage(message))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError) as exc:
            raise _closed() from exc

    async def _take(self, message: types.JSONRPCMessage, nursery: trio.Nursery) -> None:
        match message:
            case types.JSONRPCRequest():
                scope = self._asked[message.id] = trio.CancelScope()
                nursery.start_soon(self._answer, message, scope)
            case types.JSONRPCNotification(method=method) if method == _CANCELLED:
                asked = self._asked.get((message.params or {}).get("requestId", ""))
                if asked is not None:
                    asked.cancel("the request was cancelled")
            case types.JSONRPCNotification():
                await self._tell(message.method, message.params)
            case types.JSONRPCResponse():
                self._settle(message.id, message.result)
            case types.JSONRPCError():
                self._settle(message.id, MCPError.from_error_data(message.error))

    def _settle(self, request_id: types.RequestId | None, outcome: Any) -> None:
        answer = None if request_id is None else self._waiting.get(request_id)
        if answer is not None:
            answer.settle(outcome)

    async def _answer(self, request: types.JSONRPCRequest, scope: trio.CancelScope) -> None:
        answer: types.JSONRPCMessage
        try:
            with scope:
                try:
                    result = await self._ask(request.id, request.method, request.params)
                    answer = types.JSONRPCResponse(jsonrpc="2.0", id=request.id, result=result)
                except MCPError as exc:
                    answer = types.JSONRPCError(jsonrpc="2.0", id=request.id, error=exc.error)
                await self._send(answer)
        except MCPError:
            logger.debug("nobody waits for the answer to %s any more", request.method)
        finally:
            if self._asked.get(request.id) is scope:
                del self._asked[request.id]


class _Answer:
    def __init__(self) -> None:
        self._settled = trio.Event()
        self._outcome: Any = None

    def settle(self, outcome: Any) -> None:
        self._outcome = outcome
        self._settled.set()

    async def wait(self) -> Any:
        await self._settled.wait()
        if isinstance(self._outcome, MCPError):
            raise self._outcome
        return self._outcome


def _closed() -> MCPError:
    return MCPError(code=types.CONNECTION_CLOSED, message="the MCP connection is closed")


def _plain(params: Params) -> dict[str, Any] | None:
    return None if params is None else dict(params)
