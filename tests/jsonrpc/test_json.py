"""What JSON text is: round trips, what is refused, and that nothing but `JSONInvalid` is raised."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acp_trio.jsonrpc import JSONInvalid, dumps, loads

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_value_survives_a_round_trip_on_one_line(value) -> None:
    text = dumps(value)
    assert b"\n" not in text
    assert loads(text) == value


@given(JSON)
def test_both_parsers_agree_with_the_standard_library(value) -> None:
    assert loads(json.dumps(value, ensure_ascii=True).encode()) == value


@given(st.binary(max_size=64))
def test_any_bytes_are_a_value_or_json_invalid(text) -> None:
    try:
        value = loads(text)
    except JSONInvalid:
        return
    assert loads(dumps(value)) == value


@pytest.mark.rule(24)
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a":[NaN]}', '["\\ud800",NaN]'])
def test_constants_that_are_not_json_are_refused(text) -> None:
    with pytest.raises(JSONInvalid):
        loads(text.encode())


@pytest.mark.rule(24)
@pytest.mark.parametrize(
    "text", [b'"\xff"', b'{"\xff":1}', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b"\xef\xbb\xbf1", b"1\x00"]
)
def test_broken_utf_8_and_byte_order_marks_are_refused(text) -> None:
    with pytest.raises(JSONInvalid):
        loads(text)


@pytest.mark.rule(24)
@pytest.mark.parametrize("value", ["\ud800", "\udfff\ud800", ["a", {"\udc00": "\ud83d"}]])
def test_lone_surrogates_are_kept(value) -> None:
    assert loads(dumps(value)) == value


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize("depth", [1, 100, 400])
def test_nesting_of_400_is_read(depth) -> None:
    value = loads(b"[" * depth + b"]" * depth)
    for _ in range(depth - 1):
        (value,) = value
    assert value == []


@pytest.mark.rule(24)
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_deeper_than_the_parser_takes_is_refused(opening, closing) -> None:
    with pytest.raises(JSONInvalid, match="nested too deeply"):
        loads(opening * 100_000 + b"1" + closing * 100_000)


@pytest.mark.rule(24)
@pytest.mark.parametrize("text", [b"1e999", b"[-1e999]", b"9" * 5000], ids=["float", "negative", "digits"])
def test_numbers_that_could_not_be_written_again_are_refused_in_words_for_a_peer(text) -> None:
    with pytest.raises(JSONInvalid, match=r"^a number out of range$"):
        loads(text)


@pytest.mark.parametrize("number", [2**63, 2**64, 2**70, -(2**70), 10**4000])
def test_integers_of_any_size_that_python_reads_are_kept(number) -> None:
    assert loads(dumps(number)) == number


def test_a_float_stays_a_float() -> None:
    assert math.copysign(1, loads(dumps(-0.0))) == -1
    assert type(loads(b"1.0")) is float


@pytest.mark.parametrize("value", [object(), ["\ud800", object()], {"a": {1: object()}}])
def test_what_json_cannot_hold_is_a_type_error(value) -> None:
    with pytest.raises(TypeError):
        dumps(value)


def test_what_the_fast_encoder_refuses_is_as_compact() -> None:
    assert dumps({"a": ["\ud800", 1]}) == b'{"a":["\\ud800",1]}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused_beside_what_the_fast_encoder_refuses(number) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(["\ud800", number])
