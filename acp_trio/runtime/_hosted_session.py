"""A session that runs agents: what a prompt, an event and a change of settings do to it.

Owns the one task that delivers to the client, and that it never waits for an agent, a server or the user: whatever does
has a task of its own in the session's nursery. Where the session stands is said by its states.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast, final

import attrs
import trio

from ..jsonrpc import RequestError
from ..mcp import ConnectionReady, Elicitation, PromptsChanged, StatusesChanged, UrlElicitationComplete
from ..schema import Record as Message
from ..schema import Request, v1
from ..session import AgentSession, Turn
from ._apart import run_apart
from ._clients import Clients
from ._commands import Command, expand
from ._conversation import AgentSwitched, Prompted, TurnEnded, replay, title_of
from ._factory import RuntimeFactory
from ._mcp_pump import dismiss
from ._questions import Questions
from ._record import Record
from ._relay import Relay, RuntimeEvent
from ._runtime import AgentSpec, Runtime, RuntimeExited
from ._session_agents import SessionAgents
from ._settings import Choice, Mode, Settings
from ._shown_commands import ShownCommands
from ._states import SessionStates
from ._store import SessionStore, timestamp
from ._tool_calls import OpenToolCalls

A = TypeVar("A")
R = TypeVar("R")

logger = logging.getLogger("acp_trio.runtime")

OnEvent: TypeAlias = "Callable[[RuntimeEvent, HostedSession], Awaitable[None]]"
"""Sees what an active agent's servers and the agent itself tell besides updates. It must not wait for the agent."""


@attrs.frozen(kw_only=True)
class SessionPlan:
    """What all sessions of a host have in common. `SessionHost` says what each is."""

    specs: Mapping[str, AgentSpec]
    factory: RuntimeFactory
    store: SessionStore | None
    modes: Sequence[Mode]
    choices: Sequence[Choice]
    commands: Sequence[Command]
    on_event: OnEvent | None
    relay_capacity: int
    outlives: bool = False
    """Whether sessions, and their turns, outlive their connection."""
    on_end: Callable[[HostedSession], None] | None = None


