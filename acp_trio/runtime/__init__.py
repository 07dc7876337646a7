"""What an agent is made of, session by session: values that others watch, and which tools it may see."""

from ._conversation import MEDIA_TITLE as MEDIA_TITLE
from ._conversation import AgentSwitched as AgentSwitched
from ._conversation import Entry as Entry
from ._conversation import Prompted as Prompted
from ._conversation import Transcriber as Transcriber
from ._conversation import TurnEnded as TurnEnded
from ._conversation import Updated as Updated
from ._conversation import replay as replay
from ._conversation import title_of as title_of
from ._json_lines_store import JsonLinesStore as JsonLinesStore
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
    "AgentSwitched",
    "Entry",
    "InMemoryStore",
    "JsonLinesStore",
    "Prompted",
    "SessionMeta",
    "SessionStore",
    "StoreFailed",
    "StoredSession",
    "ToolFilter",
    "Transcriber",
    "TurnEnded",
    "Updated",
    "Watch",
    "replay",
    "timestamp",
    "title_of",
]
