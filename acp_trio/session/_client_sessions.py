"""All sessions of a client's connection: how they are opened, and to which one a message belongs.

Owns the routes. A session whose id is known has its route before its request is published; a new one gets it in the
dispatch loop, in the step that takes the agent's answer, so that nothing sent after it can miss it. What arrives before
the answer waits on a bounded shelf.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import trio

from ..connection import (
    Block,
    CarriedError,
    Connection,
    Gong,
    Peer,
    Responder,
    SentRequest,
    Shelf,
    block,
    check_may_wait,
    members,
    raw_params,
    what_leaves,
)
from ..jsonrpc import (
    AcpError,
    Envelope,
    JSONInvalid,
    LocalMisuse,
    PeerError,
    ProtocolViolation,
    RequestError,
    UntypedMessage,
    loads,
)
from ..schema import evolve, v1
from ..transports import ConnectionClosed, ConnectionLost
from ._attached import SETUP, Attached
from ._attachments import Attachment, Relaying
from ._cancelled import cancelled_questions
from ._client_session import ClientSession

logger = logging.getLogger("acp_trio.session")

SCOPED_REQUESTS = (
    "session/request_permission",
    "elicitation/create",
    "fs/read_text_file",
    "fs/write_text_file",
    "terminal/create",
    "terminal/output",
    "terminal/wait_for_exit",
    "terminal/kill",
    "terminal/release",
)
"""Requests of an agent that belong to a session: they start when its reader has caught up."""


class _UpdateTag(msgspec.Struct, gc=False, rename="camel"):
    session_update: str


class _UpdateHead(msgspec.Struct, gc=False, rename="camel"):
    session_id: str
    update: _UpdateTag


_decode_head = msgspec.json.Decoder(_UpdateHead).decode


class ClientSessions:
    """The sessions of one connection, client's side."""

    def __init__(
        self,
        connection: Connection,
        *,
        may_close: Callable[[], bool],
        attached: Attached,
        relays: Relaying | None = None,
        agent: Peer | None = None,
    ) -> None:
        self.connection = connection
        self._agent = agent
        self.relays = relays
        self._attached = attached
        self._may_close = may_close
        self._open: dict[str, ClientSession] = {}
        self._shelf = Shelf(connection.limits.shelf)
        self._setups = 0
        self.closing: bool = False
        self._answered = Gong()
        hooks = connection.hooks
        if relays is None:
            hooks.shelf = self._shelf
        hooks.takers["session/update"] = self._take_update
        for method in SCOPED_REQUESTS:
            hooks.entering[method] = self._enter
        hooks.cancelled_results.update(cancelled_questions())
        connection.call_on_end(self._lose)
        connection.call_on_closing(self._close_all)

    def open(
        self,
        request: Any,
        *,
        session_id: str | None = None,
        keep: bool = False,
        attachments: Sequence[Attachment] = (),
        relayed: bool = False,
    ) -> Block[ClientSession]:
        """Open a session in an `async with`.

        Args:
          request: what opens it: `session/new`, load, resume, or a request of yours whose response has a `session_id`.
          session_id: the id, where the request names it.
          keep: do not tell the agent to close it at the end of the block, so that it can be loaded again.
          attachments: what the session gets besides, for as long as its block lasts.
          relayed: it is opened for a client, and passed on to it.
        """
        session = ClientSession(self, session_id or "", relayed=relayed)
        if attachments:
            return _attached_block(self, session, request, attachments, keep=keep)
        return _session_block(self, session, request, keep=keep)

    def __len__(self) -> int:
        return len(self._open)

    def get(self, session_id: str) -> ClientSession | None:
        """The session with this id, from the step in which it has its route until its block has been left."""
        return self._open.get(session_id)

    async def wait_answered(self, sent: SentRequest[Any], check: Callable[[], None]) -> None:
        """Wait until the answer to `sent` was dispatched, by the caller's deadline; `check` may end it. Checkpoints."""
        await trio.lowlevel.checkpoint()
        while not sent.is_answered:
            check()
            await self._answered.wait()

    def note_answered(self) -> None:
        """A prompt was answered, or will not be waited for any more."""
        self._answered.strike()

    def tell_agent_to_cancel(self, session_id: str) -> None:
        """Send `session/cancel` from the dispatch loop."""
        self.connection.notify_nowait(v1.CancelNotification(session_id=session_id))

    # Called by the dispatch loop

    def _take_update(self, envelope: Envelope, responder: Responder[Any] | None) -> bool:
        if responder is not None:
            return False  # a notification, sent as a request
        if self.relays is not None and not self._open:
            return False  # every session is the client's
        raw = raw_params(envelope)
        try:
            session_id, tag = _head(raw)
        except (ValueError, LookupError, TypeError) as exc:
            if self.relays is not None:
                return False  # it is for the client to judge
            logger.warning("a session/update that is not valid was dropped: %s", exc)
            return True
        session = self._open.get(session_id)
        if session is not None:
            return session.receive(raw, tag)
        if self.relays is not None:
            return False  # of a session that is the client's
        self._shelve(session_id, envelope)
        return True

    def _shelve(self, session_id: str, envelope: Envelope) -> None:
        self._drop_what_nobody_wants()
        if not (self._may_learn_of_sessions and self._shelf.add(envelope, session_id)):
            logger.debug("an update for the unknown session %r was dropped", session_id)

    def _drop_what_nobody_wants(self) -> None:
        if not self._may_learn_of_sessions:
            self._shelf.clear()

    @property
    def _may_learn_of_sessions(self) -> bool:
        """Whether a request is on its way whose answer may tell of a session: ours, or one that a user sent."""
        return bool(self._setups) or self.connection.awaits_any(SETUP)

    def _enter(self, envelope: Envelope, responder: Responder[Any]) -> Callable[[], Awaitable[None]] | None:
        session_id = _session_id_of(envelope)
        if session_id is None:
            return None
        session = self._open.get(session_id)
        if session is None:
            may_come = self.relays is not None or self._may_learn_of_sessions
            return None if may_come else _refuser(session_id)
        return session.question(responder)

    def _lose(self, error: AcpError) -> None:
        for session in list(self._open.values()):
            session.end_streams(error)

    async def _close_all(self) -> None:
        """The connection is closing: what runs in nurseries ends, turn and all, while the agent can still be told."""
        self.closing = True
        for session in [session for session in self._open.values() if session.want_close()]:
            await session.wait_left()

    # Opening

    async def begin(self, session: ClientSession, request: Any, *, keep: bool) -> None:
        """Send the setup request and wait for its answer, with the route in place."""
        check_may_wait(f"the answer to {request.method}")
        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent
        request = await self._attached.added_to(request)
        await self.connection.wait_for_room()
        if session.relayed:
            await self._end_relay_of(session.id)
        session.directories = _directories_of(request)
        self._drop_what_nobody_wants()
        if session.id:
            self._install(session)
        self._setups += 1
        try:
            sent = self.connection.send_request(request, to=self._agent)
            sent.call_on_answer(lambda answered: self._set_up(session, answered, keep=keep))
            session.response = await sent.wait()
        except PeerError as exc:
            self.forget(session)
            if session.relayed:
                raise exc.as_refusal() from exc  # whoever asked for it is to be told the same
            raise
        except BaseException:
            self.forget(session)
            raise
        finally:
            self._setups -= 1
        session.end_setup()

    async def _end_relay_of(self, session_id: str) -> None:
        """A client opens its session anew: whoever relays it by now leaves it first. Checkpoints only if it waits."""
        before = self._open.get(session_id)
        if before is not None and before.relaying and self.relays is not None:
            self.relays.end(before)
            await before.wait_left()

    def _set_up(self, session: ClientSession, sent: SentRequest[Any], *, keep: bool) -> None:
        """In the dispatch loop, on the agent's answer: from here on the session has its route."""
        try:
            response = sent.result()
        except AcpError:
            return  # whoever waits for the answer gets it
        if not sent.is_awaited:
            if not (keep and session.id):  # one that was there before may be at work for others
                self._close_unwanted(session, getattr(response, "session_id", session.id))
            return
        session.state.fold_setup(response)
        if session.id:
            self._opened(session)
            return
        session_id = getattr(response, "session_id", None)
        if not isinstance(session_id, str):
            session.lose(LocalMisuse(f"the response to {sent.method} has no session_id: say which one it opens"))
        elif session_id in self._open:
            session.lose(ProtocolViolation(f"the agent gave two sessions the id {session_id}"))
        else:
            session.id = session_id
            self._install(session)
            self._opened(session)

    def _opened(self, session: ClientSession) -> None:
        if session.relayed and self.relays is not None:
            self.relays.open(session)

    def _close_unwanted(self, session: ClientSession, session_id: str) -> None:
        """The agent opened it, but whoever asked for it was cancelled meanwhile."""
        in_use = self._open.get(session_id, session) is not session  # it was opened once more
        if not in_use and self._may_close() and not self.connection.is_closed:
            self.connection.send_request(v1.CloseSessionRequest(session_id=session_id))

    def _install(self, session: ClientSession) -> None:
        if session.id in self._open:
            raise LocalMisuse(f"session {session.id} is open already on this connection")
        self._open[session.id] = session
        for envelope in self._shelf.take(session.id):
            raw = raw_params(envelope)
            session.receive(raw, _head(raw)[1])

    def forget(self, session: ClientSession) -> None:
        """Take the route away."""
        if self._open.get(session.id) is session:
            del self._open[session.id]

    async def end(self, session: ClientSession, error: BaseException | None, *, keep: bool) -> None:
        """Close the session at the agent, where it can be, and forget it."""
        if self.relays is not None:
            self.relays.leave(session)
        with self.connection.leaving(error):
            await session.end_open_turn()
            await session.questions.end()
            if not (keep or session.relaying) and self._may_close():  # while the connection closes, too
                try:
                    await self.connection.request(v1.CloseSessionRequest(session_id=session.id))
                except (ConnectionLost, ConnectionClosed):
                    logger.debug("session %r ended with its connection", session.id)
                except AcpError as exc:
                    logger.warning("session %r could not be closed: %r", session.id, exc)
        self.forget(session)


