"""Standard input and output as a wire, in real programs (P6)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tty
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.transports import Link, file_descriptors, process

pytestmark = pytest.mark.promise("P6")

SERVE = [sys.executable, str(Path(__file__).with_name("programs") / "serve.py")]
NOISE = {"print", "buffered print", "print to the original, never flushed", "os.write", "puts", "child"}


@pytest.fixture(autouse=True)
def buffered_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in a buffer must not get on the wire either."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


async def exchange(link: Link, message: bytes) -> bytes:
    await link.write(message)
    answer = b""
    while len(answer) < len(message):
        chunk = await link.receive()
        assert chunk, "the program went away"
        answer += chunk
    return answer


async def test_nothing_that_prints_reaches_the_wire_and_nothing_that_reads_takes_from_it() -> None:
    with trio.fail_after(20):
        async with process([*SERVE, "noise"], exit_patience=10).open() as link:
            for number in range(3):
                message = b"message %d\n" % number
                assert await exchange(link, message) == message
            stderr = (await link_closed(link)).stderr.decode()
    for noise in NOISE:
        assert stderr.count(noise) >= 3
    assert "printed before and never flushed" in stderr


async def link_closed(link: Link):
    """Close the peer's input, see its output end, and return its last words."""
    link._input.close()  # type: ignore[attr-defined]
    assert await link.receive() == b""
    words = await link.last_words()
    assert words.exit_status == 0
    return words


async def test_large_messages_pass(tmp_path) -> None:
    message = os.urandom(1000) * 3000
    with trio.fail_after(30):
        async with process(SERVE).open() as link, trio.open_nursery() as nursery:
            nursery.start_soon(link.write, message)
            received = bytearray()
            while len(received) < len(message):
                received += await link.receive()
            assert received == message


async def test_everything_is_as_before_afterwards(tmp_path) -> None:
    before, during, after = await statuses([*SERVE, "status", tmp_path / "status"], tmp_path / "status")
    assert before == after
    assert before["stdout"]
    assert during["0"] == os.devnull
    assert during["1"] not in {before["1"], os.devnull}
    assert during["stdout is stderr"]
    assert during["inheritable"] == [True, True]


async def statuses(command: list[object], file: Path) -> list[dict[str, object]]:
    with trio.fail_after(20):
        async with process([str(part) for part in command], exit_patience=10).open() as link:
            assert await exchange(link, b"x\n") == b"x\n"
            await link_closed(link)
    return json.loads(file.read_text())


async def test_a_second_user_is_refused() -> None:
    with trio.fail_after(20):
        async with process([*SERVE, "twice"]).open() as link:
            assert b"already a transport of this process" in await link.receive()
            assert await exchange(link, b"x") == b"x"


async def test_regular_files_are_a_wire(tmp_path) -> None:
    (tmp_path / "in").write_bytes(b"line\n" * 50_000)
    command = f"exec '{SERVE[0]}' '{SERVE[1]}' < '{tmp_path / 'in'}' > '{tmp_path / 'out'}'"
    with trio.fail_after(20):
        await trio.run_process(["sh", "-c", command], capture_stderr=True)
    assert (tmp_path / "out").read_bytes() == b"line\n" * 50_000


@pytest.mark.rule(30)
async def test_a_terminal_is_a_wire_and_stays_blocking() -> None:
    controller, terminal = os.openpty()
    tty.setraw(terminal)
    try:
        with trio.fail_after(20):
            await converse_on_shared(terminal, terminal, controller)
    finally:
        os.close(controller)
        os.close(terminal)


@pytest.mark.rule(30)
async def test_a_socket_is_a_wire_and_stays_blocking() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, trio.fail_after(20):
        await converse_on_shared(theirs.fileno(), theirs.fileno(), ours.fileno())


async def converse_on_shared(stdin: int, stdout: int, ours: int) -> None:
    """Exchange a message with a server whose descriptors we have too, and look at their flags meanwhile."""
    command = [*SERVE, "forever"]
    async with trio.open_nursery() as nursery, file_descriptors(ours, ours).open() as link:
        server = await nursery.start(lambda task_status: run(command, stdin, stdout, task_status))
        assert await exchange(link, b"hello\n") == b"hello\n"
        assert os.get_blocking(stdin)
        assert os.get_blocking(stdout)
        server.kill()


async def run(command: list[str], stdin: int, stdout: int, task_status: trio.TaskStatus[trio.Process]) -> None:
    await trio.run_process(
        command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, check=False, task_status=task_status
    )


@pytest.mark.parametrize("redirection, name", [("<&-", b"input"), (">&-", b"output")])
async def test_a_closed_standard_stream_is_a_failed_handshake(redirection, name) -> None:
    source = (
        "import trio\nfrom acp_trio.transports import stdio\n"
        "async def main():\n async with stdio().open(): pass\n"
        "trio.run(main)"
    )
    with trio.fail_after(20):
        command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-c", source]
        done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)
    assert done.returncode == 1
    assert b"HandshakeFailed: cannot use stdio: this process was started without standard " + name in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("how", ["from the start", "by itself"])
async def test_without_standard_error_the_wire_is_still_clean(how) -> None:
    closed = ["sh", "-c", 'exec "$@" 2>&-', "sh", *SERVE, "noise"]
    command = closed if how == "from the start" else [*SERVE, "noise", "deaf"]
    with trio.fail_after(20):
        async with process(command, exit_patience=10).open() as link:
            for message in (b"one", b"two"):
                assert await exchange(link, message) == message
            await link_closed(link)


@pytest.mark.rule(20)
async def test_ctrl_c_puts_everything_back(tmp_path) -> None:
    file = tmp_path / "status"
    with trio.fail_after(20):
        async with process([*SERVE, "forever", "status", str(file)], exit_patience=10).open() as link:
            assert await exchange(link, b"x") == b"x"
            os.kill(link.pid, signal.SIGINT)
            await link_closed(link)
    before, _during, interrupted, after = json.loads(file.read_text())
    assert interrupted == {"interrupted": True}
    assert before == after


async def test_the_end_of_input_ends_the_program() -> None:
    with trio.fail_after(20):
        async with process(SERVE, exit_patience=10).open() as link:
            await link_closed(link)
