"""The agent's registry of sessions, and the way of every lifecycle request through it.

Owns which session an id names. Requests about one id (`load`, `resume`, `close`, `delete`, `set_mode`,
`set_config_option`, `prompt`) run one at a time in the order of the wire, without holding the dispatch loop; a prompt
leaves that order once its turn is entered, a cancel bypasses it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from uuid import uuid4

import attrs
import trio
from msgspec import UnsetType

from ..codec import CODEC, InvalidValue
from ..connection import Connection, Handler, Responder, Run, check_result, invalid_params, make_handler, run_in_task
from ..jsonrpc import Envelope, ErrorCode, LocalMisuse, RequestError, as_object, loads
from ..schema import message_class, v1
from ._agent_session import AgentSession, SetupRequest
from ._cancelled import cancelled_prompts
from ._facilities import ClientOffer
from ._lanes import Lanes
from ._turn import Turn
from ._turn_queue import SecondPrompt, TurnQueue

logger = logging.getLogger("acp_trio.session")

SESSION_METHODS = (
    "session/new",
    "session/load",
    "session/resume",
    "session/prompt",
    "session/set_mode",
    "session/set_config_option",
    "session/close",
    "session/delete",
)
"""The requests that go through the registry."""

_SETUP = ("session/new", "session/load", "session/resume")
_ENDING = ("session/close", "session/delete")
_WITHOUT_SESSION = ("session/delete",)  # the session need not be open

# A turn is `cancelled` when somebody has cancelled it, not when its session or its agent falls to pieces.
_STOPPED = RequestError(ErrorCode.INTERNAL_ERROR, "the turn was stopped, and nobody has cancelled it")


class AgentSessions:
    """The sessions of one connection, agent's side."""

    def __init__(
        self,
        connection: Connection,
        handlers: Mapping[str, Handler],
        offer: Callable[[], ClientOffer],
        second_prompt: SecondPrompt = "queue",
    ) -> None:
        self._connection = connection
        self._handlers = handlers
        self._offer = offer
        self._sessions: dict[str, AgentSession] = {}
        self._lanes = Lanes(connection.start_soon)
        self._openers: dict[Handler, Handler] = {}
        self._turns = TurnQueue(self._start_turn, second_prompt)
        hooks = connection.hooks
        for method in SESSION_METHODS:
            if method in handlers or method == "session/new":
                hooks.takers[method] = self._take
        hooks.takers["session/cancel"] = self._take_cancel
        hooks.urgent["session/cancel"] = self._cancel_at_once
        hooks.cancelled_results.update(cancelled_prompts())
        connection.call_on_closing(self._close_all)

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, session_id: str) -> AgentSession | None:
        """The open session with this id."""
        return self._sessions.get(session_id)

    # Called by the dispatch loop

    def _take(self, envelope: Envelope, responder: Responder[Any] | None) -> bool:
        if responder is None:
            return False
        try:
            request = _decode(message_class(1, responder.method), envelope)
        except InvalidValue as exc:
            responder.refuse(invalid_params(responder.method, exc))
            return True
        if isinstance(request, v1.PromptRequest):
            self._take_prompt(request, responder)
        elif isinstance(request, v1.NewSessionRequest):
            self._connection.start_soon(self._live, request, responder, name="session")
        else:
            self._take_lifecycle(request, responder)
        return True

    def _take_lifecycle(self, request: Any, responder: Responder[Any]) -> None:
        session_id = request.session_id
        session = self._sessions.get(session_id)
        if session is not None and responder.method in _ENDING and self._is_idle(session):
            self._turns.cancel_entered(session_id, "the session is closed")
            job = partial(self._run_handler, request, session, responder)
            session.end_idle(self._lanes.open(session_id, job, responder.refuse_cancelled))
        else:
            self._lanes.submit(session_id, partial(self._serve, request, responder), responder.refuse_cancelled)

    def _is_idle(self, session: AgentSession) -> bool:
        """Whether its own task is all that runs for it: then that one, which ends at once, can serve its close."""
        return not (self._lanes.is_busy(session.session_id) or session.nursery.child_tasks)

    def _take_prompt(self, request: v1.PromptRequest, responder: Responder[Any]) -> None:
        busy = self._lanes.is_busy(request.session_id)
        if not busy and request.session_id not in self._sessions:
            responder.refuse(RequestError.session_not_found(request.session_id))
            return
        turn = Turn(self._connection, self._offer(), request, responder)
        self._turns.enter(turn)
        if busy:
            self._lanes.submit(request.session_id, partial(self._begin_later, turn), responder.refuse_cancelled)
        else:
            self._turns.let_begin(turn)

    def _take_cancel(self, envelope: Envelope, responder: Responder[Any] | None) -> bool:
        if responder is not None:
            return False  # a notification, sent as a request
        try:
            cancel = _decode(v1.CancelNotification, envelope)
        except InvalidValue as exc:
            logger.warning("a session/cancel that is not valid was dropped: %s", exc)
        else:
            self._turns.cancel_all(cancel.session_id)
            session = self._sessions.get(cancel.session_id)
            if session is not None and session.on_cancel is not None:
                session.on_cancel()
        return True

    def _cancel_at_once(self, params: Any) -> None:
        session_id = (as_object(params) or {}).get("sessionId")
        if isinstance(session_id, str):
            self._turns.cancel_running(session_id)

    async def _close_all(self) -> None:
        for session_id in self._turns.session_ids():
            self._turns.cancel_all(session_id, "the connection is closing")
        for session in list(self._sessions.values()):
            session.end("the connection is closing")
        await trio.lowlevel.checkpoint()

    # Turns

    async def _begin_later(self, turn: Turn) -> None:
        if turn.responder.answered:
            return
        if turn.session_id in self._sessions:
            self._turns.let_begin(turn)
        else:
            self._turns.leave(turn)
            turn.responder.refuse(RequestError.session_not_found(turn.session_id))
        await trio.lowlevel.checkpoint()

    def _start_turn(self, turn: Turn) -> None:
        session = self._sessions.get(turn.session_id)
        if session is None:
            self._turns.leave(turn)
            turn.responder.refuse(RequestError.session_not_found(turn.session_id))
            return
        if session.is_ending:
            return  # nothing of it begins any more: `_forget` cancels what waits
        turn.begin(session)
        session.context.run(session.nursery.start_soon, self._run_turn, turn)  # not in that of the turn before

    async def _run_turn(self, turn: Turn) -> None:
        run = Run.in_own_task(self._handlers["session/prompt"], turn, turn.session, turn.responder)
        run.if_stopped = _STOPPED
        try:
            await run_in_task(run)
        finally:
            self._turns.leave(turn)

    # Setting up

    async def _live(
        self,
        request: SetupRequest,
        responder: Responder[Any],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """A session's task: it is set up here, which is when the task has started, and lives until it ends."""
        session_id = uuid4().hex if isinstance(request, v1.NewSessionRequest) else request.session_id
        session = AgentSession(self._connection, self._offer(), session_id, request)
        try:
            await session.live(partial(self._set_up, session, responder), self._forget, task_status)
        finally:
            if session.afterwards is not None:
                await session.afterwards()  # noqa: ASYNC102  # cancelled, it answers that

    async def _set_up(self, session: AgentSession, responder: Responder[Any]) -> None:
        opener = self._opener_for(self._handlers.get(responder.method) or _default_setup())
        await run_in_task(Run.in_own_task(opener, session, responder, responder))
        if self._sessions.get(session.session_id) is not session:
            session.end("it could not be set up")

    def _opener_for(self, handler: Handler) -> Handler:
        """What runs in place of the user's handler, under its name, and calls it."""
        opener = self._openers.get(handler)
        if opener is None:
            function = partial(self._open, handler)
            opener = self._openers[handler] = attrs.evolve(handler, function=function, takes_connection=True)
        return opener

    async def _open(self, handler: Handler, session: AgentSession, responder: Responder[Any], **_more: Any) -> None:
        await self._replace(session.session_id)
        try:
            response = await self._run_setup(handler, session, responder)
            if not responder.answered:
                await self._replace(getattr(response, "session_id", session.session_id))
                self._answer(session, handler, responder, response)
        except trio.Cancelled:
            if session.is_ending and not (responder.answered or responder.cancelled):
                responder.refuse(RequestError(ErrorCode.INTERNAL_ERROR, "the session ended before it was set up"))
            raise

    async def _replace(self, session_id: str) -> None:
        if (replaced := self._sessions.get(session_id)) is not None:
            await self._end(replaced, "the session is opened anew")

    async def _run_setup(self, handler: Handler, session: AgentSession, responder: Responder[Any]) -> Any:
        """The handler's response; None if it answered by `task_status.started(response)` and lives on."""
        arguments = (session.request, session) if handler.takes_connection else (session.request,)
        if not handler.takes_task_status:
            return await handler.function(*arguments)

        async def live_on(*, task_status: trio.TaskStatus[None]) -> None:
            def answer(response: Any = None) -> None:
                if responder.answered:
                    raise LocalMisuse(f"{handler.name} called started() twice")
                if responder.cancelled:  # so is what was to live on
                    responder.refuse_cancelled()
                else:
                    self._answer(session, handler, responder, response)
                task_status.started()

            result = await handler.function(*arguments, task_status=_Answering(answer))
            if not responder.answered:
                answer(result)
            elif result is not None:
                logger.error("%s returned a value after its answer was given", handler.name)

        return await session.nursery.start(live_on)

    def _answer(self, session: AgentSession, handler: Handler, responder: Responder[Any], response: Any) -> None:
        """Answer the setup request, and have the session under the id that the answer says, in one step."""
        check_result(handler, response)
        responder.respond(response)
        session.session_id = getattr(response, "session_id", session.session_id)
        if (replaced := self._sessions.get(session.session_id)) is not None:
            self._turns.cancel_entered(session.session_id, "a new session took its id")
            replaced.end("a new session took its id")
        self._sessions[session.session_id] = session

    def _forget(self, session: AgentSession) -> None:
        if self._sessions.get(session.session_id) is session:
            self._turns.cancel_entered(session.session_id, "the session ended")
            del self._sessions[session.session_id]

    # Everything else

    async def _serve(self, request: Any, responder: Responder[Any]) -> None:
        """One lifecycle request about a session that is named, in its lane."""
        if responder.cancelled:
            responder.refuse_cancelled()
            await trio.lowlevel.checkpoint()
            return
        if responder.method in _SETUP:
            await self._connection.start(self._live, request, responder, name="session")
            return
        session = self._sessions.get(request.session_id)
        if session is None and responder.method not in _WITHOUT_SESSION:
            responder.refuse(RequestError.session_not_found(request.session_id))
            await trio.lowlevel.checkpoint()
            return
        if session is not None and responder.method in _ENDING:
            await self._end(session, "the session is closed")
        await self._run_handler(request, session, responder)

    async def _run_handler(self, request: Any, session: AgentSession | None, responder: Responder[Any]) -> None:
        await run_in_task(Run.in_own_task(self._handlers[responder.method], request, session, responder))

    def _begin_to_end(self, session: AgentSession, reason: str) -> None:
        """Cancel its turns, which answer that, and everything else that runs for it."""
        self._turns.cancel_entered(session.session_id, reason)
        session.end(reason)

    async def _end(self, session: AgentSession, reason: str) -> None:
        """The same, and wait until nothing of it runs."""
        self._begin_to_end(session, reason)
        with trio.move_on_after(self._connection.grace, shield=True):  # whatever the peer has kept waiting for before
            await session.ended.wait()


class _Answering(trio.TaskStatus[Any]):
    """The `task_status` of a setup handler: `started(response)` answers in the same step."""

    def __init__(self, answer: Callable[[Any], None]) -> None:
        self._answer = answer

    def started(self, value: Any = None) -> None:
        """Answer the setup request; the session is open from here on."""
        self._answer(value)


async def _new_session(_request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
    return v1.NewSessionResponse(session_id=session.session_id)


def _decode(message: Any, envelope: Envelope) -> Any:
    return CODEC.decode(message, None if isinstance(envelope.params, UnsetType) else loads(envelope.params))


@cache
def _default_setup() -> Handler:
    return make_handler(v1.NewSessionRequest, _new_session, is_request=True, concurrent=True)
