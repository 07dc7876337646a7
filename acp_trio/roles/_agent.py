"""The agent's role: serve clients, negotiate, hand sessions and prompts to handlers.

Owns the agent's side of the handshake (nothing else is answered before it, and it happens once) and the capabilities
that follow from its handlers (https://agentclientprotocol.com/protocol/initialization).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, TypeVar, final, get_args

import attrs
import trio
from msgspec import UnsetType

from ..codec import CODEC, InvalidValue
from ..connection import (
    GRACE,
    Block,
    Connection,
    Handler,
    Handlers,
    Hooks,
    Limits,
    Peer,
    Responder,
    check_grace,
    hold_open,
    invalid_params,
    make_handler,
    open_connection,
)
from ..jsonrpc import Envelope, ErrorCode, LocalMisuse, RequestError, loads
from ..schema import Request, v1
from ..session import AgentSessions, ClientOffer, SecondPrompt, Turn
from ..transports import Component, Link, Transport
from ._endpoint import Endpoint
from ._peers import CLIENT

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])

PROTOCOL_VERSION = 1
"""The version this agent speaks."""


@final
class AgentConnection(Connection):
    """An agent's connection to a client.

    Attributes:
      offer: what the client said about itself; empty before `initialize`.
      sessions: the open sessions.
    """

    sessions: AgentSessions

    def __init__(self, link: Link, hooks: Hooks, limits: Limits, grace: float) -> None:
        super().__init__(link, hooks, limits, grace)
        self.offer: ClientOffer = ClientOffer()

    @property
    def client_capabilities(self) -> v1.ClientCapabilities:
        """What the client advertised."""
        return self.offer.capabilities

    @property
    def client_info(self) -> v1.Implementation | None:
        """The client's name and version, if it gave them."""
        return self.offer.info


