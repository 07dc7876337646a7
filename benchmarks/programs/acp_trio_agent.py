"""Our agent, written as the documentation shows.

Owns the handlers the workloads use. The example agent of the command line answers a prompt with its text; this one
answers at once.
"""

from __future__ import annotations

from typing import Any

import trio

import acp_trio
from acp_trio.schema import v1
from acp_trio.transports import stdio
from benchmarks.programs._echo import Echo, EchoResponse
from benchmarks.programs._payloads import USAGE, parse_stream
from benchmarks.programs._usage import Usage, usage

agent = acp_trio.Agent("bench", version="1")


@agent.on_prompt
async def prompt(turn: acp_trio.Turn) -> v1.StopReason:
    """Send the updates the prompt asks for."""
    (block,) = turn.prompt
    assert isinstance(block, v1.TextContent)
    count, size = parse_stream(block.text)
    text = "x" * size
    for _ in range(count):
        await turn.say(text)
    return "end_turn"


@agent.on_request(Echo)
async def echo(request: Echo) -> EchoResponse:
    """Answer an extension request with its params."""
    return EchoResponse(number=request.number, text=request.text)


@agent.on_request(USAGE)
async def report(params: Any) -> Usage:
    """Say what this process has used."""
    return usage()


if __name__ == "__main__":
    trio.run(agent.serve, stdio())
