"""What MCP servers offer an agent: tools, prompts, instructions, and how each server is doing.

Owns the words for it, apart from the official package's own classes: an agent, and its tests, can speak of tools where
that package is not installed. Names of tools and prompts are unique over all servers: `server__name`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs

from ..schema import v1

SEPARATOR = "__"
"""Between a server's name and that of a tool or prompt of it."""

McpServerState: TypeAlias = Literal["connecting", "connected", "needs_authentication", "authenticating", "failed"]
"""How a server is doing. A server that failed may be connected anew, by its restart policy."""


def qualified_name(server: str, name: str) -> str:
    """The name by which a tool or prompt of a server is known beside those of other servers."""
    return f"{server}{SEPARATOR}{name}"


def _anything() -> dict[str, Any]:
    return {"type": "object"}


@attrs.frozen(kw_only=True)
class McpTool:
    """A tool of one server.

    Attributes:
      name: unique over all servers.
      server: whose it is.
      tool: what that server calls it.
      title: for people.
      description: for the model.
      input_schema: the JSON schema of its arguments.
      output_schema: the JSON schema of its structured result, if it has one.
      annotations: what the server says of its effects, such as `{"readOnlyHint": True}`; not to be relied on.
    """

    name: str
    server: str
    tool: str
    title: str | None = None
    description: str = ""
    input_schema: Mapping[str, Any] = attrs.field(factory=_anything)
    output_schema: Mapping[str, Any] | None = None
    annotations: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen(kw_only=True)
class McpToolResult:
    """What a call gave.

    Attributes:
      content: for the model, and for people.
      structured: the result as data, if the tool has any.
      is_error: whether the tool failed: the content says how, and the model is to be told.
    """

    content: Sequence[v1.ContentBlock] = ()
    structured: Any = None
    is_error: bool = False


@attrs.frozen(kw_only=True)
class McpPromptArgument:
    """What a prompt can be given."""

    name: str
    description: str = ""
    required: bool = False


@attrs.frozen(kw_only=True)
class McpPrompt:
    """A prompt that a server keeps ready, such as a slash command.

    Attributes:
      name: unique over all servers.
      server: whose it is.
      prompt: what that server calls it.
      title: for people.
      description: for people.
      arguments: what it can be given.
    """

    name: str
    server: str
    prompt: str
    title: str | None = None
    description: str = ""
    arguments: Sequence[McpPromptArgument] = ()


@attrs.frozen(kw_only=True)
class McpPromptMessage:
    """One message of a prompt that was asked for."""

    role: Literal["user", "assistant"]
    content: v1.ContentBlock


@attrs.frozen(kw_only=True)
class McpServerStatus:
    """How one server is doing.

    Attributes:
      name: as the client declared it.
      state: see `McpServerState`.
      reason: why it is not connected, for people; no secrets.
    """

    name: str
    state: McpServerState
    reason: str = ""


@attrs.frozen(kw_only=True)
class McpSnapshot:
    """Everything the servers offer now.

    Attributes:
      instructions: by server, what it wants the model to know.
      tools: of all connected servers, in the order of the servers; not filtered.
      statuses: of all servers, in their order.
      is_ready: whether each server has been connected or has failed, for the first time: who needs what all of them
        offer waits for it, with a deadline.
    """

    instructions: Mapping[str, str] = attrs.field(factory=dict[str, str])
    tools: Sequence[McpTool] = ()
    statuses: Sequence[McpServerStatus] = ()
    is_ready: bool = False
