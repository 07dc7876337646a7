"""Where our time goes, hop by hop: `python -m benchmarks.programs.acp_trio_profile [a1|b1|c|c2|g] [OPERATIONS]`.

Owns the names of the hops and the samples: every few milliseconds of CPU the kernel's timer asks which function runs,
which costs the functions nothing, and a function written in C counts for its caller. Both ends are in this process,
joined by real pipes, and so is the row of c2, so that the shares are those of the whole way. Prints shares, not times.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

import trio

import acp_trio
from acp_trio.conductor import Conductor
from acp_trio.transports import file_descriptors
from benchmarks.programs._client import operation
from benchmarks.programs.acp_trio_agent import make
from benchmarks.programs.acp_trio_client import OurPeer

_INTERVAL = 0.001  # seconds of CPU; many kernels look every four milliseconds only
_OPERATIONS = {"a1": 60_000, "b1": 300_000, "c": 600_000, "c2": 150_000, "g": 20_000}
_HOPS = (
    ("transport: reading and writing the pipes", ("acp_trio/transports/",)),
    ("framing: lines to envelopes, envelopes to lines", ("acp_trio/jsonrpc/",)),
    ("codec: envelopes to records, records to JSON", ("acp_trio/codec/", "acp_trio/schema/", "<attrs generated")),
    ("incoming actor: the dispatch loop", ("connection/_incoming", "connection/_receiver", "connection/_hold")),
    (
        "outgoing actor: ids, pending requests, the queue",
        ("connection/_outgoing", "connection/_calls", "connection/_sent_request", "connection/_response_router"),
    ),
    ("the row: whom a message is for", ("acp_trio/conductor/", "roles/_proxy", "roles/_successor", "roles/_relays")),
    ("handlers: finding, calling, answering", ("acp_trio/connection/", "acp_trio/roles/")),
    ("sessions: routes, inbox, turn", ("acp_trio/session/",)),
    ("trio: the run loop, waiting", ("/trio/", "/outcome/", "/sortedcontainers/", "<string>")),
    ("the benchmark itself", ("benchmarks/",)),
)
_OTHER = "everything else"


def hop_of(filename: str) -> str:
    """Return the first hop that a file belongs to; connection's modules come before the rest of it."""
    for hop, parts in _HOPS:
        if any(part in filename for part in parts):
            return hop
    return _OTHER


@contextmanager
def sampling(samples: Counter[str]) -> Iterator[None]:
    """Count in which hop this process is, for the time of a block."""

    def take(_number: int, frame: FrameType | None) -> None:
        if frame is not None:
            samples[hop_of(frame.f_code.co_filename)] += 1

    before = signal.signal(signal.SIGPROF, take)
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@asynccontextmanager
async def open_pair(served: acp_trio.Agent | Conductor) -> AsyncIterator[acp_trio.ClientConnection]:
    """Connect our client with it, over pipes."""
    to_agent, to_client = os.pipe(), os.pipe()
    async with trio.open_nursery() as nursery:
        await nursery.start(served.serve, file_descriptors(to_agent[0], to_client[1]))
        client = acp_trio.Client("profile", version="1")
        async with client.connect(file_descriptors(to_client[0], to_agent[1])) as connection:
            yield connection
        nursery.cancel_scope.cancel()


async def main(workload: str, operations: int) -> None:
    """Print one table of shares."""
    samples: Counter[str] = Counter()
    operate = operation(workload)
    agent = make()
    async with open_pair(Conductor([acp_trio.Proxy("profile")], agent) if workload == "c2" else agent) as connection:
        peer = OurPeer(connection)
        async with peer.open_session() as session:
            await operate(peer, session, operations // 10)
            with sampling(samples):
                await operate(peer, session, operations)
    print(f"| {workload}: {samples.total()} samples | share |\n| --- | ---: |")
    for hop, count in samples.most_common():
        print(f"| {hop} | {count / samples.total():.0%} |")


if __name__ == "__main__":
    wanted = sys.argv[1:2] or list(_OPERATIONS)
    for name in wanted:
        trio.run(main, name, int(sys.argv[2]) if len(sys.argv) > 2 else _OPERATIONS[name])
