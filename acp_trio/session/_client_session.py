"""A session as the client holds it: prompts, state, settings, tasks of its own.

Owns what happens to an update that arrives (folded, read by a turn or by a stream, or dropped), the rule of one turn at
a time, and the end of a session that was not read for too long. Opening and routing belong to `ClientSessions`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVarTuple, final

import trio

from ..connection import Block, CarriedError, Connection, Gong, Responder, SentRequest, block, check_may_wait
from ..jsonrpc import AcpError, LocalMisuse
from ..schema import v1
from ._inbox import Inbox, SessionOverrun
from ._prompt_turn import PromptTurn, decode_update
from ._prompts import Prompt, content_blocks
from ._questions import Questions
from ._session_state import STATE_UPDATES, SessionState
from ._update_stream import UpdateStream

if TYPE_CHECKING:
    from ._client_sessions import ClientSessions

Ts = TypeVarTuple("Ts")

logger = logging.getLogger("acp_trio.session")


@final
class ClientSession:
    """One session with an agent, for as long as its block lasts.

    Made by `ClientConnection.open_session` and its siblings.

    Attributes:
      id: the agent's id for it.
      connection: the connection it belongs to.
      directories: where it works, `cwd` first, as the request that opened it names them.
      response: the agent's answer to the request that opened it.
      replay: the conversation so far, for a session that was loaded.
      state: modes, options, commands, title and usage, the latest that was received.
      nursery: runs tasks until the session's block is left.
      relayed: whether a proxy opened it for its client.
      relaying: whether it was passed on to that client.
    """

    nursery: trio.Nursery

    def __init__(self, sessions: ClientSessions, session_id: str, *, relayed: bool = False) -> None:
        self.id = session_id
        self.relayed: bool = relayed
        self.relaying: bool = False
        self.connection: Connection = sessions.connection
        self.directories: Sequence[str] = ()
        self.response: Any = None
        self.replay: Sequence[v1.SessionUpdate] = ()
        self.state: SessionState = SessionState()
        self._sessions = sessions
        self._turn: PromptTurn | None = None
        self._inbox: Inbox[Any] | None = None  # the open turn's
        self._early: list[bytes] | None = []  # what came while the session was being set up
        self._early_size = 0
        self._streams: list[Inbox[bool]] = []
        self._unanswered: SentRequest[v1.PromptResponse] | None = None
        self.questions: Questions = Questions()
        self._over: AcpError | None = None
        self._being_left = False
        self._close_wanted: trio.Event | None = None  # there is one for a session that runs in a nursery
        self._left = trio.Event()
        self._turn_left = Gong()
        self._turn_task: trio.lowlevel.Task | None = None  # who has it open

    def __repr__(self) -> str:
        return f"<ClientSession {self.id!r} on {self.connection!r}>"

    @property
    def has_open_turn(self) -> bool:
        """Whether a turn of it is open here."""
        return self._turn is not None

    # Prompting

    def prompt(self, prompt: Prompt) -> Block[PromptTurn]:
        """Send a prompt and stream the turn in an `async with`.

        Leaving the block early (`break`, an exception, a deadline) sends `session/cancel`, drops what still comes and
        waits for the agent's answer, at most for the connection's grace. If the previous turn's answer is still
        missing, it is waited for first, by the caller's deadline.

        Raises LocalMisuse if a turn of this session is open, SessionOverrun if the session was cut off,
        DispatchLoopHeld if the caller holds a dispatch loop, ConnectionLost or ConnectionClosed.

        Example:
            async with session.prompt("hello") as turn:
                async for update in turn:
                    print(update)
                print(turn.stop_reason)
        """
        return _turn_block(self, prompt)

    async def ask(self, prompt: Prompt) -> str:
        """Run a whole turn and return the text that the agent said. Raises and checkpoints as `prompt` does."""
        said: list[str] = []
        async with self.prompt(prompt) as turn:
            async for update in turn:
                match update:
                    case v1.AgentMessageChunk(content=v1.TextContent(text=text)):
                        said.append(text)
                    case _:
                        pass
        return "".join(said)

    def updates(self) -> Block[UpdateStream]:
        """Stream what the agent says outside of turns, in an `async with`."""
        return _stream_block(self)

    # Settings

    async def set_mode(self, mode_id: str) -> None:
        """Switch the session's mode. Raises PeerError if the agent refuses. Checkpoints."""
        self.check_usable()
        await self.connection.request(v1.SetSessionModeRequest(session_id=self.id, mode_id=mode_id))
        self.state.current_mode_id = mode_id

    async def set_config_option(
        self,
        config_id: str,
        value: str | bool,  # noqa: FBT001  # the option's value, not a switch
    ) -> Sequence[v1.SessionConfigOption]:
        """Set one option and return all of them as they are now. Raises PeerError if the agent refuses. Checkpoints."""
        self.check_usable()
        request = v1.SetSessionConfigOptionRequest(session_id=self.id, config_id=config_id, value=value)
        response = await self.connection.request(request)
        self.state.config_options = response.config_options
        return response.config_options

    # Its end

    async def relay(self) -> None:
        """From now on let everything of this session through to the client of a proxy, until the session ends.

        What has waited since the agent opened the session goes first, in the order of the wire; nothing is lost in
        between. It returns when the session was closed, or the connection has ended. Raises LocalMisuse for a session
        that was not opened for a client, or while a turn of it is open; DispatchLoopHeld. Checkpoints.
        """
        check_may_wait(f"the end of session {self.id}")
        if not self.relayed or self._sessions.relays is None or self.relaying:
            raise LocalMisuse("relay() passes on a session that a proxy has opened for its client, once")
        if self._turn is not None:
            raise LocalMisuse("leave the block of the turn before you pass its session on")
        self.check_usable()
        self.relaying = True
        await self._sessions.relays.start(self).wait()

    async def close(self) -> None:
        """End a session that runs in a nursery, and wait until it has ended: its turn first, then all that runs for it.

        Raises LocalMisuse for a session that an `async with` opened (leave the block), DispatchLoopHeld if the caller
        holds a dispatch loop. Checkpoints; cancelling it does not keep the session open.
        """
        check_may_wait(f"the end of session {self.id}")
        if self._close_wanted is None:
            raise LocalMisuse("this session ends with the `async with` that opened it: leave that block")
        if self._turn is not None and self._turn_task is trio.lowlevel.current_task():
            raise LocalMisuse("leave the block of the turn before you close its session")
        self._close_wanted.set()
        await self._left.wait()

    async def run_until_closed(self) -> None:
        """Hold the session's block open until `close` is called; for whoever runs it in a nursery."""
        self._close_wanted = trio.Event()
        if self._sessions.closing:  # it was opened while its connection closes
            await trio.lowlevel.checkpoint()
            return
        await self._close_wanted.wait()

    async def end_open_turn(self) -> None:
        """Cancel a turn that another task has open, and wait until that task has left it. No other can begin."""
        self._being_left = True
        if self._turn is None:
            return
        if self._inbox is None:  # its prompt waits for the answer to the one before, and is never sent
            self._refuse_more()
        else:
            await self._turn.cancel()
        while self.has_open_turn:
            await self._turn_left.wait()

    def leave(self) -> None:
        """Its block has been left: nothing can be asked in it any more, and its streams end."""
        self._refuse_more()
        for stream in self._streams:
            stream.end(True)
        self._left.set()

    def _refuse_more(self) -> None:
        self._over = self._over or LocalMisuse(f"the block of session {self.id} has been left")
        self._sessions.note_answered()  # a prompt that waits looks again

    def want_close(self) -> bool:
        """The connection is closing: have a session that runs in a nursery end; whether it is one."""
        if self._close_wanted is not None:
            self._close_wanted.set()
        return self._close_wanted is not None

    async def wait_left(self) -> None:
        """Wait until its block has been left. Checkpoints."""
        await self._left.wait()

    # Tasks

    def start_soon(self, function: Callable[[*Ts], Awaitable[object]], *args: *Ts, name: object = None) -> None:
        """Run a task until the session's block is left; it is cancelled then. If it fails, so does the block."""
        self.nursery.start_soon(function, *args, name=name)

    # Called by the dispatch loop

    def receive(self, raw: bytes, tag: str) -> bool:
        """Take one `session/update`; whether this session keeps it, and does not pass it on."""
        if self._over is not None:
            return not self.relayed
        if tag in STATE_UPDATES and (update := decode_update(raw)) is not None:
            self.state.fold(update)
        if self.relayed and (self._inbox is None or self._inbox.ended):
            return False
        if self._early is not None:
            self._receive_early(raw)
            return True
        inbox = self._inbox
        if inbox is not None and not inbox.ended:
            fits = inbox.put(raw)
        else:
            fits = all([stream.put(raw) for stream in self._streams])  # noqa: C419  # each one is to have it
        if not fits:
            self._overrun()
        return True

    def question(self, responder: Responder[Any]) -> Callable[[], Awaitable[None]] | None:
        """The agent asks something about this session: its handler starts when its readers have caught up."""
        # While a turn is open, its reader is the one: a stream may be left unread until the turn is over.
        readers = [self._inbox] if self._inbox is not None else list(self._streams)
        return self.questions.enter(responder, readers, over=self._over is not None)

    def lose(self, error: AcpError) -> None:
        """The session cannot go on: its readers get the error."""
        self._over = self._over or error
        self._sessions.note_answered()  # a prompt that waits looks again
        for inbox in [*self._streams, *([self._inbox] if self._inbox is not None else [])]:
            inbox.fail(error)

    def end_streams(self, error: AcpError) -> None:
        """Nothing more will come: the streams raise `error` behind what they hold, later ones at once."""
        self._over = self._over or error
        for inbox in self._streams:
            inbox.end(error)

    def end_setup(self) -> None:
        """The session is open: what came before is its replay. Raises SessionOverrun if that was too much."""
        self.check_usable()
        early, self._early = self._early or [], None
        self.replay = tuple(update for raw in early if (update := decode_update(raw)) is not None)

    def _receive_early(self, raw: bytes) -> None:
        assert self._early is not None
        self._early.append(raw)
        self._early_size += len(raw)
        if self._early_size > self.connection.limits.session_inbox:
            self._early.clear()
            self._overrun()

    def _overrun(self) -> None:
        limit = self.connection.limits.session_inbox
        logger.error("session %r ends: more than %d bytes of updates were not read", self.id, limit)
        self.lose(SessionOverrun(f"session {self.id} ended: more than {limit} bytes of its updates were not read"))
        self.questions.end_now("the session was overrun")
        self._sessions.tell_agent_to_cancel(self.id)

    def _new_inbox(self) -> Inbox[Any]:
        return Inbox(self.connection.limits.session_inbox, self.connection.hooks.laggards)

    # The turn

    async def _begin_turn(self, prompt: Prompt) -> PromptTurn:
        check_may_wait(f"the turn of session {self.id}")
        self.check_usable()
        if self._being_left:
            raise LocalMisuse(f"the block of session {self.id} is being left")
        if self._turn is not None:
            raise LocalMisuse("this session has an open turn; leave its block before the next prompt")
        request = v1.PromptRequest(session_id=self.id, prompt=content_blocks(prompt))
        inbox: Inbox[SentRequest[v1.PromptResponse]] = self._new_inbox()
        turn = self._turn = PromptTurn(self, inbox)
        self._turn_task = trio.lowlevel.current_task()  # it cannot close the session before it has left the turn
        try:
            await self._ready_for_prompt()
            self._unanswered = self.connection.send_request(request)
        except BaseException:
            self._turn = None
            self._turn_left.strike()
            raise
        self._unanswered.call_on_answer(self._answered)
        self._inbox = inbox
        return turn

    async def _ready_for_prompt(self) -> None:
        if self._unanswered is not None:
            await self._sessions.wait_answered(self._unanswered, self.check_usable)
        await self.connection.wait_for_room()
        self.check_usable()

    def _answered(self, sent: SentRequest[v1.PromptResponse]) -> None:
        if self._unanswered is sent:
            self._unanswered = None
            self.questions.go_on()
            if self._inbox is not None:
                self._inbox.end(sent)
        self._sessions.note_answered()

    async def _end_turn(self, turn: PromptTurn, error: BaseException | None) -> None:
        try:
            if not turn.is_over and self._over is None:
                await self._leave_early(turn, error)
        finally:
            self._turn = None
            self._turn_left.strike()
            if self._inbox is not None:
                self._inbox.close("the block of this turn")
                self._inbox = None

    async def _leave_early(self, turn: PromptTurn, error: BaseException | None) -> None:
        with self.connection.leaving(error) as scope:
            try:
                await turn.cancel()
                await turn.drop_until_answered()
            except AcpError as exc:
                logger.debug("the turn of session %r ended without an answer: %r", self.id, exc)
        if scope.cancelled_caught:
            logger.warning("the agent did not answer the cancelled turn of session %r in time", self.id)

    def check_usable(self) -> None:
        """Raise what ended the session, if anything did."""
        if self._over is not None:
            raise self._over.with_traceback(None)  # it may be raised again and again


@block
async def _turn_block(session: ClientSession, prompt: Prompt) -> AsyncGenerator[PromptTurn]:
    turn = await session._begin_turn(prompt)
    carried = CarriedError()
    with carried:
        yield turn
    await session._end_turn(turn, carried.error)
    carried.release()


@block
async def _stream_block(session: ClientSession) -> AsyncGenerator[UpdateStream]:
    inbox: Inbox[bool] = session._new_inbox()
    if session._over is not None:
        inbox.fail(session._over)
    session._streams.append(inbox)
    try:
        yield UpdateStream(inbox)
    finally:
        session._streams.remove(inbox)
        inbox.close("the block of this stream")
