"""The proxy's role: stand between a client and an agent, and let through what nobody here takes.

Owns the proxy's side of the handshake (a conductor initializes it, never a client) and the forwarding of everything
else, both ways, undecoded. It reaches both peers over one connection, to its conductor
(https://agentclientprotocol.com/rfds/proxy-chains).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import trio

from ..connection import (
    GRACE,
    Block,
    Connection,
    Dispatch,
    Hooks,
    Limits,
    NotificationDispatch,
    Peer,
    RequestDispatch,
    ResponseDispatch,
    SentRequest,
    check_grace,
    hold_open,
    make_dispatch_handler,
    open_connection,
)
from ..jsonrpc import AcpError, Envelope, ErrorCode, RequestError
from ..schema import v1
from ..session import SETUP, Attached, Attachment, ClientSession, ClientSessions, cancelled_results
from ..transports import Component, Link, Transport
from ._endpoint import Endpoint
from ._peers import AGENT, CLIENT
from ._relays import Relays
from ._successor import INITIALIZE, SUCCESSOR, InitializedAddressing


@final
class ProxyConnection(Connection):
    """A proxy's connection: one to its conductor, and two peers to name in `to=` and `sender=`.

    A message of the schema may leave `to=` out: it goes to the side that handles it.

    Attributes:
      agent_capabilities: what the agent advertised.
      sessions: the sessions that this proxy has opened.
      attached: what every session has.
    """

    def __init__(self, link: Link, hooks: Hooks, limits: Limits, grace: float) -> None:
        super().__init__(link, hooks, limits, grace)
        self.agent_capabilities: v1.AgentCapabilities = v1.AgentCapabilities()
        self.relays: Relays = Relays(self._send_on, limits.session_inbox)
        self.attached: Attached = Attached(self, ready=self._wait_initialized)
        self.sessions: ClientSessions = ClientSessions(
            self, may_close=self._may_close, attached=self.attached, relays=self.relays, agent=AGENT
        )
        self._initialized = trio.Event()
        hooks.through = self._let_through_at_once
        self.call_on_end(lambda _error: self.relays.end_all())
        self.call_on_end(lambda _error: self._initialized.set())

    async def forward(self, dispatch: Dispatch, *, to: Peer | None = None) -> None:
        """Send a message on to the other side, as `Connection.forward` does."""
        await super().forward(dispatch, to=to or self._beyond(dispatch))

    def open_session(
        self, request: Any, *, session_id: str | None = None, attachments: Sequence[Attachment] = ()
    ) -> Block[ClientSession]:
        """Open, for the client, the session that it asked for, changed or not, in an `async with`.

        Answer the client with `session.response` and then `await session.relay()`: until that is called, what comes for
        the session from either side waits, unless a handler takes it. A session that was relayed is not closed at the
        agent when its block is left: it is the client's. One that is relayed already is opened anew when its `relay()`,
        which returns, has left its block.

        Args:
          request: `session/new`, load, resume, or a request of yours.
          session_id: the id, for a request of yours whose response has no `session_id`.
          attachments: what the session gets besides, for as long as its block lasts.

        Entering raises RequestError if the agent refuses, with its very words, so that a handler that lets it pass
        tells the client the same; otherwise as `ClientConnection.open_session` does.

        Example:
            @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
            async def new_session(request, conn, *, task_status):
                async with conn.open_session(request) as session:
                    task_status.started(session.response)
                    await session.relay()
        """
        if isinstance(request, v1.LoadSessionRequest | v1.ResumeSessionRequest):
            session_id = request.session_id
        return self.sessions.open(request, session_id=session_id, attachments=attachments, relayed=True)

    def attach(self, attachment: Attachment) -> Block[None]:
        """Give every session that is opened during an `async with` something besides, such as an MCP server.

        That is every session that the client opens through this proxy, and every one that a handler opens: its setup
        request names what is attached, and says otherwise what it said. Entering waits until the client has initialized
        the agent. For one session alone there is `attachments=` of `open_session`.

        Raises ConnectionLost if the conductor ends the connection before, and what the attachment raises.

        Example:
            @proxy.on_start
            async def tools(conn):
                async with conn.attach(server):
                    await conn.wait_closed()
        """
        return self.attached.attach(attachment)

    async def _wait_initialized(self) -> None:
        await self._initialized.wait()
        self._check_open()

    def note_initialized(self, sent: SentRequest[Any]) -> None:
        """Keep what the agent said about itself."""
        try:
            self.agent_capabilities = sent.result().agent_capabilities
        except AcpError:
            return  # the client gets it
        self._initialized.set()
        self.start_work()

    def send_on(self, request: RequestDispatch, response: Any = Any) -> SentRequest[Any]:
        """Forward a request; returns it, to watch its answer."""
        sent = self.send_request(request.message, to=self._beyond(request)).cast(response)
        sent.forward_to(request.responder)
        return sent

    def _send_on(self, dispatch: Dispatch) -> None:
        if isinstance(dispatch, RequestDispatch):
            self.send_on_of_session(dispatch)
        else:
            self.forward_nowait(dispatch, to=self._beyond(dispatch))

    def send_on_of_session(self, request: RequestDispatch) -> None:
        """Forward a request about a session, which its answer may end."""
        session_id = request.session_id
        self.send_on(request).call_on_answer(
            lambda sent: self.relays.note_answer(request, session_id, succeeded=sent.succeeded)
        )

    def _let_through_at_once(self, notification: Envelope, sender: Peer | None) -> bool:
        method = str(notification.method)
        if _is_this_hops(method) or self.relays.concerns(method):
            return False
        return self.pass_on_at_once(notification, to=AGENT if sender is CLIENT else CLIENT)

    def _beyond(self, dispatch: Dispatch) -> Peer | None:
        if isinstance(dispatch, ResponseDispatch):
            return None
        return AGENT if dispatch.sender == CLIENT else CLIENT

    def _may_close(self) -> bool:
        return self.agent_capabilities.session_capabilities.close is not None


@final
class Proxy(Endpoint):
    """An ACP proxy: its handlers, and `serve`.

    What no handler takes goes through, both ways, as it is. `sender=CLIENT` and `sender=AGENT` say whose messages a
    handler takes.

    Args:
      name: for logs.
      version: for logs.
      title: for people.
      limits: bounds of each connection.
      grace: seconds that closing a connection may take, all of it together.

    Example:
        proxy = Proxy("shout")

        @proxy.on_request(v1.PromptRequest, sender=CLIENT)
        async def shout(request, conn):
            text = v1.TextContent(text=request.prompt[0].text.upper())
            return Handled.no(evolve(request, prompt=[text]))

        trio.run(proxy.serve, stdio())
    """

    def __init__(
        self,
        name: str,
        *,
        version: str = "0",
        title: str | None = None,
        limits: Limits | None = None,
        grace: float = GRACE,
    ) -> None:
        super().__init__(name, version=version, title=title)
        self._limits = limits or Limits()
        self._grace = check_grace(grace)

    peers: ClassVar[Sequence[Peer]] = (CLIENT, AGENT)

    def connect(self, transport: Transport | Component) -> Block[ProxyConnection]:
        """Serve one conductor for the time of a block, beside a body of your own."""
        self.freeze()
        return open_connection(transport, self._make)

    async def serve(
        self, transport: Transport, *, task_status: trio.TaskStatus[ProxyConnection] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Serve one conductor until it ends the connection. Cancelling it closes the connection within the grace."""
        await hold_open(self, transport, task_status=task_status)

    def _make(self, link: Link) -> ProxyConnection:
        hooks = Hooks(
            handlers=self,
            answers_malformed=True,
            addressing=InitializedAddressing(),
            gate=_Gate().judge,
            work_waits=True,
            cancelled_results=cancelled_results(),
            otherwise=make_dispatch_handler(_let_through),
        )
        return ProxyConnection(link, hooks, self._limits, self._grace)


