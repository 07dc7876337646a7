"""Sessions on a real disk: what is left of one after a crash, a full disk or an editor, and who may read it."""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio.runtime import JsonLinesStore, Prompted, SessionMeta, StoreFailed, TurnEnded, Updated
from acp_trio.runtime._entry_lines import encode_entry

from .conversations import entries, prompted, said

META = SessionMeta(session_id="1", cwd="/here")
FIRST, LAST = prompted("Hello"), Updated(said("Grüße,\n😀"))
APPENDING = Path(__file__).with_name("programs") / "appending.py"


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "agent" / "sessions"


@pytest.fixture
def store(directory) -> JsonLinesStore:
    return JsonLinesStore(directory)


async def kept(store: JsonLinesStore, session_id: str = "1") -> list:
    stored = await store.load(session_id)
    assert stored is not None
    return list(stored.entries)


def file(directory: Path, ending: str) -> Path:
    (found,) = directory.glob(f"*{ending}")
    return found


@settings(max_examples=settings.default.max_examples // 4)
@given(conversation=st.lists(entries, max_size=5), new=st.lists(entries, max_size=2))
async def test_another_process_finds_what_this_one_kept(conversation, new, tmp_path_factory) -> None:
    directory = tmp_path_factory.mktemp("sessions")
    await JsonLinesStore(directory).create(META)
    await JsonLinesStore(directory).append("1", *conversation)
    await JsonLinesStore(directory).append("1", *new)
    assert await kept(JsonLinesStore(directory)) == conversation + new


@pytest.mark.parametrize("left", range(len(encode_entry(LAST)) + 1))
async def test_a_last_line_that_was_cut_off_costs_itself_at_most(store, directory, left, caplog) -> None:
    await store.create(META)
    await store.append("1", FIRST, LAST)
    whole = len(encode_entry(LAST))
    path = file(directory, ".jsonl")
    path.write_bytes(path.read_bytes()[: len(encode_entry(FIRST)) + left])
    # Only its end may be missing: then all of the entry is there.
    before = [FIRST, LAST] if left >= whole - 1 else [FIRST]
    assert await kept(store) == before
    await store.append("1", FIRST)
    assert await kept(store) == [*before, FIRST]
    assert ("lines skipped: 1, the first is line 2: not JSON" in caplog.text) == (0 < left < whole - 1)


@pytest.mark.parametrize(
    "line, why",
    [
        (b"\xff\x00rubbish", "not JSON"),
        (b"[1]", "of a kind that this version does not know"),
        (b'{"kind": "dreamt", "of": "sheep"}', "of a kind that this version does not know"),
        (b'{"kind": ["prompted"]}', "of a kind that this version does not know"),
        (b'{"kind": "prompted", "blocks": [{"type": "text", "secret": 1}]}', r"$.blocks[0].text: missing"),
    ],
)
async def test_a_line_that_is_not_understood_is_skipped_and_stays(store, directory, line, why, caplog) -> None:
    await store.create(META)
    await store.append("1", FIRST)
    path = file(directory, ".jsonl")
    path.write_bytes(path.read_bytes() + line + b"\n\n")
    await store.append("1", LAST)
    assert await kept(store) == [FIRST, LAST]
    assert caplog.messages == [f"session '1': lines skipped: 1, the first is line 2: {why}"]
    assert line in path.read_bytes()


async def test_what_a_later_version_keeps_beside_the_conversation_stays(store, directory) -> None:
    await store.create(META)
    path = file(directory, ".json")
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "mood": "good"}))
    await store.save(attrs.evolve(META, title="T"))
    assert json.loads(path.read_bytes()).items() >= {"mood": "good", "title": "T"}.items()
    assert (await store.load("1")).meta.title == "T"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"session_id": 1}'])
async def test_a_session_whose_file_is_damaged_fails_to_load_is_not_listed_and_can_be_saved(
    store, directory, content, caplog
) -> None:
    await store.create(META)
    await store.append("1", FIRST)
    file(directory, ".json").write_bytes(content)
    await store.create(attrs.evolve(META, session_id="2"))
    with pytest.raises(StoreFailed, match=r"cannot load session '1': .*\.json is damaged"):
        await store.load("1")
    assert [info.session_id for info in (await store.list()).sessions] == ["2"]
    assert "a session is not listed" in caplog.text
    await store.save(META)
    assert await kept(store) == [FIRST]


