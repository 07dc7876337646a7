"""An agent for any model behind an OpenAI-compatible endpoint, with the MCP servers that its sessions name.

Set OPENAI_MODEL, and OPENAI_BASE_URL and OPENAI_API_KEY as the endpoint wants them. Conversations are kept in the
directory OPENAI_AGENT_SESSIONS, by default ~/.local/share/openai-agent. It needs `pip install openai 'acp_trio[mcp]'`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import openai
import trio
from openai.types.chat import ChatCompletionMessageFunctionToolCallParam as FunctionCall
from openai.types.chat import ChatCompletionMessageParam as Message
from openai.types.chat import ChatCompletionToolMessageParam as ToolMessage
from openai.types.chat import ChatCompletionToolParam as Function
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from acp_trio import Agent, RequestError, Turn
from acp_trio.jsonrpc import ErrorCode, as_object
from acp_trio.mcp import McpError, McpTool
from acp_trio.runtime import AgentSpec, Entry, JsonLinesStore, Prompted, Runtime, SessionHost, Updated
from acp_trio.schema import v1
from acp_trio.session import RunningToolCall
from acp_trio.transports import stdio

SERVERS_PATIENCE = 15.0  # seconds that a prompt waits for MCP servers that are still connecting
MOST_REQUESTS = 50  # to the model, in one turn
STOP_REASONS: dict[str, v1.StopReason] = {"length": "max_tokens", "content_filter": "refusal"}
CHOICES = [
    v1.PermissionOption(option_id="once", name="Allow", kind="allow_once"),
    v1.PermissionOption(option_id="always", name="Always allow this tool", kind="allow_always"),
    v1.PermissionOption(option_id="no", name="Reject", kind="reject_once"),
]


# The loop around the model


@attrs.define
class ToolCall:
    """What the model wants to call."""

    id: str = attrs.field(factory=lambda: uuid4().hex)
    name: str = ""
    arguments: str = ""


@attrs.define
class Answer:
    """What the model says to one request."""

    text: str = ""
    calls: dict[int, ToolCall] = attrs.field(factory=dict[int, ToolCall])
    finish_reason: str | None = None

    async def take(self, delta: ChoiceDelta, turn: Turn) -> None:
        """Add a piece of it, and show that."""
        extra = delta.model_extra or {}
        if thought := extra.get("reasoning_content") or extra.get("reasoning"):  # as the endpoint calls it, if it does
            await turn.think(thought)
        if text := delta.content or delta.refusal:
            self.text += text
            await turn.say(text)
        for part in delta.tool_calls or ():
            call = self.calls.setdefault(part.index, ToolCall())
            call.id = part.id or call.id
            if part.function is not None:
                call.name += part.function.name or ""
                call.arguments += part.function.arguments or ""


@attrs.frozen
class Model:
    """The model, and the loop that a runtime calls for each prompt."""

    client: openai.AsyncOpenAI
    name: str

    async def loop(self, turn: Turn, runtime: Runtime) -> v1.StopReason:
        """Ask, call the tools it wants, ask again. Cancelling the turn cancels whatever is awaited here."""
        with trio.move_on_after(SERVERS_PATIENCE):
            await runtime.snapshot.wait_value(lambda snapshot: snapshot.is_ready)
        messages = [system_message(turn, runtime), *messages_of(runtime.history), user_message(turn.prompt)]
        for _ in range(MOST_REQUESTS):
            messages += map(user_message, turn.take_steering())
            answer = await self.ask(messages, turn, runtime)
            messages.append(assistant_message(answer.text, answer.calls.values()))
            if answer.finish_reason in STOP_REASONS:
                return STOP_REASONS[answer.finish_reason]
            if not answer.calls:
                return "end_turn"
            for call in answer.calls.values():
                messages.append(tool_message(call.id, await call_tool(call, turn, runtime)))
        return "max_turn_requests"

    async def ask(self, messages: list[Message], turn: Turn, runtime: Runtime) -> Answer:
        """Send one request to the model and show its answer while it comes."""
        answer = Answer()
        tools = [function(tool) for tool in runtime.tools] or openai.omit
        completions = self.client.chat.completions
        try:
            async with await completions.create(model=self.name, messages=messages, tools=tools, stream=True) as stream:
                async for chunk in stream:
                    for choice in chunk.choices:
                        answer.finish_reason = choice.finish_reason or answer.finish_reason
                        await answer.take(choice.delta, turn)
        except openai.OpenAIError as error:
            raise RequestError(ErrorCode.INTERNAL_ERROR, self.explain(error)) from error
        if answer.finish_reason is None:
            raise RequestError(ErrorCode.INTERNAL_ERROR, "the endpoint broke off in the middle of its answer")
        return answer

    def explain(self, error: openai.OpenAIError) -> str:
        """What went wrong, for the person who must act."""
        match error:
            case openai.AuthenticationError():  # its own words may have parts of the key
                return "the endpoint does not take the key in OPENAI_API_KEY"
            case openai.NotFoundError():
                return f"the endpoint has no model {self.name!r}, or OPENAI_BASE_URL is wrong: {error.message}"
            case openai.BadRequestError() if "context" in f"{error.code} {error.message}":
                return f"the conversation is too long for {self.name!r}: {error.message}"
            case openai.APIConnectionError():
                return f"cannot reach {self.client.base_url.host}: {error.__cause__ or error.message}"
            case _:
                return f"the endpoint failed: {error}"


# Tools


async def call_tool(call: ToolCall, turn: Turn, runtime: Runtime) -> str:
    """Call a tool, with the user looking on; returns what the model is told."""
    tools = {function_name(tool): tool for tool in runtime.tools}
    tool = tools.get(call.name)
    title = call.name if tool is None else tool.title or tool.name
    async with turn.tool_call(title, name=call.name, tool_call_id=call.id, raw_input=arguments_of(call)) as shown:
        try:
            content = await result_of(call, tool, shown, turn, runtime)
        except McpError as error:
            shown.fail(str(error))
            return str(error)
        shown.complete([v1.Content(content=block) for block in content])
        return text_of(content)


async def result_of(
    call: ToolCall, tool: McpTool | None, shown: RunningToolCall, turn: Turn, runtime: Runtime
) -> Sequence[v1.ContentBlock]:
    """The result of a call. Raises McpError, with words for the model."""
    arguments = arguments_of(call)
    if tool is None:
        raise McpError(f"There is no tool {call.name}.")
    if arguments is None:
        raise McpError("The arguments are not a JSON object.")
    if not await is_permitted(call, shown, turn, runtime):
        raise McpError("The user does not permit this call.")
    await shown.progress()
    result = await runtime.call_tool(tool.name, arguments)
    if result.is_error:
        raise McpError(text_of(result.content))
    return result.content


async def is_permitted(call: ToolCall, shown: RunningToolCall, turn: Turn, runtime: Runtime) -> bool:
    """Ask the user, unless they have said "always" in this session."""
    always: set[str] = runtime.state or set()
    runtime.state = always
    if call.name in always:
        return True
    match await turn.request_permission(shown.as_update(), CHOICES):
        case v1.SelectedOutcome(option_id="always"):
            always.add(call.name)
            return True
        case v1.SelectedOutcome(option_id="once"):
            return True
        case _:  # rejected, dismissed, or an answer that this version does not know
            return False


def arguments_of(call: ToolCall) -> dict[str, Any] | None:
    """The arguments of a call; None if they are not a JSON object. For no arguments, some models say nothing."""
    try:
        return as_object(json.loads(call.arguments or "{}"))
    except ValueError:
        return None


def function(tool: McpTool) -> Function:
    """A tool as the endpoint wants it declared."""
    name, parameters = function_name(tool), dict(tool.input_schema)
    return {"type": "function", "function": {"name": name, "description": tool.description, "parameters": parameters}}


def function_name(tool: McpTool) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "_", tool.name)[:64]  # what endpoints take


# The conversation, as the model gets it


def messages_of(history: Iterable[Entry]) -> Sequence[Message]:
    """The conversation before this turn. A call that was cancelled has a result, too: models insist on one."""
    messages: list[Message] = []
    results: dict[str, ToolMessage] = {}
    for entry in history:
        match entry:
            case Prompted(blocks):
                messages.append(user_message(blocks))
            case Updated(v1.AgentMessageChunk(content=content)):
                messages.append(assistant_message(text_of([content])))
            case Updated(v1.ToolCall(tool_call_id=id, name=name, raw_input=arguments)):
                results[id] = tool_message(id, "The call was cancelled.")
                call = ToolCall(id, name or "", json.dumps(arguments or {}))
                messages += [assistant_message("", [call]), results[id]]
            case Updated(v1.ToolCallUpdate(tool_call_id=id, content=[*shown])) if id in results:
                results[id]["content"] = text_of([part.content for part in shown if isinstance(part, v1.Content)])
            case _:  # thoughts, and how turns ended
                pass
    return messages


def system_message(turn: Turn, runtime: Runtime) -> Message:
    parts = [f"You are an agent at work in the directory {turn.session.cwd}. Use your tools where they help."]
    parts += [f"About the tools of {server}:\n{text}" for server, text in runtime.instructions.items()]
    return {"role": "system", "content": "\n\n".join(parts)}


def user_message(prompt: Sequence[v1.ContentBlock]) -> Message:
    return {"role": "user", "content": text_of(prompt)}


def assistant_message(text: str, calls: Collection[ToolCall] = ()) -> Message:
    if not calls:
        return {"role": "assistant", "content": text}
    wanted = [function_call(call) for call in calls]
    return {"role": "assistant", "content": text, "tool_calls": wanted}


def function_call(call: ToolCall) -> FunctionCall:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}


def tool_message(call_id: str, content: str) -> ToolMessage:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def text_of(blocks: Iterable[v1.ContentBlock]) -> str:
    return "\n".join(map(block_text, blocks))


def block_text(block: v1.ContentBlock) -> str:
    match block:
        case v1.TextContent(text=text):
            return text
        case v1.ResourceLink(uri=uri, name=name):
            return f"[{name}]({uri})"
        case v1.EmbeddedResource(resource=v1.TextResourceContents(uri=uri, text=text)):
            return f"{uri}:\n{text}"
        case _:
            return "(something that is not text)"


# The program


def make_agent(client: openai.AsyncOpenAI, model: str, kept: str | Path) -> Agent:
    agent = Agent(
        "openai-agent",
        prompt_capabilities=v1.PromptCapabilities(embedded_context=True),
        second_prompt="steer",
    )
    spec = AgentSpec(name="openai", loop=Model(client, model).loop)
    SessionHost([spec], store=JsonLinesStore(kept)).install(agent)
    return agent


async def main(model: str) -> None:
    key = os.environ.get("OPENAI_API_KEY", "none")  # the package wants one where the endpoint does not
    kept = os.environ.get("OPENAI_AGENT_SESSIONS", Path.home() / ".local" / "share" / "openai-agent")
    async with openai.AsyncOpenAI(api_key=key) as client:
        await make_agent(client, model, kept).serve(stdio())


if __name__ == "__main__":
    trio.run(main, os.environ.get("OPENAI_MODEL") or sys.exit("set OPENAI_MODEL to the name of a model"))
