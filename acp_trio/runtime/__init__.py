"""Sessions that run agents: the loop around a model, its MCP servers, one relay to the client, and what is kept."""

from ._agent_switching import AgentSwitching as AgentSwitching
from ._commands import Command as Command
from ._commands import Expand as Expand
from ._conversation import MEDIA_TITLE as MEDIA_TITLE
from ._conversation import AgentSwitched as AgentSwitched
from ._conversation import Entry as Entry
from ._conversation import Prompted as Prompted
from ._conversation import Transcriber as Transcriber
from ._conversation import TurnEnded as TurnEnded
from ._conversation import Updated as Updated
from ._conversation import replay as replay
from ._conversation import title_of as title_of
from ._factory import McpRuntimes as McpRuntimes
from ._factory import RuntimeFactory as RuntimeFactory
from ._hosted_session import HostedSession as HostedSession
from ._json_lines_store import JsonLinesStore as JsonLinesStore
from ._mcp_pump import mcp_pump as mcp_pump
from ._mcp_pump import on_mcp_event as on_mcp_event
from ._relay import RELAY_CAPACITY as RELAY_CAPACITY
from ._relay import Relay as Relay
from ._relay import RuntimeEvent as RuntimeEvent
from ._runtime import AgentLoop as AgentLoop
from ._runtime import AgentSpec as AgentSpec
from ._runtime import OnCrash as OnCrash
from ._runtime import Runtime as Runtime
from ._runtime import RuntimeCrashed as RuntimeCrashed
from ._runtime import RuntimeExited as RuntimeExited
from ._runtime import open_runtime as open_runtime
from ._session_host import SessionHost as SessionHost
from ._session_host import hosted_session as hosted_session
from ._session_plan import OnEvent as OnEvent
from ._settings import Choice as Choice
from ._settings import Mode as Mode
from ._states import TRANSITIONS as TRANSITIONS
from ._states import SessionPhase as SessionPhase
from ._states import SessionStates as SessionStates
from ._states import SessionStep as SessionStep
from ._store import InMemoryStore as InMemoryStore
from ._store import SessionMeta as SessionMeta
from ._store import SessionStore as SessionStore
from ._store import StoredSession as StoredSession
from ._store import StoreFailed as StoreFailed
from ._store import timestamp as timestamp
from ._tool_filter import ToolFilter as ToolFilter
from ._watch import Watch as Watch

__all__ = [
    "MEDIA_TITLE",
    "RELAY_CAPACITY",
    "TRANSITIONS",
    "AgentLoop",
    "AgentSpec",
    "AgentSwitched",
    "AgentSwitching",
    "Choice",
    "Command",
    "Entry",
    "Expand",
    "HostedSession",
    "InMemoryStore",
    "JsonLinesStore",
    "McpRuntimes",
    "Mode",
    "OnCrash",
    "OnEvent",
    "Prompted",
    "Relay",
    "Runtime",
    "RuntimeCrashed",
    "RuntimeEvent",
    "RuntimeExited",
    "RuntimeFactory",
    "SessionHost",
    "SessionMeta",
    "SessionPhase",
    "SessionStates",
    "SessionStep",
    "SessionStore",
    "StoreFailed",
    "StoredSession",
    "ToolFilter",
    "Transcriber",
    "TurnEnded",
    "Updated",
    "Watch",
    "hosted_session",
    "mcp_pump",
    "on_mcp_event",
    "open_runtime",
    "replay",
    "timestamp",
    "title_of",
]
