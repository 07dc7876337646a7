"""The other end of a connection under test: a peer that speaks in bytes, so that a test decides what each chunk holds.

Owns opening a connection to such a peer, and registering handlers in one line. It refuses to know what a message means:
a test that wants a well-behaved peer opens two connections.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import trio

from acp_trio.connection import Connection, Hooks, Limits, make_handler, open_connection
from acp_trio.jsonrpc import AcpError
from acp_trio.transports import Link, memory_pair

HANG = 60.0
"""Seconds, jumped over by the mock clock, after which a test has hung."""

Handler = Callable[..., Awaitable[Any]]
Maker = Callable[[Link], Connection]


class RawPeer:
    """Writes and reads lines; a line is a dict, or bytes to be sent as they are."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lines: deque[bytes] = deque()
        self._rest = b""

    async def send(self, *lines: dict[str, Any] | bytes) -> None:
        """Send lines in one chunk (of the wire's 64 KiB)."""
        await self.write(chunk(*lines))

    async def write(self, data: bytes) -> None:
        """Send bytes as they are, in one chunk."""
        await self._link.write(data)

    async def read(self) -> Any:
        """The next message; None at the end of the stream."""
        while not self._lines:
            data = await self._link.receive()
            if not data:
                assert not self._rest, "the stream ends within a line"
                return None
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._lines.extend(lines)
        return json.loads(self._lines.popleft())

    async def read_bytes(self) -> bytes:
        """The next line undecoded."""
        data = await self._link.receive()
        while not data.endswith(b"\n"):
            data += await self._link.receive()
        return data

    async def read_all(self) -> list[Any]:
        """Every message up to the end of the stream."""
        messages = []
        while (message := await self.read()) is not None:
            messages.append(message)
        return messages

    async def answers(self, count: int) -> dict[Any, Any]:
        """The next messages by their id, whatever their order."""
        messages = [await self.read() for _ in range(count)]
        return {message["id"]: message for message in messages}

    def end(self) -> None:
        """Send no more, but go on reading: what a process does that closes its standard output."""
        self._link._send.close()

    def vanish(self) -> None:
        """Close both directions: what a process does that dies."""
        self._link.close()


def chunk(*lines: dict[str, Any] | bytes) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def call(request_id: Any, method: str, params: Any = None) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": request_id, "method": method}
    return message if params is None else {**message, "params": params}


def note(method: str, params: Any = None) -> dict[str, Any]:
    return (
        {"jsonrpc": "2.0", "method": method}
        if params is None
        else {"jsonrpc": "2.0", "method": method, "params": params}
    )


def answer(request_id: Any, result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def cancel(request_id: Any) -> dict[str, Any]:
    return note("$/cancel_request", {"requestId": request_id})


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """P22 and a deadline for a block: it does not hang, and the tasks of the run are as before."""
    with trio.fail_after(HANG):
        before = tasks()
        yield
        assert tasks() == before


def tasks() -> set[trio.lowlevel.Task]:
    """Every task of the run."""
    root = trio.lowlevel.current_root_task()
    assert root is not None
    found = {root}
    waiting = [root]
    while waiting:
        children = {child for nursery in waiting.pop().child_nurseries for child in nursery.child_tasks}
        found |= children
        waiting.extend(children)
    return found


@asynccontextmanager
async def connected(
    hooks: Hooks | None = None, limits: Limits | None = None, grace: float = 5.0
) -> AsyncGenerator[tuple[Connection, RawPeer]]:
    """Connect to a raw peer; a test that hangs fails, and so does one that leaves a task behind."""
    with leaving_nothing():
        async with open_to_raw_peer(maker(hooks, limits, grace)) as opened:
            yield opened


@asynccontextmanager
async def connected_pair(
    left: Hooks | None = None, right: Hooks | None = None, limits: Limits | None = None, grace: float = 5.0
) -> AsyncGenerator[tuple[Connection, Connection]]:
    """Connect two connections, watched like one."""
    with leaving_nothing():
        async with open_pair(maker(left, limits, grace), maker(right, limits, grace)) as opened:
            yield opened


@asynccontextmanager
async def open_to_raw_peer(make: Maker) -> AsyncGenerator[tuple[Connection, RawPeer]]:
    """Open a connection to a raw peer, unwatched."""
    ours, theirs = memory_pair()
    async with theirs.open() as link, open_connection(ours, make) as conn:
        yield conn, RawPeer(link)


@asynccontextmanager
async def open_pair(left: Maker, right: Maker) -> AsyncGenerator[tuple[Connection, Connection]]:
    """Open two connections to each other, unwatched."""
    one, other = memory_pair()
    async with open_connection(one, left) as left_conn, open_connection(other, right) as right_conn:
        yield left_conn, right_conn


def maker(hooks: Hooks | None = None, limits: Limits | None = None, grace: float = 5.0) -> Maker:
    """What `open_connection` makes its connection with."""
    return lambda link: Connection(link, hooks or Hooks(), limits or Limits(), grace)


async def outcome_of(asking: Awaitable[Any], results: list[Any]) -> None:
    """Wait in a task of its own, and note what came of it."""
    try:
        results.append(await asking)
    except AcpError as exc:
        results.append(exc)


def on_request(hooks: Hooks, method: str, *, concurrent: bool = False) -> Callable[[Handler], Handler]:
    """Register the decorated function."""

    def register(function: Handler) -> Handler:
        hooks.handlers.add(make_handler(method, function, is_request=True, concurrent=concurrent))
        return function

    return register


def on_notification(hooks: Hooks, method: str, *, concurrent: bool = False) -> Callable[[Handler], Handler]:
    """Register the decorated function."""

    def register(function: Handler) -> Handler:
        hooks.handlers.add(make_handler(method, function, is_request=False, concurrent=concurrent))
        return function

    return register
