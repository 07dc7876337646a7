"""Load: many sessions at once with agents in processes of their own, prompts, permissions, cancels and disconnects.

Every connection's wire is counted at both ends. At its end both must have seen the same messages, every request must
have its answer, and nobody may have grown. `python tests/faults/soak.py --seconds 600` does it for ten minutes;
`nox -s soak` runs that.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import attrs
import trio

from acp_trio import Client, ClientConnection, ClientSession, ConnectionClosed, ConnectionLost
from acp_trio.jsonrpc import loads
from acp_trio.schema import v1
from acp_trio.testing import no_leaks
from acp_trio.transports import TappedFrame, process, tap

AGENT = [sys.executable, str(Path(__file__).with_name("programs") / "soaked_agent.py")]

MIB = 1024 * 1024
ALLOWED = 8 * MIB  # growth in the last half of the time: what an allocator may keep of a busier moment


@attrs.define
class Soak:
    """What is done, and what came of it."""

    seconds: float
    agents: int = 4
    sessions: int = 250
    """At a time, with each agent."""
    seed: int = 0
    connections: int = 0
    killed: int = 0
    turns: Counter[str] = attrs.Factory(Counter)
    opened: int = 0
    messages: int = 0
    memory: list[int] = attrs.Factory(list)
    """Bytes of this process, as time went by."""
    agent_growth: int = 0
    """Bytes by which the worst of the agents grew in the last half of its life."""
    problems: list[str] = attrs.Factory(list)

    async def run(self) -> None:
        async with no_leaks(), trio.open_nursery() as nursery:
            with tempfile.TemporaryDirectory() as directory, trio.move_on_after(self.seconds * 2 + 60) as patience:
                async with trio.open_nursery() as agents:
                    nursery.start_soon(self._watch_memory)
                    end = trio.current_time() + self.seconds
                    for number in range(self.agents):
                        agents.start_soon(self._keep_one, number, Path(directory), end)
            if patience.cancelled_caught:
                self.problems.append("it never ended")
            nursery.cancel_scope.cancel()

    async def _watch_memory(self) -> None:
        while True:
            self.memory.append(resident(os.getpid()))
            await trio.sleep(self.seconds / 50)

    async def _keep_one(self, number: int, directory: Path, end: float) -> None:
        """One agent after the other, each for a part of the time."""
        random = Random(f"{self.seed} {number}")
        while trio.current_time() < end:
            self.connections += 1
            seconds = min(end - trio.current_time(), random.uniform(0.2, 1) * self.seconds / 2)
            await Conversation(self, random, directory / f"{self.connections}").run(seconds)

    @property
    def growth(self) -> int:
        """Bytes by which this process grew in the last half of the time."""
        half = self.memory[len(self.memory) // 2 :]
        return max(half[-5:]) - max(half[:5])


class Conversation:
    """One agent and its sessions."""

    def __init__(self, soak: Soak, random: Random, file: Path) -> None:
        self._soak = soak
        self._random = random
        self._file = file
        self._counts: Counter[str] = Counter()
        self._client = Client("soak", grace=20)
        self._client.on_permission(self._permit)

    async def run(self, seconds: float) -> None:
        """Talk for this long; then end in order, or kill the agent."""
        dies = self._random.random() < 0.25
        try:
            transport = tap(process([*AGENT, str(self._file)]), self._count)
            async with self._client.connect(transport) as connection, trio.open_nursery() as nursery:
                for number in range(self._soak.sessions):
                    random = Random(f"{self._soak.seed} {self._file.name} {number}")
                    nursery.start_soon(self._open_sessions, connection, random)
                pid = connection._link._link.pid
                await trio.sleep(seconds / 2)
                at_half = resident(pid)
                await trio.sleep(seconds / 2)
                self._soak.agent_growth = max(self._soak.agent_growth, resident(pid) - at_half)
                if dies:
                    os.kill(pid, signal.SIGKILL)
                    self._soak.killed += 1
                    await connection.wait_closed()
                nursery.cancel_scope.cancel()
            waiting = connection.statistics().requests_waiting
            if waiting:
                self._soak.problems.append(f"{waiting} requests wait on a closed connection")
        except* (ConnectionLost, ConnectionClosed):
            pass
        self._soak.messages += self._counts.total()
        if not dies:
            self._compare()

    async def _open_sessions(self, connection: ClientConnection, random: Random) -> None:
        try:
            while True:
                async with connection.open_session("/") as session:
                    self._soak.opened += 1
                    for _ in range(random.randrange(1, 6)):
                        await self._take_a_turn(session, random)
        except (ConnectionLost, ConnectionClosed):
            return

    async def _take_a_turn(self, session: ClientSession, random: Random) -> None:
        kind = random.choice(["stream", "ask", "cancel", "leave"])
        self._soak.turns[kind] += 1
        match kind:
            case "stream":
                count = random.randrange(40)
                assert await session.ask(f"stream {count}") == "".join(f"{number} " for number in range(count))
            case "ask":
                assert await session.ask("ask") in {"SelectedOutcome", "CancelledOutcome"}
            case "cancel":
                with trio.move_on_after(random.uniform(0, 0.05)):
                    await session.ask("wait")
            case _:
                async with session.prompt(random.choice(["wait", "ask", "stream 100"])) as turn:
                    await anext(turn)

    async def _permit(self, request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        await trio.lowlevel.checkpoint()
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id=request.options[0].option_id))

    def _count(self, frame: TappedFrame) -> None:
        if not frame.complete:
            return  # the last words of an agent that was killed
        message = loads(frame.data)
        kind = message.get("method", "error" if "error" in message else "result")
        self._counts[f"{frame.direction} {kind}"] += 1

    def _compare(self) -> None:
        """What this end sent, the agent must have received, and the other way round."""
        theirs = json.loads(self._file.read_text())
        other = {"in": "out", "out": "in"}
        swapped = {f"{other[key.split()[0]]} {key.split()[1]}": count for key, count in theirs.items()}
        if swapped != self._counts:
            self._soak.problems.append(f"the ends differ: {sorted(swapped.items() ^ self._counts.items())}")
        for sent, answered in (("out", "in"), ("in", "out")):
            requests = sum(self._counts[f"{sent} {method}"] for method in REQUESTS)
            answers = self._counts[f"{answered} result"] + self._counts[f"{answered} error"]
            if requests != answers:
                self._soak.problems.append(f"{requests} requests {sent}, {answers} answers")


REQUESTS = ("initialize", "session/new", "session/prompt", "session/close", "session/request_permission")


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--agents", type=int, default=4)
    parser.add_argument("--sessions", type=int, default=250, help="at a time, with each agent")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    soak = Soak(seconds=given.seconds, agents=given.agents, sessions=given.sessions, seed=given.seed)
    began = time.monotonic()
    trio.run(soak.run)
    print(f"{time.monotonic() - began:.0f} s, {given.agents} agents with {given.sessions} sessions each at a time")
    print(f"{soak.connections} connections ({soak.killed} killed), {soak.opened} sessions, {soak.messages} messages")
    print("turns:", ", ".join(f"{count} {kind}" for kind, count in sorted(soak.turns.items())))
    print(f"memory: {soak.memory[0] / MIB:.1f} MiB at first, {max(soak.memory) / MIB:.1f} at most")
    print(f"growth in the last half: {soak.growth / MIB:+.1f} MiB here, {soak.agent_growth / MIB:+.1f} the worst agent")
    if max(soak.growth, soak.agent_growth) > ALLOWED:
        soak.problems.append("memory is not flat")
    print("\n".join(soak.problems) or "both ends of every connection saw the same, and nothing is unanswered")
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
