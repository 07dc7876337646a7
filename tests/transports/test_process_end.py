"""How child processes are ended: the ladder, whole groups, and every way to leave a block (P2)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.transports import Link, _process_group, process

pytestmark = pytest.mark.promise("P2")

PROGRAMS = Path(__file__).with_name("programs")
STUBBORN = str(PROGRAMS / "stubborn.py")


async def line(link: Link) -> str:
    data = b""
    while not data.endswith(b"\n"):
        data += await link.receive()
    return data.decode().strip()


async def pid_of_grandchild(link: Link) -> int:
    """What `wrapper.py` and then `stubborn.py` say, in whatever order the two lines come."""
    words: list[str] = []
    while len(words) < 2:
        words += (await line(link)).split()
    return int(next(word for word in words if word != "ready"))


def elapsed(since: float) -> float:
    return trio.current_time() - since


async def test_a_program_that_exits_at_the_end_of_its_input_is_not_waited_for(program) -> None:
    with trio.fail_after(10):
        async with process(program("echo")).open() as link:
            await link.write(b"x")
            await link.receive()
            start = trio.current_time()
        assert elapsed(start) < 2


async def test_a_program_that_has_exited_already_is_not_waited_for(script) -> None:
    with trio.fail_after(10):
        async with process(script("pass")).open() as link:
            assert await link.receive() == b""
            start = trio.current_time()
        assert elapsed(start) < 2


async def test_half_of_the_time_is_for_the_end_of_input_and_then_comes_sigterm(script, tmp_path) -> None:
    log = tmp_path / "log"
    source = (
        "import signal, sys, time\n"
        f"log = open({str(log)!r}, 'w', buffering=1)\n"
        "def term(*_): print('term', time.monotonic(), file=log); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, term)\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
        "print('eof', time.monotonic(), file=log)\n"
        "while True: signal.pause()"
    )
    with trio.fail_after(10):
        async with process(script(source)).open() as link:
            await line(link)
            link.close_by(trio.current_time() + 1)
    (eof, eof_at), (term, term_at) = (entry.split() for entry in log.read_text().splitlines())
    assert (eof, term) == ("eof", "term")
    assert float(term_at) - float(eof_at) > 0.4


async def test_who_ignores_everything_is_killed_after_three_quarters(program, running) -> None:
    with trio.fail_after(10):
        async with process(program("stubborn", int(signal.SIGTERM))).open() as link:
            await line(link)
            start = trio.current_time()
            link.close_by(start + 0.4)
        assert 0.3 <= elapsed(start) < 2
        assert not running(link.pid)


async def test_a_deadline_that_has_passed_kills_at_once(program, running) -> None:
    with trio.fail_after(10):
        async with process(program("stubborn", int(signal.SIGTERM))).open() as link:
            await line(link)
            start = trio.current_time()
            link.close_by(start - 1)
        assert elapsed(start) < 2
        assert not running(link.pid)


async def test_a_stopped_program_takes_its_sigterm(program, tmp_path) -> None:
    with trio.fail_after(10):
        async with process(program("polite", tmp_path / "left")).open() as link:
            await line(link)
            os.kill(link.pid, signal.SIGSTOP)
            link.close_by(trio.current_time() + 1)
    assert (tmp_path / "left").exists()


async def test_a_program_that_must_get_rid_of_its_output_can_exit(script) -> None:
    source = "import os, sys\nprint('ready', flush=True)\nsys.stdin.read()\nos.write(1, b'x' * 1_000_000)\nsys.exit(5)"
    with trio.fail_after(10):
        async with process(script(source)).open() as link:
            await line(link)
            start = trio.current_time()
        assert elapsed(start) < 2


async def test_leaving_wakes_who_still_reads_or_writes(program) -> None:
    outcomes: list[str] = []

    async def read(link: Link) -> None:
        with pytest.raises(trio.ClosedResourceError):
            await link.receive()
        outcomes.append("read")

    async def write(link: Link) -> None:
        with pytest.raises(trio.ClosedResourceError):
            await link.write(bytes(1024 * 1024))
        outcomes.append("write")

    transport = process(program("stubborn", int(signal.SIGTERM)))
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery, transport.open() as link:
            await line(link)
            nursery.start_soon(read, link)
            nursery.start_soon(write, link)
            await trio.testing.wait_all_tasks_blocked()
            link.close_by(trio.current_time() + 0.1)
    assert sorted(outcomes) == ["read", "write"]


# Groups.


@pytest.mark.parametrize("wrapper", ["waits", "exits"])
@pytest.mark.rule(22)
async def test_a_grandchild_that_ignores_everything_is_killed(program, running, wrapper) -> None:
    with trio.fail_after(10):
        async with process(program("wrapper", wrapper, STUBBORN, int(signal.SIGTERM))).open() as link:
            grandchild = await pid_of_grandchild(link)
            assert running(grandchild)
            start = trio.current_time()
            link.close_by(start + 0.4)
        assert 0.3 <= elapsed(start) < 2
        assert not running(link.pid)
        assert not running(grandchild)


@pytest.mark.parametrize("wrapper", ["waits", "exits"])
async def test_a_grandchild_gets_the_sigterm_that_its_parent_would_not_forward(program, tmp_path, wrapper) -> None:
    with trio.fail_after(10):
        async with process(program("wrapper", wrapper, PROGRAMS / "polite.py", tmp_path / "left")).open() as link:
            await pid_of_grandchild(link)
            link.close_by(trio.current_time() + 1)
        assert (tmp_path / "left").exists()


async def test_a_grandchild_has_its_part_of_the_time_to_finish(program, tmp_path) -> None:
    slow = tmp_path / "slow.py"
    done = tmp_path / "done"
    slow.write_text(
        "import os, time\nparent = os.getppid()\nprint('ready', flush=True)\n"
        "while os.getppid() == parent: time.sleep(0.01)\n"
        f"time.sleep(0.2)\nopen({str(done)!r}, 'w')\n"
    )
    with trio.fail_after(10):
        async with process(program("wrapper", "exits", slow)).open() as link:
            await pid_of_grandchild(link)
            start = trio.current_time()
            link.close_by(start + 4)
        assert done.exists()
        assert elapsed(start) < 3.5


async def test_the_group_of_a_program_that_exited_long_ago_is_ended(program, script, running) -> None:
    source = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-ES', {STUBBORN!r}, '15'], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid)"
    )
    with trio.fail_after(10):
        async with process(script(source), exit_patience=5).open() as link:
            grandchild = int(await line(link))
            assert await link.receive() == b""
            assert (await link.last_words()).exit_status == 0
            assert running(grandchild)
            link.close_by(trio.current_time() + 0.2)
        assert not running(grandchild)


@pytest.mark.parametrize("missing", ["pidfd", "proc"])
async def test_a_system_without_pidfd_or_proc_leaves_no_orphan_either(program, running, monkeypatch, missing) -> None:
    if missing == "pidfd":
        monkeypatch.delattr(os, "pidfd_open")
    else:
        monkeypatch.setattr(_process_group, "_members", lambda _group: [])
    with trio.fail_after(10):
        async with process(program("wrapper", "exits", STUBBORN, int(signal.SIGTERM))).open() as link:
            grandchild = await pid_of_grandchild(link)
            link.close_by(trio.current_time() + 0.2)
        assert not running(link.pid)
        with trio.fail_after(1):
            while running(grandchild):
                await trio.lowlevel.checkpoint()


# Ways to leave.


async def test_an_exception_leaves_as_itself_and_no_process_stays(program, running) -> None:
    pids: list[int] = []
    with trio.fail_after(10):
        with pytest.raises(KeyError, match="mine") as caught:  # noqa: PT012 -- it must come out of the block
            async with process(program("wrapper", "waits", STUBBORN, int(signal.SIGTERM))).open() as link:
                pids += [link.pid, await pid_of_grandchild(link)]
                link.close_by(trio.current_time() + 0.2)
                try:
                    raise ValueError("context")
                except ValueError:
                    raise KeyError("mine")  # noqa: B904 -- its context is what is tested
        assert isinstance(caught.value.__context__, ValueError)
        assert not any(map(running, pids))


async def test_a_group_that_the_block_raises_leaves_as_it_is(program) -> None:
    with trio.fail_after(10):
        with pytest.raises(ExceptionGroup) as caught:
            async with process(program("echo")).open():
                raise ExceptionGroup("mine", [ValueError()])
        assert caught.value.message == "mine"


async def test_cancelled_in_the_block_it_still_goes_down_the_ladder(program, running) -> None:
    with trio.fail_after(10):
        with trio.CancelScope() as scope:
            async with process(program("wrapper", "waits", STUBBORN, int(signal.SIGTERM))).open() as link:
                pids = [link.pid, await pid_of_grandchild(link)]
                start = trio.current_time()
                link.close_by(start + 0.4)
                scope.cancel()
                await link.receive()
        assert scope.cancelled_caught
        assert elapsed(start) >= 0.3
        assert not any(map(running, pids))


async def test_cancelled_while_leaving_it_finishes_leaving(program, running) -> None:
    with trio.fail_after(10):
        with trio.move_on_after(10) as scope:
            async with process(program("stubborn", int(signal.SIGTERM))).open() as link:
                await line(link)
                link.close_by(trio.current_time() + 0.4)
                scope.deadline = trio.current_time() + 0.1
            await trio.lowlevel.checkpoint()
        assert scope.cancelled_caught
        assert not running(link.pid)


async def test_cancelled_while_it_starts_nothing_stays(program, monkeypatch) -> None:
    """The thread that starts the program is not abandoned; the block is entered and left."""
    scope = trio.CancelScope()
    real = subprocess.Popen

    def start(*args, **options):
        trio.from_thread.run_sync(scope.cancel)
        return real(*args, **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    with trio.fail_after(10):
        with scope:
            async with process(program("echo")).open() as link:
                await link.receive()
        assert scope.cancelled_caught


@pytest.mark.rule(20)
@pytest.mark.parametrize("place", ["starting", "body", "receive", "leaving"])
def test_ctrl_c_leaves_no_process(program, running, place) -> None:
    """With a real signal to a real program that has a wrapper and a stubborn grandchild for a peer."""
    inner = program("wrapper", "waits", STUBBORN, int(signal.SIGTERM))
    command = [sys.executable, str(PROGRAMS / "interrupted.py"), place, *inner]
    outer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    with outer:
        assert outer.stdout is not None
        assert outer.stderr is not None
        pid = int(outer.stdout.readline())
        members = [pid, *_process_group._members(pid)]
        if place != "starting":
            assert len(members) == 3
            outer.send_signal(signal.SIGINT)
        assert outer.wait(10) == 0
        assert outer.stdout.read() == "interrupted\n"
        assert outer.stderr.read() == ""
    assert not any(map(running, members))
