"""What an agent may ask of the client about a session: updates, permission, files, terminals, elicitation.

Owns the requests and the check that the client offers what is asked: calling what was not advertised is a defect of the
agent, and says so before anything is sent (https://agentclientprotocol.com/protocol/initialization).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike, fspath
from typing import TypeVar, final

import attrs
import trio

from ..connection import Block, CarriedError, Connection, SentRequest, block, check_may_wait
from ..jsonrpc import AcpError, LocalMisuse
from ..schema import Request, v1

A = TypeVar("A")


def _no_capabilities() -> v1.ClientCapabilities:
    return v1.ClientCapabilities()  # in a function: the class is loaded when it is needed


@attrs.frozen(kw_only=True)
class ClientOffer:
    """What the client said it is and can do."""

    capabilities: v1.ClientCapabilities = attrs.field(factory=_no_capabilities)
    info: v1.Implementation | None = None


class Facilities:
    """The client, as seen from one session. Base of `AgentSession` and `Turn`."""

    connection: Connection
    session_id: str
    offer: ClientOffer

    @property
    def asked(self) -> Facilities:
        """Whose client is asked, and knows what it offers: this one's, unless a turn outlives its client."""
        return self

    async def ask(self, request: Request[A]) -> A:
        """Send a request about this session and wait for its answer; as `Connection.request`."""
        return await self.connection.request(request)

    # Saying

    async def update(self, update: v1.SessionUpdate) -> None:
        """Send one update of this session. Checkpoints as `Connection.notify` does."""
        await self.connection.notify(v1.SessionNotification(session_id=self.session_id, update=update))

    async def say(self, text: str) -> None:
        """Stream a piece of the agent's answer."""
        await self.update(v1.AgentMessageChunk(content=v1.TextContent(text=text)))

    async def think(self, text: str) -> None:
        """Stream a piece of the agent's reasoning."""
        await self.update(v1.AgentThoughtChunk(content=v1.TextContent(text=text)))

    async def plan(self, entries: Iterable[v1.PlanEntry]) -> None:
        """Show a plan; it replaces the one before completely."""
        await self.update(v1.Plan(entries=list(entries)))

    async def flush(self) -> None:
        """Wait until the updates sent before are on their way, so that what follows is behind them. Checkpoints."""
        await trio.lowlevel.checkpoint()

    # Asking

    async def request_permission(
        self, tool_call: v1.ToolCallUpdate, options: Iterable[v1.PermissionOption]
    ) -> v1.RequestPermissionOutcome:
        """Ask the user for permission and return what was decided.

        Only a `SelectedOutcome` with an option that you offered is a decision; take everything else as a refusal.
        Raises PeerError, ConnectionLost, DispatchLoopHeld. Checkpoints.
        """
        request = v1.RequestPermissionRequest(session_id=self.session_id, tool_call=tool_call, options=list(options))
        return (await self.ask(request)).outcome

    async def elicit(
        self, message: str, schema: v1.ElicitationSchema, *, tool_call_id: str | None = None
    ) -> v1.ElicitationAction:
        """Ask the user to fill in a form and return what they did. Only an `ElicitationAcceptAction` carries content.

        Raises LocalMisuse if the client shows no forms.
        """
        mode = v1.ElicitationFormMode(requested_schema=schema)
        return await self.ask_user(message, mode, tool_call_id=tool_call_id)

    async def elicit_url(
        self, message: str, url: str, elicitation_id: str, *, tool_call_id: str | None = None
    ) -> v1.ElicitationAction:
        """Ask the user to visit a URL, and return whether they will; `elicitation_completed` says that it is done.

        Raises LocalMisuse if the client opens no URLs.
        """
        mode = v1.ElicitationUrlMode(url=url, elicitation_id=elicitation_id)
        return await self.ask_user(message, mode, tool_call_id=tool_call_id)

    async def ask_user(
        self, message: str, mode: v1.ElicitationMode, *, tool_call_id: str | None = None
    ) -> v1.ElicitationAction:
        """Ask the user by a form or a URL. Raises LocalMisuse if the client does not offer that; see `can_elicit`."""
        way = "url" if isinstance(mode, v1.ElicitationUrlMode) else "form"
        self._need(f"elicitation.{way}", offered=self.can_elicit(mode))
        scope = v1.ElicitationSessionScope(session_id=self.session_id, tool_call_id=tool_call_id)
        return (await self.ask(v1.CreateElicitationRequest(message=message, scope=scope, mode=mode))).action

    async def elicitation_completed(self, elicitation_id: str) -> None:
        """Say that what the user was sent to a URL for is done. Checkpoints."""
        await self.asked.connection.notify(v1.CompleteElicitationNotification(elicitation_id=elicitation_id))

    def can_elicit(self, mode: v1.ElicitationMode) -> bool:
        """Whether the client offers to ask the user in this way."""
        offered = self.asked.offer.capabilities.elicitation
        if offered is None:
            return False
        match mode:
            case v1.ElicitationFormMode():
                return offered.form is not None
            case v1.ElicitationUrlMode():
                return offered.url is not None
            case _:
                return False

    async def read_text_file(
        self, path: str | PathLike[str], *, line: int | None = None, limit: int | None = None
    ) -> str:
        """Read a text file as the user's editor has it, unsaved changes included.

        Args:
          path: absolute.
          line: the first line wanted, counted from 1.
          limit: how many lines at most.

        Raises LocalMisuse if the client offers no `fs.readTextFile`, PeerError if it refuses. Checkpoints.
        """
        self._need("fs.readTextFile", offered=self.asked.offer.capabilities.fs.read_text_file)
        request = v1.ReadTextFileRequest(session_id=self.session_id, path=fspath(path), line=line, limit=limit)
        return (await self.ask(request)).content

    async def write_text_file(self, path: str | PathLike[str], content: str) -> None:
        """Write a text file through the user's editor. Raises and checkpoints as `read_text_file` does."""
        self._need("fs.writeTextFile", offered=self.asked.offer.capabilities.fs.write_text_file)
        await self.ask(v1.WriteTextFileRequest(session_id=self.session_id, path=fspath(path), content=content))

    def terminal(
        self,
        command: str,
        args: Sequence[str] = (),
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        output_byte_limit: int | None = None,
    ) -> Block[RemoteTerminal]:
        """Run a command in the client's terminal for the time of a block; leaving it kills and releases it.

        Raises LocalMisuse if the client offers no terminal, PeerError if it refuses.

        Example:
            async with turn.terminal("make", ["test"]) as terminal:
                status = await terminal.wait_for_exit()
        """
        if isinstance(args, str):
            raise TypeError(f"args is a sequence of arguments, such as [{args!r}], not a string")
        self._need("terminal", offered=self.asked.offer.capabilities.terminal)
        request = v1.CreateTerminalRequest(
            session_id=self.session_id,
            command=command,
            args=list(args),
            env=[v1.EnvVariable(name=name, value=value) for name, value in (env or {}).items()],
            cwd=cwd,
            output_byte_limit=output_byte_limit,
        )
        return _terminal_block(self, request)

    def _need(self, what: str, *, offered: bool) -> None:
        if not offered:
            raise LocalMisuse(f"the client does not offer {what}")


