"""What our agents of the benchmarks do, whatever they are made of.

Owns the two extension requests and the stream of updates that a prompt asks for.
"""

from __future__ import annotations

from typing import Any

import acp_trio
from acp_trio.schema import v1
from benchmarks.programs._echo import Echo, EchoResponse
from benchmarks.programs._payloads import USAGE, parse_stream
from benchmarks.programs._usage import Usage, usage

extensions = acp_trio.Handlers()


@extensions.on_request(Echo)
async def echo(request: Echo) -> EchoResponse:
    """Answer an extension request with its params."""
    return EchoResponse(number=request.number, text=request.text)


@extensions.on_request(USAGE)
async def report(params: Any) -> Usage:
    """Say what this process has used."""
    return usage()


async def stream(turn: acp_trio.Turn) -> v1.StopReason:
    """Send the updates the prompt asks for."""
    count, size = parse_stream(turn.text)
    text = "x" * size
    for _ in range(count):
        await turn.say(text)
    return "end_turn"
