"""A proxy that changes nothing, in front of an agent: `acp_trio_proxy.py AGENT ARG...`.

Owns the row of the two, in one process: a conductor with the proxy as a component. It adds what it has used to what the
agent says that it has used.
"""

from __future__ import annotations

import sys
from typing import Any

import trio

import acp_trio
from acp_trio.conductor import Conductor
from acp_trio.transports import process, stdio
from benchmarks.programs._payloads import USAGE
from benchmarks.programs._usage import Usage, add_own

proxy = acp_trio.Proxy("bench")


@proxy.on_request(USAGE, sender=acp_trio.CLIENT, concurrent=True)
async def report(params: Any, conn: acp_trio.ProxyConnection) -> Usage:
    """Say what this process and the agent have used."""
    return add_own(await conn.request(USAGE, {}, to=acp_trio.AGENT))


if __name__ == "__main__":
    trio.run(Conductor([proxy], process(sys.argv[1:])).serve, stdio())
