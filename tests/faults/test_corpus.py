"""What the fuzzer has found to be different, tried again: see `fuzz`."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fuzz import try_stream

CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())


@pytest.mark.promise("P23", "P7")
def test_every_stream_of_the_corpus_is_the_same_frames_however_it_is_cut() -> None:
    assert len(CORPUS) > 20
    for path in CORPUS:
        try_stream(path.read_bytes())
