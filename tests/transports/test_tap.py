"""Seeing the traffic, and recording it (P15)."""

from __future__ import annotations

import json
import stat
import time

import pytest
import trio
import trio.testing

from acp_trio.transports import LastWords, TappedFrame, memory_pair, process, record_jsonl, tap

pytestmark = pytest.mark.promise("P15")


async def test_every_frame_is_seen_both_ways_with_its_time(autojump_clock) -> None:
    seen: list[TappedFrame] = []
    left, right = memory_pair()
    before = time.time()
    async with tap(left, seen.append).open() as a, right.open() as b:
        assert a.write_nowait(b"one\n") == 4
        start = trio.current_time()
        await trio.sleep(1)
        await b.write(b"two\n")
        assert await a.receive() == b"two\n"
        await a.write(memoryview(b"three\n"))
    assert [(frame.direction, frame.data, frame.complete) for frame in seen] == [
        ("out", b"one", True),
        ("in", b"two", True),
        ("out", b"three", True),
    ]
    assert [frame.time - start for frame in seen] == pytest.approx([0, 1, 1])
    assert before <= seen[0].wall_time <= seen[2].wall_time <= time.time()


async def test_bytes_pass_untouched_however_they_are_cut(autojump_clock) -> None:
    seen: list[TappedFrame] = []
    left, right = memory_pair()
    wire = b'{"a":1}\n\n \r\n\xff\xfe not utf-8\r\nlast'
    async with tap(left, seen.append).open() as a, right.open() as b:
        for index in range(len(wire)):
            await b.write(wire[index : index + 1])
            assert await a.receive() == wire[index : index + 1]
        await a.write(wire)
        assert await b.receive() == wire
    for direction in ("in", "out"):
        frames = [(frame.data, frame.complete) for frame in seen if frame.direction == direction]
        assert frames == [(b'{"a":1}', True), (b"\xff\xfe not utf-8\r", True), (b"last", False)]


async def test_only_what_went_out_is_seen_when_the_wire_takes_a_part(autojump_clock) -> None:
    seen: list[TappedFrame] = []
    left, right = memory_pair()
    frame = b"x" * (20 * 65536) + b"\n"
    async with tap(left, seen.append).open() as a, right.open() as b:
        written = a.write_nowait(frame)
        assert 0 < written < len(frame)
        assert seen == []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(a.write, frame[written:])
            received = 0
            while received < len(frame):
                received += len(await b.receive())
    assert [frame.data + b"\n" for frame in seen] == [frame]


async def test_a_failing_observer_is_logged_once_and_the_wire_goes_on(autojump_clock, caplog) -> None:
    calls: list[TappedFrame] = []

    def fail(frame: TappedFrame) -> None:
        calls.append(frame)
        raise ValueError("disk full")

    left, right = memory_pair()
    async with tap(left, fail).open() as a, right.open() as b:
        for _ in range(3):
            await a.write(b"x\n")
            assert await b.receive() == b"x\n"
    assert len(calls) == 3
    assert [record.name for record in caplog.records] == ["acp_trio.transports"]
    assert "disk full" in caplog.text


async def test_memory_for_one_frame_is_bounded(autojump_clock) -> None:
    seen: list[TappedFrame] = []
    left, right = memory_pair()
    async with tap(left, seen.append, maximum_frame=10).open() as a, right.open() as b:
        for data in (b"0123456", b"789abc", b"def\n", b"0123456789\n", b"0123456789a\n"):
            await b.write(data)
            assert await a.receive() == data
    assert [(frame.data, frame.complete) for frame in seen] == [
        (b"0123456789", False),
        (b"0123456789", True),
        (b"0123456789", False),
    ]


async def test_what_the_link_can_do_besides_it_still_can(script) -> None:
    with trio.fail_after(10):
        transport = process(script("raise SystemExit('sorry')"), exit_patience=5)
        async with tap(transport, lambda _frame: None).open() as link:
            assert link.name.startswith("process ")
            assert await link.receive() == b""
            words = await link.last_words()
            assert isinstance(words, LastWords)
            assert (words.exit_status, words.stderr) == (1, b"sorry\n")
            link.close_by(trio.current_time())


# Recording.


async def recorded(path, wire: bytes, **options) -> list[dict[str, object]]:
    left, right = memory_pair()
    with record_jsonl(path, **options) as record:
        async with tap(left, record).open() as a, right.open() as b:
            await a.write(wire)
            await b.receive()
        return [json.loads(line) for line in path.read_bytes().splitlines()]


async def test_a_recording_is_one_json_line_for_each_frame(tmp_path, autojump_clock) -> None:
    path = tmp_path / "log.jsonl"
    entries = await recorded(path, b'{"id": 1.0, "x": [1e400]}\r\nnot json\n[NaN]\n\xff\n"\\ud800"\n')
    assert [entry["dir"] for entry in entries] == ["out"] * 5
    assert all(abs(float(str(entry["t"])) - time.time()) < 60 for entry in entries)
    assert b'"msg":{"id": 1.0, "x": [1e400]}}\n' in path.read_bytes()
    assert [entry.get("raw") for entry in entries[1:4]] == ["not json", "[NaN]", "\N{REPLACEMENT CHARACTER}"]


async def test_a_recording_is_for_its_owner_only(tmp_path, autojump_clock) -> None:
    path = tmp_path / "log.jsonl"
    await recorded(path, b"{}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_redaction_replaces_what_is_recorded(tmp_path, autojump_clock) -> None:
    def redact(message):
        if isinstance(message, str):
            return "..."
        message["key"] = "***"
        return message

    entries = await recorded(tmp_path / "log", b'{"key": "secret", "n": 1}\nsecret\n', redact=redact)
    assert [entry.get("msg") for entry in entries] == [{"key": "***", "n": 1}, None]
    assert entries[1]["raw"] == "..."


async def test_what_redaction_fails_on_is_not_recorded(tmp_path, autojump_clock, caplog) -> None:
    def redact(message):
        return {"safe": message["safe"]}

    entries = await recorded(tmp_path / "log", b'{"secret": 1}\n{"safe": 2}\n[]\n', redact=redact)
    assert [entry["msg"] for entry in entries] == [{"safe": 2}]
    assert len(caplog.records) == 1


def test_a_recording_that_cannot_be_made_says_so(tmp_path) -> None:
    with pytest.raises(FileNotFoundError), record_jsonl(tmp_path / "missing" / "log"):
        pytest.fail("it opened")
