"""Files served from the disk: what is read, how it is written, and the fence around a session's directories."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
import trio
import trio.testing

from acp_trio import Agent, AgentConnection, Client, LocalMisuse, PeerError, Turn
from acp_trio.jsonrpc import ErrorCode
from acp_trio.roles import _files, _roots
from acp_trio.schema import Request, v1


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The session's directory; its neighbours are out of bounds."""
    directory = tmp_path / "work"
    directory.mkdir()
    return directory


def reading(path: Path | str, **more: int) -> Callable[[Turn], object]:
    async def read(turn: Turn) -> str:
        return await turn.read_text_file(str(path), **more)

    return read


def writing(path: Path | str, content: str = "new") -> Callable[[Turn], object]:
    async def write(turn: Turn) -> None:
        await turn.write_text_file(str(path), content)

    return write


# Reading


async def test_a_file_is_read_as_it_is(client: Client, work: Path, run_turn) -> None:
    client.serve_files()
    text = "\N{BYTE ORDER MARK}one\r\ntwo\rthree\n\x00vier: \N{SNOWMAN}"
    (work / "file").write_bytes(text.encode())
    assert await run_turn(client, work, reading(work / "file")) == text


@pytest.mark.parametrize(
    "line, limit, expected",
    [
        (None, None, "1\n2\r\n\n4"),
        (1, None, "1\n2\r\n\n4"),
        (0, 1, "1\n"),
        (1, 1, "1\n"),
        (2, 1, "2\r\n"),
        (2, None, "2\r\n\n4"),
        (3, 1, "\n"),
        (4, 1, "4"),
        (4, 10, "4"),
        (5, None, ""),
        (5, 1, ""),
        (4294967295, 4294967295, ""),
        (1, 0, ""),
        (None, 2, "1\n2\r\n"),
    ],
)
async def test_lines_are_counted_from_one_and_keep_their_ends(
    client: Client, work: Path, run_turn, line: int, limit: int, expected: str
) -> None:
    client.serve_files()
    (work / "file").write_bytes(b"1\n2\r\n\n4")
    assert await run_turn(client, work, reading(work / "file", line=line, limit=limit)) == expected


async def test_pieces_read_one_after_the_other_make_up_the_file(client: Client, work: Path, run_turn) -> None:
    client.serve_files()
    lines = [f"{number} " + "\N{SNOWMAN}" * (number % 977) + "\n" for number in range(1000)]
    (work / "file").write_text("".join(lines))

    async def read(turn: Turn) -> list[str]:
        return [await turn.read_text_file(str(work / "file"), line=line, limit=100) for line in range(1, 1001, 100)]

    assert await run_turn(client, work, read) == ["".join(lines[at : at + 100]) for at in range(0, 1000, 100)]


async def test_a_few_lines_of_an_enormous_file_are_read_without_reading_the_rest(
    client: Client, work: Path, run_turn
) -> None:
    client.serve_files()
    (work / "file").write_bytes(b"one\ntwo\nthree\n")
    os.truncate(work / "file", 1 << 40)
    assert await run_turn(client, work, reading(work / "file", line=2, limit=2)) == "two\nthree\n"


@pytest.mark.parametrize("limits", [{}, {"line": 2}, {"line": 2, "limit": 1}])
async def test_more_than_the_limit_is_refused_and_not_cut(
    client: Client, work: Path, run_turn, limits: dict[str, int]
) -> None:
    client.serve_files(limit=1000)
    (work / "file").write_text("1\n" + "x" * 1001)
    with pytest.raises(PeerError, match="more than 1000 bytes; ask for fewer lines") as caught:
        await run_turn(client, work, reading(work / "file", **limits))
    assert caught.value.code == ErrorCode.INVALID_PARAMS


async def test_exactly_the_limit_is_read(client: Client, work: Path, run_turn) -> None:
    client.serve_files(limit=1000)
    (work / "file").write_text("x" * 1000)
    assert await run_turn(client, work, reading(work / "file")) == "x" * 1000


async def test_what_is_no_text_is_refused(client: Client, work: Path, run_turn) -> None:
    client.serve_files()
    (work / "file").write_bytes(b"\x89PNG\xff")
    with pytest.raises(PeerError, match="not a text file") as caught:
        await run_turn(client, work, reading(work / "file"))
    assert caught.value.code == ErrorCode.INVALID_PARAMS


