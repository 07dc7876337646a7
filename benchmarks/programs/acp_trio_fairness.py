"""How long a stream at full speed keeps others waiting: `acp_trio_fairness.py MICROSECONDS UPDATES`.

Owns three figures of a turn in which both ends work that long for each update: the longest wait of a bystander at the
client, that of one at the agent, and the time from the cancel of an endless turn to its end.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import trio

import acp_trio
from acp_trio.transports import process
from benchmarks.programs._bystander import Bystander, work
from benchmarks.programs._payloads import LONGEST_WAIT, stream_command

_ENDLESS = 10**9
_AGENT = Path(__file__).with_name("acp_trio_watched_agent.py")


async def main(microseconds: int, updates: int) -> None:
    """Print one line of JSON."""
    client = acp_trio.Client("fairness", version="1")
    agent = process([sys.executable, str(_AGENT), str(microseconds)])
    async with client.connect(agent) as connection, connection.open_session("/") as session:
        await take(session, microseconds, updates)  # whatever happens the first time only
        report = {
            "clientNs": await longest_wait(session, microseconds, updates),
            "agentNs": await connection.request(LONGEST_WAIT, {}),
            "cancelNs": await time_to_cancel(session, microseconds, updates),
        }
    print(json.dumps(report), flush=True)


async def take(session: acp_trio.ClientSession, microseconds: int, updates: int) -> None:
    """Run a turn and work for each of its updates."""
    received = 0
    async with session.prompt(stream_command(updates)) as turn:
        async for _update in turn:
            received += 1
            work(microseconds)
    assert received == updates


async def longest_wait(session: acp_trio.ClientSession, microseconds: int, updates: int) -> int:
    """How long a task beside the turn had to wait, in nanoseconds."""
    bystander = Bystander()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bystander.watch)
        await take(session, microseconds, updates)
        nursery.cancel_scope.cancel()
    return bystander.longest_ns


async def time_to_cancel(session: acp_trio.ClientSession, microseconds: int, updates: int) -> int:
    """Cancel a turn in the middle of its stream; how long until it is over, in nanoseconds."""
    received = 0
    start = 0
    async with session.prompt(stream_command(_ENDLESS)) as turn:
        async for _update in turn:
            received += 1
            work(microseconds)
            if received == updates:
                start = time.perf_counter_ns()
                await turn.cancel()
        assert turn.stop_reason == "cancelled"
    return time.perf_counter_ns() - start


if __name__ == "__main__":
    trio.run(main, *(int(argument) for argument in sys.argv[1:]))
