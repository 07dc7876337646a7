"""Our agent in a host: what it says goes through the relay of its session.

Owns nothing but the set-up: what it does is in `_our_handlers.py`.
"""

from __future__ import annotations

import trio

import acp_trio
from acp_trio.runtime import AgentSpec, Runtime, SessionHost
from acp_trio.schema import v1
from acp_trio.transports import stdio
from benchmarks.programs._our_handlers import extensions, stream

agent = acp_trio.Agent("bench", version="1")
agent.include(extensions)


async def loop(turn: acp_trio.Turn, runtime: Runtime) -> v1.StopReason:
    """Answer one prompt."""
    return await stream(turn)


SessionHost([AgentSpec(name="bench", loop=loop)]).install(agent)

if __name__ == "__main__":
    trio.run(agent.serve, stdio())
