"""A program that speaks MCP on its standard streams, as the streams that the official package reads and writes.

Owns the lines and the two tasks that carry them. The process is started and ended by our own transport: it ends with
everything in its group, and never waits for a pipe that a grandchild holds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

import anyio
import trio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from ..schema import v1
from ..transports import ConnectionLost, HandshakeFailed, Link, process
from ._ending import Ending

_LONGEST_LINE = 64 * 1024 * 1024

_logger = logging.getLogger("acp_trio.mcp")


@asynccontextmanager
async def stdio_streams(
    declaration: v1.McpServerStdio, cwd: str | os.PathLike[str] | None, grace: float, ending: Ending
) -> AsyncGenerator[TransportStreams]:
    """Start the program and carry its lines for the time of the block. Raises HandshakeFailed.

    Leaving ends the program and its process group within `grace` seconds, shielded.
    """
    env = {variable.name: variable.value for variable in declaration.env}
    transport = process([declaration.command, *declaration.args], env=env, cwd=cwd)
    try:
        async with transport.open() as link:
            try:
                async with _carried(link, ending) as streams:
                    yield streams
            finally:
                link.close_by(trio.current_time() + grace)
    except HandshakeFailed as error:
        ending.tell(str(error), is_final=True)
        raise


@asynccontextmanager
async def _carried(link: Link, ending: Ending) -> AsyncGenerator[TransportStreams]:
    to_client, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_client = anyio.create_memory_object_stream[SessionMessage](0)
    async with to_client, incoming, outgoing, from_client, trio.open_nursery() as nursery:
        nursery.start_soon(_read, link, to_client, ending)
        nursery.start_soon(_write, link, from_client)
        yield incoming, outgoing
        nursery.cancel_scope.cancel("the server is left")


async def _read(link: Link, to_client: MemoryObjectSendStream[SessionMessage | Exception], ending: Ending) -> None:
    lines = _Lines()
    async with to_client:
        try:
            while chunk := await link.receive():
                for line in lines.feed(chunk):
                    await to_client.send(_parsed(line))
        except (trio.BrokenResourceError, anyio.BrokenResourceError):  # the pipe, or whoever would read on
            pass
        # Before the stream ends: whoever waits for an answer is to be told why there is none.
        ending.tell(str(ConnectionLost("the server has ended", await link.last_words())))


async def _write(link: Link, from_client: MemoryObjectReceiveStream[SessionMessage]) -> None:
    async with from_client:
        try:
            async for item in from_client:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                await link.write(text.encode() + b"\n")
        except trio.BrokenResourceError:
            return  # the reader hears of the end, and knows more about it


def _parsed(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        _logger.debug("an MCP server wrote a line that is no message: %d bytes", len(line))
        return error


class _Lines:
    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterable[bytes]:
        """The lines that `chunk` completes, without blank ones."""
        self._rest += chunk
        if b"\n" in chunk:
            *lines, rest = self._rest.split(b"\n")
            self._rest = rest
            return [bytes(line) for line in lines if line.strip()]
        if len(self._rest) > _LONGEST_LINE:
            raise trio.BrokenResourceError(f"a line of more than {_LONGEST_LINE} bytes")
        return []
