"""The conductor: it runs a row of components, and passes messages between neighbours.

Owns every connection of the row, each a task: the client's, one to each proxy, one to the agent. It decodes no params
and knows no method but `initialize`; a cancellation follows a request hop by hop, under the id that it has there. A
component that ends takes the row with it, and is named (https://agentclientprotocol.com/rfds/proxy-chains).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import final

import trio

from ..connection import (
    GRACE,
    Block,
    Connection,
    Dispatch,
    Handled,
    Hooks,
    Limits,
    NotificationDispatch,
    Peer,
    RequestDispatch,
    check_grace,
    make_dispatch_handler,
    open_connection,
)
from ..jsonrpc import AcpError, Envelope, ErrorCode, RequestError, UntypedMessage
from ..roles import AGENT, CLIENT, INITIALIZE, SUCCESSOR, SuccessorAddressing
from ..session import cancelled_results
from ..transports import Component, ConnectionLost, Link, Transport, as_transport

_PREFIX = "_proxy/"
_CONDUCTORS = INITIALIZE | SUCCESSOR  # methods that a conductor sends, and nobody else
_PATIENCE = 0.5  # seconds in which the client still gets its answers when a component has ended


@final
class Conductor:
    """Proxies in front of an agent; to whoever connects, an agent.

    Args:
      proxies: the row, the client's neighbour first: how to reach each of them, or components of this process.
      agent: the last of the row.
      limits: bounds of each connection.
      grace: seconds that closing may take, all of it together.

    Example:
        conductor = Conductor([shout, process(["my-proxy"])], process(["my-agent"]))
        trio.run(conductor.serve, stdio())
    """

    def __init__(
        self,
        proxies: Sequence[Transport | Component],
        agent: Transport | Component,
        *,
        limits: Limits | None = None,
        grace: float = GRACE,
    ) -> None:
        self._components = [as_transport(component) for component in [*proxies, agent]]
        self._limits = limits or Limits()
        self._grace = check_grace(grace)

    def __repr__(self) -> str:
        return f"<Conductor of {len(self._components) - 1} proxies and an agent>"

    async def serve(
        self, transport: Transport | Component, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Start the row and serve one client until it ends the connection, or a component does.

        Raises HandshakeFailed if a component cannot be reached, ConnectionLost if one ends before the client does.
        Cancelling it closes every connection, all at once, within the grace.
        """
        row = _Row(self._components, self._limits, self._grace)
        try:
            async with trio.open_nursery(strict_exception_groups=True) as nursery:
                await row.open(nursery)
                async with row.connect_client(transport) as client:
                    row.opened.set()
                    task_status.started()
                    await client.wait_closed()
                    row.closing = True
                nursery.cancel_scope.cancel("the client has gone")
        except BaseExceptionGroup as group:
            row.failure = row.failure or _cause(group)
        if row.failure is not None:
            raise row.failure


