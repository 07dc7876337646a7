"""Sessions, both sides: the client's with their turns, the agent's with their registry and queue."""

from ._agent_session import AgentSession as AgentSession
from ._agent_sessions import SESSION_METHODS as SESSION_METHODS
from ._agent_sessions import AgentSessions as AgentSessions
from ._attached import SETUP as SETUP
from ._attached import Attached as Attached
from ._attachments import Attachment as Attachment
from ._attachments import Relaying as Relaying
from ._cancelled import cancelled_results as cancelled_results
from ._client_session import ClientSession as ClientSession
from ._client_sessions import ClientSessions as ClientSessions
from ._facilities import ClientOffer as ClientOffer
from ._facilities import RemoteTerminal as RemoteTerminal
from ._inbox import SessionOverrun as SessionOverrun
from ._prompt_turn import PromptTurn as PromptTurn
from ._prompts import Prompt as Prompt
from ._prompts import text_of as text_of
from ._session_state import SessionState as SessionState
from ._turn import RunningToolCall as RunningToolCall
from ._turn import Turn as Turn
from ._turn_queue import SecondPrompt as SecondPrompt
from ._update_stream import UpdateStream as UpdateStream

__all__ = [
    "SESSION_METHODS",
    "SETUP",
    "AgentSession",
    "AgentSessions",
    "Attached",
    "Attachment",
    "ClientOffer",
    "ClientSession",
    "ClientSessions",
    "Prompt",
    "PromptTurn",
    "Relaying",
    "RemoteTerminal",
    "RunningToolCall",
    "SecondPrompt",
    "SessionOverrun",
    "SessionState",
    "Turn",
    "UpdateStream",
    "cancelled_results",
    "text_of",
]
