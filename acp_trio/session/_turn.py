"""A prompt turn as the agent sees it: what was asked, and the ways to answer while it runs.

Owns the turn's place in its session's queue and what its handler's return value means. Its cancel scope is what
`session/cancel` cancels; a cancelled turn answers `cancelled`, whatever its handler did
(https://agentclientprotocol.com/protocol/prompt-turn).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, final
from uuid import uuid4

import trio

from ..connection import Block, CarriedError, Connection, Responder, block
from ..jsonrpc import LocalMisuse
from ..schema import Request, v1
from ._cancelled import cancelled_turn
from ._facilities import ClientOffer, Facilities
from ._prompts import text_of

if TYPE_CHECKING:
    from ._agent_session import AgentSession

A = TypeVar("A")

STOP_REASONS = ("end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled")
"""What an agent may answer a prompt with in version 1. A client takes others too: they may come with a later one."""


class Outlet(Protocol):
    """Where a turn's updates go instead of straight to the client. Whoever gives one passes them on, in order."""

    async def send(self, update: v1.SessionUpdate, /) -> None:
        """Take an update; wait for room."""
        ...

    def send_nowait(self, update: v1.SessionUpdate, /) -> None:
        """Take the update that ends a tool call, from a task that cannot wait."""
        ...

    async def flush(self) -> None:
        """Wait until everything taken so far was passed on."""
        ...

    @property
    def asked(self) -> Facilities | None:
        """Whose client is asked now, if it is not the turn's."""
        ...

    async def ask(self, request: Request[A], /) -> A:
        """Ask the client, behind everything taken so far, and return its answer."""
        ...

    def take_in(self, prompt: Sequence[v1.ContentBlock], /) -> None:
        """A later prompt became part of the turn."""
        ...


@final
class Turn(Facilities):
    """One prompt, being worked on. The argument of an `on_prompt` handler.

    Attributes:
      session_id: the session's id.
      prompt: the content blocks of the user's message.
      request: the whole request, `_meta` included.
      outlet: where its updates go, if not straight to the client.
      on_cancel: called in the step in which the turn is cancelled while it runs, before anything of it can notice.
    """

    def __init__(
        self, connection: Connection, offer: ClientOffer, request: v1.PromptRequest, responder: Responder[Any]
    ) -> None:
        self.connection = connection
        self.offer = offer
        self.session_id: str = request.session_id
        self.prompt: Sequence[v1.ContentBlock] = request.prompt
        self.request = request
        self.responder = responder
        self.entered: bool = False  # everything that the session was asked before it is done
        self.running: bool = False
        self.outlet: Outlet | None = None
        self.on_cancel: Callable[[], None] | None = None
        self.taken_in: list[Turn] = []
        self.waiting_behind: Callable[[], Sequence[Turn]] = tuple
        self._session: AgentSession | None = None

    def __repr__(self) -> str:
        return f"<Turn of session {self.session_id!r}: {self.text!r:.40}>"

    @property
    def session(self) -> AgentSession:
        """The session it belongs to."""
        if self._session is None:
            raise LocalMisuse("the turn has not begun")
        return self._session

    @property
    def text(self) -> str:
        """The prompt as plain text; other blocks by what names them."""
        return "\n".join(text_of(part) for part in self.prompt)

    @property
    def scope(self) -> trio.CancelScope:
        """The cancel scope of the turn."""
        return self.responder.scope

    def begin(self, session: AgentSession) -> None:
        """It is this turn's turn."""
        self._session = session
        self.running = True

    async def update(self, update: v1.SessionUpdate) -> None:
        """Send one update of this turn. Checkpoints as `Connection.notify` does; through an outlet, as that does."""
        if self.outlet is None:
            await super().update(update)
        else:
            await self.outlet.send(update)

    def update_nowait(self, update: v1.SessionUpdate) -> None:
        """Send the update that ends something, without waiting for room: a cancelled task cannot wait."""
        if self.outlet is None:
            self.connection.notify_nowait(v1.SessionNotification(session_id=self.session_id, update=update))
        else:
            self.outlet.send_nowait(update)

    async def flush(self) -> None:
        """Wait until the updates sent before are on their way. Checkpoints."""
        await super().flush()
        if self.outlet is not None:
            await self.outlet.flush()

    @property
    def asked(self) -> Facilities:
        """Whose client is asked: the one that prompted, or what the outlet says."""
        return self if self.outlet is None else self.outlet.asked or self

    async def ask(self, request: Request[A]) -> A:
        """Send a request about this turn, behind the updates sent before it, and wait for its answer."""
        if self.outlet is not None:
            return await self.outlet.ask(request)
        return await super().ask(request)

    def take_steering(self) -> Sequence[Sequence[v1.ContentBlock]]:
        """The prompts that came while this one runs, to be worked on in the same turn; each is given once.

        Only for `second_prompt="steer"`. They are answered as this turn is; the rest become turns of their own. A
        turn that is cancelled or over takes nothing in.

        Example:
            for blocks in turn.take_steering():
                messages.append(as_user_message(blocks))
        """
        taken = self.waiting_behind()
        self.taken_in.extend(taken)
        if self.outlet is not None:
            for turn in taken:
                self.outlet.take_in(turn.prompt)
        return [turn.prompt for turn in taken]

    def conclude(self, outcome: Any) -> v1.PromptResponse:
        """The response for what the handler returned. Raises LocalMisuse if that is neither a reason nor a response."""
        if self.responder.cancelled:
            return cancelled_turn()
        response = v1.PromptResponse(stop_reason=outcome) if isinstance(outcome, str) else outcome
        if not isinstance(response, v1.PromptResponse):
            raise LocalMisuse(f"an on_prompt handler must return a stop reason, not {type(outcome).__name__}")
        if response.stop_reason not in STOP_REASONS:
            raise LocalMisuse(f"{response.stop_reason!r} is no stop reason; those are {', '.join(STOP_REASONS)}")
        for turn in self.taken_in:
            if not turn.responder.answered:
                turn.responder.respond(response)
        return response

    def tool_call(
        self,
        title: str,
        *,
        name: str | None = None,
        kind: v1.ToolKind | None = None,
        tool_call_id: str | None = None,
        content: Sequence[v1.ToolCallContent] = (),
        locations: Sequence[v1.ToolCallLocation] = (),
        raw_input: Any = None,
    ) -> Block[RunningToolCall]:
        """Show a tool call for the time of a block: pending when it is entered, completed or failed when it is left.

        `title` is for people, `name` the tool's own. An exception, a cancellation included, marks it failed and passes
        on.

        Example:
            async with turn.tool_call("Read notes.txt", kind="read") as call:
                await call.progress()
                text = await turn.read_text_file("/notes.txt")
        """
        shown = v1.ToolCall(
            tool_call_id=tool_call_id or uuid4().hex,
            title=title,
            name=name,
            kind=kind,
            status="pending",
            content=content,
            locations=locations,
            raw_input=raw_input,
        )
        return _tool_call_block(self, shown)


