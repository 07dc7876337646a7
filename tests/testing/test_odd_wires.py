"""The instruments of tests on odd wires: one that breaks while a chunk waits, ids of any kind, a file that goes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.testing import Faults, Wire, faulty, no_leaks, scripted_peer
from acp_trio.transports import (
    Link,
    Transport,
)


async def test_a_chunk_that_waits_to_be_joined_is_not_lost_when_the_wire_breaks(autojump_clock) -> None:
    class Breaking(Link):
        name = "breaking"
        received = False

        async def receive(self) -> bytes:
            await trio.lowlevel.checkpoint()
            if self.received:
                raise trio.BrokenResourceError
            self.received = True
            return b"one\n"

        async def write(self, data: bytes | memoryview) -> None: ...

    class ToBreaking(Transport):
        @asynccontextmanager
        async def open(self) -> AsyncGenerator[Link]:
            yield Breaking()

    async with faulty(ToBreaking(), incoming=Faults(join=1)).open() as link:
        assert await link.receive() == b"one\n"
        with pytest.raises(trio.BrokenResourceError):
            await link.receive()


async def test_a_file_that_is_deleted_in_the_block_is_no_leak(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("w"):
        async with no_leaks():
            path.unlink()


async def test_a_wire_tells_what_is_unanswered_whatever_the_ids_are(autojump_clock) -> None:
    wire = Wire()
    async with scripted_peer() as (peer, transport), wire.watch(transport).open() as link:
        await peer.send({"id": [1], "method": "a"}, {"id": {}, "method": "b"})
        await link.receive()
        await link.write(b'{"id":{},"result":null}\n')
    assert [message.method for message in wire.unanswered("agent")] == ["a"]
