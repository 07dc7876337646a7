"""A hosted session from its setup request to its end.

Owns the order: the agent starts before the request is answered, so that what fails there refuses it; what has to come
after the answer comes after it; at the end nothing runs any more, and then the rest of the conversation is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import trio

from ..connection import CarriedError
from ..schema import v1
from ..session import AgentSession
from ._hosted_session import HostedSession, SessionPlan
from ._record import Record
from ._states import SessionStates

R = TypeVar("R")


async def live(
    plan: SessionPlan,
    session: AgentSession,
    record: Record,
    *,
    response: Callable[..., R],
    task_status: trio.TaskStatus[R],
    replayed: Iterable[v1.SessionUpdate] = (),
) -> None:
    """Run a session until it is cancelled. `response` answers what opened it, once it gets the modes and options.

    Raises what starting its agent raises. Afterwards a failure of an agent, or of the way to the client, ends the
    session and leaves as a group.
    """
    states = SessionStates()
    unable = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            hosted = HostedSession(plan, session, record, states, nursery)
            session.state = hosted
            nursery.start_soon(record.write)
            try:
                with unable:
                    await hosted.start()
                if unable.error is None:
                    for update in replayed:
                        await session.update(update)
                    task_status.started(hosted.setup_response(response))
                    await hosted.work()
            finally:
                states.step("close")
                nursery.cancel_scope.cancel("the session ends")
        unable.release()
    finally:
        states.step("end")
        with session.connection.leaving(None):
            await record.write_rest()
