"""Our agent, written as the documentation shows: `acp_trio_agent.py [HANDLERS]`.

Owns nothing but the set-up: what it does is in `_our_handlers.py`. The example agent of the command line answers a
prompt with its text; this one answers at once. It tries that many handlers before the ones that are used.
"""

from __future__ import annotations

import sys
from typing import Any

import trio

import acp_trio
from acp_trio.schema import v1
from acp_trio.transports import stdio
from benchmarks.programs._our_handlers import extensions, stream


async def _close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
    return v1.CloseSessionResponse()


async def _refuse(params: Any) -> None:
    raise AssertionError("nobody sends this")


def make(unused_handlers: int = 0) -> acp_trio.Agent:
    """Return the agent; the handlers that nothing is sent to come first."""
    agent = acp_trio.Agent("bench", version="1")
    for number in range(unused_handlers):
        agent.on_request(f"_bench/unused-{number}")(_refuse)
    agent.on_prompt(stream)
    agent.on_close_session(_close)
    agent.include(extensions)
    return agent


if __name__ == "__main__":
    trio.run(make(*(int(argument) for argument in sys.argv[1:])).serve, stdio())