@final
class Agent(Endpoint):
    """An ACP agent: its handlers, and `serve`.

    Args:
      name: told to clients.
      version: told to clients.
      title: for people, told to clients.
      prompt_capabilities: which content a prompt may hold besides text and resource links.
      mcp_capabilities: which MCP transports besides stdio sessions may name.
      additional_directories: whether sessions may name more directories than the one they work in.
      auth_methods: the ways to authenticate; add an `on_authenticate` handler.
      second_prompt: what a prompt meets whose session has an unfinished turn: it is queued, or rejected, or ("steer")
        queued where the running turn may take it in by `Turn.take_steering`.
      capabilities: what to advertise, in place of all that follows from the arguments and handlers.
      limits: bounds of each connection.
      grace: seconds that closing a connection may take, all of it together.

    Example:
        agent = Agent("echo")

        @agent.on_prompt
        async def echo(turn):
            await turn.say(turn.text)
            return "end_turn"

        trio.run(agent.serve, stdio())
    """

    def __init__(
        self,
        name: str,
        *,
        version: str = "0",
        title: str | None = None,
        prompt_capabilities: v1.PromptCapabilities | None = None,
        mcp_capabilities: v1.McpCapabilities | None = None,
        additional_directories: bool = False,
        auth_methods: Sequence[v1.AuthMethod] = (),
        second_prompt: SecondPrompt = "queue",
        capabilities: v1.AgentCapabilities | None = None,
        limits: Limits | None = None,
        grace: float = GRACE,
    ) -> None:
        super().__init__(name, version=version, title=title)
        self._prompt_capabilities = prompt_capabilities or v1.PromptCapabilities()
        self._mcp_capabilities = mcp_capabilities
        self._additional_directories = additional_directories
        self._auth_methods = auth_methods
        if second_prompt not in get_args(SecondPrompt):
            raise ValueError(f"second_prompt is one of {get_args(SecondPrompt)}, not {second_prompt!r}")
        self._second_prompt: SecondPrompt = second_prompt
        self._capabilities = capabilities
        self._limits = limits or Limits()
        self._grace = check_grace(grace)
        self._session_handlers: dict[str, Handler] = {}

    peers: ClassVar[Sequence[Peer]] = (CLIENT,)
    owned: ClassVar[Mapping[str, str]] = {
        "initialize": "it follows from the handlers and the arguments of Agent()",
        "session/new": "use on_new_session",
        "session/load": "use on_load_session",
        "session/resume": "use on_resume_session",
        "session/prompt": "use on_prompt",
        "session/set_mode": "use on_set_mode",
        "session/set_config_option": "use on_set_config_option",
        "session/close": "use on_close_session",
        "session/delete": "use on_delete_session",
        "session/cancel": "it cancels the scope in which the on_prompt handler runs",
    }

    # Handlers

    def on_prompt(self, function: F) -> F:
        """Register `async def prompt(turn) -> stop_reason`, which works on one prompt in a task of its own.

        It may wait for the client. `session/cancel` cancels it, and the turn answers `cancelled` whatever it did.
        """
        handler = make_handler(v1.PromptRequest, function, is_request=True, concurrent=True)
        if handler.takes_connection or handler.takes_task_status:
            raise TypeError(f"{handler.name} must take one parameter, the turn")

        @wraps(function)
        async def run(turn: Turn) -> v1.PromptResponse:
            return turn.conclude(await function(turn))

        return self._session_handler(attrs.evolve(handler, function=run), function)

    def on_new_session(self, function: F) -> F:
        """Register `async def new(request, session) -> v1.NewSessionResponse`; without one every session is accepted.

        With a `task_status` parameter, `task_status.started(response)` opens the session and the function lives on as
        a task of the session, until that ends.
        """
        return self._session_request(v1.NewSessionRequest, function)

    def on_load_session(self, function: F) -> F:
        """Register `async def load(request, session) -> v1.LoadSessionResponse`; advertises it.

        It replays the conversation by `session.update` and then returns, or calls `task_status.started(response)`.
        """
        return self._session_request(v1.LoadSessionRequest, function)

    def on_resume_session(self, function: F) -> F:
        """Register `async def resume(request, session) -> v1.ResumeSessionResponse`; advertises it."""
        return self._session_request(v1.ResumeSessionRequest, function)

    def on_close_session(self, function: F) -> F:
        """Register `async def close(request, session) -> v1.CloseSessionResponse`; advertises it.

        When it runs, the session's turns have answered `cancelled` and nothing of it runs any more.
        """
        return self._session_request(v1.CloseSessionRequest, function)

    def on_delete_session(self, function: F) -> F:
        """Register `async def delete(request, session) -> v1.DeleteSessionResponse`; advertises it.

        The session is None if it is not open; if it was, it has ended.
        """
        return self._session_request(v1.DeleteSessionRequest, function)

    def on_list_sessions(self, function: F) -> F:
        """Register `async def list(request, client) -> v1.ListSessionsResponse`; advertises it."""
        return self._register(v1.ListSessionsRequest, function)

    def on_set_mode(self, function: F) -> F:
        """Register `async def set_mode(request, session) -> v1.SetSessionModeResponse`."""
        return self._session_request(v1.SetSessionModeRequest, function)

    def on_set_config_option(self, function: F) -> F:
        """Register `async def set_option(request, session) -> v1.SetSessionConfigOptionResponse`, with all options."""
        return self._session_request(v1.SetSessionConfigOptionRequest, function)

    def on_authenticate(self, function: F) -> F:
        """Register `async def authenticate(request, client) -> v1.AuthenticateResponse`."""
        return self._register(v1.AuthenticateRequest, function)

    def on_logout(self, function: F) -> F:
        """Register `async def logout(request, client) -> v1.LogoutResponse`; advertises it."""
        return self._register(v1.LogoutRequest, function)

    def reach_mcp(self, capabilities: v1.McpCapabilities) -> None:
        """Advertise which MCP transports sessions may name, unless `Agent()` was told. For who connects to them."""
        self.check_not_frozen("reach_mcp")
        if self._mcp_capabilities is None:
            self._mcp_capabilities = capabilities

    def include(self, other: Handlers) -> None:
        """Register everything of `other` behind what is here; of another agent also its named handlers.

        Raises LocalMisuse if both have the same named handler of sessions, and as `on_request` does.
        """
        named = other._session_handlers if isinstance(other, Agent) else {}
        for method in named.keys() & self._session_handlers.keys():
            raise LocalMisuse(f"{named[method].name} would never run: {method} has a handler already")
        super().include(other)
        self._session_handlers |= named

    @property
    def capabilities(self) -> v1.AgentCapabilities:
        """What `initialize` answers: what was given, or else what the handlers can do."""
        if self._capabilities is not None:
            return self._capabilities
        handled = self._session_handlers
        roots = v1.SessionAdditionalDirectoriesCapabilities() if self._additional_directories else None
        sessions = v1.SessionCapabilities(
            additional_directories=roots,
            list=v1.SessionListCapabilities() if self.handles("session/list") else None,
            resume=v1.SessionResumeCapabilities() if "session/resume" in handled else None,
            close=v1.SessionCloseCapabilities() if "session/close" in handled else None,
            delete=v1.SessionDeleteCapabilities() if "session/delete" in handled else None,
        )
        logout = v1.LogoutCapabilities() if self.handles("logout") else None
        return v1.AgentCapabilities(
            load_session="session/load" in handled,
            prompt_capabilities=self._prompt_capabilities,
            mcp_capabilities=self._mcp_capabilities or v1.McpCapabilities(),
            session_capabilities=sessions,
            auth=v1.AgentAuthCapabilities(logout=logout),
        )

    # Serving

    def connect(self, transport: Transport | Component) -> Block[AgentConnection]:
        """Serve one client for the time of a block, beside a body of your own.

        Raises LocalMisuse if there are `auth_methods` to ask for and no `on_authenticate`.
        """
        asks = any(isinstance(method, v1.AuthMethodAgent) for method in self._auth_methods)
        if asks and not self.handles("authenticate"):
            raise LocalMisuse(f"{self!r} offers authentication and has no on_authenticate handler")
        self.freeze()
        return open_connection(transport, self._make)

    async def serve(
        self, transport: Transport, *, task_status: trio.TaskStatus[AgentConnection] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Serve one client until it ends the connection; then its sessions are cancelled and cleaned up.

        `nursery.start(agent.serve, transport)` returns the connection. Cancelling it closes the connection in order,
        within the grace.
        """
        await hold_open(self, transport, task_status=task_status)

    def _make(self, link: Link) -> AgentConnection:
        hooks = Hooks(handlers=self, answers_malformed=True, counterpart=CLIENT, work_waits=True)
        connection = AgentConnection(link, hooks, self._limits, self._grace)
        hooks.gate = _before_initialize
        hooks.takers["initialize"] = _Handshake(self, connection).take
        connection.sessions = AgentSessions(
            connection, self._session_handlers, lambda: connection.offer, self._second_prompt
        )
        return connection

    def initialize_response(self) -> v1.InitializeResponse:
        """What it answers to `initialize`."""
        return v1.InitializeResponse(
            protocol_version=PROTOCOL_VERSION,
            agent_capabilities=self.capabilities,
            agent_info=self.info,
            auth_methods=self._auth_methods,
        )

    def _session_request(self, request: type[Request[Any]], function: F) -> F:
        return self._session_handler(make_handler(request, function, is_request=True, concurrent=True), function)

    def _session_handler(self, handler: Handler, function: F) -> F:
        self.check_not_frozen(handler.name)
        method = str(handler.method)
        if method in self._session_handlers:
            raise LocalMisuse(f"{handler.name} would never run: {method} has a handler already")
        self._session_handlers[method] = handler
        return function


class _Handshake:
    """Answers `initialize`, once."""

    def __init__(self, agent: Agent, connection: AgentConnection) -> None:
        self._agent = agent
        self._connection = connection

    def take(self, envelope: Envelope, responder: Responder[Any] | None) -> bool:
        if responder is None:
            return False
        params = None if isinstance(envelope.params, UnsetType) else loads(envelope.params)
        try:
            request = CODEC.decode(v1.InitializeRequest, params)
        except InvalidValue as exc:
            responder.refuse(invalid_params("initialize", exc))
            return True
        self._connection.offer = ClientOffer(capabilities=request.client_capabilities, info=request.client_info)
        self._connection.hooks.gate = _after_initialize
        responder.respond(self._agent.initialize_response())
        self._connection.start_work()
        return True


def _before_initialize(method: str) -> RequestError | None:
    if method == "initialize":
        return None
    return RequestError(ErrorCode.INVALID_REQUEST, f"{method} came before initialize")


def _after_initialize(method: str) -> RequestError | None:
    if method == "initialize":
        return RequestError(ErrorCode.INVALID_REQUEST, "this connection is initialized already")
    return None