@pytest.mark.parametrize("act", [reading, writing])
async def test_a_directory_is_no_file(client: Client, work: Path, run_turn, act) -> None:
    client.serve_files(write=True)
    (work / "directory").mkdir()
    for path in (work / "directory", work):
        with pytest.raises(PeerError, match=r"(?i)a directory") as caught:
            await run_turn(client, work, act(path))
        assert caught.value.code == ErrorCode.INVALID_PARAMS


@pytest.mark.parametrize("act", [reading, writing])
async def test_a_pipe_is_refused_and_not_waited_for(client: Client, work: Path, run_turn, act) -> None:
    client.serve_files(write=True)
    os.mkfifo(work / "pipe")
    with pytest.raises(PeerError, match="pipe"):
        await run_turn(client, work, act(work / "pipe"))
    assert stat.S_ISFIFO((work / "pipe").stat().st_mode)


async def test_a_missing_file_is_a_resource_that_is_not_found(client: Client, work: Path, run_turn) -> None:
    client.serve_files()
    with pytest.raises(PeerError, match="does not exist") as caught:
        await run_turn(client, work, reading(work / "no such file"))
    assert caught.value.code == ErrorCode.RESOURCE_NOT_FOUND
    assert caught.value.data == {"uri": (work / "no such file").as_uri()}


async def test_a_path_through_a_file_is_refused(client: Client, work: Path, run_turn) -> None:
    client.serve_files()
    (work / "file").touch()
    with pytest.raises(PeerError, match="Not a directory") as caught:
        await run_turn(client, work, reading(work / "file" / "inner"))
    assert caught.value.code == ErrorCode.INVALID_PARAMS


# Writing


