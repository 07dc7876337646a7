"""What the agent streams while it works: `session/update` and its variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from .._message import MetaRecord, Notification, Side, Unknown, record
from .._unset import UNSET, UnsetType
from .._wire import U64, NonEmptyText, Tagged, field, lenient
from ._commands import AvailableCommandsUpdate
from ._config import SessionConfigOption
from ._content import ContentBlock
from ._ids import CompactionId, MessageId, SessionId, SessionModeId
from ._plan import Plan
from ._tool_call import ToolCall, ToolCallUpdate

CompactionStatus: TypeAlias = Literal["in_progress", "completed", "failed", "cancelled"] | str
"""How far a compaction is."""

NoticeSeverity: TypeAlias = Literal["info", "warning", "error"] | str
"""How much a notice matters."""


@record
class ContentChunk(MetaRecord):
    """A piece of a message; what the three kinds of message chunk have in common.

    Attributes:
      message_id: pieces with the same id belong to one message.
    """

    content: ContentBlock
    message_id: MessageId | None = lenient(default=None)


@record
class UserMessageChunk(ContentChunk):
    """A piece of the user's message."""


@record
class AgentMessageChunk(ContentChunk):
    """A piece of the agent's answer."""


@record
class AgentThoughtChunk(ContentChunk):
    """A piece of the agent's reasoning."""


@record
class CurrentModeUpdate(MetaRecord):
    """The session is in another mode."""

    current_mode_id: SessionModeId


@record
class ConfigOptionUpdate(MetaRecord):
    """All options of the session; they replace those before."""

    config_options: Sequence[SessionConfigOption] = lenient(skip_invalid=True)


@record
class SessionInfoUpdate(MetaRecord):
    """What changed about the session: UNSET leaves a field as it was, None clears it.

    Attributes:
      updated_at: when something last happened in it, as ISO 8601.
    """

    title: str | UnsetType | None = lenient(default=UNSET)
    updated_at: str | UnsetType | None = lenient(default=UNSET)


@record
class Cost(MetaRecord):
    """An amount of money, or of what `currency` names."""

    amount: float
    currency: str


@record
class UsageUpdate(MetaRecord):
    """How full the context is.

    Attributes:
      used: tokens in the context.
      size: tokens that fit.
      cost: of the session so far.
    """

    used: U64
    size: U64
    cost: Cost | None = lenient(default=None)


@record
class Notice(MetaRecord):
    """Something for the user to know now; it is not part of the conversation."""

    severity: NoticeSeverity
    title: NonEmptyText
    description: str | None = lenient(default=None)


@record
class CompactionUpdate(MetaRecord):
    """A compaction of the context began or changed: UNSET leaves a field as it was, None clears it."""

    compaction_id: CompactionId
    status: CompactionStatus
    summary: Sequence[ContentBlock] | UnsetType | None = lenient(default=UNSET, skip_invalid=True)
    error: str | UnsetType | None = lenient(default=UNSET)


@record
class CompactionSummaryChunk(MetaRecord):
    """A piece to be added to a compaction's summary."""

    compaction_id: CompactionId
    content: ContentBlock


@record
class UnknownSessionUpdate(Unknown):
    """An update that this version does not know; ignore it."""

    tag: str = field(name="sessionUpdate")


SessionUpdate: TypeAlias = Annotated[
    UserMessageChunk
    | AgentMessageChunk
    | AgentThoughtChunk
    | ToolCall
    | ToolCallUpdate
    | Plan
    | AvailableCommandsUpdate
    | CurrentModeUpdate
    | ConfigOptionUpdate
    | SessionInfoUpdate
    | UsageUpdate
    | Notice
    | CompactionUpdate
    | CompactionSummaryChunk
    | UnknownSessionUpdate,
    Tagged(
        "sessionUpdate",
        {
            "user_message_chunk": UserMessageChunk,
            "agent_message_chunk": AgentMessageChunk,
            "agent_thought_chunk": AgentThoughtChunk,
            "tool_call": ToolCall,
            "tool_call_update": ToolCallUpdate,
            "plan": Plan,
            "available_commands_update": AvailableCommandsUpdate,
            "current_mode_update": CurrentModeUpdate,
            "config_option_update": ConfigOptionUpdate,
            "session_info_update": SessionInfoUpdate,
            "usage_update": UsageUpdate,
            "notice": Notice,
            "compaction_update": CompactionUpdate,
            "compaction_summary_chunk": CompactionSummaryChunk,
        },
        other=UnknownSessionUpdate,
    ),
]
"""One piece of what happens in a session."""


@record
class SessionNotification(Notification):
    """Something happened in a session."""

    method = "session/update"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    update: SessionUpdate