@final
class RunningToolCall:
    """A tool call that the user sees."""

    def __init__(self, turn: Turn, shown: v1.ToolCall) -> None:
        self.id: str = shown.tool_call_id
        self.title: str = shown.title
        self._turn = turn
        self._final = v1.ToolCallUpdate(tool_call_id=self.id, status="completed")
        self._is_finished = False

    async def progress(self, content: Sequence[v1.ToolCallContent] | None = None) -> None:
        """Mark it in progress, and replace its content if given. Checkpoints. Raises as `update` does."""
        await self.update(v1.ToolCallUpdate(tool_call_id=self.id, status="in_progress", content=content))

    async def update(self, update: v1.ToolCallUpdate) -> None:
        """Send an update of your own for it. Checkpoints. Raises LocalMisuse once its block has been left."""
        if self._is_finished:
            raise LocalMisuse(f"the block of the tool call {self.title!r} has been left")
        await self._turn.update(update)

    def complete(self, content: Sequence[v1.ToolCallContent] = (), raw_output: Any = None) -> None:
        """Say what it shall show when the block ends. Sends nothing yet."""
        self._final = v1.ToolCallUpdate(
            tool_call_id=self.id, status="completed", content=content or None, raw_output=raw_output
        )

    def fail(self, reason: str) -> None:
        """Have it end as failed, showing `reason`, though the block ends well. Sends nothing yet."""
        shown = v1.Content(content=v1.TextContent(text=reason))
        self._final = v1.ToolCallUpdate(tool_call_id=self.id, status="failed", content=[shown])

    def as_update(self) -> v1.ToolCallUpdate:
        """It, as `request_permission` wants it named."""
        return v1.ToolCallUpdate(tool_call_id=self.id, title=self.title)

    def finish(self, error: BaseException | None) -> None:
        """Send the last update, in this step: a cancelled task cannot wait."""
        self._is_finished = True
        last = self._final if error is None else v1.ToolCallUpdate(tool_call_id=self.id, status="failed")
        self._turn.update_nowait(last)


@block
async def _tool_call_block(turn: Turn, shown: v1.ToolCall) -> AsyncGenerator[RunningToolCall]:
    await turn.update(shown)
    call = RunningToolCall(turn, shown)
    carried = CarriedError()
    with carried:
        yield call
    call.finish(carried.error)
    carried.release()
