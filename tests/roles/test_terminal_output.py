"""What is kept of a command's output: the end of it, in whole characters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acp_trio.roles._terminal_output import TerminalOutput

SNOWMAN = "\N{SNOWMAN}"  # three bytes
characters = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def output_of(*pieces: bytes, limit: int = 1000) -> TerminalOutput:
    output = TerminalOutput(limit)
    for piece in pieces:
        output.take(piece)
    return output


@pytest.mark.parametrize(
    "limit, kept",
    [(0, ""), (1, "c"), (2, "c"), (3, "c"), (4, f"{SNOWMAN}c"), (5, f"b{SNOWMAN}c"), (6, f"ab{SNOWMAN}c")],
)
def test_the_start_is_cut_between_two_characters(limit: int, kept: str) -> None:
    output = output_of(f"ab{SNOWMAN}c".encode(), limit=limit)
    assert (str(output), output.truncated) == (kept, limit < 6)


def test_a_character_that_comes_in_two_pieces_appears_when_it_is_whole() -> None:
    snowman = SNOWMAN.encode()
    output = output_of(b"a" + snowman[:2])
    assert str(output) == "a"
    output.take(snowman[2:] + b"b")
    assert str(output) == f"a{SNOWMAN}b"


def test_what_is_no_utf8_counts_as_the_replacement_characters_it_becomes() -> None:
    output = output_of(b"\xff" * 5, limit=10)
    assert (str(output), output.truncated) == ("\N{REPLACEMENT CHARACTER}" * 3, True)


@given(text=characters, cuts=st.lists(st.integers(0, 240)), limit=st.integers(0, 60))
def test_the_longest_end_that_fits_is_kept(text: str, cuts: list[int], limit: int) -> None:
    data = text.encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    output = output_of(*(data[start:end] for start, end in pairwise(edges)), limit=limit)
    ends = [text[at:] for at in range(len(text) + 1)]
    assert str(output) == next(end for end in ends if len(end.encode()) <= limit)
    assert output.truncated == (len(data) > limit)
