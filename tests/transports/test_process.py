"""Child processes as a wire: bytes, ends, failures to start, last words. How they are ended is in test_process_end."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.transports import HandshakeFailed, Link, process


async def read_all(link: Link) -> bytes:
    data = b""
    while chunk := await link.receive():
        data += chunk
    return data


async def test_bytes_go_to_a_program_and_come_back(program) -> None:
    with trio.fail_after(10):
        async with process(program("echo")).open() as link:
            assert link.write_nowait(b"one\n") == 4
            assert await link.receive() == b"one\n"
            await link.write(memoryview(b"two\n"))
            assert await link.receive() == b"two\n"


async def test_the_link_names_its_process(program) -> None:
    with trio.fail_after(10):
        async with process(program("echo")).open() as link:
            assert link.name == f"process {Path(sys.executable).name!r}"
            assert os.getpgid(link.pid) == link.pid
            assert os.getsid(link.pid) == link.pid


async def test_a_transport_can_be_opened_again_and_twice_at_a_time(program) -> None:
    transport = process(program("echo"))
    with trio.fail_after(10):
        async with transport.open() as first, transport.open() as second:
            assert first.pid != second.pid
            await first.write(b"1")
            await second.write(b"2")
            assert [await first.receive(), await second.receive()] == [b"1", b"2"]
        async with transport.open() as third:
            await third.write(b"3")
            assert await third.receive() == b"3"


@pytest.mark.promise("P7")
async def test_ten_mebibytes_go_through_both_ways(program) -> None:
    data = os.urandom(1024 * 1024) * 10
    with trio.fail_after(30):
        async with process(program("echo")).open() as link, trio.open_nursery() as nursery:
            nursery.start_soon(link.write, data)
            received: list[bytes] = []
            while sum(map(len, received)) < len(data):
                received.append(await link.receive())
                assert len(received[-1]) <= 65536
            assert b"".join(received) == data


@pytest.mark.promise("P7")
async def test_bytes_that_come_one_by_one_all_arrive(script) -> None:
    one_by_one = "import os\nfor byte in b'abcdef' * 50: os.write(1, bytes([byte]))"
    with trio.fail_after(10):
        async with process(script(one_by_one)).open() as link:
            assert await read_all(link) == b"abcdef" * 50


async def test_write_nowait_says_how_much_a_full_pipe_took(script) -> None:
    with trio.fail_after(10):
        async with process(script("import signal; signal.pause()")).open() as link:
            link.close_by(trio.current_time())
            written = link.write_nowait(bytes(1024 * 1024))
            assert 0 < written < 1024 * 1024
            assert link.write_nowait(b"more") == 0
            with trio.move_on_after(0.05) as scope:
                await link.write(b"more")
            assert scope.cancelled_caught
            link.close_by(trio.current_time())


async def test_a_cancelled_receive_loses_nothing(program) -> None:
    with trio.fail_after(10):
        async with process(program("echo")).open() as link:
            with trio.CancelScope() as scope:
                scope.cancel()
                await link.receive()
            assert scope.cancelled_caught
            await link.write(b"kept")
            assert await link.receive() == b"kept"


async def test_the_end_of_the_program_is_the_end_of_the_stream(script) -> None:
    with trio.fail_after(10):
        async with process(script("print('bye')")).open() as link:
            assert await read_all(link) == b"bye\n"
            assert await link.receive() == b""


@pytest.mark.promise("P1")
@pytest.mark.rule(22)
async def test_the_output_ends_with_the_program_though_a_grandchild_holds_the_pipe(program, script) -> None:
    source = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-ESc', 'import signal; signal.pause()'])\n"
        "sys.stdout.write('x' * 30000)"
    )
    with trio.fail_after(10):
        async with process(script(source)).open() as link:
            link.close_by(trio.current_time())
            assert await read_all(link) == b"x" * 30000
            assert await link.receive() == b""
            assert (await link.last_words()).exit_status == 0
            link.close_by(trio.current_time())


@pytest.mark.promise("P1")
async def test_a_program_that_closes_its_output_and_lives_has_ended_the_stream(script) -> None:
    with trio.fail_after(10):
        async with process(script("import os, signal; os.close(1); signal.pause()"), exit_patience=0.01).open() as link:
            assert await link.receive() == b""
            assert (await link.last_words()).exit_status is None
            link.close_by(trio.current_time())


@pytest.mark.promise("P1")
async def test_writing_to_a_program_that_closed_its_input_says_so(script) -> None:
    with trio.fail_after(10):
        source = "import os, signal; os.close(0); print('closed', flush=True); signal.pause()"
        async with process(script(source)).open() as link:
            assert await link.receive() == b"closed\n"
            with pytest.raises(trio.BrokenResourceError, match="Broken pipe") as caught:
                link.write_nowait(b"x")
            assert isinstance(caught.value.__cause__, BrokenPipeError)
            with pytest.raises(trio.BrokenResourceError):
                await link.write(b"x")
            link.close_by(trio.current_time())


@pytest.mark.promise("P1")
async def test_a_writer_that_waits_learns_that_the_program_died(script) -> None:
    with trio.fail_after(10):
        async with process(script("import signal; signal.pause()")).open() as link, trio.open_nursery() as nursery:

            async def write_too_much() -> None:
                with pytest.raises(trio.BrokenResourceError):
                    await link.write(bytes(1024 * 1024))

            nursery.start_soon(write_too_much)
            await trio.testing.wait_all_tasks_blocked()
            os.kill(link.pid, signal.SIGKILL)


async def test_the_environment_is_added_to_ours(script, monkeypatch) -> None:
    monkeypatch.setenv("OURS", "1")
    with trio.fail_after(10):
        source = "import os; print(os.environ['OURS'], os.environ['THEIRS'])"
        async with process(script(source), env={"THEIRS": "2"}).open() as link:
            assert await read_all(link) == b"1 2\n"


@pytest.mark.parametrize("convert", [str, Path])
async def test_the_program_runs_in_the_directory_it_is_given(script, tmp_path, convert) -> None:
    with trio.fail_after(10):
        async with process(script("import os; print(os.getcwd())"), cwd=convert(tmp_path)).open() as link:
            assert await read_all(link) == f"{tmp_path}\n".encode()


# Failures to start.


async def failure(command: list[str], **options: object) -> HandshakeFailed:
    with pytest.raises(HandshakeFailed) as caught, trio.fail_after(10):
        async with process(command, **options).open():  # type: ignore[arg-type]
            pytest.fail("it started")
    assert caught.value.last_words.command == tuple(command)
    return caught.value


@pytest.mark.promise("P8")
async def test_a_command_that_does_not_exist_is_not_found() -> None:
    assert str(await failure(["no-such-agent", "--acp"])) == "command not found: 'no-such-agent'"
    assert str(await failure(["/no/such/agent"])) == "command not found: '/no/such/agent'"


@pytest.mark.promise("P8")
async def test_a_file_that_may_not_be_run_is_a_permission_denied(tmp_path) -> None:
    (tmp_path / "agent").write_text("#!/bin/sh\n")
    command = str(tmp_path / "agent")
    assert str(await failure([command])) == f"permission denied: {command!r}"


@pytest.mark.promise("P8")
async def test_a_script_whose_interpreter_does_not_exist_is_told_apart(tmp_path) -> None:
    command = executable(tmp_path, "#!/no/such/interpreter\n")
    assert "interpreter that its first line names does not exist" in str(await failure([command]))
    assert "interpreter" in str(await failure(["agent"], env={"PATH": str(tmp_path)}))


@pytest.mark.promise("P8")
async def test_a_file_that_is_no_program_is_told_apart(tmp_path) -> None:
    command = executable(tmp_path, "just text\n")
    assert "neither a program of this machine nor a script" in str(await failure([command]))


@pytest.mark.promise("P8")
async def test_a_bad_working_directory_is_told_apart(script, tmp_path) -> None:
    missing = tmp_path / "missing"
    reason = f"cannot use working directory {str(missing)!r}: No such file or directory"
    assert str(await failure(script("0"), cwd=missing)) == reason
    file = tmp_path / "file"
    file.touch()
    assert str(await failure(script("0"), cwd=file)) == f"cannot use working directory {str(file)!r}: Not a directory"


@pytest.mark.promise("P8")
async def test_arguments_that_no_program_can_get_are_a_failure_too() -> None:
    assert "null byte" in str(await failure(["echo", "a\0b"]))
    assert "too long" in str(await failure(["echo", "x" * 10_000_000]))


def executable(directory: Path, text: str) -> str:
    path = directory / "agent"
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("command", ["agent --acp", []])
def test_a_command_is_a_sequence_of_strings(command) -> None:
    with pytest.raises(TypeError, match="non-empty sequence"):
        process(command)


async def test_cancelled_before_it_starts_it_starts_nothing(script, tmp_path) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        async with process(script(f"open({str(tmp_path / 'started')!r}, 'w')")).open():
            pytest.fail("it started")
    assert scope.cancelled_caught
    assert not (tmp_path / "started").exists()


# Last words.


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "source, status",
    [
        ("raise SystemExit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import os; os.abort()", -6),
        ("pass", 0),
    ],
)
async def test_the_exit_status_is_known_when_the_output_ends(script, source, status) -> None:
    with trio.fail_after(10):
        async with process(script(source), exit_patience=5).open() as link:
            assert await link.receive() == b""
            words = await link.last_words()
            assert words.exit_status == status
            assert words.command == tuple(script(source))


@pytest.mark.promise("P8")
async def test_the_last_eight_kibibytes_of_standard_error_are_kept(script) -> None:
    source = "import os, sys; os.write(2, b'a' * 5000 + b'b' * 5000 + b'no such model'); sys.exit(1)"
    with trio.fail_after(10):
        async with process(script(source), exit_patience=5).open() as link:
            assert await link.receive() == b""
            words = await link.last_words()
            assert len(words.stderr) == 8192
            assert words.stderr.endswith(b"b" * 5000 + b"no such model")


@pytest.mark.promise("P8")
async def test_last_words_are_to_be_had_in_a_cancelled_scope(script) -> None:
    with trio.fail_after(10):
        async with process(script("raise SystemExit('sorry')"), exit_patience=5).open() as link:
            with trio.CancelScope() as scope:
                scope.cancel()
                words = await link.last_words()
            assert words.exit_status == 1
            assert words.stderr == b"sorry\n"


async def test_a_flood_on_standard_error_blocks_nobody(script) -> None:
    source = "import os\nfor _ in range(1024): os.write(2, b'e' * 1024)\nos.write(1, b'done')"
    with trio.fail_after(10):
        async with process(script(source), exit_patience=5).open() as link:
            assert await link.receive() == b"done"
            assert (await link.last_words()).stderr == b"e" * 8192


async def test_an_observer_of_standard_error_gets_everything_as_it_comes(script) -> None:
    chunks: list[bytes] = []
    came = trio.Event()

    def observe(data: bytes) -> None:
        chunks.append(data)
        came.set()

    with trio.fail_after(10):
        source = "import os; os.write(2, b'1'); os.read(0, 1); os.write(2, b'2' * 100_000)"
        async with process(script(source), stderr=observe, exit_patience=5).open() as link:
            await came.wait()
            assert chunks == [b"1"]
            await link.write(b"\n")
            assert await link.receive() == b""
            assert (await link.last_words()).stderr == b"2" * 8192
            assert b"".join(chunks) == b"1" + b"2" * 100_000


async def test_an_observer_of_standard_error_that_fails_is_logged_once(script, caplog) -> None:
    called = trio.Event()

    def fail(_data: bytes) -> None:
        called.set()
        raise OSError("disk full")

    with trio.fail_after(10):
        source = "import os; os.write(2, b'1'); os.read(0, 1); os.write(2, b'2')"
        async with process(script(source), stderr=fail, exit_patience=5).open() as link:
            await called.wait()
            await link.write(b"\n")
            assert await link.receive() == b""
            assert (await link.last_words()).stderr == b"12"
    assert [record.name for record in caplog.records] == ["acp_trio.transports"]


async def test_inherited_standard_error_is_ours(script, capfd) -> None:
    with trio.fail_after(10):
        async with process(script("raise SystemExit('seen')"), stderr="inherit", exit_patience=5).open() as link:
            assert await link.receive() == b""
            words = await link.last_words()
            assert (words.exit_status, words.stderr) == (1, b"")
    assert capfd.readouterr().err == "seen\n"


async def test_a_program_reaped_behind_our_back_has_no_status(script) -> None:
    with trio.fail_after(10):
        async with process(script("pass"), exit_patience=0.2).open() as link:
            os.waitpid(link.pid, 0)  # noqa: ASYNC222 -- it is about to exit
            assert await link.receive() == b""
            assert (await link.last_words()).exit_status in {None, 0}


@pytest.mark.parametrize("method", ["receive", "write"])
async def test_after_the_block_the_link_is_closed(program, method) -> None:
    with trio.fail_after(10):
        async with process(program("echo")).open() as link:
            pass
        with pytest.raises(trio.ClosedResourceError):
            await (link.receive() if method == "receive" else link.write(b"x"))
        with pytest.raises(trio.ClosedResourceError):
            link.write_nowait(b"x")
