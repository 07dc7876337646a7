"""Readers that are far behind: how long the dispatch loop lets them run, and when it goes on without them."""

from __future__ import annotations

import math

import attrs
import pytest
import trio
import trio.testing

from acp_trio.connection import Laggards, _laggards

pytestmark = pytest.mark.promise("P10")


@attrs.define(eq=False)
class Behind:
    """A reader that has so many messages to take of as many as there is room for."""

    waiting: int
    room: int = 100
    taken: int = 0

    @property
    def lag(self) -> float:
        return self.waiting / self.room

    async def read(self, *, passes: int = 1) -> None:
        while self.waiting:
            for _ in range(passes):
                await trio.lowlevel.checkpoint()
            self.waiting -= 1
            self.taken += 1


@pytest.fixture
def no_hurry(monkeypatch):
    """Time does not end it."""
    monkeypatch.setattr(_laggards, "LONGEST", math.inf)


def laggards_of(*readers: Behind) -> Laggards:
    laggards = Laggards()
    for reader in readers:
        laggards.add(reader)
    return laggards


@pytest.mark.parametrize("passes", [1, _laggards.PATIENCE // 2])
async def test_a_reader_that_goes_on_taking_may_take_all(autojump_clock, no_hurry, passes):
    reader = Behind(waiting=50)
    laggards = laggards_of(reader)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: reader.read(passes=passes))
            await laggards.catch_up()
            assert reader.taken == 50
    assert not laggards


async def test_nobody_waits_for_a_reader_that_sleeps(autojump_clock, no_hurry):
    laggards = laggards_of(Behind(waiting=50))
    with trio.fail_after(5):
        await laggards.catch_up()
    assert trio.current_time() < 5
    assert laggards, "it is still behind"


async def test_a_reader_that_sleeps_does_not_end_the_time_of_one_that_reads(autojump_clock, no_hurry):
    sleeper, reader = Behind(waiting=50), Behind(waiting=50)
    laggards = laggards_of(sleeper, reader)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader.read)
            await laggards.catch_up()
    assert (sleeper.taken, reader.taken) == (0, 50)


async def test_a_reader_that_has_no_end_is_let_run_for_its_time_only(autojump_clock, monkeypatch):
    now = 0.0
    monkeypatch.setattr(_laggards.time, "perf_counter", lambda: now)
    reader = Behind(waiting=100, room=200)

    async def read_for_ever() -> None:
        nonlocal now
        while True:
            reader.taken += 1
            now += 0.001
            await trio.lowlevel.checkpoint()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_for_ever)
            await laggards_of(reader).catch_up()
            nursery.cancel_scope.cancel()
    assert reader.taken == pytest.approx(1000 * _laggards.LONGEST / 2, abs=2), "half behind: half of the time"


async def test_who_keeps_up_is_let_run_no_longer(autojump_clock, no_hurry):
    laggards = laggards_of(Behind(waiting=0))
    with trio.fail_after(5), trio.testing.assert_no_checkpoints():
        await laggards.catch_up()
    assert not laggards


async def test_catching_up_can_be_cancelled(autojump_clock, no_hurry):
    reader = Behind(waiting=50)
    with trio.fail_after(5), trio.CancelScope() as scope:
        scope.cancel()
        await laggards_of(reader).catch_up()
    assert scope.cancelled_caught
