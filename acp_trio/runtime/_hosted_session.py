"""A session that runs agents: what a prompt and an event do to it.

Owns the one task that delivers to the client, and that it never waits for an agent, a server or the user: whatever does
has a task of its own in the session's nursery. Where the session stands is said by its states.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar, cast, final

import attrs
import trio

from ..jsonrpc import RequestError
from ..mcp import ConnectionReady, Elicitation, PromptsChanged, StatusesChanged, UrlElicitationComplete
from ..schema import Record as Message
from ..schema import v1
from ..session import AgentSession, Turn
from ..transports import ConnectionClosed, ConnectionLost
from ._agent_switching import AgentSwitching
from ._apart import run_apart
from ._clients import Clients
from ._commands import expand
from ._conversation import Prompted, TurnEnded, replay, title_of
from ._mcp_pump import dismiss
from ._questions import Questions
from ._record import Record
from ._relay import Relay, RuntimeEvent
from ._runtime import RuntimeExited
from ._session_agents import SessionAgents
from ._session_plan import SessionPlan
from ._settings import Settings
from ._shown_commands import ShownCommands
from ._states import SessionStates
from ._store import timestamp
from ._tool_calls import OpenToolCalls
from ._turn_outlet import TurnOutlet

A = TypeVar("A")
R = TypeVar("R")

logger = logging.getLogger("acp_trio.runtime")


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
      switching: how what the user chooses takes effect.
      outlives: whether it, and its turns, outlive their connection.
    """

    def __init__(
        self,
        plan: SessionPlan,
        origin: AgentSession,
        record: Record,
        states: SessionStates,
        nursery: trio.Nursery,
        *,
        outlives: bool,
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
        self.switching: AgentSwitching = AgentSwitching(
            settings=self.settings,
            agents=self.agents,
            states=states,
            record=record,
            clients=self.clients,
            commands=self.commands,
            relay=self.relay,
        )
        self.outlives: bool = outlives
        self._plan = plan
        self._nursery = nursery
        self._questions = Questions(self.clients, nursery)
        self._tool_calls = OpenToolCalls()
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

    def end(self) -> None:
        """Cancel everything of it; `states` tells when that is done. No checkpoint."""
        self.agents.starts.end("the session is ended")
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
        if not self.outlives:
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
        if not self.states.is_open or self.agents.is_lost:
            raise RequestError.session_not_found(self.session_id)

    async def _answer(self, turn: Turn) -> v1.StopReason | v1.PromptResponse:
        self._check_open()
        with self._turn(turn), self.relay.turn() as number:
            runtime = await self.switching.for_turn()
            turn.prompt = await expand(turn.prompt, self._plan.commands, runtime)
            turn.outlet = TurnOutlet(self.relay, self.clients, turn.session, runtime.spec.name, number)
            self.record.complete()
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
                self._nursery.start_soon(self.switching.early)

    @contextmanager
    def _kept_end(self) -> Generator[None]:
        """A turn whose prompt is kept has an end that is kept, however it ends."""
        try:
            yield
        except BaseException as error:
            self._end_tool_calls()
            was_cancelled = isinstance(error, trio.Cancelled) or self.states.phase.value == "cancelling"
            self.record.add(TurnEnded("cancelled" if was_cancelled else None))
            raise

    def _note_cancel(self, turn: Turn) -> None:
        if not (self.outlives and turn.connection.is_closed):
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

    # What happens

    async def take(self, event: RuntimeEvent) -> None:
        """Deliver one event, or have a task see to it."""
        if not self.agents.is_active(event.agent) and not isinstance(event.payload, RuntimeExited):
            dismiss(event.payload)  # only the active agent is heard
            return
        match event.payload:
            case Message():
                await self._tell(cast("v1.SessionUpdate", event.payload), is_of_turn=event.turn is not None)
                return
            case Prompted():
                await self._take_prompt(event.payload)
                return
            case Elicitation():
                self._questions.start(event.payload, self._asker if self.states.is_busy else None)
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

    async def _tell(self, update: v1.SessionUpdate, *, is_of_turn: bool) -> None:
        # In this order, in one step: who comes now gets it from the record, and who was there is told.
        self.record.add_update(update)
        if is_of_turn:  # what an agent's own task shows is not over with a turn
            self._tool_calls.note(update)
        await self.clients.update(update)

    async def _tell_completed(self, elicitation_id: str) -> None:
        if self.clients.latest is not None:
            with suppress(ConnectionClosed, ConnectionLost):  # it is being removed
                await self.clients.latest.elicitation_completed(elicitation_id)
