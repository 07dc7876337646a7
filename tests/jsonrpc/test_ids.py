"""Which values are ids, and how our own are counted."""

from __future__ import annotations

import pytest

from acp_trio.jsonrpc import IdCounter, is_request_id


@pytest.mark.rule(24)
@pytest.mark.parametrize("value", [0, 1, -1, 2**63 - 1, -(2**63), "", "1", "x" * 1024, "é" * 512, "\ud800"])
def test_int64_and_strings_of_up_to_1024_bytes_are_ids(value) -> None:
    assert is_request_id(value)


@pytest.mark.rule(24)
@pytest.mark.parametrize(
    "value", [2**63, -(2**63) - 1, 2**70, 1.0, 1.5, True, False, None, "x" * 1025, "é" * 512 + "x", [], {}, b"1"]
)
def test_nothing_else_is_an_id(value) -> None:
    assert not is_request_id(value)


@pytest.mark.rule(13)
def test_our_ids_count_upwards_and_say_which_were_ours() -> None:
    ids = IdCounter()
    assert [ids.allocate() for _ in range(3)] == [1, 2, 3]
    assert [ids.was_ours(number) for number in range(5)] == [False, True, True, True, False]


@pytest.mark.rule(13)
@pytest.mark.parametrize("value", ["1", 1.0, True, None, [], -1])
def test_what_only_resembles_one_of_our_ids_was_not_ours(value) -> None:
    ids = IdCounter()
    ids.allocate()
    assert not ids.was_ours(value)
