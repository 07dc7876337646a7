"""`check_agent` and `check_client`: one call, one report."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import trio

from ..transports import Component, HandshakeFailed, Transport, as_transport, process
from ._client_process import ClientCommand
from ._conversation import Manner
from ._report import Report
from ._run_agent import DEFAULT_PROMPTS, AgentRun, CouldNotRun
from ._run_client import ClientRun
from ._verdict import Verdict

_GRACE = 4.0
"""Seconds that ending one process may take."""


async def check_agent(
    agent: Sequence[str] | Component,
    *,
    auth: str | None = None,
    prompts: Mapping[str, str] | None = None,
    patience: float = 20.0,
    patience_for_work: float = 60.0,
    at_once: int = 4,
    tell: Callable[[Verdict], None] = lambda _verdict: None,
) -> Report:
    """Check an agent against every requirement, and leave nothing of it behind.

    Args:
      agent: its command, started anew for every group of checks; or a component of this process.
      auth: the method to authenticate by.
      prompts: what to say to make it do something, in place of what `DEFAULT_PROMPTS` says.
      patience: seconds to wait for an answer.
      patience_for_work: seconds to wait for what takes work: `initialize`, a new session, the end of a turn.
      at_once: how many agents run at once.
      tell: is called with every verdict as it is found.

    Raises CouldNotRun if there is nothing to judge. Checkpoints. Cancelled, it ends every process first.

    Example: `report = await check_agent(["my-agent", "--acp"])`.
    """
    began = trio.current_time()
    with tempfile.TemporaryDirectory(prefix="acp-trio-check-") as made:
        # An agent may follow links, and would seem to speak of another place.
        directory = str(Path(made).resolve())  # noqa: ASYNC240 -- a moment, before anything runs
        (Path(directory) / "a.txt").write_text("the quick brown fox\n", encoding="utf-8")
        said = {**DEFAULT_PROMPTS, **(prompts or {})}
        manner = Manner(
            directory=directory,
            patience=patience,
            patience_for_work=patience_for_work,
            grace=_GRACE,
            auth=auth,
            prompts={purpose: text.replace("{directory}", directory) for purpose, text in said.items()},
        )
        run = AgentRun(_reach(agent), manner, at_once=at_once, tell=tell)
        verdicts = await run.run()
    return Report(
        program=repr(agent) if isinstance(agent, Component) else shlex.join(agent),
        role="agent",
        name=run.name,
        verdicts=verdicts,
        seconds=trio.current_time() - began,
    )


async def check_client(
    client: Sequence[str],
    *,
    prompt: str = "hello",
    patience: float = 30.0,
    at_once: int = 4,
    tell: Callable[[Verdict], None] = lambda _verdict: None,
) -> Report:
    """Check a client against every requirement, and leave nothing of it behind.

    The client is started once for each scenario, in a directory of its own, and has to start our agent, open a session
    and send one prompt by itself.

    Args:
      client: its command. In it `{agent}` stands for the agent to start, one word, and `{prompt}` for the prompt.
      prompt: what `{prompt}` stands for.
      patience: seconds that the client may take for one scenario.
      at_once: how many clients run at once.
      tell: is called with every verdict as it is found.

    Raises CouldNotRun if there is nothing to judge. Checkpoints. Cancelled, it ends every process first.

    Example: `report = await check_client(["my-client", "--agent", "{agent}", "{prompt}"])`.
    """
    began = trio.current_time()
    with tempfile.TemporaryDirectory(prefix="acp-trio-check-") as directory:
        command = ClientCommand(arguments=client, prompt=prompt, patience=patience, directory=Path(directory))
        run = ClientRun(command.play, at_once=at_once, tell=tell)
        try:
            verdicts = await run.run()
        except HandshakeFailed as failed:
            raise CouldNotRun(str(failed)) from failed
    return Report(
        program=shlex.join(client),
        role="client",
        name=run.name,
        verdicts=verdicts,
        seconds=trio.current_time() - began,
    )


def _reach(agent: Sequence[str] | Component) -> Callable[[], Transport]:
    return partial(as_transport, agent) if isinstance(agent, Component) else partial(process, agent)
