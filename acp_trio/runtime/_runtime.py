"""One agent of a session at work: its MCP servers, what it knows, and the turns it is given.

Owns the agent's nursery: the MCP pump and the agent's own tasks are its children, so leaving the block means that
nothing of the agent runs. A turn runs in the task that asks for it; what it says goes through the session's relay.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable, signature
from typing import Any, Literal, TypeAlias, TypeVarTuple, final

import attrs
import trio

from ..connection import Block, CarriedError, block, members, what_leaves
from ..jsonrpc import AcpError, LocalMisuse
from ..mcp import (
    McpError,
    McpPrompt,
    McpPromptMessage,
    McpServerStatus,
    McpSnapshot,
    McpTool,
    McpToolResult,
    McpTools,
    OnProgress,
)
from ..schema import v1
from ..session import Turn
from ._conversation import Entry
from ._mcp_pump import mcp_pump
from ._relay import Relay, RuntimeEvent
from ._tool_filter import ToolFilter
from ._watch import Watch

Ts = TypeVarTuple("Ts")

AgentLoop: TypeAlias = "Callable[[Turn, Runtime], Awaitable[v1.StopReason | v1.PromptResponse]]"
"""Answers one prompt: the loop around a model. It says things on the turn, and finds its tools at the runtime."""

OnCrash: TypeAlias = Literal["session", "isolate"]
"""What a crash of an agent ends: its session, or itself alone, until it is needed again."""


class RuntimeCrashed(AcpError):
    """The agent that was at work is gone: one of its own tasks failed."""


@attrs.frozen
class RuntimeExited:
    """An agent whose crash is its own is gone, with what it raised. It starts anew when it is needed."""

    error: Exception


@attrs.frozen(kw_only=True)
class AgentSpec:
    """An agent that sessions can run.

    Attributes:
      name: tells it from the others of a session.
      loop: answers one prompt.
      title: for people.
      description: for people.
      tools: which tools of the MCP servers it sees.
      mcp_servers: servers it has besides those that the client names.
      work: a task of its own that runs as long as it does, if it has one.
      on_crash: what a failure of it ends besides itself, `loop` apart: that fails the turn and no more.

    Example:
        async def echo(turn, runtime):
            await turn.say(turn.text)
            return "end_turn"

        spec = AgentSpec(name="echo", loop=echo)
    """

    name: str
    loop: AgentLoop
    title: str | None = None
    description: str | None = None
    tools: ToolFilter = attrs.field(factory=ToolFilter)
    mcp_servers: Sequence[v1.McpServer] = ()
    work: Callable[[Runtime], Awaitable[None]] | None = None
    on_crash: OnCrash = "session"

    def __attrs_post_init__(self) -> None:
        try:
            signature(self.loop).bind("turn", "runtime")
        except TypeError as exc:
            wanted = f"the loop of {self.name} is `async def loop(turn, runtime)`"
            raise TypeError(f"{wanted}: {self.loop!r}: {exc}") from None


@final
class Runtime:
    """An agent that runs. Made by `open_runtime`.

    Attributes:
      spec: what it runs.
      snapshot: what its MCP servers offer, unfiltered, to read or to wait for; ready at once without servers.
      history: the conversation before the prompt it works on.
      settings: what the user has set, by option.
      state: whatever the agent wants to keep from turn to turn.
    """

    def __init__(self, spec: AgentSpec, relay: Relay, mcp: McpTools | None, nursery: trio.Nursery) -> None:
        self.spec = spec
        self.snapshot: Watch[McpSnapshot] = Watch(McpSnapshot(is_ready=mcp is None))
        self.history: Sequence[Entry] = ()
        self.settings: Mapping[str, str] = {}
        self.state: Any = None
        self._relay = relay
        self._mcp = mcp
        self._nursery = nursery
        self._at_work: trio.CancelScope | None = None
        self._is_lost = False

    def __repr__(self) -> str:
        return f"<Runtime of {self.spec.name!r}, {'at work' if self._at_work else 'idle'}>"

    # Turns

    async def run(self, turn: Turn) -> v1.StopReason | v1.PromptResponse:
        """Have it answer a prompt, in this task. One at a time.

        Raises what its loop raises, RuntimeCrashed if it is lost meanwhile. Cancelling it cancels the loop.
        """
        if self._at_work is not None:
            raise LocalMisuse(f"{self!r} works on another prompt")
        self._check_alive()
        try:
            with trio.CancelScope() as self._at_work:
                return self._checked(await self._begun(turn))
        finally:
            self._at_work = None
        self._check_alive()
        raise LocalMisuse(f"the loop of {self.spec.name} was cancelled from inside")

    def _begun(self, turn: Turn) -> Awaitable[Any]:
        begun: object = self.spec.loop(turn, self)
        if not isawaitable(begun):
            raise LocalMisuse(f"the loop of {self.spec.name} is not async: it returned {type(begun).__name__}")
        return begun

    def _checked(self, outcome: Any) -> v1.StopReason | v1.PromptResponse:
        if not isinstance(outcome, str | v1.PromptResponse):
            what = type(outcome).__name__
            raise LocalMisuse(f"the loop of {self.spec.name} must return a stop reason, not {what}")
        return outcome

    def lose(self) -> None:
        """Its block is left, or it crashed: what it works on is cancelled, and `run` raises RuntimeCrashed."""
        self._is_lost = True
        if self._at_work is not None:
            self._at_work.cancel("the agent is lost")

    def _check_alive(self) -> None:
        if self._is_lost:
            raise RuntimeCrashed(f"the agent {self.spec.name} is gone")

    def replace_conversation(self, history: Sequence[Entry]) -> None:
        """Have it go on from this conversation. No checkpoint."""
        self.history = tuple(history)

    # Saying something whether or not a turn runs

    async def send(self, payload: Any) -> None:
        """Tell the session something; it goes through the relay, and waits for room. Checkpoints."""
        await self._relay.send(RuntimeEvent(self.spec.name, None, payload))

    async def pump(self, source: AsyncIterable[Any]) -> None:
        """Send what comes out of a source until it ends, or nobody takes it any more. Checkpoints."""
        async for payload in source:
            try:
                await self.send(payload)
            except trio.BrokenResourceError:
                return

    def start_soon(self, function: Callable[[*Ts], Awaitable[object]], *args: *Ts, name: object = None) -> None:
        """Run a task as long as the agent runs. If it fails, the agent has crashed."""
        self._nursery.start_soon(function, *args, name=name)

    # Its servers

    @property
    def tools(self) -> Sequence[McpTool]:
        """The tools it may use now."""
        return self.spec.tools.apply(self.snapshot.value.tools, lambda tool: tool.name)

    @property
    def instructions(self) -> Mapping[str, str]:
        """What its servers want the model to know, by server."""
        return self.snapshot.value.instructions

    @property
    def mcp_server_statuses(self) -> Sequence[McpServerStatus]:
        """How its servers are doing."""
        return self.snapshot.value.statuses

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any] | None = None, *, on_progress: OnProgress | None = None
    ) -> McpToolResult:
        """Call a tool that it may use.

        Raises McpError for another one, and if the server refuses or is gone. Cancelling it cancels the call at the
        server. Checkpoints.
        """
        if not self.spec.tools.allows(name):
            raise McpError(f"{self.spec.name} has no tool {name}")
        return await self._servers(name).call_tool(name, arguments or {}, on_progress=on_progress)

    async def list_prompts(self) -> Sequence[McpPrompt]:
        """The prompts its servers keep ready. Checkpoints."""
        await trio.lowlevel.checkpoint()  # also without servers, like every call that may wait
        return () if self._mcp is None else await self._mcp.list_prompts()

    async def get_prompt(self, name: str, arguments: Mapping[str, str] | None = None) -> Sequence[McpPromptMessage]:
        """The messages of a prompt. Raises McpError. Checkpoints."""
        return await self._servers(name).get_prompt(name, arguments or {})

    def authenticate_mcp_server(self, server: str) -> None:
        """Start to authenticate with a server; how it went comes as events. Raises McpError without servers."""
        self._servers(server).authenticate(server)

    def _servers(self, wanted: str) -> McpTools:
        if self._mcp is None:
            raise McpError(f"{self.spec.name} has no MCP servers, and so no {wanted}")
        return self._mcp


def open_runtime(
    spec: AgentSpec, *, relay: Relay, mcp: McpTools | None = None, history: Sequence[Entry] = ()
) -> Block[Runtime]:
    """Run an agent for the time of a block.

    Args:
      spec: what to run.
      relay: where its events go.
      mcp: its servers, already entered; `connect_servers` gives them.
      history: the conversation it goes on from.

    A failure of the agent's own tasks cancels the body and leaves the block as RuntimeCrashed, its cause the failure;
    the body's exception leaves as itself.

    Example:
        async with open_runtime(spec, relay=relay) as runtime:
            await runtime.run(turn)
    """
    return _runtime_block(spec, relay, mcp, history)


@block
async def _runtime_block(
    spec: AgentSpec, relay: Relay, mcp: McpTools | None, history: Sequence[Entry]
) -> AsyncGenerator[Runtime]:
    carried = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            runtime = Runtime(spec, relay, mcp, nursery)
            runtime.replace_conversation(history)
            if mcp is not None:
                nursery.start_soon(mcp_pump, spec.name, mcp.events(), runtime.snapshot, relay)
            if spec.work is not None:
                nursery.start_soon(spec.work, runtime)
            with carried:
                try:
                    yield runtime
                finally:
                    runtime.lose()
            nursery.cancel_scope.cancel("the agent's block is left")
    except BaseExceptionGroup as group:
        carried.error = _what_leaves(spec, group, carried.error)
    carried.release()


def _what_leaves(
    spec: AgentSpec, group: BaseExceptionGroup[BaseException], body: BaseException | None
) -> BaseException:
    failures, rest = group.split(Exception)
    if failures is None or rest is not None or not (body is None or isinstance(body, trio.Cancelled)):
        return what_leaves(members(group), body)
    crash = RuntimeCrashed(f"the agent {spec.name} crashed: {failures.exceptions[0]!r}")
    crash.__cause__ = failures
    return crash
