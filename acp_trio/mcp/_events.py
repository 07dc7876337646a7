"""What happens at MCP servers, as a runtime hears of it, and how it reaches them.

Owns the interface between a session's runtime and its servers. What only the latest counts of may be coalesced by who
tells of it; a question never is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, final

import attrs
import trio

from ..jsonrpc import LocalMisuse
from ..schema import v1
from ._surface import McpPrompt, McpPromptMessage, McpServerStatus, McpSnapshot, McpTool, McpToolResult


@attrs.frozen
class ToolsChanged:
    """The tools of all connected servers, as they are now."""

    tools: Sequence[McpTool]


@attrs.frozen
class PromptsChanged:
    """The prompts of some server have changed: list them anew."""


@attrs.frozen
class InstructionsChanged:
    """What one server wants the model to know; None if it has nothing to say any more."""

    server: str
    instructions: str | None


@attrs.frozen
class StatusesChanged:
    """How all servers are doing."""

    statuses: Sequence[McpServerStatus]


@attrs.frozen
class ConnectionReady:
    """Each server has been connected or has failed, for the first time."""

    snapshot: McpSnapshot


@attrs.frozen
class UrlElicitationComplete:
    """What the user was sent to a URL for is done."""

    server: str
    elicitation_id: str


@attrs.frozen
class AuthenticationFailed:
    """The user could not be authenticated with a server."""

    server: str
    reason: str


@final
class Elicitation:
    """A server asks the user something, and waits.

    Attributes:
      server: who asks.
      message: for the user.
      mode: a form, or a URL to visit.
    """

    def __init__(self, server: str, message: str, mode: v1.ElicitationMode) -> None:
        self.server = server
        self.message = message
        self.mode = mode
        self._answer: v1.ElicitationAction | None = None
        self._answered = trio.Event()

    def __repr__(self) -> str:
        return f"<Elicitation of {self.server!r}: {self.message:.60}>"

    @property
    def is_answered(self) -> bool:
        """Whether whoever asks need not wait any more."""
        return self._answered.is_set()

    def answer(self, action: v1.ElicitationAction) -> None:
        """Tell the server what the user did. Raises LocalMisuse if it was told already."""
        if self.is_answered:
            raise LocalMisuse(f"{self!r} was answered already")
        self._answer = action
        self._answered.set()

    def dismiss(self) -> None:
        """Answer `cancel`, unless it was answered: nobody can be asked. No checkpoint."""
        if not self.is_answered:
            self.answer(v1.ElicitationCancelAction())

    async def wait(self) -> v1.ElicitationAction:
        """Wait for the answer. Checkpoints."""
        await self._answered.wait()
        assert self._answer is not None
        return self._answer


McpEvent: TypeAlias = (
    ToolsChanged
    | PromptsChanged
    | InstructionsChanged
    | StatusesChanged
    | ConnectionReady
    | Elicitation
    | UrlElicitationComplete
    | AuthenticationFailed
)
"""What a runtime hears from its servers."""

OnProgress: TypeAlias = Callable[[float, float | None, str | None], Awaitable[None]]
"""Called with how far a tool has come, out of how much, and a message for people."""


class McpTools(Protocol):
    """The MCP servers of one agent, as its runtime uses them. `connect_servers` gives real ones, a test others."""

    def events(self) -> AsyncIterator[McpEvent]:
        """What happens, in order; it ends when the servers are left. One task iterates."""
        ...

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any], *, on_progress: OnProgress | None = None
    ) -> McpToolResult:
        """Call a tool by its qualified name. Raises McpError if the server refuses or is gone.

        Cancelling it cancels the call at the server. Deadlines are the caller's. Checkpoints.
        """
        ...

    async def list_prompts(self) -> Sequence[McpPrompt]:
        """The prompts of all connected servers. A server that fails to tell has none. Checkpoints."""
        ...

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> Sequence[McpPromptMessage]:
        """The messages of a prompt, by its qualified name. Raises McpError. Checkpoints."""
        ...

    def authenticate(self, server: str) -> None:
        """Start to authenticate with a server that needs it; how it went comes as events. Raises LocalMisuse."""
        ...
