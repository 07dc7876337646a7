"""Asking the user before a tool runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from .._message import MetaRecord, Record, Request, Side, Unknown, record
from .._wire import Tagged, field
from ._ids import PermissionOptionId, SessionId
from ._tool_call import ToolCallUpdate

PermissionOptionKind: TypeAlias = Literal["allow_once", "allow_always", "reject_once", "reject_always"] | str
"""What an option means, for its icon; treat one you do not know as a mere label."""


@record
class PermissionOption(MetaRecord):
    """One answer for the user to choose."""

    option_id: PermissionOptionId
    name: str
    kind: PermissionOptionKind


@record
class SelectedOutcome(MetaRecord):
    """The user chose."""

    option_id: PermissionOptionId


@record
class CancelledOutcome(Record):
    """The turn was cancelled before the user chose."""


@record
class UnknownPermissionOutcome(Unknown):
    """An outcome that this version does not know; it is no approval."""

    tag: str = field(name="outcome")


RequestPermissionOutcome: TypeAlias = Annotated[
    SelectedOutcome | CancelledOutcome | UnknownPermissionOutcome,
    Tagged("outcome", {"selected": SelectedOutcome, "cancelled": CancelledOutcome}, other=UnknownPermissionOutcome),
]
"""What came of asking."""


@record
class RequestPermissionResponse(MetaRecord):
    """What came of asking."""

    outcome: RequestPermissionOutcome


@record
class RequestPermissionRequest(Request[RequestPermissionResponse]):
    """Ask the user whether a tool may run.

    Attributes:
      tool_call: what is asked about; its fields also update the tool call that the client shows.
    """

    method = "session/request_permission"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    tool_call: ToolCallUpdate
    options: Sequence[PermissionOption]
