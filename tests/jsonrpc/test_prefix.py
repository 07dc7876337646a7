"""Whose a message is that cannot be read whole, told from its first bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acp_trio.jsonrpc._prefix import read_head

pytestmark = [pytest.mark.rule(16), pytest.mark.promise("P7")]

TAIL = b'"' + b"x" * 100  # a value that does not end


def told(prefix):
    head = read_head(prefix)
    return head.request_id, head.is_request


@pytest.mark.parametrize(
    "prefix, expected",
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"m","params":' + TAIL, (1, True)),
        (b'{"method":"m","id":"a","params":{"b":[' + TAIL, ("a", True)),
        (b'{"method":"m","params":' + TAIL, (None, True)),
        (b'{"id":1,"result":' + TAIL, (1, False)),
        (b'{"id":1,"error":{"code":1,"message":' + TAIL, (1, False)),
        (b'{"result":' + TAIL, (None, False)),
        (b'{"id":1,"params":' + TAIL, (1, True)),
        (b'{"params":{"id":1,"method":"m","result":' + TAIL, (None, True)),
        (b'{"params":{"id":9},"id":1,"method":' + TAIL, (1, True)),
        (b'{ "id" :\t1 ,\r "method" : ' + TAIL, (1, True)),
    ],
)
def test_members_before_the_cut_are_read_at_the_top_level_only(prefix, expected) -> None:
    assert told(prefix) == expected


@pytest.mark.parametrize(
    "value", [b"1.5", b"true", b"null", b"1180591620717411303424", b"[1]", b'"' + b"x" * 1025 + b'"']
)
def test_an_id_that_is_none_is_not_told(value) -> None:
    assert told(b'{"id":' + value + b',"method":' + TAIL) == (None, True)


@pytest.mark.parametrize(
    "prefix", [b'{"method":"m","id":12', b'{"method":"m","id":-', b'{"method":"m","id":"ab', b'{"method":"m","id":12.']
)
def test_an_id_that_may_be_cut_off_is_not_told(prefix) -> None:
    assert told(prefix) == (None, True)


@pytest.mark.parametrize(
    "prefix",
    [b"", b"x", b"[1,2", b'"id"', b"{", b"{1:2", b'{"id"', b'{"id":', b"{[", b'{"id":1 "method":2', b"\xff\xfe"],
)
def test_what_is_no_object_tells_nothing_or_what_stands_before_the_fault(prefix) -> None:
    assert told(prefix) in {(None, None), (1, None)}


@pytest.mark.parametrize("prefix", [b'{"id";7,"method":"m"', b'{7:1,"id":7', b'["id":7', b'{"a":1;"id":7'])
def test_behind_a_wrong_mark_nothing_is_told(prefix) -> None:
    assert told(prefix) == (None, None)


@pytest.mark.promise("P23")
@pytest.mark.parametrize(
    "prefix", [b'{"value":' + b"[" * 65000, b"{" + b"[" * 65000, b'{"a":' * 13000, b'{"id":' + b"9" * 65000]
)
def test_deep_nesting_and_long_numbers_are_read_without_an_exception(prefix) -> None:
    assert told(prefix) == (None, None)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_without_an_exception(prefix) -> None:
    told(prefix)


@given(
    st.permutations(
        [("jsonrpc", "2.0"), ("id", 12345), ("method", "m\N{SNOWMAN}"), ("params", {"id": 7, "a": [1, 2.5, "x"]})]
    ),
    st.integers(0, 120),
)
def test_a_cut_anywhere_tells_the_truth_or_nothing(members, cut) -> None:
    text = json.dumps(dict(members), ensure_ascii=False).encode()
    request_id, is_request = told(text[:cut])
    assert request_id in {None, 12345}
    assert is_request in {None, True}
