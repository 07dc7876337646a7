"""`acp-trio prompt`: one turn with any agent.

Owns the order of the steps and what Ctrl-C does: once, the turn is cancelled and its end awaited; twice, or outside of
the turn, everything is left.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import attrs
import trio

from ..codec import CODEC
from ..jsonrpc import AcpError, ErrorCode, PeerError, dumps
from ..roles import Client, ClientConnection
from ..schema import v1
from ..session import ClientSession, PromptTurn
from ..transports import ConnectionClosed, ConnectionLost, Transport, process, tap
from ._attachments import attach
from ._failures import FAILED, error_object, expected_failure, explain
from ._interrupts import Interrupts
from ._keyboard import is_terminal, read_line
from ._screen import Screen, printable
from ._standard_streams import StreamLost, read_input, require_output, write_message, write_output
from ._trace import trace

GRACE = 2.0  # seconds that leaving an agent may take: a person waits for it
_PATIENCE = 3.0  # seconds without an answer to initialize, before we say whom we wait for


@attrs.frozen(kw_only=True)
class PromptOptions:
    """The command line, checked."""

    text: str
    command: list[str]
    cwd: Path
    permission: Literal["allow", "deny", "ask"] = "ask"
    json: bool = False
    session: str | None = None
    mode: str | None = None
    auth: str | None = None
    env: dict[str, str] = attrs.field(factory=dict[str, str])
    files: list[Path] = attrs.field(factory=list[Path])
    mcp_servers: list[v1.McpServer] = attrs.field(factory=list["v1.McpServer"])
    trace: Path | None = None
    verbose: bool = False


def prompt(options: PromptOptions) -> int:
    """Run the command and return its exit status."""
    if not options.verbose:
        logging.getLogger("acp_trio").addHandler(logging.NullHandler())  # a failure is one line
    command = PromptCommand(options)
    try:
        require_output()
        trio.run(command.run, read_input() if options.text == "-" else options.text)
    except (AcpError, OSError, StreamLost, BaseExceptionGroup) as exc:
        return command.report(exc)
    return command.status


class PromptCommand:
    """One run of the command."""

    def __init__(self, options: PromptOptions) -> None:
        self._options = options
        self._text = ""
        self._screen = Screen()
        self._turn: PromptTurn | None = None
        self._auth_methods: tuple[v1.AuthMethod, ...] = ()
        self._connecting = trio.CancelScope()
        self._keyboard = trio.Lock()
        self._interrupts = Interrupts(self._cancel_turn, lambda: self._screen.note("leaving"))

    @property
    def status(self) -> int:
        """The exit status of a run that did not fail."""
        return self._interrupts.status

    async def run(self, text: str) -> None:
        """Connect, run the turn, show it."""
        self._text = text
        with contextlib.ExitStack() as stack:
            transport = self._transport(stack)
            await self._interrupts.run(lambda: self._show_and_talk(transport))
        self._screen.finish()

    def report(self, error: BaseException) -> int:
        """Say in one line what went wrong; the exit status."""
        failure = expected_failure(error)
        if self._options.verbose:
            traceback.print_exception(failure)
        with contextlib.suppress(StreamLost):  # what is to be said is said below
            self._screen.finish()
        line = self._explain(failure)
        if line is None:
            return self.status or FAILED
        if self._options.json:
            with contextlib.suppress(StreamLost):
                _print_json({"error": error_object(failure, line)})
        write_message(f"acp-trio: {printable(line)}\n")
        return self.status or FAILED

    # The conversation

    async def _show_and_talk(self, transport: Transport) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._say_whom_we_wait_for)
            if not self._options.json:
                nursery.start_soon(self._screen.show_life)
            try:
                await self._talk(transport)
            finally:
                nursery.cancel_scope.cancel("the turn is over")

    async def _talk(self, transport: Transport) -> None:
        async with self._client().connect(transport) as agent, contextlib.AsyncExitStack() as stack:
            self._connecting.cancel("connected")
            self._auth_methods = tuple(agent.auth_methods)
            if self._options.auth is not None:
                await agent.authenticate(self._options.auth)
            session = await self._enter_session(stack, agent)
            if self._options.mode is not None:
                await session.set_mode(self._options.mode)
            await self._run_turn(agent, session)

    async def _enter_session(self, stack: contextlib.AsyncExitStack, agent: ClientConnection) -> ClientSession:
        wanted, cwd, servers = self._options.session, self._options.cwd, self._options.mcp_servers
        if wanted is None:
            block = agent.open_session(cwd, mcp_servers=servers)
        elif agent.agent_capabilities.load_session:
            block = agent.load_session(wanted, cwd, mcp_servers=servers, keep=True)
        else:
            block = agent.resume_session(wanted, cwd, mcp_servers=servers, keep=True)
        return await stack.enter_async_context(block)

    async def _run_turn(self, agent: ClientConnection, session: ClientSession) -> None:
        async with session.prompt(self._blocks(agent)) as turn:
            self._turn = turn
            try:
                async for update in turn:
                    self._show(session, update)
            finally:
                self._turn = None
        if self._options.json:
            _print_json({"stopReason": turn.stop_reason})
        elif turn.stop_reason not in ("end_turn", "cancelled"):
            self._screen.note(f"stopped: {turn.stop_reason}")

    def _show(self, session: ClientSession, update: v1.SessionUpdate) -> None:
        if self._options.json:
            _print_json(CODEC.encode(v1.SessionNotification(session_id=session.id, update=update)))
        else:
            self._screen.show(update)

    def _blocks(self, agent: ClientConnection) -> list[v1.ContentBlock]:
        embed = agent.agent_capabilities.prompt_capabilities.embedded_context
        return [v1.TextContent(text=self._text), *(attach(path, embed=embed) for path in self._options.files)]

    # What the agent may ask

    def _client(self) -> Client:
        client = Client("acp-trio", title="acp_trio command line", grace=GRACE)
        if self._options.permission != "ask":
            client.permissions(self._options.permission)
        elif is_terminal() and not self._options.json:
            client.permissions(self._ask_permission)
        return client

    async def _ask_permission(self, request: v1.RequestPermissionRequest) -> str | None:
        async with self._keyboard:  # there is one, and an agent may ask twice at once
            self._screen.question(request)
            if not request.options:
                self._screen.note("  no options to choose from: cancelled")
                return None
            try:
                return await self._choose(request.options)
            finally:
                self._screen.answered()

    async def _choose(self, options: Sequence[v1.PermissionOption]) -> str | None:
        while True:
            self._screen.ask(f"1-{len(options)}, or nothing to cancel: ")
            line = await read_line()
            if line.endswith("\n"):
                self._screen.entered()
            answer = line.strip()
            if not answer:
                return None
            if answer.isdecimal() and 1 <= int(answer) <= len(options):
                return options[int(answer) - 1].option_id

    # Around it

    def _transport(self, stack: contextlib.ExitStack) -> Transport:
        stderr: Literal["capture", "inherit"] = "inherit" if self._options.verbose else "capture"
        transport = process(self._options.command, env=self._options.env, cwd=self._options.cwd, stderr=stderr)
        if self._options.trace is not None:
            transport = tap(transport, stack.enter_context(trace(self._options.trace)))
        return transport

    async def _say_whom_we_wait_for(self) -> None:
        with self._connecting:
            await trio.sleep(_PATIENCE)
            self._screen.note(f"waiting for {self._options.command[0]} to answer initialize; Ctrl-C to leave")

    async def _cancel_turn(self, number: int) -> bool:
        """The first Ctrl-C of a turn cancels it; return whether this was that."""
        if number != signal.SIGINT or self._turn is None:
            return False
        turn, self._turn = self._turn, None
        self._screen.note("cancelling; once more to leave at once")
        with contextlib.suppress(ConnectionLost, ConnectionClosed):  # whoever awaits the turn gets to know
            await turn.cancel()
        return True

    def _explain(self, failure: AcpError | OSError | StreamLost) -> str | None:
        needs_auth = isinstance(failure, PeerError) and failure.code == ErrorCode.AUTH_REQUIRED
        if needs_auth and self._options.auth is None:
            return _how_to_authenticate(self._auth_methods)
        return explain(failure)


def _how_to_authenticate(methods: Sequence[v1.AuthMethod]) -> str:
    offered = [
        f"{method.id} ({method.name})"
        for method in methods
        if isinstance(method, v1.AuthMethodAgent | v1.AuthMethodTerminal)
    ]
    if not offered:
        return "the agent wants authentication, and offers no method"
    return f"the agent wants authentication; use --auth with one of: {', '.join(offered)}"


def _print_json(value: object) -> None:
    write_output(dumps(value).decode() + "\n")
