"""From chunks to frames: the same frames however the bytes were cut, and bounded memory for a line without an end."""

from __future__ import annotations

import json
import tracemalloc

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acp_trio.jsonrpc import Envelope, FrameSplitter, Malformed, Oversize
from acp_trio.jsonrpc._prefix import HEAD_SIZE

LINES = st.sampled_from(
    [
        b'{"id":1,"method":"m"}',
        b'{"method":"n","params":{"a":"\xe2\x98\x83"}}\r',
        b'{"id":1,"result":null}',
        b'{"id":2,"result":1,"error":2}',
        b"",
        b"\r",
        b"log line",
        b"\xff\xfe",
        b"[1]",
        b'{"id":3,"method":"long","params":["' + b"x" * 60 + b'"]}',
        b'{"params":["' + b"x" * 60 + b'"],"id":4,"method":"late"}',
        b'{"result":"' + b"x" * 60 + b'","id":5}',
    ]
)
MAXIMUM = 70


def comparable(frame):
    """Envelopes have no equality, for speed."""
    if isinstance(frame, Envelope):
        parts = (frame.params, frame.result, frame.error)
        return (frame.id, frame.method, *(bytes(part) if part else None for part in parts))
    return attrs.astuple(frame)


def fed(chunks, maximum=MAXIMUM):
    splitter = FrameSplitter(maximum)
    frames = [frame for chunk in chunks for frame in splitter.feed(chunk)]
    return [comparable(frame) for frame in [*frames, *splitter.finish()]]


@st.composite
def streams_and_cuts(draw):
    stream = b"\n".join(draw(st.lists(LINES | st.binary(max_size=90), max_size=6)))
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return stream, [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@pytest.mark.promise("P7", "P4")
@given(streams_and_cuts())
def test_any_chunks_of_a_stream_give_the_frames_of_one_feed(stream_and_chunks) -> None:
    stream, chunks = stream_and_chunks
    assert fed(chunks) == fed([stream])


@pytest.mark.promise("P7", "P4")
@given(st.lists(LINES, max_size=5))
def test_bytes_one_by_one_give_the_frames_of_one_feed(lines) -> None:
    stream = b"\n".join(lines)
    assert fed([stream[index : index + 1] for index in range(len(stream))]) == fed([stream])


def test_the_end_of_the_stream_ends_the_last_line() -> None:
    splitter = FrameSplitter(100)
    assert splitter.feed(b'{"method":"m"}') == []
    (frame,) = splitter.finish()
    assert isinstance(frame, Envelope)
    assert splitter.finish() == []


def test_a_truncated_last_line_is_malformed() -> None:
    splitter = FrameSplitter(100)
    splitter.feed(b'{"method":"m"')
    (frame,) = splitter.finish()
    assert isinstance(frame, Malformed)


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
@pytest.mark.parametrize("pieces", [1, 7, 1000])
@pytest.mark.parametrize("excess, kind", [(0, Envelope), (1, Oversize)])
def test_the_maximum_is_the_longest_line_that_is_a_message(pieces, excess, kind) -> None:
    line = b'{"id":1,"method":"m","params":["%s"]}'
    line %= b"x" * (5000 + excess - len(line) + 2)
    splitter = FrameSplitter(5000)
    assert len(line) == 5000 + excess
    text = line + b"\n"
    step = -(-len(text) // pieces)
    frames = [frame for start in range(0, len(text), step) for frame in splitter.feed(text[start : start + step])]
    assert [type(frame) for frame in frames] == [kind]


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
def test_after_an_oversize_line_the_next_one_is_read() -> None:
    splitter = FrameSplitter(50)
    long = b'{"id":1,"method":"m","params":["' + b"x" * 100
    assert splitter.feed(long) == []
    first, second = splitter.feed(b'"]}\n{"id":2,"method":"m"}\n')
    assert first == Oversize(size=len(long) + 3, request_id=1, is_request=True)
    assert isinstance(second, Envelope)


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
@pytest.mark.parametrize("step", [HEAD_SIZE * 2, 1000, 65536])
def test_an_id_within_the_first_64_kib_is_found_and_one_behind_them_is_not(step) -> None:
    for blanks, expected in [(HEAD_SIZE - 20, 77), (HEAD_SIZE, None)]:
        text = b"{" + b" " * blanks + b'"id":77,"method":"m","params":["' + b"x" * 10_000 + b'"]}\n'
        splitter = FrameSplitter(1000)
        (frame,) = [frame for start in range(0, len(text), step) for frame in splitter.feed(text[start : start + step])]
        assert (frame.size, frame.request_id) == (len(text) - 1, expected)


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
def test_a_line_without_an_end_takes_bounded_memory() -> None:
    splitter = FrameSplitter(1024 * 1024)
    chunk = b"x" * 65536
    tracemalloc.start()
    try:
        for _ in range(1600):  # 100 MiB
            assert splitter.feed(chunk[:]) == []
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024
    (frame,) = splitter.feed(b"\n")
    assert frame == Oversize(size=1600 * 65536, request_id=None, is_request=None)


def test_a_thousand_lines_in_one_chunk_keep_their_order() -> None:
    chunk = b"".join(json.dumps({"id": number, "method": "m"}).encode() + b"\n" for number in range(1000))
    assert [frame.id for frame in FrameSplitter(1000).feed(chunk)] == list(range(1000))