@final
class RemoteTerminal:
    """A command that runs at the client."""

    def __init__(self, connection: Connection, session_id: str, terminal_id: str) -> None:
        self.id = terminal_id
        self._connection = connection
        self._session_id = session_id

    async def output(self) -> v1.TerminalOutputResponse:
        """What it wrote so far, and how it ended if it has. Checkpoints."""
        return await self._connection.request(
            v1.TerminalOutputRequest(session_id=self._session_id, terminal_id=self.id)
        )

    async def wait_for_exit(self) -> v1.WaitForTerminalExitResponse:
        """Wait for its end. Checkpoints; cancelling it leaves the command running until the block is left."""
        return await self._connection.request(
            v1.WaitForTerminalExitRequest(session_id=self._session_id, terminal_id=self.id)
        )

    async def kill(self) -> None:
        """Kill the command; its output stays readable. Checkpoints."""
        await self._connection.request(v1.KillTerminalRequest(session_id=self._session_id, terminal_id=self.id))

    async def release(self) -> None:
        """Kill it if it runs and give it up. Checkpoints."""
        await self._connection.request(v1.ReleaseTerminalRequest(session_id=self._session_id, terminal_id=self.id))


@block
async def _terminal_block(facilities: Facilities, request: v1.CreateTerminalRequest) -> AsyncGenerator[RemoteTerminal]:
    check_may_wait(f"the answer to {request.method}")
    await facilities.flush()
    connection = facilities.asked.connection
    await connection.wait_for_room()
    sent = connection.send_request(request)
    sent.call_on_answer(partial(_release_unwanted, connection, request.session_id))
    response = await sent.wait()
    terminal = RemoteTerminal(connection, request.session_id, response.terminal_id)
    carried = CarriedError()
    with carried:
        yield terminal
    release_failure: AcpError | None = None
    with connection.leaving(carried.error):
        try:
            await terminal.release()
        except AcpError as exc:
            release_failure = exc
    carried.release()
    if release_failure is not None:
        raise release_failure


def _release_unwanted(connection: Connection, session_id: str, sent: SentRequest[v1.CreateTerminalResponse]) -> None:
    """The command runs, but whoever asked for it was cancelled meanwhile."""
    if sent.is_awaited or connection.is_closed:
        return
    try:
        terminal_id = sent.result().terminal_id
    except AcpError:
        return  # it does not run
    connection.send_request(v1.ReleaseTerminalRequest(session_id=session_id, terminal_id=terminal_id))
