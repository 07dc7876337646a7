"""Names for the strings and numbers that identify things in v1. Aliases only, so that no topic loads another for a name."""

from __future__ import annotations

from typing import TypeAlias

from .._wire import I64, U16

AuthMethodId: TypeAlias = str
CompactionId: TypeAlias = str
ElicitationId: TypeAlias = str
MessageId: TypeAlias = str
PermissionOptionId: TypeAlias = str
ProtocolVersion: TypeAlias = U16
RequestId: TypeAlias = I64 | str | None
SessionConfigGroupId: TypeAlias = str
SessionConfigId: TypeAlias = str
SessionConfigValueId: TypeAlias = str
SessionId: TypeAlias = str
SessionModeId: TypeAlias = str
TerminalId: TypeAlias = str
ToolCallId: TypeAlias = str