async def test_a_missing_file_is_created_with_the_usual_permissions(client: Client, work: Path, run_turn) -> None:
    client.serve_files(write=True)
    (work / "usual").touch()
    await run_turn(client, work, writing(work / "file", "one\r\ntwo \N{SNOWMAN}"))
    assert (work / "file").read_bytes() == "one\r\ntwo \N{SNOWMAN}".encode()
    assert (work / "file").stat().st_mode == (work / "usual").stat().st_mode
    assert sorted(path.name for path in work.iterdir()) == ["file", "usual"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
async def test_a_file_keeps_its_permissions(client: Client, work: Path, run_turn, mode: int) -> None:
    client.serve_files(write=True)
    (work / "file").write_text("old")
    (work / "file").chmod(mode)
    await run_turn(client, work, writing(work / "file"))
    assert (work / "file").read_text() == "new"
    assert stat.S_IMODE((work / "file").stat().st_mode) == mode


async def test_a_file_is_replaced_in_one_step(client: Client, work: Path, run_turn) -> None:
    client.serve_files(write=True)
    (work / "file").write_text("old")
    with (work / "file").open() as reader:
        await run_turn(client, work, writing(work / "file"))
        assert reader.read() == "old"
    assert [path.name for path in work.iterdir()] == ["file"]


async def test_no_directory_is_created(client: Client, work: Path, run_turn) -> None:
    client.serve_files(write=True)
    with pytest.raises(PeerError, match="a directory on the way to it, does not exist") as caught:
        await run_turn(client, work, writing(work / "new" / "file"))
    assert caught.value.code == ErrorCode.RESOURCE_NOT_FOUND
    assert list(work.iterdir()) == []


async def test_a_file_that_may_not_be_written_to_is_not_replaced(client: Client, work: Path, run_turn) -> None:
    client.serve_files(write=True)
    # The kernel refuses to open a running program for writing, whoever asks.
    program = work / "program"
    shutil.copy(shutil.which("sleep") or "sleep", program)
    content = program.read_bytes()
    process = await trio.lowlevel.open_process([program, "1000"])
    try:
        with pytest.raises(PeerError, match="cannot write") as caught:
            await run_turn(client, work, writing(program))
    finally:
        process.kill()
        await process.wait()
    assert caught.value.code == ErrorCode.INTERNAL_ERROR
    assert program.read_bytes() == content


async def test_an_empty_file_and_a_long_one_are_written_whole(client: Client, work: Path, run_turn) -> None:
    client.serve_files(write=True)
    long = "0123456789abcde\n" * 300_000

    async def write(turn: Turn) -> None:
        await turn.write_text_file(str(work / "long"), long)
        await turn.write_text_file(str(work / "empty"), "")

    await run_turn(client, work, write)
    assert (work / "long").read_text() == long
    assert (work / "empty").read_bytes() == b""


@pytest.mark.promise("P24")
async def test_a_write_that_is_cancelled_has_written_nothing(
    client: Client, work: Path, run_turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.serve_files(write=True)
    (work / "file").write_text("old")
    filled = trio.Event()
    token = trio.lowlevel.current_trio_token()
    go_on = threading.Event()

    def fsync(_descriptor: int) -> None:
        token.run_sync_soon(filled.set)
        go_on.wait(10)

    monkeypatch.setattr(_files.os, "fsync", fsync)

    async def write(turn: Turn) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(turn.write_text_file, str(work / "file"), "new")
            await filled.wait()
            nursery.cancel_scope.cancel()
            await trio.lowlevel.cancel_shielded_checkpoint()
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
            go_on.set()

    await run_turn(client, work, write)
    assert (work / "file").read_text() == "old"
    assert [path.name for path in work.iterdir()] == ["file"]


# The fence


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "work-2" / "secret"
    file.parent.mkdir()
    file.write_text("secret")
    return file


def beside(work: Path, secret: Path) -> str:
    return str(secret)


def dotted(work: Path, secret: Path) -> str:
    return f"{work}/../{secret.parent.name}/{secret.name}"


def dotted_through_what_is_missing(work: Path, secret: Path) -> str:
    return f"{work}/missing/../../{secret.parent.name}/{secret.name}"


def linked(work: Path, secret: Path) -> str:
    (work / "link").symlink_to(secret)
    return str(work / "link")


def linked_relatively(work: Path, secret: Path) -> str:
    (work / "link").symlink_to(f"../{secret.parent.name}/{secret.name}")
    return str(work / "link")


def below_a_link(work: Path, secret: Path) -> str:
    (work / "link").symlink_to(secret.parent)
    return str(work / "link" / secret.name)


def dotted_behind_a_link(work: Path, secret: Path) -> str:
    (secret.parent / "inner").mkdir()
    (work / "link").symlink_to(secret.parent / "inner")
    return f"{work}/link/../{secret.name}"


def linked_to_what_is_missing(work: Path, secret: Path) -> str:
    (work / "link").symlink_to(secret.parent / "missing")
    return str(work / "link")


def a_link_to_a_link(work: Path, secret: Path) -> str:
    (work / "first").symlink_to(secret)
    (work / "second").symlink_to("first")
    return str(work / "second")


@pytest.mark.parametrize("act", [reading, writing])
@pytest.mark.parametrize(
    "way_out",
    [
        beside,
        dotted,
        dotted_through_what_is_missing,
        linked,
        linked_relatively,
        below_a_link,
        dotted_behind_a_link,
        linked_to_what_is_missing,
        a_link_to_a_link,
    ],
)
async def test_there_is_no_way_out_of_the_session_s_directories(
    client: Client, work: Path, secret: Path, run_turn, act, way_out
) -> None:
    client.serve_files(write=True)
    path = way_out(work, secret)
    before = sorted(secret.parent.iterdir())
    with pytest.raises(PeerError, match="outside of the session's directories") as caught:
        await run_turn(client, work, act(path))
    assert caught.value.code == ErrorCode.INVALID_PARAMS
    assert caught.value.data == {"path": path}
    assert secret.read_text() == "secret"
    assert sorted(secret.parent.iterdir()) == before


@pytest.mark.parametrize("act", [reading, writing])
@pytest.mark.parametrize(
    "path, complaint", [("file", "not an absolute path"), ("", "not an absolute path"), ("/a\0b", "no file can")]
)
async def test_a_path_that_names_no_file_is_refused(
    client: Client, work: Path, run_turn, act, path: str, complaint: str
) -> None:
    client.serve_files(write=True)
    with pytest.raises(PeerError, match=complaint) as caught:
        await run_turn(client, work, act(path))
    assert caught.value.code == ErrorCode.INVALID_PARAMS


@pytest.mark.parametrize("act", [reading, writing])
async def test_links_that_lead_in_a_circle_are_refused(client: Client, work: Path, run_turn, act) -> None:
    client.serve_files(write=True)
    (work / "a").symlink_to("b")
    (work / "b").symlink_to("a")
    with pytest.raises(PeerError, match="symbolic links"):
        await run_turn(client, work, act(work / "a"))


@pytest.mark.parametrize("act", [reading, writing])
async def test_a_directory_that_becomes_a_link_after_it_was_judged_is_not_entered(
    client: Client, work: Path, secret: Path, run_turn, act, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.serve_files(write=True)
    (work / "inner").mkdir()
    (work / "inner" / "secret").write_text("harmless")
    judge = _roots._inside

    def judge_then_swap(directories, path: str):
        verdict = judge(directories, path)
        (work / "inner").rename(work / "moved")
        (work / "inner").symlink_to(secret.parent)
        return verdict

    monkeypatch.setattr(_roots, "_inside", judge_then_swap)
    with pytest.raises(PeerError, match="Not a directory"):
        await run_turn(client, work, act(work / "inner" / "secret"))
    assert secret.read_text() == "secret"


@pytest.mark.parametrize("act", [reading, writing])
async def test_a_file_that_becomes_a_link_after_it_was_judged_is_not_followed(
    client: Client, work: Path, secret: Path, run_turn, act, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.serve_files(write=True)
    (work / "file").write_text("harmless")
    judge = _roots._inside

    def judge_then_swap(directories, path: str):
        verdict = judge(directories, path)
        (work / "file").unlink()
        (work / "file").symlink_to(secret)
        return verdict

    monkeypatch.setattr(_roots, "_inside", judge_then_swap)
    with pytest.raises(PeerError, match="symbolic links"):
        await run_turn(client, work, act(work / "file"))
    assert secret.read_text() == "secret"


async def test_a_link_that_stays_inside_is_followed_and_stays_a_link(client: Client, work: Path, run_turn) -> None:
    client.serve_files(write=True)
    (work / "inner").mkdir()
    (work / "inner" / "file").write_text("old")
    (work / "link").symlink_to("inner/file")
    assert await run_turn(client, work, reading(work / "link")) == "old"
    await run_turn(client, work, writing(work / "link"))
    assert (work / "link").is_symlink()
    assert (work / "inner" / "file").read_text() == "new"


async def test_additional_directories_and_links_to_them_are_inside(
    client: Client, work: Path, secret: Path, run_turn
) -> None:
    client.serve_files()
    (work / "link").symlink_to(secret)
    for path in (secret, work / "link"):
        assert await run_turn(client, [work, secret.parent], reading(path)) == "secret"


async def test_a_session_may_work_behind_a_link(client: Client, tmp_path: Path, work: Path, run_turn) -> None:
    client.serve_files()
    (tmp_path / "link").symlink_to(work)
    (work / "file").write_text("text")
    for path in (work / "file", tmp_path / "link" / "file"):
        assert await run_turn(client, tmp_path / "link", reading(path)) == "text"


@attrs.frozen(kw_only=True)
class Setup(Request[v1.NewSessionResponse]):
    method = "_example.com/setup"


async def test_a_session_without_directories_has_no_files(client: Client, work: Path, connected) -> None:
    client.serve_files()
    (work / "file").touch()
    agent = Agent("agent")

    @agent.on_request(Setup)
    async def set_up(request: Setup) -> v1.NewSessionResponse:
        return v1.NewSessionResponse(session_id="1")

    @agent.on_request("_example.com/read", concurrent=True)
    async def read(params: None, connection: AgentConnection) -> str:
        with pytest.raises(PeerError) as caught:
            await connection.request(v1.ReadTextFileRequest(session_id="1", path=str(work / "file")))
        return caught.value.message

    async with connected(client, agent) as connection, connection.open_session_with(Setup()):
        assert "outside of the session's directories" in await connection.request("_example.com/read")


# Advertising


@pytest.mark.promise("P17")
async def test_only_what_is_served_is_advertised(client: Client, work: Path, run_turn) -> None:
    assert client.capabilities.fs == v1.FileSystemCapabilities()
    client.serve_files()
    assert client.capabilities.fs == v1.FileSystemCapabilities(read_text_file=True)
    with pytest.raises(LocalMisuse, match=r"fs\.writeTextFile"):
        await run_turn(client, work, writing(work / "file"))


@pytest.mark.promise("P17")
def test_writing_is_advertised_when_it_is_served(client: Client) -> None:
    client.serve_files(write=True)
    assert client.capabilities.fs == v1.FileSystemCapabilities(read_text_file=True, write_text_file=True)
