"""MCP servers: those that a session names, connected for an agent, and those that are written here and attached."""

from ._call import McpCall as McpCall
from ._errors import McpError as McpError
from ._errors import McpNotInstalled as McpNotInstalled
from ._errors import ToolError as ToolError
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
from ._over_acp import over_acp as over_acp
from ._over_acp_messages import ConnectMcpRequest as ConnectMcpRequest
from ._over_acp_messages import ConnectMcpResponse as ConnectMcpResponse
from ._over_acp_messages import DisconnectMcpRequest as DisconnectMcpRequest
from ._over_acp_messages import MessageMcpNotification as MessageMcpNotification
from ._over_acp_messages import MessageMcpRequest as MessageMcpRequest
from ._over_acp_messages import declared_id as declared_id
from ._over_acp_messages import takes_acp as takes_acp
from ._restart import RestartPolicy as RestartPolicy
from ._server import McpServer as McpServer
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
    "ConnectMcpRequest",
    "ConnectMcpResponse",
    "ConnectionReady",
    "DisconnectMcpRequest",
    "Elicitation",
    "InstructionsChanged",
    "McpCall",
    "McpError",
    "McpEvent",
    "McpNotInstalled",
    "McpPrompt",
    "McpPromptArgument",
    "McpPromptMessage",
    "McpServer",
    "McpServerState",
    "McpServerStatus",
    "McpServers",
    "McpSnapshot",
    "McpTool",
    "McpToolResult",
    "McpTools",
    "MessageMcpNotification",
    "MessageMcpRequest",
    "OnProgress",
    "OverAcp",
    "PromptsChanged",
    "RestartPolicy",
    "StatusesChanged",
    "TokenStorageOf",
    "ToolError",
    "ToolsChanged",
    "UrlElicitationComplete",
    "connect_servers",
    "declared_id",
    "over_acp",
    "qualified_name",
    "takes_acp",
]
