"""The agent of the floor: answers every request as soon as it is decoded.

Owns the methods the workloads use and refuses none: the floor does not validate.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import trio

from benchmarks.programs._floor import Message, Wire
from benchmarks.programs._payloads import ECHO, USAGE, parse_stream
from benchmarks.programs._usage import usage

_session_numbers = itertools.count(1)


async def serve() -> None:
    """Answer on standard input and output until the client goes away."""
    wire = Wire(trio.lowlevel.FdStream(os.dup(0)), trio.lowlevel.FdStream(os.dup(1)))
    while batch := await wire.receive():
        for request in batch:
            wire.queue(id=request["id"], result=await answer(request, wire))
        await wire.flush()


async def answer(request: Message, wire: Wire) -> Any:
    """Return the result of a request, after the updates it asks for."""
    params = request["params"]
    match request["method"]:
        case "session/prompt":
            await stream(wire, params["sessionId"], *parse_stream(params["prompt"][0]["text"]))
            return {"stopReason": "end_turn"}
        case "initialize":
            return {"protocolVersion": 1, "agentCapabilities": {"sessionCapabilities": {"close": {}}}}
        case "session/new":
            return {"sessionId": f"session-{next(_session_numbers)}"}
        case "session/close":
            return {}
        case method if method == USAGE:
            return usage()
        case method:
            assert method == ECHO, method
            return params


async def stream(wire: Wire, session_id: str, count: int, size: int) -> None:
    """Send that many updates of that many bytes."""
    text = "x" * size
    for _ in range(count):
        update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
        wire.queue(method="session/update", params={"sessionId": session_id, "update": update})
        if wire.full:
            await wire.flush()


if __name__ == "__main__":
    trio.run(serve)
