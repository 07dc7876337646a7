"""A client and an agent in one process, connected in memory, with their wire recorded."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import final

import attrs
import trio

from ..connection import CarriedError, block, members, what_leaves
from ..roles import Agent, AgentConnection, Client, ClientConnection
from ..transports import Transport, memory_pair
from ._wire import Wire


@final
@attrs.frozen(kw_only=True)
class Pair:
    """Both ends of one connection.

    Attributes:
      agent: what the client holds: its connection to the agent.
      client: what the agent holds: its connection to the client.
      wire: the conversation.
    """

    agent: ClientConnection
    client: AgentConnection
    wire: Wire


@block
async def open_pair(client: Client, agent: Agent) -> AsyncGenerator[Pair]:
    """Connect a client and an agent in memory for the time of a block. Works under a MockClock.

    Example:
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            assert await session.ask("hello") == "hello"
        assert pair.wire.methods("client") == ["initialize", "session/new", "session/prompt"]
    """
    clients_end, agents_end = memory_pair()
    wire = Wire()
    carried = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            service = trio.CancelScope()
            served: AgentConnection = await nursery.start(_serve, agent, agents_end, service)
            # A deadline around the block is the client's: the agent is there to answer what is sent on leaving.
            service.shield = True
            with carried:
                async with client.connect(wire.watch(clients_end)) as connection:
                    yield Pair(agent=connection, client=served, wire=wire)
            service.shield = False
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    carried.release()


async def _serve(
    agent: Agent, transport: Transport, scope: trio.CancelScope, *, task_status: trio.TaskStatus[AgentConnection]
) -> None:
    with scope:
        await agent.serve(transport, task_status=task_status)
