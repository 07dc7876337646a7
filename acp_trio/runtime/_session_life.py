"""A hosted session from its setup request to its end, and a client's part in it.

Owns the order: the agent starts before the request is answered, so that what fails there refuses it; nothing is told
before the answer; at the end nothing runs any more, and then the rest of the conversation is written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import trio

from ..connection import GRACE, CarriedError
from ..jsonrpc import RequestError
from ..session import AgentSession
from ._clients import tell, tell_nowait
from ._conversation import replay
from ._hosted_session import HostedSession
from ._record import Record
from ._session_plan import SessionPlan
from ._states import SessionStates

R = TypeVar("R")

logger = logging.getLogger("acp_trio.runtime")


async def live(
    plan: SessionPlan,
    origin: AgentSession,
    record: Record,
    *,
    outlives: bool,
    on_end: Callable[[HostedSession], None],
    task_status: trio.TaskStatus[HostedSession],
) -> None:
    """Run a session until it is cancelled or ended; `origin` is how it was asked for.

    Raises what starting its agent raises. A failure afterwards ends the session for all its clients, and is logged.
    """
    states = SessionStates()
    unable = CarriedError()
    hosted: HostedSession | None = None
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            hosted = HostedSession(plan, origin, record, states, nursery, outlives=outlives)
            nursery.start_soon(record.write)
            try:
                with unable:
                    await hosted.start()
                if unable.error is None:
                    task_status.started(hosted)
                    await hosted.work()
            finally:
                states.step("close")
                hosted.cancel("the session ends")
                nursery.cancel_scope.cancel("the session ends")
    except* Exception as failures:
        logger.exception("session %s ends: one of its tasks failed", origin.session_id, exc_info=failures)
    finally:
        if hosted is not None:
            with trio.move_on_after(GRACE, shield=True):  # what its turn says at last is kept, too
                await hosted.turn_over()
        await record.write_rest()  # noqa: ASYNC102  # each write is shielded, and bounded
        states.step("end")
        if hosted is not None:
            on_end(hosted)
            hosted.clients.end("the session has ended")
    unable.release()


async def attend(
    hosted: HostedSession,
    client: AgentSession,
    *,
    response: Callable[..., R],
    task_status: trio.TaskStatus[R],
    replayed: bool = False,
) -> None:
    """Be a client's end of a session until cancelled; `response` answers what opened it, given modes and options.

    Raises RequestError if the session ends before it is answered. What is replayed is what was said until the step
    that answers; from that step on the client is told what is said.
    """
    client.state = hosted
    if replayed:
        told = 0
        while told < len(hosted.record.entries):  # it may grow meanwhile
            for update in replay([hosted.record.entries[told]]):
                await tell(client, update)
            told += 1
        for update in hosted.record.begun:
            tell_nowait(client, update)
    if not hosted.states.is_open:
        raise RequestError.session_not_found(hosted.session_id)  # somebody has ended it meanwhile
    hosted.clients.add(client)
    if hosted.outlives:
        client.on_cancel = partial(hosted.cancel, "a client cancels")
    hosted.open()
    task_status.started(hosted.setup_response(response))
    for update in hosted.commands.updates():
        tell_nowait(client, update)
    try:
        await trio.sleep_forever()
    finally:
        hosted.clients.remove(client)
