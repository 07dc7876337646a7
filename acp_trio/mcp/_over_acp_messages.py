"""What a declared MCP server and its user say to each other inside of ACP, in both dialects.

Owns the words: the draft of November 2026 has one request, `mcp/message`, that names the server and an id of its own;
before it there were `mcp/connect`, `mcp/message` and `mcp/disconnect` with the id of a connection. Both are unstable,
so none of this is in `acp_trio.schema`. A declaration is what `v1.McpServer` keeps of an unknown transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from ..jsonrpc import RequestError
from ..schema import Notification, Request, v1
from ..schema._message import MetaRecord, record
from ..schema._wire import field

TRANSPORT: Final = "acp"
"""The `type` of a declaration, and the capability of an agent that takes it."""

JSONObject: TypeAlias = Mapping[str, Any]


@record
class MessageMcpRequest(Request[Any]):
    """An MCP request inside of ACP: with `server_id` and `request_id`, or in the older dialect with `connection_id`.

    Its answer is `{"result": ...}` or `{"error": ...}`; in the older dialect it is the result itself.
    """

    method = "mcp/message"

    inner_method: str = field(name="method")
    params: JSONObject | None = None
    server_id: str | None = field(default=None, name="serverId")
    request_id: str | None = field(default=None, name="requestId")
    connection_id: str | None = field(default=None, name="connectionId")


@record
class MessageMcpNotification(Notification):
    """An MCP notification inside of ACP; it belongs to a request, or in the older dialect to a connection."""

    method = "mcp/message"

    inner_method: str = field(name="method")
    params: JSONObject | None = None
    server_id: str | None = field(default=None, name="serverId")
    request_id: str | None = field(default=None, name="requestId")
    connection_id: str | None = field(default=None, name="connectionId")


@record
class ConnectMcpResponse(MetaRecord):
    """The connection, for all messages that follow."""

    connection_id: str = field(name="connectionId")


@record
class ConnectMcpRequest(Request[ConnectMcpResponse]):
    """Open a connection to a declared server, in the older dialect."""

    method = "mcp/connect"

    server_id: str = field(name="serverId")


@record
class DisconnectMcpRequest(Request[dict[str, Any]]):
    """Close a connection to a declared server, in the older dialect."""

    method = "mcp/disconnect"

    connection_id: str = field(name="connectionId")


def takes_acp(capabilities: v1.McpCapabilities) -> bool:
    """Whether an agent advertises that it uses MCP servers inside of ACP."""
    return capabilities.extras.get(TRANSPORT) is True


def declare(name: str, server_id: str) -> v1.McpServer:
    """The declaration of a server that is reached inside of ACP."""
    return v1.UnknownMcpServer(tag=TRANSPORT, extras={"name": name, "serverId": server_id})


def declared_id(server: v1.McpServer) -> str | None:
    """The id of a server that was declared to be reached inside of ACP; None for any other."""
    if not isinstance(server, v1.UnknownMcpServer) or server.tag != TRANSPORT:
        return None
    found = server.extras.get("serverId")
    return found if isinstance(found, str) else None


def duplicate(request_id: str) -> RequestError:
    """What refuses a request whose own id is in use."""
    return RequestError.invalid_params(f"the MCP request {request_id!r} is still active")