@final
class HostedSession:
    """One session at work. It is what a hosted session has as its `state`.

    Attributes:
      session_id: its id.
      clients: those that see it.
      record: the conversation, and what is said about it.
      states: where it stands.
      settings: what the user has chosen.
      relay: the way from its agents to the client.
      agents: its agents.
      commands: the slash commands that clients are shown.
    """

    def __init__(
        self,
        plan: SessionPlan,
        origin: AgentSession,
        record: Record,
        states: SessionStates,
        nursery: trio.Nursery,
    ) -> None:
        self.session_id: str = origin.session_id
        self.clients: Clients = Clients()
        self.record: Record = record
        self.states: SessionStates = states
        self.settings: Settings = Settings(plan.modes, plan.choices, mode=record.meta.mode, values=record.meta.config)
        self.relay: Relay = Relay(plan.relay_capacity, on_drop=lambda event: dismiss(event.payload))
        self.agents: SessionAgents = SessionAgents(
            plan.specs, plan.factory, origin, self.relay, nursery, end=self._close_behind_turn
        )
        self.commands: ShownCommands = ShownCommands(self.session_id, plan.commands, self.agents, self.clients)
        self._plan = plan
        self._nursery = nursery
        self._questions = Questions(self.clients, nursery)
        self._tool_calls = OpenToolCalls()
        self._switching = trio.Lock()
        self._opened = trio.Event()
        self._one_turn = trio.Lock()
        self._turns: dict[Turn, trio.CancelScope] = {}  # the one that runs, and those of other clients that wait
        self._asker: AgentSession | None = None

    def __repr__(self) -> str:
        return f"<HostedSession {self.session_id!r}, {self.states.phase.value}>"

    async def start(self) -> None:
        """Start the agent that is chosen. Raises what starting it raises. Checkpoints."""
        await self.agents.activate(self.settings.mode.agent, self.record.entries)

    def setup_response(self, response: Callable[..., R], **more: Any) -> R:
        """The answer to what opened the session: `response`, with its modes and options. No checkpoint."""
        return response(modes=self.settings.shown_modes(), config_options=self.settings.shown_options(), **more)

    def open(self) -> None:
        """A client is there: prompts may come, and there is somebody to tell. No checkpoint."""
        if not self._opened.is_set():
            self.states.step("open")
            self._opened.set()

    @property
    def outlives(self) -> bool:
        """Whether it, and its turns, outlive their connection."""
        return self._plan.outlives

    def end(self) -> None:
        """Cancel everything of it; `states` tells when that is done. No checkpoint."""
        self._nursery.cancel_scope.cancel("the session is ended")

    def cancel(self, reason: str) -> None:
        """Cancel the turns of all its clients, those that are gone included. No checkpoint."""
        for turn, scope in self._turns.items():
            turn.responder.cancel(reason)
            scope.cancel(reason)
        if self.states.is_busy:
            self.states.step("cancel")

    async def turn_over(self) -> None:
        """Wait until the turn that runs has cleaned up. Checkpoints."""
        async with self._one_turn:
            pass

    def leave_clients(self) -> None:
        """Nothing of it runs any more: it ends for those that saw it. No checkpoint."""
        if self._plan.on_end is not None:
            self._plan.on_end(self)
        self.clients.end("the session has ended")

    async def work(self) -> None:
        """Deliver to the clients and publish commands, from the first client on, until cancelled."""
        await self._opened.wait()
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            nursery.start_soon(self.relay.deliver, self.take)
            nursery.start_soon(self.commands.publish)

    # A prompt

    async def prompt(self, turn: Turn) -> v1.StopReason | v1.PromptResponse:
        """Answer a prompt. Where sessions outlive their connection, so does the turn."""
        self._check_open()
        if not self._plan.outlives:
            return await self._prompt(turn)
        work = partial(self._prompt, turn)
        return await run_apart(self._nursery, work, abandoned=lambda: turn.connection.is_closed, ended="cancelled")

    async def _prompt(self, turn: Turn) -> v1.StopReason | v1.PromptResponse:
        with trio.CancelScope() as scope:
            self._turns[turn] = scope
            try:
                async with self._one_turn:
                    return await self._answer(turn)
            finally:
                del self._turns[turn]
        return "cancelled"

    def _check_open(self) -> None:
        if not self.states.is_open:
            raise RequestError.session_not_found(self.session_id)

    async def _answer(self, turn: Turn) -> v1.StopReason | v1.PromptResponse:
        self._check_open()
        with self._turn(turn), self.relay.turn() as number:
            runtime = await self._switch()
            turn.prompt = await expand(turn.prompt, self._plan.commands, runtime)
            turn.outlet = _TurnOutlet(self.relay, self.clients, turn.session, runtime.spec.name, number)
            runtime.replace_conversation(self.record.entries)
            runtime.settings = self.settings.in_effect
            with self._kept_end():
                await self._take_prompt(Prompted(turn.prompt))
                outcome = await runtime.run(turn)
                await self.relay.flush(number)
                self._end_tool_calls()
                self.record.add(TurnEnded(outcome if isinstance(outcome, str) else outcome.stop_reason))
        await self.record.written()
        return outcome

    async def _take_prompt(self, prompted: Prompted) -> None:
        """Keep it, and show it to the clients that did not send it."""
        self.record.add(prompted)
        await self.clients.update(*replay([prompted]), but=self._asker)

    @contextmanager
    def _turn(self, turn: Turn) -> Generator[None]:
        self.states.step("prompt")
        self._asker = turn.session
        turn.on_cancel = partial(self._note_cancel, turn)
        try:
            yield
        finally:
            turn.on_cancel = None
            self._end_tool_calls()
            title = title_of(self.record.entries)
            self.record.save(attrs.evolve(self.record.meta, updated_at=timestamp(), title=title))
            self.states.step("end_turn")
            if self.settings.is_pending and self.states.is_open:
                self._nursery.start_soon(self._switch_early)

    @contextmanager
    def _kept_end(self) -> Generator[None]:
        """A turn whose prompt is kept has an end that is kept, however it ends."""
        try:
            yield
        except BaseException as error:
            self._end_tool_calls()
            self.record.add(TurnEnded("cancelled" if isinstance(error, trio.Cancelled) else None))
            raise

    def _note_cancel(self, turn: Turn) -> None:
        if not (self._plan.outlives and turn.connection.is_closed):
            self.states.step("cancel")

    def _end_tool_calls(self) -> None:
        """Nobody works on them any more."""
        for update in self._tool_calls.failed():
            self.record.add_update(update)
            self.clients.update_nowait(update)

    async def _close_behind_turn(self) -> None:
        """An agent has crashed: the turn at work is answered first, and no other begins."""
        await self.states.phase.wait_value(lambda phase: phase not in ("running", "cancelling"))
        self.states.step("close")

    # Settings

    async def set_mode(self, mode_id: str, *, by: AgentSession | None = None) -> None:
        """Change the mode; during a turn it takes effect behind it. Raises RequestError. Checkpoints.

        All clients but `by` are told, and all of them of options that change with it. Where the mode's agent cannot be
        started, this raises what that raises, and nothing is changed; cancelled, likewise.
        """
        values = self.settings.values
        await self._settle(partial(self.settings.choose_mode, mode_id))
        self.clients.update_nowait(v1.CurrentModeUpdate(current_mode_id=mode_id), but=by)
        if self.settings.values != values:
            self._tell_options()

    async def set_option(
        self,
        option: str,
        value: str | bool,  # noqa: FBT001  # as in the protocol
        *,
        by: AgentSession | None = None,
    ) -> None:
        """Change an option; during a turn it takes effect behind it. Raises, tells and checkpoints as `set_mode`."""
        await self._settle(partial(self.settings.choose, option, value))
        self._tell_options(but=by)

    def _tell_options(self, *, but: AgentSession | None = None) -> None:
        options = self.settings.shown_options() or ()
        self.clients.update_nowait(v1.ConfigOptionUpdate(config_options=options), but=but)

    async def _settle(self, choose: Callable[[], None]) -> None:
        before = self.settings.chosen
        choose()
        chosen = self.settings.chosen
        try:
            await self._switch_between_turns()
        except BaseException:
            self.settings.take_back(chosen, before)
            raise
        meta = attrs.evolve(self.record.meta, mode=self.settings.mode.id, config=dict(self.settings.values))
        self.record.save(meta)

    async def _switch_between_turns(self) -> None:
        """What was chosen takes effect, unless a turn runs: then it does when that is over."""
        await trio.lowlevel.checkpoint()
        if self.states.is_busy:
            return
        async with self._switching:
            if not self.states.is_busy:  # one may have begun meanwhile
                await self._apply()

    async def _switch_early(self) -> None:
        """Between turns: the next prompt need not wait for an agent to start, and tries again where that fails."""
        try:
            await self._switch_between_turns()
        except Exception:
            logger.warning("the agent %s could not be started", self.settings.mode.agent, exc_info=True)

    async def _switch(self) -> Runtime:
        """A turn begins: what was chosen takes effect, and the agent that it says is active."""
        async with self._switching:
            return await self._apply()

    async def _apply(self) -> Runtime:
        chosen, agent = self.settings.chosen, self.settings.mode.agent
        is_new = not self.agents.is_active(agent)
        if is_new or not self.agents.is_running(agent):
            runtime = await self.agents.activate(agent, self.record.entries)
            if is_new:
                self.record.add(AgentSwitched(agent))
                # Servers that are warm have told it already, when nobody heard them.
                self.relay.send_nowait(RuntimeEvent(agent, None, StatusesChanged(runtime.mcp_server_statuses)))
            self.commands.switched()
        self.settings.take_effect(chosen)
        return self.agents.active

    # What happens

    async def take(self, event: RuntimeEvent) -> None:
        """Deliver one event, or have a task see to it."""
        if not self.agents.is_active(event.agent) and not isinstance(event.payload, RuntimeExited):
            dismiss(event.payload)  # only the active agent is heard
            return
        match event.payload:
            case Message():
                await self._tell(cast("v1.SessionUpdate", event.payload))
                return
            case Prompted():
                await self._take_prompt(event.payload)
                return
            case Elicitation():
                self._questions.start(event.payload)
            case UrlElicitationComplete(elicitation_id=elicitation_id):
                await self._tell_completed(elicitation_id)
            case StatusesChanged() | ConnectionReady() | PromptsChanged():
                self.commands.changed()
            case RuntimeExited(error=error):
                logger.error("session %s: %s", self.session_id, error, exc_info=error)
            case _:
                pass
        if self._plan.on_event is not None:
            await self._plan.on_event(event, self)

    async def _tell(self, update: v1.SessionUpdate) -> None:
        # In this order, in one step: who comes now gets it from the record, and who was there is told.
        self.record.add_update(update)
        self._tool_calls.note(update)
        await self.clients.update(update)

    async def _tell_completed(self, elicitation_id: str) -> None:
        if self.clients.latest is not None:
            await self.clients.latest.elicitation_completed(elicitation_id)


@final
class _TurnOutlet:
    """Where a turn's updates go: into the relay, with its agent's name and its number."""

    def __init__(self, relay: Relay, clients: Clients, asker: AgentSession, agent: str, number: int) -> None:
        self._relay = relay
        self._clients = clients
        self._asker = asker
        self._agent = agent
        self._number = number

    async def send(self, update: v1.SessionUpdate) -> None:
        await self._relay.send(RuntimeEvent(self._agent, self._number, update))

    def send_nowait(self, update: v1.SessionUpdate) -> None:
        self._relay.send_nowait(RuntimeEvent(self._agent, self._number, update))

    async def flush(self) -> None:
        await self._relay.flush(self._number)

    async def ask(self, request: Request[A]) -> A:
        await self.flush()
        return await self._clients.ask(request, self._asker)

    def take_in(self, prompt: Sequence[v1.ContentBlock]) -> None:
        self._relay.send_nowait(RuntimeEvent(self._agent, self._number, Prompted(prompt)))