class _Gate:
    """What may be asked before a conductor has initialized the proxy, and that it does so once."""

    def __init__(self) -> None:
        self._initialized = False

    def judge(self, method: str) -> RequestError | None:
        if method == "initialize":
            reason = "a proxy is initialized by its conductor, with proxy/initialize, not by a client"
            return RequestError(ErrorCode.INVALID_REQUEST, reason)
        if method in INITIALIZE:
            if self._initialized:
                return RequestError(ErrorCode.INVALID_REQUEST, "this connection is initialized already")
            self._initialized = True
        elif not self._initialized:
            return RequestError(ErrorCode.INVALID_REQUEST, f"{method} came before proxy/initialize")
        return None


async def _let_through(dispatch: Dispatch, conn: ProxyConnection) -> None:
    """What no handler took goes on to the other side."""
    if not (isinstance(dispatch, RequestDispatch) and _is_setup(dispatch) and conn.attached):
        await _pass(dispatch, conn)
    elif conn.attached.is_settled:
        await _pass_with_attached(dispatch, conn)
    else:  # what is being attached may itself need the loop
        dispatch.responder.keep()
        conn.start_soon(_pass_with_attached, dispatch, conn)


def _is_setup(dispatch: RequestDispatch) -> bool:
    return dispatch.method in SETUP and dispatch.sender is CLIENT


async def _pass_with_attached(dispatch: RequestDispatch, conn: ProxyConnection) -> None:
    message = await conn.attached.added_to_message(dispatch.message)
    await _pass(RequestDispatch(message, dispatch.sender, dispatch.responder), conn)


async def _pass(dispatch: Dispatch, conn: ProxyConnection) -> None:
    match dispatch:
        case RequestDispatch(method=method) if method in SUCCESSOR:
            raise RequestError.invalid_params(f"the envelope {method} holds no message")
        case NotificationDispatch(method=method) if _is_this_hops(method):
            return
        case RequestDispatch(method="initialize"):
            conn.send_on(dispatch, v1.InitializeResponse).call_on_answer(conn.note_initialized)
        case RequestDispatch() | NotificationDispatch() if conn.relays.concerns(dispatch.method):
            await _let_through_of_session(dispatch, conn)
        case _:
            await conn.forward(dispatch)


def _is_this_hops(method: str) -> bool:
    """Whether such a notification goes no further: it is about this hop, or an envelope that is malformed."""
    return method.startswith("$/") or method in SUCCESSOR


async def _let_through_of_session(dispatch: RequestDispatch | NotificationDispatch, conn: ProxyConnection) -> None:
    session_id = dispatch.session_id
    if conn.relays.take(dispatch, session_id):
        return
    if isinstance(dispatch, NotificationDispatch):
        await conn.forward(dispatch)
        return
    conn.send_on_of_session(dispatch)
    await conn.wait_for_room(relayed=True)
