"""`acp-trio prompt`: one turn with any agent.

Owns the order of the steps, what a failure says (one line, with the agent's last words) and what Ctrl-C does: once, the
turn is cancelled and its end awaited; twice, everything is left.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import traceback
from pathlib import Path
from typing import Literal

import attrs
import trio

from ..codec import CODEC
from ..connection import lone_leaf
from ..jsonrpc import AcpError, ErrorCode, LocalMisuse, PeerError, dumps
from ..roles import Client, ClientConnection
from ..schema import v1
from ..session import ClientSession, PromptTurn
from ..transports import ConnectionLost, Transport, process, record_jsonl, tap
from ._keyboard import is_terminal, read_line
from ._screen import Screen, printable

FAILED = 1
INTERRUPTED = 128 + signal.SIGINT


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
    trace: str | None = None
    verbose: bool = False


def prompt(options: PromptOptions) -> int:
    """Run the command and return its exit status."""
    if not options.verbose:
        logging.getLogger("acp_trio").addHandler(logging.NullHandler())  # a failure is one line
    command = PromptCommand(options)
    try:
        trio.run(command.run, sys.stdin.read() if options.text == "-" else options.text)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED  # whoever read our output has gone; there is nobody to tell
    except (AcpError, OSError, BaseExceptionGroup) as exc:
        return command.report(exc)
    return command.status


class PromptCommand:
    """One run of the command."""

    def __init__(self, options: PromptOptions) -> None:
        self._options = options
        self._text = ""
        self._screen: Screen
        self._turn: PromptTurn | None = None
        self.status = 0

    async def run(self, text: str) -> None:
        """Connect, run the turn, show it."""
        self._text = text
        self._screen = Screen()
        with contextlib.ExitStack() as stack, trio.CancelScope() as everything:
            transport = self._transport(stack)
            async with trio.open_nursery() as nursery:
                await nursery.start(self._watch_interrupts, everything)
                if not self._options.json:
                    nursery.start_soon(self._screen.show_life)
                try:
                    await self._talk(transport)
                finally:
                    nursery.cancel_scope.cancel("the turn is over")
        self._screen.finish()

    def report(self, error: BaseException) -> int:
        """Say in one line what went wrong; the exit status."""
        lone = lone_leaf(error)
        if not isinstance(lone, AcpError | OSError):
            raise error  # several failures, or a defect of ours
        if self._options.verbose:
            traceback.print_exception(lone)
        self._screen.finish()
        message = self._explain(lone)
        if self._options.json:
            code = lone.code if isinstance(lone, PeerError) else None
            _print_json({"error": {"code": code, "message": message}})
        print(f"acp-trio: {printable(message)}", file=sys.stderr)
        return FAILED

    # The conversation

    async def _talk(self, transport: Transport) -> None:
        async with self._client().connect(transport) as agent, contextlib.AsyncExitStack() as stack:
            if self._options.auth is not None:
                await agent.authenticate(self._options.auth)
            session = await self._enter_session(stack, agent)
            if self._options.mode is not None:
                await session.set_mode(self._options.mode)
            await self._run_turn(session)

    async def _enter_session(self, stack: contextlib.AsyncExitStack, agent: ClientConnection) -> ClientSession:
        wanted, cwd = self._options.session, self._options.cwd
        if wanted is None:
            block = agent.open_session(cwd)
        elif agent.agent_capabilities.load_session:
            block = agent.load_session(wanted, cwd, keep=True)
        else:
            block = agent.resume_session(wanted, cwd, keep=True)
        try:
            return await stack.enter_async_context(block)
        except PeerError as exc:
            if exc.code == ErrorCode.AUTH_REQUIRED:
                raise LocalMisuse(_how_to_authenticate(agent)) from exc
            raise

    async def _run_turn(self, session: ClientSession) -> None:
        async with session.prompt(self._blocks(session)) as turn:
            self._turn = turn
            async for update in turn:
                self._show(session, update)
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

    def _blocks(self, session: ClientSession) -> list[v1.ContentBlock]:
        attachments: list[v1.ContentBlock] = [
            v1.ResourceLink(name=path.name, uri=path.as_uri(), size=path.stat().st_size) for path in self._options.files
        ]
        return [v1.TextContent(text=self._text), *attachments]

    # What the agent may ask

    def _client(self) -> Client:
        client = Client("acp-trio", title="acp_trio command line")
        if self._options.permission != "ask":
            client.permissions(self._options.permission)
        elif is_terminal() and not self._options.json:
            client.permissions(self._ask_permission)
        return client

    async def _ask_permission(self, request: v1.RequestPermissionRequest) -> str | None:
        self._screen.question(request)
        try:
            while True:
                self._screen.ask(f"1-{len(request.options)}, or empty to refuse to answer: ")
                answer = await read_line()
                if not answer:
                    return None
                if answer.isdecimal() and 1 <= int(answer) <= len(request.options):
                    return request.options[int(answer) - 1].option_id
        finally:
            self._screen.answered()

    # Around it

    def _transport(self, stack: contextlib.ExitStack) -> Transport:
        stderr: Literal["capture", "inherit"] = "inherit" if self._options.verbose else "capture"
        transport = process(self._options.command, env=self._options.env, cwd=self._options.cwd, stderr=stderr)
        if self._options.trace is not None:
            transport = tap(transport, stack.enter_context(record_jsonl(self._options.trace)))
        return transport

    async def _watch_interrupts(
        self, everything: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
            task_status.started()
            async for number in signals:
                self.status = 128 + number
                if number == signal.SIGINT and self._turn is not None:
                    turn, self._turn = self._turn, None
                    self._screen.note("cancelling; once more to leave at once")
                    await turn.cancel()
                else:
                    everything.cancel("interrupted")

    def _explain(self, error: BaseException) -> str:
        match error:
            case PeerError(method=method) as answer:
                return f"the agent refused {method}: {answer.refusal}"
            case ConnectionLost():
                return f"the agent is gone: {error}"
            case _:
                return str(error) or type(error).__name__


def _how_to_authenticate(agent: ClientConnection) -> str:
    offered = [
        f"{method.id} ({method.name})"
        for method in agent.auth_methods
        if isinstance(method, v1.AuthMethodAgent | v1.AuthMethodTerminal)
    ]
    if not offered:
        return "the agent wants authentication, and offers no method"
    return f"the agent wants authentication; use --auth with one of: {', '.join(offered)}"


def _print_json(value: object) -> None:
    sys.stdout.write(dumps(value).decode() + "\n")
    sys.stdout.flush()
