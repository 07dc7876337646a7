"""One run over a client: every scenario with a fresh process of it, several at a time, then what judges them.

Owns the order of things and the time limits. How a client is started with our agent is in `_client_process`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, final

import trio

from . import _checks_of_clients as _checks_of_clients
from . import _observations_clients as _observations_clients
from . import _observations_wire as _observations_wire
from ._checks import OBSERVATIONS
from ._client_requirements import CLIENT_REQUIREMENTS
from ._client_run import SCENARIO_CHECKS, ScenarioRun
from ._requirement import Requirement
from ._run_agent import CouldNotRun, around, told_name
from ._scenarios import SCENARIOS
from ._verdict import NotApplicable, Unclear, Unmet, Verdict, judged

Play: TypeAlias = Callable[[str], Awaitable[ScenarioRun]]
"""Runs the client with a scenario, by its name."""

_FIRST: Final = "plain"


@final
class ClientRun:
    """The checks of one client.

    Attributes:
      name: what the client calls itself.
    """

    def __init__(self, play: Play, *, at_once: int, tell: Callable[[Verdict], None]) -> None:
        self.name = ""
        self._play = play
        self._tell = tell
        self._limit = trio.CapacityLimiter(at_once)
        self._runs: dict[str, ScenarioRun] = {}

    async def run(self) -> tuple[Verdict, ...]:
        """Check everything. Raises CouldNotRun."""
        await self._play_one(_FIRST)
        first = self._runs[_FIRST]
        if not first.transcript.messages:
            raise CouldNotRun(f"the client did not talk to its agent: {first.how_it_ended()}")
        if not first.prompted:
            raise CouldNotRun(f"the client sent no prompt: {first.how_it_ended()}")
        self.name = _name(first)
        async with trio.open_nursery() as nursery:
            for name in SCENARIOS:
                if name != _FIRST:
                    nursery.start_soon(self._play_one, name)
        return tuple(self._judge(requirement) for requirement in CLIENT_REQUIREMENTS)

    async def _play_one(self, name: str) -> None:
        async with self._limit:
            self._runs[name] = await self._play(name)

    def _judge(self, requirement: Requirement) -> Verdict:
        decide = self._judge_run if requirement.id in SCENARIO_CHECKS else self._observe
        verdict = decide(requirement)
        self._tell(verdict)
        return verdict

    def _judge_run(self, requirement: Requirement) -> Verdict:
        check = SCENARIO_CHECKS[requirement.id]
        run = self._runs[check.scenario]
        try:
            if requirement.needs is not None and not run.advertises(requirement.needs):
                raise NotApplicable(f"the client does not advertise `{requirement.needs}`")
            check.judge(run)
        except (NotApplicable, Unclear, Unmet) as outcome:
            proof = outcome.proof if isinstance(outcome, Unmet) else []
            return judged(requirement, outcome, around(run.transcript.messages, proof))
        return judged(requirement, None)

    def _observe(self, requirement: Requirement) -> Verdict:
        observation = OBSERVATIONS["client", requirement.id]
        seen = 0
        for run in self._runs.values():
            try:
                seen += observation.look(run.transcript)
            except Unmet as unmet:
                return judged(requirement, unmet, around(run.transcript.messages, unmet.proof))
        nothing = NotApplicable(f"nothing to judge by: there was never {observation.needs_to_see}")
        return judged(requirement, None if seen else nothing)


def _name(run: ScenarioRun) -> str:
    hellos = (exchange for exchange in run.transcript.asked_by_it if exchange.method == "initialize")
    return next((told_name(exchange.params.get("clientInfo")) for exchange in hellos), "")
