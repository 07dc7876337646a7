"""What can go wrong with an MCP server."""

from __future__ import annotations

from ..jsonrpc import AcpError


class McpError(AcpError):
    """A server refused a call, broke the protocol, or is not connected; the message names it."""


class McpNotInstalled(AcpError, ImportError):
    """The official `mcp` package is needed and not there."""

    def __init__(self) -> None:
        super().__init__("this needs the official mcp package: pip install 'acp_trio[mcp]'")


class ToolError(AcpError):
    """Raised by a tool: the call has failed, and the text says to the model how.

    The text of any other exception stays here, in the log; the model reads only which tool has failed.
    """
