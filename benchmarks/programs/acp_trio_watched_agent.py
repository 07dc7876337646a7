"""Our agent with a bystander beside each turn: `acp_trio_watched_agent.py MICROSECONDS` of work for each update.

Owns the answer to the extension request `_bench/longest-wait`, in nanoseconds.
"""

from __future__ import annotations

import sys
from typing import Any

import trio

import acp_trio
from acp_trio.schema import v1
from acp_trio.transports import stdio
from benchmarks.programs._bystander import Bystander, work
from benchmarks.programs._payloads import LONGEST_WAIT, parse_stream

agent = acp_trio.Agent("watched", version="1")
bystander = Bystander()


@agent.on_prompt
async def prompt(turn: acp_trio.Turn) -> v1.StopReason:
    """Send the updates the prompt asks for, working for each."""
    count, size = parse_stream(turn.text)
    text = "x" * size
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bystander.watch)
        for _ in range(count):
            work(int(sys.argv[1]))
            await turn.say(text)
        nursery.cancel_scope.cancel()
    return "end_turn"


@agent.on_request(LONGEST_WAIT)
async def longest_wait(params: Any) -> int:
    """Say how long the bystander had to wait."""
    return bystander.longest_ns


if __name__ == "__main__":
    trio.run(agent.serve, stdio())
