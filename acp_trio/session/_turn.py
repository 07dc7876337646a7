"""A prompt turn as the agent sees it: what was asked, and the ways to answer while it runs.

Owns the turn's place in its session's queue and what its handler's return value means. Its cancel scope is what
`session/cancel` cancels; a cancelled turn answers `cancelled`, whatever its handler did
(https://agentclientprotocol.com/protocol/prompt-turn).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, final
from uuid import uuid4

import trio

from ..connection import Block, CarriedError, Connection, Responder, block
from ..jsonrpc import LocalMisuse
from ..schema import v1
from ._cancelled import cancelled_turn
from ._facilities import ClientOffer, Facilities
from ._prompts import text_of

if TYPE_CHECKING:
    from ._agent_session import AgentSession

STOP_REASONS = ("end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled")
"""What an agent may answer a prompt with in version 1. A client takes others too: they may come with a later one."""


@final
class Turn(Facilities):
    """One prompt, being worked on. The argument of an `on_prompt` handler.

    Attributes:
      session_id: the session's id.
      prompt: the content blocks of the user's message.
      request: the whole request, `_meta` included.
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

    def conclude(self, outcome: Any) -> v1.PromptResponse:
        """The response for what the handler returned. Raises LocalMisuse if that is neither a reason nor a response."""
        if self.responder.cancelled:
            return cancelled_turn()
        response = v1.PromptResponse(stop_reason=outcome) if isinstance(outcome, str) else outcome
        if not isinstance(response, v1.PromptResponse):
            raise LocalMisuse(f"an on_prompt handler must return a stop reason, not {type(outcome).__name__}")
        if response.stop_reason not in STOP_REASONS:
            raise LocalMisuse(f"{response.stop_reason!r} is no stop reason; those are {', '.join(STOP_REASONS)}")
        return response

    def tool_call(
        self,
        title: str,
        *,
        kind: v1.ToolKind | None = None,
        tool_call_id: str | None = None,
        content: Sequence[v1.ToolCallContent] = (),
        locations: Sequence[v1.ToolCallLocation] = (),
        raw_input: Any = None,
    ) -> Block[RunningToolCall]:
        """Show a tool call for the time of a block: pending when it is entered, completed or failed when it is left.

        An exception, a cancellation included, marks it failed and passes on.

        Example:
            async with turn.tool_call("Read notes.txt", kind="read") as call:
                await call.progress()
                text = await turn.read_text_file("/notes.txt")
        """
        shown = v1.ToolCall(
            tool_call_id=tool_call_id or uuid4().hex,
            title=title,
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

    async def progress(self, content: Sequence[v1.ToolCallContent] | None = None) -> None:
        """Mark it in progress, and replace its content if given. Checkpoints."""
        await self.update(v1.ToolCallUpdate(tool_call_id=self.id, status="in_progress", content=content))

    async def update(self, update: v1.ToolCallUpdate) -> None:
        """Send an update of your own for it. Checkpoints."""
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
        last = self._final if error is None else v1.ToolCallUpdate(tool_call_id=self.id, status="failed")
        self._turn.connection.notify_nowait(v1.SessionNotification(session_id=self._turn.session_id, update=last))


@block
async def _tool_call_block(turn: Turn, shown: v1.ToolCall) -> AsyncGenerator[RunningToolCall]:
    await turn.update(shown)
    call = RunningToolCall(turn, shown)
    carried = CarriedError()
    with carried:
        yield call
    call.finish(carried.error)
    carried.release()
