"""Transports over TCP: the short way for the server, a Transport of our own for the client."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import trio

from acp_trio import Agent, Client, HandshakeFailed, Turn
from acp_trio.abc import Link, Transport
from acp_trio.schema import v1
from acp_trio.transports import byte_streams

agent = Agent("networked")


@agent.on_prompt
async def echo(turn: Turn) -> v1.StopReason:
    await turn.say(turn.text)
    return "end_turn"


async def serve_one(stream: trio.SocketStream) -> None:
    """A handler for `trio.serve_tcp`: one connection, one client."""
    await agent.serve(byte_streams(stream, stream))


class TcpLink(Link):
    def __init__(self, stream: trio.SocketStream, name: str) -> None:
        self.name = name
        self._stream = stream

    async def receive(self) -> bytes:
        return await self._stream.receive_some(65536)

    async def write(self, data: bytes | memoryview) -> None:
        await self._stream.send_all(data)


class TcpTransport(Transport):
    """Reusable: each `open()` is a new connection."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        where = f"{self._host}:{self._port}"
        try:
            stream = await trio.open_tcp_stream(self._host, self._port)
        except OSError as exc:
            raise HandshakeFailed(f"cannot connect to {where}: {exc}") from exc
        async with stream:  # trio closes a socket at once, also when cancelled
            yield TcpLink(stream, where)


async def main() -> None:
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, serve_one, 0, host="127.0.0.1"))
        _, port = listener.socket.getsockname()
        transport = TcpTransport("127.0.0.1", port)
        for text in ("once", "again"):
            async with Client("remote").connect(transport) as connection, connection.open_session("/") as session:
                print(await session.ask(text))
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
