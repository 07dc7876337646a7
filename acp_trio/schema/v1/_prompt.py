"""A turn: the user's message and why the agent stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, TypeAlias

from .._message import MetaRecord, Request, Side, record
from ._content import ContentBlock
from ._ids import SessionId

StopReason: TypeAlias = Literal["end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"] | str
"""Why a turn ended; treat one you do not know as an ordinary end."""


@record
class PromptResponse(MetaRecord):
    """The end of a turn."""

    stop_reason: StopReason


@record
class PromptRequest(Request[PromptResponse]):
    """A message of the user, which starts a turn."""

    method = "session/prompt"
    side: ClassVar[Side] = "agent"

    session_id: SessionId
    prompt: Sequence[ContentBlock]
