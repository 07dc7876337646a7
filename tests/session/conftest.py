"""Wires for the tests of sessions: a client or an agent of ours against a peer that does what the test says.

Every test here runs inside `no_leaks`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio

from acp_trio import Agent, Client, ClientConnection
from acp_trio.testing import ScriptedPeer, no_leaks, scripted_peer

Serving = Callable[[Agent], AbstractAsyncContextManager[ScriptedPeer]]
Connecting = Callable[..., AbstractAsyncContextManager[tuple[ScriptedPeer, ClientConnection]]]


@pytest.fixture
async def nothing_leaks() -> AsyncIterator[None]:
    """P22; the modules here ask for it by `pytestmark`."""
    async with no_leaks():
        yield


@pytest.fixture
def serving() -> Serving:
    """`async with serving(agent) as client`: a scripted client, initialized, that the agent serves."""

    @asynccontextmanager
    async def serve(agent: Agent) -> AsyncIterator[ScriptedPeer]:
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, transport)
            answer = await client.initialize()
            assert answer["result"]["protocolVersion"] == 1
            yield client
            await client.hang_up()

    return serve


@pytest.fixture
def connecting() -> Connecting:
    """`async with connecting(client, **agent_capabilities) as (agent, connection)`: the agent is scripted."""

    @asynccontextmanager
    async def connect(client: Client, **capabilities: Any) -> AsyncIterator[tuple[ScriptedPeer, ClientConnection]]:
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(partial(agent.answer_initialize, **capabilities))
            async with client.connect(transport) as connection:
                yield agent, connection

    return connect


@pytest.fixture
def text_update() -> Callable[[str, str], dict[str, Any]]:
    """`text_update(session_id, text)`: a chunk of the agent's message, as it is on the wire."""

    def make(session_id: str, text: str) -> dict[str, Any]:
        chunk = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
        return {"method": "session/update", "params": {"sessionId": session_id, "update": chunk}}

    return make
