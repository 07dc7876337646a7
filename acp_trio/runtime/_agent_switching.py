"""What a user chooses, and how it takes effect: modes, options, and with them the agent that is active.

Owns when: at once between turns, behind the turn that runs, at the latest when the next one begins. What cannot take
effect is not chosen: whoever wanted it is told, and everything is as before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import final

import attrs
import trio

from ..jsonrpc import RequestError
from ..mcp import StatusesChanged
from ..schema import v1
from ..session import AgentSession
from ._clients import Clients
from ._conversation import AgentSwitched
from ._record import Record
from ._relay import Relay, RuntimeEvent
from ._runtime import Runtime
from ._session_agents import SessionAgents
from ._settings import Settings
from ._shown_commands import ShownCommands
from ._states import SessionStates

logger = logging.getLogger("acp_trio.runtime")


@final
@attrs.frozen(kw_only=True, eq=False)
class AgentSwitching:
    """Of one session: the choices, the agents, and all that hears of a change."""

    settings: Settings
    agents: SessionAgents
    states: SessionStates
    record: Record
    clients: Clients
    commands: ShownCommands
    relay: Relay
    _one: trio.Lock = attrs.field(factory=trio.Lock, init=False)

    async def set_mode(self, mode_id: str, *, by: AgentSession | None = None) -> None:
        """Change the mode; during a turn it takes effect behind it. Raises RequestError. Checkpoints.

        All clients but `by` are told, and all of them of options that change with it. Where the mode's agent cannot be
        started, this raises what that raises, and nothing is changed; cancelled, likewise.
        """
        self._check_open()
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
        self._check_open()
        await self._settle(partial(self.settings.choose, option, value))
        self._tell_options(but=by)

    def _check_open(self) -> None:
        if not self.states.is_open:
            raise RequestError.session_not_found(self.record.meta.session_id)

    def _tell_options(self, *, but: AgentSession | None = None) -> None:
        options = self.settings.shown_options() or ()
        self.clients.update_nowait(v1.ConfigOptionUpdate(config_options=options), but=but)

    async def _settle(self, choose: Callable[[], None]) -> None:
        before = self.settings.chosen
        choose()
        chosen = self.settings.chosen
        try:
            await self.between_turns()
        except BaseException:
            self.settings.take_back(chosen, before)
            raise
        meta = attrs.evolve(self.record.meta, mode=self.settings.mode.id, config=dict(self.settings.values))
        self.record.save(meta)

    async def between_turns(self) -> None:
        """What was chosen takes effect, unless a turn runs: then it does when that is over. Checkpoints."""
        await trio.lowlevel.checkpoint()
        if self.states.is_busy:
            return
        async with self._one:
            if not self.states.is_busy:  # one may have begun meanwhile
                await self._apply()

    async def early(self) -> None:
        """As `between_turns`, so that no prompt has to wait for it; where it fails, the next prompt tries again."""
        try:
            await self.between_turns()
        except Exception:
            logger.warning("the agent %s could not be started", self.settings.mode.agent, exc_info=True)

    async def for_turn(self) -> Runtime:
        """A turn begins: what was chosen takes effect; returns the agent that is active then. Checkpoints."""
        async with self._one:
            return await self._apply()

    async def _apply(self) -> Runtime:
        chosen, agent = self.settings.chosen, self.settings.mode.agent
        is_new = not self.agents.is_active(agent)
        if is_new or not self.agents.is_running(agent):
            self.record.complete()
            runtime = await self.agents.activate(agent, self.record.entries)
            if is_new:
                self.record.add(AgentSwitched(agent))
                # Servers that are warm have told it already, when nobody heard them.
                self.relay.send_nowait(RuntimeEvent(agent, None, StatusesChanged(runtime.mcp_server_statuses)))
            self.commands.switched()
        self.settings.take_effect(chosen)
        return self.agents.active
