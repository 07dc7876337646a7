"""How the agent reaches an MCP server. The servers themselves are not spoken to here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from .._message import MetaRecord, Unknown, record
from .._wire import Tagged, field
from ._environment import EnvVariable


@record
class HttpHeader(MetaRecord):
    """A header to send with each HTTP request. Its repr does not show the value."""

    name: str
    value: str = field(secret=True)


@record
class McpServerStdio(MetaRecord):
    """A program that the agent starts and speaks to on its standard streams.

    Attributes:
      command: the program's absolute path.
    """

    name: str
    command: str
    args: Sequence[str] = field(default=(), required=True, on_null=True)
    env: Sequence[EnvVariable] = field(default=(), required=True, on_null=True)


@record
class McpServerHttp(MetaRecord):
    """A server reached by streamable HTTP."""

    name: str
    url: str
    headers: Sequence[HttpHeader] = field(default=(), required=True, on_null=True)


@record
class McpServerSse(MetaRecord):
    """A server reached by HTTP with server-sent events, which MCP itself has given up."""

    name: str
    url: str
    headers: Sequence[HttpHeader] = field(default=(), required=True, on_null=True)


@record
class UnknownMcpServer(Unknown):
    """A transport that this version does not know; an agent should refuse it. Its repr shows no more than that."""

    tag: str = field(name="type")

    def __repr__(self) -> str:
        return f"UnknownMcpServer(tag={self.tag!r})"  # any of the rest may be a secret


McpServer: TypeAlias = Annotated[
    McpServerStdio | McpServerHttp | McpServerSse | UnknownMcpServer,
    Tagged(
        "type",
        {"http": McpServerHttp, "sse": McpServerSse},
        other=UnknownMcpServer,
        untagged=McpServerStdio,
        implied=("stdio",),
    ),
]
"""An MCP server for a session's agent to use."""
