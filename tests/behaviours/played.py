"""The other end of a connection under test, played by the test; and wires that are made of trio's byte streams.

Owns opening a connection without a role. It refuses to know what a message means.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import trio
import trio.testing

from acp_trio import Connection, Handlers, Limits, Proxy, ProxyConnection
from acp_trio.lowlevel import Hooks, open_connection
from acp_trio.testing import ScriptedPeer, scripted_peer
from acp_trio.transports import Transport, byte_streams, memory_pair, tap

DEADLINE = 60.0
"""Seconds of the mock clock, more than every grace."""

WIRES = ("memory", "byte streams", "tapped byte streams")


def make(handlers: Handlers | None = None, limits: Limits | None = None, grace: float = 5.0) -> Any:
    """What `open_connection` makes its connection with."""
    return lambda link: Connection(link, Hooks(handlers=handlers or Handlers()), limits or Limits(), grace)


@asynccontextmanager
async def connected(
    handlers: Handlers | None = None, limits: Limits | None = None, grace: float = 5.0
) -> AsyncGenerator[tuple[Connection, ScriptedPeer]]:
    """A connection, and its peer. A test that hangs fails."""
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), open_connection(transport, make(handlers, limits, grace)) as c:
            yield c, peer


@asynccontextmanager
async def connected_pair(
    left: Handlers | None = None, right: Handlers | None = None, wire: str = "memory"
) -> AsyncGenerator[tuple[Connection, Connection]]:
    """Two connections, connected to each other."""
    one, other = wires(wire)
    with trio.fail_after(DEADLINE):
        async with open_connection(one, make(left)) as left_conn, open_connection(other, make(right)) as right_conn:
            yield left_conn, right_conn


def wires(kind: str) -> tuple[Transport, Transport]:
    """Both ends of a wire of this kind."""
    if kind == "memory":
        return memory_pair()
    left, right = trio.testing.memory_stream_pair()
    ends = byte_streams(left, left), byte_streams(right, right)
    return ends if kind == "byte streams" else (tap(ends[0], _ignore), tap(ends[1], _ignore))


def _ignore(_frame: Any) -> None:
    return None


def call(request_id: Any, method: str, params: Any = None) -> dict[str, Any]:
    return {"id": request_id, **note(method, params)}


def note(method: str, params: Any = None) -> dict[str, Any]:
    return {"method": method} if params is None else {"method": method, "params": params}


def answer(request_id: Any, result: Any) -> dict[str, Any]:
    return {"id": request_id, "result": result}


def cancel(request_id: Any) -> dict[str, Any]:
    return note("$/cancel_request", {"requestId": request_id})


async def heard(peer: ScriptedPeer) -> Any:
    """The next message without its version, which all of them have; None at the end of the stream."""
    message = await peer.receive()
    if message is not None:
        assert message.pop("jsonrpc") == "2.0"
    return message


async def heard_until(peer: ScriptedPeer, method: str) -> list[Any]:
    """What comes before the next message of this method."""
    messages: list[Any] = []
    while (message := await heard(peer)) is not None and message.get("method") != method:
        messages.append(message)
    return messages


async def outcome_of(asking: Any, outcomes: list[Any]) -> None:
    """Wait in a task of its own, and note what came of it."""
    try:
        outcomes.append(await asking)
    except Exception as exc:  # noqa: BLE001  # it is what is asked for
        outcomes.append(exc)


INITIALIZE = {"protocolVersion": 1, "clientCapabilities": {}}


class PlayedConductor:
    """The client and the agent of a proxy, at the other end of its one connection."""

    def __init__(self, peer: ScriptedPeer, prefix: str) -> None:
        self.peer = peer
        self._prefix = prefix

    def of_agent(self, message: dict[str, Any], **envelope: Any) -> dict[str, Any]:
        """A request or notification of the agent as the proxy gets it; `envelope` stands beside it."""
        inner = {name: message[name] for name in ("method", "params") if name in message}
        outer = {name: message[name] for name in ("id",) if name in message}
        return {**outer, "method": f"{self._prefix}successor", "params": {**inner, **envelope}}

    async def heard(self) -> tuple[str, dict[str, Any]]:
        """The next message of the proxy and for whom it is: `client`, `agent`, or `answer`."""
        message = await heard(self.peer)
        if message.get("method") == f"{self._prefix}successor":
            inner = message.pop("params")
            return "agent", {**message, **inner}
        return ("client" if "method" in message else "answer"), message


@asynccontextmanager
async def conducted(proxy: Proxy, prefix: str = "_proxy/") -> AsyncGenerator[tuple[PlayedConductor, ProxyConnection]]:
    """A proxy that was initialized."""
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), proxy.connect(transport) as connection:
            conductor = PlayedConductor(peer, prefix)
            await peer.send(call("init", f"{prefix}initialize", INITIALIZE))
            _, request = await conductor.heard()
            await peer.respond(request, {"protocolVersion": 1})
            assert (await conductor.heard())[0] == "answer"
            yield conductor, connection
