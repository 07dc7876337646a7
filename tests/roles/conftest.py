"""An agent and a client that talk in memory, and what they must leave behind."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from acp_trio import Agent, Client, ClientConnection, Turn
from acp_trio.schema import v1
from acp_trio.transports import memory_pair

PATIENCE = 20
"""Seconds: more than anything here takes on a busy machine."""


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """P22 for this directory."""
    before = descriptors()
    yield
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def descriptors() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[entry.name] = str(entry.readlink())
        except FileNotFoundError:
            continue  # the listing's own descriptor
    return found


@pytest.fixture
def client() -> Client:
    return Client("test client")


Connected = Callable[[Client, Agent], AbstractAsyncContextManager[ClientConnection]]


@pytest.fixture
def connected() -> Connected:
    """Connect a client to an agent for the time of a block."""

    @asynccontextmanager
    async def connect(client: Client, agent: Agent) -> AsyncIterator[ClientConnection]:
        ours, theirs = memory_pair()
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(agent.serve, theirs)
                async with client.connect(ours) as connection:
                    yield connection

    return connect


RunTurn = Callable[..., Awaitable[Any]]


@pytest.fixture
def run_turn(connected: Connected) -> RunTurn:
    """Run `work(turn)` in an agent's turn; returns and raises what it does.

    The session works in `directories`, the first of them its cwd.
    """

    async def run(client: Client, directories: list[Path] | Path, work: Callable[[Turn], Awaitable[Any]]) -> Any:
        agent = Agent("test agent")
        results: list[Any] = []
        failures: list[Exception] = []

        @agent.on_prompt
        async def prompt(turn: Turn) -> str:
            try:
                results.append(await work(turn))
            except Exception as exc:  # noqa: BLE001 -- raised in the test's own task
                failures.append(exc)
            return "end_turn"

        cwd, *more = map(str, [directories] if isinstance(directories, Path) else directories)
        setup = v1.NewSessionRequest(cwd=cwd, additional_directories=more, mcp_servers=[])
        async with connected(client, agent) as connection, connection.open_session_with(setup) as session:
            await session.ask("work")
        for failure in failures:
            raise failure
        return results[0]

    return run