@pytest.mark.parametrize(
    "session_id",
    ["../../outside", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "nul\0", "x" * 10_000, "\udc80", "*", "-rf"],
)
async def test_no_session_id_leads_out_of_the_directory(store, directory, tmp_path, session_id) -> None:
    for name in (session_id, session_id + "?"):
        await store.create(attrs.evolve(META, session_id=name))
        await store.append(name, prompted(name))
    assert await kept(store, session_id) == [prompted(session_id)]
    await store.delete(session_id + "?")
    assert [info.session_id for info in (await store.list()).sessions] == [session_id]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.parent for path in files} == {directory}


async def test_ids_that_differ_in_case_are_two_sessions(store) -> None:
    for name in ("a", "A"):
        await store.create(attrs.evolve(META, session_id=name))
        await store.append(name, prompted(name))
    assert await kept(store, "a") == [prompted("a")]


async def test_only_the_owner_may_read_what_was_said(store, directory) -> None:
    await store.create(META)
    await store.append("1", FIRST)
    await store.save(META)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


async def test_nothing_is_left_of_a_deleted_session_and_others_stay(store, directory) -> None:
    await store.create(META)
    left_by_a_crash = file(directory, ".json").with_suffix(".0123.tmp")
    left_by_a_crash.touch()
    await store.create(attrs.evolve(META, session_id="2"))
    await store.delete("1")
    assert len(list(directory.iterdir())) == 2
    assert await kept(store, "2") == []


async def test_a_directory_that_cannot_be_made_is_said(tmp_path) -> None:
    (tmp_path / "file").touch()
    store = JsonLinesStore(tmp_path / "file" / "sessions")
    with pytest.raises(StoreFailed, match=r"cannot create session '1' in .*: Not a directory") as failed:
        await store.create(META)
    assert isinstance(failed.value.__cause__, NotADirectoryError)


async def test_a_file_that_cannot_be_read_is_said(store, directory) -> None:
    await store.create(META)
    path = file(directory, ".json")
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreFailed, match=r"cannot list the sessions in .*: Is a directory"):
        await store.list()
    with pytest.raises(StoreFailed, match=r"cannot load session '1' in .*: Is a directory"):
        await store.load("1")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_said_and_leaves_no_half_of_anything(store, directory, caplog) -> None:
    await store.create(META)
    await store.append("1", FIRST)
    size = file(directory, ".jsonl").stat().st_size
    with files_of_at_most(size + len(encode_entry(LAST)) + 10):
        with pytest.raises(StoreFailed, match=r"cannot append to session '1' in .*: File too large"):
            await store.append("1", LAST, LAST)
        await store.append("1", LAST)
    with files_of_at_most(10), pytest.raises(StoreFailed, match="cannot save session '1'"):
        await store.save(attrs.evolve(META, title="T"))
    assert await store.load("1") == attrs.evolve(await store.load("1"), meta=META, entries=[FIRST, LAST])
    assert len(list(directory.iterdir())) == 2
    assert caplog.messages == []


async def test_a_killed_process_loses_nothing_that_it_was_told_is_kept(store, directory, caplog) -> None:
    caplog.set_level(logging.DEBUG, "acp_trio.runtime")
    await store.create(META)
    with trio.fail_after(60):
        for _ in range(3):
            before = await kept(store)
            told = await killed_after(200, directory)
            after = await kept(store)
            assert after[: len(before)] == before
            new = after[len(before) :]
            assert new == [TurnEnded(str(number)) for number in range(len(new))]
            assert len(new) > told
    assert caplog.messages == []


async def killed_after(count: int, directory: Path) -> int:
    """Let another process append until it has said `count` numbers, kill it, and return the last one it said."""
    process = await trio.lowlevel.open_process([sys.executable, str(APPENDING), str(directory)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = b""
    try:
        while output.count(b"\n") < count:
            part = await process.stdout.receive_some()
            assert part, output
            output += part
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            async for part in process.stdout:
                output += part
            await process.stdout.aclose()
            await process.wait()
    return int(output.rpartition(b"\n")[0].rpartition(b"\n")[2])


async def test_a_lock_is_kept_no_longer_than_it_is_waited_for(store) -> None:
    await store.create(META)
    await store.append("1", Prompted([]))
    assert not store._locks
