"""The guard against leaks: it names what was left, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.testing import no_leaks

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="descriptors are read from /proc")
pytestmark = [pytest.mark.promise("P22"), pytest.mark.promise("P16")]


async def test_nothing_left_is_no_leak(autojump_clock):
    with trio.fail_after(5):
        async with no_leaks():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.lowlevel.checkpoint)
            read, write = os.pipe()
            os.close(read)
            os.close(write)


async def test_a_task_that_was_left_is_named(autojump_clock):
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with pytest.raises(AssertionError, match="left behind: task straggler"):
                async with no_leaks():
                    nursery.start_soon(trio.sleep_forever, name="straggler")
            nursery.cancel_scope.cancel()


async def test_a_task_that_was_there_before_is_no_leak(autojump_clock):
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever, name="older")
            async with no_leaks():
                pass
            nursery.cancel_scope.cancel()


@needs_proc
async def test_a_descriptor_that_was_left_is_named():
    left: list[int] = []
    with trio.fail_after(5):
        with pytest.raises(AssertionError, match=r"descriptor \d+ \(pipe:"):
            async with no_leaks():
                left += os.pipe()
    for descriptor in left:
        os.close(descriptor)


@needs_proc
async def test_a_descriptor_that_another_file_took_is_named():
    taken = os.open(os.devnull, os.O_RDONLY)
    other = os.open("/", os.O_RDONLY)
    try:
        with trio.fail_after(5), pytest.raises(AssertionError, match="descriptor"):
            async with no_leaks():
                os.dup2(other, taken)
    finally:
        os.close(taken)
        os.close(other)


@needs_proc
async def test_a_child_process_that_was_left_is_named():
    with trio.fail_after(20):
        with pytest.raises(AssertionError, match="child process"):
            async with no_leaks():
                child = subprocess.Popen(  # noqa: ASYNC220
                    [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
                )
    assert child.stdin is not None
    child.stdin.close()
    child.kill()
    child.wait()


async def test_an_exception_of_the_body_goes_before(autojump_clock):
    async def leak_and_fail(nursery: trio.Nursery) -> None:
        async with no_leaks():
            nursery.start_soon(trio.sleep_forever)
            raise ValueError("mine")

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with pytest.raises(ValueError, match="mine"):
                await leak_and_fail(nursery)
            nursery.cancel_scope.cancel()
