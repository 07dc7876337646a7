"""The example agent: it does what the first word of a prompt says, the same every time.

It needs no model and no network, keeps its sessions in memory, and advertises only what it does. It is the other end of
our own tests, and a place to see every feature of an agent in use.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from ..jsonrpc import AcpError, RequestError
from ..roles import Agent
from ..schema import v1
from ..session import AgentSession, Turn
from ..transports import stdio
from ._conversations import Conversation, Conversations
from ._failures import FAILED
from ._standard_streams import write_message

TEXT = "The quick brown fox jumps over the lazy dog. "
"""What `stream` streams, round and round."""

OPTIONS = (
    v1.PermissionOption(option_id="allow", name="Allow", kind="allow_once"),
    v1.PermissionOption(option_id="reject", name="Reject", kind="reject_once"),
)

MODES = (
    v1.SessionMode(id="normal", name="Normal", description="Does what it is told"),
    v1.SessionMode(id="careful", name="Careful", description="Asks before it writes or runs anything"),
)

VOICES = (
    v1.SessionConfigSelectOption(value="plain", name="Plain"),
    v1.SessionConfigSelectOption(value="loud", name="Loud", description="Answers in capitals"),
)


def serve_stdio() -> int:
    """Serve a client on standard input and output until it hangs up; the exit status."""
    agent = make_example_agent()
    try:
        trio.run(agent.serve, stdio())
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except AcpError as exc:
        write_message(f"acp-trio: {exc}\n")
        return FAILED
    return 0


def make_example_agent() -> Agent:
    """The example agent, with sessions of its own."""
    agent = Agent("acp-trio-example", title="acp_trio example agent", prompt_capabilities=PROMPTS)
    conversations = Conversations()
    _open_sessions(agent, conversations)
    _keep_sessions(agent, conversations)
    _take_settings(agent)

    @agent.on_request("_bench/echo")
    async def bench_echo(params: Any) -> Any:
        return params

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        await Script(turn).run()
        return "end_turn"

    return agent


def _open_sessions(agent: Agent, conversations: Conversations) -> None:
    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        conversation = conversations.begin(request.cwd)
        session.state = conversation
        return v1.NewSessionResponse(
            session_id=conversation.session_id, modes=_modes(conversation), config_options=_options(conversation)
        )

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: AgentSession) -> v1.LoadSessionResponse:
        conversation = session.state = conversations.get(request.session_id)
        for update in conversation.updates:
            await session.update(update)
        return v1.LoadSessionResponse(modes=_modes(conversation), config_options=_options(conversation))

    @agent.on_resume_session
    async def resume(request: v1.ResumeSessionRequest, session: AgentSession) -> v1.ResumeSessionResponse:
        conversation = session.state = conversations.get(request.session_id)
        return v1.ResumeSessionResponse(modes=_modes(conversation), config_options=_options(conversation))


def _keep_sessions(agent: Agent, conversations: Conversations) -> None:
    @agent.on_list_sessions
    async def list_sessions(request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        return conversations.page(request)

    @agent.on_close_session
    async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        return v1.CloseSessionResponse()

    @agent.on_delete_session
    async def delete(request: v1.DeleteSessionRequest) -> v1.DeleteSessionResponse:
        conversations.forget(request.session_id)
        return v1.DeleteSessionResponse()


def _take_settings(agent: Agent) -> None:
    @agent.on_set_mode
    async def set_mode(request: v1.SetSessionModeRequest, session: AgentSession) -> v1.SetSessionModeResponse:
        if request.mode_id not in [mode.id for mode in MODES]:
            raise RequestError.invalid_params(f"there is no mode {request.mode_id!r}")
        session.state.mode = request.mode_id
        return v1.SetSessionModeResponse()

    @agent.on_set_config_option
    async def set_option(
        request: v1.SetSessionConfigOptionRequest, session: AgentSession
    ) -> v1.SetSessionConfigOptionResponse:
        if request.config_id != "voice" or request.value not in [voice.value for voice in VOICES]:
            raise RequestError.invalid_params(f"there is no option {request.config_id!r} with value {request.value!r}")
        session.state.voice = str(request.value)
        return v1.SetSessionConfigOptionResponse(config_options=_options(session.state))


PROMPTS = v1.PromptCapabilities(image=True, audio=True, embedded_context=True)


def _modes(conversation: Conversation) -> v1.SessionModeState:
    return v1.SessionModeState(current_mode_id=conversation.mode, available_modes=MODES)


def _options(conversation: Conversation) -> list[v1.SessionConfigOption]:
    return [
        v1.SessionConfigSelect(
            id="voice", name="Voice", category="_style", current_value=conversation.voice, options=VOICES
        )
    ]


class Script:
    """What one prompt makes the agent do."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._conversation: Conversation = turn.session.state

    async def run(self) -> None:
        """Obey the first word, or say the text."""
        text = self._turn.text
        word, _, rest = text.partition(" ")
        command = COMMANDS.get(word)
        for block in self._turn.prompt:
            self._conversation.updates.append(v1.UserMessageChunk(content=block))
        if command is None:
            await self.say(text)
        else:
            await command(self, rest)

    async def say(self, text: str) -> None:
        """Say it, and keep it for whoever loads the session."""
        spoken = text.upper() if self._conversation.voice == "loud" else text
        await self.show(v1.AgentMessageChunk(content=v1.TextContent(text=spoken)))

    async def show(self, update: v1.SessionUpdate) -> None:
        """Send an update, and keep it for whoever loads the session."""
        self._conversation.updates.append(update)
        await self._turn.update(update)

    async def stream(self, rest: str) -> None:
        """N chunks of BYTES."""
        count, size = _numbers(rest, default=16)
        endless = TEXT * (size // len(TEXT) + 2)
        for index in range(count):
            start = index * size % len(TEXT)
            await self.say(endless[start : start + size])

    async def sleep(self, rest: str) -> None:
        """Wait, and say so."""
        await trio.sleep(float(rest or 1))
        await self.say("slept")

    async def think(self, _rest: str) -> None:
        """A thought, and the answer."""
        await self.show(v1.AgentThoughtChunk(content=v1.TextContent(text="I have been told to think.")))
        await self.say("thought")

    async def plan(self, _rest: str) -> None:
        """A plan that gets done."""
        steps = ("Look around", "Do the work", "Tell the user")
        for done in range(len(steps) + 1):
            entries = [
                v1.PlanEntry(
                    content=step,
                    priority="medium",
                    status="completed" if index < done else "in_progress" if index == done else "pending",
                )
                for index, step in enumerate(steps)
            ]
            await self.show(v1.Plan(entries=entries))
        await self.say("planned")

    async def tool(self, _rest: str) -> None:
        """A tool call from pending to completed."""
        async with self._turn.tool_call("Count to three", kind="think") as call:
            await call.progress()
            shown = v1.Content(content=v1.TextContent(text="1 2 3"))
            call.complete([shown])
        await self.say("counted to three")

    async def permission(self, _rest: str) -> None:
        """One of two options, and which it was."""
        await self.say(await self._ask("Remove the build directory"))

    async def read(self, rest: str) -> None:
        """The client's file system."""
        if not self._turn.offer.capabilities.fs.read_text_file:
            await self.say("the client offers no fs.readTextFile")
            return
        async with self._turn.tool_call(f"Read {rest}", kind="read", locations=[v1.ToolCallLocation(path=rest)]):
            text = await self._turn.read_text_file(rest)
        await self.say(text)

    async def write(self, rest: str) -> None:
        """The client's file system."""
        path, _, text = rest.partition(" ")
        if not self._turn.offer.capabilities.fs.write_text_file:
            await self.say("the client offers no fs.writeTextFile")
            return
        if not await self._may(f"Write {path}"):
            await self.say("not written")
            return
        async with self._turn.tool_call(
            f"Write {path}", kind="edit", locations=[v1.ToolCallLocation(path=path)]
        ) as call:
            await self._turn.write_text_file(path, text)
            call.complete([v1.Diff(path=path, new_text=text)])
        await self.say(f"wrote {path}")

    async def execute(self, rest: str) -> None:
        """The client's terminal."""
        if not self._turn.offer.capabilities.terminal:
            await self.say("the client offers no terminal")
            return
        if not await self._may(f"Run {rest}"):
            await self.say("not run")
            return
        command, *args = rest.split()
        shown = self._turn.tool_call(f"Run {rest}", kind="execute")
        async with shown as call, self._turn.terminal(command, args) as terminal:
            await call.progress([v1.Terminal(terminal_id=terminal.id)])
            status = await terminal.wait_for_exit()
            output = await terminal.output()
        await self.say(output.output)
        await self.say(f"exit status {status.exit_code}" if status.signal is None else f"killed by {status.signal}")

    async def fail(self, _rest: str) -> None:
        """A defect in the handler."""
        raise ValueError("the example agent was told to fail")

    async def exit(self, rest: str) -> None:
        """The process is gone in the middle of the turn."""
        await self._turn.connection.flush()
        sys.stderr.write("the example agent was told to exit\n")
        sys.stderr.flush()
        os._exit(int(rest or 1))

    async def noise(self, _rest: str) -> None:
        """Rubbish on every way to standard output; the wire must not notice."""
        print("rubbish from print")
        sys.stdout.flush()
        os.write(1, b"rubbish from write\n")
        libc = ctypes.CDLL(None)
        libc.puts(b"rubbish from C")
        libc.fflush(None)
        child = [sys.executable, "-c", "print('rubbish from a child'); print(input())"]
        await trio.run_process(child, stdin=None, check=False, stderr=subprocess.DEVNULL)
        await self.say("made noise")

    async def _may(self, title: str) -> bool:
        return self._conversation.mode != "careful" or await self._ask(title) == "allow"

    async def _ask(self, title: str) -> str:
        """Ask about a tool call that the user sees; the option's id, or `cancelled`."""
        async with self._turn.tool_call(title, kind="execute") as call:
            outcome = await self._turn.request_permission(call.as_update(), OPTIONS)
            chosen = outcome.option_id if isinstance(outcome, v1.SelectedOutcome) else "cancelled"
            if chosen != "allow":
                call.fail(f"the answer was: {chosen}")
        return chosen


COMMANDS: dict[str, Callable[[Script, str], Awaitable[None]]] = {
    "echo": Script.say,
    "stream": Script.stream,
    "sleep": Script.sleep,
    "think": Script.think,
    "plan": Script.plan,
    "tool": Script.tool,
    "permission": Script.permission,
    "read": Script.read,
    "write": Script.write,
    "run": Script.execute,
    "fail": Script.fail,
    "exit": Script.exit,
    "noise": Script.noise,
}


def _numbers(rest: str, *, default: int) -> tuple[int, int]:
    """The two numbers behind `stream`."""
    try:
        count, *more = [int(word) for word in rest.split()]
    except ValueError:
        raise RequestError.invalid_params(f"stream wants numbers: stream N [BYTES], not {rest!r}") from None
    return count, more[0] if more else default
