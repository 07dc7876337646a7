"""The client of the floor: writes requests and counts what comes back.

Owns no state but the wire: answers are taken to come in the order of the requests, which the floor's agent keeps.
"""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import trio

from benchmarks.programs._client import Params, Task, measure, print_report
from benchmarks.programs._floor import Message, Wire
from benchmarks.programs._payloads import ECHO, USAGE
from benchmarks.programs._usage import Usage


class FloorSession:
    """A session by its id."""

    def __init__(self, peer: FloorPeer, session_id: str) -> None:
        self._peer = peer
        self.session_id = session_id

    async def prompt(self, text: str) -> int:
        """Run one turn and return how many characters came."""
        return (await self._peer.prompt_all([self], text))[0]


class FloorPeer:
    """An initialized agent."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._characters: dict[str, int] = {}

    async def initialize(self) -> None:
        """Say hello."""
        await self._request("initialize", {"protocolVersion": 1, "clientCapabilities": {}})

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator[FloorSession]:
        """Send `session/new`, and `session/close` in the end."""
        session = FloorSession(self, (await self._request("session/new", {"cwd": "/", "mcpServers": []}))["sessionId"])
        yield session
        await self._request("session/close", {"sessionId": session.session_id})

    @asynccontextmanager
    async def open_sessions(self, count: int) -> AsyncIterator[list[FloorSession]]:
        """Open many: a session is an id."""
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.open_session()) for _ in range(count)]

    async def prompt_all(self, sessions: Sequence[FloorSession], text: str) -> list[int]:
        """Run a turn in each, all prompts in one write."""
        self._characters = {session.session_id: 0 for session in sessions}
        prompt = [{"type": "text", "text": text}]
        for number, session_id in enumerate(self._characters):
            self._wire.queue(id=number, method="session/prompt", params={"sessionId": session_id, "prompt": prompt})
        await self._all_results(len(sessions))
        return list(self._characters.values())

    async def echo(self, params: Params) -> Any:
        """Send one request and wait for its answer."""
        return await self._request(ECHO, params)

    async def echo_all(self, many: Sequence[Params]) -> list[Any]:
        """Send all requests in one write, reading meanwhile: two full pipes must not stop both ends."""
        for number, params in enumerate(many):
            self._wire.queue(id=number, method=ECHO, params=params)
        return await self._all_results(len(many))

    async def usage(self) -> Usage:
        """Ask the agent what it has used."""
        result: Usage = await self._request(USAGE, {})
        return result

    async def _request(self, method: str, params: Params) -> Any:
        self._wire.queue(id=0, method=method, params=params)
        await self._wire.flush()
        return (await self._results(1))[0]

    async def _all_results(self, count: int) -> list[Any]:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._wire.flush)
            return await self._results(count)
        raise AssertionError("a nursery does not swallow a return")

    async def _results(self, count: int) -> list[Any]:
        results: list[Any] = []
        while len(results) < count:
            batch = await self._wire.receive()
            if not batch:
                raise EOFError("the agent went away")
            for message in batch:
                if "method" in message:
                    self._take_update(message)
                else:
                    results.append(message["result"])
        return results

    def _take_update(self, message: Message) -> None:
        params = message["params"]
        self._characters[params["sessionId"]] += len(params["update"]["content"]["text"])


@asynccontextmanager
async def connect(command: Sequence[str]) -> AsyncIterator[FloorPeer]:
    """Start an agent, initialize it, and wait for its end after closing its input."""
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    peer = FloorPeer(Wire(process.stdout, process.stdin))
    try:
        await peer.initialize()
        yield peer
    finally:
        with trio.CancelScope(shield=True):
            await process.stdin.aclose()
            await process.stdout.aclose()
            await process.wait()


if __name__ == "__main__":
    print_report(trio.run(measure, Task.from_arguments(), connect))
