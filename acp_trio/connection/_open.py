"""Opening a connection for the time of a block, and what leaves that block.

Owns the nursery of the actors. It knows a connection only as something that runs actors and closes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar

import trio

from ..transports import Component, Link, Transport, as_transport
from ._actors import what_leaves
from ._body import CarriedError, block
from ._connection import Connection
from ._groups import members
from ._hold import check_may_wait

C = TypeVar("C", bound=Connection)


# Ctrl-C may only come where something is awaited, or shielded actors would never be stopped.
@block
@trio.lowlevel.enable_ki_protection
async def open_connection(
    transport: Transport | Component, make: Callable[[Link], C], ready: Callable[[C], Awaitable[None]] | None = None
) -> AsyncGenerator[C]:
    """Open a connection for the time of a block.

    Args:
      transport: how to reach the peer; a component of this process is reached in memory.
      make: makes the connection from the open link.
      ready: runs before the body, with the actors at work: the handshake.

    Entering raises HandshakeFailed if the peer cannot be reached. The body's exception leaves as itself; a failed task
    of `start_soon` leaves as a group, with the body's exception in it if there was one.
    """
    reached = as_transport(transport)
    if ready is not None:
        check_may_wait("a connection to get ready")
    carried = CarriedError()
    try:
        async with reached.open() as link, trio.open_nursery(strict_exception_groups=True) as nursery:
            connection = make(link)
            await connection.run_actors(nursery)
            with carried:
                if ready is not None:
                    await ready(connection)
                if not connection.hooks.work_waits:
                    connection.start_work()
                yield connection
            await connection.close(carried.error)
    except BaseExceptionGroup as group:
        carried.error = what_leaves(_task_failures(group), carried.error)
    carried.release()


def _task_failures(group: BaseExceptionGroup[BaseException]) -> Sequence[BaseException]:
    """What the application's own tasks raised, out of the group of the actor that ran them."""
    failures = members(group)
    return members(failures[0]) or failures if len(failures) == 1 else failures
