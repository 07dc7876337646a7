"""`bench_agents`: several agents, measured in turns, so that what the machine does meanwhile hits all of them alike."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from ..transports import Component, Transport, as_transport, process
from ._figures import FIGURES, AgentFigures, Spread
from ._round import Effort, Round


async def bench_agents(
    agents: Mapping[str, Sequence[str] | Component],
    *,
    rounds: int = 5,
    trips: int = 300,
    turns: int = 30,
    prompt: str = "hello",
    stream_prompt: str = "stream 2000 16",
    patience: float = 60.0,
    startup: float = 60.0,
    tell: Callable[[str, int], None] = lambda _agent, _round: None,
) -> tuple[AgentFigures, ...]:
    """Measure agents, one after the other in every round, each time with a fresh process.

    Args:
      agents: by the name to show, their commands; or components of this process, which have no memory of their own.
      rounds: how often each is measured.
      trips: round trips in a round.
      turns: turns in a round.
      prompt: what to say in each of these turns.
      stream_prompt: what makes an agent send many updates in one turn.
      patience: seconds that one figure may take.
      startup: seconds until the answer to `initialize`.
      tell: is called with an agent's name and the number of the round, before it.

    Checkpoints. Cancelled, it ends the process that runs.

    Example: `await bench_agents({"mine": ["my-agent", "--acp"], "other": ["other-agent"]})`.
    """
    done: dict[str, list[Round]] = {name: [] for name in agents}
    with tempfile.TemporaryDirectory(prefix="acp-trio-bench-") as directory:
        effort = Effort(
            trips=trips,
            turns=turns,
            prompt=prompt,
            stream_prompt=stream_prompt,
            directory=directory,
            patience=patience,
            startup=startup,
        )
        for number in range(1, rounds + 1):
            for name, agent in agents.items():
                tell(name, number)
                one = Round(effort)
                await one.run(_reach(agent)())
                done[name].append(one)
    return tuple(_summed_up(name, rounds_of) for name, rounds_of in done.items())


def _summed_up(name: str, rounds: Sequence[Round]) -> AgentFigures:
    """A figure counts only if every round has it: else the rounds that lack it would look like nothing."""
    measured: dict[str, Spread] = {}
    missing: dict[str, str] = {}
    for figure in FIGURES:
        values = [one.values[figure.name] for one in rounds if figure.name in one.values]
        if len(values) == len(rounds):
            measured[figure.name] = Spread.of(values)
        else:
            missing[figure.name] = next(_reasons(figure.name, rounds), "not measured")
    return AgentFigures(program=name, measured=measured, missing=missing)


def _reasons(name: str, rounds: Sequence[Round]) -> Iterator[str]:
    return (one.missing[name] for one in rounds if name in one.missing)


def _reach(agent: Sequence[str] | Component) -> Callable[[], Transport]:
    return partial(as_transport, agent) if isinstance(agent, Component) else partial(process, agent)
