"""What the agent does with its tools, as the client shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

from .._message import MetaRecord, Unknown, record
from .._wire import U32, Tagged, field, lenient
from ._content import ContentBlock
from ._ids import TerminalId, ToolCallId

ToolKind: TypeAlias = Literal[
    "read", "edit", "delete", "move", "search", "execute", "think", "fetch", "switch_mode", "other"
]
"""What a tool does, for its icon."""

ToolCallStatus: TypeAlias = Literal["pending", "in_progress", "completed", "failed"]
"""How far a tool call is."""


@record
class Content(MetaRecord):
    """Content that a tool produced."""

    content: ContentBlock


@record
class Diff(MetaRecord):
    """A change to a file.

    Attributes:
      path: absolute.
      old_text: None for a new file.
    """

    path: str
    old_text: str | None = lenient(default=None)
    new_text: str


@record
class Terminal(MetaRecord):
    """A terminal whose output is shown live; it must not have been released before it was added."""

    terminal_id: TerminalId


@record
class UnknownToolCallContent(Unknown):
    """A tool's output of a kind that this version does not know."""

    tag: str = field(name="type")


ToolCallContent: TypeAlias = Annotated[
    Content | Diff | Terminal | UnknownToolCallContent,
    Tagged("type", {"content": Content, "diff": Diff, "terminal": Terminal}, other=UnknownToolCallContent),
]
"""What a tool produced."""


@record
class ToolCallLocation(MetaRecord):
    """A place that a tool works on.

    Attributes:
      path: absolute.
      line: the first line is 1.
    """

    path: str
    line: U32 | None = lenient(default=None)


@record
class ToolCall(MetaRecord):
    """A tool call begins.

    Attributes:
      title: for people.
      name: the tool's own name.
      kind: None counts as "other".
      status: None counts as "pending".
    """

    tool_call_id: ToolCallId
    title: str
    name: str | None = lenient(default=None)
    kind: ToolKind | None = lenient(default=None)
    status: ToolCallStatus | None = lenient(default=None)
    content: Sequence[ToolCallContent] = lenient(default=(), skip_invalid=True)
    locations: Sequence[ToolCallLocation] = lenient(default=(), skip_invalid=True)
    raw_input: Any = lenient(default=None)
    raw_output: Any = lenient(default=None)


@record
class ToolCallUpdate(MetaRecord):
    """What changed in a tool call: None leaves a field as it was, and `content` and `locations` are replaced whole."""

    tool_call_id: ToolCallId
    kind: ToolKind | None = lenient(default=None)
    status: ToolCallStatus | None = lenient(default=None)
    title: str | None = lenient(default=None)
    name: str | None = lenient(default=None)
    content: Sequence[ToolCallContent] | None = lenient(default=None, skip_invalid=True)
    locations: Sequence[ToolCallLocation] | None = lenient(default=None, skip_invalid=True)
    raw_input: Any = lenient(default=None)
    raw_output: Any = lenient(default=None)
