"""The wire that goes wrong: each fault does what it says, and the same seed does the same again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio.testing import Faults, faulty
from acp_trio.transports import Link, memory_pair

pytestmark = pytest.mark.promise("P16")

CHUNKS = [b"chunk number %d\n" % number for number in range(40)]


@asynccontextmanager
async def wire(seed: int = 0, **directions: Faults) -> AsyncGenerator[tuple[Link, Link]]:
    """The faulty end and the other one."""
    ours, theirs = memory_pair()
    with trio.fail_after(1000):
        async with faulty(ours, seed=seed, **directions).open() as link, theirs.open() as other:
            yield link, other


async def received(faults: Faults, seed: int = 0) -> list[bytes]:
    """What becomes of the chunks, written as they are and received through the faults, until nothing more comes."""
    found: list[bytes] = []
    async with wire(seed, incoming=faults) as (link, other), trio.open_nursery() as nursery:

        async def write() -> None:
            for chunk in CHUNKS:
                await other.write(chunk)
                await trio.sleep(0.001)

        nursery.start_soon(write)
        with trio.move_on_after(100):
            while data := await link.receive():
                found.append(data)
        nursery.cancel_scope.cancel()
    return found


async def written(faults: Faults, seed: int = 0) -> list[bytes]:
    """What becomes of the chunks, written through the faults and received as they are."""
    found: list[bytes] = []
    async with wire(seed, outgoing=faults) as (link, other), trio.open_nursery() as nursery:

        async def read() -> None:
            while True:
                found.append(await other.receive())

        nursery.start_soon(read)
        for chunk in CHUNKS:
            await link.write(chunk)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    return found


@pytest.mark.parametrize("through", [received, written])
async def test_without_faults_it_is_the_wire_inside(autojump_clock, through):
    assert await through(Faults()) == CHUNKS


@pytest.mark.parametrize("through", [received, written])
async def test_chunks_are_split_and_nothing_is_lost(autojump_clock, through):
    found = await through(Faults(split=0.5))
    assert b"".join(found) == b"".join(CHUNKS)
    assert len(CHUNKS) < len(found) <= 5 * len(CHUNKS)


async def test_chunks_are_joined_with_the_next_one(autojump_clock):
    found = await received(Faults(join=0.5))
    assert b"".join(found) == b"".join(CHUNKS)
    assert len(CHUNKS) / 2 <= len(found) < len(CHUNKS)


@pytest.mark.parametrize("through", [received, written])
async def test_chunks_are_late_and_in_order(autojump_clock, through):
    began = trio.current_time()
    assert await through(Faults(delay=0.1)) == CHUNKS
    assert trio.current_time() - began > 0.5


@pytest.mark.parametrize("through", [received, written])
async def test_chunks_are_duplicated_truncated_and_corrupted(autojump_clock, through):
    assert await through(Faults(duplicate=1.0)) == [chunk for chunk in CHUNKS for _ in range(2)]
    cut = await through(Faults(truncate=1.0))
    assert all(any(chunk.startswith(piece) and chunk != piece for chunk in CHUNKS) for piece in cut)
    changed = await through(Faults(corrupt=1.0))
    pairs = zip(CHUNKS, changed, strict=True)
    assert all(sum(a != b for a, b in zip(*pair, strict=True)) == 1 for pair in pairs)


async def test_the_same_seed_makes_the_same_faults(autojump_clock):
    faults = Faults(split=0.5, join=0.2, duplicate=0.2, truncate=0.2, corrupt=0.2, delay=0.1)
    once, again, other = [await received(faults, seed) for seed in (1, 1, 2)]
    assert once == again != other


@pytest.mark.parametrize("bytes_that_pass", [0, 1, 15, 16, 20])
async def test_bytes_pass_up_to_the_end_of_the_stream(autojump_clock, bytes_that_pass):
    async with wire(incoming=Faults(end_after=bytes_that_pass)) as (link, other):
        await other.write(b"".join(CHUNKS))
        found = b""
        while data := await link.receive():
            found += data
        assert found == b"".join(CHUNKS)[:bytes_that_pass]
        assert await link.receive() == b""


async def test_a_wire_that_breaks_raises_for_reader_and_writer(autojump_clock):
    faults = Faults(break_after=10)
    async with wire(incoming=faults, outgoing=faults) as (link, other):
        await other.write(b"hello")
        await other.write(b"hello, world")
        assert await link.receive() == b"hello"
        assert await link.receive() == b"hello"
        with pytest.raises(trio.BrokenResourceError):
            await link.receive()
        await link.write(b"0123456789")
        with pytest.raises(trio.BrokenResourceError):
            await link.write(b"x")
        assert await other.receive() == b"0123456789"


async def test_a_write_that_is_cut_by_the_end_raises(autojump_clock):
    async with wire(outgoing=Faults(end_after=3)) as (link, other):
        with pytest.raises(trio.BrokenResourceError):
            await link.write(b"hello")
        assert await other.receive() == b"hel"


@pytest.mark.parametrize("faults", [Faults(stall_after=0), Faults(delay=1e9)], ids=["stalled", "late"])
async def test_who_waits_for_ever_can_be_cancelled_and_is_woken_when_the_wire_is_left(autojump_clock, faults):
    async with trio.open_nursery() as nursery, wire(incoming=faults, outgoing=faults) as (link, other):
        await other.write(b"hello")

        async def expect_the_end(operation, *arguments) -> None:
            with trio.move_on_after(1) as scope:
                await operation(*arguments)
            assert scope.cancelled_caught
            with pytest.raises(trio.ClosedResourceError):
                await operation(*arguments)

        nursery.start_soon(expect_the_end, link.receive)
        nursery.start_soon(expect_the_end, link.write, b"x")
        await trio.sleep(2)


async def test_each_opening_begins_anew(autojump_clock):
    ours, theirs = memory_pair()
    transport = faulty(ours, incoming=Faults(end_after=5))
    for _ in range(2):
        async with transport.open() as link, theirs.open() as other:
            await other.write(b"hello")
            assert await link.receive() == b"hello"
            assert await link.receive() == b""