class _Row:
    def __init__(self, components: Sequence[Transport], limits: Limits, grace: float) -> None:
        self._components = components
        self._limits = limits
        self._grace = grace
        self._places: list[_Place] = []
        self._client = _Place(self, -1)
        self.failure: BaseException | None = None
        self.opened = trio.Event()
        self.closing = False

    async def open(self, nursery: trio.Nursery) -> None:
        """Reach every component, the agent first: a proxy may speak to what is behind it at once."""
        last = len(self._components) - 1
        self._places = [_Place(self, index, is_proxy=index < last) for index in range(last + 1)]
        for place in reversed(self._places):
            await nursery.start(self._hold, place)

    async def _hold(self, place: _Place, *, task_status: trio.TaskStatus[None]) -> None:
        async with open_connection(self._components[place.index], self._maker(place)) as connection:
            connection.call_on_end(partial(self._note_end, connection))
            task_status.started()
            await connection.wait_closed()
        # The others pass the bad news on, hop by hop, to whoever waits for an answer.
        if self._client.connection is not None:
            with trio.move_on_after(_PATIENCE):
                await self._client.connection.wait_answered()
        if self.failure is not None:
            raise self.failure

    def _note_end(self, connection: Connection, error: AcpError) -> None:
        if isinstance(error, ConnectionLost) and self.failure is None and not self.closing:
            self.failure = ConnectionLost(f"{connection.peer}: {error}")
            self.failure.__cause__ = error

    def connect_client(self, transport: Transport | Component) -> Block[Connection]:
        """Open the connection to the client."""
        return open_connection(transport, self._maker(self._client))

    def _maker(self, place: _Place) -> Callable[[Link], Connection]:
        def make(link: Link) -> Connection:
            hooks = Hooks(
                through=place.pass_on_at_once,
                otherwise=make_dispatch_handler(place.pass_on),
                addressing=SuccessorAddressing(_PREFIX) if place.is_proxy else None,
                answers_malformed=place is self._client,
                cancelled_results=cancelled_results(),
            )
            connection = place.connection = Connection(link, hooks, self._limits, self._grace)
            return connection

        return make

    def neighbour(self, index: int) -> _Place:
        """The component at a place of the row, or the client in front of it."""
        return self._client if index < 0 else self._places[index]


class _Place:
    """One end of the row, or a component in it."""

    def __init__(self, row: _Row, index: int, *, is_proxy: bool = False) -> None:
        self._row = row
        self.index = index
        self.is_proxy = is_proxy
        self.connection: Connection | None = None

    async def pass_on(self, dispatch: Dispatch, _connection: Connection) -> Handled | None:
        """Hand a message of this component to the neighbour that it is for, once there is one."""
        if not self._row.opened.is_set():  # waiting for what is there would be a checkpoint for each message
            await self._row.opened.wait()
        if dispatch.method.startswith("$/"):
            return None if isinstance(dispatch, NotificationDispatch) else Handled.no()  # this hop's own
        if dispatch.method in _CONDUCTORS:  # or anybody could speak for the agent
            raise RequestError(ErrorCode.INVALID_REQUEST, f"only a conductor sends {dispatch.method}")
        neighbour, sender = self._beyond(dispatch.sender)
        await neighbour.take(dispatch, sender)
        return None

    def pass_on_at_once(self, notification: Envelope, sender: Peer | None) -> bool:
        """Do the same with a notification, if there is nothing to wait for and nothing to say; whether that was so."""
        method = str(notification.method)
        if not self._row.opened.is_set() or method.startswith("$/") or method in _CONDUCTORS:
            return False
        neighbour, comes_from = self._beyond(sender)
        assert neighbour.connection is not None  # the row is open
        return neighbour.connection.pass_on_at_once(notification, to=comes_from if neighbour.is_proxy else None)

    def _beyond(self, sender: Peer | None) -> tuple[_Place, Peer]:
        """The neighbour that a message is for, and who sends it as that neighbour sees it."""
        if self.index < 0 or sender == AGENT:  # of the client, or in a successor envelope
            return self._row.neighbour(self.index + 1), CLIENT
        return self._row.neighbour(self.index - 1), AGENT

    async def take(self, dispatch: Dispatch, sender: Peer) -> None:
        """Get a message from the neighbour on one side."""
        if self.is_proxy and isinstance(dispatch, RequestDispatch) and dispatch.method == "initialize":
            message = UntypedMessage(f"{_PREFIX}initialize", dispatch.message.encoded)
            dispatch = RequestDispatch(message, dispatch.sender, dispatch.responder)
        assert self.connection is not None  # the row is open
        await self.connection.forward(dispatch, to=sender if self.is_proxy else None)


def _cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended the row: Ctrl-C before all, then what a component did; a defect stays in its group."""
    for kind in (KeyboardInterrupt, SystemExit, AcpError):
        found = group.subgroup(kind)
        while found is not None:
            inner = found.exceptions[0]
            if not isinstance(inner, BaseExceptionGroup):
                return inner
            found = inner
    return group
