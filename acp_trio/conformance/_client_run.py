"""What is known of one scenario once it is over, and the register of what judges it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, final

import attrs

from ._services import advertised
from ._transcript import Exchange, Transcript
from ._verdict import Unclear, Unmet


@final
@attrs.frozen(kw_only=True)
class ScenarioRun:
    """One run of the client under test.

    Attributes:
      transcript: the conversation; of the longest one, if the client started several agents.
      exit_status: the client's; None if it had to be ended.
      said: the last line that it wrote to standard error.
      survived: whether an agent ran on when the client had ended, until it was ended too.
      directory: where the files are that the scenario names.
    """

    transcript: Transcript
    exit_status: int | None = None
    said: str = ""
    survived: bool = False
    directory: str = ""

    def asked(self, request_id: str) -> Exchange:
        """A request of the scenario, by its id, with its answer. Raises Unclear if it never came to it."""
        for exchange in self.transcript.asked_of_it:
            if exchange.id == request_id:
                return exchange
        raise Unclear("the client did not get this far: " + self.how_it_ended())

    def answered(self, request_id: str) -> Exchange:
        """The same, and it must have been answered."""
        exchange = self.asked(request_id)
        if exchange.answer is None:
            raise Unmet("an answer", f"none: {self.how_it_ended()}", [exchange.request])
        return exchange

    @property
    def prompted(self) -> bool:
        """Whether the client sent a prompt."""
        return any(exchange.method == "session/prompt" for exchange in self.transcript.asked_by_it)

    def how_it_ended(self) -> str:
        """What became of the client."""
        if self.exit_status is None:
            return "the client had to be ended"
        return f"the client ended with exit status {self.exit_status}" + (f" ({self.said})" if self.said else "")

    def advertises(self, capability: str) -> bool:
        """Whether the client says that it can do this."""
        for exchange in self.transcript.asked_by_it:
            if exchange.method == "initialize":
                return advertised(exchange.params.get("clientCapabilities"), capability)
        return False


Judge: TypeAlias = Callable[[ScenarioRun], None]


@attrs.frozen
class ScenarioCheck:
    """What judges a run, and of which scenario."""

    scenario: str
    judge: Judge


SCENARIO_CHECKS: Final[dict[str, ScenarioCheck]] = {}


def judges(requirement: str, *, scenario: str) -> Callable[[Judge], Judge]:
    """Register what decides a requirement of a client, by a run of this scenario."""

    def register(judge: Judge) -> Judge:
        if requirement in SCENARIO_CHECKS:
            raise ValueError(f"{requirement} is decided twice")
        SCENARIO_CHECKS[requirement] = ScenarioCheck(scenario, judge)
        return judge

    return register
