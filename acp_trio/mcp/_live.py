"""One server while it is connected: what it offers, and calls to it.

Owns the official package's client for as long as its block lasts, and turns that package's errors into `McpError`s
that name the server. It refuses to keep anything for the next connection.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import trio
from mcp.client._transport import Transport
from mcp.client.client import Client
from mcp.client.session import ClientRequestContext, IncomingMessage
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    URL_ELICITATION_REQUIRED,
    CallToolResult,
    ElicitationRequiredErrorData,
    ElicitCompleteNotification,
    ElicitRequestParams,
    ElicitResult,
    ErrorData,
    Implementation,
    PaginatedResult,
    PromptListChangedNotification,
    ToolListChangedNotification,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError
from pydantic_core import to_json

from ..codec import InvalidValue
from ..schema import v1
from . import _conversions as convert
from ._asking import Asking, link
from ._ending import Ending
from ._errors import McpError
from ._events import OnProgress
from ._progress import call_with_progress
from ._surface import McpPrompt, McpPromptMessage, McpTool, McpToolResult

S = TypeVar("S")
T = TypeVar("T")
Page = TypeVar("Page", bound=PaginatedResult)

_MOST_PAGES = 1000
_BEFORE_LISTENING_AGAIN = 1.0

_logger = logging.getLogger("acp_trio.mcp")


@asynccontextmanager
async def live_server(server: str, transport: Transport, asking: Asking, ending: Ending) -> AsyncGenerator[LiveServer]:
    """Connect to a server for the time of the block. Enter and leave it in one task.

    Raises whatever the package and its transports raise, also in groups; `ending` says more about it.
    """
    live = LiveServer(server, asking, ending)
    client = Client(
        transport,
        client_info=Implementation(name="acp_trio", version=version("acp_trio")),
        elicitation_callback=live.elicit,
        message_handler=live.note,
        cache=None,  # its own notifications say when what it told has changed
    )
    async with client:
        live.client = client
        yield live


class LiveServer:
    """A server that is connected.

    Attributes:
      client: the official package's.
    """

    client: Client

    def __init__(self, server: str, asking: Asking, ending: Ending) -> None:
        self._server = server
        self._asking = asking
        self._ending = ending
        self._changed = trio.Event()
        self._prompts_changed = False

    @property
    def instructions(self) -> str | None:
        """What the server wants the model to know."""
        return self.client.instructions or None

    async def list_tools(self) -> list[McpTool]:
        """All of the server's tools. Raises McpError."""
        if self.client.server_capabilities.tools is None:
            return []
        pages = await self._pages(self.client.list_tools)
        return [convert.tool(self._server, tool) for page in pages for tool in page.tools]

    async def list_prompts(self) -> list[McpPrompt]:
        """All of the server's prompts. Raises McpError."""
        if self.client.server_capabilities.prompts is None:
            return []
        pages = await self._pages(self.client.list_prompts)
        return [convert.prompt(self._server, prompt) for page in pages for prompt in page.prompts]

    async def _pages(self, ask: Callable[..., Awaitable[Page]]) -> list[Page]:
        pages = [await self._asked(ask())]
        while (cursor := pages[-1].next_cursor) is not None:
            if len(pages) == _MOST_PAGES:
                raise McpError(f"the MCP server {self._server!r} does not come to an end: {_MOST_PAGES} pages")
            pages.append(await self._asked(ask(cursor=cursor)))
        return pages

    async def get_prompt(self, prompt: str, arguments: Mapping[str, str]) -> list[McpPromptMessage]:
        """The messages of a prompt. Raises McpError."""
        self._check(arguments)
        result = await self._asked(self.client.get_prompt(prompt, dict(arguments)))
        return self._converted(convert.prompt_messages, result.messages)

    async def call_tool(self, tool: str, arguments: Mapping[str, Any], on_progress: OnProgress | None) -> McpToolResult:
        """Call a tool. Raises McpError; what `on_progress` raises ends the call."""
        self._check(arguments)
        try:
            result = await self._called(tool, dict(arguments), on_progress)
        except McpError as error:
            demand = _demand_of(error)
            if demand is None:
                raise
        else:
            return self._converted(convert.tool_result, result)
        return await self._send_user(demand)

    def _check(self, arguments: Mapping[str, Any]) -> None:
        """What is no JSON would end the transport, and every other call with it."""
        try:
            to_json(arguments)
        except ValueError as error:
            raise McpError(f"the MCP server {self._server!r} cannot be sent these arguments: {error}") from error

    async def _called(self, tool: str, arguments: dict[str, Any], on_progress: OnProgress | None) -> CallToolResult:
        call = partial(self.client.call_tool, tool, arguments)
        if on_progress is None:
            return await self._asked(call())
        return await call_with_progress(lambda take: self._asked(call(progress_callback=take)), on_progress)

    async def _send_user(self, demand: ErrorData) -> McpToolResult:
        """The tool wants the user somewhere else first: ask, and let the model try again."""
        try:
            wanted = ElicitationRequiredErrorData.model_validate(demand.data).elicitations
        except ValidationError as error:
            raise McpError(f"the MCP server {self._server!r} {self._what_went_wrong(error)}") from error
        went = True
        for one in wanted:
            if self._ending.happened.is_set():  # who would dismiss a question now?
                went = False
                break
            answer = await self._asking.ask(one.message, link(one.url, one.elicitation_id))
            went = went and isinstance(answer, v1.ElicitationAcceptAction)
        told = (
            "The user was sent there: call the tool again once that is done." if went else "The user did not go there."
        )
        text = f"{demand.message}. The tool needs the user to visit a page first. {told}"
        return McpToolResult(content=[v1.TextContent(text=text)], is_error=True)

    async def elicit(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """The package's callback: the server asks the user something."""
        try:
            mode = convert.elicitation_mode(params)
        except InvalidValue as error:
            return ErrorData(code=INVALID_PARAMS, message=f"requestedSchema: {error}")
        return convert.elicitation_result(await self._asking.ask(params.message, mode))

    async def note(self, message: IncomingMessage) -> None:
        """The package's callback: the server has told something. It only notes it, and never waits."""
        match message:
            case ToolListChangedNotification():
                self._note_change()
            case PromptListChangedNotification():
                self._prompts_changed = True
                self._note_change()
            case ElicitCompleteNotification():
                self._asking.complete(message.params.elicitation_id)
            case _:
                pass

    def _note_change(self) -> None:
        self._changed.set()

    async def wait_changed(self) -> bool:
        """Wait until the server says that tools or prompts have changed; whether prompts have."""
        await self._changed.wait()
        self._changed = trio.Event()
        prompts, self._prompts_changed = self._prompts_changed, False
        return prompts

    async def listen(self) -> None:
        """Subscribe to changes, where the protocol wants that (since 2026-07-28)."""
        capabilities = self.client.server_capabilities
        tools = bool(capabilities.tools and capabilities.tools.list_changed)
        prompts = bool(capabilities.prompts and capabilities.prompts.list_changed)
        if self.client.protocol_version not in MODERN_PROTOCOL_VERSIONS or not (tools or prompts):
            return
        while True:
            try:
                async with self.client.listen(tools_list_changed=tools, prompts_list_changed=prompts) as changes:
                    self._note_change()  # what changed while nobody listened was not told
                    async for _ in changes:  # `note` is told of each, too
                        pass
                return
            except SubscriptionLost:
                await trio.sleep(_BEFORE_LISTENING_AGAIN)
            except MCPError as error:
                _logger.debug("an MCP server does not tell of changes: %s", error.code)
                return

    async def _asked(self, answer: Awaitable[T]) -> T:
        """Wait for an answer. Raises McpError for whatever else may come."""
        try:
            return await answer
        except (MCPError, ValidationError, RuntimeError) as error:
            raise McpError(f"the MCP server {self._server!r} {self._what_went_wrong(error)}") from error

    def _converted(self, convert: Callable[[S], T], theirs: S) -> T:
        try:
            return convert(theirs)
        except InvalidValue as error:
            raise McpError(f"the MCP server {self._server!r} {self._what_went_wrong(error)}") from error

    def _what_went_wrong(self, error: Exception) -> str:
        if _is_closed(error):
            self._ending.tell("the connection is closed")
        if self._ending.happened.is_set():
            return f"is gone: {self._ending.reason}"
        if isinstance(error, MCPError):
            return self._ending.clean(f"refused: {error.message} (code {error.code})")
        return self._ending.clean(f"broke the protocol: {error}")


def _demand_of(error: McpError) -> ErrorData | None:
    """What a server says that wants the user to visit a page before a call."""
    cause = error.__cause__
    return cause.error if isinstance(cause, MCPError) and cause.code == URL_ELICITATION_REQUIRED else None


def _is_closed(error: Exception) -> bool:
    """Whether the package says that there is no connection; servers use the same code for other things."""
    return isinstance(error, MCPError) and error.code == CONNECTION_CLOSED and error.message == "Connection closed"
