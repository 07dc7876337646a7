"""From the official package's classes to ours, and back.

Owns nothing. Content of both protocols is the same JSON by design, so it goes through the codec, which keeps what it
does not know. A value that does not fit raises `InvalidValue`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp_types import (
    CallToolResult,
    ContentBlock,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    Prompt,
    PromptMessage,
    Tool,
)
from pydantic import BaseModel

from ..codec import CODEC
from ..schema import v1
from ._asking import link
from ._surface import McpPrompt, McpPromptArgument, McpPromptMessage, McpTool, McpToolResult, qualified_name


def tool(server: str, theirs: Tool) -> McpTool:
    """A tool of a server, by its qualified name."""
    return McpTool(
        name=qualified_name(server, theirs.name),
        server=server,
        tool=theirs.name,
        title=theirs.title,
        description=theirs.description or "",
        input_schema=theirs.input_schema,
        output_schema=theirs.output_schema,
        annotations=_json(theirs.annotations) if theirs.annotations is not None else {},
    )


def tool_result(theirs: CallToolResult) -> McpToolResult:
    """What a call gave."""
    return McpToolResult(
        content=[_content(block) for block in theirs.content],
        structured=theirs.structured_content,
        is_error=theirs.is_error,
    )


def prompt(server: str, theirs: Prompt) -> McpPrompt:
    """A prompt of a server, by its qualified name."""
    return McpPrompt(
        name=qualified_name(server, theirs.name),
        server=server,
        prompt=theirs.name,
        title=theirs.title,
        description=theirs.description or "",
        arguments=[
            McpPromptArgument(name=one.name, description=one.description or "", required=bool(one.required))
            for one in theirs.arguments or ()
        ],
    )


def prompt_messages(theirs: Sequence[PromptMessage]) -> list[McpPromptMessage]:
    """The messages of a prompt."""
    return [McpPromptMessage(role=message.role, content=_content(message.content)) for message in theirs]


def elicitation_mode(params: ElicitRequestParams) -> v1.ElicitationMode:
    """How a server wants the user to be asked."""
    if isinstance(params, ElicitRequestFormParams):
        schema = CODEC.decode(v1.ElicitationSchema, params.requested_schema)
        return v1.ElicitationFormMode(requested_schema=schema)
    return link(params.url, params.elicitation_id)


def elicitation_result(action: v1.ElicitationAction) -> ElicitResult:
    """What the user did, for the server. An action that nobody knows is a cancel."""
    match action:
        case v1.ElicitationAcceptAction(content=None):
            return ElicitResult(action="accept")
        case v1.ElicitationAcceptAction(content=content):
            return ElicitResult.model_validate({"action": "accept", "content": content})
        case v1.ElicitationDeclineAction():
            return ElicitResult(action="decline")
        case _:
            return ElicitResult(action="cancel")


def _content(block: ContentBlock) -> v1.ContentBlock:
    decoded: v1.ContentBlock = CODEC.decode(v1.ContentBlock, _json(block))
    return decoded


def _json(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
