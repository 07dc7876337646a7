"""A server as the official package serves it: what it lists, what it calls, and who hears that the list has changed.

Owns one serving, from its first client to its last. Imported where the `mcp` package is there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import mcp_types as types
import trio
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.tools import Tool
from mcp.server.models import InitializationOptions
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ToolsListChanged

from ._call import McpCall, Origin
from ._enabled import EnabledTools

logger = logging.getLogger("acp_trio.mcp")


class _Server(Server[Any]):
    """The package's server; it tells every client of whatever age that its list of tools may change."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        options = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(options, experimental_capabilities, extensions)


class Serving:
    """What is served to the clients of one attachment.

    Args:
      name: for them.
      version: for them.
      instructions: for the model.
      tools: by name.
      prompts: by name.
      enabled: which tools there are now.
      origin: what the calls are told.
    """

    def __init__(
        self,
        *,
        name: str,
        version: str,
        instructions: str | None,
        tools: Mapping[str, Tool],
        prompts: Mapping[str, Prompt],
        enabled: EnabledTools,
        origin: Origin,
    ) -> None:
        self._tools = tools
        self._prompts = prompts
        self._enabled = enabled
        self._origin = origin
        self._bus = InMemorySubscriptionBus()
        # Of clients of before 2026, which subscribe to nothing. One that has gone takes what is sent to it in silence.
        self._sessions: list[ServerSession] = []
        self.lowlevel: Server[Any] = _Server(
            name,
            version=version,
            instructions=instructions,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_prompts=self._list_prompts if prompts else None,
            on_get_prompt=self._get_prompt if prompts else None,
            on_subscriptions_listen=ListenHandler(self._bus),
        )
        self.lowlevel.add_notification_handler(
            "notifications/initialized", types.NotificationParams, self._client_is_ready
        )

    async def announce(self) -> None:
        """Tell clients of changed tools, until this is cancelled."""
        changed = _Changes()
        stop_listening = self._enabled.listen(changed.note)
        try:
            while True:
                await changed.wait()
                await self._tell_of_changes()
        finally:
            stop_listening()

    async def _tell_of_changes(self) -> None:
        await self._bus.publish(ToolsListChanged())
        for session in list(self._sessions):
            try:
                await session.send_tool_list_changed()
            except Exception as exc:  # noqa: BLE001  # whatever a transport raises that is gone
                logger.debug("a client was not told of changed tools: %r", exc)
                self._sessions.remove(session)

    # What the package calls

    async def _client_is_ready(self, context: Any, _params: types.NotificationParams) -> None:
        await trio.lowlevel.checkpoint()
        self._sessions.append(context.session)

    async def _list_tools(self, _context: Any, _params: Any) -> types.ListToolsResult:
        await trio.lowlevel.checkpoint()
        return types.ListToolsResult(
            tools=[_listed(tool) for tool in self._tools.values() if tool.name in self._enabled]
        )

    async def _call_tool(self, context: Any, params: types.CallToolRequestParams) -> Any:
        tool = self._tools.get(params.name)
        if tool is None or params.name not in self._enabled:
            raise MCPError(code=types.INVALID_PARAMS, message=f"there is no tool {params.name!r}")
        try:
            return await tool.run(params.arguments or {}, self._call(context, params.name), convert_result=True)
        except ToolError as exc:
            if isinstance(exc, UnexpectedToolError):
                logger.exception("the MCP tool %r failed", params.name)
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(exc))], is_error=True)

    async def _list_prompts(self, _context: Any, _params: Any) -> types.ListPromptsResult:
        await trio.lowlevel.checkpoint()
        return types.ListPromptsResult(prompts=[_listed_prompt(prompt) for prompt in self._prompts.values()])

    async def _get_prompt(self, context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        prompt = self._prompts.get(params.name)
        if prompt is None:
            raise MCPError(code=types.INVALID_PARAMS, message=f"there is no prompt {params.name!r}")
        try:
            messages: Any = await prompt.render(params.arguments, self._call(context, params.name))
        except ValueError as exc:
            if exc.__cause__ is not None:
                logger.exception("the MCP prompt %r failed", params.name)
            raise MCPError(code=types.INVALID_PARAMS, message=str(exc)) from exc
        found = [types.PromptMessage(role=message.role, content=message.content) for message in messages]
        return types.GetPromptResult(description=prompt.description, messages=found)

    def _call(self, context: Any, name: str) -> Any:
        return McpCall(
            name=name,
            reached=self._origin.reached,
            connection=self._origin.connection,
            server_id=self._origin.server_id,
            connection_id=self._origin.connection_id,
            report=context.session.report_progress,
        )


class _Changes:
    """Something has changed since one last looked, once or often."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def note(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event = trio.Event()


def _listed(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.parameters,
        output_schema=tool.output_schema,
    )


def _listed_prompt(prompt: Prompt) -> types.Prompt:
    arguments = [
        types.PromptArgument(name=argument.name, description=argument.description, required=argument.required)
        for argument in prompt.arguments or ()
    ]
    return types.Prompt(name=prompt.name, title=prompt.title, description=prompt.description, arguments=arguments)


class Foreign:
    """A server of the package that somebody else has made. Of changes it tells by itself."""

    def __init__(self, lowlevel: Server[Any]) -> None:
        self.lowlevel: Server[Any] = lowlevel

    async def announce(self) -> None:
        """There is nothing to tell. Checkpoints."""
        await trio.lowlevel.checkpoint()