# Ctrl-C may only come where something is awaited, or the session would never be ended.
@block
@trio.lowlevel.enable_ki_protection
async def _session_block(
    sessions: ClientSessions, session: ClientSession, request: Any, *, keep: bool
) -> AsyncGenerator[ClientSession]:
    carried = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            # Before the agent can know of the session: what it asks for at once may need a task.
            session.nursery = nursery
            with carried:
                await sessions.begin(session, request, keep=keep)
                yield session
            # Always, though most have no tasks: one that `start` waits for outside is not among them yet.
            nursery.cancel_scope.cancel("the session's block is left")
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    finally:
        if sessions.get(session.id) is session:
            await sessions.end(session, carried.error, keep=keep)  # noqa: ASYNC102  # it shields itself, by the grace
        session.leave()
    carried.release()


@block
async def _attached_block(
    sessions: ClientSessions, session: ClientSession, request: Any, attachments: Sequence[Attachment], *, keep: bool
) -> AsyncGenerator[ClientSession]:
    async with AsyncExitStack() as stack:
        if not hasattr(request, "mcp_servers"):
            raise LocalMisuse(f"{request.method} names no MCP servers: there is nothing to attach them to")
        for attachment in attachments:
            declaration = await stack.enter_async_context(attachment.attach(session.connection))
            request = evolve(request, mcp_servers=[*request.mcp_servers, declaration])
        yield await stack.enter_async_context(_session_block(sessions, session, request, keep=keep))


def _directories_of(request: Any) -> tuple[str, ...]:
    """The directories that a setup request names: where the session works, then the additional ones."""
    cwd = getattr(request, "cwd", None)
    return () if cwd is None else (cwd, *getattr(request, "additional_directories", ()))


def _head(raw: bytes) -> tuple[str, str]:
    """Session id and tag of an update's params, without decoding the rest."""
    try:
        head = _decode_head(raw)
    except (ValueError, RecursionError):
        params: Any = loads(raw)
        return str(params["sessionId"]), str(params["update"]["sessionUpdate"])
    return head.session_id, head.update.session_update


def _session_id_of(envelope: Envelope) -> str | None:
    try:
        return UntypedMessage.of(envelope).session_id
    except JSONInvalid:
        return None  # its handler's turn will tell


def _refuser(session_id: str) -> Callable[[], Awaitable[None]]:
    async def refuse() -> None:
        await trio.lowlevel.checkpoint()
        raise RequestError.session_not_found(session_id)

    return refuse
