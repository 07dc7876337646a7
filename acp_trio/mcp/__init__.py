"""MCP servers: those that a session names, connected for an agent, and those that are written here and attached."""

from ._errors import McpError as McpError
from ._errors import McpNotInstalled as McpNotInstalled
from ._events import AuthenticationFailed as AuthenticationFailed
from ._events import ConnectionReady as ConnectionReady
from ._events import Elicitation as Elicitation
from ._events import InstructionsChanged as InstructionsChanged
from ._events import McpEvent as McpEvent
from ._events import McpTools as McpTools
from ._events import OnProgress as OnProgress
from ._events import PromptsChanged as PromptsChanged
from ._events import StatusesChanged as StatusesChanged
from ._events import ToolsChanged as ToolsChanged
from ._events import UrlElicitationComplete as UrlElicitationComplete
from ._restart import RestartPolicy as RestartPolicy
from ._servers import McpServers as McpServers
from ._servers import connect_servers as connect_servers
from ._surface import McpPrompt as McpPrompt
from ._surface import McpPromptArgument as McpPromptArgument
from ._surface import McpPromptMessage as McpPromptMessage
from ._surface import McpServerState as McpServerState
from ._surface import McpServerStatus as McpServerStatus
from ._surface import McpSnapshot as McpSnapshot
from ._surface import McpTool as McpTool
from ._surface import McpToolResult as McpToolResult
from ._surface import qualified_name as qualified_name
from ._surroundings import OverAcp as OverAcp
from ._surroundings import TokenStorageOf as TokenStorageOf

__all__ = [
    "AuthenticationFailed",
    "ConnectionReady",
    "Elicitation",
    "InstructionsChanged",
    "McpError",
    "McpEvent",
    "McpNotInstalled",
    "McpPrompt",
    "McpPromptArgument",
    "McpPromptMessage",
    "McpServerState",
    "McpServerStatus",
    "McpServers",
    "McpSnapshot",
    "McpTool",
    "McpToolResult",
    "McpTools",
    "OnProgress",
    "OverAcp",
    "PromptsChanged",
    "RestartPolicy",
    "StatusesChanged",
    "TokenStorageOf",
    "ToolsChanged",
    "UrlElicitationComplete",
    "connect_servers",
    "qualified_name",
]
