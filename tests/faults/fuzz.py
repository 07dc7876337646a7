"""The parsers of lines and frames under a fuzzer: `nox -s fuzz`. What it finds is in `corpus`, for the tests to try.

An input is a stream; its first byte says into chunks of which size it is cut.
"""

from __future__ import annotations

import sys

import attrs
from msgspec import UNSET

from acp_trio.jsonrpc import Envelope, Frame, FrameSplitter, JSONInvalid, is_request_id, loads

MAXIMUM = 300


def try_stream(data: bytes) -> None:
    """Any bytes, in any chunks, are the same frames, and each of them is sound."""
    size, stream = (data[0] + 1, data[1:]) if data else (1, b"")
    whole = frames_of([stream])
    cut = frames_of([stream[start : start + size] for start in range(0, len(stream), size)])
    assert [_comparable(frame) for frame in cut] == [_comparable(frame) for frame in whole]
    for frame in whole:
        if isinstance(frame, Envelope):
            _check_envelope(frame)


def frames_of(chunks: list[bytes]) -> list[Frame]:
    splitter = FrameSplitter(MAXIMUM)
    return [*(frame for chunk in chunks for frame in splitter.feed(chunk)), *splitter.finish()]


def _check_envelope(frame: Envelope) -> None:
    """A request, a notification or an answer, whose parts can be read, or are refused as JSON is."""
    if frame.method is UNSET:
        assert (frame.result is UNSET) is not (frame.error is UNSET)
        assert is_request_id(frame.id)
    else:
        assert isinstance(frame.method, str)
        assert frame.result is frame.error is UNSET
        assert frame.id is UNSET or is_request_id(frame.id)
    for part in (frame.params, frame.result, frame.error):
        if part is not UNSET:
            try:
                loads(part)
            except JSONInvalid:
                continue


def _comparable(frame: Frame) -> object:
    """Envelopes have no equality, for speed."""
    if not isinstance(frame, Envelope):
        return attrs.astuple(frame)
    parts = (frame.params, frame.result, frame.error)
    return frame.id, frame.method, *(bytes(part) if part else None for part in parts)


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()  # what was imported by now, the parsers too
    atheris.Setup(sys.argv, lambda data: try_stream(bytes(data)))
    atheris.Fuzz()
