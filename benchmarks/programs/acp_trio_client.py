"""Our client, written as the documentation shows.

Owns our side of the workloads: the client's turn takes each update, typed, and its prompt is over when the turn is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import trio

import acp_trio
from acp_trio.schema import v1
from acp_trio.transports import process
from benchmarks.programs._client import Params, Task, measure, print_report
from benchmarks.programs._echo import Echo, EchoResponse
from benchmarks.programs._payloads import USAGE
from benchmarks.programs._usage import Usage

client = acp_trio.Client("bench", version="1")


class OurSession:
    """An open session."""

    def __init__(self, session: acp_trio.ClientSession) -> None:
        self._session = session

    async def prompt(self, text: str) -> int:
        """Run one turn and return how many characters came."""
        characters = 0
        async with self._session.prompt(text) as turn:
            async for update in turn:
                match update:
                    case v1.AgentMessageChunk(content=v1.TextContent(text=piece)):
                        characters += len(piece)
                    case _:
                        raise AssertionError(f"not a message chunk: {update}")
        return characters


class OurPeer:
    """An initialized agent."""

    def __init__(self, connection: acp_trio.ClientConnection) -> None:
        self._connection = connection

    async def echo(self, params: Params) -> Params:
        """Send one request and wait for its answer."""
        return _params_of(await self._connection.request(_request_of(params)))

    async def echo_all(self, many: Sequence[Params]) -> list[Params]:
        """Send all requests and keep their handles: no task for each."""
        sent = [self._connection.send_request(_request_of(params)) for params in many]
        return [_params_of(await each.wait()) for each in sent]

    async def usage(self) -> Usage:
        """Ask the agent what it has used."""
        result: Usage = await self._connection.request(USAGE, {})
        return result

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator[OurSession]:
        """Open a session for the time of a block."""
        async with self._connection.open_session(cwd="/") as session:
            yield OurSession(session)

    @asynccontextmanager
    async def open_sessions(self, count: int) -> AsyncIterator[list[OurSession]]:
        """Open many, a task each."""
        async with trio.open_nursery() as nursery:
            sessions = [await nursery.start(self._connection.run_session, "/") for _ in range(count)]
            yield [OurSession(session) for session in sessions]
            for session in sessions:
                await session.close()

    async def prompt_all(self, sessions: Sequence[OurSession], text: str) -> list[int]:
        """Run a turn in each, a task each."""
        characters = [0] * len(sessions)

        async def prompt(number: int) -> None:
            characters[number] = await sessions[number].prompt(text)

        async with trio.open_nursery() as nursery:
            for number in range(len(sessions)):
                nursery.start_soon(prompt, number)
        return characters


def _request_of(params: Params) -> Echo:
    return Echo(number=cast("int", params["number"]), text=cast("str", params["text"]))


def _params_of(answer: EchoResponse) -> Params:
    return {"number": answer.number, "text": answer.text}


@asynccontextmanager
async def connect(command: Sequence[str]) -> AsyncIterator[OurPeer]:
    """Start an agent and initialize it for the time of a block."""
    async with client.connect(process(command)) as connection:
        yield OurPeer(connection)


if __name__ == "__main__":
    print_report(trio.run(measure, Task.from_arguments(), connect))
